"""Batches gathered before they are asked for, on a thread of their own, so that the network does not wait for them."""

import math
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kt_gui.engine.devices import send

AHEAD = 3
"""Batches gathered ahead: one is being copied, one is ready, one is for the batch that takes longer to read."""

Gather = Callable[[NDArray[np.int64], NDArray[np.uint8]], None]
"""Writes pictures, by their indexes in a portion, into a batch, uint8 [b, 3, size, size]. On one thread at a time."""


class LookAhead:
    """Fetches batches, uint8 [b, 3, size, size], on the device: without delay where they were expected.

    To be used on one thread. The thread that looks ahead ends with the last batch expected, when something else is
    expected, or with this object; what goes wrong on it is raised by whoever asks for that very batch.
    """

    def __init__(self, gather: Gather, shape: tuple[int, ...], device: torch.device, room: int) -> None:
        """`shape` of one picture; `room`: bytes for batches, the one asked for included, though one is always ahead."""
        self._device, self._room, self._bytes = device, room, math.prod(shape)
        self._read = partial(_read, gather, shape, pinned=device.type == "cuda")
        self._pool = ThreadPoolExecutor(1)
        self._coming: deque[Tensor] = deque()
        self._ahead: deque[tuple[Tensor, Future[Tensor]]] = deque()
        self._depth = AHEAD

    def expect(self, batches: Sequence[Tensor]) -> None:
        """Begin to gather these batches, in this order, in place of what was expected before."""
        self._pool.shutdown(cancel_futures=True)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="look-ahead")
        self._ahead.clear()
        self._coming = deque(batches)
        largest = self._bytes * max((len(batch) for batch in batches), default=1)
        self._depth = max(1, min(AHEAD, self._room // largest - 1))
        self._begin()

    def __call__(self, indexes: Tensor) -> Tensor:
        """Give a batch. Raises UserError for a picture that has gone."""
        found = self._take(indexes)
        self._begin()
        return send(self._read(indexes) if found is None else found.result(), self._device)

    def _take(self, indexes: Tensor) -> Future[Tensor] | None:
        """Find a batch among those begun; what was to come before it is not waited for any more."""
        for position, (expected, batch) in enumerate(self._ahead):
            if expected is indexes or torch.equal(expected, indexes.to(expected.device)):
                for _ in range(position + 1):
                    self._ahead.popleft()
                return batch
        return None

    def _begin(self) -> None:
        while self._coming and len(self._ahead) < self._depth:
            batch = self._coming.popleft()
            self._ahead.append((batch, self._pool.submit(self._read, batch)))
        if not self._coming:
            self._pool.shutdown(wait=False)  # its thread ends with the last batch


def _read(gather: Gather, shape: tuple[int, ...], indexes: Tensor, *, pinned: bool) -> Tensor:
    """Gather into memory from which the device copies by itself, where it can."""
    batch = torch.empty((len(indexes), *shape), dtype=torch.uint8, pin_memory=pinned)
    gather(indexes.cpu().numpy(), batch.numpy())
    return batch
