"""A line to search by: a magnifying glass before it, and Escape clears it."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from kt_gui.widgets.icons import icon
from kt_gui.widgets.theme import themed


class SearchLine(QLineEdit):
    """The line; `textChanged` tells what is sought."""

    def __init__(self, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText(hint)
        self.setAccessibleName(hint)
        self.setClearButtonEnabled(True)
        self.setMinimumWidth(248)
        self.setMaximumWidth(320)
        self._glass = QAction(self)
        self.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        themed.changed.connect(self._draw)
        self._draw()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Clear on Escape; an empty line leaves Escape to the window."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _draw(self) -> None:
        self._glass.setIcon(icon("search", "muted"))
