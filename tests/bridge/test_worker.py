"""The worker, with hand-written generators: fast, failing, slow, endless."""

import gc
import sys
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, QThread
from pytestqt.qtbot import QtBot

from kt_gui.bridge.failures import Failure
from kt_gui.bridge.worker import LONGEST_MS, MOST, PAUSE_MS, SHARE, SHARE_OF_QUICK, Worker, pause_s
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event, Progressed
from kt_gui.schema.stop import Stopped, StopToken


def told(done: int) -> Progressed:
    return Progressed(activity="reading", done=done, total=0)


def fast(_stop: StopToken) -> Iterator[Event]:
    yield from (told(number) for number in range(10_000))


def endless(stop: StopToken) -> Iterator[Event]:
    number = 0
    while not stop.requested():
        yield told(number)
        number += 1


class Ears(QObject):
    """Hears all that a worker says, in order."""

    def __init__(self, worker: Worker) -> None:
        super().__init__()
        self.heard: list[object] = []
        self.threads: set[QThread] = set()
        worker.batch.connect(self.take)
        worker.failed.connect(self.heard.append)
        worker.ended.connect(lambda: self.heard.append("ended"))

    def take(self, events: list[Event]) -> None:
        self.heard.append(events)
        self.threads.add(QThread.currentThread())

    @property
    def events(self) -> list[Event]:
        return [event for batch in self.heard if isinstance(batch, list) for event in batch]

    @property
    def failures(self) -> list[Failure]:
        return [each for each in self.heard if isinstance(each, Failure)]


def finish(qtbot: QtBot, worker: Worker) -> Ears:
    ears = Ears(worker)
    with qtbot.waitSignal(worker.ended):
        worker.start()
    return ears


def test_every_event_arrives_once_in_order_and_then_the_end(qtbot: QtBot, owner: QObject) -> None:
    ears = finish(qtbot, Worker(fast, owner))
    assert [event.done for event in ears.events if isinstance(event, Progressed)] == list(range(10_000))
    assert ears.heard[-1] == "ended"
    assert ears.heard.count("ended") == 1


def test_events_are_coalesced_into_few_batches(qtbot: QtBot, owner: QObject) -> None:
    ears = finish(qtbot, Worker(fast, owner))
    assert len(ears.heard) < 100


def test_batches_arrive_on_the_thread_of_the_window(qtbot: QtBot, owner: QObject) -> None:
    ears = finish(qtbot, Worker(fast, owner))
    assert ears.threads == {owner.thread()}


def test_work_runs_on_another_thread(qtbot: QtBot, owner: QObject) -> None:
    seen: list[int] = []

    def work(_stop: StopToken) -> Iterator[Event]:
        seen.append(threading.get_ident())
        yield told(1)

    finish(qtbot, Worker(work, owner))
    assert seen != [threading.get_ident()]


def test_an_endless_work_ends_when_it_is_asked_to(qtbot: QtBot, owner: QObject) -> None:
    worker = Worker(endless, owner)
    with qtbot.waitSignal(worker.batch):
        worker.start()
    with qtbot.waitSignal(worker.ended):
        worker.token.stop("keep")


def test_a_paused_work_says_nothing_until_it_goes_on(qtbot: QtBot, owner: QObject) -> None:
    worker = Worker(endless, owner)
    worker.token.pause()
    ears = Ears(worker)
    worker.start()
    qtbot.waitUntil(worker.isRunning)
    assert ears.events == []
    with qtbot.waitSignal(worker.batch):
        worker.token.resume()
    with qtbot.waitSignal(worker.ended):
        worker.token.stop()


def test_a_slow_work_is_heard_while_it_goes_on(qtbot: QtBot, owner: QObject) -> None:
    gate = threading.Event()

    def slow(_stop: StopToken) -> Iterator[Event]:
        yield told(1)
        gate.wait()
        yield told(2)

    worker = Worker(slow, owner)
    ears = Ears(worker)
    with qtbot.waitSignal(worker.batch):
        worker.start()
    assert ears.events == [told(1)]
    with qtbot.waitSignal(worker.ended):
        gate.set()
    assert ears.events == [told(1), told(2)]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (UserError("No such folder", "Choose another one"), "user"),
        (MemoryError(), "memory"),
        (type("OutOfMemoryError", (RuntimeError,), {})("CUDA out of memory"), "memory"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), "memory"),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), "bug"),
        (SystemExit(3), "bug"),
    ],
)
def test_what_was_told_arrives_then_the_failure_once_then_the_end(
    qtbot: QtBot, owner: QObject, error: BaseException, kind: str
) -> None:
    def failing(_stop: StopToken) -> Iterator[Event]:
        yield told(1)
        raise error

    ears = finish(qtbot, Worker(failing, owner))
    assert ears.events == [told(1)]
    assert [failure.kind for failure in ears.failures] == [kind]
    assert ears.heard[-2:] == [ears.failures[0], "ended"]


