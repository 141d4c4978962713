"""The cache of computed arrays, as large as the settings allow."""

from typing import TYPE_CHECKING, Any

from kt_gui.store import preferences
from kt_gui.store.folders import Home

if TYPE_CHECKING:
    import numpy as np

    from kt_gui.engine.array_store import Array
    from kt_gui.store.arrays import Arrays

GB = 1_000_000_000


def cache(home: Home) -> "Arrays":
    """Give the user's cache of arrays."""
    from kt_gui.store.arrays import Arrays

    arrays = Arrays(home.arrays, room(home))
    arrays.trim()
    return arrays


class Reading:
    """The cache for one who may only look things up: nothing has room."""

    def __init__(self, arrays: "Arrays") -> None:
        self._arrays = arrays

    def open(self, key: str) -> "list[Array]":
        """Open all arrays of a key."""
        return self._arrays.open(key)

    def create(self, _key: str, _shape: tuple[int, ...], _dtype: "np.dtype[Any]") -> None:
        """Refuse."""


def reading(home: Home) -> Reading:
    """Give the user's cache to one who may only look things up."""
    from kt_gui.store.arrays import Arrays

    return Reading(Arrays(home.arrays, room(home)))


def room(home: Home) -> int:
    """Give the bytes that the cache may take."""
    return round(preferences.load(home)[0].cache_gb * GB)


def is_wanted(home: Home) -> bool:
    """Whether anything computed is to be kept at all."""
    return room(home) > 0


def used(home: Home) -> int:
    """Count the bytes that the cache takes now."""
    return cache(home).size


def empty(home: Home) -> None:
    """Remove all that was computed; what is needed again is computed again."""
    cache(home).clear()


def memory_limit(home: Home) -> int | None:
    """Give the bytes that pictures may take in memory; None where a share of what is free decides."""
    settings, _ = preferences.load(home)
    return None if settings.memory_gb is None else round(settings.memory_gb * GB)
