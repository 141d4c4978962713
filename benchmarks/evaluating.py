"""Does the window stay alive while it evaluates 10 000 pictures, and while a gallery of 100 000 scrolls by?

    python -m benchmarks.evaluating [--pictures 10000] [--gallery 100000] [--runs 1]

A small network learns the bundled emoji of three kinds for a second. Then the real window, its Evaluate page open,
judges it by a table of so many pictures (PNG files of 64 pixels, each of which stands in several rows), opens the
gallery of all of them and scrolls through it: every picture in sight is read from its file. A timer of 5 ms in the
window's thread tells how long it did nothing else meanwhile. Offscreen unless QT_QPA_PLATFORM says otherwise.
"""

import argparse
import csv
import os
import sys
import tempfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from time import perf_counter

from kt_gui import waiting

os.environ.update(waiting.WAITING)
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import psutil
from PIL import Image
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from benchmarks.measuring import Measured, Turn, surroundings, table
from benchmarks.opening import wait_until
from kt_gui import session
from kt_gui.bridge.models import Models, build
from kt_gui.bridge.selection import Selection
from kt_gui.pages.evaluate import EvaluatePage
from kt_gui.schema.datasets import Bundled, ImageTable
from kt_gui.schema.events import RunEnded
from kt_gui.schema.experiment import Experiment, Pretrain, Target, Training
from kt_gui.schema.stop import StopToken
from kt_gui.store.folders import Home
from kt_gui.store.translations import speak
from kt_gui.widgets import theme
from kt_gui.widgets.evaluation.picture_section import PictureSection
from kt_gui.window import MainWindow

KINDS = ("clock", "heart", "face")
FILES, SIDE = 2000, 64
TICK_MS = 5
SCREENS = 300
"""Steps in which the gallery is scrolled from end to end."""


def measure(runs: int, pictures: int = 10_000, gallery: int = 100_000) -> Measured:
    """Judge, open, scroll; twice: by fewer and by more pictures."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    theme.apply(app, "light")
    turns: dict[str, list[Turn]] = {}
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder)
            home = Home.under(place)
            run = learn(home)
            for count in (pictures, gallery):
                for name, turn in watch(home, run, make_rows(place / "pictures", count)).items():
                    turns.setdefault(f"{name} {count} pictures", []).append(turn)
    return Measured("Evaluating, and the gallery", turns)


# --- what is evaluated -----------------------------------------------------------------------------------------------


def learn(home: Home) -> Path:
    """Run a small experiment; give its folder."""
    training = Training(epochs=1, image_size=32, device="cpu", precision="fp32")
    experiment = Experiment(
        name="emoji",
        source=Pretrain(network="small_cnn", data=Bundled(name="emoji-twemoji", classes=KINDS), training=training),
        target=Target(data=Bundled(name="emoji-noto", classes=KINDS)),
        training=training,
    )
    *_, ended = session.run(experiment, StopToken(), home)
    assert isinstance(ended, RunEnded)
    return Path(ended.folder)


def make_rows(folder: Path, rows: int) -> ImageTable:
    """Write a table of so many rows, and the files they name where these are not there yet."""
    if not folder.is_dir():
        folder.mkdir()
        chance = np.random.default_rng(0)
        for place in range(FILES):
            pixels = chance.integers(0, 255, (8, 8, 3), dtype=np.uint8)
            Image.fromarray(pixels).resize((SIDE, SIDE)).save(folder / f"{place}.png")
    path = folder / f"{rows}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("path", "label"))
        writer.writerows((f"{row % FILES}.png", KINDS[row % len(KINDS)]) for row in range(rows))
    return ImageTable(path=str(path))


# --- deeds -----------------------------------------------------------------------------------------------------------


def watch(home: Home, run: Path, rows: ImageTable) -> dict[str, Turn]:
    """Do all of it in one window."""
    models = build(home, session.example("emoji"))
    window = MainWindow(models, speak)
    window.show()
    models.machine.begin()
    wait_until(lambda: not models.machine.is_preparing)
    models.run.replay(run)
    window.go("evaluate")
    wait_until(lambda: models.evaluation.answer is not None and not models.evaluation.is_busy)
    page = window.pages["evaluate"]
    assert isinstance(page, EvaluatePage)
    turns = {"evaluate": timed(lambda: models.evaluation.evaluate_on(rows), lambda: is_known(models))}
    turns["open the gallery of"] = timed(lambda: models.evaluation.select(Selection()), lambda: is_shown(page))
    turns["scroll through"] = scroll(page, models)
    window.close()
    window.deleteLater()
    models.cancel()
    models.machine.rest()
    wait_until(lambda: all(worker.has_ended for worker in models.workers()))
    models.root.deleteLater()
    return turns


def is_known(models: Models) -> bool:
    """Whether the numbers are there."""
    assert models.evaluation.failure is None, models.evaluation.failure
    return models.evaluation.answer is not None and not models.evaluation.is_busy


def gallery_of(page: EvaluatePage) -> PictureSection:
    """The gallery, once it was opened."""
    section = page.sections.made["pictures"]
    assert isinstance(section, PictureSection)
    return section


def is_shown(page: EvaluatePage) -> bool:
    """Whether pictures are in sight."""
    return gallery_of(page).grid.decoded > 0


def scroll(page: EvaluatePage, models: Models) -> Turn:
    """Scroll from end to end, a step each time the window is idle, and wait at the end for the last pictures."""
    grid = gallery_of(page).grid
    bar, steps, requested = grid.verticalScrollBar(), iter(range(SCREENS + 1)), grid.count() - 1
    timer = QTimer(interval=1)

    def step() -> None:
        at = next(steps, None)
        if at is None:
            timer.stop()
        else:
            bar.setValue(bar.maximum() * at // SCREENS)

    timer.timeout.connect(step)
    last = gallery_of(page)._pictures[requested].index
    album = gallery_of(page)._album
    assert album is not None
    turn = timed(timer.start, lambda: not timer.isActive() and album.request(last) is not None)
    kept = {"pictures kept": str(len(album._kept)), "decoded": str(grid.decoded), "of": str(grid.count())}
    memory = {"memory of the process, MB": f"{psutil.Process().memory_info().rss / 1e6:.0f}"}
    models.albums.cancel()
    return Turn(turn.seconds, {**turn.notes, **kept, **memory})


def timed(deed: Callable[[], object], is_done: Callable[[], bool]) -> Turn:
    """Time a deed until it is done and drawn, and the window's beat meanwhile."""
    ticks = [perf_counter()]
    timer = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=TICK_MS)
    timer.timeout.connect(lambda: ticks.append(perf_counter()))
    timer.start()
    deed()
    ended = wait_until(is_done)
    timer.stop()
    gaps = sorted(1000 * (after - before) for before, after in pairwise([*ticks, ended]))
    shares = {"p50": 0.5, "p99": 0.99, "longest": 1.0}
    beat = {f"beat {name}, ms": f"{gaps[int(share * (len(gaps) - 1))]:.0f}" for name, share in shares.items()}
    return Turn(ended - ticks[0], beat)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--pictures", type=int, default=10_000)
    parser.add_argument("--gallery", type=int, default=100_000)
    asked = parser.parse_args()
    print(f"{surroundings()}\n\n{table(measure(asked.runs, asked.pictures, asked.gallery))}")


if __name__ == "__main__":
    main()
