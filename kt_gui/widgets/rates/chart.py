"""The loss over the learning rate: a dot a step, the smoothed curve, what is reasonable, and the rate in hand."""

import math
from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from kt_gui.schema.quantities import number
from kt_gui.schema.rates import HIGHEST, LOWEST
from kt_gui.schema.texts import tr
from kt_gui.widgets import theme
from kt_gui.widgets.focus_ring import paint_focus
from kt_gui.widgets.studies.levels import paint_levels
from kt_gui.widgets.studies.scales import quarters, round_range

LEFT, RIGHT, TOP, FOOT = 48, 16, 24, 40
"""Room for the scales and for the marks' words, in pixels."""
DOT = 2.0
LETTERS = 120
"""Width for a mark's words."""
STEP = 10 ** (1 / 20)
"""How far an arrow key goes."""
SMALL = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class RateChart(QWidget):
    """The curve. A click or the arrow keys take another rate in hand.

    Signals:
        chosen(float): a person took this rate.
    """

    chosen = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rates: Sequence[float] = ()
        self._losses: Sequence[float] = ()
        self._smooth: Sequence[float] = ()
        self._scale = (0.0, 1.0)
        self._reasonable: tuple[float, float] | None = None
        self._now = 0.0
        self._rate: float | None = None
        self.setAccessibleName(tr("Training loss over the learning rate"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(320, 200)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.themed.changed.connect(self.update)

    def show_curve(self, rates: Sequence[float], losses: Sequence[float], smooth: Sequence[float], now: float) -> None:
        """Show what was tried so far; `now` is the rate that the experiment has."""
        self._rates, self._losses, self._smooth, self._now = rates, losses, smooth, now
        if losses:
            most = 2 * losses[0]
            self._scale = round_range(min(*losses, *smooth), min(max(losses), most))
        self.update()

    def show_choice(self, rate: float | None, reasonable: tuple[float, float] | None) -> None:
        """Show the rate in hand, and the range in which rates are reasonable."""
        self._rate, self._reasonable = rate, reasonable
        said = tr("learning rate {rate}", rate=number(rate)) if rate is not None else ""
        self.setAccessibleDescription(said)
        self.update()

    @property
    def rate(self) -> float | None:
        """The rate in hand."""
        return self._rate

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(640, 320)

    # --- keys and mouse ------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take a larger or a smaller rate."""
        factor = {Qt.Key.Key_Left: 1 / STEP, Qt.Key.Key_Right: STEP}.get(Qt.Key(event.key()))
        if factor is None or not self._rates:
            super().keyPressEvent(event)
            return
        self._choose((self._rate or self._now) * factor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the rate under the pointer."""
        if self._rates:
            self._choose(self._rate_at(event.position().x()))

    def event(self, event: QEvent) -> bool:
        """Tell the step under the pointer."""
        if isinstance(event, QHelpEvent) and self._rates:
            x = event.pos().x()
            place = min(range(len(self._rates)), key=lambda each: abs(self.across(self._rates[each]) - x))
            said = tr("{rate}: loss {loss}", rate=f"{self._rates[place]:.2g}", loss=number(self._losses[place]))
            QToolTip.showText(event.globalPos(), said, self)
            return True
        return super().event(event)

    def _choose(self, rate: float) -> None:
        found = float(f"{min(max(rate, LOWEST), HIGHEST):.1e}")
        if found != self._rate:
            self.show_choice(found, self._reasonable)
            self.chosen.emit(found)

    # --- where things stand --------------------------------------------------------------------------------------

    def across(self, rate: float) -> float:
        """Where a rate stands from side to side."""
        share = math.log(max(rate, LOWEST) / LOWEST) / math.log(HIGHEST / LOWEST)
        return LEFT + min(share, 1.0) * (self.width() - LEFT - RIGHT)

    def _rate_at(self, x: float) -> float:
        share = (x - LEFT) / (self.width() - LEFT - RIGHT)
        return float(LOWEST * (HIGHEST / LOWEST) ** min(max(share, 0.0), 1.0))

    def down(self, loss: float) -> float:
        """Where a loss stands, at the top where it leaves the chart."""
        low, high = self._scale
        share = (min(max(loss, low), high) - low) / (high - low)
        return self.height() - FOOT - share * (self.height() - FOOT - TOP)

    # --- drawing -------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw scales, what is reasonable, steps, the curve, and the rates that are marked."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.TINY))
        if self._reasonable is not None:
            self._paint_reasonable(painter, *self._reasonable)
        self._paint_grid(painter)
        self._paint_steps(painter)
        if self._rates:
            self._paint_marks(painter)
        if self.hasFocus():
            paint_focus(painter, self)
        painter.end()

    def _paint_reasonable(self, painter: QPainter, low: float, high: float) -> None:
        tint, left = theme.current().colour("good"), self.across(low)
        tint.setAlphaF(0.10)
        painter.fillRect(QRectF(left, TOP, self.across(high) - left, self.height() - FOOT - TOP), tint)

    def _paint_grid(self, painter: QPainter) -> None:
        levels = [(self.down(loss), f"{loss:.3g}" if self._losses else "") for loss in quarters(*self._scale)]
        paint_levels(painter, levels, LEFT, self.width() - RIGHT)
        for power in range(round(math.log10(LOWEST)), round(math.log10(HIGHEST)) + 1):
            x = self.across(10.0**power)
            middle = QRectF(x - 24, self.height() - FOOT + 6, 48, 16)
            painter.drawText(middle, Qt.AlignmentFlag.AlignCenter, _decade(power))
        foot = QRectF(LEFT, self.height() - 16, self.width() - LEFT - RIGHT, 16)
        painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, tr("learning rate, log scale"))

    def _paint_steps(self, painter: QPainter) -> None:
        look, top = theme.current(), self._scale[1]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.colour("dots"))
        for rate, loss in zip(self._rates, self._losses, strict=True):
            if loss <= top:
                painter.drawEllipse(QPointF(self.across(rate), self.down(loss)), DOT, DOT)
        painter.setPen(QPen(look.colour("accent"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        line = [
            QPointF(self.across(rate), self.down(loss)) for rate, loss in zip(self._rates, self._smooth, strict=True)
        ]
        painter.drawPolyline(QPolygonF(line))

    def _paint_marks(self, painter: QPainter) -> None:
        """The rate of now by a dotted line, the one in hand by a line and a ring on the curve."""
        look, bottom = theme.current(), self.height() - FOOT
        x = self.across(self._now)
        painter.setPen(QPen(look.colour("muted"), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(x, TOP), QPointF(x, bottom))
        if self._rate is None:
            self._write(painter, x, tr("now"), "muted")
            return
        chosen = self.across(self._rate)
        if abs(chosen - x) > LETTERS / 2:
            self._write(painter, x, tr("now"), "muted")
        painter.setPen(QPen(look.colour("good"), 2))
        painter.drawLine(QPointF(chosen, TOP), QPointF(chosen, bottom))
        if LOWEST <= self._rate <= self._rates[-1]:
            painter.setBrush(look.colour("card"))
            painter.drawEllipse(QPointF(chosen, self.down(self._height(self._rate))), 5, 5)
        self._write(painter, chosen, number(self._rate), "good")

    def _height(self, rate: float) -> float:
        """The smoothed loss at a rate, between two steps on the line that joins them."""
        for (left, before), (right, after) in pairwise(zip(self._rates, self._smooth, strict=True)):
            if left <= rate <= right:
                return before + math.log(rate / left) / math.log(right / left) * (after - before)
        return self._smooth[-1]

    def _write(self, painter: QPainter, x: float, text: str, token: str) -> None:
        painter.setPen(theme.current().colour(token))
        left = min(max(x - LETTERS / 2, LEFT), self.width() - LETTERS)
        painter.drawText(QRectF(left, 2, LETTERS, 18), Qt.AlignmentFlag.AlignCenter, text)


def _decade(power: int) -> str:
    return f"{10.0**power:g}" if power > -3 else f"10{str(power).translate(SMALL)}"
