"""What the charts draw, as arrays: phases on one time line, smoothing, ranges, ticks, dots as pixels. No Qt.

It imports numpy, so `curves` imports it only when a chart is first shown.
"""

import math
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kt_gui.bridge.phase_curves import PhaseCurves
from kt_gui.schema.events import EpochEnded

Floats = NDArray[np.float64]
Mask = NDArray[np.uint8]
Measure = Literal["loss", "accuracy"]
Split = Literal["train", "validation"]
SAMPLE = 20_000
"""Points looked at to find outliers."""

LINES = ("train_loss", "validation_loss", "train_accuracy", "validation_accuracy")
"""What an epoch tells and a chart draws as a line."""

_VERSIONS = count()


class Rows:
    """Some rows of numbers that grow at their ends."""

    def __init__(self, count: int) -> None:
        self._numbers = np.empty((count, 1024))
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, row: int) -> Floats:
        """A row; a view."""
        return self._numbers[row, : self._length]

    def extend(self, rows: Iterable[Sequence[float]], length: int) -> Floats:
        """Append so many numbers to each row; give the new part, [rows, length], a view."""
        start, self._length = self._length, self._length + length
        if self._length > self._numbers.shape[1]:
            room = np.empty((len(self._numbers), max(self._length, 2 * self._numbers.shape[1])))
            room[:, :start] = self._numbers[:, :start]
            self._numbers = room
        for row, numbers in enumerate(rows):
            self._numbers[row, start : self._length] = np.asarray(numbers)  # an array.array is not copied twice
        return self._numbers[:, start : self._length]

    def clear(self) -> None:
        """Forget all numbers."""
        self._length = 0


class Points:
    """The batches and the epochs of a phase, copied as they grow: each look takes only what is new.

    `version` is one that no other points have or had. It changes when old batches went, as they do when a run is
    resumed at a checkpoint.
    """

    def __init__(self) -> None:
        self.version = next(_VERSIONS)
        self.loss_ends: Floats = np.empty(0)
        self._batches, self._epochs = Rows(3), Rows(1 + len(LINES))
        self._last_epoch: EpochEnded | None = None

    def take(self, phase: PhaseCurves) -> None:
        """Copy what the phase has more than at the last look."""
        self._take_batches(phase)
        self._take_epochs(phase)

    def _take_batches(self, phase: PhaseCurves) -> None:
        last = len(self._batches) - 1
        if last >= len(phase.positions) or (last >= 0 and phase.positions[last] + phase.offset != self.positions[last]):
            self._batches.clear()
            self.version = next(_VERSIONS)
        start = len(self._batches)
        rows = (phase.positions[start:], phase.losses[start:], phase.accuracies[start:])
        new = self._batches.extend(rows, len(rows[0]))
        new[0] += phase.offset
        self._widen(new[1], is_new=start == 0)

    def _take_epochs(self, phase: PhaseCurves) -> None:
        count = len(self._epochs)
        if count and (count > len(phase.epochs) or phase.epochs[count - 1] is not self._last_epoch):
            self._epochs.clear()
        new = phase.epochs[len(self._epochs) :]
        if new:
            self._last_epoch = new[-1]
            ends = [phase.offset + epoch.epoch + 1 for epoch in new]
            self._epochs.extend([ends, *([_number(epoch, name) for epoch in new] for name in LINES)], len(new))

    def _widen(self, losses: Floats, *, is_new: bool) -> None:
        """Remember the smallest and largest loss, so that nobody has to look at all of them again."""
        known = np.empty(0) if is_new else self.loss_ends
        seen = np.concatenate([known, losses[(losses > 0) & (losses < math.inf)]])
        self.loss_ends = np.array([seen.min(), seen.max()]) if len(seen) else np.empty(0)

    @property
    def positions(self) -> Floats:
        """Where the batches stand on the time line; a view."""
        return self._batches[0]

    def values(self, measure: Measure) -> Floats:
        """Their losses or accuracies; a view."""
        return self._batches[1 if measure == "loss" else 2]

    @property
    def ends(self) -> Floats:
        """Where each epoch ends on the time line; a view."""
        return self._epochs[0]

    def line(self, measure: Measure, split: Split) -> Floats:
        """One value an epoch; NaN where it was not finite; a view."""
        return self._epochs[1 + LINES.index(f"{split}_{measure}")]


def _number(epoch: EpochEnded, name: str) -> float:
    value = getattr(epoch, name)
    return math.nan if value is None else float(value)


def last_position(phases: Sequence[PhaseCurves], *, is_live: bool) -> float:
    """Where the time line ends: at what was planned while a run goes on, else at what was reached."""
    if not phases:
        return 1.0
    phase = phases[-1]
    return max(1.0, phase.offset + (max(phase.length, phase.started.epochs) if is_live else phase.length))


