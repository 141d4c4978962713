"""Paired plans, and verdicts from results made by hand: gain, ladder, label savings."""

import math

import msgspec
import pytest
from scipy import stats

from kt_gui.schema.choices import Everything, Features, LastBlocks
from kt_gui.schema.datasets import Bundled
from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import Experiment, Pretrain, Scratch, Target, Training
from kt_gui.schema.studies import (
    FreezingLadder,
    LabelSavings,
    LambdaSearch,
    Numbers,
    Question,
    Study,
    TransferGain,
    Trial,
)
from kt_gui.studies import freezing_ladder, label_savings, transfer_gain
from kt_gui.studies.planning import experiment_of, plan
from kt_gui.studies.planning import verdict as judge

BASE = Experiment(
    name="base",
    seed=7,
    source=Pretrain(network="small_cnn", data=Bundled(name="emoji-twemoji")),
    target=Target(data=Bundled(name="emoji-noto")),
    training=Training(epochs=8, patience=2),
)


def numbers(accuracy: float, **others: object) -> Numbers:
    usual = {"pictures": 10, "accuracy": accuracy, "accuracies": (accuracy / 2, accuracy), "seconds": 1.0}
    return Numbers(**{**usual, **others})  # type: ignore[arg-type]


# --- does it help ----------------------------------------------------------------------------------------------------


def test_a_seed_gives_transfer_and_scratch_the_same_budget_split_and_order() -> None:
    trials = transfer_gain.plan(BASE, TransferGain(seeds=2))
    assert [(trial.seed, trial.arm) for trial in trials] == [
        (seed, arm) for seed in (7, 8) for arm in ("transfer", "features", "scratch")
    ]
    transfer, features, scratch = (transfer_gain.experiment_of(BASE, trial) for trial in trials[:3])
    assert transfer.training == features.training == scratch.training
    assert transfer.training.patience is None
    assert transfer.target == scratch.target
    assert transfer.seed == features.seed == scratch.seed == 7
    assert features.transfer.freezing == Features()
    assert scratch.source == Scratch(network="small_cnn")


def test_features_only_is_not_run_twice_where_the_experiment_is_just_that() -> None:
    frozen = msgspec.structs.replace(BASE, transfer=msgspec.structs.replace(BASE.transfer, freezing=Features()))
    assert {trial.arm for trial in transfer_gain.plan(frozen, TransferGain())} == {"transfer", "scratch"}


@pytest.mark.parametrize("question", [LambdaSearch(), TransferGain(), FreezingLadder(), LabelSavings()])
def test_without_a_source_there_is_nothing_to_study(question: Question) -> None:
    alone = msgspec.structs.replace(BASE, source=Scratch(network="small_cnn"))
    with pytest.raises(UserError, match=r"experiment\.source"):
        plan(Study(study=question, experiment=alone), folds=2)


OURS, THEIRS = (0.80, 0.84, 0.79, 0.86, 0.83, 0.81), (0.70, 0.71, 0.74, 0.76, 0.69, 0.77)


def gain_results(ours: tuple[float, ...], theirs: tuple[float, ...]) -> tuple[tuple[Trial, ...], dict[str, Numbers]]:
    trials = transfer_gain.plan(BASE, TransferGain(seeds=len(ours), features=False))
    values = {"transfer": ours, "scratch": theirs}
    return trials, {trial.key: numbers(values[trial.row][trial.column]) for trial in trials}


def test_a_gain_above_zero_helps_and_is_scipys() -> None:
    found = transfer_gain.verdict(*gain_results(OURS, THEIRS))
    wanted = stats.ttest_rel(OURS, THEIRS)
    (gain,) = found.gains
    assert found.outcome == "helps"
    assert not found.advice
    assert (gain.low, gain.high, gain.p) == pytest.approx((*wanted.confidence_interval(0.95), wanted.pvalue))
    assert gain.sign_flip == 2 / 64
    assert gain.pairs == 6


def test_an_interval_below_zero_is_negative_transfer_and_says_what_to_try() -> None:
    found = transfer_gain.verdict(*gain_results(THEIRS, OURS))
    assert found.outcome == "harms"
    assert len(found.advice) >= 2


def test_an_interval_that_holds_zero_decides_nothing() -> None:
    found = transfer_gain.verdict(*gain_results((0.8, 0.6, 0.7), (0.7, 0.65, 0.72)))
    assert found.outcome == "undecided"
    assert found.gains[0].sign_flip is None


def test_a_seed_of_which_one_run_failed_is_no_pair() -> None:
    trials, results = gain_results(OURS, THEIRS)
    del results["scratch seed 8"]
    gain = transfer_gain.verdict(trials, results).gains[0]
    assert gain.pairs == 5
    assert gain.mean == pytest.approx(sum(a - b for a, b in zip(OURS, THEIRS, strict=True) if a != 0.84) / 5)


def test_without_a_pair_nothing_is_said_of_an_interval() -> None:
    trials, results = gain_results(OURS, THEIRS)
    alone = transfer_gain.verdict(trials, {key: found for key, found in results.items() if "scratch" in key})
    assert (alone.outcome, alone.gains, alone.advice) == ("undecided", (), ())


def test_curves_are_held_against_what_scratch_ends_with() -> None:
    curve = transfer_gain.verdict(*gain_results((0.8, 0.8), (0.4, 0.4))).curve
    assert curve is not None
    assert (curve.jumpstart, curve.asymptotic_gain, curve.threshold) == pytest.approx((0.2, 0.4, 0.4))
    assert (curve.time_to_threshold, curve.scratch_time) == (1.0, 2.0)


def test_without_any_result_there_is_no_verdict() -> None:
    study = Study(study=TransferGain(), experiment=BASE)
    assert judge(study, plan(study, 0), {}, 0) is None


