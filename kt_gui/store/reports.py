"""What was found out about a run after it had ended, kept in its `report/` folder, so that a page opens at once.

Each answer lies in a file of its own, named by what it depends on: where that has changed the file is not found, so
that nothing stale is ever shown. All of it can be computed again.
"""

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec

from kt_gui.schema.codec import UNDECODABLE
from kt_gui.schema.errors import UserError
from kt_gui.store.files import disk_troubles, make_folder, write

FOLDER = "report"
SUFFIX = ".msgpack"
MOST = 256_000_000
"""Bytes of answers that a run keeps; the oldest go first."""

T = TypeVar("T")


def key_of(*parts: object) -> str:
    """Make a key of all that an answer depends on, each part as it writes itself."""
    whole = hashlib.blake2b(digest_size=16)
    for part in parts:
        whole.update(repr(part).encode() + b"\0")
    return whole.hexdigest()


def recall(run: Path, kind: str, key: str, shape: type[T]) -> T | None:
    """Read an answer of this kind; None where it is not there, or cannot be read."""
    with suppress(OSError, *UNDECODABLE):
        return msgspec.msgpack.decode(_path(run, kind, key).read_bytes(), type=shape)
    return None


def keep(run: Path, kind: str, key: str, answer: object) -> None:
    """Write an answer down. Where the disk refuses it, or the run may only be read, it is computed anew next time."""
    path, content = _path(run, kind, key), msgspec.msgpack.encode(answer)
    with suppress(UserError):
        make_folder(path.parent)
        _make_room(path.parent, len(content))
        write(path, content)


def _path(run: Path, kind: str, key: str) -> Path:
    return run / FOLDER / f"{kind}-{key}{SUFFIX}"


def _make_room(folder: Path, wanted: int) -> None:
    with disk_troubles(folder):
        kept = sorted(_sizes(folder), reverse=True)
        for _, size, path in kept:
            wanted += size
            if wanted > MOST:
                path.unlink(missing_ok=True)


def _sizes(folder: Path) -> Iterable[tuple[float, int, Path]]:
    """When each answer was written, how large it is, and where it lies."""
    for path in folder.glob(f"*{SUFFIX}"):
        status = path.stat()
        yield status.st_mtime, status.st_size, path
