"""The ring about what has the keyboard, for widgets that draw themselves."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

from kt_gui.widgets import theme

RADIUS = 6


def paint_focus(painter: QPainter, widget: QWidget) -> None:
    """Draw it along the widget's edge."""
    painter.setPen(QPen(theme.current().colour("accent"), 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(widget.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)
