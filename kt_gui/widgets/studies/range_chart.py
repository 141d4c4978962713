"""Rows of numbers over repetitions: a dot for each, their mean, and its 95 % interval, all on one scale."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from kt_gui.widgets import theme
from kt_gui.widgets.studies.scales import round_range

ROW, FOOT, GAP, RIGHT = 40, 28, 16, 24
MOST_NAME = 180
"""Pixels that a row's name has at most."""
DOT, BAR = 2.5, 5.0


@dataclass(frozen=True)
class Row:
    """Repetitions of one thing. Numbers are in the unit of the scale."""

    name: str
    values: tuple[float, ...]
    mean: float | None
    low: float | None = None
    high: float | None = None
    token: str = "accent"
    words: str = ""
    """What is said of it, as a tooltip and aloud."""


class RangeChart(QWidget):
    """The rows, one under the other; a line where zero is, if it is in sight."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """`name` is read aloud."""
        super().__init__(parent)
        self._rows: tuple[Row, ...] = ()
        self._range = (0.0, 1.0)
        self._has_sign = False
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.themed.changed.connect(self.update)

    def show_rows(self, rows: Sequence[Row], *, most: float = math.inf, has_zero: bool = False) -> None:
        """Show these rows; with zero in sight, where what counts is the side on which they lie. Nothing is above
        `most`.
        """
        self._rows, self._has_sign = tuple(rows), has_zero
        ends = [end for row in rows for end in (*row.values, row.mean, row.low, row.high) if end is not None]
        ends += [0.0] if has_zero else []
        self._range = round_range(min(ends), max(ends), most) if ends else (0.0, 1.0)
        self.setAccessibleDescription("; ".join(row.words or row.name for row in rows))
        self.setFixedHeight(ROW * max(1, len(rows)) + FOOT)
        self.update()

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is shown."""
        return self._rows

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(480, ROW * max(1, len(self._rows)) + FOOT)

    def event(self, event: QEvent) -> bool:
        """Describe the row under the pointer."""
        if isinstance(event, QHelpEvent):
            place = event.pos().y() // ROW
            if 0 <= place < len(self._rows):
                QToolTip.showText(event.globalPos(), self._rows[place].words, self)
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the scale, then row by row."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_scale(painter)
        for place, row in enumerate(self._rows):
            self._paint_row(painter, row, place * ROW + ROW / 2 - 3)
        painter.end()

    # --- where things stand --------------------------------------------------------------------------------------

    def _left(self) -> float:
        metrics = self.fontMetrics()
        widest = max((metrics.horizontalAdvance(row.name) for row in self._rows), default=0)
        return min(MOST_NAME, widest) + GAP

    def across(self, value: float) -> float:
        """Where a number stands."""
        low, high = self._range
        left = self._left() + GAP
        return left + (value - low) / (high - low) * (self.width() - RIGHT - left)

    # --- drawing -------------------------------------------------------------------------------------------------

    def _paint_scale(self, painter: QPainter) -> None:
        look, (low, high) = theme.current(), self._range
        bottom = self.height() - FOOT
        painter.setFont(theme.font(theme.TINY))
        for part in range(5):
            value = low + (high - low) * part / 4
            x, is_zero = self.across(value), abs(value) < 1e-9 * (high - low)
            is_marked = is_zero and self._has_sign
            painter.setPen(QPen(look.colour("muted" if is_marked else "line"), 1))
            painter.drawLine(QPointF(x, 0), QPointF(x, bottom))
            painter.setPen(look.colour("muted"))
            place = QRectF(x - 40, bottom + 6, 80, 16)
            painter.drawText(place, Qt.AlignmentFlag.AlignHCenter, self._figure(value, is_zero=is_zero))

    def _figure(self, value: float, *, is_zero: bool) -> str:
        sign = "+" if self._has_sign and not is_zero else ""
        return f"{0.0 if is_zero else value:{sign}.3g}".replace("-", "−")

    def _paint_row(self, painter: QPainter, row: Row, y: float) -> None:
        look = theme.current()
        painter.setFont(theme.font(theme.TEXT))
        painter.setPen(look.colour("ink"))
        name = painter.fontMetrics().elidedText(row.name, Qt.TextElideMode.ElideRight, MOST_NAME)
        painter.drawText(QRectF(0, y - 12, self._left(), 24), Qt.AlignmentFlag.AlignVCenter, name)
        if row.low is not None and row.high is not None:
            band = look.colour(row.token)
            band.setAlphaF(0.25)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(band)
            left, right = self.across(row.low), self.across(row.high)
            painter.drawRoundedRect(QRectF(left, y - BAR, max(right - left, 2), 2 * BAR), BAR, BAR)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.colour("faint"))
        for value in row.values:
            painter.drawEllipse(QPointF(self.across(value), y + 12), DOT, DOT)
        if row.mean is not None:
            painter.setPen(QPen(look.colour(row.token), 3))
            painter.setBrush(look.colour("card"))
            painter.drawEllipse(QPointF(self.across(row.mean), y), BAR, BAR)
