"""`kt correct`: what is wrong in a data set, said beside it; carried out in its files only where that is asked for."""

import argparse
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from kt_gui.cli import options, screens
from kt_gui.cli.following import FINE, answers
from kt_gui.cli.reports import table
from kt_gui.schema.correction_words import say
from kt_gui.schema.corrections import Corrected, Written
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event
from kt_gui.schema.texts import tr, trn
from kt_gui.store.folders import home

if TYPE_CHECKING:
    from kt_gui.cli.arguments import Parser


def add(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Say what can be asked."""
    parser = commands.add_parser("correct", help=tr("leave pictures of a data set out, move them, add some"))
    parser.add_argument("data", metavar="DATA", help=tr("a folder, a zip, a CSV, or the name of a set"))
    asked = (
        ("--exclude", "NAME", tr("leave pictures out")),
        ("--move", "NAME=CLASS", tr("say that pictures are of another class")),
        ("--add", "FILE=CLASS", tr("add pictures, to learn from")),
        ("--take-back", "NAME", tr("forget what was said of pictures")),
    )
    for name, value, text in asked:
        parser.add_argument(name, metavar=value, nargs="+", action="extend", default=[], help=text)
    parser.add_argument("--write", action="store_true", help=tr("carry it out in the folder; nothing is deleted"))
    options.add_json(parser, tr("print one JSON object"))
    parser.set_defaults(call=call)


def call(asked: argparse.Namespace) -> int:
    """Correct a data set; without options, list what was corrected. Return the exit code."""
    from kt_gui import session
    from kt_gui.session.naming import data_named

    data = data_named(asked.data)
    wishes = session.Wishes(asked.exclude, _pairs(asked.move), _pairs(asked.add), asked.take_back)
    found: list[Event] = [session.said_of(data, home())]
    if wishes != session.Wishes([], [], [], []):
        found = answers(lambda stop: session.correct_named(data, wishes, stop, home()), json=asked.json)
    if asked.write:
        found = answers(lambda stop: session.write_back(data, stop, home()), json=asked.json)
    if asked.json:
        told = msgspec.to_builtins(found[-1]) | {
            "written": next((each for each in found if isinstance(each, Written)), None)
        }
        screens.write(msgspec.json.encode(told).decode())
    else:
        screens.write("\n".join(line for event in found for line in _lines(event)))
    return FINE


def _pairs(words: Sequence[str]) -> list[tuple[str, str]]:
    """Take NAME=CLASS apart; a name may hold = itself. Raises UserError."""
    wrong = next((word for word in words if "" in word.rpartition("=")), None)
    if wrong is not None:
        raise UserError(tr("“{text}” names no picture and its class.", text=wrong), tr("Write it as NAME=CLASS."))
    return [(name, label) for name, _, label in (word.rpartition("=") for word in words)]


def _lines(event: Event) -> Iterator[str]:
    match event:
        case Written(tally=tally, set_aside=folder):
            yield trn("{count} picture left out", "{count} pictures left out", tally.excluded) + f": {folder}"
            yield trn("{count} picture moved", "{count} pictures moved", tally.moved)
            yield trn("{count} picture added", "{count} pictures added", tally.added)
        case Corrected(corrections=()):
            yield tr("Nothing is corrected.")
        case Corrected():
            rows = [(each.name, say(each)) for each in event.corrections]
            yield table([(tr("Picture"), tr("What was said")), *rows])
            yield tr("Written in {file}; your own files are as they were.", file=event.file)
        case _:
            pass
