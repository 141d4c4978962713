"""λ by cross-validation: the plan of folds, what each λ was worth, which one to use. Pure."""

import math
from collections.abc import Sequence

import msgspec

from kt_gui.schema.choices import CustomAugmentation, Features, NoAugmentation
from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.quantities import number
from kt_gui.schema.studies import LambdaSearch, Role, Trial
from kt_gui.schema.study_answers import LambdaField, LambdaVerdict, Point
from kt_gui.schema.texts import tr
from kt_gui.studies.choosing import lowest, one_standard_error, survivors
from kt_gui.studies.judging import Judged, judge, whole_epochs
from kt_gui.studies.trials import Results, comparable, require_source, rows, with_freezing

FROZEN = "frozen"
ENOUGH = 5
"""Pictures of the rarest class; with fewer there are three folds at most."""


def fold_count(asked: int, rarest: int) -> int:
    """Say how many folds there are, where the rarest class has so many pictures (or groups). Raises UserError."""
    folds = min(asked, rarest, asked if rarest >= ENOUGH else 3)
    if folds < 2:
        raise UserError(
            tr("A class has fewer than two pictures to learn from: they cannot be dealt out to folds."),
            tr("Add pictures to that class, or leave it out."),
        )
    return folds


def field_of(experiment: Experiment) -> LambdaField:
    """Say which setting is searched: where only a new head learns, λ holds nothing, and β/2 takes its place."""
    is_head_only = isinstance(experiment.transfer.freezing, Features)
    return "transfer.beta" if is_head_only and not experiment.transfer.keep_head else "transfer.lambda"


def may_be_solved(experiment: Experiment) -> bool:
    """Whether heads may be solved instead of trained: one on features that stand still, and the plain loss.

    Each picture is looked at in fixed ways then, all of which are learnt from.
    """
    training, transfer = experiment.training, experiment.transfer
    match training.augmentation:
        case NoAugmentation():
            is_fixed = True
        case CustomAugmentation(mixup=mixup, cutmix=cutmix) if mixup or cutmix:
            is_fixed = False
        case _:
            is_fixed = transfer.views > 0
    is_plain = not training.label_smoothing and not training.optimiser.weight_decay and training.clip is None
    return isinstance(transfer.freezing, Features) and is_fixed and is_plain


def plan(experiment: Experiment, question: LambdaSearch, folds: int) -> tuple[Trial, ...]:
    """List the trials: fold by fold all values, so that hopeless ones show early; then the refit. Raises UserError."""
    require_source(experiment)
    strengths = _strengths(experiment, question)
    cells = [(fold, strength) for fold in range(folds) for strength in strengths]
    before = (_single(experiment, "source"),) if may_be_solved(experiment) else ()
    grid = (_trial(experiment, fold, strength) for fold, strength in cells)
    return (*before, *grid, _single(experiment, "refit"))


def _strengths(experiment: Experiment, question: LambdaSearch) -> list[float | None]:
    """From the weakest to the strongest. Raises UserError for fewer than two."""
    found: list[float | None] = [*sorted(set(question.strengths))]
    if question.frozen_end and not isinstance(experiment.transfer.freezing, Features):
        found.append(None)
    if len(found) < 2:
        raise UserError(
            tr("A search needs at least two values (study.strengths)."), tr("Write study.strengths = [0.0, 0.01, 0.1].")
        )
    return found


def _single(experiment: Experiment, role: Role) -> Trial:
    return Trial(key=role, row=role, column=0, seed=experiment.seed, role=role)


def _trial(experiment: Experiment, fold: int, strength: float | None) -> Trial:
    row = FROZEN if strength is None else number(strength)
    key = f"{row} fold {fold + 1}"
    return Trial(key=key, row=row, column=fold, seed=experiment.seed, strength=strength, fold=fold)


def needs(question: LambdaSearch, trials: Sequence[Trial], trial: Trial) -> frozenset[str]:
    """Name the trials that must have ended before this one begins: the refit needs all, a fold the source, and where
    hopeless values are let go of, all folds before it.
    """
    if trial.role == "refit":
        return frozenset(other.key for other in trials if other is not trial)
    if trial.fold is None:
        return frozenset()
    before = (other for other in trials if other.fold is not None and other.fold < trial.fold)
    earlier = (other.key for other in before if question.prune)
    return frozenset(earlier) | {other.key for other in trials if other.role == "source"}


