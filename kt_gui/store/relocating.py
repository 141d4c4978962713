"""Moves and copies a user's own pictures, one at a time. Nothing is deleted, nothing is written over."""

import os
import shutil
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from kt_gui.schema.errors import UserError
from kt_gui.schema.texts import tr
from kt_gui.store.files import disk_troubles, make_folder, write


@dataclass(frozen=True)
class Deed:
    """A file, and where it goes; where something of that name lies there, it is given a number."""

    file: Path
    target: Path
    is_copy: bool = False


def carry_out(deed: Deed) -> Path:
    """Move or copy a file; tell where it lies now. Raises UserError where it has gone, or the disk refuses."""
    make_folder(deed.target.parent)
    target = _free(deed.target)
    try:
        with disk_troubles(target):
            if deed.is_copy:
                write(target, deed.file.read_bytes())
            else:
                _move(deed.file, target)
    except FileNotFoundError as error:
        raise UserError(
            tr("{file} has gone.", file=str(deed.file)), tr("Read the data set again, then write it once more.")
        ) from error
    return target


def _move(file: Path, target: Path) -> None:
    """Move a file; to another disk by a copy that is whole before the file goes."""
    try:
        file.rename(target)
    except OSError as error:
        if isinstance(error, FileNotFoundError | PermissionError):
            raise
        half = target.with_name(f".{target.name}.half")
        shutil.copy2(file, half)
        half.replace(target)
        file.unlink()


def _free(target: Path) -> Path:
    """The name itself, or the first one with a number that nothing has."""
    numbered = (target.with_name(f"{target.stem} ({number}){target.suffix}") for number in count(2))
    return target if not os.path.lexists(target) else next(each for each in numbered if not os.path.lexists(each))
