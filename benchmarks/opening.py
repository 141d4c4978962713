"""Does it open at once? A run of 1 000 epochs, a list of 2 000 runs, a chart of 1 000 000 points, in the real window.

    python -m benchmarks.opening [--runs 3]

Runs and histories are generated in a temporary home, by the store's own code. For each deed: how long until its result
is on the screen (offscreen unless QT_QPA_PLATFORM says otherwise), and the longest the window's thread did nothing else
meanwhile, by a timer of 5 ms.
"""

import argparse
import math
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from random import Random

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import msgspec
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication

from benchmarks.measuring import Measured, Turn, table, take_turns
from kt_gui import samples
from kt_gui.bridge.models import Models, build
from kt_gui.bridge.run_cells import COLUMNS
from kt_gui.pages.runs import RunsPage
from kt_gui.pages.train import TrainPage
from kt_gui.schema.events import EpochEnded, Event, PhaseStarted, RunEnded, RunStarted, StepEnded
from kt_gui.store.folders import Home
from kt_gui.store.history import History
from kt_gui.store.runs import Runs, change
from kt_gui.store.translations import speak
from kt_gui.widgets import theme
from kt_gui.window import MainWindow

TITLE = "Opening what is large"
RUNS, INTERRUPTED = 2000, 20
EPOCHS, STEPS = 1000, 50
POINTS = 1_000_000
TICK_MS = 5
ROUNDS = 4
"""Rounds of events after which what was asked for is drawn."""


def measure(runs: int) -> Measured:
    """Do every deed so many times."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    theme.apply(app, "light")
    with tempfile.TemporaryDirectory() as folder:
        home = Home.under(Path(folder))
        long = make_runs(home)
        sides: dict[str, Callable[[], Turn]] = {
            f"a run of {EPOCHS} epochs, {EPOCHS * STEPS} steps": partial(open_run, home, long),
            f"{RUNS} runs, index cold": partial(list_runs, home, is_cold=True),
            f"{RUNS} runs, index warm": partial(list_runs, home, is_cold=False),
            "filter them by a word": partial(filter_runs, home),
            "sort them by accuracy": partial(sort_runs, home),
            f"draw {POINTS} points": partial(draw_points, home),
            "zoom into them": partial(zoom_points, home),
        }
        take_turns(sides, 1)
        return Measured(TITLE, take_turns(sides, runs), remarks=[f"{INTERRUPTED} of the runs were interrupted."])


# --- what is opened --------------------------------------------------------------------------------------------------


def make_runs(home: Home) -> Path:
    """Make the runs; give the folder of the long one, which is one of them."""
    chance, store = Random(0), Runs(home)
    found = next(event.result for event in samples.finished() if isinstance(event, RunEnded))
    for number in range(RUNS):
        folder = store.create(samples.EXPERIMENT)
        result = msgspec.structs.replace(found, target_accuracy=chance.random())
        is_interrupted = number < INTERRUPTED
        change(
            folder,
            name=f"emoji {number}",
            state="running" if is_interrupted else "finished",
            result=None if is_interrupted else result,
            process=None,
            started=samples.BEGAN + 60 * number,
            seconds=60.0,
        )
        if is_interrupted:
            write_history(folder, long_run(folder, 100))
    write_history(folder, long_run(folder, EPOCHS))
    return folder


def write_history(folder: Path, events: Iterator[Event]) -> None:
    """Write a run's history."""
    history = History(folder)
    for event in events:
        history.append(event)
    history.close()


def long_run(folder: Path, epochs: int) -> Iterator[Event]:
    """The sample run's fine-tuning, so many epochs long."""
    told = samples.finished()
    step = next(event for event in reversed(told) if isinstance(event, StepEnded))
    epoch = next(event for event in reversed(told) if isinstance(event, EpochEnded))
    phase = next(event for event in reversed(told) if isinstance(event, PhaseStarted))
    replace = msgspec.structs.replace
    yield RunStarted(run=folder.name, name="long", folder=str(folder))
    yield replace(phase, epochs=epochs, steps_per_epoch=STEPS)
    for place in range(epochs):
        loss = math.exp(-place / epochs)
        for done in range(STEPS):
            yield replace(step, epoch=place, step=done + 1, steps=STEPS, loss=loss)
        yield replace(epoch, epoch=place, train_loss=loss, validation_loss=1.1 * loss, best=place % 50 == 0)
    yield from (event for event in told if isinstance(event, RunEnded))


# --- deeds -----------------------------------------------------------------------------------------------------------


