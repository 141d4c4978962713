"""How long does a page hold the window when it is built for the first time?

    python -m benchmarks.first_builds [--runs 3]

Each page, and each view that is built later, is shown once in a window of its own process, with the invented events of
its scene; what the app loads at its start is there. Told is the longest turn of the event loop, by the processor time
of the window's thread: what else the machine does is left out, waiting for a disk, too.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from time import thread_time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QAbstractEventDispatcher, QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from benchmarks.measuring import Measured, Turn, surroundings, table, take_turns
from kt_gui.scenes import Scene

SCENES = (
    "source",
    "target",
    "transfer",
    "transfer-rate",
    "train-finished",
    "evaluate",
    "use",
    "runs",
    "studies",
    "studies-prepared",
    "studies-lambda",
    "studies-gain",
    "studies-ranking",
)
QUIET_MS = 600
"""So long after a deed all that it put off is done."""


def measure(runs: int) -> Measured:
    """Build each view so many times."""
    sides = {name: partial(build_apart, name) for name in SCENES}
    return Measured("First building of pages and views, the longest turn", take_turns(sides, runs))


def build_apart(name: str) -> Turn:
    """Build a view in a process of its own."""
    words = [sys.executable, "-m", "benchmarks.first_builds", "--scene", name]
    told = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    return Turn(told["longest"], {"all turns, ms": f"{1000 * told['all']:.0f}"})


def build(name: str) -> dict[str, float]:
    """Show the list or page a view belongs to, then the view; give the seconds of the longest turn, and of all."""
    import kt_gui.widgets.charts  # noqa: F401 - the app loads it once its first page stands
    from kt_gui import screenshots
    from kt_gui.scenes import sample_models
    from kt_gui.store.translations import speak
    from kt_gui.widgets import theme
    from kt_gui.window import MainWindow

    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    theme.apply(app, "light")
    scene = next(each for each in screenshots.SCENES if each.name == name)
    window = MainWindow(sample_models(), speak)
    window.show()
    turns(lambda: None)
    if "-" in name:  # a view of a page that stands
        turns(partial(window.go, scene.page))
    invented = inventing(scene)
    if "-" not in name:
        scene.prepare(window._models)
        taken = turns(partial(window.go, scene.page))
    else:
        first, *others = sorted(turns(partial(scene.prepare, window._models)), reverse=True)
        taken = [first - invented, *others]
    if scene.then is not None:
        taken += turns(partial(scene.then, window._models, window))
    return {"longest": max(taken), "all": sum(taken)}


def inventing(scene: Scene) -> float:
    """Give the seconds that a scene's events take to be made up: in the app they come from other threads."""
    from kt_gui.scenes import sample_models

    for _ in range(2):  # the first time it imports
        models, begun = sample_models(), thread_time()
        scene.prepare(models)
        taken = thread_time() - begun
        models.root.deleteLater()
    return taken


def turns(deed: Callable[[], object]) -> list[float]:
    """Do something in the event loop; give the processor seconds of each turn until all is quiet."""
    found, marks, loop = [], [thread_time()], QEventLoop()

    def mark() -> None:
        now = thread_time()
        found.append(now - marks.pop())
        marks.append(now)

    dispatcher = QAbstractEventDispatcher.instance()
    dispatcher.aboutToBlock.connect(mark)
    QTimer.singleShot(0, lambda: deed())
    QTimer.singleShot(QUIET_MS, loop.quit)
    loop.exec()
    dispatcher.aboutToBlock.disconnect(mark)
    return found


def main() -> None:
    """Print the table, or what one view took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--scene", choices=SCENES)
    asked = parser.parse_args()
    if asked.scene:
        print(json.dumps(build(asked.scene)))
    else:
        print(f"{surroundings()}\n\n{table(measure(asked.runs))}")


if __name__ == "__main__":
    main()
