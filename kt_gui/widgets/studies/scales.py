"""Scales of the charts of studies: ranges that end on round numbers."""

import math

STEPS = (1, 2, 2.5, 5, 10)


def round_range(low: float, high: float, most: float = math.inf) -> tuple[float, float]:
    """Find a range around low and high whose quarters are round numbers; it does not go above `most`."""
    if not high > low:
        reach = max(abs(low) * 0.1, 1e-6)
        low, high = low - reach, high + reach
    size: float = 10.0 ** math.floor(math.log10((high - low) / 4))
    for step in (size * each for each in (*STEPS, 20)):
        bottom = math.floor(low / step + 1e-9) * step
        if bottom + 4 * step >= high - 1e-9 * step:
            excess = max(0.0, bottom + 4 * step - most)
            return bottom - excess, bottom + 4 * step - excess
    raise AssertionError((low, high))  # a step of ten times the quarter always holds it


def quarters(low: float, high: float) -> list[float]:
    """Both ends of a range, and what divides it into four."""
    return [low + (high - low) * part / 4 for part in range(5)]


def round_steps(end: float, most: int) -> list[float]:
    """Round numbers from 0 to an end, at equal steps, no more than so many steps."""
    if not end > 0:
        return [0.0]
    size: float = 10.0 ** math.floor(math.log10(end / most))
    step = next(size * each for each in (*STEPS, 20) if size * each * most >= end * (1 - 1e-9))
    return [step * place for place in range(math.floor(end / step + 1e-9) + 1)]
