"""The arms of a gain study on one time axis: mean validation accuracy over epochs, or seconds of learning. Pure."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kt_gui.schema.studies import Arm, Numbers, Trial
from kt_gui.schema.study_answers import Reached
from kt_gui.studies.gains import time_to
from kt_gui.studies.repetitions import Band, band
from kt_gui.studies.trials import Results, rows

Axis = Literal["seconds", "epochs"]


@dataclass(frozen=True)
class Lane:
    """One arm: its mean over seeds after each epoch, and a band of one standard deviation around it."""

    arm: Arm
    band: Band
    seconds: tuple[float, ...] = ()
    """Of learning, until the end of each epoch, mean over seeds; empty where that is not known of all of them."""
    source_seconds: float | None = None
    """What learning its source took, mean over seeds; None where it has none, or that is not known."""

    def times(self, axis: Axis, *, counts_source: bool = False) -> tuple[float, ...]:
        """When each epoch ends; with the source's seconds before it, if they are to count."""
        if axis == "epochs":
            return tuple(epoch + 1.0 for epoch in range(len(self.band.mean)))
        start = self.source_seconds or 0.0 if counts_source else 0.0
        return tuple(start + time for time in self.seconds)


def lanes(trials: Sequence[Trial], results: Results) -> tuple[Lane, ...]:
    """Make a lane of each arm that has a run with epochs, in the order of the arms."""
    made = (_lane(row[0].arm, [results[trial.key] for trial in row if trial.key in results]) for row in _arms(trials))
    return tuple(lane for lane in made if lane is not None)


def _arms(trials: Sequence[Trial]) -> list[list[Trial]]:
    return [row for row in rows(trials).values() if row[0].arm is not None]


def _lane(arm: Arm | None, numbers: Sequence[Numbers]) -> Lane | None:
    known = [each for each in numbers if each.accuracies]
    if arm is None or not known:
        return None
    drawn = band([each.accuracies for each in known])
    clocks = [each.times for each in known if len(each.times) == len(each.accuracies)]
    sources = [each.source_seconds for each in known if each.source_seconds is not None]
    return Lane(
        arm=arm,
        band=drawn,
        seconds=_mean_times(clocks, len(drawn.mean)) if len(clocks) == len(known) else (),
        source_seconds=statistics.fmean(sources) if sources and arm != "scratch" else None,
    )


def _mean_times(clocks: Sequence[Sequence[float]], length: int) -> tuple[float, ...]:
    """Average what the epochs take, and add that up: so time goes on, even where only some runs have come so far."""
    ends, time = list[float](), 0.0
    for epoch in range(length):
        steps = [clock[epoch] - (clock[epoch - 1] if epoch else 0.0) for clock in clocks if epoch < len(clock)]
        time += statistics.fmean(steps)
        ends.append(time)
    return tuple(ends)


def threshold(lanes: Sequence[Lane]) -> float | None:
    """What learning from scratch ends with; None where nothing was."""
    scratch = next((lane for lane in lanes if lane.arm == "scratch"), None)
    known = [value for value in scratch.band.mean if math.isfinite(value)] if scratch is not None else []
    return known[-1] if known else None


def reached(lanes: Sequence[Lane]) -> tuple[Reached, ...]:
    """Tell when each arm has what learning from scratch ends with."""
    goal = threshold(lanes)
    if goal is None:
        return ()
    return tuple(
        Reached(
            arm=lane.arm,
            epochs=time_to(goal, lane.times("epochs"), lane.band.mean),
            seconds=time_to(goal, lane.times("seconds"), lane.band.mean) if lane.seconds else None,
            source_seconds=lane.source_seconds,
        )
        for lane in lanes
    )


def has_seconds(lanes: Sequence[Lane]) -> bool:
    """Whether the race can be run against the clock: studies of earlier versions have kept no times."""
    return bool(lanes) and all(lane.seconds for lane in lanes)


def value_at(lane: Lane, times: Sequence[float], time: float) -> float | None:
    """Tell where a lane stands at a time, on a straight line between two epochs; None before its first has ended."""
    if not times or time < times[0]:
        return None
    place = sum(each <= time for each in times) - 1
    if place + 1 >= len(times):
        return lane.band.mean[-1]
    share = (time - times[place]) / max(times[place + 1] - times[place], 1e-12)
    return lane.band.mean[place] + share * (lane.band.mean[place + 1] - lane.band.mean[place])
