from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QDropEvent, QGuiApplication
from pytestqt.qtbot import QtBot

from kt_gui.bridge.models import Models
from kt_gui.pages.use import UsePage
from kt_gui.schema.predictions import Given


def shown(qtbot: QtBot, models: Models) -> UsePage:
    page = UsePage(models)
    qtbot.addWidget(page)
    page.show()
    return page


def test_the_folder_can_be_opened_and_its_path_copied(
    qtbot: QtBot, done: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    page = shown(qtbot, done)
    page.sections.go("take")
    assert page.sections.made["take"].path.text() == done.run.folder
    qtbot.mouseClick(page.sections.made["take"].open, Qt.MouseButton.LeftButton)
    assert opened == [QUrl.fromLocalFile(done.run.folder)]
    qtbot.mouseClick(page.sections.made["take"].copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == done.run.folder
    assert page.sections.made["take"].copy.text() == "Copied"


def test_a_run_that_has_not_ended_is_not_offered(qtbot: QtBot, models: Models) -> None:
    page = shown(qtbot, models)
    assert page.empty.isVisible()
    assert not page.sections.made


def test_pictures_are_tried_first_and_may_be_dropped_anywhere(qtbot: QtBot, done: Models, tmp_path: Path) -> None:
    page = shown(qtbot, done)
    assert list(page.sections.made) == ["try"]
    page.sections.go("take")
    asked = []
    done.predictions.ask = asked.extend  # type: ignore[method-assign, assignment]
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "蜜蜂.png"))])
    action, buttons, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    page.dropEvent(QDropEvent(QPointF(5, 5), action, data, buttons, keys))
    assert asked == [Given(path=str(tmp_path / "蜜蜂.png"))]
    assert page.sections.chooser.value == "try"
