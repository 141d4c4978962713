"""One reader of a set at a time: whoever wants it too waits for the first, and takes what that one has read."""

import threading
from collections.abc import Generator, Iterator
from typing import Any

import pytest

from kt_gui.schema.datasets import Bundled
from kt_gui.schema.events import Event, Progressed
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.session import pictures, shelf
from kt_gui.store.folders import Home

DATA = Bundled(name="read by the tests of the shelf")


@pytest.fixture
def times(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How often the set was read; each reading tells of itself once before it ends."""
    read: list[int] = []

    def reading(_data: object, _home: Home, _stop: StopToken) -> Generator[Event, None, Any]:
        yield Progressed(activity="reading", done=0, total=1)
        read.append(1)
        return "the set"

    monkeypatch.setattr(pictures, "read_filed", reading)
    yield read
    shelf._shelf.pop((DATA, ""), None)


def finish(events: Generator[Event, None, Any]) -> Any:
    while True:
        try:
            next(events)
        except StopIteration as ended:
            return ended.value


def test_who_comes_second_takes_what_the_first_has_read(place: Home, times: list[int]) -> None:
    first = shelf.read_filed(DATA, place, StopToken())
    next(first)
    found: list[Any] = []
    second = threading.Thread(target=lambda: found.append(finish(shelf.read_filed(DATA, place, StopToken()))))
    second.start()
    assert finish(first) == "the set"
    second.join(timeout=10)
    assert (found, len(times)) == (["the set"], 1)


def test_who_waits_can_be_stopped(place: Home, times: list[int]) -> None:
    first = shelf.read_filed(DATA, place, StopToken())
    next(first)
    stop = StopToken()
    stop.stop()
    with pytest.raises(Stopped):
        finish(shelf.read_filed(DATA, place, stop))
    assert finish(first) == "the set"


def test_where_the_first_gives_up_the_next_reads_it(place: Home, times: list[int]) -> None:
    first = shelf.read_filed(DATA, place, StopToken())
    next(first)
    first.close()
    assert finish(shelf.read_filed(DATA, place, StopToken())) == "the set"
    assert len(times) == 1
