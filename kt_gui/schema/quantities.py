"""Numbers as people read them, in the user's language: short counts, percentages, times, bytes."""

import math

from kt_gui.schema.texts import tr

NARROW = "\N{NO-BREAK SPACE}"
UNKNOWN = "–"
"""Stands in a number's place where there is none."""
KB = 1000
_SHORT = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


def short(count: float) -> str:
    """Write a count with two or three digits that count: `432`, `4.6 k`, `18 k`, `11.2 M`."""
    for size, letter in _SHORT:
        if count >= 0.9995 * size:
            share = count / size
            digits = 1 if share < 9.95 or size > 1e3 else 0
            return f"{share:.{digits}f}{NARROW}{letter}" if share < 99.5 else f"{share:.0f}{NARROW}{letter}"
    return f"{count:.0f}"


def number(value: float | None) -> str:
    """Write a small number with three significant digits, without trailing zeros: `0.005`, `12.5`, `1000`, `2e-06`; a
    dash where there is none.
    """
    if value is None:
        return UNKNOWN
    return f"{value:.0f}" if 999.5 <= abs(value) < 1e5 else f"{value:.3g}"


def percent(share: float | None, digits: int = 1) -> str:
    """Write a share of 1 as a percentage: `56.0 %`; a dash where there is none."""
    if share is None:
        return UNKNOWN
    return tr("{share}\N{NO-BREAK SPACE}%", share=f"{100 * share:.{digits}f}")


def duration(seconds: float) -> str:
    """Write a time with its unit: `0.4 s`, `14 s`, `3 min`, `2 h 5 min`."""
    if seconds < 9.95:
        return tr("{seconds} s", seconds=f"{seconds:.1f}")
    if seconds < 99.5:
        return tr("{seconds} s", seconds=round(seconds))
    minutes = round(seconds / 60)
    if minutes < 60:
        return tr("{minutes} min", minutes=minutes)
    return tr("{hours} h {minutes} min", hours=minutes // 60, minutes=minutes % 60)


def with_interval(share: float | None, low: float | None, high: float | None) -> str:
    """Write a share with its interval: `56.0 % (48.1–63.6)`; without where that is not known."""
    if share is None or low is None or high is None:
        return percent(share)
    return tr("{accuracy} ({low}–{high})", accuracy=percent(share), low=f"{100 * low:.1f}", high=f"{100 * high:.1f}")


def with_spread(mean: float | None, sd: float | None, count: int) -> str:
    """Write the mean of so many shares ± their standard deviation: `56.0 % ± 1.2 (n = 5)`; of one without."""
    if mean is None:
        return UNKNOWN
    if sd is None:
        return tr("{mean} (n = {count})", mean=percent(mean), count=count)
    return tr("{mean} ± {sd} (n = {count})", mean=percent(mean), sd=f"{100 * sd:.1f}", count=count)


def file_size(count: int) -> str:
    """Write how large a file is: `3 kB`, `14.1 MB`, `1.2 GB`."""
    if count < KB**2:
        return tr("{kilobytes} kB", kilobytes=max(1, round(count / KB)))
    if count < KB**3:
        return tr("{megabytes} MB", megabytes=f"{count / KB**2:.1f}")
    return tr("{gigabytes} GB", gigabytes=f"{count / KB**3:.1f}")


def gigabytes(count: int) -> str:
    """Write bytes in GB, in MB below a tenth of one."""
    if count < 0.0995e9:
        return tr("{megabytes} MB", megabytes=f"{count / 1e6:.0f}")
    return tr("{gigabytes} GB", gigabytes=f"{count / 1e9:.1f}" if count < 9.95e9 else f"{count / 1e9:.0f}")


def logarithmic_share(value: float, low: float, high: float) -> float:
    """Place a value between low and high on a log scale, from 0 to 1; what lies outside is held at the ends."""
    if value <= low:
        return 0.0
    return min(1.0, math.log(value / low) / math.log(high / low))
