"""The plan of a λ search, which values are let go of, and the verdict, from results made by hand."""

from collections.abc import Callable

import msgspec
import numpy as np
import pytest

from kt_gui.schema.choices import SGD, CustomAugmentation, Features
from kt_gui.schema.datasets import Bundled
from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import Experiment, Target, Training, Transfer, Zoo
from kt_gui.schema.studies import LambdaSearch, Numbers, Trial
from kt_gui.schema.study_answers import LambdaVerdict
from kt_gui.studies import lambda_search
from kt_gui.studies.trials import Results

BASE = Experiment(
    name="base",
    source=Zoo(model="bundled/efficientnet_lite0"),
    target=Target(data=Bundled(name="fashion")),
    training=Training(epochs=8, batch_size=10, patience=2),
)
HEAD = msgspec.structs.replace(BASE, transfer=Transfer(freezing=Features()))
SEARCH = LambdaSearch(strengths=(0.1, 0.0, 1.0), folds=3)


def results(loss: Callable[[float | None, int, int], float | None], folds: int = 3, epochs: int = 2) -> Results:
    """Losses by strength, fold and epoch; a fold learns from 20 of 30 pictures, in two steps an epoch."""
    trials = lambda_search.plan(BASE, SEARCH, folds)
    return {
        trial.key: Numbers(
            pictures=20,
            losses=tuple(loss(trial.strength, trial.fold or 0, epoch) for epoch in range(epochs)),
            accuracies=(0.5,) * epochs,
            steps_per_epoch=2,
        )
        for trial in trials
        if trial.role == "cell"
    }


def verdict(found: Results, experiment: Experiment = BASE) -> LambdaVerdict:
    return lambda_search.verdict(experiment, lambda_search.plan(BASE, SEARCH, 3), found, pictures=30)


def test_all_values_run_on_a_fold_before_the_next_one_and_the_refit_is_last() -> None:
    trials = lambda_search.plan(BASE, SEARCH, folds=2)
    assert [(trial.strength, trial.fold) for trial in trials[:-1]] == [
        *((strength, 0) for strength in (0.0, 0.1, 1.0, None)),
        *((strength, 1) for strength in (0.0, 0.1, 1.0, None)),
    ]
    assert trials[-1].role == "refit"
    assert {trial.seed for trial in trials} == {BASE.seed}
    assert len({trial.key for trial in trials}) == len(trials)


def test_a_trial_changes_the_strength_and_keeps_the_whole_budget() -> None:
    trials = lambda_search.plan(BASE, SEARCH, folds=2)
    strong, frozen = (lambda_search.experiment_of(BASE, trials[place]) for place in (2, 3))
    assert strong.transfer == msgspec.structs.replace(BASE.transfer, strength=1.0)
    assert frozen.transfer.freezing == Features()
    assert strong.training.patience is frozen.training.patience is None
    assert strong.training.epochs == 8


def test_where_only_a_new_head_learns_beta_is_searched_for_lambda_holds_nothing() -> None:
    trials = lambda_search.plan(HEAD, SEARCH, folds=2)
    assert trials[0].role == "source"
    assert None not in {trial.strength for trial in trials if trial.role == "cell"}
    assert lambda_search.experiment_of(HEAD, trials[3]).transfer.beta == 2.0
    kept = msgspec.structs.replace(HEAD, transfer=msgspec.structs.replace(HEAD.transfer, keep_head=True))
    assert lambda_search.field_of(kept) == "transfer.lambda"


@pytest.mark.parametrize(
    "training",
    [
        Training(label_smoothing=0.1),
        Training(optimiser=SGD(weight_decay=0.1)),
        Training(augmentation=CustomAugmentation(mixup=0.2)),
        Training(clip=1.0),
    ],
)
def test_heads_are_not_solved_where_training_minimises_something_else(training: Training) -> None:
    assert lambda_search.may_be_solved(HEAD)
    assert not lambda_search.may_be_solved(msgspec.structs.replace(HEAD, training=training))
    assert not lambda_search.may_be_solved(BASE)


def test_folds_are_three_at_most_where_a_class_is_small_and_two_at_least() -> None:
    assert [lambda_search.fold_count(5, rarest) for rarest in (2, 3, 4, 5, 9)] == [2, 3, 3, 5, 5]
    assert lambda_search.fold_count(10, 7) == 7
    with pytest.raises(UserError, match="fewer than two"):
        lambda_search.fold_count(5, 1)


def test_values_that_differ_in_a_late_digit_are_values_of_their_own() -> None:
    question = LambdaSearch(strengths=(0.1234, 0.12341, 0.3, 0.1 + 0.2, 0.0, 1000.0), frozen_end=False, folds=2)
    cells = [trial for trial in lambda_search.plan(BASE, question, 2) if trial.fold == 0]
    assert [trial.row for trial in cells] == ["0", "0.1234", "0.12341", "0.3", "1000"]


