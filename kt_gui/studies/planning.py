"""From a study to its trials, from a trial to its experiment, from results to the verdict: one place that knows all."""

from collections.abc import Sequence
from typing import assert_never

from kt_gui.schema.experiment import Experiment
from kt_gui.schema.studies import FreezingLadder, LabelSavings, LambdaSearch, Study, TransferGain, Trial
from kt_gui.schema.study_answers import Verdict
from kt_gui.schema.tuning import Tuning
from kt_gui.studies import freezing_ladder, label_savings, lambda_search, transfer_gain, tuning
from kt_gui.studies.trials import Results


def plan(study: Study, folds: int) -> tuple[Trial, ...]:
    """List a study's trials in the order in which they run; `folds` is for questions that are answered by folds.

    Raises UserError.
    """
    base = study.experiment
    match study.study:
        case LambdaSearch() as question:
            return lambda_search.plan(base, question, folds)
        case TransferGain() as question:
            return transfer_gain.plan(base, question)
        case FreezingLadder() as question:
            return freezing_ladder.plan(base, question)
        case LabelSavings() as question:
            return label_savings.plan(base, question)
        case Tuning() as question:
            return tuning.plan(base, question, folds)
        case _:
            assert_never(study.study)


def needs(study: Study, trials: Sequence[Trial], trial: Trial) -> frozenset[str]:
    """Name the trials that must have ended before this one begins: what it does, or whether it is done, follows from
    them. So all comes to the same, however many are done at once.
    """
    match study.study:
        case LambdaSearch() as question:
            return lambda_search.needs(question, trials, trial)
        case Tuning() as question:
            return tuning.needs(question, trials, trial)
        case TransferGain() | FreezingLadder() | LabelSavings():
            return frozenset()
        case _:
            assert_never(study.study)


def experiment_of(study: Study, trial: Trial) -> Experiment:
    """Make the experiment of a trial; that of a refit is made from the verdict instead."""
    match study.study:
        case LambdaSearch():
            return lambda_search.experiment_of(study.experiment, trial)
        case TransferGain():
            return transfer_gain.experiment_of(study.experiment, trial)
        case FreezingLadder():
            return freezing_ladder.experiment_of(study.experiment, trial)
        case LabelSavings():
            return label_savings.experiment_of(study.experiment, trial)
        case Tuning():
            return tuning.experiment_of(study.experiment, trial)
        case _:
            assert_never(study.study)


def verdict(study: Study, trials: Sequence[Trial], results: Results, pictures: int) -> Verdict | None:
    """Say what came out so far; None where that is nothing. `pictures` are those that folds are made of."""
    if not results:
        return None
    match study.study:
        case LambdaSearch():
            return lambda_search.verdict(study.experiment, trials, results, pictures)
        case TransferGain():
            return transfer_gain.verdict(trials, results)
        case FreezingLadder():
            return freezing_ladder.verdict(trials, results)
        case LabelSavings():
            return label_savings.verdict(trials, results)
        case Tuning() as question:
            return tuning.verdict(study.experiment, question, trials, results, pictures)
        case _:
            assert_never(study.study)
