"""What is known of how a run's network sees: the map of its pictures, and what it looks at in one of them."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, assert_never

from PySide6.QtCore import QObject, Signal

from kt_gui import session
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.tasks import Tasks
from kt_gui.schema.evaluations import Checkpoint
from kt_gui.schema.events import Event, Noticed, Progressed
from kt_gui.schema.insights import Embedded, Explained, Method, Projection, Split
from kt_gui.schema.stop import StopToken
from kt_gui.store.folders import Home

Job = Literal["map", "explain"]
KEPT = 48
"""Answers that are remembered: who walks back and forth waits once for each."""


@dataclass(frozen=True)
class MapAsked:
    """Which map is wanted."""

    folder: Path
    checkpoint: Checkpoint
    method: Projection = "pca"
    part: Split = "test"


@dataclass(frozen=True)
class LookAsked:
    """Which picture is to be explained, by its index in the run's data, and for which class; None: what is said."""

    folder: Path
    checkpoint: Checkpoint
    index: int
    method: Method = "auto"
    target: str | None = None


Asked = MapAsked | LookAsked


class InsightModel(QObject):
    """Asks the session in the background and holds its newest answers; what was asked before them is dropped.

    Signals:
        changed(): work began, went on, answered or failed.
    """

    changed = Signal()

    def __init__(self, home: Home, parent: QObject, *, is_enabled: bool = True) -> None:
        super().__init__(parent)
        self._home = home
        self._tasks = Tasks(self, is_enabled=is_enabled)
        self._tasks.changed.connect(self.changed)
        self._asked: dict[Job, Asked] = {}
        self._known: OrderedDict[Asked, Embedded | Explained] = OrderedDict()
        self.embedded: Embedded | None = None
        """The newest map; an older one of the same run stays until its successor is there."""
        self.explained: Explained | None = None
        self.notice: Noticed | None = None
        """Why the picture asked for could not be explained, where it could not be read."""

    def busy(self, job: Job) -> bool:
        """Whether this job goes on."""
        return self._tasks.busy(job)

    def progress(self, job: Job) -> Progressed | None:
        """How far a job has come."""
        return self._tasks.progress(job)

    def failure(self, job: Job) -> Failure | None:
        """Why the newest question could not be answered."""
        return None if self._asked.get(job) in self._known else self._tasks.failure(job)

    def embed(self, asked: MapAsked) -> None:
        """Draw a map, unless it is known or under way."""
        before = self._asked.get("map")
        if before is not None and before.folder != asked.folder:
            self.embedded, self.explained = None, None
        self._ask("map", asked)

    def explain(self, asked: LookAsked) -> None:
        """Explain a picture, unless that is known or under way."""
        self.notice = None
        self._ask("explain", asked)

    def retry(self, job: Job) -> None:
        """Ask again for what failed."""
        asked = self._asked.pop(job, None)
        if asked is not None:
            self._ask(job, asked)

    def cancel(self, job: Job | None = None) -> None:
        """End this job, or all; what was asked may be asked again."""
        self._tasks.cancel(job)
        for each in [job] if job else [*self._asked]:
            self._asked.pop(each, None)

    def apply(self, events: list[Event]) -> None:
        """Take in answers."""
        for event in events:
            match event:
                case Embedded():
                    self.embedded = event
                case Explained():
                    self.explained = event
                case Noticed():
                    self.notice = event
                case _:
                    pass
        self.changed.emit()

    def _ask(self, job: Job, asked: Asked) -> None:
        if asked == self._asked.get(job):
            return
        self._asked[job] = asked
        if asked in self._known:
            self._tasks.cancel(job)
            self._known.move_to_end(asked)
            self.apply([self._known[asked]])
        else:
            self._tasks.start(job, partial(_work, asked, home=self._home), partial(self._take, asked))

    def _take(self, asked: Asked, events: list[Event]) -> None:
        """Take in the answer to a question, and remember it."""
        for event in events:
            if isinstance(event, Embedded | Explained):
                self._known[asked] = event
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        self.apply(events)


def _work(asked: Asked, stop: StopToken, *, home: Home) -> Iterator[Event]:
    match asked:
        case MapAsked(folder, checkpoint, method, part):
            return session.embed(folder, checkpoint, method, part, stop, home)
        case LookAsked(folder, checkpoint, index, how, target):
            return session.explain(folder, [index], checkpoint, stop, home, method=how, target=target)
        case _:
            assert_never(asked)
