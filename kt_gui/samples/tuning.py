"""Invented tries: settings as a search might ask for them, and what they were worth. Nothing here was measured."""

import math
from collections.abc import Sequence
from random import Random

from kt_gui.schema.choices import Features, LastBlocks
from kt_gui.schema.studies import Study, Trial
from kt_gui.schema.tuning import LearningRates, Nothing, Range, Setting, Tuning, Value, Varied
from kt_gui.studies import settings, tuning

RATES = LearningRates(low=0.001, high=0.3)
TUNE = Tuning(first=RATES)
TUNE_ONE = Tuning(first=RATES, second=Nothing(), tries=12)


def settled(asked: Study, trials: Sequence[Trial]) -> tuple[Trial, ...]:
    """The trials of a tuning with settings, the first with the experiment's own; others as they were planned."""
    if not isinstance(asked.study, Tuning) or tuning.all_settings(asked.study) is not None:
        return tuple(trials)
    own = tuning.own_settings(asked.experiment, asked.study)
    for number in {trial.number for trial in trials if trial.number is not None}:
        first = next(trial for trial in trials if trial.number == number)
        found = own if number == 1 and own else _drawn(asked.study, number)
        trials = tuning.settled(trials, _with(first, found))
    return tuple(trials)


def _with(trial: Trial, found: tuple[Setting, ...]) -> Trial:
    return Trial(
        key=trial.key, row=trial.row, column=trial.column, seed=trial.seed, number=trial.number, settings=found
    )


def _drawn(question: Tuning, number: int) -> tuple[Setting, ...]:
    chance = Random(7 * number)
    return tuple(Setting(name=settings.name_of(each), value=_value(each, chance)) for each in settings.varied(question))


def _value(each: Varied, chance: Random) -> Value:
    if not isinstance(each, Range):
        return chance.choice(settings.options(each) or ("all",))
    low, high = settings.bounds(each)
    return settings.value_at(each, low * (high / low) ** chance.random())


def loss(trial: Trial) -> float:
    """Lowest at a learning rate of 0.02 with the last two blocks."""
    found = 0.45
    for setting in trial.settings or ():
        if isinstance(setting.value, float):
            found += 0.12 * (math.log10(max(setting.value, 1e-6)) + 1.7) ** 2
        elif setting.value == Features():
            found += 0.14
        elif setting.value != LastBlocks(blocks=2):
            found += 0.03
    return found
