"""The points of one phase of a run, as they grow: what charts are drawn from. Plain arrays, no numpy."""

import math
from array import array
from bisect import bisect_left
from dataclasses import dataclass, field

from kt_gui.schema.events import EpochEnded, PhaseStarted, StepEnded

RECENT = 5
"""Epochs whose mean time tells how long the next will take."""


@dataclass
class PhaseCurves:
    """Pretraining or fine-tuning. Positions are in epochs since the phase began; `offset` is where it begins on the
    run's common time line, in epochs. A loss that is not finite is nan."""

    started: PhaseStarted
    offset: float = 0.0
    positions: "array[float]" = field(default_factory=lambda: array("d"))
    losses: "array[float]" = field(default_factory=lambda: array("d"))
    accuracies: "array[float]" = field(default_factory=lambda: array("d"))
    epochs: list[EpochEnded] = field(default_factory=list)
    latest: StepEnded | None = None

    def add_step(self, step: StepEnded) -> None:
        """Add a dot. What lay at or after it came from before a resume, and goes."""
        position = step.epoch + step.step / max(1, step.steps)
        if self.positions and position <= self.positions[-1]:
            self._cut(bisect_left(self.positions, position))
        self.positions.append(position)
        self.losses.append(math.nan if step.loss is None else step.loss)
        self.accuracies.append(step.accuracy)
        self.latest = step

    def add_epoch(self, epoch: EpochEnded) -> None:
        """Add a point of the lines; later ones from before a resume go."""
        while self.epochs and self.epochs[-1].epoch >= epoch.epoch:
            self.epochs.pop()
        self.epochs.append(epoch)

    @property
    def best(self) -> EpochEnded | None:
        """The best epoch so far."""
        return next((each for each in reversed(self.epochs) if each.best), None)

    @property
    def length(self) -> float:
        """How far it has come, in epochs."""
        return max(float(len(self.epochs)), self.positions[-1] if self.positions else 0.0)

    @property
    def seconds_per_epoch(self) -> float | None:
        """How long an epoch takes: the mean of the last ones, else what the first steps promise."""
        if self.epochs:
            recent = self.epochs[-RECENT:]
            return sum(each.seconds for each in recent) / len(recent)
        if self.latest is None or self.latest.samples_per_s <= 0:
            return None
        return self.started.counts[0] / self.latest.samples_per_s

    @property
    def seconds_left(self) -> float | None:
        """How long this phase will still take, if it does not stop early."""
        each = self.seconds_per_epoch
        return None if each is None else max(0.0, self.started.epochs - self.length) * each

    @property
    def share(self) -> float:
        """How much of this phase is done, from 0 to 1."""
        return min(1.0, self.length / max(1, self.started.epochs))

    def _cut(self, count: int) -> None:
        del self.positions[count:], self.losses[count:], self.accuracies[count:]
