"""How long a chart takes to redraw: with new points while a run goes on, and from nothing after a resize or a zoom.

    python -m benchmarks.redraw [POINTS...]

One chart of 700 x 220 pixels is updated and painted, without a screen. Each figure is the median of the repeats.
"""

import math
import os
import statistics
import sys
import time
from collections.abc import Callable
from random import Random

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication

from kt_gui import samples
from kt_gui.bridge.phase_curves import PhaseCurves
from kt_gui.schema.events import EpochEnded, PhaseStarted
from kt_gui.widgets import theme
from kt_gui.widgets.charts import Chart, Look
from kt_gui.widgets.curve_data import Points

REPEATS, NEW = 30, 50
SIZE = (700, 220)


def phase_of(points: int) -> PhaseCurves:
    """A phase of so many batches."""
    events = samples.running(24)
    started = [event for event in events if isinstance(event, PhaseStarted)]
    epochs = [event for event in events if isinstance(event, EpochEnded) and event.phase == "finetuning"]
    curves, chance = PhaseCurves(started[-1], epochs=epochs), Random(0)
    for point in range(points):
        position = 24 * (point + 1) / points
        curves.positions.append(position)
        curves.losses.append(math.exp(0.5 - position / 8 + chance.gauss(0, 0.2)))
        curves.accuracies.append(min(1.0, 1 - math.exp(-position / 6) / 2))
    return curves


def median_ms(work: Callable[[int], None]) -> float:
    """Time some work, given how often it was done."""
    times = []
    for turn in range(REPEATS):
        start = time.perf_counter()
        work(turn)
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def measure(points: int) -> tuple[float, float]:
    """Milliseconds to redraw with new points, and to redraw all."""
    whole, part = phase_of(points), phase_of(100)
    part.epochs = whole.epochs
    kept = len(whole.positions) - REPEATS * NEW
    for name in ("positions", "losses", "accuracies"):
        setattr(part, name, getattr(whole, name)[:kept])
    seen, canvas = Points(), QPixmap(*SIZE)
    chart = Chart("loss")
    chart.resize(*SIZE)
    chart.box.setXRange(0, whole.length)
    chart.show()

    def draw() -> None:
        seen.take(part)
        chart.show_run([part], [seen], Look())
        chart.render(canvas)

    def grow(turn: int) -> None:
        for name in ("positions", "losses", "accuracies"):
            getattr(part, name).extend(getattr(whole, name)[kept + turn * NEW : kept + (turn + 1) * NEW])
        draw()

    def zoom(turn: int) -> None:
        chart.box.setXRange(0, whole.length * (1 + 0.001 * (turn + 1)))
        draw()

    draw()
    return median_ms(grow), median_ms(zoom)


def main() -> None:
    """Print a table."""
    app = QApplication(sys.argv[:1])
    theme.apply(app, "light")
    print(f"{'points':>10}  {'new points ms':>14}  {'all anew ms':>12}")
    for points in [int(each) for each in sys.argv[1:]] or [1_000, 10_000, 100_000, 1_000_000]:
        new, anew = measure(points)
        print(f"{points:>10}  {new:>14.1f}  {anew:>12.1f}")


if __name__ == "__main__":
    main()
