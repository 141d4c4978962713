"""`kt suspects`: the labels of a run's target data that are probably wrong, as a list to check."""

import argparse
from typing import TYPE_CHECKING

import msgspec

from kt_gui.cli import options, screens
from kt_gui.cli.following import FINE, answers
from kt_gui.cli.reports import table
from kt_gui.schema.quantities import percent
from kt_gui.schema.suspicion_words import headline, judge
from kt_gui.schema.suspicions import Suspect, Suspected, suspects_of
from kt_gui.schema.texts import tr, trn
from kt_gui.store.folders import home

if TYPE_CHECKING:
    from kt_gui.cli.arguments import Parser

SHOWN = 40
"""Lines of the list; all of it goes into a table or into JSON."""


def add(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Say what can be asked."""
    parser = commands.add_parser("suspects", help=tr("list the labels of a run's pictures that are probably wrong"))
    options.add_run(parser)
    options.add_table(parser, tr("write a table of every picture, the most suspicious first"))
    options.add_json(parser, tr("print one JSON object"))
    parser.set_defaults(call=call)


def call(asked: argparse.Namespace) -> int:
    """List them; return the exit code."""
    from kt_gui import session

    folder = options.folder_of(asked)
    found = answers(lambda stop: session.suspects(folder, stop, home()), json=asked.json)[-1]
    assert isinstance(found, Suspected)
    if asked.csv is not None:
        session.tabulate_suspects(found, asked.csv, overwrite=asked.force)
    listed = suspects_of(found)
    if asked.json:
        told = {
            "run": found.run,
            "judge": found.judge,
            "pictures": len(found.names),
            "settled": found.settled,
            "suspects": listed,
        }
        screens.write(msgspec.json.encode(told).decode())
    else:
        screens.write(_text(found, listed))
    return FINE


def _text(found: Suspected, listed: list[Suspect]) -> str:
    who = judge(found)
    if not listed:
        return "\n".join((tr("Nothing looks wrong."), who))
    said = headline(found, len(listed))
    heading = (tr("filed under"), tr("looks like"), tr("split"), tr("picture"))
    lines = [tr("{sentence}.", sentence=said), who, "", table([heading, *map(_row, listed[:SHOWN])])]
    if len(listed) > SHOWN:
        lines.append(trn("{count} more", "{count} more", len(listed) - SHOWN))
    return "\n".join(lines)


def _row(suspect: Suspect) -> tuple[str, str, str, str]:
    picture = suspect.picture
    like = percent(picture.confidence or 0.0)
    return f"{picture.label} {percent(suspect.probability)}", f"{picture.predicted} {like}", picture.split, picture.name
