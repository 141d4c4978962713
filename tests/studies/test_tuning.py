"""The plan of a tuning, what each trial waits for, and the verdict, from results made by hand."""

import math
from collections.abc import Callable

import msgspec
import numpy as np
import pytest

from kt_gui.schema import tuning_words
from kt_gui.schema.choices import Adam, Everything, Features, LastBlocks
from kt_gui.schema.datasets import Bundled
from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import Experiment, Scratch, Target, Training, Transfer, Zoo
from kt_gui.schema.studies import Numbers, Trial
from kt_gui.schema.tuning import (
    Betas,
    Freezings,
    LearningRates,
    Nothing,
    Penalties,
    Setting,
    Strengths,
    Tuning,
    TuningVerdict,
    Varied,
    WeightDecays,
)
from kt_gui.studies import settings, tuning

BASE = Experiment(
    name="base",
    source=Zoo(model="bundled/efficientnet_lite0"),
    target=Target(data=Bundled(name="fashion")),
    training=Training(epochs=8, batch_size=10, patience=2),
)
SMALL = Freezings(last=1)
GRID = Tuning(first=LearningRates(low=0.01, high=1.0), second=SMALL, full_grid=True, values=3, folds=3)
ONE = Tuning(first=Strengths(low=0.01, high=1.0), second=Nothing(), full_grid=True, values=3, folds=3)
TRAINABLE = {Features(): 10, LastBlocks(): 50, Everything(): 100}


def verdict(question: Tuning, loss: Callable[[Trial], float | None]) -> TuningVerdict:
    """Judge a plan over three folds by one epoch's losses; None is a fold that was not run."""
    trials = tuning.plan(BASE, question, 3)
    losses = {trial.key: (trial, loss(trial)) for trial in trials if trial.role == "cell"}
    results = {
        key: Numbers(pictures=20, losses=(each,), accuracies=(0.5,), steps_per_epoch=2, trainable=_trainable(trial))
        for key, (trial, each) in losses.items()
        if each is not None
    }
    return tuning.verdict(BASE, question, trials, results, 30)


def _trainable(trial: Trial) -> int:
    return next((TRAINABLE[each.value] for each in trial.settings or () if each.name == "freezing"), 1)  # type: ignore[index]


def of(trial: Trial, name: str) -> object:
    return next(each.value for each in trial.settings or () if each.name == name)


# --- the plan --------------------------------------------------------------------------------------------------------


def test_tries_come_in_waves_of_four_and_a_wave_fold_by_fold() -> None:
    trials = tuning.plan(BASE, Tuning(tries=6), 2)
    assert [(trial.number, trial.fold) for trial in trials[:-1]] == [
        *((number, fold) for fold in (0, 1) for number in (1, 2, 3, 4)),
        *((number, fold) for fold in (0, 1) for number in (5, 6)),
    ]
    assert trials[-1].role == "refit"
    assert {trial.settings for trial in trials} == {None}
    assert len({trial.key for trial in trials}) == len(trials) == 13
    assert {trial.seed for trial in trials} == {BASE.seed}


def test_a_full_grid_is_every_combination_evenly_by_the_logarithm() -> None:
    found = tuning.all_settings(GRID) or ()
    assert [tuple(setting.value for setting in each) for each in found] == [
        (rate, freezing) for rate in (0.01, 0.1, 1.0) for freezing in (Features(), LastBlocks(), Everything())
    ]
    assert settings.grid(Strengths(low=0.01, high=1.0), 3) == (0.0, 0.01, 0.1, 1.0)


