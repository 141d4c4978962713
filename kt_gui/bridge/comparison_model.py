"""Runs held against each other: what is known of them, and which two are looked at picture by picture."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from kt_gui import session
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.tasks import Tasks
from kt_gui.schema.comparisons import Contrasted, Matched
from kt_gui.schema.events import Event, Progressed
from kt_gui.store.folders import Home

Job = Literal["contrast", "match"]
Pair = tuple[int, int]
"""Places of two of the runs."""


class ComparisonModel(QObject):
    """Asks the session in the background. Of each two runs that were matched the answer is kept.

    Signals:
        changed(): work began, went on, answered or failed; or other runs, or another two of them, were chosen.
    """

    changed = Signal()

    def __init__(self, home: Home, parent: QObject, *, is_enabled: bool = True) -> None:
        super().__init__(parent)
        self._home = home
        self._tasks = Tasks(self, is_enabled=is_enabled)
        self._tasks.changed.connect(self.changed)
        self._matched: dict[Pair, Matched] = {}
        self._asked: Pair | None = None
        self.folders: tuple[Path, ...] = ()
        self.contrasted: Contrasted | None = None
        self.pair: Pair = (0, 1)
        self.is_together = False
        """Whether runs that differ in their seed only are wanted as one, to begin with."""

    @property
    def is_open(self) -> bool:
        """Whether runs are compared."""
        return bool(self.folders)

    @property
    def matched(self) -> Matched | None:
        """What is known of the two that were chosen."""
        return self._matched.get(self.pair)

    def busy(self, job: Job) -> bool:
        """Whether this job goes on."""
        return self._tasks.busy(job)

    def progress(self, job: Job) -> Progressed | None:
        """How far a job has come."""
        return self._tasks.progress(job)

    def failure(self, job: Job) -> Failure | None:
        """Why a job failed; of two runs, only while they are the two that were chosen."""
        if job == "match" and self._asked != self.pair:
            return None
        return self._tasks.failure(job)

    def open(self, folders: Sequence[Path], *, is_together: bool = False) -> None:
        """Compare other runs; the first two that differ are matched as soon as they are known."""
        self._forget(tuple(folders))
        self.is_together = is_together
        self._tasks.start("contrast", lambda stop: session.contrast(folders, stop, self._home), self.apply)
        self.changed.emit()

    def close(self) -> None:
        """Compare no runs any more."""
        self._forget(())
        self.changed.emit()

    def _forget(self, folders: tuple[Path, ...]) -> None:
        self.cancel()
        self.folders, self.contrasted, self.pair = folders, None, (0, 1)
        self._matched, self._asked = {}, None

    def choose(self, first: int, second: int) -> None:
        """Look at two of the runs, picture by picture."""
        self.pair = (first, second)
        if self.matched is None and first != second:
            self.match()
        self.changed.emit()

    def match(self) -> None:
        """Ask of the two runs, again where it failed or was cancelled."""
        self._asked = self.pair
        first, second = (self.folders[place] for place in self.pair)
        self._tasks.start("match", lambda stop: session.match(first, second, stop, self._home), self.apply)

    def cancel(self, job: Job | None = None) -> None:
        """End this job, or both."""
        self._tasks.cancel(job)

    def fail(self, job: Job, failure: Failure) -> None:
        """Remember how a job failed."""
        self._tasks.fail(job, failure)

    def apply(self, events: list[Event]) -> None:
        """Take in answers."""
        for event in events:
            if isinstance(event, Contrasted):
                self.contrasted = event
                self.folders = tuple(Path(run.folder) for run in event.runs)
                heads = [group.members[0] for group in event.groups]
                self.pair = (heads[0], heads[1]) if len(heads) > 1 else (0, 1)
                self.match()
            if isinstance(event, Matched):
                places = {str(folder): place for place, folder in enumerate(self.folders)}
                if event.first in places and event.second in places:
                    self._matched[places[event.first], places[event.second]] = event
        self.changed.emit()
