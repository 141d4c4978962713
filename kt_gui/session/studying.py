"""A study from its first trial to its verdict, begun or gone on with. Trials are real runs, one after the other."""

import math
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Ended, Event
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.schema.studies import (
    Folded,
    LambdaSearch,
    LambdaVerdict,
    Numbers,
    Study,
    StudyEnded,
    StudyEvent,
    StudyStarted,
    Trial,
    TrialEnded,
    TrialStarted,
    TrialState,
    Verdict,
)
from kt_gui.schema.texts import tr
from kt_gui.schema.tuning import Tuning, TuningVerdict
from kt_gui.session import folds as folding
from kt_gui.session import trials as work
from kt_gui.session.folds import Folds
from kt_gui.session.foreseeing import count_runs
from kt_gui.session.trials import Sources
from kt_gui.session.tuning import Search
from kt_gui.store import history as histories
from kt_gui.store import runs, studies
from kt_gui.store.folders import Home
from kt_gui.store.history import History
from kt_gui.store.studies import Studies
from kt_gui.studies import lambda_search, planning, tuning

if TYPE_CHECKING:
    from kt_gui.engine.linear_probes import Probe


def study(asked: Study, stop: StopToken, home: Home) -> Generator[Event, None, None]:
    """Do all that a study asks; its own events and those of its runs, `StudyEnded` last.

    A trial that fails is told, and does not end the study. Raises UserError for what keeps all of them from being run.
    """
    planning.plan(asked, folds=2)  # says at once what cannot be
    folder = Studies(home).create(asked)
    try:
        yield from _watched(folder, stop, home)
    except UserError:
        if next(histories.read(folder), None) is None:  # it never began
            studies.remove(folder)
        raise


def resume_study(folder: Path, stop: StopToken, home: Home) -> Generator[Event, None, None]:
    """Go on with a study that was interrupted or stopped: what has finished is not repeated. Raises UserError."""
    last = next(histories.read_back(folder), None)
    if isinstance(last, StudyEnded) and last.ended == "finished" and not last.failed:
        raise UserError(
            tr("The study has been finished already ({folder}).", folder=str(folder)),
            tr("Start a new one with its study.toml."),
        )
    yield from _watched(folder, stop, home)


def _folds(asked: Study, stop: StopToken, home: Home) -> Generator[Event, None, Folds]:
    assert isinstance(asked.study, Folded)
    return (yield from folding.fold(asked, asked.study, stop, home))


# --- from its first trial to its last ---------------------------------------------------------------------------------


def _watched(folder: Path, stop: StopToken, home: Home) -> Generator[Event, None, None]:
    """Hold the study and write its history; one that is thrown away goes with all its runs."""
    try:
        with studies.working_on(folder), closing(History(folder)) as history:
            yield from _recorded(_conducted(folder, stop, home), history)
    except Stopped:
        if stop.verb == "discard":
            runs.remove(folder)
        yield _ended(folder, "cancelled" if stop.verb == "discard" else "stopped")


def _recorded(events: Generator[Event, None, None], history: History) -> Iterator[Event]:
    """Stamp and write down what the study tells; what its runs tell stands in their own folders."""
    with closing(events):
        for event in events:
            if not isinstance(event, StudyEvent):
                yield event
                continue
            stamped = msgspec.structs.replace(event, at=time.time())
            history.append(stamped)
            yield stamped


@dataclass
class _Studying:
    """A study at work."""

    asked: Study
    folder: Path
    stop: StopToken
    home: Home
    folds: Folds | None
    trials: tuple[Trial, ...]
    results: dict[str, Numbers] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    begun: dict[str, Path] = field(default_factory=dict)
    """The runs of trials, by their keys, that may be gone on with."""
    sources: Sources = field(default_factory=Sources)
    done: int = 0
    began: float = field(default_factory=time.monotonic)
    solved: "dict[tuple[float, int], Probe] | None" = None
    search: Search | None = None
    """What a tuning asks what to try; begun with its first try."""

    @property
    def pictures(self) -> int:
        """That folds are made of."""
        return self.folds.pictures if self.folds else 0

    def verdict(self) -> Verdict | None:
        """What the study says so far."""
        return planning.verdict(self.asked, self.trials, self.results, self.pictures)


