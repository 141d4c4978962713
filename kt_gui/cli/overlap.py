"""`kt overlap`: which pictures of a target's test a source has, too; left out of either where that is asked for."""

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, get_args

import msgspec

from kt_gui.cli import options, screens
from kt_gui.cli.following import FINE, answers
from kt_gui.cli.reports import table
from kt_gui.schema import overlap_words as words
from kt_gui.schema.corrections import Corrected
from kt_gui.schema.experiment import Target
from kt_gui.schema.overlaps import By, Learner, Overlap, Side
from kt_gui.schema.texts import tr, trn
from kt_gui.store.folders import home

if TYPE_CHECKING:
    from kt_gui.cli.arguments import Parser


def add(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Say what can be asked."""
    parser = commands.add_parser("overlap", help=tr("find pictures of a target's test in what a source learns from"))
    parser.add_argument("source", metavar="SOURCE", help=tr("a data set, or a run: then all that it has learnt from"))
    parser.add_argument(
        "--target", required=True, metavar="DATA", help=tr("a folder, a zip, a CSV, or the name of a set")
    )
    parser.add_argument(
        "--by",
        choices=get_args(By),
        default="both",
        help=tr("compare by a hash of pixels, which is quick, by a network, which finds cut ones, too, or by both"),
    )
    parser.add_argument("--exclude", choices=get_args(Side), help=tr("leave what is found out of that side"))
    parser.add_argument("--seed", type=options.seed, default=0, help=tr("fixes which pictures are the test"))
    options.add_json(parser, tr("print one JSON object"))
    parser.set_defaults(call=call)


def call(asked: argparse.Namespace) -> int:
    """Search, and leave out what is found where that is asked for; return the exit code."""
    from kt_gui import session
    from kt_gui.session.naming import data_named

    source, target = session.learner_named(asked.source, home()), Target(data=data_named(asked.target))
    found = _search(source, target, asked)
    corrected = _leave_out(source, target, found, asked) if asked.exclude else {}
    if asked.json:
        told = {"overlaps": found, "excluded": len(corrected), "file": next(iter(corrected.values()), "")}
        screens.write(msgspec.json.encode(told).decode())
    else:
        screens.write("\n\n".join([*map(_text, found), *_done(corrected)]))
    return FINE


def _search(source: Learner, target: Target, asked: argparse.Namespace) -> list[Overlap]:
    from kt_gui import session

    told = answers(
        lambda stop: session.overlap(source, target, asked.by, stop, home(), seed=asked.seed), json=asked.json
    )
    return [event for event in told if isinstance(event, Overlap)]


def _leave_out(source: Learner, target: Target, found: list[Overlap], asked: argparse.Namespace) -> dict[str, str]:
    """Leave out all that is found, until nothing is, for of several copies only the nearest is told. Give the digests
    of the pictures, and where that is written.
    """
    done: dict[str, str] = {}
    while any(overlap.pairs for overlap in found):
        before = len(done)
        for overlap in (each for each in found if each.pairs):
            sides = [pair.first if asked.exclude == "source" else pair.second for pair in overlap.pairs]
            done.update(dict.fromkeys((picture.digest for picture in sides), _correct(overlap, asked)))
        if len(done) == before:
            break
        found = _search(source, target, asked)
    return done


def _correct(overlap: Overlap, asked: argparse.Namespace) -> str:
    from kt_gui import session

    told = answers(lambda stop: session.leave_out(overlap, overlap.pairs, asked.exclude, stop, home()), json=asked.json)
    return next((event.file for event in told if isinstance(event, Corrected)), "")


def _text(overlap: Overlap) -> str:
    return "\n".join(_lines(overlap))


def _lines(overlap: Overlap) -> Iterator[str]:
    yield words.headline(overlap)
    yield words.basis(overlap)
    if overlap.pairs:
        rows = [(pair.second.name, pair.first.name, words.found_by(pair)) for pair in overlap.pairs]
        yield table([(tr("test"), tr("source"), tr("found by")), *rows])


def _done(corrected: dict[str, str]) -> Iterator[str]:
    if corrected:
        count = trn("{count} picture is left out now.", "{count} pictures are left out now.", len(corrected))
        file = next(iter(corrected.values()))
        written = tr("Written in {file}; your own files are as they were.", file=file)
        yield f"{count} {written}"