def test_one_value_is_no_search() -> None:
    with pytest.raises(UserError, match=r"study\.strengths"):
        lambda_search.plan(BASE, LambdaSearch(strengths=(0.1,), frozen_end=False), 3)


def test_a_value_is_judged_at_the_one_epoch_that_is_best_over_all_folds() -> None:
    """At each fold's own best epoch the mean would be 0.1."""
    table = {0: (0.1, 0.5, 0.3), 1: (0.9, 0.1, 0.3), 2: (0.9, 0.9, 0.1)}
    found = verdict(results(lambda strength, fold, epoch: table[fold][epoch], epochs=3))
    assert found.points[0].epoch == 2
    assert found.points[0].losses == (0.3, 0.3, 0.1)
    assert found.points[0].mean == pytest.approx(0.7 / 3)
    assert found.points[0].error == pytest.approx(np.std([0.3, 0.3, 0.1], ddof=1) / np.sqrt(3))


def test_the_strongest_within_one_error_is_chosen_and_trained_as_many_steps() -> None:
    means = {0.0: 0.5, 0.1: 0.4, 1.0: 0.45, None: 0.9}
    found = verdict(results(lambda strength, fold, epoch: means[strength] + 0.1 * fold - 0.01 * epoch, epochs=8))
    assert (found.best, found.chosen, found.value) == (1, 2, 1.0)
    assert found.epochs == round(8 * 2 / 3)  # 16 steps, three to an epoch of all 30 pictures
    refit = lambda_search.refit_of(BASE, found)
    assert refit is not None
    assert (refit.transfer.strength, refit.training.epochs) == (1.0, found.epochs)


def test_the_chosen_value_brings_its_epochs_and_no_other_does() -> None:
    means = {0.0: 0.5, 0.1: 0.4, 1.0: 0.45, None: 0.9}
    found = verdict(results(lambda strength, fold, epoch: means[strength] + 0.1 * fold - 0.01 * epoch, epochs=8))
    chosen, other = (lambda_search.at_point(BASE, found, place) for place in (2, 1))
    assert (chosen.transfer.strength, chosen.training.epochs, chosen.training.patience) == (1.0, 5, None)
    assert (other.transfer.strength, other.training) == (0.1, BASE.training)
    assert chosen.name == BASE.name


def test_heads_that_were_solved_say_nothing_of_epochs() -> None:
    found = msgspec.structs.replace(verdict(results(lambda strength, fold, epoch: 0.5 + 0.1 * fold)), epochs=None)
    assert found.chosen is not None
    assert lambda_search.at_point(BASE, found, found.chosen).training == BASE.training


def test_the_frozen_end_can_be_chosen() -> None:
    found = verdict(results(lambda strength, fold, epoch: 0.5 + 0.1 * fold))
    refit = lambda_search.refit_of(BASE, found)
    assert found.value is None
    assert refit is not None
    assert refit.transfer.freezing == Features()


def test_a_value_that_was_not_judged_on_every_fold_is_not_chosen() -> None:
    every = dict(results(lambda strength, fold, epoch: 0.5 + (0.1 * strength if strength is not None else 0.2)))
    del every["0 fold 3"]
    found = verdict(every)
    assert not found.points[0].is_complete
    assert found.best == 1


def test_an_epoch_in_which_a_fold_ran_away_does_not_count() -> None:
    found = verdict(results(lambda strength, fold, epoch: None if epoch == 1 and fold == 2 else 0.5 - 0.1 * epoch))
    assert found.points[0].epoch == 0


def test_without_a_complete_value_none_is_recommended() -> None:
    found = verdict({})
    assert (found.best, found.chosen, found.epochs) == (None, None, None)
    assert lambda_search.refit_of(BASE, found) is None


