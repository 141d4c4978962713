"""A thread that runs a generator of events and hands them to the window a few times a second.

Shared between the threads are a mailbox and the stop token, nothing else. All signals reach the window's thread.
"""

import math
import time
from collections import deque
from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, Qt, QThread, QTimer, Signal, Slot

from kt_gui.bridge.failures import Failure, describe
from kt_gui.schema.events import Event
from kt_gui.schema.stop import Stopped, StopToken

Work = Callable[[StopToken], Iterator[Event]]

PAUSE_MS = 60
"""The least time between two batches: an eye sees no more, and a chart is redrawn for each."""
LONGEST_MS = 1000
"""The most: a person wants to see that it goes on."""
MOST = 4000
"""Events in one batch. Of a history, which is read faster than that, the next batch comes at once."""
SHARE, SHARE_OF_QUICK = 0.015, 0.01
"""Of its time the window's thread may spend on batches. Training that takes all cores loses as much, for its threads
wait for the one whose core the window has; quick steps, which are all Python, wait for the window's Python besides."""
QUICK = 40
"""Events a second, from which on training is quick: steps are told at most twenty times a second, epochs all."""


def pause_s(worked: float, rate: float) -> float:
    """How long to wait between two batches, given how long the window's thread worked since, drawing included, and how
    many events a second there were.
    """
    share = SHARE_OF_QUICK if rate > QUICK else SHARE
    return min(max(PAUSE_MS / 1000, worked / share), LONGEST_MS / 1000)


class Worker(QThread):
    """Run `work` in a thread. Deletes itself once it has ended.

    Signals:
        batch(list): the events since the last batch, in order.
        failed(Failure): the work raised something; at most once, after the last batch.
        ended(): the thread is done; exactly once, last of all.
    """

    batch = Signal(list)
    failed = Signal(object)
    ended = Signal()
    _woken = Signal()

    def __init__(self, work: Work, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.token = StopToken()
        self._work = work
        self._mailbox: deque[Event] = deque()
        self._is_woken = False
        self._is_wanted = True
        self._is_over, self.has_ended = False, False
        self._failure: Failure | None = None
        self._last, self._spent, self._rate = 0.0, 0.0, 0.0
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._look)
        self._woken.connect(self._wake, Qt.ConnectionType.QueuedConnection)
        self.finished.connect(self._finish, Qt.ConnectionType.QueuedConnection)

    def abandon(self) -> None:
        """Ask the work to end and tell nothing more of it but that it has ended."""
        self._is_wanted = False
        self.token.stop("discard")

    def run(self) -> None:
        """Do the work; called by Qt in the thread. Nothing may leave it: the window would wait for ever."""
        try:
            for event in self._work(self.token):
                self._post(event)
        except Stopped:
            return
        except BaseException as error:  # noqa: BLE001 - whatever it is, the window is told
            self._failure = describe(error)

    def _post(self, event: Event) -> None:
        self._mailbox.append(event)
        if not self._is_woken or len(self._mailbox) == MOST:
            self._is_woken = True
            self._woken.emit()

    @Slot()
    def _wake(self) -> None:
        """Take the events soon, by a timer: posted one after the other, portions would leave no time to draw."""
        self._timer.start(math.ceil(1000 * self._wait_s()))

    def _wait_s(self) -> float:
        if self._is_over or len(self._mailbox) >= MOST:
            return 0.0
        since = time.monotonic() - self._last
        return max(0.0, pause_s(time.thread_time() - self._spent, self._rate) - since)

    @Slot()
    def _look(self) -> None:
        """Hand over a portion, where it is time; and the end after the last one."""
        if self._wait_s() > 0:
            self._wake()
            return
        self._drain()
        if self._mailbox:
            self._is_woken = True
            self._wake()
        elif self._is_over:
            self._conclude()

    def _drain(self) -> None:
        self._is_woken = False
        now, many = time.monotonic(), len(self._mailbox)
        self._rate = many / max(now - self._last, PAUSE_MS / 1000)
        self._last, self._spent = now, time.thread_time()
        events = [self._mailbox.popleft() for _ in range(min(len(self._mailbox), MOST))]
        if events and self._is_wanted:
            self.batch.emit(events)

    @Slot()
    def _finish(self) -> None:
        self._is_over = True
        self._wake()

    def _conclude(self) -> None:
        if self._failure is not None and self._is_wanted:
            self.failed.emit(self._failure)
        self.has_ended = True
        self.ended.emit()
        self.deleteLater()
