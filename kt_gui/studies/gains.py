"""Does transfer help: paired differences over seeds, and learning curves held against each other. Pure.

SciPy is imported inside functions: it takes a while to load.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from kt_gui.studies.repetitions import spread, student

FEWEST_FLIPS = 6
"""Pairs: with five the exact p cannot fall under 0.0625."""
MOST_FLIPS = 16
"""Pairs of which all assignments of signs are tried: 65 536; of more, a fixed draw of about as many."""
DRAWN = 50_000
ROUNDING = 1e-12
"""Of the largest value: differences that are closer are the same."""


class PairedGain(NamedTuple):
    """Mean of paired differences, its 95 % t interval and two-sided p."""

    mean: float
    low: float
    high: float
    p: float


def paired_gain(transfer: Sequence[float], scratch: Sequence[float]) -> PairedGain:
    """Hold values against each other pair by pair: transfer − scratch (Student 1908, paired).

    With one pair the interval and p are nan. Differences that are all the same leave no doubt: the interval is a point,
    and p is 0, or 1 where they are 0. Raises ValueError for no pairs, or where lengths differ.
    """
    differences = [ours - theirs for ours, theirs in zip(transfer, scratch, strict=True)]
    mean, deviation = spread(differences)
    if mean is None:
        raise ValueError("no pairs")
    if deviation is None:
        return PairedGain(mean, math.nan, math.nan, math.nan)
    rounding = ROUNDING * max(map(abs, [*transfer, *scratch]))
    if deviation <= rounding:
        return PairedGain(mean, mean, mean, 1.0 if abs(mean) <= rounding else 0.0)
    return PairedGain(mean, *student(mean, deviation, len(differences)), _t_test(mean, deviation, len(differences)))


def _t_test(mean: float, deviation: float, count: int) -> float:
    from scipy.special import stdtr

    return 2.0 * float(stdtr(count - 1, -abs(mean) * math.sqrt(count) / deviation))


def sign_flip(transfer: Sequence[float], scratch: Sequence[float]) -> float | None:
    """Give the exact two-sided p of the mean difference, were each difference as likely of either sign (Fisher 1935).

    The share of all assignments of signs whose sum is as far from 0 as the one seen, or farther. None below six pairs.
    Of many pairs some assignments are drawn, always the same, and the one seen counts among them.
    """
    import numpy as np

    differences = np.array(transfer, dtype=np.float64) - np.array(scratch, dtype=np.float64)
    if len(differences) < FEWEST_FLIPS:
        return None
    seen = abs(float(differences.sum()))
    reach = seen - 1e-9 * float(np.abs(differences).sum())  # sums of the same size may differ in the last bits
    if len(differences) <= MOST_FLIPS:
        sums = np.zeros(1)
        for each in differences:
            sums = np.concatenate([sums + each, sums - each])
        return float((np.abs(sums) >= reach).mean())
    drawn = np.random.default_rng(0).choice((-1.0, 1.0), size=(DRAWN, len(differences))) @ differences
    return float((1 + (np.abs(drawn) >= reach).sum()) / (1 + len(drawn)))


# --- curves ----------------------------------------------------------------------------------------------------------


class TransferCurve(NamedTuple):
    """What transfer changes about learning over time (Taylor & Stone 2009, JMLR 10:1633)."""

    jumpstart: float
    """First value of transfer − first of scratch."""
    asymptotic_gain: float
    """Last − last."""
    area_ratio: float
    """(A_T − A_S) / A_S, areas by the trapezoid rule; nan where A_S is 0."""
    time_to_threshold: float | None
    """When transfer first reaches the threshold, between two points on a straight line; None where it never does."""


def transfer_curve(
    times: Sequence[float], transfer: Sequence[float], scratch: Sequence[float], threshold: float
) -> TransferCurve:
    """Hold two curves of a score, higher is better, against each other at the same ascending times; arrays do, too.

    Raises ValueError where there are no points, or lengths differ.
    """
    if not len(times) == len(transfer) == len(scratch) or not len(times):
        raise ValueError(f"{len(times)} times, {len(transfer)} and {len(scratch)} values")
    times, transfer, scratch = ([float(value) for value in line] for line in (times, transfer, scratch))
    area = _area(times, scratch)
    return TransferCurve(
        jumpstart=transfer[0] - scratch[0],
        asymptotic_gain=transfer[-1] - scratch[-1],
        area_ratio=(_area(times, transfer) - area) / area if area else math.nan,
        time_to_threshold=time_to(threshold, times, transfer),
    )


def time_to(threshold: float, times: Sequence[float], values: Sequence[float]) -> float | None:
    """Tell when a curve first reaches a threshold, between two points on a straight line; None where it never does."""
    if values and values[0] >= threshold:
        return times[0]
    for (time, value), (later, after) in pairwise(zip(times, values, strict=True)):
        if after >= threshold:
            return time + (later - time) * (threshold - value) / (after - value)
    return None


def _area(times: Sequence[float], values: Sequence[float]) -> float:
    points = pairwise(zip(times, values, strict=True))
    return math.fsum((later - time) * (value + after) / 2 for (time, value), (later, after) in points)
