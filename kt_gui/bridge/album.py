"""Pictures of a run's data, small or large, by their place in it: fetched when they come into sight, kept for a while.

It holds PNG files as bytes; who shows them decodes them.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from kt_gui import session
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.tasks import Tasks
from kt_gui.schema.datasets import Dataset
from kt_gui.schema.evaluations import Glimpsed
from kt_gui.schema.events import Event
from kt_gui.schema.stop import StopToken
from kt_gui.store.environment import Role
from kt_gui.store.folders import Home

SIDE, LARGE = 96, 640
"""Pixels on the longer side of a picture in a gallery, and of one that is looked at alone."""
PORTION = 24
"""Pictures fetched at a time: few, for by then a person may have scrolled on."""
WANTED = 240
"""Pictures that wait to be fetched; what was wanted earlier than these has been scrolled past."""
MEMORY = 48_000_000
"""Bytes of pictures that are kept; those not looked at for longest go first."""
OPEN = 6
"""Albums that are kept."""


class Album(QObject):
    """The pictures of one data set at one size.

    Signals:
        changed(): pictures came, or could not be fetched.
    """

    changed = Signal()

    def __init__(
        self,
        home: Home,
        folder: Path,
        parent: QObject,
        *,
        data: Dataset | None = None,
        role: Role = "target",
        side: int = SIDE,
        is_enabled: bool = True,
    ) -> None:
        """Of the run in `folder`: the data of a role as it was dealt out, or any other set where `data` names one."""
        super().__init__(parent)
        self._pictures = partial(_fetched, folder=folder, role=role, side=side, home=home, data=data)
        self._tasks = Tasks(self, is_enabled=is_enabled)
        self._tasks.changed.connect(self._go_on)
        self._wanted: OrderedDict[int, None] = OrderedDict()
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._bytes = 0
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._fetch)

    @property
    def failure(self) -> Failure | None:
        """Why no picture can be fetched: the data has gone, say."""
        return self._tasks.failure("fetch")

    @property
    def bytes_kept(self) -> int:
        """How much memory the pictures take."""
        return self._bytes

    def request(self, index: int) -> bytes | None:
        """Give a picture as a PNG; none of it (b"") where it has gone; None while it is fetched, `changed` will tell.

        What was requested last is fetched first: it is what a person sees now.
        """
        known = self._kept.get(index)
        if known is not None:
            self._kept.move_to_end(index)
            return known
        self._wanted[index] = None
        self._wanted.move_to_end(index)
        if len(self._wanted) > WANTED:
            self._wanted.popitem(last=False)
        if self.failure is None and not self._soon.isActive() and not self._tasks.busy():
            self._soon.start()
        return None

    def retry(self) -> None:
        """Try again after a failure."""
        self._fetch()

    def cancel(self) -> None:
        """Fetch no more."""
        self._wanted.clear()
        self._soon.stop()
        self._tasks.cancel()

    def apply(self, events: list[Event]) -> None:
        """Take in pictures."""
        for event in events:
            if isinstance(event, Glimpsed):
                for index, png in zip(event.indexes, event.pngs, strict=True):
                    self._keep(index, png)
        self.changed.emit()

    def _keep(self, index: int, png: bytes) -> None:
        self._wanted.pop(index, None)
        self._bytes += len(png) - len(self._kept.pop(index, b""))
        self._kept[index] = png
        while self._bytes > MEMORY and len(self._kept) > 1:
            self._bytes -= len(self._kept.popitem(last=False)[1])

    @Slot()
    def _fetch(self) -> None:
        if self._tasks.busy():
            return
        newest = list(reversed(self._wanted))[:PORTION]
        if newest:
            self._tasks.start("fetch", partial(self._pictures, newest), self.apply)

    @Slot()
    def _go_on(self) -> None:
        """Fetch the next ones when the last have come; after a failure none, before a person says so."""
        if self._tasks.busy():
            return
        if self.failure is not None:
            self.changed.emit()
        elif self._wanted:
            self._soon.start()


def _fetched(
    indexes: Sequence[int], stop: StopToken, *, folder: Path, role: Role, side: int, home: Home, data: Dataset | None
) -> Iterator[Event]:
    return session.thumbnails(folder, role, indexes, side, stop, home, data=data)


class Albums(QObject):
    """Opens albums, and keeps the last few open."""

    def __init__(self, home: Home, parent: QObject, *, is_enabled: bool = True) -> None:
        super().__init__(parent)
        self._home = home
        self._is_enabled = is_enabled
        self._open: OrderedDict[tuple[Path, Dataset | None, Role, int], Album] = OrderedDict()

    def open(self, folder: Path, data: Dataset | None = None, role: Role = "target", side: int = SIDE) -> Album:
        """The album of a run's data, or of another set."""
        key = (folder, data, role, side)
        if key not in self._open:
            self._open[key] = Album(
                self._home, folder, self, data=data, role=role, side=side, is_enabled=self._is_enabled
            )
        self._open.move_to_end(key)
        if len(self._open) > OPEN:
            self._open.popitem(last=False)[1].cancel()
        return self._open[key]

    def cancel(self) -> None:
        """Fetch no more pictures."""
        for album in self._open.values():
            album.cancel()
