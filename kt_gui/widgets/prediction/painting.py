"""How a picture and a guess are drawn, in a row of the list and beside it."""

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPixmap

from kt_gui.schema.predictions import Guess
from kt_gui.widgets.theme import current


def paint_picture(painter: QPainter, pixmap: QPixmap, place: QRect, radius: float = 6) -> None:
    """Draw a picture into a rounded ground, whole and in the middle; a small one is enlarged."""
    ground = QPainterPath()
    ground.addRoundedRect(QRectF(place), radius, radius)
    painter.fillPath(ground, current().colour("inset"))
    if pixmap.isNull():
        return
    inside = QRect(QPoint(), pixmap.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio))
    inside.moveCenter(place.center())
    painter.setClipPath(ground)
    painter.drawPixmap(inside, pixmap)
    painter.setClipping(False)
    painter.setPen(QPen(current().colour("line"), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(place).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)


def paint_guess(painter: QPainter, guess: Guess, place: QRectF, *, is_first: bool) -> None:
    """Draw how likely a class is, as a bar in its groove."""
    radius = place.height() / 2
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(current().colour("line"))
    painter.drawRoundedRect(place, radius, radius)
    width = max(place.height(), place.width() * guess.probability)
    painter.setBrush(current().colour("accent" if is_first else "dots"))
    painter.drawRoundedRect(place.adjusted(0, 0, width - place.width(), 0), radius, radius)
