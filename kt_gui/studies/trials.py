"""What the studies share: the results of trials, rows over seeds, experiments made for a trial."""

from collections.abc import Mapping, Sequence

import msgspec

from kt_gui.schema.choices import Freezing
from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import Experiment, Scratch
from kt_gui.schema.studies import Numbers, Trial
from kt_gui.schema.study_answers import Score
from kt_gui.schema.texts import tr
from kt_gui.studies.repetitions import repeated

Results = Mapping[str, Numbers]
"""What trials found out, by their keys; those that failed or are still to come are missing."""


def require_source(experiment: Experiment) -> None:
    """Raise UserError where there is nothing to transfer."""
    if isinstance(experiment.source, Scratch):
        raise UserError(
            tr("The experiment has no source (experiment.source): there is nothing whose help could be measured."),
            tr("Choose a source: pretrain, zoo, run or file."),
        )


def comparable(experiment: Experiment, trial: Trial) -> Experiment:
    """Give an experiment the trial's name and seed, and to its target's training the whole budget: no early stop."""
    training = msgspec.structs.replace(experiment.training, patience=None, snapshots=0)
    name = f"{experiment.name} {trial.key}"
    return msgspec.structs.replace(experiment, name=name, seed=trial.seed, training=training)


def with_freezing(experiment: Experiment, freezing: Freezing) -> Experiment:
    """The same experiment, with another part of the network learning."""
    transfer = msgspec.structs.replace(experiment.transfer, freezing=freezing)
    return msgspec.structs.replace(experiment, transfer=transfer)


def seed_of(experiment: Experiment, repetition: int) -> int:
    """Seeds follow the experiment's own."""
    return (experiment.seed + repetition) % 2**31


def rows(trials: Sequence[Trial]) -> dict[str, list[Trial]]:
    """Give the trials row by row, in the order in which rows come first."""
    found: dict[str, list[Trial]] = {}
    for trial in trials:
        found.setdefault(trial.row, []).append(trial)
    return found


def score(trials: Sequence[Trial], results: Results) -> Score:
    """Sum up a row over its seeds."""
    numbers = [results.get(trial.key) for trial in trials]
    accuracies = tuple(each.accuracy if each else None for each in numbers)
    told = repeated(range(len(trials)), accuracies)
    return Score(
        name=trials[0].row,
        accuracies=accuracies,
        mean=told.mean,
        low=told.low,
        high=told.high,
        curve=mean_curve([each.accuracies for each in numbers if each]),
    )


def mean_curve(curves: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """Average curves, as far as the shortest goes."""
    return tuple(sum(each) / len(each) for each in zip(*curves, strict=False))


def paired(first: Score, second: Score) -> tuple[list[float], list[float]]:
    """Give the accuracies of the seeds that both have."""
    both = zip(first.accuracies, second.accuracies, strict=True)
    pairs = [(ours, theirs) for ours, theirs in both if ours is not None and theirs is not None]
    return [ours for ours, _ in pairs], [theirs for _, theirs in pairs]
