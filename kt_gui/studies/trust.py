"""How well scores that were told before training have foretold what came of it.

SciPy is imported inside functions: it takes a while to load.
"""

import math
from collections.abc import Sequence
from itertools import combinations
from typing import get_args

from kt_gui.schema.rankings import Score, Standing, Trust


def trust(standings: Sequence[Standing]) -> tuple[Trust, ...]:
    """Judge every score by the candidates that have it and an outcome; none where no score has two of them."""
    judged = (_judge(score, _pairs_of(score, standings)) for score in get_args(Score))
    return tuple(each for each in judged if each.candidates > 1)


def _pairs_of(score: Score, standings: Sequence[Standing]) -> list[tuple[float, float]]:
    """Score and outcome of each candidate that has both."""
    known = ((getattr(each.scores, score, None), each.outcome) for each in standings)
    return [(value, outcome.accuracy) for value, outcome in known if value is not None and outcome is not None]


def _judge(score: Score, known: Sequence[tuple[float, float]]) -> Trust:
    values, outcomes = [value for value, _ in known], [outcome for _, outcome in known]
    right, pairs = in_order(values, outcomes)
    tau = weighted_tau(values, outcomes)
    return Trust(score=score, candidates=len(known), right=right, pairs=pairs, tau=tau)


def in_order(scores: Sequence[float], outcomes: Sequence[float]) -> tuple[int, int]:
    """Count the pairs with unlike outcomes, and how many of them the scores put in the right order; a tie is wrong."""
    unlike = [(one, other) for one, other in combinations(zip(scores, outcomes, strict=True), 2) if one[1] != other[1]]
    right = sum((one[0] - other[0]) * (one[1] - other[1]) > 0 for one, other in unlike)
    return right, len(unlike)


def weighted_tau(scores: Sequence[float], outcomes: Sequence[float]) -> float | None:
    """Give Kendall's τ with pairs of high rank weighing more, hyperbolically, averaged over the ranks by either
    (S. Vigna 2015, "A Weighted Correlation Index for Rankings with Ties", arXiv:1404.3325); None where one of both does
    not vary.
    """
    from scipy.stats import weightedtau

    if len(set(scores)) < 2 or len(set(outcomes)) < 2:
        return None
    tau = float(weightedtau(scores, outcomes).statistic)
    return tau if math.isfinite(tau) else None
