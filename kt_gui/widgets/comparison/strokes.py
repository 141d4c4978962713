"""How the lines of several runs are told apart: by colour, by dashes, and by the mark at their ends.

It imports pyqtgraph and is imported when a comparison is first shown.
"""

# mypy: allow-untyped-calls

from pyqtgraph.graphicsItems.ScatterPlotItem import drawSymbol
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from kt_gui.widgets import theme

MARKS = ("o", "s", "t", "d", "star", "t1", "h", "p")
DASHES: tuple[list[float], ...] = ([], [5, 2.5], [1.5, 2], [7, 2.5, 1.5, 2.5])
MARK = 8
"""Size of a mark in pixels."""
_SAMPLE = (36, 16)


def colour(style: int) -> QColor:
    """The colour of a line."""
    return QColor(theme.current().lines[style])


def pen(style: int, ratio: float) -> QPen:
    """The pen of a line; so many times thicker on a finer screen."""
    made = QPen(colour(style), 2 * ratio)
    made.setCosmetic(True)
    if DASHES[style % len(DASHES)]:
        made.setDashPattern(DASHES[style % len(DASHES)])
    return made


def sample(style: int, ratio: float) -> QPixmap:
    """A piece of a line with its mark, for a key."""
    width, height = _SAMPLE
    made = QPixmap(round(width * ratio), round(height * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(pen(style, 1.0))
    painter.drawLine(QPointF(1, height / 2), QPointF(width - 1, height / 2))
    painter.translate(width / 2, height / 2)
    drawSymbol(painter, MARKS[style], MARK, QPen(Qt.PenStyle.NoPen), colour(style))
    painter.end()
    return made
