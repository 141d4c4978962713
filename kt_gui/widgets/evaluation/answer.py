"""A card whose content has to be computed first: not asked yet, at work, failed, known."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from kt_gui.bridge.failures import Failure
from kt_gui.schema.events import Noticed, Progressed
from kt_gui.schema.texts import tr
from kt_gui.widgets.notices import Notice
from kt_gui.widgets.parts import Card, row, secondary
from kt_gui.widgets.progress import ProgressLine


class Answer(Card):
    """What is known stays in sight, in `full`, while something newer is computed.

    Signals:
        again(): a person wants it computed.
        cancelled(): a person wants no more of it.
    """

    again = Signal()
    cancelled = Signal()

    def __init__(self, title: str, full: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.full = full
        self.progress = ProgressLine()
        self.notice = Notice("information", "")
        self.retry = secondary(tr("Try again"), self.again.emit)
        self.begin = secondary(tr("Compute"), self.again.emit)
        self.notice.buttons.addWidget(self.retry)
        self.progress.cancelled.connect(self.cancelled)
        for part in (self.notice, self.progress, full):
            self.body.addWidget(part)
        self.body.addLayout(row(self.begin, None))

    def show_state(
        self,
        *,
        is_busy: bool,
        is_known: bool,
        progress: Progressed | None,
        failure: Failure | None,
        notice: Noticed | None = None,
    ) -> None:
        """Show how far the work has come, how it failed, or what it found."""
        self.progress.setVisible(is_busy)
        self.progress.show_progress(progress)
        self.full.setVisible(is_known and failure is None)
        self.begin.setVisible(not is_busy and not is_known and failure is None)
        self._tell(None if is_busy else failure, notice)

    def _tell(self, failure: Failure | None, notice: Noticed | None) -> None:
        """A failure that a person may mend, or has to live with, is told calmly; one of the program as an error."""
        self.notice.setVisible(failure is not None or notice is not None)
        self.retry.setVisible(failure is not None and not failure.is_lasting)
        if failure is not None:
            self.notice.write(failure.message, failure.remedy)
        elif notice is not None:
            self.notice.write(str(notice.message), str(notice.remedy or ""))
