"""`kt changes`: what a transfer changed in the weights and in what they compute, and what it forgot."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kt_gui.cli import options, screens, telling
from kt_gui.cli.following import FINE, answers
from kt_gui.cli.reports import table
from kt_gui.schema.changes import BlockChange, Changed, Forgotten, Recalled
from kt_gui.schema.checkpoints import say
from kt_gui.schema.datasets import called
from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Checkpoint
from kt_gui.schema.events import Event, Noticed
from kt_gui.schema.quantities import number, percent
from kt_gui.schema.stop import StopToken
from kt_gui.schema.texts import Message, thousands, tr
from kt_gui.store.folders import home

if TYPE_CHECKING:
    from kt_gui.cli.arguments import Parser


def add(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Say what can be asked."""
    changes = commands.add_parser("changes", help=tr("show what a run changed in its source, and what it forgot"))
    options.add_run(changes)
    options.add_checkpoint(changes)
    options.add_json(changes, tr("print one JSON object"))
    changes.set_defaults(call=call)


def call(asked: argparse.Namespace) -> int:
    """Hold a checkpoint beside its source; return the exit code."""
    folder = options.folder_of(asked)
    found = answers(lambda stop: _ask(folder, asked.checkpoint, stop), json=asked.json)
    if asked.json:
        screens.write(msgspec.json.encode(_object(found)).decode())
    else:
        screens.write("\n\n".join(_paragraphs(found)))
    return FINE


def _ask(folder: Path, which: Checkpoint, stop: StopToken) -> Iterator[Event]:
    """What was forgotten cannot always be measured; that is no reason to hide the rest."""
    from kt_gui import session

    yield from session.changes(folder, which, stop, home())
    try:
        yield from session.forgetting(folder, stop, home())
    except UserError as error:
        message, remedy = (Message("{text}", {"text": text}) for text in (error.message, error.remedy))
        yield Noticed(level="information", message=message, remedy=remedy)


def _object(events: list[Event]) -> dict[str, object]:
    """One name for each answer; null for what is not known."""
    changed = next((event for event in events if isinstance(event, Changed)), None)
    forgotten = next((event for event in events if isinstance(event, Forgotten)), None)
    notices = [telling.line(event) for event in events if isinstance(event, Noticed)]
    return {"changed": changed, "forgotten": forgotten, "notices": notices}


def _paragraphs(events: list[Event]) -> Iterator[str]:
    for event in events:
        match event:
            case Changed():
                yield from _changed(event)
            case Forgotten():
                heading = (tr("checkpoint"), tr("right on the source's test"), tr("95 % interval"))
                yield f"{called(event.data)}\n{table([heading, *map(_point_row, event.points)])}"
            case Noticed():
                yield telling.line(event) or ""
            case _:
                pass


def _changed(event: Changed) -> Iterator[str]:
    heading = (tr("block"), "‖θ'−θ‖", "‖θ'−θ‖²/‖θ‖²", tr("similarity (CKA)"), "")
    yield table([heading, *map(_block_row, event.blocks)])
    if event.pictures:
        yield tr(
            "Similarity on {count} validation pictures of {data}.",
            count=thousands(event.pictures),
            data=called(event.data),
        )


def _block_row(change: BlockChange) -> tuple[str, ...]:
    written = map(number, (change.distance, change.relative, change.similarity))
    return change.block, *written, tr("frozen") if change.frozen else ""


def _point_row(point: Recalled) -> tuple[str, ...]:
    interval = f"{100 * point.low:.1f}–{100 * point.high:.1f}"
    return say(point.checkpoint, point.epoch), percent(point.accuracy), interval
