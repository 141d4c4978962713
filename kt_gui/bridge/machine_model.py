"""The machine as the status bar shows it: device, memory, and whether the engine is loaded yet."""

import atexit
import gc
import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from kt_gui.bridge.tasks import Tasks
from kt_gui.cluster import launching
from kt_gui.schema.events import Event
from kt_gui.schema.quantities import gigabytes
from kt_gui.schema.texts import tr, trn

EVERY_MS = 2000


class _Prepared(Event, frozen=True, kw_only=True, tag="prepared"):
    device: str
    devices: tuple[str, ...]
    accelerators: int


class MachineModel(QObject):
    """Watches memory and loads the engine in the background, once the window stands.

    Signals:
        changed(): something of it changed.
    """

    changed = Signal()

    def __init__(self, parent: QObject, *, is_enabled: bool = True) -> None:
        super().__init__(parent)
        self.device = ""
        self.devices: tuple[str, ...] = ()
        self.accelerators = 0
        """How many processes one run could learn on, each with a device of its own."""
        self._used, self._total = 0, 0
        self._is_enabled = is_enabled
        self._tasks = Tasks(self, is_enabled=is_enabled)
        self._tasks.changed.connect(self.changed)
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self._measure)

    @property
    def is_preparing(self) -> bool:
        """Whether the engine is being loaded."""
        return self._tasks.busy("prepare")

    @property
    def device_text(self) -> str:
        """Where networks will live: `CPU, 2 cores`."""
        if self.device:
            return self.device
        return trn("CPU, {count} core", "CPU, {count} cores", os.cpu_count() or 1)

    @property
    def memory_text(self) -> str:
        """Memory of this program, of all there is: `Memory 1.1 of 22 GB`."""
        if not self._total:
            return ""
        return tr("Memory {used} of {total}", used=gigabytes(self._used), total=gigabytes(self._total))

    def begin(self) -> None:
        """Begin to watch, and load the engine."""
        if self._is_enabled:
            self._measure()
            self._timer.start()
            self._tasks.start("prepare", lambda _stop: _prepare(), self._take)

    def rest(self) -> None:
        """Watch no more."""
        self._timer.stop()

    def show(self, device: str, used: int, total: int) -> None:
        """Show these figures."""
        self.device, self._used, self._total = device, used, total
        self.changed.emit()

    @Slot()
    def _measure(self) -> None:
        self._used, self._total = psutil.Process().memory_info().rss, psutil.virtual_memory().total
        self.changed.emit()

    def _take(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, _Prepared):
                self.device, self.devices = event.device, event.devices
                self.accelerators = event.accelerators if launching.is_possible() else 0
                self._tasks.start("foresee", lambda _stop: _foresee(), self._take)


def _prepare() -> Iterator[Event]:
    """Load torch here, in a thread: it takes seconds, and the first survey would wait for it, or the first run."""
    with _passed_over():
        from kt_gui.engine.devices import count_accelerators, describe_machine, wake

        told = describe_machine()
        wake()
    atexit.register(gc.unfreeze)  # at the end all goes, or libraries complain of what they think was forgotten
    yield _Prepared(
        device=str(told["accelerator"]), devices=(str(told["best_device"]),), accelerators=count_accelerators()
    )


def _foresee() -> Iterator[Event]:
    """Load what judges a network, sklearn and scipy with it: a second that the first evaluation need not wait for."""
    with _passed_over():
        importlib.import_module("kt_gui.engine.scoring")
        importlib.import_module("kt_gui.engine.calibration")
    yield from ()


@contextmanager
def _passed_over() -> Iterator[None]:
    """Have Python's garbage collector pass over what is imported here: it stays.

    Looking it all through, several times while it comes and later whenever much data has come, would stop every
    thread, the window's too, for 0.1 to 0.5 s each time.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
