"""An invented search for a learning rate: a loss that falls and runs away, and one that only wavers."""

import math
from collections.abc import Callable

from kt_gui.schema.events import Event
from kt_gui.schema.rates import HIGHEST, LOWEST, STEPS, RateFound, RateTried, Weights
from kt_gui.studies import rate_reading

NOW = 0.01


def _falling(place: int, rate: float) -> float:
    left = 1 / (1 + math.exp(1.2 * math.log(rate / 4e-3)))
    return 0.5 + 2.1 * left + 2.4 * (rate / 0.35) ** 2 + 0.16 * _wavering(place)


def _flat(place: int, _rate: float) -> float:
    return 2.6 + 0.3 * _wavering(place)


def _wavering(place: int) -> float:
    return math.sin(2.4 * place) * math.cos(0.7 * place)


def _told(loss: Callable[[int, float], float], weights: Weights) -> tuple[Event, ...]:
    rates = [LOWEST * (HIGHEST / LOWEST) ** (place / (STEPS - 1)) for place in range(STEPS)]
    losses = [loss(place, rate) for place, rate in enumerate(rates)]
    end = next((place for place in range(1, STEPS) if losses[place] > 4 * min(losses[:place])), STEPS)
    rates, losses = rates[:end], losses[:end]
    read = rate_reading.read(rates, losses, has_run_away=end < STEPS)
    tried = (
        RateTried(rate=rate, loss=each, done=place + 1, total=STEPS)
        for place, (rate, each) in enumerate(zip(rates, losses, strict=True))
    )
    found = RateFound(
        phase="finetuning",
        answer=read.answer,
        rates=tuple(rates),
        losses=tuple(losses),
        smooth=read.smooth,
        suggestion=read.suggestion,
        low=read.low,
        high=read.high,
        now=NOW,
        weights=weights,
        ran_away=end < STEPS,
        seconds=21.4,
    )
    return *tried, found


FOUND = _told(_falling, "source")
UNCLEAR = _told(_flat, "stand_in")
