"""A search for the learning rate: what a loss does while the rate of each step is larger than the one before."""

from typing import Literal

from kt_gui.schema.events import Event, Phase

LOWEST, HIGHEST, STEPS = 1e-6, 10.0, 100
"""Rates of the first and the last step, and how many steps there are."""

Weights = Literal["source", "start", "stand_in"]
"""What was tried on a copy of: the source's weights; the random ones that the phase starts from; random ones in place
of a source that has not been trained yet."""
Answer = Literal["found", "open", "flat", "rising"]
"""`open`: the loss fell to the last rate and never grew; `flat`: it did not fall more than it wavers; `rising`: it only
grew. With the last two there is no suggestion."""


class RateTried(Event, frozen=True, kw_only=True, tag="rate_tried"):
    """One step, with this learning rate."""

    rate: float
    loss: float | None
    """Of the step's batch, before the step; None where it is no number any more."""
    done: int
    total: int
    """Steps at most: it ends where the loss runs away."""


class RateFound(Event, frozen=True, kw_only=True, tag="rate_found"):
    """What the curve says. Every curve is one of many: another order of the pictures gives another one."""

    phase: Phase
    answer: Answer
    rates: tuple[float, ...]
    """Rising, those whose loss was a number."""
    losses: tuple[float, ...]
    smooth: tuple[float, ...]
    """The losses over the logarithm of the rate, smoothed."""
    suggestion: float | None
    low: float | None
    high: float | None
    """Rates from which on the loss falls, and up to which it falls well: reasonable ones lie between."""
    now: float
    """The rate that the experiment has."""
    weights: Weights
    ran_away: bool
    """Whether the steps ended because the loss ran away."""
    seconds: float
