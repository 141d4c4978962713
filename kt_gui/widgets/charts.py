"""One chart of a run, drawn by pyqtgraph: dots for batches, a line for epochs, one for validation, the best epoch.

Only `curves` imports this, when a chart is first shown: pyqtgraph must not be imported before the first paint.
"""

# mypy: allow-untyped-calls

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kt_gui.bridge.phase_curves import PhaseCurves
from kt_gui.schema.texts import tr
from kt_gui.widgets import theme
from kt_gui.widgets.axes import AXIS_WIDTH, RIGHT, dress_axes, prepare_axes, value_ticks
from kt_gui.widgets.curve_data import (
    Floats,
    Measure,
    Points,
    Split,
    epoch_ticks,
    limits,
    logarithm,
    smooth,
)
from kt_gui.widgets.dots import FEW, Dots
from kt_gui.widgets.parts import label

NAMES_HEIGHT = 20
MANY_POINTS = 2000
"""Lines of more points are drawn without antialiasing."""
FREE = 9
"""Pixels left free above and below the range, for half a line of text at its ends."""
NAME_WIDTH = 130
"""Pixels of a phase below which its name is left out."""


@dataclass(frozen=True)
class Look:
    """How the curves are to be seen."""

    is_log: bool = True
    ignore_outliers: bool = False
    smoothing: float = 0.0


