"""Icons: one family of line drawings, coloured by the look in use."""

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from kt_gui.store.folders import resources
from kt_gui.widgets.theme import current

SIZE = 16


def pixmap(name: str, colour: str, size: int = SIZE, ratio: float = 1.0) -> QPixmap:
    """Draw an icon by its file's name, in a colour `#RRGGBB`, for a screen of this pixel ratio."""
    drawn = QPixmap(round(size * ratio), round(size * ratio))
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    _renderer(name, colour).render(painter, QRectF(drawn.rect()))
    painter.end()
    drawn.setDevicePixelRatio(ratio)
    return drawn


def icon(name: str, token: str = "ink", size: int = SIZE) -> QIcon:
    """An icon in a token's colour of the look in use; draw it anew on `themed.changed`."""
    made = QIcon()
    for ratio in (1.0, 2.0, 3.0):
        made.addPixmap(pixmap(name, getattr(current(), token), size, ratio))
        made.addPixmap(pixmap(name, current().faint, size, ratio), QIcon.Mode.Disabled)
    return made


def paint_icon(painter: QPainter, name: str, colour: str, place: QRectF) -> None:
    """Draw an icon straight into a widget that paints itself."""
    _renderer(name, colour).render(painter, place)


@lru_cache(maxsize=256)
def _renderer(name: str, colour: str) -> QSvgRenderer:
    drawing = (resources() / "icons" / f"{name}.svg").read_text("utf-8").replace("currentColor", colour)
    return QSvgRenderer(QByteArray(drawing.encode()))
