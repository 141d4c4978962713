"""Writes files whole or not at all, and says in plain words what the disk refuses."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kt_gui.schema.errors import UserError
from kt_gui.schema.texts import tr

FULL = (errno.ENOSPC, errno.EDQUOT)
CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS)


def write(path: Path, content: bytes) -> None:
    """Replace a file by new content: after a crash it holds the old or the new. Raises UserError, also where a folder
    or a device is in its place.

    Several may do so at once: each has a new file of its own, and the last one counts.
    """
    require_file(path)
    new = path.with_name(f".{secrets.token_hex(8)}.new")
    with disk_troubles(path):
        try:
            write_through(new, content)
            new.replace(path)
        except BaseException:
            with suppress(OSError):
                new.unlink()
            raise
        sync_folder(path.parent)


def require_file(path: Path) -> None:
    """Raise UserError where a folder or a device is in the place of a file."""
    if path.exists() and not path.is_file():
        raise UserError(tr("{file} is no file that could be overwritten.", file=str(path)), tr("Name another file."))


def write_through(path: Path, content: bytes) -> None:
    """Write and wait until the disk has it."""
    with path.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the disk knows the names in a folder; Windows cannot, and keeps them in order by itself."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Make a folder and what is above it. Raises UserError."""
    with disk_troubles(folder):
        folder.mkdir(parents=True, exist_ok=True)


@contextmanager
def disk_troubles(path: Path) -> Iterator[None]:
    """Turn a full or closed disk into a UserError that names the file; anything else stays what it is."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise UserError(
                tr("The disk is full: {file} could not be written.", file=str(path)),
                tr("Make room and resume the run; what was saved before is kept."),
            ) from error
        if error.errno in CLOSED:
            raise UserError(
                tr("{file} cannot be written: no permission.", file=str(path)),
                tr("Allow writing there, or set KT_HOME to a folder that can be written to."),
            ) from error
        if isinstance(error, FileExistsError | NotADirectoryError):
            raise UserError(
                tr("{file} cannot be made: a file is in its place.", file=str(path)),
                tr("Move that file away, or set KT_HOME to another folder."),
            ) from error
        raise
