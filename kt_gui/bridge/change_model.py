"""What the transfer changed and what it forgot, for the checkpoint in view."""

from functools import partial
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal, Slot

from kt_gui import session
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.tasks import Tasks
from kt_gui.bridge.viewing import Viewing
from kt_gui.schema.changes import Changed, Forgotten, Recalled
from kt_gui.schema.evaluations import Checkpoint
from kt_gui.schema.events import Event, Noticed, Progressed
from kt_gui.store.folders import Home

Job = Literal["changes", "forgetting"]


class ChangeModel(QObject):
    """Asks the session in the background, when a page wants to know, and holds its answers.

    Signals:
        changed(): work began, went on, answered or failed.
    """

    changed = Signal()

    def __init__(self, home: Home, viewing: Viewing, parent: QObject, *, is_enabled: bool = True) -> None:
        super().__init__(parent)
        self._home, self._viewing = home, viewing
        self._tasks = Tasks(self, is_enabled=is_enabled)
        self._tasks.changed.connect(self.changed)
        self._folder: Path | None = viewing.folder
        self._asked: Checkpoint | None = None
        self._forget()
        viewing.changed.connect(self._follow)

    def _forget(self) -> None:
        self.found: Changed | None = None
        self.points: tuple[Recalled, ...] = ()
        self.forgotten: Forgotten | None = None
        self.notices: dict[Job, Noticed] = {}

    def busy(self, job: Job) -> bool:
        """Whether this job goes on."""
        return self._tasks.busy(job)

    def progress(self, job: Job) -> Progressed | None:
        """How far a job has come."""
        return self._tasks.progress(job)

    def failure(self, job: Job) -> Failure | None:
        """Why a job failed."""
        return self._tasks.failure(job)

    @Slot()
    def _follow(self) -> None:
        """Forget what was found out about another run."""
        if self._viewing.folder != self._folder:
            self.cancel()
            self._folder = self._viewing.folder
            self._forget()
            self.changed.emit()

    def look(self) -> None:
        """Find out what is not known yet of the checkpoint in view. What was forgotten is asked once for a run."""
        checkpoint = self._viewing.checkpoint
        if self._folder is not None and checkpoint != self._asked:
            is_first = self._asked is None
            self._asked = checkpoint
            self.begin("changes")
            if is_first and self.forgotten is None:
                self.begin("forgetting")

    def begin(self, job: Job) -> None:
        """Begin a job, or begin it again."""
        folder, checkpoint = self._folder, self._viewing.checkpoint
        if folder is None:
            return
        self.notices.pop(job, None)
        take = partial(self.apply, job)
        if job == "changes":
            self._tasks.start(job, lambda stop: session.changes(folder, checkpoint, stop, self._home), take)
        else:
            self.points, self.forgotten = (), None
            self._tasks.start(job, lambda stop: session.forgetting(folder, stop, self._home), take)

    def cancel(self, job: Job | None = None) -> None:
        """End this job, or all; with all, what is in view is asked for anew at the next look."""
        self._tasks.cancel(job)
        if job is None:
            self._asked = None

    def apply(self, job: Job, events: list[Event]) -> None:
        """Take in answers of a job."""
        for event in events:
            match event:
                case Changed():
                    self.found = event
                case Recalled():
                    self.points = (*self.points, event)
                case Forgotten():
                    self.points, self.forgotten = event.points, event
                case Noticed():
                    self.notices[job] = event
                case _:
                    pass
        self.changed.emit()

    def fail(self, job: Job, failure: Failure) -> None:
        """Remember how a job failed."""
        self._tasks.fail(job, failure)

    def point(self) -> Recalled | None:
        """What the checkpoint in view still gets right; None while that is not known."""
        place = self._viewing.place
        epoch = self._viewing.saved[place].epoch if place is not None else None
        return next((each for each in self.points if place is not None and each.epoch == epoch), None)
