"""Many numbers in one event: packed into bytes, with their type and shape, so that no event holds an array."""

from typing import TYPE_CHECKING, Any, Literal

import msgspec

if TYPE_CHECKING:
    from numpy.typing import NDArray

Number = Literal["float32", "float64", "int32", "int64", "uint8", "bool"]


class Column(msgspec.Struct, frozen=True):
    """An array as bytes, row after row, little-endian."""

    dtype: Number
    shape: tuple[int, ...]
    data: bytes

    def __len__(self) -> int:
        return self.shape[0]


def pack(array: "NDArray[Any]") -> Column:
    """Pack an array of one of the types above."""
    import numpy as np  # here: the window's first frame describes events, and packs none

    whole = np.ascontiguousarray(array)
    return Column(msgspec.convert(whole.dtype.name, Number), whole.shape, whole.tobytes())


def unpack(column: Column) -> "NDArray[Any]":
    """Give the array, read-only, without copying it."""
    import numpy as np

    return np.frombuffer(column.data, column.dtype).reshape(column.shape)