def experiment_of(experiment: Experiment, trial: Trial) -> Experiment:
    """Make the experiment of a fold, or of what only fetches the source; which pictures it sees is dealt elsewhere."""
    if trial.role == "source":
        made = comparable(experiment, trial)
        return msgspec.structs.replace(made, training=msgspec.structs.replace(made.training, epochs=1))
    return comparable(with_strength(experiment, trial.strength), trial)


def with_strength(experiment: Experiment, strength: float | None) -> Experiment:
    """The same experiment at a value of the search; None is its frozen end."""
    if strength is None:
        return with_freezing(experiment, Features())
    changed = {"beta": 2 * strength} if field_of(experiment) == "transfer.beta" else {"strength": strength}
    return msgspec.structs.replace(experiment, transfer=msgspec.structs.replace(experiment.transfer, **changed))


def at_point(experiment: Experiment, verdict: LambdaVerdict, place: int) -> Experiment:
    """The same experiment at a value that was tried; at the chosen one also for as long as it was chosen at."""
    found = with_strength(experiment, verdict.points[place].strength)
    if place != verdict.chosen or verdict.epochs is None:
        return found
    training = msgspec.structs.replace(found.training, epochs=verdict.epochs, patience=None)
    return msgspec.structs.replace(found, training=training)


def refit_of(experiment: Experiment, verdict: LambdaVerdict) -> Experiment | None:
    """Make the run that learns from all pictures with what was chosen; None where nothing could be."""
    if verdict.chosen is None:
        return None
    chosen = at_point(experiment, verdict, verdict.chosen)
    training = msgspec.structs.replace(chosen.training, patience=None)
    return msgspec.structs.replace(chosen, training=training, name=f"{experiment.name} refit")


# --- the verdict -----------------------------------------------------------------------------------------------------


def verdict(experiment: Experiment, trials: Sequence[Trial], results: Results, pictures: int) -> LambdaVerdict:
    """Say which λ to use, by the folds that were run; `pictures` are those the folds are made of."""
    every = _rows(trials)
    judged = [judge(row, results) for row in every]
    points = tuple(_point(row[0].strength, each) for row, each in zip(every, judged, strict=True))
    complete = [place for place, point in enumerate(points) if point.is_complete]
    field = field_of(experiment)
    if not complete:
        return LambdaVerdict(
            field=field, points=points, best=None, chosen=None, value=None, epochs=None, pictures=pictures
        )
    means = [point.mean if point.is_complete and point.mean is not None else math.nan for point in points]
    errors = [point.error or 0.0 for point in points]
    strengths = [math.inf if point.strength is None else point.strength for point in points]
    chosen = one_standard_error(means, errors, strengths)
    return LambdaVerdict(
        field=field,
        points=points,
        best=lowest(means, strengths),
        chosen=chosen,
        value=_value(field, points[chosen].strength),
        epochs=whole_epochs(experiment, judged[chosen], pictures),
        pictures=pictures,
    )


def _rows(trials: Sequence[Trial]) -> list[list[Trial]]:
    return [row for row in rows(trials).values() if row[0].role == "cell"]


def _value(field: LambdaField, strength: float | None) -> float | None:
    if strength is None:
        return None
    return 2 * strength if field == "transfer.beta" else strength


def _point(strength: float | None, judged: Judged) -> Point:
    return Point(
        strength=strength,
        losses=judged.losses,
        mean=judged.mean,
        error=judged.error,
        accuracy=judged.accuracy,
        epoch=judged.epoch,
        is_complete=judged.is_complete,
    )


def hopeless(trials: Sequence[Trial], results: Results, fold: int) -> frozenset[str]:
    """Name the rows that need not be run on a fold, by the folds before it; all of those must have been run."""
    every, out = _rows(trials), frozenset[str]()
    for folds in range(1, fold + 1):
        race = [row for row in every if row[0].row not in out]
        losses = {row[0].row: _first(row[:folds], results) for row in race}
        out |= losses.keys() - survivors(losses, len(every))
    return out


def _first(row: Sequence[Trial], results: Results) -> list[float]:
    return [math.nan if loss is None else loss for loss in judge(row, results).losses]
