"""Reads a learning rate off the curve of a range test. Pure.

The losses are smoothed over the logarithm of the rate by straight lines fitted to what is near. Where the smoothed
loss is lowest, the rate is already about to be too large: a tenth of it is suggested, as practice has it (Gugger 2018).
Where a few pictures are learnt by heart, the loss goes on to fall however large the rate is; so no more than three
times the rate at which nine tenths of the fall are done counts as that place. The steepest place, the other usual
choice, is not taken: on the noisy curves of small data sets it lies anywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kt_gui.schema.rates import Answer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WIDTH = 0.25
"""Of the bell that says what is near, in decades of the rate."""
SHARE, MOST = 1 / 10, 1 / 3
"""Of the rate that is about to be too large: what is suggested, and the upper end of what is reasonable."""
BEGUN, DONE = 0.1, 0.9
"""Shares of the whole fall at which the loss has begun to fall, the lower end, and at which little is left."""
FIRST = 20
"""Steps whose mean loss is the one before anything is learnt: at rates too small for that."""
CLEAR, LEAST = 4.5, 0.02
"""A fall is clear that is so many standard errors, and such a share of the first loss. Of a hundred curves
of noise alone, two or three seem to fall."""
EDGE = 3
"""The loss is lowest at the last rate where so few steps lie between."""


@dataclass(frozen=True)
class Reading:
    """What a curve says; rates are None where it says none."""

    answer: Answer
    smooth: tuple[float, ...]
    suggestion: float | None = None
    low: float | None = None
    high: float | None = None


def read(rates: Sequence[float], losses: Sequence[float], *, has_run_away: bool) -> Reading:
    """Suggest a rate, and a range around it; rates rise, losses are numbers."""
    import numpy as np

    nothing: Answer = "rising" if has_run_away else "flat"
    if len(rates) < FIRST:
        return Reading(nothing, smooth(rates, losses))
    smoothed = np.asarray(smooth(rates, losses))
    lowest, start = int(smoothed.argmin()), float(np.mean(losses[:FIRST]))
    fall = start - smoothed[lowest]
    if fall < LEAST * abs(start) or fall < CLEAR * _error(rates, losses, smoothed, lowest):
        return Reading(nothing, tuple(smoothed.tolist()))
    before = smoothed[: lowest + 1]
    low = _last(rates, before > start - BEGUN * fall)
    too_large = min(rates[lowest], _last(rates, before > start - DONE * fall) / MOST)
    is_open = not has_run_away and lowest >= len(rates) - EDGE
    return Reading(
        "open" if is_open else "found",
        tuple(smoothed.tolist()),
        suggestion=_rounded(SHARE * too_large),
        low=_rounded(min(low, SHARE * too_large)),
        high=_rounded(MOST * too_large),
    )


def _last(rates: Sequence[float], holds: "NDArray[np.bool_]") -> float:
    """The last rate of which something holds, else the first rate."""
    places = holds.nonzero()[0]
    return rates[int(places[-1])] if len(places) else rates[0]


def _rounded(rate: float) -> float:
    """Two figures: more would be made up."""
    return float(f"{rate:.1e}")


def smooth(rates: Sequence[float], losses: Sequence[float]) -> tuple[float, ...]:
    """Fit a straight line to what is near each rate, and give its height there.

    Losses of more than twice the first ones count as that: the end of a curve would hide all before it.
    """
    import numpy as np

    if len(rates) < 2:
        return tuple(losses)
    across = np.log10(np.asarray(rates))
    values = np.minimum(np.asarray(losses), 2 * np.mean(losses[:FIRST]))
    apart = across[None, :] - across[:, None]
    near = np.exp(-((apart / WIDTH) ** 2) / 2)
    count, first, second = near.sum(1), (near * apart).sum(1), (near * apart**2).sum(1)
    level, slope = near @ values, (near * apart) @ values
    found = (second * level - first * slope) / (count * second - first**2)
    return tuple(float(each) for each in found)


def _error(rates: Sequence[float], losses: Sequence[float], smoothed: "NDArray[np.float64]", lowest: int) -> float:
    """The standard error of a fall, by how far the losses up to the lowest lie from the smoothed ones."""
    import numpy as np

    before = slice(0, max(lowest + 1, FIRST))
    scatter = float(np.std(np.asarray(losses[before]) - smoothed[before]))
    a_step = float(np.log10(rates[-1] / rates[0])) / (len(rates) - 1)
    near = 2 * np.pi**0.5 * WIDTH / a_step  # so many losses stand behind each smoothed one
    return scatter * float((1 / near + 1 / FIRST) ** 0.5)
