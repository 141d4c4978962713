"""Does the window stay alive while training on all cores? The gaps of a 60 Hz timer in the window's thread.

    python -m benchmarks.heartbeat [--seconds 30] [--example emoji] [--page train]

Opens the real window (offscreen unless QT_QPA_PLATFORM says otherwise), starts the example as a person would, and
measures
from the first epoch on. Prints percentiles of the gaps in ms.
"""

import argparse
import os
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from kt_gui import session
from kt_gui.bridge import models as bridge
from kt_gui.store import translations
from kt_gui.store.folders import Home
from kt_gui.widgets import theme
from kt_gui.window import MainWindow


def beat(folder: Path, example: str, page: str, seconds: float) -> tuple[list[float], int]:
    """Run the example in the real window; return the timer's ticks since the first step, and the batches shown."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    theme.apply(app, "light")
    models = bridge.build(Home.under(folder), session.example(example))
    window = MainWindow(models, translations.speak)
    window.show()
    window.go(page)
    models.run.start(models.experiment.experiment)
    ticks: list[float] = []
    batches = 0

    def tick() -> None:
        if models.run.phases and models.run.phases[-1].epochs:
            ticks.append(time.perf_counter())
        over = not models.run.is_busy or (ticks and ticks[-1] - ticks[0] > seconds)
        if over:
            timer.stop()
            models.run.cancel_and_discard()
            QTimer.singleShot(0, app.quit) if not models.run.is_busy else models.run.ended.connect(app.quit)

    def count() -> None:
        nonlocal batches
        batches += 1

    models.run.changed.connect(count)
    timer = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=16)
    timer.timeout.connect(tick)
    timer.start()
    app.exec()
    return ticks, batches


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--example", default="emoji")
    parser.add_argument("--page", default="train")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ticks, batches = beat(Path(folder), chosen.example, chosen.page, chosen.seconds)
    gaps = np.array([1000 * (after - before) for before, after in pairwise(ticks)])
    print(f"{chosen.example} on {os.cpu_count()} cores, page {chosen.page}, {len(gaps)} beats, {batches} redraws")
    print(f"p50 {np.percentile(gaps, 50):.1f}  p95 {np.percentile(gaps, 95):.1f}  ", end="")
    print(f"p99 {np.percentile(gaps, 99):.1f}  max {gaps.max():.0f} ms")


if __name__ == "__main__":
    main()
