"""Step 6: try the network on new pictures, and take it along."""

from functools import partial

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from kt_gui.bridge.models import Models
from kt_gui.schema.texts import mark, tr
from kt_gui.widgets.empty import Empty
from kt_gui.widgets.parts import Heading, secondary
from kt_gui.widgets.prediction.asking import taken_from
from kt_gui.widgets.sections import Sections, lay_out

SECTIONS = {
    "try": mark("Try it"),
    "take": mark("Take it with you"),
}
"""Names and titles, in the order they stand in."""


def make_section(name: str, models: Models) -> QWidget:
    """Build a section by its name; each is imported when it is first wanted."""
    match name:
        case "try":
            from kt_gui.widgets.prediction import trial

            return trial.TryIt(models)
        case "take":
            from kt_gui.widgets.exporting import takeaway

            return takeaway.Takeaway(models)
        case _:
            raise ValueError(name)


class UsePage(QWidget):
    """The sections, one at a time.

    Signals:
        wanted(str): go to another page.
    """

    wanted = Signal(str)

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self.setAcceptDrops(True)
        self._build()
        self._lay_out()
        models.run.changed.connect(self.write)
        self.write()

    def _build(self) -> None:
        self.heading = Heading(tr("Use it"))
        self.sections = Sections(SECTIONS, partial(make_section, models=self._models))
        self.empty = Empty(
            "folder",
            tr("Nothing to use yet"),
            tr("When a run has ended, its network is tried on your own pictures here, and taken along."),
            tr("Go to Train"),
            partial(self.wanted.emit, "train"),
        )
        self.empty.add_button(secondary(tr("Open an earlier run"), partial(self.wanted.emit, "runs")))

    def _lay_out(self) -> None:
        self.stack = lay_out(self, self.heading, self.sections, self.empty)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcome pictures anywhere on the page, whichever section is shown."""
        if event.mimeData().hasUrls() and self.stack.currentIndex() == 0:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Ask about them."""
        event.acceptProposedAction()
        self.sections.go("try")
        self._models.predictions.ask(taken_from(event.mimeData()))

    @Slot()
    def write(self) -> None:
        """Show the run in view."""
        run = self._models.run
        is_known = run.state in ("finished", "stopped") and bool(run.folder)
        self.stack.setCurrentIndex(0 if is_known else 1)
        if is_known:
            self.heading.write(tr("Use it"), run.name)
            if not self.sections.made:
                self.sections.go(next(iter(SECTIONS)))
