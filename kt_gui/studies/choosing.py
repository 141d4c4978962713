"""Chooses among strengths by cross-validation: the one-standard-error rule, and when a value need not be run. Pure."""

import math
from collections.abc import Mapping, Sequence

from kt_gui.studies.repetitions import spread

ALIKE = 0.01
"""By this share of a loss two values may differ, and yet come to the same: standard errors over folds are larger."""


def one_standard_error(means: Sequence[float], errors: Sequence[float], strengths: Sequence[float]) -> int:
    """Choose the largest strength whose mean is at most the lowest mean + that one's standard error; give its place.

    Breiman, Friedman, Olshen & Stone 1984, section 3.4.3. In any order; strengths of 0 and infinity are as good as any
    other. `errors` are standard errors of the means (ddof 1). Of equally low means the largest strength counts as the
    lowest. What is no number was not measured: a mean of nan is never chosen, an error of nan counts as 0.

    Raises ValueError where nothing can be chosen, or lengths differ.
    """
    every = list(zip(means, errors, strengths, strict=True))
    known = [place for place, (mean, *_) in enumerate(every) if not math.isnan(mean)]
    if not known:
        raise ValueError("no strength has a mean")
    mean, error, _ = every[lowest(means, strengths)]
    bound = mean + (0.0 if math.isnan(error) else error)
    return max((place for place in known if means[place] <= bound), key=lambda place: strengths[place])


def lowest(means: Sequence[float], strengths: Sequence[float]) -> int:
    """Give the place of the lowest mean, of equal ones that of the largest strength. Raises ValueError without any."""
    known = [place for place, mean in enumerate(means) if not math.isnan(mean)]
    return min(known, key=lambda place: (means[place], -strengths[place]))


def standard_error(values: Sequence[float]) -> float | None:
    """Give the standard error of a mean, n − 1 in the denominator; None below two values."""
    _, deviation = spread(values)
    return None if deviation is None else deviation / math.sqrt(len(values))


def alike(first: Sequence[float], second: Sequence[float]) -> bool:
    """Whether two curves of the loss come to the same: at no epoch further apart than `ALIKE`; never without any."""
    pairs = list(zip(first, second, strict=False))
    return bool(pairs) and len(first) == len(second) and all(abs(a - b) <= ALIKE * min(a, b) for a, b in pairs)


def survivors(losses: Mapping[str, Sequence[float]], of: int) -> set[str]:
    """Name the candidates that go on to the next fold: after `n` folds, the better 1/2ⁿ of `of`, three at least.

    Successive halving (Jamieson & Talwalkar 2016, arXiv:1502.07943) with folds as its budget. `losses` holds, of each
    candidate that is still in, its losses fold by fold, as many as any other's; where one is no number, it is out.
    Those within one standard error of the best stay in, too, for the rule that chooses looks at them.
    """
    means = {key: math.fsum(each) / len(each) for key, each in losses.items() if each and all(map(math.isfinite, each))}
    if not means:
        return set()
    ordered = sorted(means, key=lambda key: means[key])
    folds = len(losses[ordered[0]])
    kept = set(ordered[: max(3, math.ceil(of / 2**folds))])
    bound = means[ordered[0]] + (standard_error(losses[ordered[0]]) or 0.0)
    return kept | {key for key in ordered if means[key] <= bound}
