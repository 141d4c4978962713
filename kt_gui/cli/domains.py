"""`kt domains`: how far a target lies from a source, as a network sees the pictures of both."""

import argparse
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from kt_gui.cli import options, screens
from kt_gui.cli.following import FINE, answers
from kt_gui.schema import domain_words as words
from kt_gui.schema.datasets import Dataset
from kt_gui.schema.domains import Domain, Mapped
from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import EarlierRun, Zoo
from kt_gui.schema.insights import Projection
from kt_gui.schema.rankings import Candidate
from kt_gui.schema.texts import tr
from kt_gui.store.folders import home

if TYPE_CHECKING:
    from kt_gui.cli.arguments import Parser

NETWORK = "bundled/efficientnet_lite0"
"""Looks at the pictures where no other is named: it comes along."""


def add(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Say what can be asked."""
    parser = commands.add_parser("domains", help=tr("say how far a target lies from a source, for a network"))
    parser.add_argument("source", metavar="SOURCE", help=tr("a data set, or a run: the pictures it learnt from"))
    parser.add_argument(
        "--target", required=True, metavar="DATA", help=tr("a folder, a zip, a CSV, or the name of a set")
    )
    parser.add_argument(
        "--network",
        metavar="NETWORK",
        help=tr("what looks at them: a pretrained network, a run, NETWORK=FILE of weights, or a small network's name"),
    )
    parser.add_argument(
        "--per-class", type=options.count, metavar="N", help=tr("use only so many training pictures a class")
    )
    parser.add_argument("--method", choices=get_args(Projection), default="pca", help=tr("how places are found"))
    parser.add_argument("--seed", type=options.seed, default=0, help=tr("fixes which pictures are used, and the folds"))
    options.add_table(parser, tr("write a table with the place of every picture"))
    options.add_json(parser, tr("print one JSON object"))


def call(asked: argparse.Namespace) -> int:
    """Hold them against each other; return the exit code."""
    from kt_gui import session
    from kt_gui.schema.experiment import Target
    from kt_gui.session.naming import data_named

    candidate, source = _meant(asked)
    target = Target(data=data_named(asked.target), per_class=asked.per_class)
    more = {"method": asked.method, "seed": asked.seed}
    found = answers(lambda stop: session.domains(candidate, source, target, stop, home(), **more), json=asked.json)
    mapped = found[-1]
    assert isinstance(mapped, Mapped)
    if asked.csv is not None:
        session.tabulate_domains(mapped, asked.csv, overwrite=asked.force)
    if asked.json:
        screens.write(msgspec.json.encode(_object(mapped)).decode())
    else:
        screens.write("\n".join(_lines(mapped, asked.csv)))
    return FINE


def _meant(asked: argparse.Namespace) -> tuple[Candidate, Dataset | EarlierRun]:
    """Find out whose features and which pictures are meant: without a name a run looks itself. Raises UserError."""
    from kt_gui.session.candidates import named

    source = _source(asked.source)
    if asked.network:
        return named(asked.network, home())[0], source
    return (source if isinstance(source, EarlierRun) else Zoo(model=NETWORK)), source


def _source(text: str) -> Dataset | EarlierRun:
    from kt_gui.session.naming import data_named
    from kt_gui.store.runs import Runs, is_run

    path = Path(text).expanduser()
    with suppress(UserError):
        return EarlierRun(run=str(path.absolute())) if is_run(path) else data_named(text)
    try:
        return EarlierRun(run=str(Runs(home()).find(text).folder))
    except UserError as error:
        if Runs(home()).knows(text):
            raise  # several are called so, which says itself what to name
        raise UserError(
            tr("“{text}” is no source: {reason}", text=text, reason=error.message),
            tr("Name a folder, a zip, a CSV, a set or a run; a network that shall look is named with --network."),
        ) from error


def _lines(mapped: Mapped, csv: Path | None) -> list[str]:
    said = [words.verdict(mapped)]
    if mapped.distance is not None:
        said.append(words.explanation(mapped.distance))
    said.append(words.basis(mapped))
    if csv:
        said.append(tr("The place of every picture is in {path}.", path=str(csv)))
    return said


def _object(mapped: Mapped) -> dict[str, Any]:
    """All but what is of single pictures: that is the table's."""
    told = {name: value for name, value in msgspec.structs.asdict(mapped).items() if name != "at"}
    return {**told, "event": "mapped", "source": _side(mapped.source), "target": _side(mapped.target)}


def _side(domain: Domain) -> dict[str, Any]:
    single = ("names", "digests", "indexes", "labels", "places")
    told = {name: value for name, value in msgspec.structs.asdict(domain).items() if name not in single}
    return {**told, "pictures": len(domain.names)}
