"""What a frozen front makes of pictures, computed once and looked up ever after: in this training, and in later ones.

A picture's activations are known by what decides them: the front's steps and weights, how pictures come to it, the
precision, the picture itself and how it was varied. They are computed in batches of one size, filled up where pictures
are short, so that a picture's numbers do not depend on which others it was computed with (tested on a CPU).
"""

import hashlib
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import PIL
import torch
from numpy.typing import NDArray
from torch import Tensor

from kt_gui.engine.array_store import Array, ArrayStore, Draft, give_back
from kt_gui.engine.cutting import Cut
from kt_gui.engine.devices import Resolved, computer, free, is_out_of_memory, memory_available, send
from kt_gui.engine.loading import Keys, Look, Portion
from kt_gui.engine.pools import Pace
from kt_gui.schema.errors import NoRoom
from kt_gui.schema.events import Progressed
from kt_gui.schema.stop import Stopped, StopToken

FORMAT = 3
"""Of the arrays; another one makes all that was computed before unknown."""

PIXELS, FEWEST, MOST = 2**18, 16, 64
"""Of a batch on a CPU: 64 pictures of 64 px and less, 16 of 128 px and more. More are no quicker."""
PIXELS_ELSEWHERE = 2**22
"""Of a batch on another device: 79 pictures of 224 px."""
SHARE = 4
"""Activations are held in memory where they all together take less than this part of what is free."""
PIECE = 2**26
"""Bytes that are copied to a device, or judged, at a time."""

IN_NUMPY = {torch.float32: np.float32, torch.float16: np.float16, torch.bfloat16: np.int16, torch.float64: np.float64}
"""NumPy knows no bfloat16: its bits are kept as integers."""

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Wanted:
    """The pictures of a portion, each looked at in one fixed way."""

    portion: Portion
    look: Look


@dataclass(frozen=True)
class Part:
    """Rows that were computed together: keys in front, so that looking for one does not read the values."""

    keys: Keys
    values: Array
    """[n, *shape]"""
    seconds: float
    """That computing all of them took."""
    whole: Array
    """All of it, as the store has it."""


@dataclass(frozen=True)
class Table:
    """Activations of a portion's pictures, in their order: in memory, or in files that are mapped."""

    rows: Tensor | None
    parts: Sequence[Part]
    places: Rows
    """[n, 2]: which of the parts, and which of its rows."""
    dtype: torch.dtype

    def batch(self, indexes: Tensor, device: torch.device) -> Tensor:
        """Give activations by index: [batch, *shape], on the device."""
        if self.rows is not None:
            return self.rows.index_select(0, send(indexes, self.rows.device))
        return send(_gather(self.parts, self.places[indexes.cpu().numpy()], self.dtype), device)


@dataclass(frozen=True)
class Filled:
    """A table for each thing wanted, and what it took."""

    tables: tuple[Table, ...]
    rows: int
    computed: int
    """Rows that no earlier work had left."""
    earlier_s: float
    """Seconds that computing the others took then."""


def fill(
    cut: Cut, wanted: Sequence[Wanted], store: ArrayStore | None, resolved: Resolved, stop: StopToken, subject: str
) -> Generator[Progressed, None, Filled | None]:
    """Look up the activations of all that is wanted, and compute what is missing; None where there is no room for it.

    Raises Stopped, UserError; what was half computed is forgotten then.
    """
    key = _key(cut, wanted[0].portion, resolved)
    keys = [each.portion.keys(each.look) for each in wanted]
    parts = [_part(whole, cut) for whole in (store.open(key) if store is not None else [])]
    known, missing = len(parts), _missing(keys, parts)
    total = sum(map(len, missing))
    if total:
        work = _Work(cut, list(zip(wanted, keys, missing, strict=True)), resolved, stop, subject)
        computed = yield from _keep(work, store, key)
        if computed is None:
            return None
        parts.append(computed)
    places = _places(keys, parts)
    tables = _tables(cut, parts, places, torch.device(resolved.device))
    return Filled(tables, sum(map(len, keys)), total, _earlier(parts[:known], places))


