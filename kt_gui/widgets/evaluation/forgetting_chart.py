"""What is still known of the source along the epochs, with its interval, beside what the target gains in validation."""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from kt_gui.schema.changes import Recalled
from kt_gui.schema.checkpoints import say
from kt_gui.schema.quantities import percent
from kt_gui.schema.texts import tr
from kt_gui.widgets import theme

HEIGHT, LEFT, FOOT, FREE = 168, 44, 22, 10
APART = 56
"""Pixels between two numbers under the chart, at least."""


class ForgettingChart(QWidget):
    """Two lines over the epochs, from the source at the left; a ring where the checkpoint in view stands."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._points: tuple[Recalled, ...] = ()
        self._validation: tuple[tuple[int, float], ...] = ()
        self._current: Recalled | None = None
        self.setAccessibleName(tr("What is still known of the source, over epochs"))
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.themed.changed.connect(self.update)

    def show_points(
        self, points: Sequence[Recalled], validation: Sequence[tuple[int, float]], current: Recalled | None
    ) -> None:
        """Show these points, in any order, the target's validation by epoch from 0, and which point is in view."""
        self._points = tuple(sorted(points, key=_position))
        self._validation, self._current = tuple(validation), current
        rows = [f"{say(each.checkpoint, each.epoch)}: {_interval(each)}" for each in self._points]
        self.setAccessibleDescription(tr("; ").join(rows))
        self.setToolTip("\n".join(rows))
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(480, HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw grid, band, lines and rings."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.TINY))
        look = theme.current()
        self._paint_grid(painter)
        self._paint_band(painter)
        validation = [self._place(epoch + 1, value) for epoch, value in self._validation]
        self._paint_line(painter, validation, look.colour("validation"))
        known = [self._place(_position(each), each.accuracy) for each in self._points]
        self._paint_line(painter, known, look.colour("accent"))
        for each, place in zip(self._points, known, strict=True):
            is_current = self._current is not None and each.epoch == self._current.epoch
            painter.setPen(QPen(look.colour("accent"), 2))
            painter.setBrush(look.colour("card" if is_current else "accent"))
            painter.drawEllipse(place, 5 if is_current else 2, 5 if is_current else 2)
        painter.end()

    # --- where things stand ------------------------------------------------------------------------------------------

    @property
    def _last(self) -> int:
        ends = [_position(each) for each in self._points] + [epoch + 1 for epoch, _ in self._validation]
        return max(ends, default=1) or 1

    def _place(self, position: float, share: float) -> QPointF:
        room = self.height() - FOOT - 2 * FREE
        width = self.width() - LEFT - 2 * FREE
        return QPointF(LEFT + FREE + position / self._last * width, FREE + (1 - share) * room)

    # --- drawing -----------------------------------------------------------------------------------------------------

    def _paint_grid(self, painter: QPainter) -> None:
        look = theme.current()
        side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for part in range(5):
            y = self._place(0, part / 4).y()
            painter.setPen(QPen(look.colour("line"), 1))
            painter.drawLine(QPointF(LEFT, y), QPointF(self.width(), y))
            painter.setPen(look.colour("muted"))
            painter.drawText(QRectF(0, y - 8, LEFT - 8, 16), side, percent(part / 4, 0))
        for position in self._ticks():
            text = tr("source") if position == 0 else str(position)
            x = self._place(position, 0).x()
            centre = QRectF(x - APART / 2, self.height() - FOOT + 4, APART, 16)
            painter.drawText(centre, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, text)

    def _ticks(self) -> list[int]:
        """Epochs under which a number finds room, in round steps, the source first."""
        most = max(1, int((self.width() - LEFT) / APART))
        steps = (digit * 10**power for power in range(9) for digit in (1, 2, 5))
        step = next(step for step in steps if step * most >= self._last)
        return list(range(0, self._last + 1, step))

    def _paint_band(self, painter: QPainter) -> None:
        above = [self._place(_position(each), each.high) for each in self._points]
        below = [self._place(_position(each), each.low) for each in reversed(self._points)]
        colour = theme.current().colour("accent")
        colour.setAlphaF(0.15)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(QPolygonF([*above, *below]))

    def _paint_line(self, painter: QPainter, places: Sequence[QPointF], colour: QColor) -> None:
        painter.setPen(QPen(colour, 2))
        for start, end in pairwise(places):
            painter.drawLine(start, end)


def _position(point: Recalled) -> int:
    return 0 if point.epoch is None else point.epoch + 1


def _interval(point: Recalled) -> str:
    values = {"value": percent(point.accuracy), "low": percent(point.low), "high": percent(point.high)}
    return tr("{value}, from {low} to {high}", **values)
