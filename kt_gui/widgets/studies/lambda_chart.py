"""What each λ was worth: mean ± standard error over log λ, a dot per fold, 0 and the frozen end set apart."""

import math
from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from kt_gui.bridge import study_words as words
from kt_gui.schema.quantities import number
from kt_gui.schema.study_answers import LambdaVerdict, Point
from kt_gui.schema.texts import listed, tr, trn
from kt_gui.widgets import theme
from kt_gui.widgets.focus_ring import paint_focus
from kt_gui.widgets.studies.levels import paint_levels
from kt_gui.widgets.studies.scales import quarters, round_range

LEFT, RIGHT, TOP, FOOT = 48, 16, 28, 40
"""Room for the scales and for the marks' words, in pixels."""
END = 64
"""Width that an end has for itself."""
WORST = 2.5
"""A loss so many times the lowest mean leaves the chart at its top: what matters happens at the bottom."""
DOT, MEAN, CAP = 2.5, 4.5, 4.0
NONE = -1


class LambdaChart(QWidget):
    """Points from weak to strong. A click or the arrow keys choose one.

    Signals:
        chosen(int): a person chose the point of this place.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._verdict: LambdaVerdict | None = None
        self._at = NONE
        self._range = (0.0, 1.0)
        self.setAccessibleName(tr("Validation loss over λ"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(320, 200)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.themed.changed.connect(self.update)

    def show_verdict(self, verdict: LambdaVerdict) -> None:
        """Show what is known so far."""
        self._verdict = verdict
        self._range = _range(verdict.points)
        self.setAccessibleDescription("; ".join(describe(verdict, point) for point in verdict.points))
        self.update()

    def choose(self, place: int) -> None:
        """Show which point is chosen without saying so."""
        self._at = place
        self.update()

    @property
    def at(self) -> int:
        """The place of the chosen point; -1 for none."""
        return self._at

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(560, 320)

    # --- keys and mouse ------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk from point to point."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None or not self._points:
            super().keyPressEvent(event)
            return
        self._choose(min(max(self._at + step, 0), len(self._points) - 1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the point that is nearest from side to side."""
        place = self._nearest(event.position().x())
        if place != NONE:
            self._choose(place)

    def event(self, event: QEvent) -> bool:
        """Describe the point under the pointer."""
        if isinstance(event, QHelpEvent) and self._verdict is not None:
            place = self._nearest(event.pos().x())
            if place != NONE:
                QToolTip.showText(event.globalPos(), describe(self._verdict, self._points[place]), self)
            return True
        return super().event(event)

    def _choose(self, place: int) -> None:
        if place != self._at:
            self.choose(place)
            self.chosen.emit(place)

    def _nearest(self, x: float) -> int:
        reach = {place: abs(self.across(point) - x) for place, point in enumerate(self._points)}
        nearest = min(reach, key=lambda place: reach[place], default=NONE)
        return nearest if nearest != NONE and reach[nearest] <= END / 2 else NONE

    # --- where things stand --------------------------------------------------------------------------------------

    @property
    def _points(self) -> Sequence[Point]:
        return self._verdict.points if self._verdict is not None else ()

    @property
    def _strengths(self) -> list[float]:
        return [point.strength for point in self._points if point.strength]

    def _middle(self) -> tuple[float, float]:
        """Between which pixels the log scale stands."""
        has_zero = any(point.strength == 0 for point in self._points)
        has_frozen = any(point.strength is None for point in self._points)
        left = LEFT + (END if has_zero else END / 4)
        return left, self.width() - RIGHT - (END if has_frozen else END / 4)

    def across(self, point: Point) -> float:
        """Where a point stands from side to side."""
        if point.strength is None:
            return self.width() - RIGHT - END / 2
        if point.strength == 0:
            return LEFT + END / 2
        low, high = math.log10(min(self._strengths)), math.log10(max(self._strengths))
        left, right = self._middle()
        share = (math.log10(point.strength) - low) / (high - low) if high > low else 0.5
        room = END / 2
        return left + room / 2 + share * (right - left - room)

    def down(self, loss: float) -> float:
        """Where a loss stands; above the top where it leaves the chart."""
        low, high = self._range
        share = (loss - low) / (high - low)
        return self.height() - FOOT - share * (self.height() - FOOT - TOP)

    # --- drawing -------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw scales, the band of one standard error, points and marks."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.TINY))
        if 0 <= self._at < len(self._points):
            self._paint_choice(painter)
        self._paint_grid(painter)
        if self._verdict is not None:
            self._paint_bound(painter, self._verdict)
            self._paint_names(painter, self._verdict)
            painter.setClipRect(QRectF(0, TOP - CAP, self.width(), self.height()))
            self._paint_line(painter)
            for point in self._points:
                self._paint_point(painter, point)
            painter.setClipping(False)
            for point in self._points:
                self._paint_leaving(painter, point)
            self._paint_marks(painter, self._verdict)
        if self.hasFocus():
            paint_focus(painter, self)
        painter.end()

    def _paint_choice(self, painter: QPainter) -> None:
        x = self.across(self._points[self._at])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.current().colour("accent_soft"))
        painter.drawRoundedRect(QRectF(x - 20, TOP - 22, 40, self.height() - TOP - 18 + 22), 6, 6)

    def _paint_grid(self, painter: QPainter) -> None:
        levels = [(self.down(loss), number(loss)) for loss in quarters(*self._range)]
        paint_levels(painter, levels, LEFT, self.width() - RIGHT)
        painter.setPen(QPen(theme.current().colour("faint"), 1, Qt.PenStyle.DashLine))
        ends = {point.strength for point in self._points if not point.strength}
        left, right = self._middle()
        for x in [*([left] if 0.0 in ends else []), *([right] if None in ends else [])]:
            painter.drawLine(QPointF(x, TOP), QPointF(x, self.height() - FOOT))

    def _paint_bound(self, painter: QPainter, verdict: LambdaVerdict) -> None:
        """Tint what is within one standard error of the best."""
        best = verdict.points[verdict.best] if verdict.best is not None else None
        if best is None or best.mean is None or not best.error:
            return
        look, bottom, top = theme.current(), self.down(best.mean), self.down(best.mean + best.error)
        tint = look.colour("good")
        tint.setAlphaF(0.10)
        painter.fillRect(QRectF(LEFT, top, self.width() - RIGHT - LEFT, bottom - top), tint)
        painter.setPen(QPen(look.colour("good"), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(LEFT, top), QPointF(self.width() - RIGHT, top))

    def _paint_names(self, painter: QPainter, verdict: LambdaVerdict) -> None:
        look, last = theme.current(), -math.inf
        for place, point in enumerate(self._points):
            x, text = self.across(point), _name(verdict, point)
            width = painter.fontMetrics().horizontalAdvance(text)
            painter.setPen(look.colour("ink" if place == self._at else "muted"))
            if x - width / 2 > last + 6 or place == self._at:
                centre = QRectF(x - END, self.height() - FOOT + 6, 2 * END, 16)
                painter.drawText(centre, Qt.AlignmentFlag.AlignCenter, text)
                last = x + width / 2
        painter.setPen(look.colour("muted"))
        foot = QRectF(LEFT, self.height() - 16, self.width() - LEFT - RIGHT, 16)
        painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, tr("{symbol}, log scale", symbol=words.symbol(verdict)))

    def _paint_line(self, painter: QPainter) -> None:
        """Join the means, to the two ends by dashes."""
        known = [(point, point.mean) for point in self._points if point.mean is not None]
        for (first, start), (second, end) in pairwise(known):
            is_dashed = not first.strength or not second.strength
            style = Qt.PenStyle.DashLine if is_dashed else Qt.PenStyle.SolidLine
            painter.setPen(QPen(theme.current().colour("accent"), 1.5, style))
            painter.drawLine(
                QPointF(self.across(first), self.down(start)), QPointF(self.across(second), self.down(end))
            )

    def _paint_point(self, painter: QPainter, point: Point) -> None:
        look, x = theme.current(), self.across(point)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.colour("dots"))
        for loss in point.losses:
            if loss is not None:
                painter.drawEllipse(QPointF(x + 7, self.down(loss)), DOT, DOT)
        if point.mean is None:
            return
        painter.setPen(QPen(look.colour("accent"), 1.5))
        if point.error:
            top, bottom = self.down(point.mean + point.error), self.down(point.mean - point.error)
            painter.drawLine(QPointF(x, top), QPointF(x, bottom))
            for y in (top, bottom):
                painter.drawLine(QPointF(x - CAP, y), QPointF(x + CAP, y))
        painter.setBrush(look.colour("accent" if point.is_complete else "card"))
        painter.drawEllipse(QPointF(x, self.down(point.mean)), MEAN, MEAN)

    def _paint_leaving(self, painter: QPainter, point: Point) -> None:
        """Where a mean lies above the chart, an arrow points there."""
        if point.mean is None or point.mean <= self._range[1]:
            return
        x = self.across(point)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.current().colour("accent"))
        painter.drawPolygon([QPointF(x - 5, TOP + 4), QPointF(x + 5, TOP + 4), QPointF(x, TOP - 4)])

    def _paint_marks(self, painter: QPainter, verdict: LambdaVerdict) -> None:
        painter.setFont(theme.font(theme.TINY, bold=True))
        if verdict.best is not None and verdict.best == verdict.chosen:
            self._paint_mark(painter, verdict.points[verdict.best], tr("best, one-SE"), "good")
            return
        for place, text, token in ((verdict.best, tr("best"), "good"), (verdict.chosen, tr("one-SE"), "accent")):
            if place is not None:
                self._paint_mark(painter, verdict.points[place], text, token)

    def _paint_mark(self, painter: QPainter, point: Point, text: str, token: str) -> None:
        if point.mean is None:
            return
        x, colour = self.across(point), theme.current().colour(token)
        painter.setPen(QPen(colour, 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(x, self.down(point.mean)), MEAN + 4, MEAN + 4)
        painter.drawText(QRectF(x - END, TOP - 22, 2 * END, 16), Qt.AlignmentFlag.AlignCenter, text)


def describe(verdict: LambdaVerdict, point: Point) -> str:
    """Say what a value was worth."""
    folds = sum(loss is not None for loss in point.losses)
    told = trn("{count} fold", "{count} folds", folds)
    return tr("{value}: {loss}", value=words.value_name(verdict, point), loss=listed((words.loss(point), told)))


def _name(verdict: LambdaVerdict, point: Point) -> str:
    return tr("frozen") if point.strength is None else number(words.setting(verdict, point.strength))


def _range(points: Sequence[Point]) -> tuple[float, float]:
    """A range that holds what matters: all means with their errors and folds, but for what is far worse."""
    means = [point.mean for point in points if point.mean is not None]
    if not means:
        return 0.0, 1.0
    worst = WORST * min(means)
    spread = [
        point.mean + side * (point.error or 0.0) for point in points if point.mean is not None for side in (-1, 1)
    ]
    folds = [loss for point in points for loss in point.losses if loss is not None]
    inside = [value for value in (*spread, *folds) if value <= worst]
    return round_range(min(inside), max(inside))
