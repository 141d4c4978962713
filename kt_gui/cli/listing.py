"""`kt runs`: the list of runs, sought, sorted and grouped as the window does it."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from kt_gui.bridge.run_cells import COLUMNS, NUMBERS, Column, Row, RunGroup, cell, grouped, in_order, sought, with_tags
from kt_gui.cli import options, reports, screens
from kt_gui.cli.following import FINE
from kt_gui.schema.texts import tr
from kt_gui.store.folders import home
from kt_gui.store.runs import RunRecord, Runs, recipe_of

if TYPE_CHECKING:
    from kt_gui.cli.arguments import Parser


def add(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Describe the command."""
    parser = commands.add_parser("runs", help=tr("list the runs"))
    parser.add_argument("--filter", metavar="TEXT", default="", help=tr("only runs in which every word is found"))
    parser.add_argument(
        "--tag", action="append", default=[], metavar="TAG", help=tr("only runs with this tag; may be repeated")
    )
    parser.add_argument(
        "--sort", choices=COLUMNS, default="started", help=tr("sort by a column; of numbers the largest comes first")
    )
    parser.add_argument("--reverse", action="store_true", help=tr("sort the other way round"))
    parser.add_argument(
        "--group", action="store_true", help=tr("one line for runs that differ in their seed only: mean ± deviation")
    )
    options.add_json(parser, tr("print one JSON line a run, or a group"))
    parser.set_defaults(call=call)


def call(asked: argparse.Namespace) -> int:
    """List what was asked for."""
    every = Runs(home()).list()
    rows = _rows(every, asked)
    if asked.json:
        for row in rows:
            screens.write(msgspec.json.encode(_object(row)).decode())
    elif rows:
        screens.write(_table(rows))
    elif every:
        screens.write(tr("No run is like that."))
    else:
        screens.write(tr("There is no run yet. Begin with kt run --example."))
    return FINE


def _rows(records: Sequence[RunRecord], asked: argparse.Namespace) -> Sequence[Row]:
    column: Column = asked.sort
    is_reversed = (column in NUMBERS) != asked.reverse
    found = in_order(sought(records, asked.filter, asked.tag), column, is_reversed=is_reversed)
    return in_order(grouped(found, recipe_of), column, is_reversed=is_reversed) if asked.group else found


def _object(row: Row) -> dict[str, Any]:
    if isinstance(row, RunRecord):
        return reports.run_object(row)
    mean, sd = row.spread
    return {
        "group": row.id,
        "name": row.runs[0].name,
        "runs": [run.id for run in row.runs],
        "n": len(row.accuracies),
        "mean": mean,
        "sd": sd,
    }


def _table(rows: Sequence[Row]) -> str:
    heading = (tr("id"), tr("name"), tr("state"), tr("source"), tr("target"), tr("test accuracy"), tr("date"))
    return reports.table([heading, *(_line(row) for row in rows)])


def _line(row: Row) -> tuple[str, ...]:
    """A group stands with the ids of its runs, as kt compare takes them."""
    identity = " ".join(run.id for run in row.runs) if isinstance(row, RunGroup) else row.id
    cells = [cell(row, column) or "–" for column in ("state", "source", "target", "accuracy", "started")]
    return identity, with_tags(row), *cells
