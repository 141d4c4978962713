"""What was tried: of one setting, loss ± standard error with a dot per fold; of two, a map coloured by loss."""

import math
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QHelpEvent, QKeyEvent, QLinearGradient, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from kt_gui.schema import tuning_words
from kt_gui.schema.quantities import number
from kt_gui.schema.texts import listed, tr, trn
from kt_gui.schema.tuning import Setting, SettingName, Try, Tuning, TuningVerdict
from kt_gui.studies import settings
from kt_gui.widgets import theme
from kt_gui.widgets.evaluation.matrix import blend
from kt_gui.widgets.focus_ring import paint_focus
from kt_gui.widgets.studies.levels import paint_levels
from kt_gui.widgets.studies.scales import quarters, round_range
from kt_gui.widgets.studies.setting_axis import Axis

LEFT, RIGHT, TOP, FOOT = 48, 20, 32, 44
"""Room for the scales and for the marks' words, in pixels."""
MOST_NAME = 132
"""Pixels that a name at the side has at most."""
WORST = 2.5
"""A loss so many times the lowest leaves the scale: what matters happens near the lowest."""
NEAR = 24
DOT, MEAN, CAP, LEAST, MOST = 2.5, 4.5, 4.0, 5.0, 10.0
FAINTEST = 0.2
NONE = -1


