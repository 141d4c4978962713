"""`kt embed`: where a run's network puts its pictures, before and after it learnt, as numbers and as a table."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from kt_gui.cli import options, screens
from kt_gui.cli.following import FINE, answers
from kt_gui.schema import insight_words
from kt_gui.schema.insights import Embedded, Projection, Split
from kt_gui.schema.texts import tr
from kt_gui.store.folders import home

if TYPE_CHECKING:
    from kt_gui.cli.arguments import Parser


def add(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Say what can be asked."""
    parser = commands.add_parser("embed", help=tr("map a run's pictures: those its network finds alike lie close"))
    options.add_run(parser)
    parser.add_argument("--method", choices=get_args(Projection), default="pca", help=tr("how places are found"))
    parser.add_argument("--part", choices=get_args(Split), default="test", help=tr("which pictures of the run"))
    options.add_checkpoint(parser)
    options.add_table(parser, tr("write a table with the place of every picture"))
    options.add_json(parser, tr("print one JSON object"))
    parser.set_defaults(call=call)


def call(asked: argparse.Namespace) -> int:
    """Map the pictures; return the exit code."""
    from kt_gui import session

    folder = options.folder_of(asked)
    found = answers(
        lambda stop: session.embed(folder, asked.checkpoint, asked.method, asked.part, stop, home()), json=asked.json
    )
    embedded = found[-1]
    assert isinstance(embedded, Embedded)
    if asked.csv is not None:
        session.tabulate_map(embedded, asked.csv, overwrite=asked.force)
    if asked.json:
        screens.write(msgspec.json.encode(_told(embedded)).decode())
    else:
        screens.write("\n".join(_lines(embedded, asked.csv)))
    return FINE


def _told(embedded: Embedded) -> dict[str, Any]:
    """All but what is of single pictures: that is the table's."""
    single = ("at", "names", "digests", "indexes", "labels", "predicted", "confidences", "after", "before")
    told = {name: value for name, value in msgspec.structs.asdict(embedded).items() if name not in single}
    return {**told, "event": "embedded", "pictures": len(embedded.indexes)}


def _lines(embedded: Embedded, csv: Path | None) -> list[str]:
    said = [insight_words.say_apart(embedded), insight_words.say_silhouette(embedded)]
    if csv:
        said.append(tr("The place of every picture is in {path}.", path=str(csv)))
    return [words for words in said if words]
