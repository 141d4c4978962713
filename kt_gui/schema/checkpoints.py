"""Checkpoints as people name them: best, last, source, or an epoch, counted from 1."""

import msgspec

from kt_gui.schema.evaluations import Checkpoint
from kt_gui.schema.texts import tr


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """One set of weights of a run that can be looked at."""

    checkpoint: Checkpoint
    epoch: int | None
    """Of the last phase, from 0; None for what it started from."""


def say(checkpoint: Checkpoint, epoch: int | None) -> str:
    """Name a checkpoint: `source`, `epoch 7`, `epoch 14 (best)`."""
    names = {"source": tr("source"), "best": tr("best"), "last": tr("last")}
    name = names.get(str(checkpoint), "")
    if epoch is None or checkpoint == "source":
        return name
    said = tr("epoch {epoch}", epoch=epoch + 1)
    return tr("{epoch} ({name})", epoch=said, name=name) if name else said