def test_a_work_that_fails_before_its_first_event_is_heard(qtbot: QtBot, owner: QObject) -> None:
    def broken(_stop: StopToken) -> Iterator[Event]:
        raise ValueError("at once")

    ears = finish(qtbot, Worker(broken, owner))
    assert "ValueError: at once" in ears.failures[0].report


def test_stopped_work_is_no_failure(qtbot: QtBot, owner: QObject) -> None:
    def stopped(_stop: StopToken) -> Iterator[Event]:
        yield told(1)
        raise Stopped

    ears = finish(qtbot, Worker(stopped, owner))
    assert ears.failures == []


def test_abandoned_work_tells_nothing_but_its_end(qtbot: QtBot, owner: QObject) -> None:
    worker = Worker(endless, owner)
    with qtbot.waitSignal(worker.batch):
        worker.start()
    ears = Ears(worker)
    with qtbot.waitSignal(worker.ended):
        worker.abandon()
    assert ears.heard == ["ended"]


def test_a_failure_keeps_nothing_of_the_work_alive(qtbot: QtBot, owner: QObject) -> None:
    class Model:
        """Stands for a network on a device."""

    kept: list[weakref.ref[Model]] = []

    def failing(_stop: StopToken) -> Iterator[Event]:
        model = Model()
        kept.append(weakref.ref(model))
        yield told(1)
        raise ValueError("with a model in its frame")

    ears = finish(qtbot, Worker(failing, owner))
    gc.collect()
    assert ears.failures
    assert kept[0]() is None


def test_finally_blocks_of_the_work_run_when_it_is_stopped(qtbot: QtBot, owner: QObject) -> None:
    closed: list[bool] = []

    def careful(stop: StopToken) -> Iterator[Event]:
        try:
            yield from endless(stop)
        finally:
            closed.append(True)

    worker = Worker(careful, owner)
    with qtbot.waitSignal(worker.batch):
        worker.start()
    with qtbot.waitSignal(worker.ended):
        worker.token.stop()
    assert closed == [True]


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="from Python 3.12 on True and None are immortal")
def test_emitting_does_not_lose_references_to_true_and_none(qtbot: QtBot, owner: QObject) -> None:
    worker = Worker(fast, owner)
    ears = Ears(worker)
    before = sys.getrefcount(True), sys.getrefcount(None)
    for _ in range(100):
        worker.batch.emit([True, None])
        worker.failed.emit(None)
    ears.heard.clear()
    after = sys.getrefcount(True), sys.getrefcount(None)
    assert abs(after[0] - before[0]) < 20
    assert abs(after[1] - before[1]) < 20


def test_batches_come_the_more_seldom_the_longer_they_take_to_draw() -> None:
    assert pause_s(0.0, 20.0) == PAUSE_MS / 1000
    assert pause_s(0.01, 20.0) == pytest.approx(0.01 / SHARE)
    assert pause_s(10.0, 20.0) == LONGEST_MS / 1000


def test_quick_training_is_looked_at_more_seldom_still() -> None:
    assert pause_s(0.005, 160.0) == pytest.approx(0.005 / SHARE_OF_QUICK)
    assert pause_s(0.005, 160.0) > pause_s(0.005, 20.0)


def test_a_history_comes_in_portions_that_leave_the_window_its_time(qtbot: QtBot, owner: QObject) -> None:
    ears = finish(qtbot, Worker(fast, owner))
    portions = [len(batch) for batch in ears.heard if isinstance(batch, list)]
    assert sum(portions) == 10_000
    assert max(portions) <= MOST
    assert ears.heard[-1] == "ended"
