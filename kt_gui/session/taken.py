"""What was taken along from a run earlier, and still lies where it was put."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from kt_gui.schema.evaluations import Checkpoint
from kt_gui.schema.exports import FORMATS, Exported, Format
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.store import reports
from kt_gui.store.contents import sum_of

KIND = "export"
FORM = 1
"""Counts up when what is noted of an export changes."""


def note(folder: Path, exported: Exported) -> None:
    """Write down what was taken along. Files within the run's folder are found there wherever that is moved."""
    inside = tuple(_within(folder, Path(path)) for path in exported.paths)
    key = _key(folder, exported.checkpoint, exported.format)
    reports.keep(folder, KIND, key, msgspec.structs.replace(exported, paths=inside))


def known_exports(folder: Path, checkpoint: Checkpoint, stop: StopToken) -> Iterator[Exported]:
    """Tell of the newest export of a checkpoint in each form, with what its check found then.

    One whose files have gone, or are of another size by now, is left out; so is one of weights that have changed since.
    Raises UserError where the checkpoints cannot be read, Stopped.
    """
    for form in FORMATS:
        if stop.requested():
            raise Stopped
        known = reports.recall(folder, KIND, _key(folder, checkpoint, form), Exported)
        if known is not None:
            paths = [folder / path for path in known.paths]
            if all(path.is_file() for path in paths) and sum(path.stat().st_size for path in paths) == known.bytes:
                yield msgspec.structs.replace(known, run=str(folder), paths=tuple(map(str, paths)))


def _key(folder: Path, checkpoint: Checkpoint, form: Format) -> str:
    return reports.key_of(FORM, checkpoint, form, sum_of(folder, checkpoint))


def _within(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path.absolute())
