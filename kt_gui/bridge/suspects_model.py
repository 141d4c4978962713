"""The labels of the run in view that are probably wrong, and which of them a person has yet to decide on."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from kt_gui import session
from kt_gui.bridge.corrections_model import CorrectionsModel
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.tasks import Tasks
from kt_gui.bridge.viewing import Viewing
from kt_gui.schema.events import Event, Progressed
from kt_gui.schema.suspicions import Suspect, Suspected, suspects_of
from kt_gui.store.folders import Home

JOB = "suspects"


class SuspectsModel(QObject):
    """Looks for wrong labels in the background, when asked to, and holds the answer.

    Signals:
        changed(): work began, went on, answered or failed; or a label was decided on.
    """

    changed = Signal()

    def __init__(
        self, home: Home, viewing: Viewing, corrections: CorrectionsModel, parent: QObject, *, is_enabled: bool = True
    ) -> None:
        super().__init__(parent)
        self._home = home
        self._viewing = viewing
        self._folder: Path | None = None
        self._tasks = Tasks(self, is_enabled=is_enabled)
        self._tasks.changed.connect(self._tell)
        viewing.changed.connect(self._follow)
        corrections.changed.connect(self._look_again)
        corrections.failed.connect(self._look_again)
        self.found: Suspected | None = None
        self.waiting: list[Suspect] = []
        """What a person has not decided on, the most suspicious first."""

    @property
    def busy(self) -> bool:
        """Whether labels are being judged."""
        return self._tasks.busy()

    @property
    def progress(self) -> Progressed | None:
        """How far that has come."""
        return self._tasks.progress(JOB)

    @property
    def failure(self) -> Failure | None:
        """Why they could not be judged."""
        return self._tasks.failure(JOB)

    def look(self) -> None:
        """Judge the labels of the run in view, unless that is known or under way."""
        self._folder = self._viewing.folder
        if self._folder is not None and self.found is None and not self.busy:
            self._start(self._folder)

    def _start(self, folder: Path) -> None:
        self._tasks.start(JOB, lambda stop: session.suspects(folder, stop, self._home), self.apply)

    @Slot()
    def _tell(self) -> None:
        """Where the data is not what it was, what was found in it counts no more."""
        if self.failure is not None and self.found is not None:
            self.found, self.waiting = None, []
        self.changed.emit()

    @Slot()
    def _look_again(self) -> None:
        """What a person has said elsewhere, or taken back, counts here, too; nothing is judged anew for that."""
        if self.found is not None and self._folder is not None:
            self._start(self._folder)

    def settle(self, digest: str) -> None:
        """A person has decided on a picture."""
        self.waiting = [each for each in self.waiting if each.picture.digest != digest]
        self.changed.emit()

    def cancel(self) -> None:
        """Judge no more."""
        self._tasks.cancel()

    def fail(self, failure: Failure) -> None:
        """Say why the labels could not be judged."""
        self._tasks.fail(JOB, failure)

    def apply(self, events: list[Event]) -> None:
        """Take in the answer."""
        for event in events:
            if isinstance(event, Suspected):
                self.found, self.waiting = event, suspects_of(event)
        self.changed.emit()

    @Slot()
    def _follow(self) -> None:
        """Another run has other labels; another checkpoint of the same has not."""
        if self._viewing.folder != self._folder:
            self._tasks.cancel()
            self._folder, self.found, self.waiting = self._viewing.folder, None, []
            self.changed.emit()