def _conducted(folder: Path, stop: StopToken, home: Home) -> Generator[Event, None, None]:
    asked, told = studies.read_study(folder), list(histories.read(folder))
    found = (yield from _folds(asked, stop, home)) if isinstance(asked.study, Folded) else None
    planned = planning.plan(asked, len(found.parts) if found else 0)
    at_work = _Studying(asked, folder, stop, home, found, planned)
    _recall(at_work, told)
    yield StudyStarted(
        study=_identity(folder),
        name=asked.name,
        folder=str(folder),
        question=asked.study,
        trials=at_work.trials,
        runs=count_runs(asked, planned),
        resumed=bool(told),
        data=found.digest if found else "",
        pictures=at_work.pictures,
    )
    yield from _take_all(at_work)
    yield _summed_up(at_work)


def _take_all(at_work: _Studying) -> Generator[Event, None, None]:
    """Take trial after trial, until the study is stopped. Raises Stopped where it is to be thrown away."""
    for trial in at_work.trials:
        if at_work.stop.requested():
            break
        if trial.key in at_work.results:
            continue
        try:
            yield from _take(at_work, trial)
        except Stopped:
            break
    if at_work.stop.verb == "discard":
        raise Stopped


def _recall(at_work: _Studying, told: Sequence[Event]) -> None:
    """Take up what an earlier start has left. Raises UserError where the data is another than it was then."""
    for event in told:
        match event:
            case StudyStarted(data=data) if at_work.folds is not None and data != at_work.folds.digest:
                raise UserError(
                    tr("The pictures of the target are not those the study began with."),
                    tr("Put them back as they were, or start a new study with its study.toml."),
                )
            case TrialStarted(trial=trial, run=run):
                at_work.trials = tuning.settled(at_work.trials, trial)
                if run:
                    _take_up(at_work, trial, at_work.folder / "runs" / Path(run).name)
            case TrialEnded(trial=trial, state="finished", numbers=found) if found is not None:
                at_work.results[trial.key] = found
                at_work.done += 1
            case TrialEnded(trial=trial, state="failed"):
                at_work.begun.pop(trial.key, None)  # once more, from the beginning
            case _:
                pass


def _take_up(at_work: _Studying, trial: Trial, run: Path) -> None:
    if runs.is_run(run):
        at_work.begun[trial.key] = run
        at_work.sources.remember(run)


def _summed_up(at_work: _Studying) -> StudyEnded:
    ended: Ended = "stopped" if at_work.stop.verb else "finished"
    verdict = at_work.verdict()
    seconds = time.monotonic() - at_work.began
    made = _ended(at_work.folder, ended)
    return msgspec.structs.replace(
        made, name=at_work.asked.name, verdict=verdict, failed=len(at_work.failed), seconds=seconds
    )


def _ended(folder: Path, ended: Ended) -> StudyEnded:
    return StudyEnded(ended=ended, study=_identity(folder), name="", folder=str(folder), verdict=None)


def _identity(folder: Path) -> str:
    return folder.name.rpartition("-")[2]


# --- one trial -------------------------------------------------------------------------------------------------------


def _take(at_work: _Studying, trial: Trial) -> Generator[Event, None, None]:
    """Do what a trial asks, unless it is hopeless or has been solved with others."""
    trial = _settled(at_work, trial)
    if _is_hopeless(at_work, trial):
        yield _told(at_work, trial, "pruned")
        return
    if trial.role == "cell" and at_work.solved is None and _is_to_be_solved(at_work):
        at_work.solved = yield from _solve(at_work)
    probe = at_work.solved and at_work.solved.get((_strength(trial), trial.fold or 0))
    if trial.role == "cell" and probe:
        yield TrialStarted(trial=trial)
        yield _told(at_work, trial, "finished", found=_of_probe(at_work, trial, probe))
        return
    yield from _run(at_work, trial)


