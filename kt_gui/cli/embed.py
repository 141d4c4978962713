"""`kt embed`: where a run's network puts its pictures, before and after it learnt, as numbers and as a table."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from kt_gui.cli import screens
from kt_gui.cli.checkpoints import add_checkpoint
from kt_gui.cli.following import FINE, answers
from kt_gui.schema import insight_words
from kt_gui.schema.columns import unpack
from kt_gui.schema.insights import Embedded, Projection, Split
from kt_gui.schema.texts import tr
from kt_gui.store.folders import home
from kt_gui.store.runs import Runs

if TYPE_CHECKING:
    from kt_gui.cli.arguments import Parser

HEADER = ("name", "index", "class", "predicted", "confidence", "after_x", "after_y", "before_x", "before_y", "digest")


def add(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Say what can be asked."""
    parser = commands.add_parser("embed", help=tr("map a run's pictures: those its network finds alike lie close"))
    parser.add_argument("run", metavar="RUN", help=tr("a run's folder, its id, or its name where only one has it"))
    parser.add_argument("--method", choices=get_args(Projection), default="pca", help=tr("how places are found"))
    parser.add_argument("--part", choices=get_args(Split), default="test", help=tr("which pictures of the run"))
    add_checkpoint(parser)
    parser.add_argument("--csv", metavar="FILE", help=tr("write a table with the place of every picture"))
    parser.add_argument("--force", action="store_true", help=tr("overwrite that table where it is there already"))
    parser.add_argument("--json", action="store_true", help=tr("print one JSON object"))


def call(asked: argparse.Namespace) -> int:
    """Map the pictures; return the exit code."""
    from kt_gui import session

    folder = Runs(home()).find(asked.run).folder
    found = answers(
        lambda stop: session.embed(folder, asked.checkpoint, asked.method, asked.part, stop, home()), json=asked.json
    )
    embedded = found[-1]
    assert isinstance(embedded, Embedded)
    if asked.csv is not None:
        _tabulate(embedded, Path(asked.csv).expanduser(), overwrite=asked.force)
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


def _lines(embedded: Embedded, csv: str | None) -> list[str]:
    said = [insight_words.say_apart(embedded), insight_words.say_silhouette(embedded)]
    if csv:
        said.append(tr("The place of every picture is in {path}.", path=csv))
    return [words for words in said if words]


def _tabulate(embedded: Embedded, path: Path, *, overwrite: bool) -> None:
    from kt_gui.store.tables import Table

    with Table(path, overwrite=overwrite) as table:
        table.write(HEADER)
        for row in _rows(embedded):
            table.write(row)


def _rows(embedded: Embedded) -> Iterator[tuple[str, ...]]:
    columns = (embedded.indexes, embedded.labels, embedded.predicted, embedded.confidences, embedded.after)
    before = unpack(embedded.before).tolist() if embedded.before is not None else [("", "")] * len(embedded.names)
    numbers = zip(*(unpack(column).tolist() for column in columns), before, strict=True)
    for name, digest, values in zip(embedded.names, embedded.digests, numbers, strict=True):
        index, label, said, sure, after, old = values
        predicted = embedded.classes[said] if said >= 0 else ""
        places = (_written(value) for value in (*after, *old))
        yield name, str(index), embedded.classes[label], predicted, _written(sure), *places, digest


def _written(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.6g}"
