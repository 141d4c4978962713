"""What stands where an answer will be: how far the work has come, why it failed, or a button that begins it again."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from kt_gui.bridge.failures import Failure
from kt_gui.schema.events import Progressed
from kt_gui.schema.texts import tr
from kt_gui.widgets.empty import Empty
from kt_gui.widgets.notices import Bar, Notice
from kt_gui.widgets.parts import Card, secondary
from kt_gui.widgets.progress import ProgressLine


class Underway(Bar):
    """A bar that says no more than that something goes on, and keeps its room while nothing does."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Progress"))
        kept = self.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.setSizePolicy(kept)
        self.write(None)
        self.hide()


class Waiting(QWidget):
    """One of three: progress, a failure with its remedy, or that nothing goes on.

    Signals:
        cancelled(): a person wants no more of the work.
        retried(): a person wants it begun again.
    """

    cancelled = Signal()
    retried = Signal()

    def __init__(self, sentence: str, action: str, parent: QWidget | None = None) -> None:
        """`sentence` says what will stand here, `action` is what the button says that begins the work."""
        super().__init__(parent)
        self.progress = ProgressLine()
        self.progress.cancelled.connect(self.cancelled)
        self.trouble = Notice("error", "")
        self.again = secondary(tr("Try again"), self.retried.emit)
        self.trouble.buttons.addWidget(self.again)
        self.empty = Empty("eye", tr("Nothing drawn yet"), sentence, action, self.retried.emit)
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        for part in (_at_top(self.progress), _at_top(self.trouble), self.empty):
            self._stack.addWidget(part)

    def show_state(self, *, is_busy: bool, progress: Progressed | None, failure: Failure | None) -> None:
        """Show what holds."""
        self._stack.setCurrentIndex(0 if is_busy else 1 if failure is not None else 2)
        if is_busy:
            self.progress.show_progress(progress)
        elif failure is not None:
            self.trouble.write(failure.message, failure.remedy)


def _at_top(part: QWidget) -> QWidget:
    whole, card = QWidget(), Card()
    card.body.addWidget(part)
    layout = QVBoxLayout(whole)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(card)
    layout.addStretch(1)
    return whole
