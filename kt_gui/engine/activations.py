"""What a frozen front makes of pictures, computed once and looked up ever after: in this training, and in later ones.

A picture's activations are known by what decides them: the front's steps and weights, how pictures come to it, the
precision, the picture itself and how it was varied. They are computed in batches of one size, filled up where pictures
are short, so that a picture's numbers do not depend on which others it was computed with (tested on a CPU).
"""

import hashlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kt_gui.engine.array_store import Array, ArrayStore, Draft, give_back
from kt_gui.engine.cutting import Cut
from kt_gui.engine.devices import Resolved, memory_available, send
from kt_gui.engine.loading import Keys, Look, Portion
from kt_gui.engine.pools import Pace
from kt_gui.schema.events import Progressed
from kt_gui.schema.stop import Stopped, StopToken

FORMAT = 1
"""Of the arrays' rows; another one makes all that was computed before unknown."""

BATCH, BATCH_ELSEWHERE = 16, 256
"""Pictures that a CPU, or another device, takes at a time: more are no quicker, and small sets are filled up less."""

IN_NUMPY = {torch.float32: np.float32, torch.float16: np.float16, torch.bfloat16: np.int16, torch.float64: np.float64}
"""NumPy knows no bfloat16: its bits are kept as integers."""

SHARE = 4
"""Activations are held in memory where they take less than this part of what is free."""

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Wanted:
    """The pictures of a portion, each looked at in one fixed way."""

    portion: Portion
    look: Look


@dataclass(frozen=True)
class Table:
    """Activations of a portion's pictures, in their order: in memory, or in files that are mapped."""

    rows: Tensor | None
    parts: Sequence[Array]
    places: Rows
    """[n, 2]: which of the parts, and which of its rows."""
    dtype: torch.dtype

    def batch(self, indexes: Tensor, device: torch.device) -> Tensor:
        """Give activations by index: [batch, *shape], on the device."""
        if self.rows is not None:
            return self.rows.index_select(0, send(indexes, self.rows.device))
        found = _as_tensor(_gather(self.parts, self.places[indexes.cpu().numpy()]), self.dtype)
        for part in self.parts:
            give_back(part)  # or all that was ever read would count as this program's memory
        return send(found, device)


@dataclass(frozen=True)
class Filled:
    """A table for each thing wanted, and what it took."""

    tables: tuple[Table, ...]
    rows: int
    computed: int
    """Rows that no earlier work had left."""


def fill(
    cut: Cut, wanted: Sequence[Wanted], store: ArrayStore | None, resolved: Resolved, stop: StopToken, subject: str
) -> Generator[Progressed, None, Filled | None]:
    """Look up the activations of all that is wanted, and compute what is missing; None where there is no room for it.

    Raises Stopped, UserError; what was half computed is forgotten then.
    """
    dtype, key = _row_type(cut), _key(cut, wanted[0].portion, resolved)
    keys = [each.portion.keys(each.look) for each in wanted]
    parts = [part for part in (store.open(key) if store is not None else []) if part.dtype == dtype]
    missing = _missing(keys, parts)
    total = sum(map(len, missing))
    if total:
        draft = _draft(store, key, total, dtype)
        if draft is None:
            return None
        work = list(zip(wanted, keys, missing, strict=True))
        parts.append((yield from _compute(cut, work, draft, resolved, stop, subject)))
    places = _places(keys, parts)
    device = torch.device(resolved.device)
    return Filled(tuple(_table(cut, parts, each, device) for each in places), sum(map(len, keys)), total)


def _row_type(cut: Cut) -> np.dtype[Any]:
    return np.dtype([("key", "V16"), ("values", IN_NUMPY[cut.dtype], cut.shape)])


def _key(cut: Cut, portion: Portion, resolved: Resolved) -> str:
    kind = torch.device(resolved.device).type
    written = (
        f"{FORMAT} {cut.key} {portion.view} {kind} {resolved.precision} {resolved.memory_format} {torch.__version__}"
    )
    return hashlib.blake2b(written.encode(), digest_size=16).hexdigest()


def _missing(keys: Sequence[Keys], parts: Sequence[Array]) -> list[Rows]:
    """Name, of each thing wanted, the rows that no part holds; a picture wanted twice is missed once."""
    known = {key for part in parts for key in _split(part["key"])}
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
    whole = np.ascontiguousarray(keys).tobytes()
    return [whole[start : start + 16] for start in range(0, len(whole), 16)]


# --- computing -------------------------------------------------------------------------------------------------------


