"""The studies there are, newest first. Their folders are read in a worker."""

from collections.abc import Iterator, Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from kt_gui.bridge.failures import Failure
from kt_gui.bridge.tasks import Tasks
from kt_gui.schema.events import Event
from kt_gui.schema.stop import StopToken
from kt_gui.store import studies
from kt_gui.store.folders import Home
from kt_gui.store.studies import Studies, StudyRecord

LIST, DELETE = "list", "delete"


class _Listed(Event, frozen=True, kw_only=True, tag="studies_listed"):
    studies: tuple[StudyRecord, ...]


class StudiesList(QObject):
    """All studies.

    Signals:
        listed(): the list was read anew, or could not be.
    """

    listed = Signal()

    def __init__(self, home: Home, parent: QObject, *, is_enabled: bool = True) -> None:
        super().__init__(parent)
        self._home = home
        self._tasks = Tasks(self, is_enabled=is_enabled)
        self._tasks.changed.connect(self.listed)
        self.records: tuple[StudyRecord, ...] = ()

    @property
    def failure(self) -> Failure | None:
        """Why the last wish could not be fulfilled."""
        return self._tasks.failure(DELETE) or self._tasks.failure(LIST)

    @Slot()
    def refresh(self) -> None:
        """Read the list anew."""
        self._tasks.start(LIST, lambda _stop: _list(self._home), self.apply)

    def delete(self, record: StudyRecord) -> None:
        """Remove a study with all its runs, for good."""
        self._tasks.start(DELETE, partial(_delete, self._home, record), self.apply)

    def show(self, records: Sequence[StudyRecord]) -> None:
        """Show these studies."""
        self.records = tuple(records)
        self.listed.emit()

    def apply(self, events: list[Event]) -> None:
        """Take in a list."""
        for event in events:
            if isinstance(event, _Listed):
                self.show(event.studies)


def _list(home: Home) -> Iterator[Event]:
    yield _Listed(studies=tuple(Studies(home).list()))


def _delete(home: Home, record: StudyRecord, _stop: StopToken) -> Iterator[Event]:
    studies.remove(record.folder)
    yield from _list(home)
