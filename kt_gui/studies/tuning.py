"""Settings by cross-validation: the plan of tries, what each was worth, which settings to use. Pure.

Tries are asked for in waves of one size, whatever runs them: each wave knows the tries of those before it, and a try
is let go of by those alone. So few or many workers come to the same.
"""

import math
from collections.abc import Sequence
from itertools import product

import msgspec

from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.studies import Trial
from kt_gui.schema.texts import tr
from kt_gui.schema.tuning import LearningRates, Setting, Try, Tuning, TuningVerdict, Varied
from kt_gui.studies.choosing import lowest, one_standard_error
from kt_gui.studies.judging import Judged, judge, whole_epochs
from kt_gui.studies.lambda_search import holds_nothing
from kt_gui.studies.settings import (
    PULLS,
    grid,
    holds,
    is_simpler,
    name_of,
    options,
    value_of,
    varied,
    with_settings,
)
from kt_gui.studies.trials import Results, comparable, require_source, rows

WAVE = 4
"""Tries that are asked for at once."""
BEFORE = 3
"""Folds on all of which a try must be behind before it is let go of."""

Settings = tuple[Setting, ...]


def drafted(experiment: Experiment) -> Tuning:
    """A tuning as usual: learning rates around the experiment's own, a factor of ten each way, and freezing."""
    rate = experiment.training.optimiser.learning_rate
    low, high = (float(f"{each:.3g}") for each in (rate / 10, min(10 * rate, 100.0)))
    return Tuning(first=LearningRates(low=low, high=high))


def plan(experiment: Experiment, question: Tuning, folds: int) -> tuple[Trial, ...]:
    """List the trials: wave by wave, and in each fold by fold, so that hopeless tries show early; then the refit.

    Settings of tries that follow from others are None. Raises UserError.
    """
    require_source(experiment)
    searched = varied(question)
    _require_effect(experiment, searched)
    known: Sequence[Settings | None] = all_settings(question) or (None,) * question.tries
    every = list(enumerate(known, 1))
    made = [
        _trial(experiment, number, fold, settings)
        for start in range(0, len(every), WAVE)
        for fold in range(folds)
        for number, settings in every[start : start + WAVE]
    ]
    return (*made, Trial(key="refit", row="refit", column=0, seed=experiment.seed, role="refit"))


def _trial(experiment: Experiment, number: int, fold: int, settings: Settings | None) -> Trial:
    row = f"try {number}"
    return Trial(
        key=f"{row} fold {fold + 1}",
        row=row,
        column=fold,
        seed=experiment.seed,
        fold=fold,
        number=number,
        settings=settings,
    )


def _require_effect(experiment: Experiment, searched: Sequence[Varied]) -> None:
    """Raise UserError where what varies would change nothing."""
    names = {name_of(each) for each in searched}
    if "penalised" in names and "lambda" not in names and not experiment.transfer.strength:
        raise UserError(
            tr("λ is 0 (transfer.lambda): what it holds changes nothing."), tr("Let λ vary, too, or set it above 0.")
        )
    is_free = holds_nothing(experiment.transfer) and "freezing" not in names
    if is_free and names & {"lambda", "penalised"}:
        raise UserError(
            tr("With features only and a new head, λ holds nothing: no value of it would change anything."),
            tr("Vary β (beta) instead, or let more blocks learn."),
        )


# --- what is tried ---------------------------------------------------------------------------------------------------


def all_settings(question: Tuning) -> tuple[Settings, ...] | None:
    """List all settings of a search that tries every combination; None where they follow from what was found.

    A few options without any range are tried whole, too.
    """
    searched = varied(question)
    values = [options(each) for each in searched]
    is_small = None not in values and math.prod(len(each or ()) for each in values) <= question.tries
    if not question.full_grid and not is_small:
        return None
    names = [name_of(each) for each in searched]
    every = product(*(grid(each, question.values) for each in searched))
    return tuple(tuple(Setting(name=n, value=v) for n, v in zip(names, each, strict=True)) for each in every)


def own_settings(experiment: Experiment, question: Tuning) -> Settings | None:
    """The settings that the experiment has: the first try, so that what is chosen is held against them; None where
    they are not among those that are searched.
    """
    own = [(each, value_of(experiment, name_of(each))) for each in varied(question)]
    if not all(holds(each, value) for each, value in own):
        return None
    return tuple(Setting(name=name_of(each), value=value) for each, value in own)


def lets_go(question: Tuning) -> bool:
    """Whether hopeless tries are let go of."""
    return question.prune and not question.full_grid


def wave_of(trial: Trial) -> int:
    """Which wave a try belongs to, from 0."""
    return ((trial.number or 1) - 1) // WAVE