def open_run(home: Home, folder: Path) -> Turn:
    """Replay a run into the Train page."""
    models, window = make_window(home, "start")
    turn = timed(models, window, partial(models.run.replay, folder), lambda: not models.run.is_busy, page="train")
    assert len(models.run.phases[-1].epochs) == EPOCHS
    return turn


def list_runs(home: Home, *, is_cold: bool) -> Turn:
    """Show the page of all runs, which reads the list."""
    if is_cold:
        home.index.unlink(missing_ok=True)
    models, window = make_window(home, "start")
    return timed(models, window, lambda: None, lambda: len(models.runs.records) == RUNS, page="runs")


def filter_runs(home: Home) -> Turn:
    """Type a word that one run in a hundred has."""
    models, window, page = runs_page(home)
    return timed(models, window, lambda: page.filter.setText("emoji 77"), lambda: 0 < page.rows.rowCount() < RUNS)


def sort_runs(home: Home) -> Turn:
    """Sort by a column."""
    models, window, page = runs_page(home)
    column = COLUMNS.index("accuracy")
    return timed(models, window, lambda: page.table.sortByColumn(column, Qt.SortOrder.AscendingOrder), lambda: True)


def draw_points(home: Home) -> Turn:
    """Draw a run of so many batches."""
    models, window = make_window(home, "start")
    fill(models)
    return timed(models, window, lambda: None, lambda: True, page="train")


def zoom_points(home: Home) -> Turn:
    """See a tenth of it."""
    models, window = make_window(home, "train")
    fill(models)
    models.run.changed.emit()
    wait_until(lambda: True)
    page = window.pages["train"]
    assert isinstance(page, TrainPage)
    box = page.curves.charts[0].box
    return timed(models, window, lambda: box.setXRange(0.4 * EPOCHS, 0.5 * EPOCHS), lambda: True)


def fill(models: Models) -> None:
    """Put batches into the run in view, without the time that reading them takes."""
    models.run.apply([event for event in long_run(Path("/"), 1) if not isinstance(event, RunEnded)])
    curves, chance = models.run.phases[-1], Random(0)
    for point in range(POINTS):
        curves.positions.append(1 + EPOCHS * (point + 1) / POINTS)
        curves.losses.append(math.exp(-point / POINTS + chance.gauss(0, 0.2)))
        curves.accuracies.append(1 - math.exp(-1 - point / POINTS) / 2)


# --- timing ----------------------------------------------------------------------------------------------------------


def make_window(home: Home, page: str) -> tuple[Models, MainWindow]:
    """Open a window, charts loaded, and let it come to rest."""
    models = build(home, samples.EXPERIMENT)
    window = MainWindow(models, speak)
    for name in ("train", page):
        window.go(name)
    window.show()
    wait_until(lambda: not models.runs.is_reading)
    return models, window


def runs_page(home: Home) -> tuple[Models, MainWindow, RunsPage]:
    """The page of all runs, filled."""
    models, window = make_window(home, "runs")
    wait_until(lambda: len(models.runs.records) == RUNS)
    page = window.pages["runs"]
    assert isinstance(page, RunsPage)
    return models, window, page


def timed(
    models: Models, window: MainWindow, deed: Callable[[], object], is_done: Callable[[], bool], page: str = ""
) -> Turn:
    """Time a deed until it is done and drawn, then close the window."""
    ticks = [time.perf_counter()]
    timer = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=TICK_MS)
    timer.timeout.connect(lambda: ticks.append(time.perf_counter()))
    timer.start()
    deed()
    if page:
        window.go(page)
    ended = wait_until(is_done)
    timer.stop()
    longest = max(after - before for before, after in pairwise([*ticks, ended]))
    window.close()
    window.deleteLater()
    wait_until(lambda: all(worker.has_ended for worker in models.workers()))
    return Turn(ended - ticks[0], {"longest block, ms": f"{1000 * longest:.0f}"})


def wait_until(is_done: Callable[[], bool]) -> float:
    """Let the window work until something is so and, some rounds of events later, drawn; give that moment."""
    loop, timer, rounds = QEventLoop(), QTimer(interval=2), 0

    def look() -> None:
        nonlocal rounds
        rounds = rounds + 1 if is_done() else 0
        if rounds == ROUNDS:
            loop.quit()

    timer.timeout.connect(look)
    timer.start()
    loop.exec()
    timer.stop()
    return time.perf_counter()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    print(table(measure(parser.parse_args().runs)))


if __name__ == "__main__":
    main()
