"""The axes that all charts over epochs share: which there are, how they look, what stands at their ticks.

Like `charts`, it imports pyqtgraph and is imported when a chart is first shown.
"""

# mypy: allow-untyped-calls

import math
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QPen

from kt_gui.schema.quantities import percent
from kt_gui.widgets import theme
from kt_gui.widgets.curve_data import log_ticks

AXIS_WIDTH, RIGHT = 42, 10
"""Pixels for the numbers at the left, and left free at the right for half a number."""
EDGE = 0.03
"""Part of the length left free at either end."""
PLACES = ("left", "bottom", "top")
Tick = tuple[float, str]


def prepare_axes(plot: Any, top: int) -> None:
    """Lay out a plot: numbers at the left and below, room of so many pixels above; one moves along the epochs only."""
    plot.setMenuEnabled(False)
    plot.hideButtons()
    plot.setMouseEnabled(x=True, y=False)
    plot.showAxes((True, True, False, True))
    plot.getAxis("left").setWidth(AXIS_WIDTH)
    plot.getAxis("left").setGrid(255)
    plot.getAxis("top").setHeight(top)
    plot.layout.setContentsMargins(0, 0, RIGHT, 0)
    for place in PLACES:
        axis = plot.getAxis(place)
        axis.setZValue(-200)  # the grid belongs under the curves
        axis.setStyle(tickLength=0, tickTextOffset=6, autoReduceTextSpace=False, hideOverlappingLabels=False)
        axis.setStyle(tickAlpha=255 if place == "left" else 0, showValues=True)


def limit_zoom(box: Any, end: float) -> None:
    """Let a person zoom and move within the epochs there are: beyond lies nothing to be seen."""
    length = max(1.0, end)
    box.setLimits(xMin=-EDGE * length, xMax=(1 + EDGE) * length)


def dress_axes(plot: Any, ratio: float) -> None:
    """Give a plot's axes the colours of the look in use; lines are so many times thicker on a finer screen."""
    look = theme.current()
    for place in PLACES:
        axis = plot.getAxis(place)
        axis.setTickFont(theme.font(theme.TINY))
        axis.setTextPen(look.muted)
        axis.setPen(QPen(Qt.PenStyle.NoPen))
        axis.setTickPen(pg.mkPen(look.line, width=ratio))


def value_ticks(low: float, high: float, *, is_log: bool, is_share: bool, room: int) -> list[Tick]:
    """Say what stands at the left of a chart from low to high (of a log axis: the exponents), in so much room."""
    quarters = [low + (high - low) * part / 4 for part in range(5)]
    if is_share:
        return [(tick, percent(tick, 0)) for tick in quarters]
    if is_log:
        return [(math.log10(tick), f"{tick:.3g}") for tick in log_ticks(10**low, 10**high, room)]
    return [(tick, f"{tick:.3g}") for tick in quarters]
