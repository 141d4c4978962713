"""A run as it is shown: live, resumed or replayed from its history, all through `apply`."""

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Literal

import msgspec
from PySide6.QtCore import QObject, Signal, Slot

from kt_gui import session
from kt_gui.bridge.failures import Failure, describe
from kt_gui.bridge.phase_curves import PhaseCurves
from kt_gui.bridge.worker import Work, Worker
from kt_gui.cluster import launching
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import (
    CheckpointSaved,
    EpochEnded,
    Event,
    FeaturesKept,
    Noticed,
    PhaseStarted,
    Progressed,
    Result,
    RunEnded,
    RunStarted,
    StepEnded,
    Tested,
)
from kt_gui.schema.experiment import Experiment, Pretrain, Training
from kt_gui.store import history
from kt_gui.store.folders import Home
from kt_gui.store.runs import RunRecord, read_experiment, read_record

State = Literal["idle", "running", "paused", "stopping", "finished", "stopped", "cancelled", "failed", "interrupted"]
LIVE: frozenset[State] = frozenset({"running", "paused", "stopping"})


class RunModel(QObject):
    """Starts, steers and shows one run.

    Signals:
        changed(): something of it changed; at most a few times a second.
        ended(): the work is over, however it ended; also that of a replay.
    """

    changed = Signal()
    ended = Signal()

    def __init__(self, home: Home, parent: QObject, *, is_enabled: bool = True) -> None:
        super().__init__(parent)
        self._home = home
        self._is_enabled = is_enabled
        self._worker: Worker | None = None
        self._record: RunRecord | None = None
        self.experiment: Experiment | None = None
        self._forget()

    def _forget(self) -> None:
        self.state: State = "idle"
        self.run, self.name, self.folder = "", "", ""
        self._is_listed = False
        self.phases: list[PhaseCurves] = []
        self.activity: Progressed | None = None
        self.result: Result | None = None
        self.notices: list[Noticed] = []
        self.failure: Failure | None = None
        self.features: dict[str, FeaturesKept] = {}
        self.tested: dict[str, Tested] = {}
        self.checkpoints: dict[str, CheckpointSaved] = {}

    # --- what is asked of a run --------------------------------------------------------------------------------

    def start(self, experiment: Experiment, processes: int = 1) -> None:
        """Begin a run of this experiment, on several processes where asked to: each takes a device of its own."""
        if processes > 1:
            self._begin(lambda stop: launching.run(experiment, processes, stop, self._home), experiment)
        else:
            self._begin(lambda stop: session.run(experiment, stop, self._home), experiment)

    def resume(self, folder: Path) -> None:
        """Show a run's history and go on where it stopped."""
        self._begin_from(folder, lambda stop: chain(_told(folder), session.resume(folder, stop, self._home)))

    def keep_best(self, folder: Path) -> None:
        """End an interrupted run with its best epoch."""
        self._begin_from(folder, lambda stop: chain(_told(folder), session.keep_best(folder, stop, self._home)))

    def replay(self, folder: Path) -> None:
        """Show a run that is over."""
        self._begin_from(folder, lambda _stop: history.read(folder), is_replay=True)

    def pause(self) -> None:
        """Hold the run at its next step."""
        if self._worker is not None and self.state == "running":
            self._worker.token.pause()
            self._turn("paused")

    def go_on(self) -> None:
        """Go on after a pause."""
        if self._worker is not None and self.state == "paused":
            self._worker.token.resume()
            self._turn("running")

    def stop_and_keep(self) -> None:
        """End the run and keep its best."""
        self._stop("keep")

    def cancel_and_discard(self) -> None:
        """End the run and throw it away."""
        self._stop("discard")

    def clear(self) -> None:
        """Show no run, where none goes on."""
        if self._worker is None:
            self._forget()
            self.experiment = None
            self.changed.emit()

    def follow(self, records: Sequence[RunRecord]) -> None:
        """Take over another name that was given to the run in view; forget it where it was deleted from the list."""
        names = {each.id: each.name for each in records}
        was_listed, self._is_listed = self._is_listed, self.run in names
        if was_listed and not self._is_listed and self.state != "cancelled":
            self.clear()
        elif names.get(self.run, self.name) != self.name:
            self.name = names[self.run]
            self.changed.emit()

    def in_more_parts(self) -> Experiment | None:
        """The experiment with its batches in twice as many parts, for a run that ran out of memory; None where each
        part is a single picture.
        """
        if self.experiment is None:
            return None
        parted = msgspec.structs.replace(self.experiment, training=_part(self.experiment.training))
        if isinstance(parted.source, Pretrain):
            source = msgspec.structs.replace(parted.source, training=_part(parted.source.training))
            parted = msgspec.structs.replace(parted, source=source)
        return parted if parted != self.experiment else None

    # --- what a run is at --------------------------------------------------------------------------------------

    @property
    def is_live(self) -> bool:
        """Whether a run goes on."""
        return self.state in LIVE

    @property
    def is_busy(self) -> bool:
        """Whether a thread is at work, on a run or a replay."""
        return self._worker is not None

    @property
    def phase(self) -> PhaseCurves | None:
        """The phase it is in, or was in last."""
        return self.phases[-1] if self.phases else None

    @property
    def reused(self) -> FeaturesKept | None:
        """What of the present phase is computed once and reused; None where nothing is."""
        kept = self.features.get(self.phase.started.phase) if self.phase is not None else None
        return kept if kept is not None and kept.blocks else None

    @property
    def eta_s(self) -> float | None:
        """Seconds the present phase will still take; None while nobody knows."""
        return self.phase.seconds_left if self.is_live and self.phase is not None else None

    @property
    def share(self) -> float | None:
        """How much of the present phase or activity is done, from 0 to 1."""
        if self.activity is not None:
            return self.activity.done / self.activity.total if self.activity.total else None
        return self.phase.share if self.phase is not None else None

    def apply(self, events: list[Event]) -> None:
        """Take in what a run tells, live or from its history."""
        for event in events:
            self._take(event)
        self.changed.emit()

    def _take(self, event: Event) -> None:
        match event:
            case StepEnded() | EpochEnded():
                self._learn(event)
            case Progressed():
                self.activity = event
            case PhaseStarted():
                self._enter(event)
            case FeaturesKept():
                self.features[event.phase] = event
            case RunStarted():
                self.run, self.name, self.folder = event.run, event.name, event.folder
                self.state = "running" if self._record is None else "idle"
            case Tested():
                self.tested[event.phase] = event
            case CheckpointSaved():
                self.checkpoints[event.which] = event
            case Noticed():
                self.notices.append(event)
            case RunEnded():
                self.state, self.result, self.activity = event.ended, event.result, None
            case _:
                raise TypeError(type(event).__name__)

    def _learn(self, event: StepEnded | EpochEnded) -> None:
        self.activity = None
        for curves in reversed(self.phases):
            if curves.started.phase == event.phase:
                curves.add_step(event) if isinstance(event, StepEnded) else curves.add_epoch(event)
                break

    def _enter(self, event: PhaseStarted) -> None:
        """Begin a phase, or go on with one that is known, after a resume."""
        self.activity = None
        known = next((each for each in self.phases if each.started.phase == event.phase), None)
        if known is not None:
            known.started = event
            return
        before = self.phases[-1] if self.phases else None
        offset = before.offset + len(before.epochs) if before is not None else 0.0
        self.phases.append(PhaseCurves(event, offset))

    # --- the worker --------------------------------------------------------------------------------------------

    def _begin_from(self, folder: Path, work: Work, *, is_replay: bool = False) -> None:
        """Begin with what a run's folder says. Where it cannot be read, the run shows why."""
        try:
            experiment, record = read_experiment(folder), read_record(folder)
        except UserError as error:
            if self._worker is None:
                self._forget()
                self.fail(describe(error))
            return
        self._begin(work, experiment, record if is_replay else None)

    def _begin(self, work: Work, experiment: Experiment, record: RunRecord | None = None) -> None:
        if self._worker is not None or not self._is_enabled:
            return
        self._forget()
        self.experiment, self._record = experiment, record
        self.state = "running" if record is None else "idle"
        self._worker = Worker(work, self)
        self._worker.batch.connect(self.apply)
        self._worker.failed.connect(self.fail)
        self._worker.ended.connect(self._end)
        self._worker.start()
        self.changed.emit()

    def _stop(self, verb: Literal["keep", "discard"]) -> None:
        if self._worker is None:
            return
        self._worker.token.stop(verb)
        if self.is_live:
            self._turn("stopping")

    def _turn(self, state: State) -> None:
        self.state = state
        self.changed.emit()

    @Slot(object)
    def fail(self, failure: Failure) -> None:
        """Say that the run failed."""
        self.failure = failure
        self.activity = None
        self._turn("failed")

    @Slot()
    def _end(self) -> None:
        verb = self._worker.token.verb if self._worker is not None else None
        self._worker = None
        if self._record is not None:
            self._close_replay(self._record)
        elif self.is_live:
            self.state = "cancelled" if verb == "discard" else "stopped"
        self.activity = None
        self.changed.emit()
        self.ended.emit()

    def _close_replay(self, record: RunRecord) -> None:
        """Say how the run ended that was replayed: only its record knows of a failure, or of a crash."""
        self.run, self.name, self.folder, self._record = record.id, record.name, str(record.folder), None
        if self.state == "idle":
            self.state = record.state if record.state != "running" else "interrupted"
        if record.state == "failed":
            self.failure = Failure("user", record.reason, "", record.reason)


def _told(folder: Path) -> Iterator[Event]:
    """What a run has told so far, but for its end: it goes on."""
    return (event for event in history.read(folder) if not isinstance(event, RunEnded))


def _part(training: Training) -> Training:
    parts = min(2 * training.accumulation, training.batch_size)
    return msgspec.structs.replace(training, accumulation=max(parts, training.accumulation))