def test_a_few_options_without_a_range_are_all_tried() -> None:
    both = Tuning(first=SMALL, second=Penalties(), tries=6)
    assert len(tuning.all_settings(both) or ()) == 6
    assert tuning.all_settings(msgspec.structs.replace(both, tries=5)) is None
    assert tuning.all_settings(Tuning()) is None


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (Tuning(first=LearningRates(), second=LearningRates()), "vary twice"),
        (Tuning(first=Strengths(low=1.0, high=0.1)), "ends where it begins"),
        (Tuning(first=Freezings(features=False, last=0, everything=True), second=Nothing()), "at least two"),
        (Tuning(second=Freezings(features=False, last=0, everything=False)), "at least two"),
    ],
)
def test_what_is_no_search_is_refused(question: Tuning, said: str) -> None:
    with pytest.raises(UserError, match=said):
        tuning.plan(BASE, question, 3)


def test_lambda_is_not_searched_where_it_holds_nothing() -> None:
    head = msgspec.structs.replace(BASE, transfer=Transfer(freezing=Features()))
    with pytest.raises(UserError, match="holds nothing"):
        tuning.plan(head, ONE, 3)
    assert tuning.plan(head, Tuning(first=Strengths(), second=SMALL), 3)
    free = msgspec.structs.replace(BASE, transfer=Transfer(strength=0.0))
    with pytest.raises(UserError, match="λ is 0"):
        tuning.plan(free, Tuning(first=Penalties(), second=Nothing()), 3)
    assert tuning.plan(free, Tuning(first=Penalties(), second=Strengths()), 3)
    with pytest.raises(UserError, match="no source"):
        tuning.plan(msgspec.structs.replace(BASE, source=Scratch(network="small_cnn")), ONE, 3)


def test_a_try_waits_for_earlier_waves_and_a_fold_for_those_before_it_that_could_end_it() -> None:
    question = Tuning(tries=8)
    trials = tuning.plan(BASE, question, 3)
    by_key = {trial.key: trial for trial in trials}
    first_wave = {f"try {number} fold {fold}" for number in range(1, 5) for fold in (1, 2, 3)}
    assert tuning.needs(question, trials, by_key["try 2 fold 1"]) == frozenset()
    assert tuning.needs(question, trials, by_key["try 6 fold 2"]) == first_wave | {"try 6 fold 1"}
    whole = msgspec.structs.replace(question, prune=False)
    assert tuning.needs(whole, trials, by_key["try 6 fold 2"]) == first_wave
    grid = tuning.plan(BASE, GRID, 3)
    assert [len(tuning.needs(GRID, grid, trial)) for trial in grid[:-1]] == [0] * 12 + [12] * 12 + [24] * 3
    assert len(tuning.needs(GRID, grid, grid[-1])) == 27


def test_a_tuning_is_drafted_around_the_experiments_own_learning_rate() -> None:
    slow = msgspec.structs.replace(BASE, training=Training(optimiser=Adam(learning_rate=0.0003)))
    assert tuning.drafted(slow).first == LearningRates(low=0.00003, high=0.003)
    assert tuning.own_settings(slow, tuning.drafted(slow)) is not None
    assert tuning.drafted(BASE) == Tuning()


# --- settings --------------------------------------------------------------------------------------------------------

EVERY: tuple[Varied, ...] = (LearningRates(), Freezings(), Strengths(), Betas(), WeightDecays(), Penalties())


@pytest.mark.parametrize("each", EVERY, ids=settings.name_of)
def test_every_setting_is_put_into_an_experiment_and_read_from_it(each: Varied) -> None:
    for value in settings.grid(each, 3):
        made = settings.with_settings(BASE, (Setting(name=settings.name_of(each), value=value),))
        assert settings.value_of(made, settings.name_of(each)) == value
        assert settings.holds(each, value)


@pytest.mark.parametrize("each", [LearningRates(), Strengths(), WeightDecays(low=0.0012345, high=0.3)])
def test_what_a_range_is_searched_at_stands_for_a_value_within_it(each: LearningRates | Strengths) -> None:
    low, high = settings.bounds(each)
    values = [settings.value_at(each, float(place)) for place in np.geomspace(low, high, 50)]
    assert all(settings.holds(each, value) for value in values)
    assert values == sorted(values)
    assert (0.0 in values) == settings.has_zero(each)
    for value in values:
        assert low <= settings.position_of(each, value) <= high
        assert settings.value_at(each, settings.position_of(each, value)) == pytest.approx(value, rel=0.005)


