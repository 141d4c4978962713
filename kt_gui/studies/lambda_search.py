"""λ by cross-validation: the plan of folds, what each λ was worth, which one to use. Pure."""

import math
from collections.abc import Sequence

import msgspec

from kt_gui.schema.choices import CustomAugmentation, Features, NoAugmentation
from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import Experiment, Transfer
from kt_gui.schema.quantities import number
from kt_gui.schema.studies import LambdaSearch, Role, Trial
from kt_gui.schema.study_answers import LambdaField, LambdaVerdict, Point
from kt_gui.schema.texts import tr
from kt_gui.studies.choosing import alike, lowest, one_standard_error, survivors
from kt_gui.studies.judging import Judged, judge, whole_epochs
from kt_gui.studies.trials import Results, comparable, mean_curve, require_source, rows, with_freezing

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
    return "transfer.beta" if holds_nothing(experiment.transfer) else "transfer.lambda"


def holds_nothing(transfer: Transfer) -> bool:
    """Whether nothing that moves comes from the source: only a new head learns."""
    return isinstance(transfer.freezing, Features) and not transfer.keep_head


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
    found: list[float | None] = [*sorted({_row(strength): strength for strength in question.strengths}.values())]
    if question.frozen_end and not isinstance(experiment.transfer.freezing, Features):
        found.append(None)
    if len(found) < 2:
        raise UserError(
            tr("A search needs at least two values (study.strengths)."), tr("Write study.strengths = [0.0, 0.01, 0.1].")
        )
    return found


def _row(strength: float) -> str:
    """Name a value's row, with more digits than anybody writes: no two values share one."""
    return f"{strength:.12g}"


def _single(experiment: Experiment, role: Role) -> Trial:
    return Trial(key=role, row=role, column=0, seed=experiment.seed, role=role)


def _trial(experiment: Experiment, fold: int, strength: float | None) -> Trial:
    row = FROZEN if strength is None else _row(strength)
    key = f"{row} fold {fold + 1}"
    return Trial(key=key, row=row, column=fold, seed=experiment.seed, strength=strength, fold=fold)


def needs(question: LambdaSearch, trials: Sequence[Trial], trial: Trial) -> frozenset[str]:
    """Name the trials that must have ended before this one begins: the refit needs all, a fold the source, and where
    values are let go of, all folds before it; on the first fold, every other value those beside it.
    """
    if trial.role == "refit":
        return frozenset(other.key for other in trials if other is not trial)
    if trial.fold is None:
        return frozenset()
    found = [other for other in trials if other.role == "source"]
    if question.prune:
        found += [other for other in trials if other.fold is not None and other.fold < trial.fold]
        found += _beside(_rows(trials), trial) if trial.fold == 0 else ()
    return frozenset(other.key for other in found)


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


# --- what need not be run --------------------------------------------------------------------------------------------


def let_go(trials: Sequence[Trial], results: Results, trial: Trial) -> str | None:
    """Say why a fold of a value need not be run; None where it must be. All that it needs must have ended.

    A value is let go of where it is far behind, and where it comes to the same as a stronger one: the rule would choose
    that. On the first fold every other value waits for those beside it; where they come to the same, it does, too.
    """
    return None if trial.fold is None else _out(_rows(trials), results, trial.fold).get(trial.row)


def _out(every: Sequence[Sequence[Trial]], results: Results, fold: int) -> dict[str, str]:
    """Give the rows that need not be run on a fold, by the folds before it, and why."""
    out = {}
    for row in every:
        beside = _beside(every, row[0])
        if beside and alike(*(_curve(each, results) for each in zip(beside, strict=True))):
            out[row[0].row] = _same(beside[-1])
    for folds in range(1, fold + 1):
        out |= _doubles([row[:folds] for row in every if row[0].row not in out], results)
        losses = {row[0].row: _first(row[:folds], results) for row in every if row[0].row not in out}
        behind = losses.keys() - survivors(losses, len(every))
        out |= dict.fromkeys(behind, tr("it is too far behind"))
    return out


def _beside(every: Sequence[Sequence[Trial]], trial: Trial) -> tuple[Trial, ...]:
    """The first folds of the next weaker and the next stronger value, for every other value; nothing for the others."""
    place = [row[0].row for row in every].index(trial.row)
    is_between = place % 2 == 1 and place + 1 < len(every)
    return (every[place - 1][0], every[place + 1][0]) if is_between else ()


def _doubles(race: Sequence[Sequence[Trial]], results: Results) -> dict[str, str]:
    """Of values whose losses are alike at all epochs, only the strongest goes on."""
    found, kept = dict[str, str](), race[-1:]
    for row in reversed(race[:-1]):
        if alike(_curve(row, results), _curve(kept[0], results)):
            found[row[0].row] = _same(kept[0][0])
        else:
            kept = [row]
    return found


def _curve(row: Sequence[Trial], results: Results) -> tuple[float, ...]:
    """The mean loss of folds epoch by epoch; nothing where one was not run or ran away."""
    told = [results[trial.key].losses if trial.key in results else () for trial in row]
    known = [tuple(loss for loss in losses if loss is not None) for losses in told]
    return mean_curve(known) if known == told else ()


def _same(trial: Trial) -> str:
    name = tr("features only") if trial.strength is None else f"λ {number(trial.strength)}"
    return tr("it comes to the same as {name}", name=name)


def _first(row: Sequence[Trial], results: Results) -> list[float]:
    return [math.nan if loss is None else loss for loss in judge(row, results).losses]
