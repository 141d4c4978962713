"""What stands beside a point of the map while the pointer is on it: its picture, its name, its classes."""

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QFrame, QWidget

from kt_gui.bridge.album import Album
from kt_gui.schema.evaluations import Picture
from kt_gui.schema.quantities import percent
from kt_gui.schema.texts import tr
from kt_gui.widgets.evaluation.pixmaps import Pixmaps
from kt_gui.widgets.gallery import paint_picture
from kt_gui.widgets.parts import Elided, column, row
from kt_gui.widgets.theme import RADIUS, current

SIDE, AWAY, WIDTH = 64, 14, 288
"""Pixels: of the picture, from the point, of the whole."""


def say(picture: Picture) -> str:
    """Say what a picture is, and what was said of it."""
    if not picture.predicted or picture.confidence is None:
        return picture.label
    said = {"label": picture.label, "predicted": picture.predicted, "confidence": percent(picture.confidence, 0)}
    if picture.predicted == picture.label:
        return tr("{label}, {confidence} sure", **said)
    return tr("{label}, taken for {predicted} ({confidence} sure)", **said)


class PointTip(QFrame):
    """A small card that takes no part in what the mouse does."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._around = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._pixmaps: Pixmaps | None = None
        self._index = -1
        self._thumbnail = _Thumbnail(self)
        self._name, self._words = Elided("", "strong"), Elided("", "muted")
        layout = row(self._thumbnail, column(None, self._name, self._words, None, spacing=2), spacing=10)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.setFixedSize(WIDTH, SIDE + 16)
        self.hide()

    @property
    def words(self) -> tuple[str, str]:
        """What it says."""
        return self._name.text(), self._words.text()

    def follow(self, album: Album | None) -> None:
        """Take pictures out of an album from now on."""
        if self._pixmaps is not None and self._pixmaps.album is album:
            return
        if self._pixmaps is not None:
            self._pixmaps.album.changed.disconnect(self._draw)
        self._pixmaps = None if album is None else Pixmaps(album)
        if album is not None:
            album.changed.connect(self._draw)

    def show_picture(self, picture: Picture, point: QPoint) -> None:
        """Stand beside a point of the parent, inside it."""
        self._index = picture.index
        self._name.setText(picture.name.rpartition("/")[2])
        self._words.setText(say(picture))
        self._draw()
        around = self._around.rect()
        x = point.x() + AWAY if point.x() + AWAY + WIDTH <= around.right() else point.x() - AWAY - WIDTH
        y = min(max(0, point.y() - self.height() // 2), around.bottom() - self.height())
        self.move(max(0, x), y)
        self.show()
        self.raise_()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw a card with an edge: it lies on another card."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(current().colour("line"), 1))
        painter.setBrush(current().colour("card"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        painter.end()

    @Slot()
    def _draw(self) -> None:
        known = self._pixmaps.request(self._index) if self._pixmaps is not None and self._index >= 0 else None
        self._thumbnail.pixmap = known or QPixmap()
        self._thumbnail.update()


class _Thumbnail(QWidget):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.pixmap = QPixmap()
        self.setFixedSize(QSize(SIDE, SIDE))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        paint_picture(painter, self.pixmap, QRect(QPoint(), self.size()))
        painter.end()