def smooth(values: Floats, weight: float) -> Floats:
    """Average exponentially, corrected at the start; `weight` 0 changes nothing. What is not finite is left out."""
    if weight <= 0:
        return values
    made, total, norm = np.empty_like(values), 0.0, 0.0
    for place, value in enumerate(values):
        if math.isfinite(value):
            total = weight * total + (1 - weight) * value
            norm = weight * norm + (1 - weight)
        made[place] = total / norm if norm and math.isfinite(value) else math.nan
    return made


def logarithm(values: Floats) -> Floats:
    """The decimal logarithm; NaN where there is none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled: Floats = np.log10(np.where(values > 0, values, np.nan))
    return scaled


def limits(rows: Sequence[Floats], *, is_log: bool, ignore_outliers: bool) -> tuple[float, float]:
    """Find a range that holds the values, its ends on round numbers; outliers are the outermost 2 % on each side."""
    looked = [row[:: max(1, len(row) // SAMPLE)] for row in rows] if ignore_outliers else rows
    values = np.concatenate(looked) if looked else np.empty(0)
    values = values[np.isfinite(values) & ((values > 0) if is_log else True)]
    if not len(values):
        return (0.1, 1.0) if is_log else (0.0, 1.0)
    low, high = np.quantile(values, (0.02, 0.98)) if ignore_outliers else (values.min(), values.max())
    return round_log_range(float(low), float(high)) if is_log else (0.0, round_up(float(high)))


def round_up(value: float) -> float:
    """The next round number with four equal steps below it."""
    if value <= 0:
        return 1.0
    size = 10.0 ** math.floor(math.log10(value))
    return next(size * step for step in (1, 1.2, 1.6, 2, 3, 4, 6, 8, 10) if value <= size * step * 1.0001)


def round_log_range(low: float, high: float) -> tuple[float, float]:
    """The next numbers of 1, 2, 5, 10, ... outside of low and high."""
    steps = [1.0, 2.0, 5.0]
    below = 10.0 ** math.floor(math.log10(low))
    above = 10.0 ** math.floor(math.log10(high))
    bottom = max(below * step for step in steps if below * step <= low * 1.0001)
    top = min(above * step for step in (*steps, 10.0) if above * step >= high * 0.9999)
    return bottom, top if top > bottom else bottom * 2


def log_ticks(low: float, high: float, most: int = 7) -> list[float]:
    """Round numbers from low to high for a log axis: 1, 2, 5 in each decade, or fewer where they would crowd."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1, 2, 5), (1, 3), (1,)):
        ticks = [step * 10.0**decade for decade in decades for step in steps]
        ticks = [tick for tick in ticks if low * 0.999 <= tick <= high * 1.001]
        if len(ticks) <= most:
            return ticks
    return ticks[:: math.ceil(len(ticks) / most)]


def epoch_ticks(low: float, high: float, most: int = 7) -> list[float]:
    """Whole epochs from low to high at a round distance."""
    span = max(high - low, 1e-9)
    size = 10 ** max(0, math.floor(math.log10(span / most)))
    step = next((size * part for part in (1, 2, 4, 5, 8, 10) if span / (size * part) <= most), size * 20)
    return [float(tick) for tick in range(math.ceil(low / step) * step, math.floor(high + 1e-9) + 1, step)]


class Stamp:
    """Dots as pixels: a mask that keeps what it drew, so that new dots cost only themselves."""

    def __init__(self, width: int, height: int) -> None:
        self.mask = np.zeros((height, width), dtype=np.uint8)

    def add(self, columns: Floats, rows: Floats, radius: float) -> slice:
        """Draw round dots at pixel positions; those outside, or not finite, are left out. Give the columns drawn on."""
        height, width = self.mask.shape
        inside = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
        if not inside.any():
            return slice(0, 0)
        reach = math.ceil(radius)
        across, below = columns[inside].astype(np.intp), rows[inside].astype(np.intp)
        left, right = max(0, int(across.min()) - reach), int(across.max()) + reach + 1
        place = self.mask[:, left:right]
        centres = np.zeros_like(place)
        centres[below, across - left] = 1
        for down in range(-reach, reach + 1):
            for aside in range(-reach, reach + 1):
                strength = min(1.0, max(0.0, radius + 0.5 - math.hypot(down, aside)))
                if strength > 0:
                    _lay(place, centres, down, aside, round(255 * strength))
        return slice(left, right)


def _lay(mask: Mask, centres: Mask, down: int, right: int, strength: int) -> None:
    """Draw the centres, so far down and to the right, where the mask is weaker."""
    height, width = centres.shape
    to_rows, from_rows = slice(max(0, down), height + min(0, down)), slice(max(0, -down), height - max(0, down))
    to_cols, from_cols = slice(max(0, right), width + min(0, right)), slice(max(0, -right), width - max(0, right))
    place = mask[to_rows, to_cols]
    np.maximum(place, centres[from_rows, from_cols] * np.uint8(strength), out=place)
