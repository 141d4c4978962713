"""What the run in view proves: that frozen blocks stood still, what it was made from, whether it comes out again."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from kt_gui import session
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.tasks import Tasks
from kt_gui.bridge.viewing import Viewing
from kt_gui.schema.events import EpochEnded, Event, PhaseStarted, Progressed
from kt_gui.schema.proofs import Passport, Reproduced, Verified
from kt_gui.store.folders import Home

VERIFY, REPRODUCE = "verify", "reproduce"


class ProofModel(QObject):
    """Verifies in the background what is looked at, while somebody looks; reproduces where asked.

    A reproduction goes on whichever run is looked at meanwhile.

    Signals:
        changed(): another run, or work began, went on, answered, failed.
        ended(): a reproduction came to its end, however it did.
    """

    changed = Signal()
    ended = Signal()

    def __init__(self, home: Home, viewing: Viewing, parent: QObject, *, is_enabled: bool = True) -> None:
        super().__init__(parent)
        self._home = home
        self._viewing = viewing
        self._tasks = Tasks(self, is_enabled=is_enabled)
        self._tasks.changed.connect(self._tell)
        self._is_watched = False
        self._asked: Path | None = None
        self._reproduces: Path | None = None
        self._was_reproducing = False
        self.passport: Passport | None = None
        self.verified: Verified | None = None
        self.reproduced: Reproduced | None = None
        self.phase: PhaseStarted | None = None
        self.epoch = 0
        viewing.changed.connect(self._follow)

    # --- what is known -----------------------------------------------------------------------------------------

    @property
    def is_verifying(self) -> bool:
        """Whether the run in view is being looked into."""
        return self._tasks.busy(VERIFY)

    @property
    def progress(self) -> Progressed | None:
        """How far that has come."""
        return self._tasks.progress(VERIFY)

    @property
    def failure(self) -> Failure | None:
        """Why it could not be verified."""
        return self._tasks.failure(VERIFY)

    @property
    def is_reproducing(self) -> bool:
        """Whether a run is being run again: the one in view, or another."""
        return self._tasks.busy(REPRODUCE)

    @property
    def reading(self) -> Progressed | None:
        """How far a reproduction has come with what it does beside learning."""
        return self._tasks.progress(REPRODUCE)

    @property
    def share(self) -> float | None:
        """How much of the phase a reproduction is in is done, from 0 to 1; None before its first."""
        return self.epoch / max(self.phase.epochs, 1) if self.phase is not None else None

    @property
    def reproduction_failure(self) -> Failure | None:
        """Why the run in view could not be run again."""
        return self._tasks.failure(REPRODUCE) if self._reproduces == self._viewing.folder else None

    # --- what is asked -----------------------------------------------------------------------------------------

    def watch(self, *, is_watching: bool) -> None:
        """Somebody begins to look, or ceases to. Nothing is verified that nobody looks at."""
        self._is_watched = is_watching
        if is_watching and self._asked != self._viewing.folder:
            self.verify()

    @Slot()
    def verify(self) -> None:
        """Look into the run in view."""
        folder = self._asked = self._viewing.folder
        self._forget()
        if folder is not None:
            work = partial(session.verify, folder, home=self._home)
            self._tasks.start(VERIFY, work, partial(self._take, folder))

    @Slot()
    def reproduce(self) -> None:
        """Run the run in view again."""
        folder = self._viewing.folder
        if folder is None or self.is_reproducing:
            return
        self._reproduces, self.reproduced, self.phase, self.epoch = folder, None, None, 0
        self._was_reproducing = True
        work = partial(session.reproduce, folder, home=self._home)
        self._tasks.start(REPRODUCE, work, partial(self._take_again, folder))

    @Slot()
    def stop_reproducing(self) -> None:
        """Run it again no further; nothing of it is kept."""
        self._tasks.cancel(REPRODUCE)

    def cancel(self) -> None:
        """End all of it."""
        self._tasks.cancel()

    def apply(self, events: list[Event]) -> None:
        """Take in answers about the run in view, and what a reproduction tells."""
        for event in events:
            match event:
                case Passport():
                    self.passport = event
                case Verified():
                    self.verified = event
                case Reproduced():
                    self.reproduced = event
                case PhaseStarted():
                    self.phase, self.epoch = event, 0
                case EpochEnded(epoch=epoch):
                    self.epoch = epoch + 1
                case _:
                    pass
        self.changed.emit()

    def fail(self, failure: Failure) -> None:
        """Say why the run in view could not be verified."""
        self._tasks.fail(VERIFY, failure)

    def _take(self, folder: Path, events: list[Event]) -> None:
        """Leave aside what was found of a run that is not looked at any more."""
        if folder == self._viewing.folder:
            self.apply(events)

    def _take_again(self, folder: Path, events: list[Event]) -> None:
        """What a reproduction found is shown with its run alone; it is kept in that one's folder."""
        is_shown = folder == self._viewing.folder
        self.apply([event for event in events if is_shown or not isinstance(event, Reproduced)])

    def _forget(self) -> None:
        self.passport, self.verified, self.reproduced = None, None, None
        self.changed.emit()

    @Slot()
    def _follow(self) -> None:
        if self._asked == self._viewing.folder:
            return
        self._tasks.cancel(VERIFY)
        self._asked = None
        self._forget()
        if self._is_watched:
            self.verify()

    @Slot()
    def _tell(self) -> None:
        if self._was_reproducing and not self.is_reproducing:
            self._was_reproducing, self.phase = False, None
            self.ended.emit()
        self.changed.emit()
