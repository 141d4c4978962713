"""The one-standard-error rule, and which values go on to the next fold."""

import math
import random

import pytest

from kt_gui.studies import one_standard_error
from kt_gui.studies.choosing import alike, lowest, standard_error, survivors

INF, NAN = math.inf, math.nan


def test_the_largest_strength_within_one_error_of_the_lowest_mean_is_chosen() -> None:
    means, errors = [1.0, 0.8, 0.7, 0.75, 0.81, 1.2], [0.1, 0.1, 0.06, 0.1, 0.1, 0.1]
    assert one_standard_error(means, errors, [0.0, 0.001, 0.01, 0.1, 1.0, INF]) == 3


def test_a_mean_that_is_exactly_at_the_bound_is_within() -> None:
    assert one_standard_error([0.5, 0.75], [0.25, 0.0], [1.0, 2.0]) == 1


def test_the_order_does_not_matter() -> None:
    points = [(1.0, 0.1, 0.0), (0.7, 0.06, 0.01), (0.75, 0.2, 0.1), (0.77, 0.1, INF)]
    chance = random.Random(0)
    for _ in range(20):
        chance.shuffle(points)
        means, errors, strengths = zip(*points, strict=True)
        assert strengths[one_standard_error(means, errors, strengths)] == 0.1


def test_the_frozen_end_is_chosen_where_it_is_as_good() -> None:
    assert one_standard_error([0.7, 0.71], [0.05, 0.05], [0.0, INF]) == 1


def test_zero_is_chosen_where_every_pull_hurts() -> None:
    assert one_standard_error([0.1, 0.9, 0.9], [0.01, 0.5, 0.5], [0.0, 1.0, INF]) == 0


def test_of_equally_low_means_the_larger_strength_gives_the_error() -> None:
    assert lowest([0.5, 0.5], [0.0, 1.0]) == 1
    assert one_standard_error([0.5, 0.5, 0.6], [0.2, 0.0, 0.0], [0.0, 1.0, 2.0]) == 1


def test_what_was_not_measured_is_never_chosen() -> None:
    assert one_standard_error([NAN, 0.5, NAN], [NAN, NAN, 0.1], [0.0, 1.0, INF]) == 1
    with pytest.raises(ValueError, match="no strength"):
        one_standard_error([NAN], [0.1], [0.0])


def test_a_standard_error_divides_by_one_less_and_by_the_root() -> None:
    assert standard_error([1.0, 2.0, 3.0, 4.0]) == pytest.approx(math.sqrt(5 / 3) / 2)
    assert standard_error([1.0]) is None


def test_half_go_on_after_a_fold_and_a_quarter_after_two_but_never_fewer_than_three() -> None:
    first = {str(place): [float(place)] for place in range(10)}
    assert survivors(first, of=10) == {"0", "1", "2", "3", "4"}
    second = {str(place): [float(place), float(place)] for place in range(5)}
    assert survivors(second, of=10) == {"0", "1", "2"}


def test_whoever_is_within_one_error_of_the_best_goes_on() -> None:
    losses = {"a": [0.0, 1.0], "b": [0.6, 0.6], "c": [0.7, 0.7], "d": [0.9, 0.9], "e": [2.0, 2.0]}
    assert survivors(losses, of=5) == {"a", "b", "c", "d"}  # 0.5 ± 0.5


def test_what_ran_away_does_not_go_on() -> None:
    assert survivors({"a": [0.5], "b": [NAN]}, of=2) == {"a"}
    assert survivors({"a": [NAN]}, of=1) == set()


def test_curves_are_alike_where_no_epoch_tells_them_apart() -> None:
    assert alike([2.0, 1.0], [2.01, 0.991])
    assert not alike([2.0, 1.0], [2.03, 1.0])  # the first epoch does
    assert not alike([2.0, 1.0], [2.0])
    assert not alike([], [])
    assert not alike([math.nan], [math.nan])
