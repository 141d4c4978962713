"""Pictures too many for the memory: decoded once into an array on the disk, and read from there a batch at a time."""

import hashlib
from collections.abc import Generator
from contextlib import suppress

import numpy as np
import PIL
import torch
from numpy.typing import NDArray

from kt_gui.engine.array_store import ArrayStore, Draft, give_back
from kt_gui.engine.collection import Collection
from kt_gui.engine.sizing import Pictures, View, fitted, hand_on, split
from kt_gui.engine.splitting import Indexes
from kt_gui.schema.errors import NoRoom, UserError
from kt_gui.schema.events import Event
from kt_gui.schema.stop import StopToken

FORMAT = "pictures 1"
"""To be counted up whenever the same files or arrays would give other pixels."""

NEIGHBOURS = 2**21
"""Bytes of the file that may come into memory with a picture: a large page of it. Measured on Linux 6: 64 to 512 KB."""

MOST_HELD = 2**26
"""Bytes of a mapped array in memory, before they are given back."""


def find(store: ArrayStore, collection: Collection, indexes: Indexes, view: View, room: int) -> "Stored | None":
    """Find these pictures at the view's size in the store: all of the collection's, or these alone."""
    for kept, rows in _ways(collection, indexes):
        found = _open(store, collection, kept, view)
        if found is not None:
            return Stored(found, rows, room)
    return None


def decode(
    store: ArrayStore, collection: Collection, indexes: Indexes, view: View, stop: StopToken, room: int
) -> Generator[Event, None, "Stored | None"]:
    """Decode these pictures into the store; None where it has no room.

    A part that holds most of a collection is stored with all the rest: the other parts, and whatever a later run deals
    out, then lie there, too; where one of the rest has gone, the part is stored alone. Raises Stopped, and UserError
    for a picture of the part that has gone; nothing is left behind then.
    """
    for kept, rows in _ways(collection, indexes):
        if 2 * len(indexes) < len(kept):
            continue
        draft = store.create(key(collection, kept, view), _shape(kept, view), np.dtype(np.uint8))
        if draft is not None:
            with suppress(UserError if len(kept) > len(indexes) else NoRoom):
                whole = yield from _fill(draft, collection, kept, view, stop, room)
                return Stored(whole, rows, room)
    return None


def _ways(collection: Collection, indexes: Indexes) -> tuple[tuple[Indexes, Indexes], ...]:
    """Which pictures an array may hold, in order, and where these then lie in it."""
    return ((np.arange(len(collection)), indexes), (indexes, np.arange(len(indexes))))


def _open(store: ArrayStore, collection: Collection, indexes: Indexes, view: View) -> Pictures | None:
    shape = _shape(indexes, view)
    return next((found for found in store.open(key(collection, indexes, view)) if found.shape == shape), None)


def _fill(
    draft: Draft, collection: Collection, indexes: Indexes, view: View, stop: StopToken, room: int
) -> Generator[Event, None, Pictures]:
    chunks = fitted(collection, indexes, view, room)
    try:
        yield from hand_on(chunks, len(indexes), collection.title, stop, draft.write)
        return draft.finish()
    except BaseException:
        draft.drop()
        raise


def _shape(indexes: Indexes, view: View) -> tuple[int, ...]:
    return (len(indexes), *view.shape)


def key(collection: Collection, indexes: Indexes, view: View) -> str:
    """Name what decides the pixels: the pictures and their order, how they are sized, and what sizes them."""
    pixels = collection.pixels
    by = f"Pillow {PIL.__version__}" if pixels is None else f"torch {torch.__version__} {pixels.shape[1:]}"
    how = f"{FORMAT}\0{by}\0{view.size} {view.side} {view.interpolation}\0"
    whole = hashlib.blake2b(how.encode(), digest_size=16)
    whole.update("\0".join(collection.digests[index] for index in indexes.tolist()).encode())
    return f"pictures-{whole.hexdigest()}"


class Stored:
    """Gathers pictures from an array, mapped or in memory; of a mapped one no more than `room` bytes stay in memory."""

    def __init__(self, pictures: Pictures, rows: Indexes, room: int) -> None:
        """`rows`: where each picture of the portion lies in the array."""
        self._pictures, self._rows = pictures, rows
        each = NEIGHBOURS + pictures[:1].nbytes
        self._most = max(1, min(MOST_HELD, room) // (2 * each))  # as many again may come before it is noticed
        self._held = 0

    def __call__(self, indexes: NDArray[np.int64], batch: Pictures) -> None:
        """Write pictures into a batch."""
        rows = self._rows[indexes]
        for start in range(0, len(rows), self._most):
            part = rows[start : start + self._most]
            # mode: with any other, NumPy gathers into memory of its own first
            np.take(self._pictures, part, axis=0, out=batch[start : start + self._most], mode="clip")
            self._held += len(part)
            if self._held >= self._most:
                give_back(self._pictures)
                self._held = 0

    def chunks(self) -> Generator[Pictures, None, None]:
        """Give all pictures of the portion, in order, a few at a time."""
        for indexes in split(np.arange(len(self._rows)), self._most):
            batch = np.empty((len(indexes), *self._pictures.shape[1:]), dtype=np.uint8)
            self(indexes, batch)
            yield batch


class Decoding:
    """Decodes pictures whenever they are asked for, in a few threads."""

    def __init__(self, collection: Collection, indexes: Indexes, view: View, room: int) -> None:
        self._collection, self._indexes, self._view, self._room = collection, indexes, view, room

    def __call__(self, indexes: NDArray[np.int64], batch: Pictures) -> None:
        """Write pictures into a batch. Raises UserError for a picture that has gone."""
        done = 0
        for chunk in fitted(self._collection, self._indexes[indexes], self._view, self._room):
            batch[done : done + len(chunk)] = chunk
            done += len(chunk)
