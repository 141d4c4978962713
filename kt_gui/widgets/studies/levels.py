"""The scale at the left of a chart: a thin line across it at each level, with its number."""

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from kt_gui.widgets import theme

GAP = 8
"""Pixels between a number and its line."""


def paint_levels(painter: QPainter, levels: Iterable[tuple[float, str]], left: float, right: float) -> None:
    """Draw levels, each where it stands from above and what it is called; the pen is that of the numbers then."""
    look, side = theme.current(), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    for y, text in levels:
        painter.setPen(QPen(look.colour("line"), 1))
        painter.drawLine(QPointF(left, y), QPointF(right, y))
        painter.setPen(look.colour("muted"))
        painter.drawText(QRectF(0, y - 8, left - GAP, 16), side, text)
