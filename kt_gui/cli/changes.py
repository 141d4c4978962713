"""`kt changes`: what a transfer changed in the weights and in what they compute, and what it forgot."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from kt_gui.cli import screens
from kt_gui.cli.following import FINE, follow
from kt_gui.schema.changes import BlockChange, Changed, Forgotten, Recalled
from kt_gui.schema.checkpoints import parse, say
from kt_gui.schema.datasets import called
from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Checkpoint
from kt_gui.schema.events import Event, Noticed
from kt_gui.schema.quantities import number, percent
from kt_gui.schema.stop import StopToken
from kt_gui.schema.texts import Message, mark, tr
from kt_gui.store.folders import home
from kt_gui.store.runs import Runs


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command."""
    changes = commands.add_parser("changes", help=tr("show what a run changed in its source, and what it forgot"))
    changes.add_argument("run", metavar="RUN", help=tr("a run's folder, its id, or its name where only one has it"))
    changes.add_argument(
        "--checkpoint",
        default="best",
        metavar="WHICH",
        help=tr("best, last, source, or the number of an epoch that was kept; kt show lists them"),
    )
    changes.add_argument("--json", action="store_true", help=tr("print events as JSON lines"))


def call(asked: argparse.Namespace) -> int:
    """Hold a checkpoint beside its source."""
    folder, which = Runs(home()).find(asked.run).folder, parse(asked.checkpoint)
    found: list[Event] = []

    def begin(stop: StopToken) -> Iterator[Event]:
        for event in _events(folder, which, stop):
            found.append(event)
            yield event

    code = follow(begin, json=asked.json)
    if code == FINE and not asked.json:
        screens.write("\n\n".join(_told(found)))
    return code


def _events(folder: Path, which: Checkpoint, stop: StopToken) -> Iterator[Event]:
    """What was forgotten cannot always be measured; that is no reason to hide the rest."""
    from kt_gui import session

    yield from session.changes(folder, which, stop, home())
    try:
        yield from session.forgetting(folder, stop, home())
    except UserError as error:
        values = {"problem": error.message, "remedy": error.remedy}
        yield Noticed(level="information", message=Message(mark("{problem} {remedy}"), values))


def _told(events: list[Event]) -> Iterator[str]:
    from kt_gui.cli.reports import table

    for event in events:
        match event:
            case Changed(blocks=blocks, pictures=pictures, data=data):
                heading = (tr("block"), "‖θ'−θ‖", "‖θ'−θ‖²/‖θ‖²", tr("similarity (CKA)"), "")
                yield table([heading, *map(_block_row, blocks)])
                if pictures:
                    yield tr("Similarity on {count} validation pictures of {data}.", count=pictures, data=called(data))
            case Forgotten(points=points, data=data):
                heading = (tr("checkpoint"), tr("right on the source's test"), tr("95 % interval"))
                yield f"{called(data)}\n{table([heading, *map(_point_row, points)])}"
            case _:
                pass


def _block_row(change: BlockChange) -> tuple[str, ...]:
    figures = (change.distance, change.relative, change.similarity)
    written = ["–" if figure is None else number(figure) for figure in figures]
    return change.block, *written, tr("frozen") if change.frozen else ""


def _point_row(point: Recalled) -> tuple[str, ...]:
    interval = f"{100 * point.low:.1f}–{100 * point.high:.1f}"
    return say(point.checkpoint, point.epoch), percent(point.accuracy), interval
