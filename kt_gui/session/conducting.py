"""The trials of a study, handed out to a crew as soon as each may begin, until the last has ended."""

import math
import time
from collections.abc import Generator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

from kt_gui.schema.errors import UserError
from kt_gui.schema.events import CheckpointSaved, Event, Happening, PhaseStarted
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.schema.studies import LambdaSearch, Numbers, Study, Trial
from kt_gui.schema.study_answers import LambdaVerdict, Verdict
from kt_gui.schema.study_events import TrialEnded, TrialStarted, TrialState, TrialTold
from kt_gui.schema.texts import tr
from kt_gui.schema.tuning import Tuning, TuningVerdict
from kt_gui.session import folds as folding
from kt_gui.session import trials as work
from kt_gui.session.crews import Crew, Over, explain
from kt_gui.session.folds import Folds
from kt_gui.session.trials import Sources
from kt_gui.session.tuning import Search
from kt_gui.store import runs, studies
from kt_gui.store.folders import Home
from kt_gui.studies import lambda_search, planning, tuning

if TYPE_CHECKING:
    from kt_gui.engine.linear_probes import Probe


@dataclass
class Studying:
    """A study at work."""

    asked: Study
    folder: Path
    stop: StopToken
    home: Home
    folds: Folds | None
    trials: tuple[Trial, ...]
    crew: Crew
    results: dict[str, Numbers] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    settled: set[str] = field(default_factory=set)
    """The keys of trials that have ended, however they did."""
    begun: dict[str, Path] = field(default_factory=dict)
    """The runs of trials, by their keys, that may be gone on with."""
    running: dict[str, Trial] = field(default_factory=dict)
    sources: Sources = field(default_factory=Sources)
    done: int = 0
    began: float = field(default_factory=time.monotonic)
    seconds_before: float = 0.0
    """What earlier starts of the study took."""
    solved: "dict[tuple[float, int], Probe] | None" = None
    search: Search | None = None
    """What a tuning asks what to try; begun with its first try."""
    is_measured: bool = False
    """Whether a run has come so far that it is known how the network uses the machine best. That is measured: several
    at once would disturb each other, and might not agree."""

    @property
    def pictures(self) -> int:
        """That folds are made of."""
        return self.folds.pictures if self.folds else 0

    def verdict(self) -> Verdict | None:
        """What the study says so far."""
        return planning.verdict(self.asked, self.trials, self.results, self.pictures)


def take_all(at_work: Studying) -> Generator[Event, None, None]:
    """Take trial after trial, or several at once, until the study is stopped. Raises Stopped where it is to be thrown
    away.
    """
    waiting = [trial for trial in at_work.trials if trial.key not in at_work.results]
    yield from _hand_out(at_work, waiting)
    with closing(at_work.crew.listen()) as said:
        for key, told in said:
            yield from _hear(at_work, at_work.running[key], told)
            if isinstance(told, Over | CheckpointSaved | PhaseStarted):
                yield from _hand_out(at_work, waiting)
    if at_work.stop.verb == "discard":
        raise Stopped


def _hand_out(at_work: Studying, waiting: list[Trial]) -> Generator[Event, None, None]:
    """Begin with those that may begin, in the order of the plan, as many as the crew has hands for.

    Once more where some have ended at once: others may have waited for them.
    """
    before = -1
    while before < len(at_work.settled):
        before = len(at_work.settled)
        for trial in tuple(waiting):
            hands = at_work.crew.capacity if at_work.is_measured else 1
            if len(at_work.running) >= hands or _is_held(at_work):
                return
            if planning.needs(at_work.asked, at_work.trials, trial) <= at_work.settled:
                yield from _take(at_work, waiting, trial)


def _take(at_work: Studying, waiting: list[Trial], trial: Trial) -> Generator[Event, None, None]:
    """Begin with a trial, unless its source is still to be learnt by another."""
    settled = _settled(at_work, trial)
    if not _is_source_awaited(at_work, settled):
        waiting.remove(trial)
        with suppress(Stopped):
            yield from _begin(at_work, settled)