def judged_at_once(cut: Cut) -> int:
    """Say how many pictures' activations the rest of a network may take at a time where nothing learns."""
    return max(1, min(4096, PIECE // cut.bytes_per_picture))


def _key(cut: Cut, portion: Portion, resolved: Resolved) -> str:
    how = f"{computer(resolved)} {resolved.precision} {resolved.memory_format}"
    written = f"{FORMAT} {cut.key} {portion.view} {how} torch {torch.__version__} Pillow {PIL.__version__}"
    return hashlib.blake2b(written.encode(), digest_size=16).hexdigest()


def _part(whole: Array, cut: Cut) -> Part:
    """Take an array of the store, uint8 [n * (16 + bytes of a row) + 8], apart."""
    count = len(whole) // (16 + cut.bytes_per_picture)
    keys, values, seconds = whole[: 16 * count], whole[16 * count : -8], whole[-8:]
    table = values.view(IN_NUMPY[cut.dtype]).reshape(count, *cut.shape)
    return Part(keys.view("V16"), table, float(np.frombuffer(seconds.tobytes())[0]), whole)


def _missing(keys: Sequence[Keys], parts: Sequence[Part]) -> list[Rows]:
    """Name, of each thing wanted, the rows that no part holds; a picture wanted twice is missed once."""
    known = {key for part in parts for key in _split(part.keys)}
    missing = []
    for each in keys:
        rows = []
        for row, key in enumerate(_split(each)):
            if key not in known:
                known.add(key)
                rows.append(row)
        missing.append(np.array(rows, dtype=np.int64))
    return missing


def _split(keys: Keys) -> list[bytes]:
    """Give keys as bytes, which can be looked up."""
    whole = keys.tobytes()
    return [whole[start : start + 16] for start in range(0, len(whole), 16)]


# --- computing -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Work:
    """What is to be computed, of which pictures."""

    cut: Cut
    wanted: Sequence[tuple[Wanted, Keys, Rows]]
    resolved: Resolved
    stop: StopToken
    subject: str

    @property
    def total(self) -> int:
        """How many rows."""
        return sum(len(rows) for *_, rows in self.wanted)

    @property
    def size(self) -> int:
        """Bytes of keys and values, and of the seconds that they took."""
        return self.total * (16 + self.cut.bytes_per_picture) + 8


class _InMemory:
    """A draft that is written to memory, where the store has no room, or there is none."""

    def __init__(self, size: int) -> None:
        self._whole = np.empty(size, np.uint8)
        self._done = 0

    def write(self, rows: Array) -> None:
        self._whole[self._done : self._done + len(rows)] = rows
        self._done += len(rows)

    def finish(self) -> Array:
        return self._whole

    def drop(self) -> None:
        """Nothing is left behind."""


def _keep(work: _Work, store: ArrayStore | None, key: str) -> Generator[Progressed, None, Part | None]:
    """Compute into the store; where that refuses, into memory where it fits; None where neither has room."""
    draft = store.create(key, (work.size,), np.dtype(np.uint8)) if store is not None else None
    if draft is not None:
        with suppress(NoRoom):
            return (yield from _compute(work, draft))
    if SHARE * work.size > memory_available("cpu"):
        return None
    return (yield from _compute(work, _InMemory(work.size)))


def _compute(work: _Work, draft: Draft) -> Generator[Progressed, None, Part]:
    """Compute rows and write them down, batch by batch. Raises Stopped, NoRoom, UserError."""
    pace, done, seconds = Pace(), 0, 0.0
    yield Progressed(activity="features", done=0, total=work.total, subject=work.subject)
    try:
        for _, keys, rows in work.wanted:
            draft.write(np.frombuffer(keys[rows].tobytes(), np.uint8))
        for wanted, _, rows in work.wanted:
            for values, took in _batches(work, wanted, rows):
                draft.write(np.frombuffer(values.tobytes(), np.uint8))
                done, seconds = done + len(values), seconds + took
                if pace.is_due():
                    yield Progressed(activity="features", done=done, total=work.total, subject=work.subject)
        draft.write(np.frombuffer(np.float64(seconds).tobytes(), np.uint8))
        yield Progressed(activity="features", done=work.total, total=work.total, subject=work.subject)
        return _part(draft.finish(), work.cut)
    finally:
        draft.drop()  # of one that is finished nothing is left to drop


def _batches(work: _Work, wanted: Wanted, rows: Rows) -> Iterator[tuple[Array, float]]:
    """Compute rows in batches of one size, the last filled up from its beginning, and tell what each took: seconds,
    without a pause. Raises Stopped between them.
    """
    size = _batch(wanted.portion.view.size, work.resolved)
    filled = [torch.from_numpy(np.resize(rows[start : start + size], size)) for start in range(0, len(rows), size)]
    wanted.portion.expect(filled)
    try:
        for number, batch in enumerate(filled):
            if work.stop.requested():
                raise Stopped
            begun = time.perf_counter()
            values = _values(work, wanted, batch)[: len(rows) - number * size]
            yield values, time.perf_counter() - begun
    finally:
        wanted.portion.expect(())


def _batch(side: int, resolved: Resolved) -> int:
    if torch.device(resolved.device).type == "cpu":
        return min(MOST, max(FEWEST, PIXELS // side**2))
    return min(4 * MOST, max(1, PIXELS_ELSEWHERE // side**2))


@torch.no_grad()
def _values(work: _Work, wanted: Wanted, batch: Tensor) -> Array:
    """Compute a batch; where a device's memory does not hold it, half by half (on a CPU there is only one size)."""
    pictures = wanted.portion.look(batch, wanted.look).contiguous(memory_format=work.resolved.layout)
    parts = 1
    while True:
        try:
            with work.resolved.autocast():
                return _as_array(torch.cat([work.cut.front(some) for some in pictures.tensor_split(parts)]))
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error) or parts >= len(batch) or pictures.device.type == "cpu":
                raise
        free(work.resolved.device)
        parts *= 2


def _as_array(values: Tensor) -> Array:
    here = values.detach().contiguous().to("cpu")
    array: Array = (here.view(torch.int16) if here.dtype == torch.bfloat16 else here).numpy()
    return array


# --- looking up ------------------------------------------------------------------------------------------------------


def _places(keys: Sequence[Keys], parts: Sequence[Part]) -> list[Rows]:
    """Find each key's part and row: [n, 2]."""
    known = {key: (number, row) for number, part in enumerate(parts) for row, key in enumerate(_split(part.keys))}
    return [np.array([known[key] for key in _split(each)], dtype=np.int64).reshape(-1, 2) for each in keys]


def _earlier(parts: Sequence[Part], places: Sequence[Rows]) -> float:
    """Add up the seconds that computing the rows of these parts took, by each part's mean; each row counts once."""
    numbers = np.unique(np.concatenate(places), axis=0)[:, 0]
    shares = (int(np.sum(numbers == number)) / len(part.keys) for number, part in enumerate(parts))
    return sum(part.seconds * share for part, share in zip(parts, shares, strict=True))


def _tables(cut: Cut, parts: Sequence[Part], places: Sequence[Rows], device: torch.device) -> tuple[Table, ...]:
    """Hold the rows in the device's memory where all of them fit, else read them from where they lie."""
    size = cut.bytes_per_picture * sum(map(len, places))
    if SHARE * size > memory_available(str(device)):
        return tuple(Table(None, parts, rows, cut.dtype) for rows in places)
    return tuple(Table(_placed(cut, parts, rows, device), (), rows, cut.dtype) for rows in places)


def _placed(cut: Cut, parts: Sequence[Part], places: Rows, device: torch.device) -> Tensor:
    """Copy rows to the device, piece by piece: [n, *shape]."""
    whole = torch.empty((len(places), *cut.shape), dtype=cut.dtype, device=device)
    step = max(1, PIECE // cut.bytes_per_picture)
    for start in range(0, len(places), step):
        whole[start : start + step] = _gather(parts, places[start : start + step], cut.dtype).to(device)
    return whole


def _gather(parts: Sequence[Part], places: Rows, dtype: torch.dtype) -> Tensor:
    """Copy rows out of the parts: [n, *shape]. What was read does not count as this program's memory for long."""
    values = parts[0].values
    found = np.empty((len(places), *values.shape[1:]), values.dtype)
    for number, part in enumerate(parts):
        here = np.flatnonzero(places[:, 0] == number)
        if len(here):
            found[here] = part.values[places[here, 1]]
            give_back(part.whole)
    tensor = torch.from_numpy(found)
    return tensor.view(dtype) if dtype == torch.bfloat16 else tensor
