"""How soon does the window stand? From the start of the process to the first painted frame.

    python -m benchmarks.first_frame [--runs 5] [--napari INTERPRETER]

An empty PySide6 window of the same size, the program itself, and napari, each time in a process of its own whose files
the system has read before. napari lives in an environment of its own: KT_NAPARI, or the option, names its interpreter.
Offscreen, unless QT_QPA_PLATFORM says otherwise; napari draws by OpenGL and wants a display (`QT_QPA_PLATFORM=xcb` on a
desktop, or under Xvfb).
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.measuring import Measured, Turn, table, take_turns

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

TITLE = "Start of the process to the first painted frame"
NAPARI = "KT_NAPARI"

WATCH = """
from PySide6.QtCore import QEvent, QObject, QTimer

def tell(*_):
    print("painted", flush=True)

class Watch(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, tell)
        return False
"""
"""Tells as the program's own `after_first_frame` finds out: once the event loop is back from the first paint."""

EMPTY = f"""
import sys
from PySide6.QtWidgets import QApplication, QMainWindow
{WATCH}
app = QApplication(sys.argv)
window = QMainWindow()
window.resize(1280, 720)
watch = Watch()
window.installEventFilter(watch)
window.show()
app.exec()
"""
PROGRAM = """
from kt_gui import __main__, app
app.{step} = lambda *_: print("painted", flush=True)
__main__.window()
"""
"""`begin` is called after the window's first frame, `draw` after the start page's."""
OTHER = f"""
import napari
{WATCH}
viewer = napari.Viewer(show=False)
window = viewer.window._qt_window
window.resize(1280, 720)
watch = Watch()
window.installEventFilter(watch)
window.show()
napari.run()
"""


def measure(runs: int, napari: str | None = None) -> Measured:
    """Start each so many times, taking turns, after one start that only warms the file cache."""
    napari = napari or os.environ.get(NAPARI)
    programs = {
        "empty PySide6 window": (sys.executable, EMPTY),
        "kt-gui, its first frame": (sys.executable, PROGRAM.format(step="begin")),
        "kt-gui, its start page": (sys.executable, PROGRAM.format(step="draw")),
    }
    if napari:
        programs["napari"] = (napari, OTHER)
    with tempfile.TemporaryDirectory() as folder:
        sides: dict[str, Callable[[], Turn]] = {
            name: partial(start, interpreter, program, folder) for name, (interpreter, program) in programs.items()
        }
        take_turns(sides, 1)
        turns = take_turns(sides, runs)
    remarks = [f"1280 x 720, Qt platform {os.environ['QT_QPA_PLATFORM']}, warm file cache; the target is 1.5 times."]
    return Measured(TITLE, turns, remarks=remarks if napari else [*remarks, f"No napari: {NAPARI} names none."])


def start(interpreter: str, program: str, home: str) -> Turn:
    """Start a program, wait for its first frame, and end it."""
    began = time.perf_counter()
    with subprocess.Popen(
        [interpreter, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parents[1],
        env=_environment(home),
    ) as child:
        assert child.stdout is not None
        told = child.stdout.readline()
        seconds = time.perf_counter() - began
        child.kill()
    if told.strip() != b"painted":
        raise RuntimeError(f"{interpreter} painted nothing; it ended with {child.returncode}")
    return Turn(seconds)


def _environment(folder: str) -> dict[str, str]:
    """Compiled modules are kept, as they are where a program is installed, but here in a folder of their own."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "KT_HOME": folder, "PYTHONPYCACHEPREFIX": str(Path(folder, "compiled"))}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--napari", help=f"the interpreter of an environment with napari; else {NAPARI}")
    chosen = parser.parse_args()
    print(table(measure(chosen.runs, chosen.napari)))


if __name__ == "__main__":
    main()
