"""The race of a gain study: each arm's validation accuracy on one time axis, as far as a moment that can be moved."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from kt_gui.schema.gain_words import ARMS
from kt_gui.schema.quantities import number, percent
from kt_gui.schema.studies import Arm
from kt_gui.schema.texts import tr
from kt_gui.studies import race
from kt_gui.studies.gains import time_to
from kt_gui.studies.race import Axis, Lane
from kt_gui.widgets import theme
from kt_gui.widgets.focus_ring import paint_focus
from kt_gui.widgets.studies.arm_strokes import colour, pen
from kt_gui.widgets.studies.levels import paint_levels
from kt_gui.widgets.studies.scales import quarters, round_range, round_steps

LEFT, RIGHT, TOP, FOOT = 48, 152, 12, 38
"""Room for the scales, and for names beside the heads of the lanes, in pixels."""
HEAD, FLAG = 4.5, 6.0
NAME = 16
"""Height of a name in pixels."""
BAND, TRACK = 0.14, 0.30
"""Opacity of a band, and of what is still to be run."""
Live = tuple[Arm, tuple[tuple[float, float], ...]]
"""The run at work: its arm, and (seconds, accuracy) at the end of each of its epochs."""


class RaceChart(QWidget):
    """Lanes up to the moment in view; behind it their track. The pointer and the arrow keys move the moment.

    Signals:
        moved(float): a person moved to this share of the time.
    """

    moved = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lanes: tuple[Lane, ...] = ()
        self._live: Live | None = None
        self._axis: Axis = "epochs"
        self._counts_source = False
        self._end, self._range = 1.0, (0.0, 100.0)
        self.share = 1.0
        self.setAccessibleName(tr("Validation accuracy of the arms over time"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(320, 150)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.themed.changed.connect(self.update)

    def show_lanes(self, lanes: Sequence[Lane], axis: Axis, *, counts_source: bool, live: Live | None = None) -> None:
        """Show these lanes on an axis, and the run at work."""
        self._lanes, self._live, self._axis = tuple(lanes), live, axis
        self._counts_source = counts_source
        self._end, self._range = self._find_end(), self._find_range()
        self._describe()
        self.update()

    def show_share(self, share: float) -> None:
        """Show the race as far as this share of its time, from 0 to 1."""
        self.share = min(max(share, 0.0), 1.0)
        self._describe()
        self.update()

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """What is shown."""
        return self._lanes

    @property
    def now(self) -> float:
        """The moment in view, in seconds or epochs."""
        return self.share * self._end

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(560, 220)

    # --- keys and mouse ------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk through the time by hundredths; to its beginning and end."""
        steps = {Qt.Key.Key_Left: self.share - 0.01, Qt.Key.Key_Right: self.share + 0.01}
        share = {**steps, Qt.Key.Key_Home: 0.0, Qt.Key.Key_End: 1.0}.get(Qt.Key(event.key()))
        if share is None:
            super().keyPressEvent(event)
        else:
            self.moved.emit(min(max(share, 0.0), 1.0))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Move to where the pointer stands."""
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move along with it."""
        room = self.width() - LEFT - RIGHT
        self.moved.emit(min(max((event.position().x() - LEFT) / max(room, 1), 0.0), 1.0))

    # --- where things stand --------------------------------------------------------------------------------------

    def times(self, lane: Lane) -> tuple[float, ...]:
        """When each epoch of a lane ends, on the axis in use."""
        return lane.times(self._axis, counts_source=self._counts_source)

    def _find_end(self) -> float:
        ends = [self.times(lane)[-1] for lane in self._lanes if self.times(lane)]
        return max([1e-9, *ends, *(time for time, _ in self._live_points())])

    def _live_points(self) -> list[tuple[float, float]]:
        """When each epoch of the run at work has ended, on the axis in use, and its accuracy."""
        if self._live is None:
            return []
        arm, points = self._live
        if self._axis == "epochs":
            return [(place + 1.0, value) for place, (_, value) in enumerate(points)]
        lane = next((each for each in self._lanes if each.arm == arm), None)
        start = (lane.source_seconds or 0.0) if lane is not None and self._counts_source else 0.0
        return [(start + time, value) for time, value in points]

    def across(self, time: float) -> float:
        """Where a moment stands from side to side."""
        return LEFT + time / self._end * (self.width() - LEFT - RIGHT)

    def down(self, value: float) -> float:
        """Where an accuracy stands."""
        low, high = self._range
        return self.height() - FOOT - (100 * value - low) / (high - low) * (self.height() - FOOT - TOP)

    def _find_range(self) -> tuple[float, float]:
        """In percent."""
        sides = (side for lane in self._lanes for side in (lane.band.mean, lane.band.low, lane.band.high))
        known = [100 * min(max(each, 0.0), 1.0) for side in sides for each in side if math.isfinite(each)]
        known += [100 * value for _, value in self._live[1]] if self._live else []
        return round_range(min(known), max(known), 100) if known else (0.0, 100.0)

    # --- drawing -------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw scales and goal, then tracks and lanes, then heads and their names."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.TINY))
        self._paint_grid(painter)
        self._paint_source(painter)
        for lane in self._lanes:
            self._paint_lane(painter, lane)
        self._paint_live(painter)
        self._paint_goal(painter)
        self._paint_heads(painter)
        if self.hasFocus():
            paint_focus(painter, self)
        painter.end()

    def _paint_grid(self, painter: QPainter) -> None:
        levels = [(self.down(each / 100), f"{number(each)}\N{NO-BREAK SPACE}%") for each in quarters(*self._range)]
        paint_levels(painter, levels, LEFT, self.width() - RIGHT)
        unit, title = self._unit()
        for tick in round_steps(self._end / unit, max(2, (self.width() - LEFT - RIGHT) // 80)):
            place = QRectF(self.across(tick * unit) - 30, self.height() - FOOT + 5, 60, 14)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, number(tick))
        foot = QRectF(LEFT, self.height() - 16, self.width() - LEFT - RIGHT, 16)
        painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, title)

    def _unit(self) -> tuple[float, str]:
        if self._axis == "epochs":
            return 1.0, tr("epochs")
        if self._end >= 2 * 3600:
            return 3600.0, tr("hours of learning")
        return (60.0, tr("minutes of learning")) if self._end >= 120 else (1.0, tr("seconds of learning"))

    def _paint_source(self, painter: QPainter) -> None:
        """Mark the time in which the source was learnt, if it counts."""
        known = [lane.source_seconds for lane in self._lanes if lane.source_seconds is not None]
        if not known or not self._counts_source or self._axis == "epochs":
            return
        look, left, right = theme.current(), self.across(0), self.across(max(known))
        tint = look.colour("faint")
        tint.setAlphaF(0.12)
        painter.fillRect(QRectF(left, TOP, right - left, self.height() - FOOT - TOP), tint)
        text = tr("learning the source")
        if painter.fontMetrics().horizontalAdvance(text) < right - left - 8:
            painter.setPen(look.colour("muted"))
            place = QRectF(left, self.height() - FOOT - 20, right - left, 16)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_lane(self, painter: QPainter, lane: Lane) -> None:
        times = self.times(lane)
        self._paint_band(painter, lane, times)
        track = [self._place(time, value) for time, value in zip(times, lane.band.mean, strict=bool(times))]
        self._paint_line(painter, lane.arm, track, TRACK)
        value = race.value_at(lane, times, self.now)
        if value is not None:
            run = [place for place, time in zip(track, times, strict=True) if time <= self.now]
            self._paint_line(painter, lane.arm, [*run, self._place(min(self.now, times[-1]), value)], 1.0)

    def _place(self, time: float, value: float) -> QPointF:
        return QPointF(self.across(time), self.down(value))

    def _paint_line(self, painter: QPainter, arm: Arm, places: Sequence[QPointF], opacity: float) -> None:
        painter.setOpacity(opacity)
        painter.setPen(pen(arm, 2.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(places))
        painter.setOpacity(1.0)

    def _paint_band(self, painter: QPainter, lane: Lane, times: Sequence[float]) -> None:
        sides = zip(times, lane.band.low, lane.band.high, strict=bool(times))
        known = [(time, low, high) for time, low, high in sides if time <= self.now and math.isfinite(low)]
        above = [self._place(time, min(high, 1.0)) for time, _, high in known]
        below = [self._place(time, max(low, 0.0)) for time, low, _ in reversed(known)]
        tint = colour(lane.arm)
        tint.setAlphaF(BAND)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tint)
        painter.drawPolygon(QPolygonF([*above, *below]))

    def _paint_live(self, painter: QPainter) -> None:
        """Draw the run at work, thin: it belongs to no mean yet."""
        if self._live is not None:
            painter.setPen(pen(self._live[0], 1.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(QPolygonF([self._place(*point) for point in self._live_points()]))

    def _paint_goal(self, painter: QPainter) -> None:
        """Draw what scratch ends with, and a flag for each arm that has come there."""
        goal = race.threshold(self._lanes)
        if goal is None:
            return
        look, y = theme.current(), self.down(goal)
        painter.setPen(QPen(look.colour("muted"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(LEFT, y), QPointF(self.width() - RIGHT, y))
        for lane in self._lanes:
            time = time_to(goal, self.times(lane), lane.band.mean) if self.times(lane) else None
            if time is not None and time <= self.now:
                painter.setPen(QPen(colour(lane.arm), 1.5))
                painter.setBrush(look.colour("card"))
                x = self.across(time)
                painter.drawPolygon(
                    QPolygonF([QPointF(x, y), QPointF(x - FLAG, y - 1.6 * FLAG), QPointF(x + FLAG, y - 1.6 * FLAG)])
                )

    def _paint_heads(self, painter: QPainter) -> None:
        """Draw where each lane stands, and write its name and value beside it; names do not cover each other."""
        heads = []
        for lane in self._lanes:
            times = self.times(lane)
            value = race.value_at(lane, times, self.now)
            if value is not None:
                heads.append((self._place(min(self.now, times[-1]), value), lane.arm, value))
        look, taken = theme.current(), [QRectF(place.x() - HEAD, place.y() - HEAD, 9, 9) for place, *_ in heads]
        points = [
            self._place(*each) for lane in self._lanes for each in zip(self.times(lane), lane.band.mean, strict=False)
        ]
        for place, arm, value in sorted(heads, key=lambda each: each[0].y()):
            text = f"{tr(ARMS[arm])} {percent(value)}"
            room = self._room(place, painter.fontMetrics().horizontalAdvance(text) + NAME + 4, taken, points)
            taken.append(room)
            ground = look.colour("card")
            ground.setAlphaF(0.85)
            painter.fillRect(room, ground)
            painter.setPen(look.colour("ink"))
            painter.drawText(room.adjusted(NAME, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour(arm))
            painter.drawEllipse(QPointF(room.left() + NAME / 2, room.center().y()), 3, 3)
        for place, arm, _ in heads:
            painter.setPen(QPen(look.colour("card"), 1.5))
            painter.setBrush(colour(arm))
            painter.drawEllipse(place, HEAD, HEAD)

    def _room(self, head: QPointF, width: float, taken: Sequence[QRectF], points: Sequence[QPointF]) -> QRectF:
        """Find where a name covers least: at the right of its head, else above or below it, near or farther away."""
        aside, centre = head.x() + 8, head.x() - width / 2
        heights = [head.y() - NAME / 2 + step * NAME for step in (-1.1, 1.1, -2.1, 2.1)]
        corners = [(aside, head.y() - NAME / 2), *((x, y) for y in heights for x in (centre, aside))]
        rooms = [QRectF(x, y, width, NAME) for x, y in corners]
        inside = QRectF(LEFT, 0, self.width() - LEFT, self.height() - FOOT)
        near = [place for place in points if abs(place.x() - head.x()) < width + NAME]

        def covers(room: QRectF) -> int:
            hidden = sum(room.contains(place) for place in near)
            return hidden + 100 * (not inside.contains(room)) + 50 * sum(room.intersects(other) for other in taken)

        return min(rooms, key=covers)

    # --- words ---------------------------------------------------------------------------------------------------

    def _describe(self) -> None:
        """Say aloud where each lane stands."""
        said = [f"{number(self.now / self._unit()[0])} {self._unit()[1]}"]
        for lane in self._lanes:
            value = race.value_at(lane, self.times(lane), self.now)
            said.append(f"{tr(ARMS[lane.arm])} {percent(value)}")
        self.setAccessibleDescription("; ".join(said))
