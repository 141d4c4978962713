"""Pictures that are the same to the eye: scaled, saved again with loss, a little brighter. Not turned, not mirrored.

A picture's signature is 272 bytes: a difference hash of 128 bits (N. Krawetz 2013, "Kind of Like That": of the picture
in grey at 9 x 9 px, whether each pixel is brighter than its left neighbour, and whether brighter than its upper one),
then the picture in grey at 16 x 16 px. Two pictures are nearly the same where at most 12 bits differ and the small
pictures' correlation is at least 0.98: the hash is quick, and takes many small drawings for one another. Measured on
nine sets (`benchmarks/near_duplicates.py`): of photos saved as JPEG of quality 30 or made half as large 96 to 100 % are
found, of handwriting 60 to 72 and 5 to 62 %; of those that were cut, mirrored or turned next to none, which is what
`look_alikes` is for. Taken for a copy by mistake were no photo, 2 % of the emoji, and 4 % of the garments.
"""

import hashlib
from collections.abc import Generator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kt_gui.engine.array_store import ArrayStore
from kt_gui.engine.collection import Collection
from kt_gui.engine.pools import work_through
from kt_gui.engine.splitting import Indexes
from kt_gui.schema.errors import NoRoom
from kt_gui.schema.events import Progressed
from kt_gui.schema.stop import Stopped, StopToken

HASHED, KEPT = 8, 16
"""Pixels on a side of what is hashed, but for the neighbours, and of the small picture."""
HASH_BYTES = 2 * HASHED**2 // 8
MOST_BITS = 12
LEAST_CORRELATION = 0.98
ROWS = 64
"""Pictures that are held against all others at once."""

Signatures = NDArray[np.uint8]
"""[n, 272]"""


class Pair(NamedTuple):
    """Two pictures that are nearly the same, by their places."""

    first: int
    second: int
    bits: int
    """Of their hashes that differ."""


def signature(picture: Image.Image) -> Signatures:
    """Describe a picture: uint8 [272]."""
    grey = picture.convert("L")
    hashed = np.asarray(grey.resize((HASHED + 1, HASHED + 1), Image.Resampling.BILINEAR))
    across = hashed[:HASHED, 1:] > hashed[:HASHED, :-1]
    down = hashed[1:, :HASHED] > hashed[:-1, :HASHED]
    small = np.asarray(grey.resize((KEPT, KEPT), Image.Resampling.BILINEAR))
    return np.concatenate([np.packbits(across), np.packbits(down), small.ravel()])


def describe(
    collection: Collection, indexes: Indexes, stop: StopToken, store: ArrayStore
) -> Generator[Progressed, None, Signatures]:
    """Describe pictures, unless that was done before. Raises UserError for one that has gone, Stopped."""
    digests = "".join(collection.digests[index] for index in indexes.tolist())
    key = hashlib.blake2b(f"signatures 1 {digests}".encode(), digest_size=16).hexdigest()
    known: Signatures | None = next(iter(store.open(key)), None)
    if known is not None:
        return known.copy()  # of a mapped file nothing stays open

    def work(index: int) -> Signatures:
        return signature(collection.at_least(index, KEPT))

    rows = yield from work_through(work, indexes.tolist(), "reading", collection.title, stop)
    found = np.array(rows, dtype=np.uint8).reshape(len(rows), HASH_BYTES + KEPT**2)
    _keep(store, key, found)
    return found


def _keep(store: ArrayStore, key: str, found: Signatures) -> None:
    """Keep signatures where there is room: without, they are computed again."""
    draft = store.create(key, found.shape, found.dtype) if len(found) else None
    if draft is None:
        return
    try:
        draft.write(found)
        draft.finish()
    except NoRoom:
        draft.drop()


def find_near(first: Signatures, second: Signatures, stop: StopToken) -> list[Pair]:
    """Find, for each picture of the second, the nearest of the first that is nearly the same. Raises Stopped."""
    pairs = []
    for start in range(0, len(second) if len(first) else 0, ROWS):
        if stop.requested():
            raise Stopped
        pairs += [pair._replace(second=pair.second + start) for pair in _near(first, second[start : start + ROWS])]
    return pairs


def _near(first: Signatures, second: Signatures) -> list[Pair]:
    bits = _differing(first, second)
    close = np.argwhere(bits <= MOST_BITS)
    alike = (_shapes(first[close[:, 0]]) * _shapes(second[close[:, 1]])).sum(axis=1) >= LEAST_CORRELATION
    nearest: dict[int, Pair] = {}
    for one, other in close[alike].tolist():
        pair = Pair(one, other, int(bits[one, other]))
        if other not in nearest or pair.bits < nearest[other].bits:
            nearest[other] = pair
    return [nearest[place] for place in sorted(nearest)]


def _differing(first: Signatures, second: Signatures) -> NDArray[np.uint8]:
    """Count the bits in which hashes differ: [first, second]."""
    ones, others = (np.ascontiguousarray(rows[:, :HASH_BYTES]).view(np.uint64) for rows in (first, second))
    bits = np.zeros((len(ones), len(others)), dtype=np.uint8)
    for word in range(ones.shape[1]):
        bits += np.bitwise_count(ones[:, None, word] ^ others[None, :, word])
    return bits


def _shapes(rows: Signatures) -> NDArray[np.float64]:
    """Bring small pictures to mean 0 and length 1, so that a product is their correlation; an even one has no shape."""
    values = rows[:, HASH_BYTES:].astype(np.float64)
    values -= values.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    shapes: NDArray[np.float64] = np.divide(values, lengths, out=np.zeros_like(values), where=lengths > 0)
    return shapes
