"""What is known of one data set, source or target: how it was read, counted and dealt out."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from kt_gui import session
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.tasks import Tasks
from kt_gui.schema.corrections import Corrected
from kt_gui.schema.datasets import Dataset
from kt_gui.schema.events import Event, Progressed, Surveyed
from kt_gui.schema.experiment import Split
from kt_gui.store.folders import Home


@dataclass(frozen=True)
class Question:
    """What a survey is asked."""

    data: Dataset
    split: Split
    per_class: int | None
    seed: int


class DatasetModel(QObject):
    """Surveys a data set in the background and holds the answer.

    Signals:
        changed(): a survey began, went on, answered or failed.
    """

    changed = Signal()

    def __init__(self, home: Home, parent: QObject, *, is_enabled: bool = True) -> None:
        super().__init__(parent)
        self._home = home
        self._question: Question | None = None
        self._tasks = Tasks(self, is_enabled=is_enabled)
        self._tasks.changed.connect(self.changed)
        self.answer: Surveyed | None = None
        self.corrected: Corrected | None = None

    @property
    def busy(self) -> bool:
        """Whether a survey goes on."""
        return self._tasks.busy()

    @property
    def progress(self) -> Progressed | None:
        """How far the survey has come."""
        return self._tasks.progress("survey")

    @property
    def failure(self) -> Failure | None:
        """Why the data could not be read."""
        return self._tasks.failure("survey")

    def survey(self, data: Dataset, split: Split, per_class: int | None, seed: int) -> None:
        """Read and deal the data out, unless just that is known or under way. A new data set forgets the old."""
        question = Question(data, split, per_class, seed)
        if question == self._question:
            return
        if self._question is None or self._question.data != data:
            self.answer, self.corrected = None, None
        self._question = question
        self._tasks.start(
            "survey", lambda stop: session.survey(data, split, per_class, seed, stop, self._home), self.apply
        )

    @property
    def data(self) -> Dataset | None:
        """The data set that was asked about."""
        return None if self._question is None else self._question.data

    def retry(self) -> None:
        """Read once more, for the files may have changed."""
        asked, self._question = self._question, None
        if asked is not None:
            self.survey(asked.data, asked.split, asked.per_class, asked.seed)

    def forget(self) -> None:
        """Know nothing any more: there is no data set."""
        if self._question is None and self.answer is None:
            return
        self.cancel()
        self.answer, self.corrected = None, None
        self.changed.emit()

    def cancel(self) -> None:
        """End the survey; what was known stays."""
        self._tasks.cancel()
        self._question = None

    def fail(self, failure: Failure) -> None:
        """Say why the data could not be read."""
        self._tasks.fail("survey", failure)

    def apply(self, events: list[Event]) -> None:
        """Take in what a survey tells."""
        for event in events:
            if isinstance(event, Surveyed):
                self.answer = event
            elif isinstance(event, Corrected):
                self.corrected = event
        self.changed.emit()
