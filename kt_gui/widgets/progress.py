"""Work that goes on, by its name: "Reading pictures, 340 of 1 204", a bar, and a button that ends it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kt_gui.schema.activities import ACTIVITIES
from kt_gui.schema.datasets import called
from kt_gui.schema.events import Progressed
from kt_gui.schema.quantities import gigabytes
from kt_gui.schema.texts import thousands, tr
from kt_gui.widgets.notices import Bar
from kt_gui.widgets.parts import Elided, column, fill, row, secondary


class ProgressLine(QWidget):
    """The line.

    Signals:
        cancelled(): a person wants no more of it.
    """

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = Elided("", "muted")
        self._bar = Bar()
        self._bar.setAccessibleName(tr("Progress"))
        self.cancel = secondary(tr("Cancel"), self.cancelled.emit)
        outer = row(column(self._words, self._bar, spacing=6), self.cancel, spacing=16)
        outer.setStretch(0, 1)
        fill(QVBoxLayout(self), (outer,))
        self.show_progress(None)

    def show_progress(self, progress: Progressed | None) -> None:
        """Show how far work has come; None where it has said nothing yet."""
        if progress is None:
            self._words.setText(tr("Starting"))
            self._bar.write(None)
            return
        self._words.setText(describe(progress))
        self._bar.write(progress.done / progress.total if progress.total else None)


def describe(progress: Progressed) -> str:
    """Say what goes on, and how far it has come."""
    activity = tr(ACTIVITIES[progress.activity])
    write = gigabytes if progress.unit == "bytes" else thousands
    if not progress.total:
        return tr("{activity}: {done}", activity=activity, done=write(progress.done)) if progress.done else activity
    said = {"activity": activity, "done": write(progress.done), "total": write(progress.total)}
    if progress.subject:
        return tr("{activity}: {done} of {total} ({subject})", subject=called(progress.subject), **said)
    return tr("{activity}: {done} of {total}", **said)
