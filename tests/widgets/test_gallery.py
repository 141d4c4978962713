from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kt_gui.widgets.gallery import Gallery
from tests.widgets.small_pictures import thumbnails


def shown(qtbot: QtBot, count: int) -> Gallery:
    gallery = Gallery("Pictures")
    qtbot.addWidget(gallery)
    gallery.resize(400, 300)
    gallery.show_pictures(thumbnails(count))
    return gallery


def test_every_picture_is_there(qtbot: QtBot) -> None:
    assert shown(qtbot, 300).count() == 300


def test_only_pictures_in_sight_are_decoded(qtbot: QtBot) -> None:
    gallery = shown(qtbot, 500)
    gallery.grab()
    assert 0 < len(gallery._model._decoded) < 100


def test_a_picture_says_its_name_class_and_split(qtbot: QtBot) -> None:
    gallery = shown(qtbot, 4)
    said = gallery.model().index(1, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "ant/1.png: ant, validation"


def test_arrow_keys_walk_through_the_pictures(qtbot: QtBot) -> None:
    gallery = shown(qtbot, 12)
    gallery.setCurrentIndex(gallery.model().index(0, 0))
    qtbot.keyClick(gallery, Qt.Key.Key_Right)
    assert gallery.currentIndex().row() == 1
    qtbot.keyClick(gallery, Qt.Key.Key_Down)
    assert gallery.currentIndex().row() > 1


def test_return_opens_a_picture(qtbot: QtBot) -> None:
    gallery = shown(qtbot, 4)
    gallery.setCurrentIndex(gallery.model().index(2, 0))
    with qtbot.waitSignal(gallery.activated_picture) as caught:
        qtbot.keyClick(gallery, Qt.Key.Key_Return)
    assert caught.args == ["ant/2.png"]


def test_columns_share_the_width(qtbot: QtBot) -> None:
    gallery = shown(qtbot, 40)
    widths = []
    for width in (400, 430, 470):
        gallery.resize(width, 300)
        gallery.grab()
        widths.append(gallery.gridSize().width())
    assert widths[0] < widths[1] > widths[2]
