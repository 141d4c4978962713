"""What the window shows in its first frame: rail, page and foot in their colours, and nothing on them yet.

It loads no fonts, no icons and no style sheet, so that the frame stands almost as soon as an empty one would.
"""

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from kt_gui.widgets.theme import FOOT, RAIL, Theme


class Still(QWidget):
    """The grounds that everything will stand on."""

    def __init__(self, look: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the grounds."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._look.colour("rail"))
        page = self.rect().adjusted(RAIL, 0, 0, -FOOT)
        painter.fillRect(page, self._look.colour("background"))
        painter.end()
