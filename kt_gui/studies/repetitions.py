"""Runs of one recipe with several seeds: the mean over seeds, how far they scatter, and the mean of their curves.

SciPy is imported inside functions: it takes a while to load.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from kt_gui.schema.comparisons import Repeated

Line = Sequence[float | None]


@dataclass(frozen=True)
class Band:
    """A mean line, epoch by epoch, and one standard deviation on either side of it; nan where there is none.

    It goes as far as the second longest of the runs: a mean over the one that stopped last would be that run. A single
    run is its own mean, without a band.
    """

    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    counts: tuple[int, ...]
    """How many runs had come to each epoch, with a finite value."""


def group(keys: Sequence[Hashable]) -> list[tuple[int, ...]]:
    """Give the places of equal keys, in the order in which each key comes first."""
    places: dict[Hashable, list[int]] = {}
    for place, key in enumerate(keys):
        places.setdefault(key, []).append(place)
    return [tuple(each) for each in places.values()]


def repeated(members: Sequence[int], accuracies: Sequence[float | None]) -> Repeated:
    """Sum up a group: mean, standard deviation of one run, and Student's 95 % interval of the mean, cut at 0 and 1.

    The interval holds where seeds are drawn anew and accuracies are about normal; with few seeds it is wide, as it
    should be.
    """
    known = [accuracies[place] for place in members]
    values = [value for value in known if value is not None]
    mean, sd = spread(values)
    told = Repeated(members=tuple(members), tested=len(values), mean=mean, sd=sd, low=None, high=None)
    if mean is None or sd is None:
        return told
    low, high = student(mean, sd, len(values))
    return msgspec.structs.replace(told, low=max(0.0, low), high=min(1.0, high))


def spread(values: Sequence[float]) -> tuple[float | None, float | None]:
    """Give the mean of values, and the standard deviation of one of them, as far as there are enough."""
    if not values:
        return None, None
    mean = math.fsum(values) / len(values)
    squares = math.fsum((value - mean) ** 2 for value in values)
    return mean, math.sqrt(squares / (len(values) - 1)) if len(values) > 1 else None


def student(mean: float, sd: float, count: int) -> tuple[float, float]:
    """Give the 95 % interval of a mean of normal values (Student 1908): mean ± t · sd / √n."""
    from scipy.special import stdtrit

    reach = float(stdtrit(count - 1, 0.975)) * sd / math.sqrt(count)
    return mean - reach, mean + reach


def band(lines: Sequence[Line]) -> Band:
    """Average lines of one or several runs; they may differ in length, and have gaps."""
    import numpy as np

    lengths = sorted((len(line) for line in lines), reverse=True)
    if not lengths:
        return Band((), (), (), ())
    table = np.full((len(lines), lengths[min(1, len(lengths) - 1)]), np.nan)
    for row, line in zip(table, lines, strict=True):
        known = line[: len(row)]
        row[: len(known)] = np.array(known, dtype=np.float64)  # None becomes nan
    return _band(table)


def _band(table: Any) -> Band:
    import numpy as np

    counts = np.isfinite(table).sum(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.nansum(table, 0) / np.where(counts > 0, counts, np.nan)
        spread = np.sqrt(np.nansum((table - mean) ** 2, 0) / np.where(counts > 1, counts - 1, np.nan))
    low, high = mean - spread, mean + spread
    return Band(tuple(mean.tolist()), tuple(low.tolist()), tuple(high.tolist()), tuple(counts.tolist()))
