"""What the run in view was taken along as, and what is being written now."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from kt_gui import session
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.tasks import Tasks
from kt_gui.bridge.viewing import Viewing
from kt_gui.schema.events import Event, Progressed
from kt_gui.schema.exports import Exported, Format
from kt_gui.store.folders import Home


class ExportModel(QObject):
    """Exports the checkpoint in view, one form at a time, and holds what came of it until another one is looked at;
    with what was taken along from it before.

    Signals:
        changed(): an export began, went on, ended or failed; or another checkpoint is in view.
    """

    changed = Signal()

    def __init__(self, home: Home, viewing: Viewing, parent: QObject, *, is_enabled: bool = True) -> None:
        super().__init__(parent)
        self._home = home
        self._viewing = viewing
        self._tasks = Tasks(self, is_enabled=is_enabled)
        self._failures: dict[Format, Failure] = {}
        self._current: Format | None = None
        self._is_asked = False
        self.found: dict[Format, Exported] = {}
        self._tasks.changed.connect(self._look)
        viewing.changed.connect(self.forget)

    @property
    def current(self) -> Format | None:
        """The form that is being written."""
        return self._current if self._tasks.busy("export") else None

    @property
    def progress(self) -> Progressed | None:
        """How far that has come."""
        return self._tasks.progress("export")

    def failure(self, form: Format) -> Failure | None:
        """Why the newest export in a form failed, if it did."""
        return self._failures.get(form)

    def look(self) -> None:
        """Find out, once for what is in view, what was taken along from it before."""
        folder, checkpoint = self._viewing.folder, self._viewing.checkpoint
        if folder is not None and not self._is_asked:
            self._is_asked = True
            self._tasks.start("known", lambda stop: session.known_exports(folder, checkpoint, stop), self._recall)

    def export(self, form: Format, out: Path | None = None, *, with_preprocessing: bool = False) -> None:
        """Begin an export of the checkpoint in view, unless one is under way."""
        folder, checkpoint = self._viewing.folder, self._viewing.checkpoint
        if folder is None or self.current is not None:
            return
        self._current = form
        self._failures.pop(form, None)
        work = partial(
            session.export,
            folder,
            form,
            home=self._home,
            out=out,
            checkpoint=checkpoint,
            with_preprocessing=with_preprocessing,
        )
        self._tasks.start("export", work, self.apply)

    def cancel(self) -> None:
        """Break off what is being written; nothing of it is left."""
        self._tasks.cancel("export")

    @Slot()
    def forget(self) -> None:
        """Another checkpoint is in view."""
        self._tasks.cancel()
        self._is_asked = False
        self.found.clear()
        self._failures.clear()
        self.changed.emit()

    def apply(self, events: list[Event]) -> None:
        """Take in what was written, where it is of the checkpoint in view."""
        for event in events:
            if isinstance(event, Exported) and self._is_in_view(event):
                self.found[event.format] = event
        self.changed.emit()

    def _recall(self, events: list[Event]) -> None:
        """Take in what was taken along before; what is newer stays."""
        for event in events:
            if isinstance(event, Exported) and self._is_in_view(event):
                self.found.setdefault(event.format, event)

    def fail(self, form: Format, failure: Failure) -> None:
        """Remember why an export failed."""
        self._failures[form] = failure
        self.changed.emit()

    def _is_in_view(self, exported: Exported) -> bool:
        return exported.run == str(self._viewing.folder) and exported.checkpoint == self._viewing.checkpoint

    @Slot()
    def _look(self) -> None:
        failure = self._tasks.failure("export")
        if failure is not None and self._current is not None and not self._tasks.busy("export"):
            self._failures[self._current], self._current = failure, None
        self.changed.emit()
