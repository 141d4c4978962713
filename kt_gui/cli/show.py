"""`kt show`: what a run was asked, and what it found."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kt_gui.cli import options, reports, screens, telling
from kt_gui.cli.following import FINE
from kt_gui.schema.export_words import TITLES
from kt_gui.schema.exports import Exported
from kt_gui.schema.stop import StopToken
from kt_gui.schema.texts import tr
from kt_gui.store.contents import saved
from kt_gui.store.folders import home
from kt_gui.store.runs import Runs, read_experiment

if TYPE_CHECKING:
    from kt_gui.cli.arguments import Parser


def add(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Say what can be asked."""
    parser = commands.add_parser("show", help=tr("show what a run was asked and what it found"))
    options.add_run(parser)
    options.add_json(parser, tr("print one JSON object"))
    parser.set_defaults(call=call)


def call(asked: argparse.Namespace) -> int:
    """Show one run."""
    record = Runs(home()).find(asked.run)
    experiment = read_experiment(record.folder)
    taken = list(_exports(record.folder))
    if asked.json:
        kept = {"checkpoints": msgspec.to_builtins(saved(record.folder)), "exports": msgspec.to_builtins(taken)}
        told = reports.run_object(record) | kept | {"experiment": msgspec.to_builtins(experiment)}
        screens.write(msgspec.json.encode(told).decode())
        return FINE
    ended = reports.ended(record)
    said = [*(telling.summary(ended)[:-1] if ended else []), *reports.checkpoints_text(saved(record.folder))]
    said += [f"{tr(TITLES[each.format])}: {each.paths[0]}" for each in taken]
    screens.write(reports.run_text(record, experiment, said))
    return FINE


def _exports(folder: Path) -> Iterator[Exported]:
    """What was taken along from any checkpoint."""
    from kt_gui import session

    for each in saved(folder):
        yield from session.known_exports(folder, each.checkpoint, StopToken())
