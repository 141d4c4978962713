"""One picture of an album, as large as there is room."""

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from kt_gui.bridge.album import Album
from kt_gui.schema.texts import tr
from kt_gui.widgets.evaluation.pixmaps import Pixmaps
from kt_gui.widgets.gallery import paint_picture
from kt_gui.widgets.icons import paint_icon
from kt_gui.widgets.theme import current, themed

KEPT, SMALL = 12, 128
"""Pictures that stay decoded; pixels up to which a picture is a small one, shown with its own pixels to be seen."""


class Canvas(QWidget):
    """The picture, or why there is none."""

    def __init__(self, album: Album | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pixmaps = Pixmaps(album, KEPT) if album is not None else None
        self._index = 0
        self.setMinimumSize(320, 320)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        themed.changed.connect(self.update)
        if album is not None:
            album.changed.connect(self.update)

    @property
    def pixmap(self) -> QPixmap | None:
        """What is shown: empty where the picture has gone, None while it is fetched."""
        return self._pixmaps.request(self._index) if self._pixmaps is not None else QPixmap()

    def show_picture(self, index: int, name: str) -> None:
        """Show a picture by its place in the data."""
        self._index = index
        self.setAccessibleName(name)
        self.update()

    def prepare(self, index: int) -> None:
        """Fetch a picture that may be wanted next."""
        if self._pixmaps is not None:
            self._pixmaps.album.request(index)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the picture, or why there is none."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pixmap, failure = self.pixmap, self._pixmaps.album.failure if self._pixmaps is not None else None
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, pixmap is None or pixmap.width() > SMALL)
        paint_picture(painter, pixmap if pixmap is not None else QPixmap(), self.rect())
        if pixmap is None and failure is None:
            self._write(painter, "clock", tr("Reading the picture"))
        elif failure is not None:
            self._write(painter, "error", failure.message)
        elif pixmap is not None and pixmap.isNull():
            self._write(painter, "warning", tr("The picture is not there any more."))
        painter.end()

    def _write(self, painter: QPainter, icon: str, text: str) -> None:
        middle = self.rect().center()
        paint_icon(painter, icon, current().faint, QRectF(middle.x() - 16, middle.y() - 40, 32, 32))
        painter.setPen(current().colour("muted"))
        place = QRect(self.rect().adjusted(48, 0, -48, 0))
        place.setTop(middle.y() + 4)
        painter.drawText(place, Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap, text)
