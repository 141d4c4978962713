import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from pytestqt.qtbot import QtBot

from kt_gui.bridge.models import Models
from kt_gui.pages.use import UsePage


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
