"""Two classifiers on the same pictures: which is better, by how much, and how sure that is.

SciPy is imported inside functions: it takes a while to load.
"""

import math

from kt_gui.schema.comparisons import McNemar

Z = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""


def mcnemar(both: int, only_first: int, only_second: int, neither: int) -> McNemar:
    """Compare two classifiers by the pictures that one has right and the other wrong."""
    total = both + only_first + only_second + neither
    low, high = newcombe(both, only_first, only_second, neither)
    return McNemar(
        both=both,
        neither=neither,
        only_first=only_first,
        only_second=only_second,
        p=exact_p(only_first, only_second),
        difference=(only_second - only_first) / total,
        low=low,
        high=high,
    )


def exact_p(only_first: int, only_second: int) -> float:
    """Give McNemar's two-sided p, exact at any size (McNemar 1947, doi:10.1007/BF02295996).

    Twice the probability that a fair coin falls so rarely on the rarer side, at most 1. The incomplete beta function
    sums the binomial's tail, so that no approximation is needed for many pictures.
    """
    from scipy.special import bdtr

    return min(1.0, 2.0 * float(bdtr(min(only_first, only_second), only_first + only_second, 0.5)))


def newcombe(both: int, only_first: int, only_second: int, neither: int) -> tuple[float, float]:
    """Give the 95 % interval of the second's accuracy − the first's, paired (Newcombe 1998, Statistics in Medicine
    17:2635, method 10): Wilson's intervals of both shares, joined by their correlation φ.

    As in the paper, φ's numerator is lessened by half the number of pictures, not below 0, where it is positive; φ is 0
    where a margin is empty.
    """
    total = both + only_first + only_second + neither
    second, first = (both + only_second) / total, (both + only_first) / total
    (low2, high2), (low1, high1) = wilson(second, total), wilson(first, total)
    phi = _phi(both, only_first, only_second, neither)
    difference = second - first
    below = _joined(second - low2, high1 - first, phi)
    above = _joined(high2 - second, first - low1, phi)
    return max(-1.0, difference - below), min(1.0, difference + above)


def wilson(share: float, total: int) -> tuple[float, float]:
    """Give Wilson's 95 % interval of a share."""
    middle = share + Z * Z / (2 * total)
    spread = Z * math.sqrt(share * (1 - share) / total + Z * Z / (4 * total * total))
    scale = 1 + Z * Z / total
    return (middle - spread) / scale, (middle + spread) / scale


def _phi(both: int, only_first: int, only_second: int, neither: int) -> float:
    margins = (both + only_first) * (only_second + neither) * (both + only_second) * (only_first + neither)
    if not margins:
        return 0.0
    total = both + only_first + only_second + neither
    shared = both * neither - only_first * only_second
    corrected = max(shared - total / 2, 0.0) if shared > 0 else float(shared)
    return corrected / math.sqrt(margins)


def _joined(one: float, other: float, phi: float) -> float:
    return math.sqrt(max(0.0, one * one - 2 * phi * one * other + other * other))
