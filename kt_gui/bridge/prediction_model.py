"""What a run's network says of new pictures: asked in the background, held row by row as the answers come."""

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal, Slot

from kt_gui import session
from kt_gui.bridge.corrections_model import CorrectionsModel
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.run_model import RunModel
from kt_gui.bridge.tasks import Tasks
from kt_gui.bridge.viewing import Viewing
from kt_gui.schema.events import Event, Noticed, Progressed, Skipped
from kt_gui.schema.insights import Explained
from kt_gui.schema.predictions import (
    Enlarged,
    Given,
    Predicted,
    PredictionsBegan,
    PredictionsEnded,
    PredictionsSaved,
)
from kt_gui.session.predicting import Tally
from kt_gui.store.folders import Home

THUMBNAIL, LARGE = 96, 640
"""Sides in pixels: of the picture in a row, on a screen twice as fine, and of the one beside the list."""
Job = Literal["predict", "enlarge", "explain", "add", "save"]


class PredictionModel(QObject):
    """Asks the network of the run in view, and remembers what was asked: another checkpoint is asked the same.

    Signals:
        changed(): an answer came, work began, went on or failed.
        cleared(): the rows are others now.
    """

    changed = Signal()
    cleared = Signal()

    def __init__(
        self,
        home: Home,
        viewing: Viewing,
        run: RunModel,
        corrections: CorrectionsModel,
        parent: QObject,
        *,
        is_enabled: bool = True,
    ) -> None:
        super().__init__(parent)
        self._home, self._viewing, self._run, self._corrections = home, viewing, run, corrections
        self._tasks = Tasks(self, is_enabled=is_enabled)
        self._tasks.changed.connect(self.changed)
        self._folder = viewing.folder
        self._asked: list[Given] = []
        self._waiting: list[Given] = []
        self.is_stale = False
        """Whether the rows are of another run or checkpoint than the one in view."""
        self.rows: list[Predicted] = []
        self._tally = Tally()
        self.began: PredictionsBegan | None = None
        self.ended: PredictionsEnded | None = None
        self.enlarged: Enlarged | None = None
        self.explained: Explained | None = None
        self.unexplained: Noticed | None = None
        self.saved: PredictionsSaved | None = None
        self.added: dict[Given, tuple[str, str]] = {}
        """Class and digest of pictures that the next run learns from."""
        self._recording: Given | None = None
        self._tasks.changed.connect(self._go_on)
        viewing.changed.connect(self._age)
        corrections.changed.connect(self._confirm)
        corrections.failed.connect(self._refuse)

    # --- asking ------------------------------------------------------------------------------------------------

    def ask(self, given: Sequence[Given]) -> None:
        """Ask about pictures, folders, zips; what is being asked is answered first."""
        if not given or self._viewing.folder is None:
            return
        if self._tasks.busy("predict"):
            self._waiting += given
        else:
            self._ask(given)

    def _ask(self, given: Sequence[Given]) -> None:
        folder, checkpoint = self._viewing.folder, self._viewing.checkpoint
        assert folder is not None
        asked = tuple(given)
        self._asked += asked
        self.saved = None
        self._tasks.start(
            "predict",
            lambda stop: session.predict(
                folder, asked, checkpoint, stop, self._home, thumbnail=THUMBNAIL, every_class=True
            ),
            self.apply,
        )

    @Slot()
    def _go_on(self) -> None:
        if self._waiting and not self._tasks.busy("predict"):
            waiting, self._waiting = self._waiting, []
            self._ask(waiting)

    @Slot()
    def _age(self) -> None:
        """Another run or checkpoint is in view: end what goes on; `refresh` asks it the same."""
        if self._viewing.folder != self._folder:
            self._folder = self._viewing.folder
            self.added.clear()  # to that run's data
        self._tasks.cancel("predict")
        self._tasks.cancel("explain")
        self._waiting = []
        self.is_stale = bool(self._asked)
        self.changed.emit()

    def refresh(self) -> None:
        """Ask the run and checkpoint in view what was asked of another; called by whoever shows the answers."""
        if self.is_stale and self._viewing.folder is not None:
            asked = self._asked
            self._forget()
            self._ask(asked)

    def retry(self) -> None:
        """Ask once more."""
        self.is_stale = True
        self.refresh()

    def stop(self) -> None:
        """End with what was answered so far."""
        self._waiting = []
        self._tasks.stop("predict")

    def clear(self) -> None:
        """Forget all answers."""
        self.cancel()
        self._forget()
        self.changed.emit()

    def cancel(self) -> None:
        """End all work."""
        self._waiting = []
        self._tasks.cancel()

    def _forget(self) -> None:
        self._asked, self.rows, self._tally = [], [], Tally()
        self.began = self.ended = self.enlarged = self.explained = self.unexplained = self.saved = None
        self.is_stale = False
        self._tasks.forgive("predict", "save", "enlarge", "explain", "add")
        self.cleared.emit()

    # --- one picture -------------------------------------------------------------------------------------------

    def look_at(self, given: Given) -> None:
        """Read one picture large enough to look at; what was found out about another is forgotten."""
        self._tasks.cancel("explain")
        self._tasks.forgive("enlarge", "explain", "add")
        self.explained = self.unexplained = None
        if self.enlarged is None or self.enlarged.given != given:
            self.enlarged = None
            self._tasks.start("enlarge", lambda stop: session.enlarge(given, LARGE, stop), self.apply)

    def explain(self, given: Given, label: str) -> None:
        """Find what in a picture speaks for a class."""
        folder, checkpoint = self._viewing.folder, self._viewing.checkpoint
        if folder is None:
            return
        self.explained = self.unexplained = None
        work = partial(session.explain_given, folder, given, label, checkpoint, home=self._home)
        self._tasks.start("explain", work, self.apply)

    def add(self, row: Predicted, label: str) -> None:
        """Let the next run learn from a picture, as one of this class."""
        self._tasks.start("add", lambda stop: session.enlarge(row.given, None, stop), partial(self._add, row, label))

    def _add(self, row: Predicted, label: str, events: list[Event]) -> None:
        experiment = self._run.experiment
        for event in events:
            if isinstance(event, Enlarged) and experiment is not None:
                self.added[row.given] = (label, event.digest)
                self._recording = row.given
                self._corrections.add(experiment.target.data, event.png, row.name, label, event.original)
        self.changed.emit()

    @Slot()
    def _confirm(self) -> None:
        self._recording = None

    @Slot()
    def _refuse(self) -> None:
        """It could not be recorded."""
        if self._recording is not None:
            self.added.pop(self._recording, None)
            self._recording = None
            self.changed.emit()

    def take_back(self, row: Predicted) -> None:
        """Undo that."""
        experiment = self._run.experiment
        if row.given in self.added and experiment is not None:
            _, digest = self.added.pop(row.given)
            self._corrections.take_back(experiment.target.data, [digest])
            self.changed.emit()

    # --- saving ------------------------------------------------------------------------------------------------

    def save(self, path: str) -> None:
        """Write all answers into a CSV; a file that is there is overwritten."""
        if self.began is not None:
            events: Iterable[Event] = [self.began, *self.rows]
            self._tasks.start(
                "save", lambda _stop: session.tabulate_predictions(events, Path(path), overwrite=True), self._take_saved
            )

    def _take_saved(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, PredictionsSaved):
                self.saved = event

    # --- answers -----------------------------------------------------------------------------------------------

    def busy(self, job: Job = "predict") -> bool:
        """Whether this job goes on."""
        return self._tasks.busy(job)

    def progress(self, job: Job = "predict") -> Progressed | None:
        """How far a job has come."""
        return self._tasks.progress(job)

    def failure(self, job: Job = "predict") -> Failure | None:
        """Why a job failed."""
        return self._tasks.failure(job)

    def fail(self, failure: Failure, job: Job = "predict") -> None:
        """Say why a job failed."""
        self._tasks.fail(job, failure)

    def apply(self, events: list[Event]) -> None:
        """Take in answers."""
        for event in events:
            self._tally.note(event)
            match event:
                case PredictionsBegan():
                    self.began, self.ended = event, None
                case Predicted():
                    self.rows.append(event)
                case PredictionsEnded():
                    self.ended = event
                case Enlarged():
                    self.enlarged = event
                case Explained():
                    self.explained = event
                case Noticed():
                    self.unexplained = event
                case _:
                    pass
        self.changed.emit()

    @property
    def skipped(self) -> list[Skipped]:
        """Files that are no pictures."""
        return self._tally.skipped

    def tally(self) -> PredictionsEnded:
        """Sum up all answers so far, of everything that was asked."""
        return self._tally.ended(stopped=self.ended is not None and self.ended.stopped)
