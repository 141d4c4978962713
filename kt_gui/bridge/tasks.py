"""Short work by name: scanning a folder, describing a network. Of each name only the newest counts."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal

from kt_gui.bridge.failures import Failure
from kt_gui.bridge.worker import Work, Worker
from kt_gui.schema.events import Event, Progressed

Apply = Callable[[list[Event]], None]


@dataclass(frozen=True)
class _Task:
    work: Work
    apply: Apply


class Tasks(QObject):
    """Starts workers and remembers what each is at.

    Signals:
        changed(): a task began, went on, failed or ended.
    """

    changed = Signal()

    def __init__(self, parent: QObject, *, is_enabled: bool = True) -> None:
        """Where not enabled, nothing is ever started: for pictures of pages, and their tests."""
        super().__init__(parent)
        self._is_enabled = is_enabled
        self._workers: dict[str, Worker] = {}
        self._waiting: dict[str, _Task] = {}
        self._progress: dict[str, Progressed] = {}
        self._failures: dict[str, Failure] = {}

    def start(self, name: str, work: Work, apply: Apply) -> None:
        """Begin work; older work of the same name is abandoned, and ends before this begins."""
        if not self._is_enabled:
            return
        self._failures.pop(name, None)
        if name in self._workers:
            self._workers[name].abandon()
            self._waiting[name] = _Task(work, apply)
        else:
            self._begin(name, _Task(work, apply))
        self.changed.emit()

    def cancel(self, name: str | None = None) -> None:
        """Abandon the work of this name, or all."""
        for each in [name] if name else [*self._workers]:
            self._waiting.pop(each, None)
            if each in self._workers:
                self._workers[each].abandon()

    def stop(self, name: str) -> None:
        """Ask the work of this name to end with what it has; it tells of that still."""
        self._waiting.pop(name, None)
        if name in self._workers:
            self._workers[name].token.stop("keep")

    def busy(self, name: str | None = None) -> bool:
        """Whether work of this name, or any, goes on."""
        return name in self._workers if name else bool(self._workers)

    def progress(self, name: str) -> Progressed | None:
        """How far work of this name has come."""
        return self._progress.get(name)

    def failure(self, name: str) -> Failure | None:
        """How the newest work of this name failed, if it did."""
        return self._failures.get(name)

    def forgive(self, *names: str) -> None:
        """Forget how work of these names failed."""
        for name in names:
            self._failures.pop(name, None)

    def fail(self, name: str, failure: Failure) -> None:
        """Remember how work of this name failed."""
        self._failures[name] = failure
        self.changed.emit()

    def _begin(self, name: str, task: _Task) -> None:
        worker = self._workers[name] = Worker(task.work, self)
        worker.batch.connect(partial(self._take, name, task.apply))
        worker.failed.connect(partial(self.fail, name))
        worker.ended.connect(partial(self._end, name))
        worker.start()

    def _take(self, name: str, apply: Apply, events: list[Event]) -> None:
        told = [event for event in events if isinstance(event, Progressed)]
        if told:
            self._progress[name] = told[-1]
        apply(events)
        self.changed.emit()

    def _end(self, name: str) -> None:
        self._workers.pop(name, None)
        self._progress.pop(name, None)
        waiting = self._waiting.pop(name, None)
        if waiting is not None:
            self._begin(name, waiting)
        self.changed.emit()
