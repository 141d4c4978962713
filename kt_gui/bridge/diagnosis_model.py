"""What went wrong with the run in view, once it is over, and what its button does."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from kt_gui import session
from kt_gui.bridge.run_model import RunModel
from kt_gui.bridge.suspects_model import SuspectsModel
from kt_gui.bridge.tasks import Tasks
from kt_gui.schema.diagnoses import Diagnosed, Diagnosis
from kt_gui.schema.events import Event
from kt_gui.store.folders import Home

JOB = "diagnose"
OVER = ("finished", "stopped", "failed", "interrupted")


class DiagnosisModel(QObject):
    """Reads the run in view in the background when it has come to its end, and again when its labels were judged.

    Signals:
        changed(): there is a diagnosis, or none any more.
        labels_wanted(): a person wants to see the labels that look wrong.
    """

    changed = Signal()
    labels_wanted = Signal()

    def __init__(
        self, home: Home, run: RunModel, suspects: SuspectsModel, parent: QObject, *, is_enabled: bool = True
    ) -> None:
        super().__init__(parent)
        self._home, self._run, self._suspects = home, run, suspects
        self._tasks = Tasks(self, is_enabled=is_enabled)
        self._folder = ""
        self._has_judged = False
        self.diagnosis: Diagnosis | None = None
        run.changed.connect(self._forget)
        run.ended.connect(self._look)
        suspects.changed.connect(self._look_at_labels)

    def apply(self, events: list[Event]) -> None:
        """Take in the answer. A run that cannot be read has none: who opens it is told why."""
        for event in events:
            if isinstance(event, Diagnosed):
                self.diagnosis = event.diagnosis
                self.changed.emit()

    @Slot()
    def _forget(self) -> None:
        """Another run, or one that goes on, has another diagnosis."""
        if self._run.folder != self._folder or self._run.is_live:
            self._folder = self._run.folder
            self._tasks.cancel()
            if self.diagnosis is not None:
                self.diagnosis = None
                self.changed.emit()

    @Slot()
    def _look(self) -> None:
        run = self._run
        if run.folder and run.state in OVER:
            self._folder, folder = run.folder, Path(run.folder)
            self._tasks.start(JOB, lambda stop: session.diagnose(folder, stop, self._home), self.apply)

    @Slot()
    def _look_at_labels(self) -> None:
        had_judged, self._has_judged = self._has_judged, self._suspects.found is not None
        if self._has_judged and not had_judged:
            self._look()
