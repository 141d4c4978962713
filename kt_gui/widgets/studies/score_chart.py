"""What a score told before training against how runs ended: a dot a candidate, with its name."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from kt_gui.schema.quantities import number
from kt_gui.schema.texts import tr
from kt_gui.widgets import theme
from kt_gui.widgets.focus_ring import paint_focus
from kt_gui.widgets.studies.scales import round_range

LEFT, RIGHT, TOP, FOOT = 52, 24, 28, 44
"""Room for the scales, in pixels."""
DOT, RING, NEAR = 5.0, 9.0, 14.0
NAME = 220
"""Pixels that a name has at most."""
NONE = -1


@dataclass(frozen=True)
class Dot:
    """One candidate. Numbers are in the unit of their scale."""

    name: str
    score: float
    outcome: float
    words: str
    """What is said of it, as a tooltip and aloud."""
    token: str = "accent"


class ScoreChart(QWidget):
    """The dots. A click or the arrow keys choose one.

    Signals:
        chosen(int): a person chose the dot of this place.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.dots: tuple[Dot, ...] = ()
        self._title = ""
        self._at = NONE
        self._across, self._up = (0.0, 1.0), (0.0, 1.0)
        self.setAccessibleName(tr("Scores against the accuracy of runs"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(320, 180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.themed.changed.connect(self.update)

    def show_dots(self, dots: Sequence[Dot], title: str, *, most: float = float("inf")) -> None:
        """Show these; `title` names the score, which is nowhere above `most`. Outcomes are in percent."""
        if (tuple(dots), title) != (self.dots, self._title):
            self._at = NONE
        self.dots, self._title = tuple(dots), title
        if dots:
            scores, outcomes = [dot.score for dot in dots], [dot.outcome for dot in dots]
            self._across = round_range(min(scores), max(scores), most)
            self._up = round_range(min(outcomes), max(outcomes), 100)
        self.setAccessibleDescription("; ".join(dot.words for dot in dots))
        self.update()

    def choose(self, place: int) -> None:
        """Show which dot is chosen without saying so."""
        self._at = place
        self.update()

    @property
    def at(self) -> int:
        """The place of the chosen dot; -1 for none."""
        return self._at

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(560, 320)

    # --- keys and mouse ------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk from dot to dot, by score."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None or not self.dots:
            super().keyPressEvent(event)
            return
        order = sorted(range(len(self.dots)), key=lambda place: self.dots[place].score)
        before = order.index(self._at) + step if self._at in order else 0
        self._choose(order[min(max(before, 0), len(order) - 1)])

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the dot under the pointer."""
        place = self.dot_at(event.position())
        if place != NONE:
            self._choose(place)

    def event(self, event: QEvent) -> bool:
        """Describe the dot under the pointer."""
        if isinstance(event, QHelpEvent):
            place = self.dot_at(QPointF(event.pos()))
            if place != NONE:
                QToolTip.showText(event.globalPos(), self.dots[place].words, self)
            return True
        return super().event(event)

    def _choose(self, place: int) -> None:
        if place != self._at:
            self.choose(place)
            self.chosen.emit(place)

    # --- where things stand --------------------------------------------------------------------------------------

    def dot_at(self, point: QPointF) -> int:
        """The place of the dot near a point; -1 where there is none."""
        away = {place: (self.place_of(dot) - point).manhattanLength() for place, dot in enumerate(self.dots)}
        nearest = min(away, key=lambda place: away[place], default=NONE)
        return nearest if nearest != NONE and away[nearest] <= NEAR else NONE

    def place_of(self, dot: Dot) -> QPointF:
        """Where a dot stands."""
        return QPointF(self._x(dot.score), self._y(dot.outcome))

    def _x(self, score: float) -> float:
        low, high = self._across
        return LEFT + (score - low) / (high - low) * (self.width() - LEFT - RIGHT)

    def _y(self, outcome: float) -> float:
        low, high = self._up
        return self.height() - FOOT - (outcome - low) / (high - low) * (self.height() - FOOT - TOP)

    # --- drawing -------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw scales, dots and names."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.TINY))
        self._paint_scales(painter)
        taken = [self._around(dot) for dot in self.dots]
        for place, dot in enumerate(self.dots):
            self._paint_dot(painter, dot, is_chosen=place == self._at)
            self._paint_name(painter, dot, taken)
        if self.hasFocus():
            paint_focus(painter, self)
        painter.end()

    def _paint_scales(self, painter: QPainter) -> None:
        look, bottom = theme.current(), self.height() - FOOT
        side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for part in range(5):
            score, outcome = (low + (high - low) * part / 4 for low, high in (self._across, self._up))
            x, y = self._x(score), self._y(outcome)
            painter.setPen(QPen(look.colour("line"), 1))
            painter.drawLine(QPointF(x, TOP), QPointF(x, bottom))
            painter.drawLine(QPointF(LEFT, y), QPointF(self.width() - RIGHT, y))
            painter.setPen(look.colour("muted"))
            painter.drawText(QRectF(0, y - 8, LEFT - 8, 16), side, _figure(outcome))
            painter.drawText(QRectF(x - 40, bottom + 6, 80, 16), Qt.AlignmentFlag.AlignHCenter, _figure(score))
        foot = QRectF(LEFT, self.height() - 16, self.width() - LEFT - RIGHT, 16)
        painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, self._title)
        painter.drawText(QRectF(LEFT, 2, NAME, 16), Qt.AlignmentFlag.AlignLeft, tr("Test accuracy (%)"))

    def _around(self, dot: Dot) -> QRectF:
        place = self.place_of(dot)
        return QRectF(place.x() - DOT, place.y() - DOT, 2 * DOT, 2 * DOT)

    def _paint_dot(self, painter: QPainter, dot: Dot, *, is_chosen: bool) -> None:
        look, place = theme.current(), self.place_of(dot)
        painter.setPen(QPen(look.colour("card"), 1))
        painter.setBrush(look.colour(dot.token))
        painter.drawEllipse(place, DOT, DOT)
        if is_chosen:
            painter.setPen(QPen(look.colour("ink"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(place, RING, RING)

    def _paint_name(self, painter: QPainter, dot: Dot, taken: list[QRectF]) -> None:
        """Write a name where there is room: right or left of its dot, above or below; else only the tooltip has it."""
        metrics, place = painter.fontMetrics(), self.place_of(dot)
        text = metrics.elidedText(dot.name, Qt.TextElideMode.ElideMiddle, NAME)
        width, height = metrics.horizontalAdvance(text) + 2, metrics.height()
        right, left, middle = place.x() + RING + 2, place.x() - RING - 2 - width, place.x() - width / 2
        corners = ((right, -height / 2), (left, -height / 2), (middle, -RING - height), (middle, RING))
        room = QRectF(LEFT, TOP - 4, self.width() - LEFT, self.height() - FOOT - TOP)
        for x, y in corners:
            found = QRectF(x, place.y() + y, width, height)
            if room.contains(found) and not any(found.intersects(other) for other in taken):
                taken.append(found)
                painter.setPen(theme.current().colour("ink"))
                painter.drawText(found, Qt.AlignmentFlag.AlignCenter, text)
                return


def _figure(value: float) -> str:
    return number(0.0 if abs(value) < 1e-9 else value).replace("-", "−")
