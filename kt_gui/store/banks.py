"""What new pictures are compared with, kept in a run's folder: how a checkpoint saw the pictures it learnt from.

It is computed once and can be computed again, as long as those pictures are there.
"""

from pathlib import Path

import msgspec

from kt_gui.schema.columns import Column
from kt_gui.schema.evaluations import Checkpoint
from kt_gui.store.files import make_folder, write

FORMAT = 1
FOLDER = "report"


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The features of training pictures, and what validation pictures have taught."""

    format: int = FORMAT
    key: str
    """Of the weights and the data; what has another is stale."""
    features: Column
    """float32 [pictures, width], each of length 1."""
    neighbour: int
    threshold: float | None
    validation: int
    """Validation pictures that were asked."""
    temperature: float | None


def load(run: Path, which: Checkpoint, key: str) -> Kept | None:
    """Read what is kept for a checkpoint; None where there is nothing, or it is stale or damaged."""
    try:
        kept = msgspec.msgpack.decode(_path(run, which).read_bytes(), type=Kept)
    except (OSError, msgspec.DecodeError):
        return None
    return kept if (kept.format, kept.key) == (FORMAT, key) else None


def save(run: Path, which: Checkpoint, kept: Kept) -> None:
    """Keep it, in place of what was kept for that checkpoint before. Raises UserError."""
    make_folder(run / FOLDER)
    write(_path(run, which), msgspec.msgpack.encode(kept))


def _path(run: Path, which: Checkpoint) -> Path:
    name = f"epoch-{which}" if isinstance(which, int) else which
    return run / FOLDER / f"training-{name}.msgpack"
