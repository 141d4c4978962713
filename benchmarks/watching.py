"""What does it cost to watch? The same training with the window open on it, and without any window.

    python -m benchmarks.watching [--runs 3] [--load steps|quick]

Two loads: `steps` trains ResNet-18 on small pictures, tens of ms a step; `quick` trains a head alone, a ms a step, with
an epoch every few ms. Each turn is a process of its own: unwatched, it takes the events from `session.run`
as the terminal does; watched, the real window shows its Train page (offscreen unless QT_QPA_PLATFORM says otherwise).
All are timed by the run's own history, from the end of the first epoch to the end of the last. The watched sides tell
the share of the time that the window's thread worked, the last one also the gaps of a 60 Hz timer in it.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path

from kt_gui import waiting

os.environ.update(waiting.WAITING)
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from benchmarks.measuring import Measured, Turn, table, take_turns
from kt_gui import session
from kt_gui.schema.choices import SGD, Constant, Features, NoAugmentation
from kt_gui.schema.datasets import Bundled
from kt_gui.schema.events import EpochEnded
from kt_gui.schema.experiment import Experiment, Pretrain, Scratch, Target, Training, Transfer
from kt_gui.schema.stop import StopToken
from kt_gui.store import history
from kt_gui.store.folders import Home

TITLE = "Training watched in the window, against the same training unwatched"
LOADS = ("steps", "quick")
SIDES = ("unwatched", "watched", "watched, its beat timed")
SELDOM_MS, BEAT_MS = 500, 16
"""A timer of 60 Hz is sixty times a second of Python for which quick steps wait: it gets a side of its own."""


def measure(runs: int, loads: tuple[str, ...] = LOADS) -> Measured:
    """Train each load on both sides, taking turns; ratios are against the unwatched run of the first load."""
    sides: dict[str, Callable[[], Turn]] = {
        f"{load}, {side}": partial(train_in_process, load, side) for load in loads for side in SIDES
    }
    turns = take_turns(sides, runs)
    return Measured(TITLE, turns, remarks=[_speed(turns, load) for load in loads])


def _speed(turns: dict[str, list[Turn]], load: str) -> str:
    """How fast the watched training was, as a share of the unwatched, in the median turn."""
    pairs = zip(turns[f"{load}, unwatched"], turns[f"{load}, watched"], strict=True)
    shares = sorted(plain.seconds / watched.seconds for plain, watched in pairs)
    middle = shares[len(shares) // 2]
    return f"{load}: watched at {middle:.3f} of the unwatched speed ({shares[0]:.3f} – {shares[-1]:.3f})."


def experiment(load: str) -> Experiment:
    """What is trained."""
    training = Training(
        epochs=10 if load == "steps" else 1000,
        batch_size=8 if load == "steps" else 32,
        optimiser=SGD(learning_rate=0.01),
        schedule=Constant(),
        augmentation=NoAugmentation(),
        device="cpu",
    )
    if load == "steps":
        target = Target(data=Bundled(name="emoji-noto"), per_class=4)
        return Experiment(name=load, source=Scratch(network="resnet18_cifar"), target=target, training=training)
    return Experiment(
        name=load,
        source=Pretrain(network="small_cnn", data=Bundled(name="emoji-twemoji"), training=Training(epochs=1)),
        target=Target(data=Bundled(name="emoji-noto")),
        transfer=Transfer(freezing=Features(), strength=0.0),
        training=training,
    )


def train_in_process(load: str, side: str) -> Turn:
    """Train once, in a process of its own."""
    call = [sys.executable, "-m", "benchmarks.watching", "--load", load, "--side", side]
    answer = subprocess.run(call, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, check=True)
    told = json.loads(answer.stdout.splitlines()[-1])
    return Turn(told.pop("seconds"), told)


# --- in the process of one turn ------------------------------------------------------------------------------------


def train_once(load: str, side: str) -> dict[str, object]:
    """Train here; tell how long it took, and the window's beat."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home.under(Path(folder))
        what = experiment(load)
        notes = do_without(home, what) if side == SIDES[0] else watch(home, what, is_timed=side == SIDES[2])
        ended = [event for event in history.read(next(home.runs.iterdir())) if isinstance(event, EpochEnded)]
    ended = [event for event in ended if event.phase == "finetuning"]
    epochs = {"epochs": str(len(ended)), "epoch, ms": f"{1000 * (ended[-1].at - ended[0].at) / (len(ended) - 1):.1f}"}
    return {"seconds": ended[-1].at - ended[0].at, **epochs, **notes}


def do_without(home: Home, what: Experiment) -> dict[str, str]:
    """Train as the terminal does."""
    for _ in session.run(what, StopToken(), home):
        pass
    return {}


def watch(home: Home, what: Experiment, *, is_timed: bool) -> dict[str, str]:
    """Train in the real window, the Train page in view; tell how much the window worked, and a timer's gaps."""
    from PySide6.QtCore import Qt, QTimer
    from PySide6.QtWidgets import QApplication

    from kt_gui.bridge import models as bridge
    from kt_gui.store import translations
    from kt_gui.widgets import theme
    from kt_gui.window import MainWindow

    app = QApplication(sys.argv[:1])
    theme.apply(app, "light")
    models = bridge.build(home, what)
    window = MainWindow(models, translations.speak)
    window.show()
    window.go("train")
    ticks: list[float] = []
    worked: list[float] = []

    def tick() -> None:
        phase = models.run.phase
        if phase is not None and phase.started.phase == "finetuning" and phase.epochs and models.run.is_live:
            ticks.append(time.perf_counter())
            worked.append(time.thread_time())

    timer = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=BEAT_MS if is_timed else SELDOM_MS)
    timer.timeout.connect(tick)
    timer.start()
    models.run.ended.connect(app.quit)
    models.run.start(what)
    app.exec()
    share = (worked[-1] - worked[0]) / (ticks[-1] - ticks[0])
    gaps = [1000 * (after - before) for before, after in pairwise(ticks)]
    return {"window at work": f"{share:.1%}", **(_beat(gaps) if is_timed else {})}


def _beat(gaps: list[float]) -> dict[str, str]:
    ordered = sorted(gaps)
    shares = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    return {f"beat {name}, ms": f"{ordered[int(share * (len(ordered) - 1))]:.0f}" for name, share in shares.items()}


def main() -> None:
    """Print the table; with --side do one turn instead."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--load", choices=LOADS)
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.side is None:
        print(table(measure(chosen.runs, (chosen.load,) if chosen.load else LOADS)))
        return
    print(json.dumps(train_once(chosen.load, chosen.side)))


if __name__ == "__main__":
    main()
