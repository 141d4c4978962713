"""Label savings: accuracy over labels on a log scale, by transfer and from scratch, and how far apart the two are."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from kt_gui.schema.gain_words import ARMS
from kt_gui.schema.quantities import number, percent
from kt_gui.schema.studies import Arm
from kt_gui.schema.study_answers import Saving, SavingsVerdict, Score
from kt_gui.schema.texts import thousands, tr
from kt_gui.studies.label_savings import typical
from kt_gui.widgets import theme
from kt_gui.widgets.studies.arm_strokes import colour, pen
from kt_gui.widgets.studies.levels import paint_levels
from kt_gui.widgets.studies.scales import quarters, round_range

LEFT, RIGHT, TOP, FOOT = 48, 104, 12, 38
"""Room for the scales, and for the names at the ends of the lines, in pixels."""
INSET = 16
"""Pixels between the scale and the first and last sizes."""
DOT, MEAN, HEAD = 2.5, 4.5, 6.0
BAND = 0.14
"""Opacity of a band."""
SIDES: tuple[Arm, ...] = ("transfer", "scratch")


class SavingsChart(QWidget):
    """Two lines with their bands, a dot per seed, and the arrow from one to the other at the same accuracy."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._verdict: SavingsVerdict | None = None
        self.setAccessibleName(tr("Test accuracy over labels"))
        self.setMinimumSize(320, 200)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.themed.changed.connect(self.update)

    def show_verdict(self, verdict: SavingsVerdict) -> None:
        """Show what is known so far."""
        self._verdict = verdict
        said = [describe(verdict, place) for place in range(len(verdict.pictures))]
        self.setAccessibleDescription("; ".join([*said, arrow_words(verdict)]))
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(560, 320)

    def event(self, event: QEvent) -> bool:
        """Describe the size under the pointer."""
        if isinstance(event, QHelpEvent) and self._verdict is not None and self._verdict.pictures:
            places = range(len(self._verdict.pictures))
            near = min(places, key=lambda place: abs(self.across(self._pictures[place]) - event.pos().x()))
            QToolTip.showText(event.globalPos(), describe(self._verdict, near), self)
            return True
        return super().event(event)

    # --- where things stand --------------------------------------------------------------------------------------

    @property
    def _pictures(self) -> Sequence[float]:
        return self._verdict.pictures if self._verdict is not None else ()

    def _scores(self, arm: Arm) -> Sequence[Score]:
        if self._verdict is None:
            return ()
        return self._verdict.transfer if arm == "transfer" else self._verdict.scratch

    def across(self, pictures: float) -> float:
        """Where so many labels stand from side to side, on a log scale."""
        low, high = (math.log(each) for each in (self._pictures[0], self._pictures[-1]))
        share = (math.log(pictures) - low) / (high - low) if high > low else 0.5
        return LEFT + INSET + share * (self.width() - RIGHT - LEFT - 2 * INSET)

    def down(self, accuracy: float) -> float:
        """Where an accuracy stands."""
        low, high = self._range()
        return self.height() - FOOT - (100 * accuracy - low) / (high - low) * (self.height() - FOOT - TOP)

    def _range(self) -> tuple[float, float]:
        """In percent."""
        scores = [score for arm in SIDES for score in self._scores(arm)]
        ends = [end for each in scores for end in (*each.accuracies, each.low, each.high) if end is not None]
        return round_range(100 * min(ends), 100 * max(ends), 100) if ends else (0.0, 100.0)

    def _place(self, pictures: float, accuracy: float) -> QPointF:
        return QPointF(self.across(pictures), self.down(accuracy))

    # --- drawing -------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw scales, bands, lines and dots, then the arrow."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.TINY))
        self._paint_grid(painter)
        if self._pictures:
            for arm in SIDES:
                self._paint_band(painter, arm)
            for arm in SIDES:
                self._paint_line(painter, arm)
            self._paint_names(painter)
            self._paint_arrow(painter)
        painter.end()

    def _paint_grid(self, painter: QPainter) -> None:
        shares = [value / 100 for value in quarters(*self._range())]
        levels = [(self.down(share), percent(share, 0)) for share in shares]
        paint_levels(painter, levels, LEFT, self.width() - RIGHT)
        end = -math.inf
        for pictures in self._pictures:
            x, text = self.across(pictures), thousands(round(pictures))
            width = painter.fontMetrics().horizontalAdvance(text)
            if x - width / 2 > end + 6:
                place = QRectF(x - 40, self.height() - FOOT + 5, 80, 14)
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
                end = x + width / 2
        foot = QRectF(LEFT, self.height() - 16, self.width() - LEFT - RIGHT, 16)
        painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, tr("labels, log scale"))

    def _paint_band(self, painter: QPainter, arm: Arm) -> None:
        sides = zip(self._pictures, self._scores(arm), strict=True)
        known = [(count, each.low, each.high) for count, each in sides if each.low is not None]
        above = [self._place(count, high or 0.0) for count, _, high in known]
        below = [self._place(count, low or 0.0) for count, low, _ in reversed(known)]
        tint = colour(arm)
        tint.setAlphaF(BAND)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tint)
        painter.drawPolygon(QPolygonF([*above, *below]))

    def _paint_line(self, painter: QPainter, arm: Arm) -> None:
        scores = list(zip(self._pictures, self._scores(arm), strict=True))
        means = [self._place(count, each.mean) for count, each in scores if each.mean is not None]
        painter.setPen(pen(arm, 2.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(means))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.current().colour("faint"))
        for count, each in scores:
            for accuracy in each.accuracies:
                if accuracy is not None:
                    painter.drawEllipse(self._place(count, accuracy), DOT, DOT)
        painter.setPen(QPen(theme.current().colour("card"), 1.5))
        painter.setBrush(colour(arm))
        for mean in means:
            painter.drawEllipse(mean, MEAN, MEAN)

    def _paint_names(self, painter: QPainter) -> None:
        """Write the names at the ends of the lines, apart from each other."""
        ends = [(self.down(self._scores(arm)[-1].mean or 0.0), arm) for arm in SIDES]
        last = -math.inf
        painter.setPen(theme.current().colour("ink"))
        for y, arm in sorted(ends):
            last = max(y, last + 16)
            x = self.across(self._pictures[-1]) + 10
            painter.drawText(QRectF(x, last - 8, RIGHT + 6, 16), Qt.AlignmentFlag.AlignVCenter, tr(ARMS[arm]))

    def arrow(self) -> tuple[Saving, QPointF, QPointF] | None:
        """Tell of which saving the verdict speaks, and from where to where its arrow goes; None where it saves none."""
        saving = typical(self._verdict) if self._verdict is not None else None
        if saving is None or saving.times is None or saving.times <= 1:
            return None
        start = self._place(saving.pictures, saving.accuracy)
        end = self.across(saving.equivalent or self._pictures[-1])
        return saving, start, QPointF(end, start.y())

    def _paint_arrow(self, painter: QPainter) -> None:
        found = self.arrow()
        if found is None or self._verdict is None:
            return
        _, start, end = found
        look = theme.current()
        painter.setPen(QPen(look.colour("ink"), 1.5, Qt.PenStyle.DotLine))
        painter.drawLine(start + QPointF(MEAN + 2, 0), end - QPointF(HEAD, 0))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.colour("ink"))
        sides = (QPointF(-1.4 * HEAD, -0.7 * HEAD), QPointF(-1.4 * HEAD, 0.7 * HEAD))
        painter.drawPolygon(QPolygonF([end, *(end + side for side in sides)]))
        painter.setFont(theme.font(theme.TINY, bold=True))
        text = arrow_words(self._verdict)
        width = painter.fontMetrics().horizontalAdvance(text) + 8
        room = QRectF(min(start.x() + 2 * MEAN, self.width() - width), start.y() + 7, width, 16)
        ground = look.colour("card")
        ground.setAlphaF(0.85)
        painter.fillRect(room, ground)
        painter.setPen(look.colour("ink"))
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)


def arrow_words(verdict: SavingsVerdict) -> str:
    """Say how many labels are saved, as the arrow shows it; empty where there is none."""
    if verdict.times is None or verdict.times <= 1:
        return ""
    times = number(round(verdict.times, 1))
    if verdict.is_bound:
        return tr("more than {times} times fewer labels", times=times)
    return tr("about {times} times fewer labels", times=times)


def describe(verdict: SavingsVerdict, place: int) -> str:
    """Say how both fare with so many labels."""
    return tr(
        "{count} labels: {ours} right by transfer, {theirs} from scratch",
        count=thousands(round(verdict.pictures[place])),
        ours=percent(verdict.transfer[place].mean),
        theirs=percent(verdict.scratch[place].mean),
    )
