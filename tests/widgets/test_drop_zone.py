from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from kt_gui.schema.datasets import ImageFolder
from kt_gui.widgets.drop_zone import DropZone


@pytest.fixture
def zone(qtbot: QtBot) -> DropZone:
    made = DropZone()
    qtbot.addWidget(made)
    return made


def dropped(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def drop(zone: DropZone, data: QMimeData) -> None:
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    zone.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, buttons, keys))


def test_a_dropped_folder_is_chosen(qtbot: QtBot, zone: DropZone, tmp_path: Path) -> None:
    with qtbot.waitSignal(zone.chosen) as caught:
        drop(zone, dropped(tmp_path))
    assert caught.args == [ImageFolder(path=str(tmp_path))]


def test_what_is_no_data_set_is_refused_in_words(qtbot: QtBot, zone: DropZone, tmp_path: Path) -> None:
    with qtbot.waitSignal(zone.refused) as caught:
        drop(zone, dropped(tmp_path / "notes.txt"))
    assert caught.args == ["notes.txt is neither a folder nor a zip nor a CSV."]


def test_two_folders_at_once_are_not_welcome(zone: DropZone, tmp_path: Path) -> None:
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    data = dropped(tmp_path, tmp_path)
    event = QDragEnterEvent(QPointF(5, 5).toPoint(), Qt.DropAction.CopyAction, data, buttons, keys)
    event.ignore()
    zone.dragEnterEvent(event)
    assert not event.isAccepted()


def test_the_button_does_the_same(
    qtbot: QtBot, zone: DropZone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    with qtbot.waitSignal(zone.chosen) as caught:
        zone.browse.click()
    assert caught.args == [ImageFolder(path=str(tmp_path))]


def test_closing_the_file_window_is_no_choice(qtbot: QtBot, zone: DropZone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    with qtbot.assertNotEmitted(zone.chosen), qtbot.assertNotEmitted(zone.refused):
        zone.other.click()
