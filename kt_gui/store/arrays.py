"""Large arrays that are computed once and used again: memory-mapped files in the user's cache, bounded in size.

A file is one array in NumPy's format, under the key of what it holds; one key may have several, each with other rows.
It is written under another name and renamed once the disk has all of it, so what can be found is whole. When room is
needed, the files used longest ago go first; whoever has one open keeps what they see. Several processes may read,
write and remove at once. Everything here may be lost at any time: it is made again.
"""

import mmap
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

from kt_gui.schema.errors import NoRoom, UserError
from kt_gui.schema.texts import tr
from kt_gui.store.files import disk_troubles, sync_folder

PART = ".part"
KEPT_FREE = 500_000_000
"""Bytes of the disk that are left to everything else."""
ABANDONED_S = 86_400.0
"""A file that nobody has written to for a day is nobody's, even where a process has the number of its writer again."""

Array = NDArray[Any]


class Draft:
    """An array that is being written, row by row, in order. Finish it, or drop it."""

    def __init__(self, path: Path, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self._path, self._shape, self._dtype = path, shape, dtype
        self._part = path.with_name(f"{path.name}.{os.getpid()}{PART}")
        self._file = self._part.open("w+b")
        try:
            header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(self._file, header)
            self._begin = self._file.tell()
            _reserve(self._file.fileno(), self._begin + _bytes(shape, dtype))
        except OSError:
            self.drop()
            raise

    def write(self, rows: Array) -> None:
        """Add the next rows. Raises NoRoom where the disk refuses them."""
        with _refusals(self._path):
            self._file.write(np.ascontiguousarray(rows, dtype=self._dtype).tobytes())

    def finish(self) -> Array:
        """Give the whole array its name, and open it. Raises ValueError where rows are missing, NoRoom."""
        if self._file.tell() != self._begin + _bytes(self._shape, self._dtype):
            raise ValueError(f"{self._path.name}: not all of {self._shape} was written")
        with _refusals(self._path):
            self._file.flush()
            os.fsync(self._file.fileno())
            return self._renamed() if os.name == "nt" else self._mapped()

    def _mapped(self) -> Array:
        """Map the file, then give it its name; where someone has swept it away, it serves us, and no one later."""
        with self._file as file:
            whole = _mapped(file.fileno(), self._begin, self._shape, self._dtype)
        with suppress(OSError):
            self._part.replace(self._path)
            sync_folder(self._path.parent)
        return whole

    def _renamed(self) -> Array:
        """Give the file its name, then map it: Windows renames nothing that is open."""
        self._file.close()
        self._part.replace(self._path)
        with self._path.open("rb") as file:
            return _mapped(file.fileno(), self._begin, self._shape, self._dtype)

    def drop(self) -> None:
        """Leave nothing behind."""
        self._file.close()
        with suppress(OSError):
            self._part.unlink()


class Arrays:
    """The arrays of one folder, at most `limit` bytes of them."""

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder, self._limit = folder, limit

    def open(self, key: str) -> list[Array]:
        """Open all arrays of a key for reading, the newest first, and note that they are of use."""
        found = []
        for path in sorted(self._folder.glob(f"{key}.*.npy"), key=_used, reverse=True):
            array = _opened(path)
            if array is not None:
                found.append(array)
        return found

    def create(self, key: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Draft | None:
        """Begin an array; None where it has no place: it is larger than the limit, or the disk is full or closed."""
        size = _bytes(shape, dtype)
        if size > self._limit:
            return None
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._sweep()
            removable = sum(map(_size, self._folder.glob("*.npy")))
            if shutil.disk_usage(self._folder).free + removable < size + KEPT_FREE:
                return None
            if not self._make_room(size) or shutil.disk_usage(self._folder).free < size + KEPT_FREE:
                return None
            return Draft(self._folder / f"{key}.{secrets.token_hex(4)}.npy", shape, dtype)
        except OSError:
            return None

    @property
    def size(self) -> int:
        """Bytes that lie here, what is being written included."""
        return sum(_size(path) for path in self._files())

    def trim(self) -> None:
        """Remove what is beyond the limit, where that has become lower."""
        self._make_room(0)

    def clear(self) -> None:
        """Remove all that is whole; what is being written stays."""
        for path in self._folder.glob("*.npy"):
            _remove(path)

    def _files(self) -> Iterable[Path]:
        return [*self._folder.glob("*.npy"), *self._folder.glob(f"*{PART}")]

    def _make_room(self, size: int) -> bool:
        """Remove what was used longest ago until so much fits below the limit; tell whether it does."""
        excess = self.size + size - self._limit
        for path in sorted(self._folder.glob("*.npy"), key=_used):
            if excess <= 0:
                break
            excess -= _remove(path)
        return excess <= 0

    def _sweep(self) -> None:
        """Remove what writers have left behind that died."""
        for path in self._folder.glob(f"*{PART}"):
            writer = path.name.removesuffix(PART).rpartition(".")[2]
            is_alive = writer.isdigit() and psutil.pid_exists(int(writer))
            if not is_alive or time.time() - _used(path) > ABANDONED_S:
                _remove(path)


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    """Turn whatever the disk refuses into NoRoom: nothing here is worth ending a run for."""
    try:
        with disk_troubles(path):
            yield
    except UserError as error:
        raise NoRoom(error.message, error.remedy) from error
    except OSError as error:
        raise NoRoom(
            tr("{file} could not be written: {reason}", file=str(path), reason=str(error)),
            tr("Look at that disk, or set KT_HOME to a folder on another one."),
        ) from error


def _bytes(shape: tuple[int, ...], dtype: np.dtype[Any]) -> int:
    return int(np.prod(shape, dtype=np.int64)) * dtype.itemsize


def _reserve(handle: int, size: int) -> None:
    """Take the whole room now: a disk that is too full says so here, not when a page is written."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(handle, 0, size)
    else:
        os.truncate(handle, size)


def _mapped(handle: int, begin: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    whole = mmap.mmap(handle, 0, access=mmap.ACCESS_READ)
    return np.ndarray(shape, dtype, buffer=whole, offset=begin)


def _opened(path: Path) -> Array | None:
    """Open a file; one that is damaged is removed, one that has gone is none."""
    try:
        with path.open("rb") as file:
            version = np.lib.format.read_magic(file)
            if version != (1, 0):
                raise ValueError(path.name)
            shape, _, dtype = np.lib.format.read_array_header_1_0(file)
            if _size(path) != file.tell() + _bytes(shape, dtype):
                raise ValueError(path.name)
            array = _mapped(file.fileno(), file.tell(), shape, dtype)
        with suppress(OSError):  # a cache that may only be read is of use, too
            os.utime(path)
    except OSError:
        return None
    except ValueError:
        _remove(path)
        return None
    return array


def _used(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _remove(path: Path) -> int:
    """Remove a file where the system allows it (Windows keeps what is open); give the bytes that were won."""
    size = _size(path)
    try:
        path.unlink()
    except OSError:
        return 0
    return size