# --- the ladder ------------------------------------------------------------------------------------------------------


def test_a_ladder_climbs_from_the_head_to_everything() -> None:
    trials = freezing_ladder.plan(BASE, FreezingLadder(blocks=(2, 0), seeds=2))
    found = [freezing_ladder.experiment_of(BASE, trial).transfer.freezing for trial in trials[:3]]
    assert found == [Features(), LastBlocks(blocks=2), Everything()]


def test_a_ladder_of_one_rung_is_refused() -> None:
    with pytest.raises(UserError, match=r"study\.blocks"):
        freezing_ladder.plan(BASE, FreezingLadder(blocks=()))


def test_the_cheapest_rung_within_one_error_is_chosen() -> None:
    trials = freezing_ladder.plan(BASE, FreezingLadder(blocks=(0, 1), seeds=2))
    means = {"0": (0.5, 10), "1": (0.81, 100), "everything": (0.82, 1000)}
    results = {
        trial.key: numbers(means[trial.row][0] + 0.05 * trial.column, trainable=means[trial.row][1], total=1000)
        for trial in trials
    }
    found = freezing_ladder.verdict(trials, results)
    assert [rung.trainable for rung in found.rungs] == [10, 100, 1000]
    assert (found.best, found.chosen) == (2, 1)


def test_the_test_judges_a_rung_and_does_not_choose_it() -> None:
    trials = freezing_ladder.plan(BASE, FreezingLadder(blocks=(0, 1), seeds=2))
    validated = {"0": 0.5, "1": 0.7, "everything": 0.9}
    verdicts = []
    for tested in ({"0": 0.9, "1": 0.7, "everything": 0.5}, {"0": 0.1, "1": 0.2, "everything": 0.3}):
        results = {
            trial.key: numbers(tested[trial.row], accuracies=(0.1, validated[trial.row], 0.2)) for trial in trials
        }
        verdicts.append(freezing_ladder.verdict(trials, results))
    assert [(found.best, found.chosen) for found in verdicts] == [(2, 2), (2, 2)]
    assert [rung.validation for rung in verdicts[0].rungs] == pytest.approx([0.5, 0.7, 0.9])
    assert [rung.score.mean for rung in verdicts[0].rungs] == pytest.approx([0.9, 0.7, 0.5])


def test_a_rung_takes_no_time_for_the_source_that_its_first_run_learnt() -> None:
    trials = freezing_ladder.plan(BASE, FreezingLadder(blocks=(0,), seeds=2))
    first, last = {"seconds": 90.0, "times": (1.0, 2.0)}, {"seconds": 5.0, "times": (2.0, 4.0)}
    results = {trial.key: numbers(0.5, **(last if trial.column else first)) for trial in trials}
    assert [rung.seconds for rung in freezing_ladder.verdict(trials, results).rungs] == [3.0, 3.0]
    untimed = {key: numbers(0.5) for key in results}
    assert [rung.seconds for rung in freezing_ladder.verdict(trials, untimed).rungs] == [1.0, 1.0]


# --- label savings ---------------------------------------------------------------------------------------------------


def test_sizes_of_one_seed_are_draws_of_one_experiment() -> None:
    study = Study(study=LabelSavings(per_class=(5, 1), seeds=2), experiment=BASE)
    trials = plan(study, 0)
    assert [(trial.seed, trial.per_class, trial.arm) for trial in trials[:4]] == [
        (7, 1, "transfer"),
        (7, 1, "scratch"),
        (7, 5, "transfer"),
        (7, 5, "scratch"),
    ]
    assert experiment_of(study, trials[2]).target.per_class == 5


def test_equivalent_labels_are_read_off_a_line_in_log_n() -> None:
    (saving, *_) = label_savings.savings([10, 100, 1000], [0.6, 0.8, 0.9], [0.3, 0.5, 0.7])
    assert saving.equivalent == pytest.approx(math.sqrt(100 * 1000))  # half way between 0.5 and 0.7
    assert saving.times == pytest.approx(math.sqrt(100 * 1000) / 10)


def test_what_scratch_never_reaches_is_a_bound() -> None:
    saving = label_savings.savings([10, 100], [0.9, 0.95], [0.3, 0.5])[0]
    assert (saving.equivalent, saving.times, saving.is_bound) == (None, 10.0, True)


def test_what_scratch_reaches_with_the_fewest_tells_nothing() -> None:
    saving = label_savings.savings([10, 100], [0.2, 0.6], [0.3, 0.5])[0]
    assert (saving.equivalent, saving.times, saving.is_bound) == (None, None, False)


def test_a_curve_that_dips_has_reached_an_accuracy_where_it_begins_above_it() -> None:
    saving = label_savings.savings([10, 100, 1000], [0.45, 0.7, 0.8], [0.5, 0.4, 0.6])[0]
    assert (saving.equivalent, saving.times, saving.is_bound) == (None, None, False)


def test_the_median_of_the_savings_is_told() -> None:
    trials = label_savings.plan(BASE, LabelSavings(per_class=(1, 10, 100), seeds=2))
    table = {"transfer": {1: 0.5, 10: 0.7, 100: 0.9}, "scratch": {1: 0.1, 10: 0.5, 100: 0.7}}
    results = {
        trial.key: numbers(table[trial.arm or ""][trial.per_class or 0], pictures=3 * (trial.per_class or 0))
        for trial in trials
    }
    found = label_savings.verdict(trials, results)
    assert found.pictures == (3, 30, 300)
    assert [saving.times for saving in found.savings] == pytest.approx([10, 10, 1.0])
    assert found.times == pytest.approx(10)
    assert not found.is_bound
