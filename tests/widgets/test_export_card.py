"""The cards of the section "Take it with you": what each says, and what its buttons do."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from kt_gui import scenes
from kt_gui.bridge.export_model import ExportModel
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models
from kt_gui.samples import exports as samples_exports
from kt_gui.schema.events import Progressed
from kt_gui.schema.exports import FORMATS
from kt_gui.widgets.exporting.takeaway import Takeaway


@pytest.fixture
def models(qtbot: QtBot) -> Models:
    made = scenes.sample_models()
    scenes.show_finished(made)
    return made


def shown(qtbot: QtBot, models: Models) -> Takeaway:
    section = Takeaway(models)
    qtbot.addWidget(section)
    section.resize(1032, 560)
    section.show()
    return section


def test_every_form_has_a_card(qtbot: QtBot, models: Models) -> None:
    section = shown(qtbot, models)
    assert set(section.cards) == set(FORMATS)
    assert [form for form, card in section.cards.items() if card.whole.isVisible()] == ["onnx"]


def test_a_button_exports_its_form_to_the_runs_folder(
    qtbot: QtBot, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(models.exports, "export", lambda form, out, **more: asked.append((form, out, more)))
    section = shown(qtbot, models)
    qtbot.mouseClick(section.cards["card"].export, Qt.MouseButton.LeftButton)
    section.cards["onnx"].whole.setChecked(True)
    qtbot.mouseClick(section.cards["onnx"].export, Qt.MouseButton.LeftButton)
    assert asked == [("card", None, {"with_preprocessing": False}), ("onnx", None, {"with_preprocessing": True})]


def test_it_can_be_exported_elsewhere(qtbot: QtBot, models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Path | None] = []
    monkeypatch.setattr(models.exports, "export", lambda _form, out, **_more: asked.append(out))
    section = shown(qtbot, models)
    for chosen in ("/tmp/net.onnx", ""):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, path=chosen: (path, ""))
        qtbot.mouseClick(section.cards["onnx"].elsewhere, Qt.MouseButton.LeftButton)
    assert asked == [Path("/tmp/net.onnx")]  # the second one was called off


def test_what_came_of_it_stands_on_the_card(qtbot: QtBot, models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    section = shown(qtbot, models)
    models.exports.apply(list(samples_exports.EXPORTED))
    script, report, weights = (section.cards[form] for form in ("script", "report", "safetensors"))
    assert script.size_chip.text() == "3.0 MB"
    assert "the same answers, to the last bit" in script.told.text()
    assert "to the last digit" in script.told.text()
    assert script.export.text() == "Export again"
    assert not weights.told.isVisible()
    qtbot.mouseClick(script.show_it, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(report.show_it, Qt.MouseButton.LeftButton)
    assert [Path(url.toLocalFile()).name for url in opened] == ["emoji-1f3a-script", "emoji-1f3a.report.html"]


def test_a_failure_stands_on_the_card_with_what_to_do(qtbot: QtBot, models: Models) -> None:
    section = shown(qtbot, models)
    models.exports.fail("onnx", Failure("user", "It cannot be traced.", "Take another form.", ""))
    card = section.cards["onnx"]
    assert card.failure.isVisible()
    assert (card.failure.text.text(), card.failure.remedy.text()) == ("It cannot be traced.", "Take another form.")
    assert not section.cards["card"].failure.isVisible()


def test_while_one_is_written_the_others_wait(qtbot: QtBot, models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ExportModel, "current", "onnx")
    monkeypatch.setattr(ExportModel, "progress", Progressed(activity="testing", done=40, total=100))
    section = shown(qtbot, models)
    assert section.cards["onnx"].progress.isVisible()
    assert [form for form, card in section.cards.items() if card.progress.isVisible()] == ["onnx"]
    assert not any(card.export.isEnabled() for card in section.cards.values())
    assert "Another export" in section.cards["card"].export.toolTip()
    broken_off: list[bool] = []
    monkeypatch.setattr(models.exports, "cancel", lambda: broken_off.append(True))
    section.cards["onnx"].progress.cancelled.disconnect()
    section.cards["onnx"].progress.cancelled.connect(models.exports.cancel)
    qtbot.mouseClick(section.cards["onnx"].progress.cancel, Qt.MouseButton.LeftButton)
    assert broken_off == [True]


def test_earlier_exports_are_asked_for_once_somebody_looks(
    qtbot: QtBot, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(models.exports, "look", lambda: asked.append("looked"))
    section = Takeaway(models)
    qtbot.addWidget(section)
    models.viewing.changed.emit()
    assert asked == []
    section.show()
    models.viewing.changed.emit()
    assert asked == ["looked", "looked"]
