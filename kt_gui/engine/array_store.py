"""What the engine asks of the place where computed arrays are kept. It knows no files: the store does."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Draft(Protocol):
    """An array that is being written, row by row, in order."""

    def write(self, rows: Array) -> None:
        """Add the next rows. Raises UserError where there is no room for them after all."""

    def finish(self) -> Array:
        """Give the array, whole, for reading."""

    def drop(self) -> None:
        """Forget it."""


class ArrayStore(Protocol):
    """Arrays under keys; one key may have several, each with other rows."""

    def open(self, key: str) -> list[Array]:
        """Give all whole arrays of a key, for reading."""

    def create(self, key: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Draft | None:
        """Begin an array; None where there is no room for it."""
