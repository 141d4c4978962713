"""The curves of several runs in one chart, drawn by pyqtgraph: a line each, and a band where it is of several seeds."""

# mypy: allow-untyped-calls

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kt_gui.schema.quantities import number, percent
from kt_gui.schema.texts import tr
from kt_gui.studies.repetitions import Band
from kt_gui.widgets import theme
from kt_gui.widgets.axes import EDGE, RIGHT, dress_axes, limit_zoom, prepare_axes, value_ticks
from kt_gui.widgets.comparison import strokes
from kt_gui.widgets.comparison.curves import Curve
from kt_gui.widgets.curve_data import Floats, Measure, Split, epoch_ticks, limits, logarithm
from kt_gui.widgets.parts import label

TOP = 8
"""Pixels above the chart."""
FAINT = 44
"""Opacity of a band, of 255."""
STEPS = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25)
"""Of accuracy, between the ticks: four of them make the chart."""
ROUND = 0.05
"""Accuracies at the foot of a chart are whole multiples of this, where the steps are no smaller."""


class Overlay(QWidget):
    """Loss or accuracy of several runs over epochs.

    Signals:
        pointed(float): the pointer, or an arrow key, stands at this epoch; NaN when it has left.
    """

    pointed = Signal(float)

    def __init__(self, measure: Measure, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.measure = measure
        self._curves: Sequence[Curve] = ()
        self._split: Split = "validation"
        self._is_log = False
        self._limits, self._cursor = (0.0, 1.0), math.nan
        self._build()
        self._connect()
        self._dress()

    def _build(self) -> None:
        names = {"loss": tr("Loss of the runs over epochs"), "accuracy": tr("Accuracy of the runs over epochs")}
        self.setAccessibleName(names[self.measure])
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.view: Any = pg.PlotWidget(background=None)
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot: Any = self.view.getPlotItem()
        self.box: Any = self.plot.getViewBox()
        prepare_axes(self.plot, TOP)
        self.lines: list[Any] = []
        self.bands: list[Any] = []
        self.pointer: Any = pg.InfiniteLine(angle=90)
        self.readout = label("", "chip")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)
        self.readout.setParent(self)
        self.readout.hide()

    def _connect(self) -> None:
        self.box.sigXRangeChanged.connect(self._write_ticks)
        self.box.sigResized.connect(self._fit)
        self.view.scene().sigMouseMoved.connect(self._point)
        self.view.scene().sigMouseClicked.connect(self._click)
        theme.themed.changed.connect(self._dress)

    # --- what is shown -------------------------------------------------------------------------------------------

    def show_curves(self, curves: Sequence[Curve], split: Split, *, is_log: bool) -> None:
        """Show these curves, of learning or of validation; accuracies never on a log scale."""
        self._curves, self._split, self._is_log = curves, split, is_log and self.measure == "loss"
        self._draw()
        self.show_all()

    def show_all(self) -> None:
        """Show the whole length again."""
        limit_zoom(self.box, self._end)
        self.box.setXRange(0, max(1, self._end), padding=EDGE)

    @property
    def _end(self) -> int:
        """The last epoch that a curve comes to."""
        return max([0, *(len(self.band(curve).mean) for curve in self._curves)])

    def band(self, curve: Curve) -> Band:
        """What is drawn of a curve."""
        return curve.bands[self.measure, self._split]

    @Slot()
    def _dress(self) -> None:
        self.view.setBackground(theme.current().card)
        dress_axes(self.plot, self.devicePixelRatioF())
        self._draw()

    def _draw(self) -> None:
        self.plot.clear()
        self.lines, self.bands = [], []
        for curve in self._curves:
            self._draw_band(curve)
        for curve in self._curves:
            self._draw_line(curve)
        self.pointer.setPen(pg.mkPen(theme.current().faint, width=self.devicePixelRatioF()))
        self.pointer.hide()
        self.plot.addItem(self.pointer, ignoreBounds=True)
        self._limits = self._find_limits()
        self._fit()

    def _draw_line(self, curve: Curve) -> None:
        y = self._scaled(self.band(curve).mean)
        x = np.arange(1.0, len(y) + 1)
        pen = strokes.pen(curve.style, self.devicePixelRatioF())
        line = pg.PlotCurveItem(x, y, pen=pen, connect="finite", antialias=True)
        self.lines.append(line)
        self.plot.addItem(line, ignoreBounds=True)
        (known,) = np.nonzero(np.isfinite(y))
        if len(known):
            tint, mark = strokes.colour(curve.style), strokes.MARKS[curve.style]
            last = known[-1:]
            end = pg.ScatterPlotItem(x[last], y[last], symbol=mark, size=strokes.MARK + 1, pen=tint, brush=tint)
            self.plot.addItem(end, ignoreBounds=True)

    def _draw_band(self, curve: Curve) -> None:
        low, high = (self._scaled(side) for side in (self.band(curve).low, self.band(curve).high))
        high_only = np.isfinite(high) & ~np.isfinite(low)
        low = np.where(high_only & self._is_log, -99.0, low)  # a band that reaches 0 has no end on a log scale
        (known,) = np.nonzero(np.isfinite(low) & np.isfinite(high))
        if len(known) > 1:
            tint = strokes.colour(curve.style)
            tint.setAlpha(FAINT)
            foot, top = (pg.PlotCurveItem(known + 1.0, side[known], pen=None) for side in (low, high))
            filled = pg.FillBetweenItem(foot, top, brush=tint)
            self.bands.append(filled)
            self.plot.addItem(filled, ignoreBounds=True)

    def _scaled(self, values: Sequence[float]) -> Floats:
        found = np.array(values, dtype=np.float64)
        return logarithm(found) if self._is_log else found

    # --- axes ----------------------------------------------------------------------------------------------------

    def _find_limits(self) -> tuple[float, float]:
        rows = [np.array(side) for curve in self._curves for side in (self.band(curve).mean, self.band(curve).high)]
        if self.measure == "accuracy":
            lows = [np.array(self.band(curve).low) for curve in self._curves]
            return _share_limits(np.concatenate([*rows, *lows]) if rows else np.empty(0))
        low, high = limits(rows, is_log=self._is_log, ignore_outliers=False)
        return (math.log10(low), math.log10(high)) if self._is_log else (low, high)

    @Slot()
    def _fit(self) -> None:
        self.box.setYRange(*self._limits, padding=0.04)
        self._write_ticks()

    @Slot()
    def _write_ticks(self) -> None:
        is_share, room = self.measure == "accuracy", max(2, self.height() // 30)
        ticks = value_ticks(*self._limits, is_log=self._is_log, is_share=is_share, room=room)
        self.plot.getAxis("left").setTicks([ticks])
        left, right = self.box.viewRange()[0]
        epochs = epoch_ticks(max(0.0, left), right, max(2, self.width() // 90))
        self.plot.getAxis("bottom").setTicks([[(tick, f"{tick:.0f}") for tick in epochs]])
        self.plot.getAxis("top").setTicks([[]])

    # --- pointing ------------------------------------------------------------------------------------------------

    def show_pointer(self, epoch: float) -> None:
        """Draw a line at this epoch, from 1, and write the values there; NaN takes both away."""
        is_shown = math.isfinite(epoch) and self._end > 0
        place = min(max(round(epoch), 1), self._end) if is_shown else 0
        self._cursor = float(place) if is_shown else math.nan
        self.pointer.setVisible(is_shown)
        self.readout.setVisible(is_shown)
        self.setAccessibleDescription(self._words(place) if is_shown else "")
        if is_shown:
            self.pointer.setValue(place)
            self.readout.setText(self._words(place))
            self.readout.adjustSize()
            self.readout.raise_()
            is_left = self.pointer.value() > sum(self.box.viewRange()[0]) / 2
            right = self.width() - self.readout.width() - RIGHT
            self.readout.move(self.plot.getAxis("left").width() + 8 if is_left else right, TOP)

    def _words(self, place: int) -> str:
        said = [tr("epoch {epoch}", epoch=place)]
        for curve in self._curves:
            mean = self.band(curve).mean
            value = mean[place - 1] if place <= len(mean) else math.nan
            said.append(f"{curve.letters}  {self._figure(value)}")
        return "\n".join(said)

    def _figure(self, value: float) -> str:
        if not math.isfinite(value):
            return "–"
        return percent(value) if self.measure == "accuracy" else number(value)

    @Slot(QPointF)
    def _point(self, place: QPointF) -> None:
        inside = self.box.sceneBoundingRect().contains(place)
        self.pointed.emit(self.box.mapSceneToView(place).x() if inside else math.nan)

    @Slot(object)
    def _click(self, click: Any) -> None:
        if click.double():
            self.show_all()

    def leaveEvent(self, event: Any) -> None:
        """Take the pointer's line away."""
        super().leaveEvent(event)
        self.pointed.emit(math.nan)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the line of the arrow keys away."""
        super().focusOutEvent(event)
        self.pointed.emit(math.nan)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right walk from epoch to epoch, Escape shows all again."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None:
            self.pointed.emit(self._cursor + step if math.isfinite(self._cursor) else self._end if step < 0 else 1.0)
        elif event.key() == Qt.Key.Key_Escape and math.isfinite(self._cursor):
            self.pointed.emit(math.nan)
            self.show_all()
        else:
            super().keyPressEvent(event)


def _share_limits(values: Floats) -> tuple[float, float]:
    """A range of accuracies with four equal steps of whole percents; all there is where there are none."""
    known = values[np.isfinite(values)].clip(0, 1)
    if not len(known):
        return 0.0, 1.0
    low, high = float(known.min()), float(known.max())
    for step in STEPS:
        grid = min(step, ROUND)
        bottom = math.floor(low / grid + 1e-9) * grid
        if bottom + 4 * step >= high:
            return (bottom, bottom + 4 * step) if bottom + 4 * step <= 1 else (1 - 4 * step, 1.0)
    return 0.0, 1.0