def test_the_first_try_is_the_experiments_own_where_that_is_searched() -> None:
    found = tuning.own_settings(BASE, Tuning())
    assert found is not None
    assert [each.value for each in found] == [0.01, Everything()]
    assert tuning.own_settings(BASE, Tuning(first=LearningRates(low=0.1, high=1.0))) is None


# --- the verdict -----------------------------------------------------------------------------------------------------


def test_the_lowest_mean_is_chosen_and_simpler_tries_that_are_hardly_worse_are_named() -> None:
    """Best: everything at 0.1. Within its error: everything at 0.01 (a lower rate), the last block at 0.1 (less
    learns), and the last block at 1.0, which learns faster and so is no simpler.
    """
    means = {
        (0.1, Everything()): 0.40,
        (0.01, Everything()): 0.43,
        (0.1, LastBlocks()): 0.44,
        (1.0, LastBlocks()): 0.41,
    }
    found = verdict(
        GRID,
        lambda trial: means.get((of(trial, "learning_rate"), of(trial, "freezing")), 0.9) + 0.1 * (trial.fold or 0),  # type: ignore[call-overload]
    )
    assert found.chosen == found.best
    assert found.chosen is not None
    chosen = found.tries[found.chosen]
    assert [each.value for each in chosen.settings] == [0.1, Everything()]
    assert chosen.mean == pytest.approx(0.5)
    assert chosen.error == pytest.approx(0.1 / math.sqrt(3))
    simpler = {tuple(each.value for each in found.tries[place].settings) for place in found.simpler}
    assert simpler == {(0.01, Everything()), (0.1, LastBlocks())}
    assert "2 tries are simpler" in tuning_words.why(found)


def test_where_a_pull_alone_varies_the_strongest_within_one_error_is_chosen() -> None:
    means = {0.0: 0.5, 0.01: 0.40, 0.1: 0.43, 1.0: 0.9}
    found = verdict(ONE, lambda trial: means[of(trial, "lambda")] + 0.1 * (trial.fold or 0))  # type: ignore[index]
    assert (found.best, found.chosen) == (1, 2)
    assert tuning_words.answer(found) == "Use λ 0.1"
    refit = tuning.refit_of(BASE, found)
    assert refit is not None
    assert (refit.transfer.strength, refit.training.epochs, refit.training.patience) == (0.1, 1, None)


def test_a_try_that_was_let_go_of_is_not_chosen_however_low_its_folds() -> None:
    found = verdict(ONE, lambda trial: None if (of(trial, "lambda"), trial.fold) == (1.0, 2) else 0.5)
    low = verdict(
        ONE, lambda trial: None if of(trial, "lambda") == 1.0 and trial.fold == 2 else (0.1, 0.5)[trial.number != 4]
    )
    assert found.tries[3].is_complete is False
    assert low.chosen == 2
    assert low.tries[3].mean == pytest.approx(0.1)


def test_nothing_is_chosen_before_a_try_is_complete() -> None:
    found = verdict(ONE, lambda trial: 0.5 if trial.fold == 0 else None)
    assert (found.best, found.chosen, tuning.refit_of(BASE, found)) == (None, None, None)
    assert "none can be recommended" in tuning_words.answer(found)


def test_settings_told_with_one_trial_hold_for_all_folds_of_its_try() -> None:
    trials = tuning.plan(BASE, Tuning(tries=5), 2)
    told = msgspec.structs.replace(trials[0], settings=(Setting(name="learning_rate", value=0.1),))
    found = tuning.settled(trials, told)
    assert {trial.number for trial in found if trial.settings} == {1}
    assert sum(trial.settings is not None for trial in found) == 2