class Chart(QWidget):
    """Loss or accuracy of a run over epochs.

    Signals:
        pointed(float): the pointer, or an arrow key, stands at this epoch; NaN when it has left.
        zoomed(): the person moved or enlarged the curves by hand.
        reset(): the person wants to see all of it again.
    """

    pointed = Signal(float)
    zoomed = Signal()
    reset = Signal()

    def __init__(self, measure: Measure, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.measure = measure
        self._phases: Sequence[PhaseCurves] = ()
        self._look = Look()
        self._layers: list[Dots] = []
        self._cursor = math.nan
        self._limits = (0.0, 1.0)
        self._drawn: tuple[object, ...] = ()
        self._ticks: dict[str, list[tuple[float, str]]] = {}
        self._build()
        self._lay_out()
        self._connect()
        self._dress()

    def _build(self) -> None:
        self.setAccessibleName(tr("Loss over epochs") if self.measure == "loss" else tr("Accuracy over epochs"))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.view: Any = pg.PlotWidget(background=None)
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot: Any = self.view.getPlotItem()
        self.box: Any = self.plot.getViewBox()
        self.train: Any = pg.PlotCurveItem(connect="finite")
        self.validation: Any = pg.PlotCurveItem(connect="finite")
        self.best: Any = pg.ScatterPlotItem(size=10, antialias=True, useCache=False)
        self.handover: Any = pg.InfiniteLine(angle=90)
        self.pointer: Any = pg.InfiniteLine(angle=90)
        for item in (self.handover, self.train, self.validation, self.best, self.pointer):
            self.plot.addItem(item, ignoreBounds=True)
        self.handover.hide()
        self.pointer.hide()
        self.readout = label("", "chip")
        self.readout.hide()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)
        self.readout.setParent(self)
        prepare_axes(self.plot, NAMES_HEIGHT if self.measure == "loss" else 4)

    def _connect(self) -> None:
        self.box.sigRangeChanged.connect(self._follow_range)
        self.box.sigResized.connect(self._follow_size)
        self.box.sigRangeChangedManually.connect(self.zoomed)
        self.view.scene().sigMouseMoved.connect(self._point)
        self.view.scene().sigMouseClicked.connect(self._click)
        theme.themed.changed.connect(self._dress)

    def axis(self, place: str) -> Any:
        """An axis: left, bottom, or top, where the phases' names stand."""
        return self.plot.getAxis(place)

    @Slot()
    def _dress(self) -> None:
        self.dress(self.devicePixelRatioF())

    def dress(self, ratio: float) -> None:
        """Take the colours of the look in use; lines are so many times thicker on a finer screen."""
        look = theme.current()
        self.view.setBackground(look.card)
        dress_axes(self.plot, ratio)
        self.train.setPen(pg.mkPen(look.accent, width=2 * ratio))
        self.validation.setPen(pg.mkPen(look.validation, width=2 * ratio))
        self.best.setPen(pg.mkPen(look.good, width=2 * ratio))
        self.best.setBrush(look.card)
        self.handover.setPen(pg.mkPen(look.faint, width=ratio, style=Qt.PenStyle.DashLine))
        self.pointer.setPen(pg.mkPen(look.faint, width=ratio))
        self.view.viewport().update()

    # --- what is shown -------------------------------------------------------------------------------------------

    def show_run(self, phases: Sequence[PhaseCurves], points: Sequence[Points], look: Look) -> None:
        """Show these phases, and the batches of each."""
        self._phases, self._look = phases, look
        self._show_dots(points)
        lines = (look, *((own, phase.epochs[-1:]) for own, phase in zip(points, phases, strict=True)))
        if lines != self._drawn:
            self._drawn = lines
            self._show_lines(points)
            self._show_best()
        self.handover.setVisible(len(phases) > 1)
        if len(phases) > 1:
            self.handover.setValue(phases[-1].offset)
        self._fit(points)
        self._write_ticks()

    @property
    def is_log(self) -> bool:
        """Whether the left axis is a log scale."""
        return self._look.is_log and self.measure == "loss"

    def _show_lines(self, points: Sequence[Points]) -> None:
        for item, split in self._lines():
            x, y = self._joined(points, split)
            item.setData(x, self._scaled(y), antialias=len(x) <= MANY_POINTS)

    def _lines(self) -> tuple[tuple[Any, Split], ...]:
        return ((self.train, "train"), (self.validation, "validation"))

    def _show_dots(self, points: Sequence[Points]) -> None:
        while len(self._layers) < len(points):
            layer = Dots()
            layer.setZValue(-1)
            self._layers.append(layer)
            self.box.addItem(layer, ignoreBounds=True)
            layer.show_view(self.box.viewRect())
        is_large = sum(len(own.positions) for own in points) <= FEW
        for place, layer in enumerate(self._layers):
            layer.setVisible(place < len(points))
            if place < len(points):
                own = points[place]
                values = own.values(self.measure)
                layer.show_points(own.positions, values, own.version, is_log=self.is_log, is_large=is_large)

    def _fit(self, points: Sequence[Points]) -> None:
        if self.measure == "loss":
            self._limits = self._find_limits(points)
        self._fit_height()

    def _fit_height(self) -> None:
        free = FREE / max(4 * FREE, self.box.height() - 2 * FREE)
        self.box.setYRange(*self._limits, padding=free)

    def _find_limits(self, points: Sequence[Points]) -> tuple[float, float]:
        ignored = self._look.ignore_outliers
        rows = [each.values("loss") if ignored else each.loss_ends for each in points]
        rows += [each.line("loss", split) for each in points for _, split in self._lines()]
        low, high = limits(rows, is_log=self.is_log, ignore_outliers=ignored)
        return (math.log10(low), math.log10(high)) if self.is_log else (low, high)

    def _scaled(self, values: Floats) -> Floats:
        return logarithm(values) if self.is_log else values

    def _joined(self, points: Sequence[Points], split: Split) -> tuple[Floats, Floats]:
        """The line of all phases, with a gap between them."""
        x, y = [np.empty(0)], [np.empty(0)]
        for own in points:
            x += [own.ends, np.array([math.nan])]
            y += [smooth(own.line(self.measure, split), self._look.smoothing), x[-1]]
        return np.concatenate(x), np.concatenate(y)

    def _show_best(self) -> None:
        phase = self._phases[-1] if self._phases else None
        best = phase.best if phase else None
        value = getattr(best, f"validation_{self.measure}") if best else None
        if phase is None or best is None or value is None:
            self.best.setData([], [])
            return
        self.best.setData([phase.offset + best.epoch + 1], self._scaled(np.array([value])))

    # --- axes ----------------------------------------------------------------------------------------------------

    @Slot()
    def _follow_range(self) -> None:
        for layer in self._layers:
            layer.show_view(self.box.viewRect())
        self._write_ticks()

    @Slot()
    def _follow_size(self) -> None:
        """Find room for ticks anew."""
        self._fit_height()
        self._write_ticks()

    def _write_ticks(self) -> None:
        left, right = self.box.viewRange()[0]
        self._set_ticks("left", self._value_ticks(*self._limits))
        count = max(2, self.width() // 90)
        self._set_ticks("bottom", [(tick, f"{tick:.0f}") for tick in epoch_ticks(max(0.0, left), right, count)])
        self._set_ticks("top", self._names(left, right))

    def _set_ticks(self, place: str, ticks: list[tuple[float, str]]) -> None:
        """Write these ticks where they are others than before: an axis draws itself anew for each."""
        if ticks != self._ticks.get(place):
            self._ticks[place] = ticks
            self.axis(place).setTicks([ticks])

    def _value_ticks(self, low: float, high: float) -> list[tuple[float, str]]:
        return value_ticks(low, high, is_log=self.is_log, is_share=self.measure == "accuracy", room=self._room())

    def _room(self) -> int:
        return max(2, self.height() // 30)

    def _names(self, left: float, right: float) -> list[tuple[float, str]]:
        """Each phase's name over the middle of what is seen of it, where there is room; over the upper chart only."""
        names = {"pretraining": tr("source: pretraining"), "finetuning": tr("target: fine-tuning")}
        found = []
        is_named = len(self._phases) > 1 and self.measure == "loss"
        for place, phase in enumerate(self._phases if is_named else ()):
            end = self._phases[place + 1].offset if place + 1 < len(self._phases) else right
            start, end = max(left, phase.offset), min(right, end)
            if (end - start) / max(right - left, 1e-9) * (self.width() - AXIS_WIDTH) > NAME_WIDTH:
                found.append(((start + end) / 2, names[phase.started.phase]))
        return found

    # --- pointing ------------------------------------------------------------------------------------------------

    def show_pointer(self, position: float, words: str) -> None:
        """Draw a line at this epoch and write the values there; NaN takes both away."""
        self._cursor = position
        shown = math.isfinite(position)
        self.pointer.setVisible(shown)
        self.readout.setVisible(shown)
        self.setAccessibleDescription(words)
        if shown:
            self.pointer.setValue(position)
            self.readout.setText(words)
            self.readout.adjustSize()
            self.readout.raise_()
            self.readout.move(self.width() - self.readout.width() - RIGHT, NAMES_HEIGHT)

    @Slot(QPointF)
    def _point(self, place: QPointF) -> None:
        inside = self.box.sceneBoundingRect().contains(place)
        self.pointed.emit(self.box.mapSceneToView(place).x() if inside else math.nan)

    @Slot(object)
    def _click(self, click: Any) -> None:
        if click.double():
            self.reset.emit()

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
            self.pointed.emit(self._cursor + step if math.isfinite(self._cursor) else self._last())
        elif event.key() == Qt.Key.Key_Escape:
            self.pointed.emit(math.nan)
            self.reset.emit()
        else:
            super().keyPressEvent(event)

    def _last(self) -> float:
        return self._phases[-1].offset + len(self._phases[-1].epochs) if self._phases else 0.0
