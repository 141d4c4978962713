import math

import numpy as np
import pytest
from scipy import stats

from kt_gui.studies.repetitions import band, group, repeated


def test_equal_keys_are_a_group_in_the_order_they_come() -> None:
    assert group(["b", "a", "b", "c", "a"]) == [(0, 2), (1, 4), (3,)]


def test_a_groups_interval_is_students() -> None:
    accuracies = [0.71, 0.5, 0.74, 0.69, 0.75]
    told = repeated((0, 2, 3, 4), accuracies)
    values = np.array([0.71, 0.74, 0.69, 0.75])
    assert told.mean == pytest.approx(values.mean())
    assert told.sd == pytest.approx(values.std(ddof=1))
    wanted = stats.t.interval(0.95, 3, values.mean(), stats.sem(values))
    assert (told.low, told.high) == pytest.approx(wanted)


def test_an_interval_of_shares_ends_at_none_and_at_all() -> None:
    told = repeated((0, 1), [0.9, 0.5])
    assert (told.low, told.high) == (0.0, 1.0)


def test_a_run_without_a_test_does_not_count() -> None:
    told = repeated((0, 1, 2), [0.6, None, 0.8])
    assert (told.tested, told.mean) == (2, pytest.approx(0.7))


@pytest.mark.parametrize("accuracies", [[0.6], [0.6, None], [None]])
def test_below_two_runs_there_is_no_spread(accuracies: list[float | None]) -> None:
    told = repeated(range(len(accuracies)), accuracies)
    assert told.mean == accuracies[0]
    assert (told.sd, told.low, told.high) == (None, None, None)


def test_a_band_is_the_mean_and_one_standard_deviation() -> None:
    lines = np.array([[0.3, 0.5, 0.6], [0.2, 0.6, 0.9], [0.4, 0.4, 0.6]])
    told = band(lines.tolist())
    mean, sd = lines.mean(0), lines.std(0, ddof=1)
    assert told.mean == pytest.approx(mean)
    assert told.low == pytest.approx(mean - sd)
    assert told.high == pytest.approx(mean + sd)
    assert told.counts == (3, 3, 3)


def test_a_band_ends_with_the_second_longest_run() -> None:
    told = band([[1.0, 1.0, 1.0, 1.0], [3.0, 3.0, 3.0], [5.0]])
    assert told.mean == (3.0, 2.0, 2.0)
    assert told.counts == (3, 2, 2)


def test_what_was_not_finite_is_left_out_of_the_mean() -> None:
    told = band([[1.0, None, None], [3.0, 2.0, None]])
    assert told.mean[:2] == (2.0, 2.0)
    assert math.isnan(told.mean[2])
    assert math.isnan(told.low[1])
    assert told.counts == (2, 1, 0)


def test_one_run_is_its_own_mean_without_a_band() -> None:
    told = band([[0.1, 0.2]])
    assert told.mean == (0.1, 0.2)
    assert all(math.isnan(value) for value in (*told.low, *told.high))


def test_no_run_has_no_line() -> None:
    assert band([]).mean == ()
    assert band([[], []]).mean == ()
