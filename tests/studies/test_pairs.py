from itertools import product
from math import comb, factorial

import numpy as np
import pytest
from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar as reference
from statsmodels.stats.proportion import proportion_confint

from kt_gui.studies.pairs import exact_p, mcnemar, newcombe, wilson

TABLES = [(120, 5, 14, 30), (0, 3, 0, 0), (7, 0, 0, 3), (0, 0, 0, 9), (900, 400, 300, 80), (1, 1, 7, 12), (0, 6, 8, 0)]


@pytest.mark.parametrize("table", TABLES)
def test_p_is_that_of_statsmodels_and_of_scipys_binomial_test(table: tuple[int, int, int, int]) -> None:
    both, first, second, neither = table
    assert exact_p(first, second) == pytest.approx(reference([[both, first], [second, neither]], exact=True).pvalue)
    if first + second:
        assert exact_p(first, second) == pytest.approx(binomtest(first, first + second).pvalue)


def test_p_by_hand() -> None:
    """14 against 5 of 19 tosses: twice the tail, counted out."""
    assert exact_p(5, 14) == pytest.approx(2 * sum(comb(19, rare) for rare in range(6)) / 2**19)
    assert mcnemar(50, 5, 14, 31).p == exact_p(5, 14)


def test_two_that_never_disagree_are_alike() -> None:
    told = mcnemar(7, 0, 0, 3)
    assert (told.p, told.difference) == (1.0, 0.0)
    assert told.low <= 0 <= told.high


def test_p_stays_exact_with_very_many_pictures() -> None:
    assert exact_p(4_900, 5_100) == pytest.approx(binomtest(4_900, 10_000).pvalue, rel=1e-9)


@pytest.mark.parametrize(("correct", "total"), [(0, 8), (8, 8), (131, 240)])
def test_wilsons_interval_is_that_of_statsmodels(correct: int, total: int) -> None:
    assert wilson(correct / total, total) == pytest.approx(proportion_confint(correct, total, method="wilson"))


@pytest.mark.parametrize("table", TABLES)
def test_newcombes_interval_joins_wilsons_by_the_correlation(table: tuple[int, int, int, int]) -> None:
    """Written out once more, with the margins' intervals from statsmodels and φ from numpy's correlation."""
    both, first, second, neither = table
    total = sum(table)
    one = np.repeat([1, 1, 0, 0], table)
    other = np.repeat([1, 0, 1, 0], table)
    phi = 0.0
    if one.std() and other.std():
        phi = float(np.corrcoef(one, other)[0, 1])
        if phi > 0:
            scale = (both * neither - first * second) / phi
            phi = max(both * neither - first * second - total / 2, 0) / scale
    shares = (both + second, both + first)
    (low2, high2), (low1, high1) = (proportion_confint(count, total, method="wilson") for count in shares)
    p2, p1 = (count / total for count in shares)
    below = np.sqrt((p2 - low2) ** 2 - 2 * phi * (p2 - low2) * (high1 - p1) + (high1 - p1) ** 2)
    above = np.sqrt((high2 - p2) ** 2 - 2 * phi * (high2 - p2) * (p1 - low1) + (p1 - low1) ** 2)
    found = newcombe(both, first, second, neither)
    assert found == pytest.approx((max(-1, p2 - p1 - below), min(1, p2 - p1 + above)), abs=1e-9)


def test_newcombes_interval_holds_the_true_difference_as_often_as_it_says() -> None:
    """Counted out over every table of 16 pictures, for three truths: 95 % on average, never far below."""
    covered = [
        coverage(16, truth) for truth in ((0.5, 0.1, 0.2, 0.2), (0.7, 0.05, 0.15, 0.1), (0.25, 0.25, 0.25, 0.25))
    ]
    assert min(covered) > 0.93
    assert sum(covered) / 3 == pytest.approx(0.955, abs=0.02)


def coverage(total: int, truth: tuple[float, float, float, float]) -> float:
    """The chance that the interval holds, by the multinomial distribution."""
    chance, wanted = 0.0, truth[2] - truth[1]
    for a, b, c in product(range(total + 1), repeat=3):
        d = total - a - b - c
        if d < 0:
            continue
        low, high = newcombe(a, b, c, d)
        if low <= wanted <= high:
            ways = factorial(total) / (factorial(a) * factorial(b) * factorial(c) * factorial(d))
            chance += ways * truth[0] ** a * truth[1] ** b * truth[2] ** c * truth[3] ** d
    return chance


def test_turning_the_two_round_turns_the_interval_round() -> None:
    low, high = newcombe(50, 5, 14, 31)
    assert newcombe(50, 14, 5, 31) == pytest.approx((-high, -low))