class _InMemory:
    """A draft that is written to memory, where the store has no room, or there is none."""

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self._whole = np.empty(shape, dtype)
        self._done = 0

    def write(self, rows: Array) -> None:
        self._whole[self._done : self._done + len(rows)] = rows
        self._done += len(rows)

    def finish(self) -> Array:
        return self._whole

    def drop(self) -> None:
        """Nothing is left behind."""


def _draft(store: ArrayStore | None, key: str, rows: int, dtype: np.dtype[Any]) -> Draft | None:
    draft = store.create(key, (rows,), dtype) if store is not None else None
    if draft is None and SHARE * rows * dtype.itemsize <= memory_available("cpu"):
        return _InMemory((rows,), dtype)
    return draft


def _compute(
    cut: Cut,
    work: Sequence[tuple[Wanted, Keys, Rows]],
    draft: Draft,
    resolved: Resolved,
    stop: StopToken,
    subject: str,
) -> Generator[Progressed, None, Array]:
    """Compute rows and write them down, batch by batch."""
    pace, done, total = Pace(), 0, sum(len(rows) for *_, rows in work)
    yield Progressed(activity="features", done=0, total=total, subject=subject)
    try:
        for wanted, keys, rows in work:
            batches = _batches(rows, resolved)
            wanted.portion.expect(batches)
            for start, batch in enumerate(batches):
                if stop.requested():
                    raise Stopped
                chosen = rows[start * len(batch) :][: len(batch)]
                draft.write(_rows(cut, wanted, batch, keys[chosen], resolved))
                done += len(chosen)
                if pace.is_due():
                    yield Progressed(activity="features", done=done, total=total, subject=subject)
        yield Progressed(activity="features", done=total, total=total, subject=subject)
        return draft.finish()
    finally:
        for wanted, *_ in work:
            wanted.portion.expect(())
        draft.drop()  # of one that is finished nothing is left to drop


def _batches(rows: Rows, resolved: Resolved) -> list[Tensor]:
    """Take rows in batches of one size; the last is filled up from its beginning."""
    size = BATCH if torch.device(resolved.device).type == "cpu" else BATCH_ELSEWHERE
    return [torch.from_numpy(np.resize(rows[start : start + size], size)) for start in range(0, len(rows), size)]


@torch.no_grad()
def _rows(cut: Cut, wanted: Wanted, batch: Tensor, keys: Keys, resolved: Resolved) -> Array:
    """Compute a batch; give the rows of those of its pictures that keys are given for, the first ones."""
    pictures = wanted.portion.look(batch, wanted.look).contiguous(memory_format=resolved.layout)
    with resolved.autocast():
        activations = cut.front(pictures)
    rows = np.empty(len(keys), _row_type(cut))
    rows["key"], rows["values"] = keys, _as_array(activations[: len(keys)])
    return rows


def _as_array(values: Tensor) -> Array:
    here = values.detach().contiguous().to("cpu")
    array: Array = (here.view(torch.int16) if here.dtype == torch.bfloat16 else here).numpy()
    return array


def _as_tensor(values: Array, dtype: torch.dtype) -> Tensor:
    tensor = torch.from_numpy(values)
    return tensor.view(dtype) if dtype == torch.bfloat16 else tensor


# --- looking up ------------------------------------------------------------------------------------------------------


def _places(keys: Sequence[Keys], parts: Sequence[Array]) -> list[Rows]:
    """Find each key's part and row: [n, 2]."""
    known = {key: (number, row) for number, part in enumerate(parts) for row, key in enumerate(_split(part["key"]))}
    return [np.array([known[key] for key in _split(each)], dtype=np.int64).reshape(-1, 2) for each in keys]


def _table(cut: Cut, parts: Sequence[Array], places: Rows, device: torch.device) -> Table:
    """Hold the rows in the device's memory where they fit, else read them from where they lie."""
    fits = SHARE * len(places) * cut.bytes_per_picture <= memory_available(str(device))
    rows = _as_tensor(_gather(parts, places), cut.dtype).to(device) if fits else None
    return Table(rows, parts, places, cut.dtype)


def _gather(parts: Sequence[Array], places: Rows) -> Array:
    """Copy rows out of the parts: [n, *shape]."""
    found = np.empty((len(places), *parts[0]["values"].shape[1:]), parts[0]["values"].dtype)
    for number, part in enumerate(parts):
        here = np.flatnonzero(places[:, 0] == number)
        if len(here):
            found[here] = part["values"][places[here, 1]]
    return found
