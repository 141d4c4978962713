"""The batches of a run as dots in a chart: any number of them, for the price of the new ones.

Like `charts`, it imports numpy and is imported when a chart is first shown.
"""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPaintEngine, QPainter, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from kt_gui.widgets import theme
from kt_gui.widgets.curve_data import Floats, Stamp, logarithm

Pixels = NDArray[np.uint32]

RADIUS, LARGE = 1.25, 2.5
"""Of a dot, in pixels; and of a dot where there are few."""
FEW = 100
"""So many dots in a chart are few."""


class Dots(QGraphicsItem):
    """Dots stamped into a picture of the pixels they cover."""

    def __init__(self) -> None:
        super().__init__()
        self._x: Floats = np.empty(0)
        self._y: Floats = np.empty(0)
        self._version, self._is_log = 0, False
        self._radius = RADIUS
        self._view = QRectF()
        self._stamp = Stamp(1, 1)
        self._tinted: Pixels = np.zeros((1, 1), dtype=np.uint32)
        self._shades = shades(QColor())
        self._key: tuple[object, ...] = ()
        self._drawn = 0

    def show_points(self, x: Floats, y: Floats, version: int, *, is_log: bool, is_large: bool) -> None:
        """Show these points; with the same version they are the old ones and some more."""
        self._radius = LARGE if is_large else RADIUS
        self._x, self._y, self._version, self._is_log = x, y, version, is_log
        self.update()

    def show_view(self, view: QRectF) -> None:
        """Tell which part of the plane is seen."""
        self.prepareGeometryChange()
        self._view = QRectF(view)

    def boundingRect(self) -> QRectF:
        """What is seen."""
        return self._view

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """Draw a picture; in a drawing that can be enlarged, circles."""
        transform, colour = painter.worldTransform(), theme.current().colour("dots")
        area = transform.mapRect(self._view)
        painter.save()
        painter.resetTransform()
        if painter.paintEngine().type() == QPaintEngine.Type.SVG:
            self._paint_circles(painter, transform, area, colour)
        else:
            ratio = painter.device().devicePixelRatioF()
            painter.drawImage(area.topLeft(), self._draw(transform, area, ratio, colour))
        painter.restore()

    def _pixels(self, transform: QTransform, area: QRectF, ratio: float, start: int) -> tuple[Floats, Floats]:
        y = logarithm(self._y[start:]) if self._is_log else self._y[start:]
        columns = (self._x[start:] * transform.m11() + (transform.dx() - area.left())) * ratio
        return columns, (y * transform.m22() + (transform.dy() - area.top())) * ratio

    def _draw(self, transform: QTransform, area: QRectF, ratio: float, colour: QColor) -> QImage:
        size = (max(1, round(area.width() * ratio)), max(1, round(area.height() * ratio)))
        place = (transform.m11(), transform.m22(), transform.dx(), transform.dy())
        key = (self._version, self._is_log, size, place, colour.rgba(), self._radius)
        if key != self._key or len(self._x) < self._drawn:
            self._stamp, self._key, self._drawn = Stamp(*size), key, 0
            self._shades = shades(colour)
            self._tinted = np.zeros(self._stamp.mask.shape, dtype=np.uint32)
        if self._drawn < len(self._x):
            new = self._stamp.add(*self._pixels(transform, area, ratio, self._drawn), self._radius * ratio)
            self._tinted[:, new] = self._shades[self._stamp.mask[:, new]]
            self._drawn = len(self._x)
        image = QImage(self._tinted.data, *size, 4 * size[0], QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(ratio)
        return image

    def _paint_circles(self, painter: QPainter, transform: QTransform, area: QRectF, colour: QColor) -> None:
        columns, rows = self._pixels(transform, area, 1.0, 0)
        inside = np.isfinite(rows) & (rows >= 0) & (rows < area.height())
        inside &= (columns >= 0) & (columns < area.width())
        cells = np.unique(np.stack([columns[inside].round(), rows[inside].round()]), axis=1)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        for column, row in cells.T:
            painter.drawEllipse(area.topLeft() + QPointF(float(column), float(row)), self._radius, self._radius)


def shades(colour: QColor) -> Pixels:
    """A colour in each of 256 opacities, as premultiplied pixels."""
    opacity = np.arange(256, dtype=np.uint32)
    table = opacity << 24
    for part, shift in ((colour.red(), 16), (colour.green(), 8), (colour.blue(), 0)):
        table |= (opacity * part // 255) << shift
    return table.astype(np.uint32)