def needs(question: Tuning, trials: Sequence[Trial], trial: Trial) -> frozenset[str]:
    """Name the trials that must have ended before this one can be run, by their keys.

    A try waits for all earlier waves; a fold that may be let go of, for the folds of its try before it; the refit for
    everything.
    """
    cells = [each for each in trials if each.role == "cell"]
    if trial.role != "cell":
        return frozenset(each.key for each in cells)
    found = [each for each in cells if wave_of(each) < wave_of(trial)]
    if lets_go(question):
        found += [each for each in cells if each.row == trial.row and each.column < trial.column]
    return frozenset(each.key for each in found)


def settled(trials: Sequence[Trial], told: Trial) -> tuple[Trial, ...]:
    """The same trials, all of a try with the settings that one of them was told with."""
    if told.settings is None:
        return tuple(trials)
    return tuple(
        msgspec.structs.replace(each, settings=told.settings) if each.number == told.number else each for each in trials
    )


# --- the experiments -------------------------------------------------------------------------------------------------


def experiment_of(experiment: Experiment, trial: Trial) -> Experiment:
    """Make the experiment of a fold; which pictures it sees is dealt elsewhere."""
    assert trial.settings is not None, trial.key
    return comparable(with_settings(experiment, trial.settings), trial)


def at_try(experiment: Experiment, verdict: TuningVerdict, place: int) -> Experiment:
    """The same experiment with settings that were tried; with the chosen ones also for as long as they were judged."""
    made = with_settings(experiment, verdict.tries[place].settings)
    if place != verdict.chosen or verdict.epochs is None:
        return made
    training = msgspec.structs.replace(made.training, epochs=verdict.epochs, patience=None)
    return msgspec.structs.replace(made, training=training)


def refit_of(experiment: Experiment, verdict: TuningVerdict) -> Experiment | None:
    """Make the run that learns from all pictures with what was chosen; None where nothing could be."""
    if verdict.chosen is None:
        return None
    made = at_try(experiment, verdict, verdict.chosen)
    training = msgspec.structs.replace(made.training, patience=None)
    return msgspec.structs.replace(made, training=training, name=f"{experiment.name} refit")


# --- the verdict -----------------------------------------------------------------------------------------------------


def verdict(
    experiment: Experiment, question: Tuning, trials: Sequence[Trial], results: Results, pictures: int
) -> TuningVerdict:
    """Say which settings to use, by the folds that were run; `pictures` are those the folds are made of."""
    begun = [row for row in rows(trials).values() if row[0].role == "cell" and row[0].settings is not None]
    judged = [judge(row, results) for row in begun]
    tries = tuple(_try(row, each, results) for row, each in zip(begun, judged, strict=True))
    names = tuple(name_of(each) for each in varied(question))
    if not any(each.is_complete for each in tries):
        return TuningVerdict(names=names, tries=tries, best=None, chosen=None, pictures=pictures)
    best, chosen = _choose(tries)
    return TuningVerdict(
        names=names,
        tries=tries,
        best=best,
        chosen=chosen,
        simpler=_simpler(tries, best, chosen),
        epochs=whole_epochs(experiment, judged[chosen], pictures),
        pictures=pictures,
    )


def _try(row: Sequence[Trial], judged: Judged, results: Results) -> Try:
    return Try(
        number=row[0].number or 0,
        settings=row[0].settings or (),
        losses=judged.losses,
        mean=judged.mean,
        error=judged.error,
        accuracy=judged.accuracy,
        epoch=judged.epoch,
        is_complete=judged.is_complete,
        trainable=max((results[trial.key].trainable for trial in row if trial.key in results), default=0),
    )


def _choose(tries: Sequence[Try]) -> tuple[int, int]:
    """Give the places of the best and of the chosen try.

    Where a pull alone varies, the strongest within one standard error of the best is chosen, as in a λ search.
    Otherwise the best: of two settings at once, or of learning rates, none is the safer one by itself.
    """
    means = [each.mean if each.is_complete and each.mean is not None else math.nan for each in tries]
    errors = [each.error or 0.0 for each in tries]
    if {setting.name for each in tries for setting in each.settings} <= set(PULLS) and len(tries[0].settings) == 1:
        pulls = [each.settings[0].value for each in tries]
        strengths = [value if isinstance(value, float) else math.nan for value in pulls]
        return lowest(means, strengths), one_standard_error(means, errors, strengths)
    best = lowest(means, [-float(each.number) for each in tries])
    return best, best


def _simpler(tries: Sequence[Try], best: int, chosen: int) -> tuple[int, ...]:
    bound = (tries[best].mean or 0.0) + (tries[best].error or 0.0)
    return tuple(
        place
        for place, each in enumerate(tries)
        if each.is_complete and each.mean is not None and each.mean <= bound and is_simpler(each, tries[chosen])
    )
