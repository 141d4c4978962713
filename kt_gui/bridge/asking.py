"""What models share that ask the session for one thing at a time: the work, how far it has come, and how it failed."""

from PySide6.QtCore import QObject, Signal

from kt_gui.bridge.failures import Failure
from kt_gui.bridge.tasks import Tasks
from kt_gui.schema.events import Progressed
from kt_gui.store.folders import Home

WORK = "work"


class Asking(QObject):
    """Asks in the background, by `_tasks` under the name `WORK`.

    Signals:
        changed(): work began, went on, answered or failed.
    """

    changed = Signal()

    def __init__(self, home: Home, parent: QObject, *, is_enabled: bool = True) -> None:
        super().__init__(parent)
        self._home = home
        self._tasks = Tasks(self, is_enabled=is_enabled)
        self._tasks.changed.connect(self.changed)

    @property
    def is_busy(self) -> bool:
        """Whether the answer is being found."""
        return self._tasks.busy(WORK)

    @property
    def progress(self) -> Progressed | None:
        """How far that has come."""
        return self._tasks.progress(WORK)

    @property
    def failure(self) -> Failure | None:
        """Why there is no answer."""
        return self._tasks.failure(WORK)

    def fail(self, failure: Failure) -> None:
        """Say why there is no answer."""
        self._tasks.fail(WORK, failure)
