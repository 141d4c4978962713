"""How a set of weights is named in the terminal. Epochs count from 1 for people, from 0 for the program."""

import argparse

from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Checkpoint
from kt_gui.schema.texts import tr

NAMED: tuple[Checkpoint, ...] = ("best", "last", "source")


def add_checkpoint(parser: argparse.ArgumentParser) -> None:
    """Let a command be asked of other weights than the best."""
    parser.add_argument(
        "--checkpoint", type=checkpoint, default="best", help=tr("best, last, source, or the number of an epoch kept")
    )


def checkpoint(text: str) -> Checkpoint:
    """Read the name of a checkpoint. Raises UserError."""
    for name in NAMED:
        if text == name:
            return name
    if text.isdecimal() and int(text) > 0:
        return int(text) - 1
    raise UserError(
        tr("“{text}” is no checkpoint (--checkpoint).", text=text),
        tr("Write best, last, source, or the number of an epoch that was kept, from 1 on."),
    )


def name_of(chosen: Checkpoint) -> str:
    """Name a checkpoint for people."""
    return tr("epoch {epoch}", epoch=chosen + 1) if isinstance(chosen, int) else chosen
