"""The album, with pictures that a hand-written session gives."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from kt_gui import session
from kt_gui.bridge import album
from kt_gui.bridge.album import Album, Albums
from kt_gui.schema.datasets import Bundled
from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Glimpsed
from kt_gui.schema.events import Event
from kt_gui.store.folders import Home

FOLDER = Path("/runs/x")


class Pictures:
    """What is asked of the session, and its answers: a few bytes a picture; of the pictures 7 there is none."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.fails = False

    def __call__(self, _folder: Path, _role: str, indexes: Sequence[int], *_: Any, **__: Any) -> Iterator[Event]:
        self.asked.append(list(indexes))
        if self.fails:
            raise UserError("The pictures have gone.", "Put them back.")
        for index in indexes:
            yield Glimpsed(indexes=(index,), pngs=(b"" if index == 7 else b"picture %d" % index,))


@pytest.fixture
def pictures(monkeypatch: pytest.MonkeyPatch) -> Pictures:
    made = Pictures()
    monkeypatch.setattr(session, "thumbnails", made)
    return made


@pytest.fixture
def shelf(folders: Home, owner: QObject) -> Album:
    return Album(folders, FOLDER, owner)


def test_a_picture_comes_after_it_was_asked_for(qtbot: QtBot, shelf: Album, pictures: Pictures) -> None:
    assert shelf.request(3) is None
    qtbot.waitUntil(lambda: shelf.request(3) is not None)
    assert shelf.request(3) == b"picture 3"
    assert pictures.asked == [[3]]


def test_requests_of_one_moment_are_one_piece_of_work(qtbot: QtBot, shelf: Album, pictures: Pictures) -> None:
    for index in (1, 2, 3, 2):
        shelf.request(index)
    qtbot.waitUntil(lambda: shelf.bytes_kept == 3 * len(b"picture 1"))
    assert pictures.asked == [[2, 3, 1]]


def test_what_was_asked_for_last_comes_first_and_the_oldest_is_dropped(
    qtbot: QtBot, shelf: Album, pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(album, "WANTED", 4)
    monkeypatch.setattr(album, "PORTION", 2)
    for index in range(10):
        shelf.request(index)
    qtbot.waitUntil(lambda: len(pictures.asked) == 2 and shelf.bytes_kept == 3 * len(b"picture 9"))
    assert pictures.asked == [[9, 8], [7, 6]]


def test_a_picture_that_has_gone_is_told_as_such_and_not_asked_for_again(
    qtbot: QtBot, shelf: Album, pictures: Pictures
) -> None:
    shelf.request(7)
    qtbot.waitUntil(lambda: shelf.request(7) is not None)
    assert shelf.request(7) == b""
    assert pictures.asked == [[7]]


def test_memory_is_bounded_and_what_was_looked_at_last_stays(
    folders: Home, owner: QObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(album, "MEMORY", 1000)
    shelf = Album(folders, FOLDER, owner, is_enabled=False)
    for index in range(20):
        shelf.apply([Glimpsed(indexes=(index,), pngs=(bytes(100),))])
        assert shelf.request(0) is not None
    assert shelf.bytes_kept <= 1000
    assert shelf.request(0) is not None
    assert shelf.request(1) is None


def test_a_picture_that_comes_twice_counts_once(folders: Home, owner: QObject) -> None:
    shelf = Album(folders, FOLDER, owner, is_enabled=False)
    for _ in range(3):
        shelf.apply([Glimpsed(indexes=(5,), pngs=(bytes(100),))])
    assert shelf.bytes_kept == 100


def test_after_a_failure_nothing_is_asked_for_before_a_person_says_so(
    qtbot: QtBot, shelf: Album, pictures: Pictures
) -> None:
    pictures.fails = True
    shelf.request(1)
    qtbot.waitUntil(lambda: shelf.failure is not None and not shelf._tasks.busy())
    shelf.request(1)
    shelf.request(2)
    assert not shelf._soon.isActive()
    assert len(pictures.asked) == 1
    pictures.fails = False
    shelf.retry()
    qtbot.waitUntil(lambda: shelf.request(2) is not None and shelf.request(1) is not None)
    assert shelf.failure is None


def test_a_cancelled_album_asks_for_nothing_more(qtbot: QtBot, shelf: Album, pictures: Pictures) -> None:
    shelf.request(1)
    shelf.cancel()
    assert not shelf._soon.isActive()
    assert pictures.asked == []


def test_an_album_is_opened_once_for_each_set_and_size(folders: Home, owner: QObject) -> None:
    albums = Albums(folders, owner, is_enabled=False)
    own = albums.open(FOLDER)
    assert albums.open(FOLDER) is own
    assert albums.open(FOLDER, Bundled(name="fashion")) is not own
    assert albums.open(FOLDER, side=640) is not own


def test_few_albums_are_kept_open(folders: Home, owner: QObject) -> None:
    albums = Albums(folders, owner, is_enabled=False)
    first = albums.open(FOLDER)
    for number in range(album.OPEN):
        albums.open(Path(f"/runs/{number}"))
    assert albums.open(FOLDER) is not first
