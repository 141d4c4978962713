"""Paired gains against SciPy, their coverage in simulation, curves against sums done by hand."""

import math

import numpy as np
import pytest
from scipy import stats

from kt_gui.studies import paired_gain, sign_flip, transfer_curve
from kt_gui.studies.gains import time_to


@pytest.mark.parametrize("pairs", [2, 3, 5, 12])
def test_a_gain_is_scipys_paired_t_test(pairs: int) -> None:
    chance = np.random.default_rng(pairs)
    transfer, scratch = chance.normal(0.8, 0.05, pairs).tolist(), chance.normal(0.7, 0.05, pairs).tolist()
    found, wanted = paired_gain(transfer, scratch), stats.ttest_rel(transfer, scratch)
    interval = wanted.confidence_interval(0.95)
    assert found == pytest.approx((np.mean(transfer) - np.mean(scratch), interval.low, interval.high, wanted.pvalue))


def test_intervals_hold_the_true_gain_in_about_95_of_100_studies() -> None:
    chance = np.random.default_rng(0)
    true, studies, seeds = 0.03, 4000, 5
    shared = chance.normal(0.7, 0.1, (studies, seeds))
    transfer = shared + true + chance.normal(0, 0.02, (studies, seeds))
    scratch = shared + chance.normal(0, 0.03, (studies, seeds))
    held = 0
    for ours, theirs in zip(transfer.tolist(), scratch.tolist(), strict=True):
        found = paired_gain(ours, theirs)
        held += found.low <= true <= found.high
    assert held / studies == pytest.approx(0.95, abs=3 * math.sqrt(0.95 * 0.05 / studies))


def test_one_pair_has_a_mean_and_no_interval() -> None:
    found = paired_gain([0.9], [0.7])
    assert found.mean == pytest.approx(0.2)
    assert all(math.isnan(each) for each in found[1:])


def test_equal_values_are_no_gain() -> None:
    assert paired_gain([0.8, 0.6, 0.7], [0.8, 0.6, 0.7]) == (0.0, 0.0, 0.0, 1.0)


def test_differences_that_are_all_the_same_leave_no_doubt() -> None:
    found = paired_gain([0.9, 0.8, 0.7], [0.8, 0.7, 0.6])  # the same but for the last bits
    assert found == pytest.approx((0.1, 0.1, 0.1, 0.0))


def test_nothing_and_unequal_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="no pairs"):
        paired_gain([], [])
    with pytest.raises(ValueError):
        paired_gain([0.1, 0.2], [0.1])


def test_turning_the_two_round_turns_the_gain_round() -> None:
    ours, theirs = [0.9, 0.7, 0.8], [0.6, 0.65, 0.7]
    forth, back = paired_gain(ours, theirs), paired_gain(theirs, ours)
    assert (back.mean, back.low, back.high, back.p) == pytest.approx((-forth.mean, -forth.high, -forth.low, forth.p))


# --- sign flips ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pairs", [6, 9])
def test_the_sign_flip_p_is_scipys_exact_one(pairs: int) -> None:
    chance = np.random.default_rng(pairs)
    transfer, scratch = chance.normal(0.72, 0.05, pairs), chance.normal(0.7, 0.05, pairs)
    wanted = stats.permutation_test(
        (transfer, scratch), lambda a, b: np.mean(a - b), permutation_type="samples", n_resamples=np.inf
    )
    assert sign_flip(transfer.tolist(), scratch.tolist()) == pytest.approx(wanted.pvalue)


def test_six_gains_of_one_sign_have_the_smallest_p_that_six_can_have() -> None:
    assert sign_flip([0.9, 0.8, 0.85, 0.7, 0.75, 0.8], [0.1] * 6) == 2 / 2**6


def test_five_pairs_are_too_few_for_it() -> None:
    assert sign_flip([0.9] * 5, [0.1] * 5) is None


def test_without_any_difference_every_sign_is_as_far() -> None:
    assert sign_flip([0.5] * 8, [0.5] * 8) == 1.0


def test_of_many_pairs_a_draw_comes_near_the_t_test() -> None:
    chance = np.random.default_rng(3)
    transfer, scratch = chance.normal(0.71, 0.05, 40), chance.normal(0.7, 0.05, 40)
    assert sign_flip(transfer.tolist(), scratch.tolist()) == pytest.approx(
        stats.ttest_rel(transfer, scratch).pvalue, abs=0.02
    )


# --- curves ----------------------------------------------------------------------------------------------------------


def test_a_curve_is_measured_as_by_hand() -> None:
    found = transfer_curve([0, 1, 3], [0.5, 0.7, 0.9], [0.1, 0.4, 0.8], 0.8)
    assert found.jumpstart == pytest.approx(0.4)
    assert found.asymptotic_gain == pytest.approx(0.1)
    assert found.area_ratio == pytest.approx((0.6 + 1.6 - 0.25 - 1.2) / (0.25 + 1.2))
    assert found.time_to_threshold == pytest.approx(2.0)


def test_areas_are_numpys_trapezoids() -> None:
    chance = np.random.default_rng(1)
    times, ours, theirs = np.sort(chance.uniform(0, 10, 30)), chance.uniform(0, 1, 30), chance.uniform(0, 1, 30)
    found = transfer_curve(times.tolist(), ours.tolist(), theirs.tolist(), 2.0)
    assert found.area_ratio == pytest.approx(np.trapezoid(ours, times) / np.trapezoid(theirs, times) - 1)
    assert found.time_to_threshold is None


def test_arrays_make_the_same_curve_as_lists() -> None:
    lines = [0, 1, 3], [0.5, 0.7, 0.9], [0.1, 0.4, 0.8]
    for threshold in (0.2, 0.8, 0.95):
        times, ours, theirs = map(np.array, lines)
        found = transfer_curve(times, ours, theirs, threshold)
        assert found == transfer_curve(*lines, threshold)
        assert {type(value) for value in found} <= {float, type(None)}


def test_a_threshold_that_is_there_from_the_start_takes_no_time() -> None:
    assert transfer_curve([2, 3], [0.9, 0.95], [0.1, 0.2], 0.5).time_to_threshold == 2


def test_the_first_time_counts_where_a_curve_falls_again() -> None:
    assert time_to(0.5, [0, 1, 2, 3], [0.0, 1.0, 0.0, 1.0]) == pytest.approx(0.5)


def test_one_point_has_no_area_and_a_flat_zero_no_ratio() -> None:
    single = transfer_curve([1], [0.5], [0.4], 0.6)
    assert (single.jumpstart, single.time_to_threshold) == (pytest.approx(0.1), None)
    assert math.isnan(single.area_ratio)
    assert math.isnan(transfer_curve([0, 1], [0.5, 0.5], [0.0, 0.0], 0.5).area_ratio)


def test_curves_without_points_or_of_other_lengths_are_refused() -> None:
    for times, ours, theirs in (([], [], []), ([0, 1], [0.1], [0.1, 0.2])):
        with pytest.raises(ValueError, match="times"):
            transfer_curve(times, ours, theirs, 0.5)
