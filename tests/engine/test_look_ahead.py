import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from kt_gui.engine import look_ahead
from kt_gui.engine.look_ahead import AHEAD, LookAhead

CPU = torch.device("cpu")
SHAPE = (3, 2, 2)
BATCHES = torch.arange(20).tensor_split(10)
PLENTY = 10**6


class Numbers:
    """Pictures that are all of one value, their index; notes which were read, and on which thread."""

    def __init__(self, damaged: int | None = None) -> None:
        self.read: list[tuple[int, ...]] = []
        self.threads: list[str] = []
        self.error = RuntimeError("this picture is damaged")
        self._damaged = damaged

    def __call__(self, indexes: NDArray[np.int64], batch: NDArray[np.uint8]) -> None:
        if self._damaged in indexes:
            raise self.error
        self.read.append(tuple(indexes.tolist()))
        self.threads.append(threading.current_thread().name)
        batch[:] = indexes[:, None, None, None]


def ahead_of(numbers: Numbers, room: int = PLENTY) -> LookAhead:
    return LookAhead(numbers, SHAPE, CPU, room)


def values(batch: Tensor) -> list[int]:
    assert batch.shape[1:] == SHAPE
    return batch[:, 0, 0, 0].tolist()


def looking() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("look-ahead")]


@pytest.fixture(autouse=True)
def no_thread_stays() -> Iterator[None]:
    """Whatever a test has done: once its batches are forgotten, no thread looks ahead any more."""
    yield
    for thread in looking():
        thread.join(timeout=20)
        assert not thread.is_alive()


def test_what_is_expected_comes_in_order_and_was_read_on_another_thread() -> None:
    numbers = Numbers()
    ahead = ahead_of(numbers)
    ahead.expect(BATCHES)
    assert [values(ahead(batch)) for batch in BATCHES] == [batch.tolist() for batch in BATCHES]
    assert numbers.read == [tuple(batch.tolist()) for batch in BATCHES]
    assert all(name.startswith("look-ahead") for name in numbers.threads)


def test_an_equal_batch_is_as_good_as_the_same() -> None:
    numbers = Numbers()
    ahead = ahead_of(numbers)
    ahead.expect(BATCHES)
    assert values(ahead(BATCHES[0].clone())) == [0, 1]
    assert numbers.threads[0].startswith("look-ahead")


def test_what_was_not_expected_is_read_at_once() -> None:
    numbers = Numbers()
    ahead = ahead_of(numbers)
    assert values(ahead(torch.tensor([7, 3]))) == [7, 3]
    ahead.expect(BATCHES)
    assert values(ahead(torch.tensor([5, 5, 1]))) == [5, 5, 1]
    assert [values(ahead(batch)) for batch in BATCHES] == [batch.tolist() for batch in BATCHES]


def test_batches_may_be_asked_for_in_another_order() -> None:
    ahead = ahead_of(Numbers())
    ahead.expect(BATCHES)
    for number in (2, 0, 9, 1, 3, 3, 8):
        assert values(ahead(BATCHES[number])) == BATCHES[number].tolist()


def test_no_more_is_read_ahead_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []

    class Counting(ThreadPoolExecutor):
        def submit(self, *given, **named):  # type: ignore[no-untyped-def]
            begun.append(given)
            return super().submit(*given, **named)

    monkeypatch.setattr(look_ahead, "ThreadPoolExecutor", Counting)
    batch = 2 * 12
    for room, depth in ((0, 1), (3 * batch - 1, 1), (3 * batch, 2), (PLENTY, AHEAD)):
        begun.clear()
        ahead = ahead_of(Numbers(), room)
        ahead.expect(BATCHES)
        assert len(begun) == depth
        ahead(BATCHES[0])
        assert len(begun) == depth + 1


def test_an_error_is_raised_as_itself_where_the_batch_is_asked_for() -> None:
    numbers = Numbers(damaged=5)
    ahead = ahead_of(numbers)
    ahead.expect(BATCHES)
    assert values(ahead(BATCHES[0])) == [0, 1]
    assert values(ahead(BATCHES[1])) == [2, 3]
    with pytest.raises(RuntimeError) as raised:
        ahead(BATCHES[2])
    assert raised.value is numbers.error
    assert values(ahead(BATCHES[3])) == [6, 7]
    ahead.expect(())


def test_nothing_is_read_once_it_is_said_that_nothing_is_wanted() -> None:
    numbers = Numbers()
    ahead = ahead_of(numbers)
    ahead.expect(BATCHES)
    ahead(BATCHES[0])
    ahead.expect(())
    assert not looking()
    read = len(numbers.read)
    assert read <= 1 + AHEAD
    assert values(ahead(BATCHES[4])) == [8, 9]
    assert len(numbers.read) == read + 1


def test_expecting_something_else_forgets_what_was_expected() -> None:
    ahead = ahead_of(Numbers())
    ahead.expect(BATCHES)
    others = torch.arange(20).flip(0).tensor_split(5)
    ahead.expect(others)
    assert [values(ahead(batch)) for batch in others] == [batch.tolist() for batch in others]


def test_its_thread_ends_with_the_object() -> None:
    ahead = ahead_of(Numbers())
    ahead.expect(BATCHES)
    assert looking()
    del ahead  # the fixture waits for the thread's end
