from collections.abc import Sequence
from pathlib import Path
from typing import overload

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kt_gui.bridge.album import Album
from kt_gui.schema.evaluations import Glimpsed, Picture
from kt_gui.store.folders import home
from kt_gui.widgets import theme
from kt_gui.widgets.evaluation.picture_grid import PictureGrid, say
from kt_gui.widgets.evaluation.pixmaps import KEPT
from tests.widgets.small_pictures import png


class Endless(Sequence[Picture]):
    """A hundred thousand pictures; counts how many were described."""

    def __init__(self) -> None:
        self.described: set[int] = set()

    def __len__(self) -> int:
        return 100_000

    @overload
    def __getitem__(self, place: int) -> Picture: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Picture]: ...
    def __getitem__(self, place: int | slice) -> Picture | Sequence[Picture]:
        assert isinstance(place, int)
        self.described.add(place)
        return Picture(
            index=place, name=f"{place}.png", digest=str(place), label="ant", predicted="bee", confidence=0.5
        )


class Asked(Album):
    """An album that has every picture, and remembers which were asked for."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(home(), Path("/runs/x"), parent, is_enabled=False)
        self.asked: list[int] = []
        self._png = png()

    def request(self, index: int) -> bytes | None:
        self.asked.append(index)
        return b"" if index == 3 else self._png


@pytest.fixture
def grid(qtbot: QtBot, qapp: QApplication) -> PictureGrid:
    theme.apply(qapp, "light")  # without, a frame takes the room of a column
    made = PictureGrid("Pictures")
    qtbot.addWidget(made)
    made.resize(700, 500)
    with qtbot.waitExposed(made):
        made.show()
    return made


def test_a_hundred_thousand_pictures_scroll_without_being_loaded(qtbot: QtBot, grid: PictureGrid) -> None:
    pictures, album = Endless(), Asked(grid)
    grid.show_pictures(pictures, album)
    assert grid.count() == 100_000
    bar = grid.verticalScrollBar()
    for step in range(41):
        bar.setValue(bar.maximum() * step // 40)
        grid.grab()
    assert bar.value() == bar.maximum()
    assert 99_999 in pictures.described
    assert len(pictures.described) < 4000
    assert grid.decoded <= KEPT


def test_those_in_sight_are_asked_for_after_those_around_them(grid: PictureGrid) -> None:
    album = Asked(grid)
    grid.show_pictures(Endless(), album)
    grid.grab()
    album.asked.clear()
    grid.verticalScrollBar().setValue(grid.gridSize().height() * 30)
    grid.grab()
    columns = grid.viewport().width() // grid.gridSize().width()
    first = album.asked.index
    assert first(28 * columns) < first(29 * columns) < first(30 * columns)


def test_pictures_that_come_are_painted(qtbot: QtBot, grid: PictureGrid) -> None:
    album = Album(home(), Path("/runs/x"), grid, is_enabled=False)
    pictures = [Picture(index=4, name="ant/4.png", digest="4", label="ant")]
    grid.show_pictures(pictures, album)
    before = grid.grab().toImage()
    album.apply([Glimpsed(indexes=(4,), pngs=(png("red"),))])
    place = grid.visualRect(grid.model().index(0, 0)).center()
    assert before.pixelColor(place).name() != "#ff0000"
    assert grid.grab().toImage().pixelColor(place).name() == "#ff0000"
    assert grid.decoded == 1


def test_a_picture_that_has_gone_is_told_from_one_that_is_on_its_way(grid: PictureGrid) -> None:
    pictures = [Picture(index=index, name="x", digest=str(index), label="ant") for index in (3, 4)]
    grid.show_pictures(pictures, Asked(grid))
    gone = grid.grab()
    grid.show_pictures(pictures, Album(home(), Path("/runs/x"), grid, is_enabled=False))
    assert gone.toImage() != grid.grab().toImage()


def test_keys_walk_through_the_grid_and_return_opens(qtbot: QtBot, grid: PictureGrid) -> None:
    grid.show_pictures(Endless(), Asked(grid))
    grid.setCurrentIndex(grid.model().index(0, 0))
    qtbot.keyClick(grid, Qt.Key.Key_Right)
    qtbot.keyClick(grid, Qt.Key.Key_Down)
    columns = grid.viewport().width() // grid.gridSize().width()
    assert grid.currentIndex().row() == columns + 1
    with qtbot.waitSignal(grid.opened) as caught:
        qtbot.keyClick(grid, Qt.Key.Key_Return)
    assert caught.args == [columns + 1]
    qtbot.keyClick(grid, Qt.Key.Key_End)
    assert grid.currentIndex().row() == 99_999


@pytest.mark.parametrize(
    ("predicted", "confidence", "said"),
    [
        ("ant", 0.93, "a.png: ant, recognised (93.0 %)"),
        ("bee", 0.5, "a.png: ant, taken for bee (50.0 %)"),
        ("bee", None, "a.png: ant, taken for bee (not finite)"),
        ("", None, "a.png: ant"),
        ("", 0.25, "a.png: ant, 25.0 %"),
    ],
)
def test_a_picture_says_what_it_is_and_what_it_was_taken_for(
    predicted: str, confidence: float | None, said: str
) -> None:
    picture = Picture(index=0, name="a.png", digest="", label="ant", predicted=predicted, confidence=confidence)
    assert say(picture).replace("\xa0", " ") == said


def test_another_album_is_followed_in_place_of_the_first(qtbot: QtBot, grid: PictureGrid) -> None:
    first, second = (Album(home(), Path("/runs/x"), grid, is_enabled=False) for _ in range(2))
    grid.show_pictures(Endless(), first)
    grid.show_pictures(Endless(), second)
    grid.show_pictures((), None)
    for album in (first, second):
        album.apply([Glimpsed(indexes=(0,), pngs=(png(),))])
    assert grid.count() == 0


def test_a_picture_that_is_left_out_says_so_and_looks_so(grid: PictureGrid) -> None:
    pictures = [Picture(index=index, name=f"{index}.png", digest=str(index), label="ant") for index in (4, 5)]
    grid.show_pictures(pictures, Asked(grid))
    before = grid.grab().toImage()
    grid.mark_left_out(frozenset({"5"}))
    said = [grid.model().index(place, 0).data(Qt.ItemDataRole.AccessibleTextRole) for place in (0, 1)]
    assert said == ["4.png: ant", "5.png: ant; left out of the data"]
    after = grid.grab().toImage()
    first, second = (grid.visualRect(grid.model().index(place, 0)) for place in (0, 1))
    assert after.copy(first) == before.copy(first)
    assert after.copy(second) != before.copy(second)
