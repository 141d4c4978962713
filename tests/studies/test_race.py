"""Arms on one time axis, when each is where scratch ends, what is still known of the source; from hand-made runs."""

import numpy as np
import pytest
from scipy import stats

from kt_gui.schema.remembering import Recall
from kt_gui.schema.studies import Numbers, TransferGain, Trial
from kt_gui.studies import race, transfer_gain
from tests.studies.test_transfer_gain import BASE

CURVES = {
    "transfer": [(0.6, 0.7, 0.8), (0.7, 0.8, 0.9)],
    "features": [(0.5, 0.5, 0.5), (0.5, 0.5, 0.5)],
    "scratch": [(0.1, 0.5, 0.7), (0.3, 0.5, 0.7)],
}
PACE = {"transfer": 2.0, "features": 0.5, "scratch": 3.0}


def runs(recalls: tuple[Recall | None, ...] = (None, None)) -> tuple[tuple[Trial, ...], dict[str, Numbers]]:
    trials = transfer_gain.plan(BASE, TransferGain(seeds=2))
    return trials, {trial.key: _numbers(trial, recalls[trial.column]) for trial in trials}


def _numbers(trial: Trial, recall: Recall | None) -> Numbers:
    return Numbers(
        pictures=10,
        accuracies=CURVES[trial.row][trial.column],
        accuracy=CURVES[trial.row][trial.column][-1],
        times=tuple(PACE[trial.row] * (epoch + 1) + trial.column for epoch in range(3)),
        source_seconds=None if trial.arm == "scratch" else 40.0 + trial.column,
        recall=recall if trial.arm == "transfer" else None,
    )


def test_a_lane_is_the_mean_over_seeds_with_its_deviation_on_the_mean_clock() -> None:
    transfer, features, scratch = race.lanes(*runs())
    table = np.array(CURVES["scratch"])
    assert [lane.arm for lane in (transfer, features, scratch)] == ["transfer", "features", "scratch"]
    assert scratch.band.mean == pytest.approx(table.mean(0))
    assert scratch.band.high == pytest.approx(table.mean(0) + table.std(0, ddof=1))
    assert transfer.times("seconds") == pytest.approx((2.5, 4.5, 6.5))
    assert transfer.times("seconds", counts_source=True) == pytest.approx((43.0, 45.0, 47.0))
    assert transfer.times("epochs", counts_source=True) == (1.0, 2.0, 3.0)
    assert scratch.times("seconds", counts_source=True) == scratch.times("seconds")
    assert scratch.source_seconds is None


def test_each_arm_is_timed_to_what_scratch_ends_with() -> None:
    found = {each.arm: each for each in race.reached(race.lanes(*runs()))}
    assert race.threshold(race.lanes(*runs())) == pytest.approx(0.7)
    assert (found["transfer"].epochs, found["transfer"].seconds) == pytest.approx((1.5, 3.5))  # between 0.65 and 0.75
    assert (found["features"].epochs, found["features"].seconds) == (None, None)
    assert found["scratch"].seconds == pytest.approx(9.5)
    assert found["transfer"].source_seconds == 40.5
    assert transfer_gain.verdict(*runs()).reached == tuple(found.values())


def test_time_goes_on_where_only_some_seeds_have_come_so_far() -> None:
    trials, results = runs()
    slow, cut = "transfer seed 7", "transfer seed 8"
    results[slow] = Numbers(pictures=10, accuracies=(0.5, 0.6, 0.7), times=(10.0, 20.0, 30.0))
    results[cut] = Numbers(pictures=10, accuracies=(0.5, 0.6), times=(2.0, 4.0))
    lane = race.lanes(trials, results)[0]
    assert lane.times("seconds") == pytest.approx((6.0, 12.0))  # as far as the band goes: two seeds
    del results[cut]
    assert race.lanes(trials, results)[0].times("seconds") == pytest.approx((10.0, 20.0, 30.0))


def test_studies_that_kept_no_times_are_run_over_epochs() -> None:
    trials, results = runs()
    old = {
        key: Numbers(pictures=10, accuracies=each.accuracies, accuracy=each.accuracy) for key, each in results.items()
    }
    lanes = race.lanes(trials, old)
    assert race.has_seconds(race.lanes(*runs()))
    assert not race.has_seconds(lanes)
    assert [each.seconds for each in race.reached(lanes)] == [None, None, None]
    assert race.reached(lanes)[0].epochs == pytest.approx(1.5)


def test_before_scratch_has_run_nobody_has_a_goal() -> None:
    trials, results = runs()
    begun = {key: each for key, each in results.items() if key.startswith("transfer")}
    assert race.threshold(race.lanes(trials, begun)) is None
    assert race.reached(race.lanes(trials, begun)) == ()


def test_where_a_lane_stands_is_read_off_a_line() -> None:
    lane = race.lanes(*runs())[0]
    times = lane.times("seconds")
    assert race.value_at(lane, times, 2.4) is None
    assert race.value_at(lane, times, 3.5) == pytest.approx(0.7)
    assert race.value_at(lane, times, 100.0) == pytest.approx(0.85)


# --- what is left of the source --------------------------------------------------------------------------------------


def test_what_was_forgotten_is_a_paired_difference_over_seeds() -> None:
    before, after = (0.9, 0.8), (0.6, 0.55)
    recalls = tuple(Recall(before=first, after=then) for first, then in zip(before, after, strict=True))
    found = transfer_gain.verdict(*runs(recalls)).forgetting
    assert found is not None
    wanted = stats.ttest_rel(after, before).confidence_interval(0.95)
    assert (found.before, found.after, found.mean, found.seeds) == pytest.approx((0.85, 0.575, -0.275, 2))
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high))


def test_one_seed_has_no_interval_and_where_nothing_was_measured_the_reason_is_told() -> None:
    one = transfer_gain.verdict(*runs((Recall(before=0.9, after=0.6), None))).forgetting
    assert one is not None
    assert (one.low, one.high, one.seeds) == (None, None, 1)
    none = transfer_gain.verdict(*runs((Recall(reason="It came without its data."),) * 2))
    assert (none.forgetting, none.unrecalled) == (None, "It came without its data.")
