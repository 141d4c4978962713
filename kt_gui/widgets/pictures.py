"""The drawings on the cards of the start page."""

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from kt_gui.schema.texts import tr
from kt_gui.store.folders import resources
from kt_gui.widgets.icons import paint_icon
from kt_gui.widgets.theme import GRID, current, themed

TILE, TILES = 32, 6
HEIGHT = 192


class Ground(QWidget):
    """A sunken rounded ground to draw on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themed.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """As wide as its card."""
        return QSize(200, HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the ground, then what stands on it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(current().colour("inset"))
        painter.drawRoundedRect(QRectF(self.rect()), 8, 8)
        self.draw(painter)
        painter.end()

    def draw(self, painter: QPainter) -> None:
        """Draw what stands on the ground."""


class Styles(Ground):
    """The same emoji in the source's and in the target's style, with an arrow between."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._strip = QImage(str(resources() / "pictures" / "emoji-styles.png"))
        self.setAccessibleName(tr("Emoji as Twemoji draws them, and the same as Noto draws them"))

    def draw(self, painter: QPainter) -> None:
        """Draw two by three emoji on each side."""
        size, gap = 44, GRID
        top = (self.height() - 3 * size - 2 * gap) / 2
        middle = self.width() / 2
        width = 2 * size + gap
        self._draw_block(painter, 0, QPointF(middle - 28 - width, top), size)
        self._draw_block(painter, 1, QPointF(middle + 28, top), size)
        arrow = QRectF(middle - 9, self.height() / 2 - 9, 18, 18)
        paint_icon(painter, "chevron-right", current().muted, arrow)

    def _draw_block(self, painter: QPainter, style: int, corner: QPointF, size: int) -> None:
        for place in range(TILES):
            shift = QPointF(place % 2, place // 2) * (size + GRID)
            spot = QRectF(corner + shift, QSizeF(size, size))
            path = QPainterPath()
            path.addRoundedRect(spot, 8, 8)
            painter.setClipPath(path)
            painter.fillRect(spot, Qt.GlobalColor.white)
            piece = QRectF(place * TILE, style * TILE, TILE, TILE)
            painter.drawImage(spot.adjusted(4, 4, -4, -4), self._strip, piece)
        painter.setClipping(False)


class Icons(Ground):
    """Icons in a row, joined by arrows; the last one in the accent's colour."""

    def __init__(self, names: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names = names

    def draw(self, painter: QPainter) -> None:
        """Draw the row."""
        size, pitch, middle = 28.0, 68.0, self.height() / 2
        left = (self.width() - pitch * (len(self._names) - 1) - size) / 2
        for place, name in enumerate(self._names):
            colour = current().accent if place == len(self._names) - 1 else current().muted
            start = left + place * pitch
            paint_icon(painter, name, colour, QRectF(start, middle - size / 2, size, size))
            if place:
                gap = start - (pitch - size) / 2
                paint_icon(painter, "chevron-right", current().faint, QRectF(gap - 7, middle - 7, 14, 14))
