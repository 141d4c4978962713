"""What a tuning tries next, and what it lets go of: asked of Optuna, whose journal lies in the study's folder.

The history of the study is the truth: when a study goes on, Optuna is told anew what stands there. Each try has a seed
of its own, so that what is asked for depends on the results before it alone, not on how often the study was stopped.
"""

import math
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kt_gui.schema.studies import Study, Trial
from kt_gui.schema.tuning import Range, Setting, Tuning, Value, Varied
from kt_gui.store.files import disk_troubles
from kt_gui.store.studies import search_storage
from kt_gui.studies import settings, tuning
from kt_gui.studies.judging import judge
from kt_gui.studies.trials import Results
from kt_gui.studies.tuning import WAVE, Settings, wave_of

if TYPE_CHECKING:
    import optuna
    from optuna.distributions import BaseDistribution

BEHIND = 0.2
"""A try is let go of where Wilcoxon's signed-rank test against the best has a smaller p. Where the best is better on
each of three folds, p is 1/8; two folds cannot come below 1/4."""
RANDOM = 2 * WAVE
"""Tries before settings follow from what was found."""


class Search:
    """Optuna's view of a tuning at work. Raises UserError where its journal cannot be written."""

    def __init__(self, asked: Study, folder: Path) -> None:
        assert isinstance(asked.study, Tuning)
        self._asked, self._question, self._folder = asked, asked.study, folder
        self._varied = settings.varied(asked.study)
        self._space: dict[str, BaseDistribution] = {settings.name_of(each): _space(each) for each in self._varied}
        self._study = _begun(folder)
        self._tries: dict[int, optuna.Trial] = {}
        self._told: set[int] = set()

    def settled(self, trials: Sequence[Trial], results: Results, wanted: Trial) -> tuple[Trial, ...]:
        """Give the trials with the settings of all tries up to the wave of the one that is wanted, for the refit of
        all; earlier waves must have ended, for the refit all of them.
        """
        with disk_troubles(self._folder):
            for number in self._unknown(trials, wanted):
                self._tell(trials, results, before=number - (number - 1) % WAVE)
                trials = tuning.settled(trials, _with_settings(trials, number, self._ask(trials, number)))
            if wanted.role != "cell":
                self._tell(trials, results, before=len(self._tries) + 1)
        return tuple(trials)

    def _unknown(self, trials: Sequence[Trial], wanted: Trial) -> list[int]:
        """Tries up to a trial's wave that Optuna does not know yet."""
        cells = [trial for trial in trials if wanted.role != "cell" or wave_of(trial) <= wave_of(wanted)]
        numbers = dict.fromkeys(trial.number for trial in cells)
        return [number for number in numbers if number is not None and number not in self._tries]

    def _ask(self, trials: Sequence[Trial], number: int) -> Settings:
        """Let a try have the settings it has had before, the first one the experiment's own, any other what Optuna
        chooses; and tell Optuna.
        """
        own = tuning.own_settings(self._asked.experiment, self._question) if number == 1 else None
        known = next((trial.settings for trial in trials if trial.number == number), None) or own
        found = known or self._drawn(number)
        named = zip(self._varied, found, strict=True)
        self._study.enqueue_trial({setting.name: _parameter(each, setting.value) for each, setting in named})
        self._tries[number] = self._study.ask(self._space)
        return found

    def _drawn(self, number: int) -> Settings:
        """Let Optuna choose, by what has ended.

        On a copy of the study: what it draws has more digits than what is run, and only the latter stands in the
        history, of which the study is told when it goes on.
        """
        import optuna

        ended = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)
        draft = optuna.create_study(sampler=_sampler(self._asked.experiment.seed, number))
        draft.add_trials(self._study.get_trials(deepcopy=False, states=ended))
        drawn = draft.ask(self._space).params
        return tuple(
            Setting(name=settings.name_of(each), value=_value(each, drawn[settings.name_of(each)]))
            for each in self._varied
        )

    def _tell(self, trials: Sequence[Trial], results: Results, before: int) -> None:
        """Tell how the first tries ended; one that was let go of, or failed, counts as the worst."""
        import optuna

        for number in range(1, before):
            if number in self._told:
                continue
            self._told.add(number)
            row = [trial for trial in trials if trial.number == number]
            self._report(row, results, len(row))
            judged = judge(row, results)
            if judged.is_complete and judged.mean is not None:
                self._study.tell(self._tries[number], judged.mean)
            else:
                self._study.tell(self._tries[number], state=optuna.trial.TrialState.PRUNED)

    def _report(self, row: Sequence[Trial], results: Results, folds: int) -> bool:
        """Report the folds of a try that were run; give whether all of the first so many were."""
        asked = self._tries[row[0].number or 0]
        losses = [_lowest(results, trial) for trial in row[:folds]]
        said = self._study.get_trials(deepcopy=False)[asked.number].intermediate_values
        for fold, loss in enumerate(losses):
            if loss is not None and fold not in said:
                asked.report(loss, fold)
        return None not in losses

    def is_hopeless(self, trials: Sequence[Trial], results: Results, trial: Trial) -> bool:
        """Whether a fold of a try need not be run, by the folds before it and the best of the earlier waves."""
        if not tuning.lets_go(self._question) or not trial.fold:
            return False
        row = [each for each in trials if each.number == trial.number]
        with disk_troubles(self._folder):
            if not self._report(row, results, trial.fold):
                return True
            return self._has_best() and self._tries[trial.number or 0].should_prune()

    def _has_best(self) -> bool:
        import optuna

        return bool(self._study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,)))


def _begun(folder: Path) -> "optuna.Study":
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings(), disk_troubles(folder):
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        pruner = optuna.pruners.WilcoxonPruner(p_threshold=BEHIND)
        return optuna.create_study(storage=search_storage(folder), study_name=folder.name, pruner=pruner)


def _sampler(seed: int, number: int) -> "optuna.samplers.BaseSampler":
    import optuna

    own = (seed * 1_000_003 + number) % 2**32
    return optuna.samplers.TPESampler(seed=own, n_startup_trials=RANDOM)


def _with_settings(trials: Sequence[Trial], number: int, found: Settings) -> Trial:
    first = next(trial for trial in trials if trial.number == number)
    return msgspec.structs.replace(first, settings=found)


def _lowest(results: Results, trial: Trial) -> float | None:
    """A fold's loss at its own best epoch: whoever is behind by that, too, need not go on."""
    found = results.get(trial.key)
    losses = [loss for loss in found.losses if loss is not None and math.isfinite(loss)] if found else []
    return min(losses, default=None)


# --- settings as Optuna knows them -----------------------------------------------------------------------------------


def _space(each: Varied) -> "BaseDistribution":
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    if isinstance(each, Range):
        return FloatDistribution(*settings.bounds(each), log=True)
    return CategoricalDistribution([_name(value) for value in settings.options(each) or ()])


def _parameter(each: Varied, value: Value) -> float | str:
    return settings.position_of(each, value) if isinstance(each, Range) and isinstance(value, float) else _name(value)


def _value(each: Varied, parameter: float | str) -> Value:
    if isinstance(each, Range):
        return settings.value_at(each, float(parameter))
    return next(value for value in settings.options(each) or () if _name(value) == parameter)


def _name(value: Value) -> str:
    return value if isinstance(value, str) else repr(value)
