"""Whether the transfer of the run in view has helped, as far as a study has told. Studies are read in a worker."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from kt_gui import session
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.tasks import Tasks
from kt_gui.bridge.viewing import Viewing
from kt_gui.schema.events import Event
from kt_gui.schema.gains import GainKnown
from kt_gui.store.folders import Home
from kt_gui.store.studies import StudyRecord

LOOK = "look"


class GainModel(QObject):
    """Looks for the study when a page wants to know, and anew when studies were added or have gone.

    Signals:
        changed(): another run, or what is known of it.
        opened(): a person wants to see the study.
        asked(): a person wants to begin one.
    """

    changed = Signal()
    opened = Signal()
    asked = Signal()

    def __init__(self, home: Home, viewing: Viewing, parent: QObject, *, is_enabled: bool = True) -> None:
        super().__init__(parent)
        self._home, self._viewing = home, viewing
        self._tasks = Tasks(self, is_enabled=is_enabled)
        self._folder: Path | None = viewing.folder
        self._studies: tuple[tuple[str, str], ...] = ()
        self._is_wanted = self._is_asked = False
        self.known: GainKnown | None = None
        self._tasks.changed.connect(self.changed)
        viewing.changed.connect(self._follow)

    @property
    def is_busy(self) -> bool:
        """Whether the studies are being read."""
        return self._tasks.busy(LOOK)

    @property
    def failure(self) -> Failure | None:
        """Why they could not be read."""
        return self._tasks.failure(LOOK)

    def look(self) -> None:
        """Find out about the run in view, unless that was done."""
        folder, self._is_wanted = self._folder, True
        if folder is not None and not self._is_asked:
            self._is_asked = True
            self._tasks.start(LOOK, lambda stop: session.known_gain(folder, stop, self._home), self.apply)

    def rest(self) -> None:
        """Nobody looks any more: what changes is found out at the next look."""
        self._is_wanted = False

    def renew(self, records: Sequence[StudyRecord]) -> None:
        """Look anew where other studies are there, or have ended."""
        found = tuple((each.id, each.state) for each in records if each.kind == "gain")
        if found != self._studies:
            self._studies, self._is_asked = found, False
            if self._is_wanted:
                self.look()

    def apply(self, events: list[Event]) -> None:
        """Take in what was found."""
        for event in events:
            if isinstance(event, GainKnown):
                self.known = event
        self.changed.emit()

    @Slot()
    def _follow(self) -> None:
        """Forget what was known of another run."""
        if self._viewing.folder != self._folder:
            self._tasks.cancel()
            self._folder, self._is_asked, self.known = self._viewing.folder, False, None
            if self._is_wanted:
                self.look()
            self.changed.emit()
