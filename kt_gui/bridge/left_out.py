"""Which pictures of a data set are left out by now: read when first asked for, and kept up with what is said."""

from collections.abc import Iterator
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from kt_gui import session
from kt_gui.bridge.corrections_model import CorrectionsModel
from kt_gui.bridge.tasks import Tasks
from kt_gui.schema.corrections import Corrected, Exclusion, is_same
from kt_gui.schema.datasets import Dataset
from kt_gui.schema.events import Event
from kt_gui.schema.stop import StopToken
from kt_gui.store.folders import Home

READ = "read"


class LeftOut(QObject):
    """Knows of every data set that was asked about, or corrected in this window, what is left out of it.

    Where that cannot be read, nothing is said here: the pages of the data tell.

    Signals:
        changed(): it is known of another set, or is another than it was.
    """

    changed = Signal()

    def __init__(self, home: Home, corrections: CorrectionsModel, parent: QObject, *, is_enabled: bool = True) -> None:
        super().__init__(parent)
        self._home = home
        self._corrections = corrections
        self._known: list[tuple[Dataset, frozenset[str]]] = []
        self._tasks = Tasks(self, is_enabled=is_enabled)
        corrections.changed.connect(self._follow)

    def of(self, data: Dataset) -> frozenset[str]:
        """The digests of the pictures that are left out; none where that is not known."""
        return next((digests for each, digests in self._known if is_same(each, data)), frozenset())

    def ask(self, data: Dataset) -> None:
        """Read what is said of a data set: another window, or the terminal, may have said more."""
        self._tasks.start(READ, partial(_read, data, self._home), self.apply)

    def apply(self, events: list[Event]) -> None:
        """Take in what is said."""
        for event in events:
            if isinstance(event, Corrected):
                self._note(event)

    @Slot()
    def _follow(self) -> None:
        if self._corrections.latest is not None:
            self._note(self._corrections.latest)

    def _note(self, said: Corrected) -> None:
        digests = frozenset(each.digest for each in said.corrections if isinstance(each, Exclusion))
        others = [each for each in self._known if not is_same(each[0], said.data)]
        self._known = [*others, (said.data, digests)]
        self.changed.emit()


def _read(data: Dataset, home: Home, _stop: StopToken) -> Iterator[Event]:
    yield session.said_of(data, home)