def test_hopeless_values_are_let_go_of_fold_by_fold() -> None:
    search = LambdaSearch(strengths=tuple(0.1 * place for place in range(9)), folds=3)
    trials = lambda_search.plan(BASE, search, 3)
    found = {
        trial.key: Numbers(pictures=20, losses=((trial.strength or 0.0) + 0.01 * (trial.fold or 0),))
        for trial in trials
        if trial.role == "cell" and trial.strength is not None
    }
    assert let_go(trials, found, fold=0) == {}
    assert let_go(trials, found, fold=1).keys() == {"0.5", "0.6", "0.7", "0.8", "frozen"}
    assert let_go(trials, found, fold=2).keys() == {"0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "frozen"}
    assert set(let_go(trials, found, fold=2).values()) == {"it is too far behind"}


def let_go(trials: tuple[Trial, ...], found: dict[str, Numbers], fold: int) -> dict[str, str]:
    """Say of each value that is not run on a fold why."""
    cells = [trial for trial in trials if trial.fold == fold]
    told = {trial.row: lambda_search.let_go(trials, found, trial) for trial in cells}
    return {row: reason for row, reason in told.items() if reason is not None}


FIVE = LambdaSearch(strengths=(0.0, 0.001, 0.01, 0.1, 1.0), folds=2)
ROWS = ("0", "0.001", "0.01", "0.1", "1", "frozen")
BEHIND, SAME = "it is too far behind", "it comes to the same as λ {}"


def curves(trials: tuple[Trial, ...], *losses: float | None) -> dict[str, Numbers]:
    """Two epochs on the first fold: one that all have in common, then a value's own; None where it was not run."""
    known = {row: loss for row, loss in zip(ROWS, losses, strict=True) if loss is not None}
    cells = [trial for trial in trials if trial.fold == 0 and trial.row in known]
    return {trial.key: Numbers(pictures=20, losses=(2.0, known[trial.row])) for trial in cells}


def test_of_values_that_come_to_the_same_only_the_strongest_goes_on() -> None:
    trials = lambda_search.plan(BASE, FIVE, 2)
    found = curves(trials, 1.0, 1.005, 1.03, 1.032, 1.06, 1.5)
    assert let_go(trials, found, 1) == {"0": SAME.format(0.001), "0.01": SAME.format(0.1), "frozen": BEHIND}


def test_a_value_is_held_against_one_that_goes_on_itself() -> None:
    trials = lambda_search.plan(BASE, FIVE, 2)
    found = curves(trials, 1.0, 1.008, 1.016, 1.2, 1.3, 1.5)  # a hundredth off each, and two in all
    assert let_go(trials, found, 1) == {"0.001": SAME.format(0.01), "1": BEHIND, "frozen": BEHIND}


def test_on_the_first_fold_a_value_between_two_that_come_to_the_same_is_not_run() -> None:
    trials = lambda_search.plan(BASE, FIVE, 2)
    needed = {trial.row: lambda_search.needs(FIVE, trials, trial) for trial in trials if trial.fold == 0}
    assert needed.pop("0.001") == {"0 fold 1", "0.01 fold 1"}
    assert needed.pop("0.1") == {"0.01 fold 1", "1 fold 1"}
    assert set(needed.values()) == {frozenset()}
    found = curves(trials, 1.0, None, 1.005, None, 1.03, 1.5)
    assert let_go(trials, found, 0) == {"0.001": SAME.format(0.01)}
    found |= curves(trials, None, None, None, 1.02, None, None)
    assert let_go(trials, found, 1) == {
        "0": SAME.format(0.01),
        "0.001": SAME.format(0.01),
        "0.1": SAME.format(1),
    }


def test_a_value_that_failed_is_like_no_other() -> None:
    trials = lambda_search.plan(BASE, FIVE, 2)
    found = curves(trials, 1.0, 1.0, None, 1.0, 1.0, 1.5)
    assert let_go(trials, found, 0) == {}
    assert let_go(trials, found, 1)["0.01"] == BEHIND


def test_on_a_convex_problem_the_rule_finds_the_known_optimum() -> None:
    """Ridge regression to an anchor that is off by noise σ: the best λ is known from the noise, and the pick is within
    a factor of the grid above it."""
    chance, strengths = np.random.default_rng(0), np.logspace(-4, 2, 13)
    truth = chance.normal(0, 1, 20)
    anchor = truth + chance.normal(0, 0.3, 20)
    rows = chance.normal(0, 1, (60, 20))
    values = rows @ truth + chance.normal(0, 1.0, 60)
    best = 1.0 / (60 * 0.3**2)  # λ/n of the posterior mean, by noise 1 and anchor 0.3
    losses = np.zeros((len(strengths), 5))
    for fold in range(5):
        judges = np.arange(60) % 5 == fold
        for place, strength in enumerate(strengths):
            learns = rows[~judges]
            pull = strength * len(learns) * np.eye(20)
            moved = np.linalg.solve(learns.T @ learns + pull, learns.T @ (values[~judges] - learns @ anchor))
            losses[place, fold] = np.mean((values[judges] - rows[judges] @ (anchor + moved)) ** 2)
    errors = losses.std(1, ddof=1) / np.sqrt(5)
    chosen = strengths[lambda_search.one_standard_error(losses.mean(1).tolist(), errors.tolist(), strengths.tolist())]
    assert abs(np.log10(strengths[losses.mean(1).argmin()] / best)) <= 1
    assert best <= chosen
