"""A study as it is shown: prepared, live, resumed or replayed from its history, all through `apply`."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Literal

import msgspec
from PySide6.QtCore import QObject, Signal, Slot

from kt_gui import session
from kt_gui.bridge.failures import Failure, describe
from kt_gui.bridge.study_crews import AtWork, done_by
from kt_gui.bridge.study_so_far import SoFar, with_verdicts
from kt_gui.bridge.tasks import Tasks
from kt_gui.bridge.worker import Work, Worker
from kt_gui.cluster.place import OnRay
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import EpochEnded, Event, FeaturesKept, Noticed, PhaseStarted, Progressed
from kt_gui.schema.studies import Numbers, Question, Study, Trial
from kt_gui.schema.study_answers import LambdaField, Verdict
from kt_gui.schema.study_events import (
    StudyEnded,
    StudyForeseen,
    StudyStarted,
    TrialEnded,
    TrialStarted,
    TrialState,
    TrialTold,
)
from kt_gui.store import history
from kt_gui.store.folders import Home
from kt_gui.store.studies import StudyRecord, read_record, read_study
from kt_gui.studies import lambda_search
from kt_gui.studies.tuning import settled

State = Literal[
    "idle", "prepared", "running", "paused", "stopping", "finished", "stopped", "cancelled", "failed", "interrupted"
]
LIVE: frozenset[State] = frozenset({"running", "paused", "stopping"})
FORESEE = "foresee"


@dataclass(frozen=True)
class Cell:
    """How a trial stands."""

    state: Literal["waiting", "running"] | TrialState = "waiting"
    run: str = ""
    numbers: Numbers | None = None
    reason: str = ""


class StudyModel(QObject):
    """Prepares, starts, steers and shows one study.

    Signals:
        changed(): something of it changed; at most a few times a second.
        ended(): the work is over, however it ended; also that of a replay.
    """

    changed = Signal()
    ended = Signal()

    def __init__(self, home: Home, parent: QObject, *, is_enabled: bool = True) -> None:
        super().__init__(parent)
        self._home, self._is_enabled = home, is_enabled
        self._worker: Worker | None = None
        self._record: StudyRecord | None = None
        self._tasks = Tasks(self, is_enabled=is_enabled)
        self._tasks.changed.connect(self.changed)
        self.study: Study | None = None
        self.on: OnRay | None = None
        self._forget()

    def _forget(self) -> None:
        self.state: State = "idle"
        self.name, self.folder = "", ""
        self.foreseen: StudyForeseen | None = None
        self.trials: tuple[Trial, ...] = ()
        self.cells: dict[str, Cell] = {}
        self.at_work: dict[str, AtWork] = {}
        self.activity: Progressed | None = None
        self.left_s: float | None = None
        self.verdict: Verdict | None = None
        self.seconds = 0.0
        self.failure: Failure | None = None

    @property
    def field(self) -> LambdaField:
        """What a search for λ searches: β, where λ holds nothing."""
        return lambda_search.field_of(self.study.experiment) if self.study is not None else "transfer.lambda"

    # --- what is asked of a study --------------------------------------------------------------------------------

    def prepare(self, study: Study) -> None:
        """Show a study before it starts, and find out what it would take."""
        if self._worker is None:
            self._forget()
            self.study, self.name, self.state = study, study.name, "prepared"
            self._foresee(study)
            self.changed.emit()

    def ask(self, question: Question) -> None:
        """Ask otherwise, before it starts."""
        if self.study is not None and self.state == "prepared" and question != self.study.study:
            self.study, self.foreseen, self.trials = msgspec.structs.replace(self.study, study=question), None, ()
            self._foresee(self.study)
            self.changed.emit()

    def run_on(self, on: OnRay | None) -> None:
        """Choose where trials run from now on, of this study and of the next; None is this program."""
        self.on = on

    def start(self) -> None:
        """Begin the study that was prepared."""
        study = self.study
        if study is not None and self.state == "prepared":
            self._tasks.cancel(FORESEE)
            work = done_by(session.study, self.on)
            self._begin(lambda stop: work(study, stop, self._home), study)

    def resume(self, record: StudyRecord) -> None:
        """Show what a study has found out and go on where it stopped."""
        folder, work = record.folder, done_by(session.resume_study, self.on)
        self._begin_from(record, lambda stop: chain(_told(folder), work(folder, stop, self._home)))

    def replay(self, record: StudyRecord) -> None:
        """Show a study that is over, or was interrupted."""
        self._begin_from(record, lambda _stop: history.read(record.folder), is_replay=True)

    def replay_at(self, folder: Path) -> None:
        """Show the study of a folder. Where it cannot be read any more, the study shows why."""
        try:
            self.replay(read_record(folder))
        except UserError as error:
            self.fail(describe(error))

    def resume_shown(self) -> None:
        """Go on with the study in view. Where its folder cannot be read any more, the study shows why."""
        try:
            self.resume(read_record(Path(self.folder)))
        except UserError as error:
            self.fail(describe(error))

    def pause(self) -> None:
        """Hold the study at its next step."""
        if self._worker is not None and self.state == "running":
            self._worker.token.pause()
            self._turn("paused")

    def go_on(self) -> None:
        """Go on after a pause."""
        if self._worker is not None and self.state == "paused":
            self._worker.token.resume()
            self._turn("running")

    def stop(self) -> None:
        """End the study with what it has; it can be resumed later."""
        if self._worker is not None:
            self._worker.token.stop("keep")
            if self.is_live:
                self._turn("stopping")

    def close(self) -> None:
        """Show no study, where none goes on."""
        if self._worker is None:
            self._tasks.cancel(FORESEE)
            self._forget()
            self.study = None
            self.changed.emit()

    # --- what a study is at --------------------------------------------------------------------------------------

    @property
    def is_live(self) -> bool:
        """Whether a study goes on."""
        return self.state in LIVE

    @property
    def is_busy(self) -> bool:
        """Whether a thread is at work, on a study or a replay."""
        return self._worker is not None

    @property
    def is_resumable(self) -> bool:
        """Whether something is left to be done."""
        is_left = self.state == "finished" and self.failed > 0
        return bool(self.folder) and (is_left or self.state in ("stopped", "interrupted", "failed"))

    @property
    def is_foreseeing(self) -> bool:
        """Whether is being found out what the study would take."""
        return self._tasks.busy(FORESEE)

    @property
    def foresight_failure(self) -> Failure | None:
        """Why that could not be found out."""
        return self._tasks.failure(FORESEE)

    @property
    def single(self) -> AtWork | None:
        """The trial that runs, where it is one alone."""
        return next(iter(self.at_work.values())) if len(self.at_work) == 1 else None

    @property
    def done(self) -> int:
        """How many trials have ended."""
        return sum(cell.state not in ("waiting", "running") for cell in self.cells.values())

    @property
    def failed(self) -> int:
        """How many trials failed."""
        return sum(cell.state == "failed" for cell in self.cells.values())

    @property
    def share(self) -> float | None:
        """How much of the trials is done, from 0 to 1, those that run by their epochs."""
        if not self.trials:
            return None
        return (self.done + sum(each.share for each in self.at_work.values())) / len(self.trials)

    # --- events --------------------------------------------------------------------------------------------------

    def apply(self, events: list[Event]) -> None:
        """Take in what a study tells, live or from its history."""
        for event in events:
            self._take(event)
        self.changed.emit()

    def _take(self, event: Event) -> None:
        match event:
            case StudyForeseen():
                self.foreseen, self.trials = event, event.trials
            case StudyStarted():
                self._start(event)
            case TrialStarted(trial=trial, run=run):
                self._enter(trial, Cell("running", run))
            case TrialEnded():
                self._leave(event)
            case SoFar(verdict=verdict):
                self.verdict = verdict
            case StudyEnded():
                self.state, self.verdict, self.seconds = event.ended, event.verdict, event.seconds
                self._rest()
            case Progressed():
                self.activity = event
                if self.single is not None:
                    self.single.take(event)
            case TrialTold(trial=key, told=told) if key in self.at_work:
                self._hear(key, told)
            case PhaseStarted() | FeaturesKept() | EpochEnded() if self.single is not None:
                self.single.take(event)
                self.activity = None
            case _:
                pass  # what else its runs tell is read in their own folders

    def _start(self, event: StudyStarted) -> None:
        self.name, self.folder, self.trials = event.name, event.folder, event.trials
        kept = {key: cell for key, cell in self.cells.items() if cell.state == "finished"}
        self.cells = {trial.key: kept.get(trial.key, Cell()) for trial in event.trials}
        self.state = "running" if self._record is None else "idle"
        self._rest()

    def _enter(self, trial: Trial, cell: Cell) -> None:
        self.trials = settled(self.trials, trial)
        self.cells[trial.key] = cell
        self.at_work[trial.key] = AtWork(trial)

    def _hear(self, key: str, told: Event) -> None:
        self.at_work[key].take(told)
        if isinstance(told, Noticed) and told.level == "warning":
            self.cells[key] = replace(self.cells[key], reason=str(told.message))

    def _leave(self, event: TrialEnded) -> None:
        self.cells[event.trial.key] = Cell(event.state, event.run, event.numbers, event.reason)
        self.left_s = event.left_s
        self.at_work.pop(event.trial.key, None)
        self.activity = None

    def _rest(self) -> None:
        self.at_work, self.activity = {}, None

    # --- the worker ----------------------------------------------------------------------------------------------

    def _foresee(self, study: Study) -> None:
        self._tasks.start(FORESEE, lambda stop: session.foresee_study(study, stop, self._home), self.apply)

    def _begin_from(self, record: StudyRecord, work: Work, *, is_replay: bool = False) -> None:
        """Begin with what a study's folder says. Where it cannot be read, the study shows why."""
        if self._worker is not None:
            return
        try:
            study = read_study(record.folder)
        except UserError as error:
            self._forget()
            self.name = record.name
            self.fail(describe(error))
            return
        self._begin(work, study, record if is_replay else None)

    def _begin(self, work: Work, study: Study, record: StudyRecord | None = None) -> None:
        if self._worker is not None or not self._is_enabled:
            return
        self._forget()
        self.study, self.name, self._record = study, study.name, record
        self.state = "running" if record is None else "idle"
        self._worker = Worker(lambda stop: with_verdicts(study, work(stop)), self)
        self._worker.batch.connect(self.apply)
        self._worker.failed.connect(self.fail)
        self._worker.ended.connect(self._end)
        self._worker.start()
        self.changed.emit()

    def _turn(self, state: State) -> None:
        self.state = state
        self.changed.emit()

    @Slot(object)
    def fail(self, failure: Failure) -> None:
        """Say that the study failed."""
        self.failure = failure
        self._rest()
        self._turn("failed")

    @Slot()
    def _end(self) -> None:
        self._worker = None
        if self._record is not None:
            self._close_replay(self._record)
        elif self.is_live:
            self.state = "stopped"
        self._rest()
        self.changed.emit()
        self.ended.emit()

    def _close_replay(self, record: StudyRecord) -> None:
        """Say how the study ended that was replayed: only its record knows of a failure, or of a crash."""
        self.folder, self._record = str(record.folder), None
        if self.state == "idle":
            self.state = "interrupted" if record.state == "running" else record.state
        running = (key for key, cell in self.cells.items() if cell.state == "running")
        self.cells |= {key: Cell() for key in running}


def _told(folder: Path) -> Iterator[Event]:
    """What a study has told so far, but for its end: it goes on."""
    return (event for event in history.read(folder) if not isinstance(event, StudyEnded))
