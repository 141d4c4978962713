"""A study from its beginning to its verdict, begun or gone on with: its folder, its history, its answer."""

import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Ended, Event
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.schema.studies import Folded, Study, Trial
from kt_gui.schema.study_events import StudyEnded, StudyEvent, StudyStarted, TrialEnded, TrialStarted
from kt_gui.schema.texts import tr
from kt_gui.session import folds as folding
from kt_gui.session.conducting import Studying, take_all
from kt_gui.session.crews import Crew, Engage, alone
from kt_gui.session.folds import Folds
from kt_gui.session.foreseeing import count_runs
from kt_gui.store import history as histories
from kt_gui.store import runs, studies
from kt_gui.store.folders import Home
from kt_gui.store.history import History
from kt_gui.store.studies import Studies
from kt_gui.studies import planning, tuning


def study(asked: Study, stop: StopToken, home: Home, engage: Engage = alone) -> Generator[Event, None, None]:
    """Do all that a study asks; its own events and those of its runs, `StudyEnded` last.

    Its trials are real runs, done by the crew that `engage` gets. A trial that fails is told, and does not end the
    study. Raises UserError for what keeps all of them from being run.
    """
    planning.plan(asked, folds=2)  # says at once what cannot be
    folder = Studies(home).create(asked)
    try:
        yield from _watched(folder, stop, home, engage)
    except UserError:
        if next(histories.read(folder), None) is None:  # it never began
            studies.remove(folder)
        raise


def resume_study(folder: Path, stop: StopToken, home: Home, engage: Engage = alone) -> Generator[Event, None, None]:
    """Go on with a study that was interrupted or stopped: what has finished is not repeated. Raises UserError."""
    last = next(histories.read_back(folder), None)
    if isinstance(last, StudyEnded) and last.ended == "finished" and not last.failed:
        raise UserError(
            tr("The study has been finished already ({folder}).", folder=str(folder)),
            tr("Start a new one with its study.toml."),
        )
    yield from _watched(folder, stop, home, engage)


def _folds(asked: Study, stop: StopToken, home: Home) -> Generator[Event, None, Folds]:
    assert isinstance(asked.study, Folded)
    return (yield from folding.fold(asked, asked.study, stop, home))


# --- from its first trial to its last ---------------------------------------------------------------------------------


def _watched(folder: Path, stop: StopToken, home: Home, engage: Engage) -> Generator[Event, None, None]:
    """Hold the study and write its history; one that is thrown away goes with all its runs."""
    try:
        with (
            studies.working_on(folder),
            engage(folder, stop, home) as crew,
            closing(_opened(folder)) as history,
        ):
            yield from _recorded(_conducted(folder, stop, home, crew), history)
    except Stopped:
        if stop.verb == "discard":
            runs.remove(folder)
        yield _ended(folder, "cancelled" if stop.verb == "discard" else "stopped")


def _opened(folder: Path) -> History:
    """Open the history of a study; what would follow on a torn line could not be read."""
    histories.cut(folder)
    return History(folder)


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


def _conducted(folder: Path, stop: StopToken, home: Home, crew: Crew) -> Generator[Event, None, None]:
    asked, told = studies.read_study(folder), list(histories.read(folder))
    found = (yield from _folds(asked, stop, home)) if isinstance(asked.study, Folded) else None
    planned = planning.plan(asked, len(found.parts) if found else 0)
    at_work = Studying(asked, folder, stop, home, found, planned, crew)
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
    yield from take_all(at_work)
    yield _summed_up(at_work)


def _recall(at_work: Studying, told: Sequence[Event]) -> None:
    """Take up what an earlier start has left. Raises UserError where the data is another than it was then."""
    at_work.seconds_before = _spent(told)
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
                at_work.settled.add(trial.key)
                at_work.done += 1
            case TrialEnded(trial=trial, state="failed"):
                at_work.begun.pop(trial.key, None)  # once more, from the beginning
            case _:
                pass


def _spent(told: Sequence[Event]) -> float:
    """Add up the seconds of earlier starts, each until the last that it has told."""
    seconds, began, last = 0.0, 0.0, 0.0
    for event in told:
        if isinstance(event, StudyStarted):
            seconds, began = seconds + last - began, event.at
        last = max(event.at, began)
    return seconds + last - began


def _take_up(at_work: Studying, trial: Trial, run: Path) -> None:
    if runs.is_run(run):
        at_work.begun[trial.key] = run
        at_work.sources.remember(run)


def _summed_up(at_work: Studying) -> StudyEnded:
    ended: Ended = "stopped" if at_work.stop.verb else "finished"
    verdict = at_work.verdict()
    seconds = at_work.seconds_before + time.monotonic() - at_work.began
    made = _ended(at_work.folder, ended)
    return msgspec.structs.replace(
        made, name=at_work.asked.name, verdict=verdict, failed=len(at_work.failed), seconds=seconds
    )


def _ended(folder: Path, ended: Ended) -> StudyEnded:
    return StudyEnded(ended=ended, study=_identity(folder), name="", folder=str(folder), verdict=None)


def _identity(folder: Path) -> str:
    return folder.name.rpartition("-")[2]