def _is_held(at_work: Studying) -> bool:
    """Whether no other trial is to begin. A pause is waited for here only where no run at work has to hear of it."""
    if at_work.running and at_work.stop.paused:
        return True
    return at_work.stop.requested()


def _settled(at_work: Studying, trial: Trial) -> Trial:
    """Give a try of a tuning its settings, once all is known that they follow from; any other trial is as planned."""
    if not isinstance(at_work.asked.study, Tuning):
        return trial
    at_work.search = at_work.search or Search(at_work.asked, at_work.folder)
    at_work.trials = at_work.search.settled(at_work.trials, at_work.results, trial)
    return next(each for each in at_work.trials if each.key == trial.key)


def _is_source_awaited(at_work: Studying, trial: Trial) -> bool:
    """Whether a trial's source is just being learnt by another."""
    if trial.role == "refit" or not at_work.running:
        return False
    learning = (at_work.begun[key] for key in at_work.running)
    return at_work.sources.is_awaited(planning.experiment_of(at_work.asked, trial), learning)


# --- one trial -------------------------------------------------------------------------------------------------------


def _begin(at_work: Studying, trial: Trial) -> Generator[Event, None, None]:
    """Let the crew do what a trial asks, unless it is let go of or has been solved with others. Raises Stopped."""
    if trial.role == "cell" and at_work.solved is None and _is_to_be_solved(at_work):
        at_work.solved = yield from _solve(at_work)
    reason = _let_go(at_work, trial)
    if reason is not None:
        yield _told(at_work, trial, "pruned", reason=reason)
        return
    probe = at_work.solved and at_work.solved.get((_strength(trial), trial.fold or 0))
    if trial.role == "cell" and probe:
        yield TrialStarted(trial=trial)
        yield _told(at_work, trial, "finished", found=_of_probe(at_work, trial, probe))
        return
    yield from _run(at_work, trial)


def _let_go(at_work: Studying, trial: Trial) -> str | None:
    """Say why a trial need not be run; None where it must be."""
    question = at_work.asked.study
    if at_work.search is not None and trial.role == "cell":
        is_hopeless = at_work.search.is_hopeless(at_work.trials, at_work.results, trial)
        return tr("it is too far behind") if is_hopeless else None
    if not isinstance(question, LambdaSearch) or not question.prune or at_work.solved:
        return None
    return lambda_search.let_go(at_work.trials, at_work.results, trial)


def _run(at_work: Studying, trial: Trial) -> Generator[Event, None, None]:
    """Have it run, or its run gone on with; whatever goes wrong there is told, and the study goes on."""
    try:
        run = yield from _prepared(at_work, trial)
    except Stopped:
        raise
    except Exception as error:  # noqa: BLE001 - one trial of many
        yield _told(at_work, trial, "failed", reason=explain(error))
        return
    if run is None:
        yield _told(at_work, trial, "failed", reason=tr("No value was judged on every fold."))
        return
    at_work.begun[trial.key] = run
    at_work.running[trial.key] = trial
    yield TrialStarted(trial=trial, run=str(run))
    if work.is_finished(run):
        yield from _close(at_work, trial, Over())
    else:
        at_work.crew.begin(trial.key, run)


def _hear(at_work: Studying, trial: Trial, told: Event | Over) -> Generator[Event, None, None]:
    """Pass on what a run tells; where several are at work, with the name of its trial."""
    if isinstance(told, Over):
        yield from _close(at_work, trial, told)
        return
    if isinstance(told, CheckpointSaved) and told.which == "source":
        at_work.sources.remember(at_work.begun[trial.key])  # from here on others may start from it
    if isinstance(told, PhaseStarted) and told.phase == "finetuning":
        at_work.is_measured = True
    yield told if at_work.crew.capacity == 1 else TrialTold(trial=trial.key, told=cast(Happening, told))


def _close(at_work: Studying, trial: Trial, over: Over) -> Generator[Event, None, None]:
    """Say what came out of a run that is over."""
    run = at_work.begun[trial.key]
    del at_work.running[trial.key]
    if not runs.is_run(run):  # thrown away
        return
    yield (yield from _found_out(at_work, trial, run, over))
    if trial.role == "cell" and at_work.folds and trial.key in at_work.results and not at_work.sources.holds(run):
        studies.forget_weights(run)  # of a fold only its figures count, unless others start from what it has learnt


