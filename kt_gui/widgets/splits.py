"""The splits of a data set as they look everywhere: a word, a colour and a shape each, for colour is never alone."""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QWidget

from kt_gui.schema.texts import mark, tr
from kt_gui.widgets.parts import fill, label
from kt_gui.widgets.theme import current

Shape = Literal["circle", "triangle", "square", "ring"]


@dataclass(frozen=True)
class Part:
    """One split."""

    name: str
    title: str
    token: str
    shape: Shape

    @property
    def colour(self) -> QColor:
        """Its colour in the look in use."""
        return current().colour(self.token)


PARTS = (
    Part("train", mark("train"), "accent", "circle"),
    Part("validation", mark("validation"), "validation", "triangle"),
    Part("test", mark("test"), "muted", "square"),
    Part("unused", mark("unused"), "line", "ring"),
)
_BY_NAME = {part.name: part for part in PARTS}


def part_of(split: str) -> Part:
    """The split of this name; what is none of the three is unused."""
    return _BY_NAME.get(split, PARTS[-1])


def paint_mark(painter: QPainter, part: Part, place: QRectF) -> None:
    """Draw a split's shape into a square."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(part.colour)
    match part.shape:
        case "circle":
            painter.drawEllipse(place)
        case "square":
            painter.drawRoundedRect(place.adjusted(0.5, 0.5, -0.5, -0.5), 1, 1)
        case "triangle":
            top = QPointF(place.center().x(), place.top())
            painter.drawPolygon(QPolygonF([top, place.bottomRight(), place.bottomLeft()]))
        case "ring":
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(current().colour("faint"), 1))
            painter.drawEllipse(place.adjusted(0.5, 0.5, -0.5, -0.5))


class _Mark(QWidget):
    def __init__(self, part: Part, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._part = part
        self.setFixedSize(8, 8)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_mark(painter, self._part, QRectF(self.rect()))
        painter.end()


class Legend(QWidget):
    """What the shapes and colours of the splits mean; `unused` only where there is some."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pairs: dict[str, QWidget] = {part.name: _pair(part) for part in PARTS}
        fill(QHBoxLayout(self), (*self._pairs.values(), None), 12)

    def show_unused(self, *, is_any: bool) -> None:
        """Say whether pictures were left out."""
        self._pairs["unused"].setVisible(is_any)


def _pair(part: Part) -> QWidget:
    pair = QWidget()
    fill(QHBoxLayout(pair), (_Mark(part), label(tr(part.title), "small")), 6)
    return pair
