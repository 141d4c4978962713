"""What is loaded in the background once the window stands."""

import os
import subprocess
import sys

PROGRAM = """
import gc, sys
from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer
from kt_gui.bridge.machine_model import MachineModel

app = QCoreApplication([])
machine = MachineModel(app)
loop = QEventLoop()
timer = QTimer(interval=20)

def look():
    if machine.devices and not machine._tasks.busy():
        loop.quit()

stops = []
gc.callbacks.append(lambda phase, told: stops.append(told["generation"]) if phase == "start" else None)
machine.begin()
timer.timeout.connect(look)
timer.start()
QTimer.singleShot(90_000, loop.quit)
loop.exec()
print([name for name in ("torch", "sklearn", "scipy") if name not in sys.modules], gc.isenabled(), stops.count(2))
print(len(gc.get_objects()) < gc.get_freeze_count() / 10)
"""


def test_the_collector_passes_over_what_is_loaded_and_stands_still_meanwhile() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=110, env=os.environ, check=False
    )
    assert answer.stdout == "[] True 0\nTrue\n", answer.stderr
