"""In which precision and memory format this machine trains a network fastest: measured, not guessed.

A guess would be wrong as often as right. Two cores with bf16 instructions but no tiles (AMX), steps of 8 and of 32
pictures: channels-last takes 0.57 and 0.67 of the time for EfficientNet-Lite0 at 224 px, 0.66 and 0.72 for a small net
at 32, 0.9 to 1.1 for ResNet-18; bf16 takes 1.2 to 1.6 times as long as fp32 in every case but the small net's. With two
pictures the differences do not show. `python -m benchmarks.ways` tells for any network.
"""

import copy
import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import torch
from torch import Tensor, nn

from kt_gui.engine import devices
from kt_gui.engine.backbones import Network
from kt_gui.engine.devices import Options, Resolved, Way
from kt_gui.engine.optimisation import cross_entropy
from kt_gui.schema.stop import Stopped, StopToken

Clock = Callable[[], float]
AnyWay = TypeVar("AnyWay")
"""As the engine knows a way, or as it is written down."""

FEWEST, MOST, MOST_ON_GPU = 2, 8, 512
"""Pictures of a step. A few keep cores busy and show what more will; a GPU shows what it can with many only."""
STEP_S = 0.8
"""What a step should take at most; as many pictures are taken as it allows."""
ROUNDS, FEWEST_ROUNDS = 4, 2
"""In each, every way takes its turn, so that what else the machine does meets them alike; the first warms up."""
ENOUGH_S = 0.6
"""After which no other round begins."""
HOPELESS = 1.3
"""A way that takes so many times as long as the quickest in the first round takes no further turn."""
GAIN = 1.1
"""How many times as fast a way must be to be taken instead of a simpler one: noise decides nothing."""


def enough(at_once: int, device: str) -> int:
    """Say with how many pictures at most to measure for a run that takes so many at once; batch norm needs two."""
    return max(FEWEST, min(at_once, MOST_ON_GPU if torch.device(device).type == "cuda" else MOST))


def measure(
    network: Network, options: Options, most: int, stop: StopToken, *, clock: Clock | None = None
) -> dict[Way, float]:
    """Give the seconds a step takes in each way that comes into question: forward, backward, no optimiser.

    A step has `most` pictures, or fewer where they take long. Works on a copy, with noise for pictures; torch's random
    state and threads stay as they were.

    Raises Stopped between steps.
    """
    threads = torch.get_num_threads()
    try:
        with devices.untouched_chance(options.device):
            return _Probe(network, options, stop, clock or _clock_of(options)).measure(most)
    finally:
        torch.set_num_threads(threads)


def choose(ways: Sequence[AnyWay], seconds: Mapping[AnyWay, float]) -> AnyWay:
    """Take the simplest of the ways, or a later one that is clearly faster than what would be taken without it."""
    chosen, *others = ways
    for way in others:
        if GAIN * seconds[way] <= seconds[chosen]:
            chosen = way
    return chosen


def _clock_of(options: Options) -> Clock:
    """Give the clock that is disturbed least.

    On a processor that is what the cores have worked, spread over them: while other programs take half of it, the same
    step differs by 3 %, and by 20 % on the clock on the wall. Windows counts it in strides of 16 ms, too coarse.
    """
    threads = options.resolved(options.ways[0]).threads
    if torch.device(options.device).type != "cpu" or os.name == "nt":
        return time.perf_counter
    return lambda: time.process_time() / threads


class _Probe:
    """One network under test."""

    def __init__(self, network: Network, options: Options, stop: StopToken, clock: Clock) -> None:
        self._module = copy.deepcopy(network.module).train()
        self._ways = {way: options.resolved(way) for way in options.ways}
        self._size = network.view.size
        self._stop = stop
        self._clock = clock

    def measure(self, most: int) -> dict[Way, float]:
        simplest = next(iter(self._ways.values()))
        devices.prepare(simplest)
        begun = self._clock()
        pictures = self._pictures(most, simplest)
        quickest = dict.fromkeys(self._ways, float("inf"))
        left = list(self._ways)
        for turn in range(1, ROUNDS + 1):
            for way in left:
                quickest[way] = min(quickest[way], self._time(self._ways[way], pictures))
            left = [way for way in left if quickest[way] <= HOPELESS * min(quickest.values())]
            if turn >= FEWEST_ROUNDS and self._clock() - begun > ENOUGH_S:
                break
        return quickest

    def _pictures(self, most: int, resolved: Resolved) -> Tensor:
        """Make as many pictures as a step of `STEP_S` takes."""
        pictures = self._noise(min(FEWEST, most))
        self._time(resolved, pictures)  # warms up
        took = self._time(resolved, pictures)
        while len(pictures) < most and 2 * took <= STEP_S:
            more = self._noise(min(2 * len(pictures), most))
            took = self._time(resolved, more)
            pictures = pictures if took == float("inf") else more
        return pictures

    def _noise(self, count: int) -> Tensor:
        return torch.randn(count, 3, self._size, self._size)

    def _time(self, resolved: Resolved, pictures: Tensor) -> float:
        """Take one step in one way; without end where the memory does not hold it."""
        if self._stop.requested():
            raise Stopped
        resolved.place(self._module)
        placed = pictures.to(resolved.device).contiguous(memory_format=resolved.layout)
        devices.synchronise(resolved.device)
        begun = self._clock()
        try:
            _step(self._module, placed, resolved)
            devices.synchronise(resolved.device)
        except (RuntimeError, MemoryError) as error:
            if not devices.is_out_of_memory(error):
                raise
            return float("inf")
        return self._clock() - begun


def _step(module: nn.Module, pictures: Tensor, resolved: Resolved) -> None:
    module.zero_grad(set_to_none=True)
    with resolved.autocast():
        logits = module(pictures)
    labels = torch.zeros(len(pictures), dtype=torch.int64, device=pictures.device)
    torch.autograd.backward(cross_entropy(logits, labels))