class TuningChart(QWidget):
    """Tries where their settings stand. A click chooses one, the arrow keys walk from the best to the worst.

    Signals:
        chosen(int): a person chose the try of this place.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._verdict: TuningVerdict | None = None
        self._axes: tuple[Axis, ...] = ()
        self._at = NONE
        self._range = (0.0, 1.0)
        self.setAccessibleName(tr("Validation loss by settings"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(320, 200)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.themed.changed.connect(self.update)

    def show_verdict(self, verdict: TuningVerdict, question: Tuning) -> None:
        """Show what is known so far. Of two settings a range lies along the foot, where there is room."""
        self._verdict = verdict
        self._axes = tuple(Axis(each) for each in settings.varied(question))
        if len(self._axes) == 2 and self._axes[1].is_range and not self._axes[0].is_range:
            self._axes = self._axes[::-1]
        self._range = _range(verdict.tries, is_map=self.is_map)
        self.setAccessibleDescription("; ".join(describe(self.tries[place]) for place in self._order()))
        self.update()

    def choose(self, place: int) -> None:
        """Show which try is chosen without saying so."""
        self._at = place
        self.update()

    @property
    def at(self) -> int:
        """The place of the chosen try; -1 for none."""
        return self._at

    @property
    def is_map(self) -> bool:
        """Whether two settings vary."""
        return len(self._axes) == 2

    @property
    def tries(self) -> Sequence[Try]:
        """What is shown."""
        return self._verdict.tries if self._verdict is not None else ()

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(560, 320)

    # --- keys and mouse ------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk from try to try, by what they were worth."""
        forward, back = (Qt.Key.Key_Right, Qt.Key.Key_Down), (Qt.Key.Key_Left, Qt.Key.Key_Up)
        order, key = self._order(), Qt.Key(event.key())
        if key not in (*forward, *back) or not order:
            super().keyPressEvent(event)
            return
        at = order.index(self._at) + (1 if key in forward else -1) if self._at in order else 0
        self._choose(order[min(max(at, 0), len(order) - 1)])

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the nearest try."""
        place = self._nearest(event.position())
        if place != NONE:
            self._choose(place)

    def event(self, event: QEvent) -> bool:
        """Describe the try under the pointer."""
        if isinstance(event, QHelpEvent):
            place = self._nearest(QPointF(event.pos()))
            if place != NONE:
                QToolTip.showText(event.globalPos(), describe(self.tries[place]), self)
            return True
        return super().event(event)

    def _choose(self, place: int) -> None:
        if place != self._at:
            self.choose(place)
            self.chosen.emit(place)

    def _order(self) -> list[int]:
        """Places of the tries that have a loss, from the best to the worst."""
        known = [place for place, each in enumerate(self.tries) if each.mean is not None]
        return sorted(known, key=lambda place: (not self.tries[place].is_complete, self.tries[place].mean or 0.0))

    def _nearest(self, at: QPointF) -> int:
        def reach(place: int) -> float:
            stands = self.position(self.tries[place])
            return math.hypot(stands.x() - at.x(), stands.y() - at.y() if self.is_map else 0.0)

        nearest = min(self._order(), key=reach, default=NONE)
        return nearest if nearest != NONE and reach(nearest) <= NEAR else NONE

    # --- where things stand --------------------------------------------------------------------------------------

    def _left(self) -> float:
        """Room for the scale of losses, or for the names of the second setting's values."""
        if not self.is_map:
            return LEFT
        metrics = QFontMetrics(theme.font(theme.TINY))
        widest = max((metrics.horizontalAdvance(text) for _, text in self._axes[1].ticks()), default=0)
        return min(MOST_NAME, widest) + 12

    def _across(self, share: float) -> float:
        left = self._left()
        return left + share * (self.width() - RIGHT - left)

    def _up(self, share: float) -> float:
        return self.height() - FOOT - share * (self.height() - FOOT - TOP)

    def down(self, loss: float) -> float:
        """Where a loss stands, at the top where it leaves the scale."""
        return self._up(self._share(loss))

    def _share(self, loss: float) -> float:
        low, high = self._range
        return (min(loss, high) - low) / (high - low)

    def position(self, found: Try) -> QPointF:
        """Where a try stands."""
        values = {each.name: each for each in found.settings}
        x = self._across(_along(self._axes[0], values))
        return QPointF(x, self._up(_along(self._axes[1], values)) if self.is_map else self.down(found.mean or 0.0))

    # --- drawing -------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw scales, tries from the worst to the best, and marks."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.TINY))
        if self._verdict is not None and self._axes:
            self._paint_foot(painter, self._axes[0])
            if self.is_map:
                self._paint_side(painter, self._axes[1])
                self._paint_key(painter)
            else:
                self._paint_losses(painter, self._verdict)
            for place in reversed(self._order()):
                self._paint_try(painter, self.tries[place], is_chosen=place == self._at)
            self._paint_marks(painter, self._verdict)
        if self.hasFocus():
            paint_focus(painter, self)
        painter.end()

    def _paint_foot(self, painter: QPainter, axis: Axis) -> None:
        look, bottom, last = theme.current(), self.height() - FOOT, -math.inf
        for value, text in axis.ticks():
            x, width = self._across(axis.share(value)), painter.fontMetrics().horizontalAdvance(text)
            style = Qt.PenStyle.DashLine if axis.is_range and value == 0 else Qt.PenStyle.SolidLine
            painter.setPen(QPen(look.colour("line"), 1, style))
            painter.drawLine(QPointF(x, TOP), QPointF(x, bottom))
            if x - width / 2 > last + 6:
                painter.setPen(look.colour("muted"))
                painter.drawText(QRectF(x - 80, bottom + 6, 160, 16), Qt.AlignmentFlag.AlignCenter, text)
                last = x + width / 2
        painter.setPen(look.colour("muted"))
        foot = QRectF(self._left(), self.height() - 18, self.width() - self._left() - RIGHT, 16)
        painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, axis.name)

    def _paint_side(self, painter: QPainter, axis: Axis) -> None:
        look, left = theme.current(), self._left()
        side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for value, text in axis.ticks():
            y = self._up(axis.share(value))
            painter.setPen(QPen(look.colour("line"), 1))
            painter.drawLine(QPointF(left, y), QPointF(self.width() - RIGHT, y))
            painter.setPen(look.colour("muted"))
            name = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, MOST_NAME)
            painter.drawText(QRectF(0, y - 8, left - 10, 16), side, name)
        painter.drawText(QRectF(0, 2, self.width() / 2, 16), Qt.AlignmentFlag.AlignVCenter, axis.name)

    def _paint_key(self, painter: QPainter) -> None:
        """Say which colour is which loss."""
        look, (low, high), width = theme.current(), self._range, 96
        right, metrics = self.width() - RIGHT, painter.fontMetrics()
        texts = tr("loss {low}", low=number(low)), number(high)
        bar = QRectF(right - metrics.horizontalAdvance(texts[1]) - 6 - width, 6, width, 8)
        fill = QLinearGradient(bar.topLeft(), bar.topRight())
        fill.setColorAt(0, look.colour("accent"))
        fill.setColorAt(1, blend(look.colour("inset"), look.colour("accent"), FAINTEST))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawRoundedRect(bar, 4, 4)
        painter.setPen(look.colour("muted"))
        side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, 2, bar.left() - 6, 16), side, texts[0])
        painter.drawText(QRectF(0, 2, right, 16), side, texts[1])

    def _paint_losses(self, painter: QPainter, verdict: TuningVerdict) -> None:
        """Draw the scale of losses, and tint what is within one standard error of the best."""
        levels = [(self.down(loss), number(loss)) for loss in quarters(*self._range)]
        paint_levels(painter, levels, LEFT, self.width() - RIGHT)
        best = verdict.tries[verdict.best] if verdict.best is not None else None
        if best is not None and best.mean is not None and best.error:
            tint, top = theme.current().colour("good"), self.down(best.mean + best.error)
            tint.setAlphaF(0.10)
            painter.fillRect(QRectF(LEFT, top, self.width() - RIGHT - LEFT, self.down(best.mean) - top), tint)

    def _paint_try(self, painter: QPainter, found: Try, *, is_chosen: bool) -> None:
        look, at = theme.current(), self.position(found)
        if is_chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.colour("accent_soft"))
            painter.drawEllipse(at, MOST + 8, MOST + 8)
        if self.is_map:
            self._paint_disc(painter, found, at)
        else:
            self._paint_mean(painter, found, at)

    def _paint_disc(self, painter: QPainter, found: Try, at: QPointF) -> None:
        """The lower the loss, the larger and the stronger; hollow where not all folds were run."""
        look, good = theme.current(), 1 - self._share(found.mean or 0.0)
        radius = LEAST + (MOST - LEAST) * good
        colour = blend(look.colour("inset"), look.colour("accent"), FAINTEST + (1 - FAINTEST) * good)
        painter.setPen(QPen(look.colour("faint") if good < 0.3 else colour, 1.5))
        painter.setBrush(colour if found.is_complete else look.colour("card"))
        painter.drawEllipse(at, radius, radius)

    def _paint_mean(self, painter: QPainter, found: Try, at: QPointF) -> None:
        look = theme.current()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.colour("dots"))
        for loss in found.losses:
            if loss is not None:
                painter.drawEllipse(QPointF(at.x() + 7, self.down(loss)), DOT, DOT)
        painter.setPen(QPen(look.colour("accent"), 1.5))
        if found.error and found.mean is not None:
            top, bottom = self.down(found.mean + found.error), self.down(found.mean - found.error)
            painter.drawLine(QPointF(at.x(), top), QPointF(at.x(), bottom))
            for y in (top, bottom):
                painter.drawLine(QPointF(at.x() - CAP, y), QPointF(at.x() + CAP, y))
        painter.setBrush(look.colour("accent" if found.is_complete else "card"))
        painter.drawEllipse(at, MEAN, MEAN)

    def _paint_marks(self, painter: QPainter, verdict: TuningVerdict) -> None:
        if verdict.best is None or verdict.chosen is None:
            return
        is_same = verdict.best == verdict.chosen
        painter.setFont(theme.font(theme.TINY, bold=True))
        for place in verdict.simpler:
            self._paint_ring(painter, verdict.tries[place], "", "validation")
        self._paint_simplest(painter, verdict)
        self._paint_ring(painter, verdict.tries[verdict.best], tr("best"), "good")
        if not is_same:
            self._paint_ring(painter, verdict.tries[verdict.chosen], tr("one-SE"), "accent")

    def _paint_simplest(self, painter: QPainter, verdict: TuningVerdict) -> None:
        """Name the best of what is simpler, below it: above it another name may stand."""
        found = min(
            (verdict.tries[place] for place in verdict.simpler), key=lambda each: each.mean or 0.0, default=None
        )
        if found is not None and self.is_map:
            at = self.position(found)
            place = QRectF(at.x() - 60, at.y() + MOST + 6, 120, 16)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, tr("simpler"))

    def _paint_ring(self, painter: QPainter, found: Try, text: str, token: str) -> None:
        at, colour = self.position(found), theme.current().colour(token)
        radius = MOST + 4 if self.is_map else MEAN + 4
        painter.setPen(QPen(colour, 2 if text else 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(at, radius, radius)
        y = at.y() - radius - 18 if self.is_map else TOP - 20
        painter.drawText(QRectF(at.x() - 60, y, 120, 16), Qt.AlignmentFlag.AlignCenter, text)


def describe(found: Try) -> str:
    """Say what a try was worth."""
    told = trn("{count} fold", "{count} folds", sum(loss is not None for loss in found.losses))
    worth = listed((tuning_words.loss(found), told))
    return tr("{settings}: {loss}", settings=tuning_words.settings(found.settings), loss=worth)


def _along(axis: Axis, values: Mapping[SettingName, Setting]) -> float:
    found = values.get(settings.name_of(axis.of))
    return axis.share(found.value) if found is not None else 0.5


def _range(tries: Sequence[Try], *, is_map: bool) -> tuple[float, float]:
    """A range that holds what matters: the means, of one setting with their errors and folds, but for the far worse."""
    known = [each for each in tries if each.mean is not None]
    means = [each.mean for each in known if each.mean is not None]
    if not means:
        return 0.0, 1.0
    inside = [mean for mean in means if mean <= WORST * min(means)]
    if is_map:
        return (min(inside), max(inside)) if max(inside) > min(inside) else (min(inside), min(inside) + 1e-6)
    folds = [loss for each in known for loss in each.losses if loss is not None]
    spread = [(each.mean or 0.0) + side * (each.error or 0.0) for each in known for side in (-1, 1)]
    inside += [value for value in (*folds, *spread) if value <= WORST * min(means)]
    return round_range(min(inside), max(inside))
