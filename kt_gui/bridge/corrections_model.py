"""What a person says of pictures: leave it out, it is of another class, here is one more. Recorded beside the data."""

from collections import deque
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal, Slot

from kt_gui import session
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.tasks import Tasks
from kt_gui.bridge.worker import Work
from kt_gui.schema.corrections import Confirmation, Corrected, Correction, Exclusion, Move, Written
from kt_gui.schema.datasets import Dataset
from kt_gui.schema.evaluations import Picture
from kt_gui.schema.events import Event
from kt_gui.store.folders import Home

JOB = "correct"


class CorrectionsModel(QObject):
    """Records corrections of data sets, one after the other in the order they were said, and takes them back.

    Signals:
        changed(): something was recorded or taken back; `latest` holds all that is said of that data set now.
        failed(Failure): it could not be written.
        written(Written): corrections were carried out in the user's own files.
    """

    changed = Signal()
    failed = Signal(object)
    written = Signal(object)

    def __init__(self, home: Home, parent: QObject, *, is_enabled: bool = True) -> None:
        super().__init__(parent)
        self._home = home
        self._waiting: deque[Work] = deque()
        self._told: Failure | None = None
        self._tasks = Tasks(self, is_enabled=is_enabled)
        self._tasks.changed.connect(self._go_on)
        self.latest: Corrected | None = None

    @property
    def busy(self) -> bool:
        """Whether something is being recorded."""
        return bool(self._waiting) or self._tasks.busy()

    def exclude(self, data: Dataset, pictures: Sequence[Picture]) -> None:
        """Leave pictures out from now on."""
        self._say(data, [Exclusion(digest=each.digest, name=each.name) for each in pictures])

    def move(self, data: Dataset, pictures: Sequence[Picture], label: str) -> None:
        """File pictures under another class from now on."""
        self._say(data, [Move(digest=each.digest, name=each.name, label=label) for each in pictures])

    def confirm(self, data: Dataset, pictures: Sequence[Picture]) -> None:
        """Say that pictures are filed rightly: they are not suspected again."""
        self._say(data, [Confirmation(digest=each.digest, name=each.name, label=each.label) for each in pictures])

    def add(self, data: Dataset, png: bytes, name: str, label: str, original: str = "") -> None:
        """Add a picture to learn from; `png` is the whole picture, `original` the digest of the file it comes from."""
        self._do(lambda stop: session.add(data, png, name, label, stop, self._home, original=original))

    def take_back(self, data: Dataset, digests: Sequence[str]) -> None:
        """Forget what was said of these pictures."""
        self._do(lambda stop: session.correct(data, (), stop, self._home, forgotten=tuple(digests)))

    def write_back(self, data: Dataset) -> None:
        """Carry out all that was said, in the user's own files."""
        self._do(lambda stop: session.write_back(data, stop, self._home))

    def apply(self, events: list[Event]) -> None:
        """Take in what was done."""
        for event in events:
            if isinstance(event, Corrected):
                self.latest = event
                self.changed.emit()
            elif isinstance(event, Written):
                self.written.emit(event)

    def _say(self, data: Dataset, changes: Sequence[Correction]) -> None:
        self._do(lambda stop: session.correct(data, changes, stop, self._home))

    def _do(self, work: Work) -> None:
        self._waiting.append(work)
        self._go_on()

    @Slot()
    def _go_on(self) -> None:
        """Do the next thing when the last has ended; where that failed, say so once."""
        if self._tasks.busy():
            return
        failure = self._tasks.failure(JOB)
        if failure is not None and failure is not self._told:
            self._told = failure
            self.failed.emit(failure)
        if self._waiting and not self._tasks.busy():
            self._tasks.start(JOB, self._waiting.popleft(), self.apply)
