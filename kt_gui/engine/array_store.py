"""Where large arrays that are computed once are kept: what the engine asks of it. Someone else has the files."""

import mmap
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Draft(Protocol):
    """An array that is being written, row by row, in order. Finish it, or drop it."""

    def write(self, rows: Array) -> None:
        """Add the next rows. Raises NoRoom where they are refused."""

    def finish(self) -> Array:
        """Make the whole array one that can be found, and open it. Raises NoRoom."""

    def drop(self) -> None:
        """Leave nothing behind."""


class ArrayStore(Protocol):
    """Keeps arrays under keys, one key perhaps several; any of them may be gone the next time."""

    def open(self, key: str) -> list[Array]:
        """Open all arrays of a key for reading, the newest first."""

    def create(self, key: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Draft | None:
        """Begin an array; None where there is no room for it."""


def give_back(array: Array) -> None:
    """Let go of the memory that reading a mapped array has taken: it stays readable, from the file.

    Does nothing to an array in memory, nor where the system has no such call (Windows takes back what it needs).
    """
    mapped: Any = array.base
    while isinstance(mapped, np.ndarray):
        mapped = mapped.base
    if isinstance(mapped, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)