def _found_out(at_work: Studying, trial: Trial, run: Path, over: Over) -> Generator[Event, None, TrialEnded]:
    if over.failure:
        return _told(at_work, trial, "failed", run, reason=over.failure)
    try:
        at_work.sources.remember(run)
        found = yield from work.found(run, at_work.asked.study, trial, at_work.stop, at_work.home)
    except UserError as error:
        return _told(at_work, trial, "failed", run, reason=explain(error))
    return _told(at_work, trial, "finished" if work.is_finished(run) else "stopped", run, found)


def _prepared(at_work: Studying, trial: Trial) -> Generator[Event, None, Path | None]:
    """Give the run of a trial; None of a refit where nothing was chosen."""
    if trial.key in at_work.begun:
        return at_work.begun[trial.key]
    experiment = _experiment(at_work, trial)
    if experiment is None:
        return None
    base = at_work.asked.experiment
    experiment = yield from work.like_for_like(base, experiment, at_work.stop, at_work.home)
    experiment = at_work.sources.spare(experiment)
    return work.create(at_work.folder, experiment, trial, at_work.folds, at_work.home)


def _experiment(at_work: Studying, trial: Trial) -> Experiment | None:
    if trial.role != "refit":
        return planning.experiment_of(at_work.asked, trial)
    match at_work.verdict():
        case LambdaVerdict() as verdict:
            return lambda_search.refit_of(at_work.asked.experiment, verdict)
        case TuningVerdict() as verdict:
            return tuning.refit_of(at_work.asked.experiment, verdict)
        case _:
            return None


def _told(
    at_work: Studying,
    trial: Trial,
    state: TrialState,
    run: Path | None = None,
    found: Numbers | None = None,
    reason: str = "",
) -> TrialEnded:
    """Take note of how a trial ended."""
    if state == "finished" and found is not None:
        at_work.results[trial.key] = found
    if state == "failed":
        at_work.failed.add(trial.key)
    at_work.settled.add(trial.key)
    at_work.done += 1
    return TrialEnded(
        trial=trial,
        state=state,
        run=str(run or ""),
        numbers=found,
        reason=reason,
        done=at_work.done,
        planned=len(at_work.trials),
        left_s=_left(at_work),
    )


def _left(at_work: Studying) -> float | None:
    """What is left takes as long as what was run, as many at once as the crew has hands for."""
    taken = [each.seconds for each in at_work.results.values() if each.seconds]
    left = (len(at_work.trials) - at_work.done) / at_work.crew.capacity
    return sum(taken) / len(taken) * left if taken else None


# --- heads that are solved -------------------------------------------------------------------------------------------


def _is_to_be_solved(at_work: Studying) -> bool:
    is_convex = lambda_search.may_be_solved(at_work.asked.experiment)
    return at_work.folds is not None and is_convex and "source" in at_work.results


def _solve(at_work: Studying) -> "Generator[Event, None, dict[tuple[float, int], Probe]]":
    """Find all heads at once; nothing where they must be trained."""
    assert at_work.folds is not None
    strengths = list(dict.fromkeys(_strength(trial) for trial in at_work.trials if trial.role == "cell"))
    found = yield from folding.solve(
        at_work.asked.experiment, at_work.begun["source"], at_work.folds, strengths, at_work.stop, at_work.home
    )
    return {(probe.strength, probe.fold): probe for probe in found or ()}


def _strength(trial: Trial) -> float:
    return math.inf if trial.strength is None else trial.strength


def _of_probe(at_work: Studying, trial: Trial, probe: "Probe") -> Numbers:
    assert at_work.folds is not None
    learns = at_work.folds.pictures - len(at_work.folds.parts[trial.fold or 0])
    accuracies = () if probe.accuracy is None else (probe.accuracy,)
    return Numbers(pictures=learns, losses=(probe.loss,), accuracies=accuracies)