def _settled(at_work: _Studying, trial: Trial) -> Trial:
    """Give a try of a tuning its settings, and see that all has been told; any other trial is as it was planned."""
    if not isinstance(at_work.asked.study, Tuning):
        return trial
    at_work.search = at_work.search or Search(at_work.asked, at_work.folder)
    at_work.trials = at_work.search.settled(at_work.trials, at_work.results, trial)
    return next(each for each in at_work.trials if each.key == trial.key)


def _is_hopeless(at_work: _Studying, trial: Trial) -> bool:
    question = at_work.asked.study
    if at_work.search is not None and trial.role == "cell":
        return at_work.search.is_hopeless(at_work.trials, at_work.results, trial)
    if not isinstance(question, LambdaSearch) or not question.prune or not trial.fold or at_work.solved:
        return False
    return trial.row in lambda_search.hopeless(at_work.trials, at_work.results, trial.fold)


def _run(at_work: _Studying, trial: Trial) -> Generator[Event, None, None]:
    """Run it, or go on with its run; whatever goes wrong there is told, and the study goes on."""
    run: Path | None = None
    try:
        run = yield from _prepared(at_work, trial)
        if run is None:
            yield _told(at_work, trial, "failed", reason=tr("No value was judged on every fold."))
            return
        at_work.begun[trial.key] = run
        yield TrialStarted(trial=trial, run=str(run))
        if not work.is_finished(run):
            yield from work.work(run, at_work.stop, at_work.home)
        if not runs.is_run(run):  # thrown away
            return
        at_work.sources.remember(run)
        state: TrialState = "finished" if work.is_finished(run) else "stopped"
        yield _told(at_work, trial, state, run, work.numbers(run))
    except Stopped:
        raise
    except Exception as error:  # noqa: BLE001 - the run's folder says what it was
        reason = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
        yield _told(at_work, trial, "failed", run, reason=reason)
    if run is not None and trial.role == "cell" and at_work.folds and trial.key in at_work.results:
        _forget_weights(at_work, run)


def _forget_weights(at_work: _Studying, run: Path) -> None:
    """Of a fold only its figures count, unless others start from the source it has learnt."""
    if not at_work.sources.holds(run):
        studies.forget_weights(run)


def _prepared(at_work: _Studying, trial: Trial) -> Generator[Event, None, Path | None]:
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


def _experiment(at_work: _Studying, trial: Trial) -> Experiment | None:
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
    at_work: _Studying,
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


def _left(at_work: _Studying) -> float | None:
    """What is left takes as long as what was run, one by one."""
    taken = [each.seconds for each in at_work.results.values() if each.seconds]
    return sum(taken) / len(taken) * (len(at_work.trials) - at_work.done) if taken else None


# --- heads that are solved -------------------------------------------------------------------------------------------


def _is_to_be_solved(at_work: _Studying) -> bool:
    is_convex = lambda_search.may_be_solved(at_work.asked.experiment)
    return at_work.folds is not None and is_convex and "source" in at_work.results


def _solve(at_work: _Studying) -> "Generator[Event, None, dict[tuple[float, int], Probe]]":
    """Find all heads at once; nothing where they must be trained."""
    assert at_work.folds is not None
    strengths = list(dict.fromkeys(_strength(trial) for trial in at_work.trials if trial.role == "cell"))
    found = yield from folding.solve(
        at_work.asked.experiment, at_work.begun["source"], at_work.folds, strengths, at_work.stop, at_work.home
    )
    return {(probe.strength, probe.fold): probe for probe in found or ()}


def _strength(trial: Trial) -> float:
    return math.inf if trial.strength is None else trial.strength


def _of_probe(at_work: _Studying, trial: Trial, probe: "Probe") -> Numbers:
    assert at_work.folds is not None
    learns = at_work.folds.pictures - len(at_work.folds.parts[trial.fold or 0])
    accuracies = () if probe.accuracy is None else (probe.accuracy,)
    return Numbers(pictures=learns, losses=(probe.loss,), accuracies=accuracies)
