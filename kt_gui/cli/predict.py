"""`kt predict`: asks a run's network about pictures, a line each."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kt_gui.cli import options
from kt_gui.cli.following import follow
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event
from kt_gui.schema.predictions import Given
from kt_gui.schema.stop import StopToken
from kt_gui.schema.texts import tr
from kt_gui.store.folders import home

if TYPE_CHECKING:
    from kt_gui.cli.arguments import Parser


def add(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Say what can be asked."""
    parser = commands.add_parser("predict", help=tr("say which classes pictures show"))
    options.add_run(parser)
    parser.add_argument("pictures", nargs="+", metavar="FILE|FOLDER", help=tr("pictures, folders of them, or zips"))
    options.add_table(parser, tr("write a table with the probability of every class"))
    parser.add_argument("--top", type=_count, default=3, metavar="K", help=tr("how many classes are told of each"))
    options.add_checkpoint(parser)
    options.add_json(parser, tr("print events as JSON lines, one a picture"))
    parser.set_defaults(call=call)


def call(asked: argparse.Namespace) -> int:
    """Do what is asked; return the exit code."""
    from kt_gui import session

    folder = options.folder_of(asked)
    given = [Given(path=str(Path(name).expanduser().absolute())) for name in asked.pictures]

    def begin(stop: StopToken) -> Iterator[Event]:
        answers = session.predict(
            folder, given, asked.checkpoint, stop, home(), top=asked.top, every_class=asked.csv is not None
        )
        if asked.csv is None:
            return answers
        return session.tabulate_predictions(answers, asked.csv, overwrite=asked.force)

    return follow(begin, json=asked.json)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise UserError(tr("“{text}” is no number of classes (--top).", text=text), tr("Write a number from 1 on."))
    return int(text)
