"""The list of corrections, and what is asked before the files themselves are changed."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from kt_gui.bridge.corrections_model import CorrectionsModel
from kt_gui.bridge.failures import Failure
from kt_gui.samples import labels as samples_labels
from kt_gui.schema.corrections import Tally, Written
from kt_gui.schema.datasets import ImageFolder
from kt_gui.store.folders import Home
from kt_gui.widgets.corrections_dialog import CorrectionsDialog, foretell
from kt_gui.widgets.messages import Dialog, FailureDialog

PETS = ImageFolder(path="/data/pets")


class Heard:
    """What the model was asked for."""

    def __init__(self, model: CorrectionsModel, monkeypatch: pytest.MonkeyPatch) -> None:
        self.taken: list[object] = []
        self.written: list[object] = []
        monkeypatch.setattr(model, "take_back", lambda data, digests: self.taken.append((data, list(digests))))
        monkeypatch.setattr(model, "write_back", self.written.append)


@pytest.fixture
def model(qapp: QApplication) -> CorrectionsModel:
    return CorrectionsModel(Home.under(Path("/home/kt")), qapp, is_enabled=False)


@pytest.fixture
def heard(model: CorrectionsModel, monkeypatch: pytest.MonkeyPatch) -> Heard:
    return Heard(model, monkeypatch)


@pytest.fixture
def dialog(qtbot: QtBot, model: CorrectionsModel, heard: Heard) -> CorrectionsDialog:
    made = CorrectionsDialog(model, samples_labels.corrected(PETS))
    qtbot.addWidget(made)
    made.show()
    return made


def texts(dialog: CorrectionsDialog) -> list[str]:
    return [dialog.table.item(row, 1).text() for row in range(dialog.table.rowCount())]


def test_every_correction_is_a_line(dialog: CorrectionsDialog) -> None:
    assert texts(dialog) == ["left out"] * 3 + ["moved to fruit and vegetable"] * 2 + ["added to clock"]
    assert "pets.corrections.json" in dialog.sentence.text()


def test_chosen_lines_are_taken_back(dialog: CorrectionsDialog, heard: Heard) -> None:
    assert not dialog.take_back.isEnabled()
    dialog.table.selectRow(1)
    dialog.take_back.click()
    assert heard.taken == [(PETS, ["out 31"])]


def test_the_list_follows_what_is_said_of_this_set_only(dialog: CorrectionsDialog, model: CorrectionsModel) -> None:
    model.apply([samples_labels.corrected(ImageFolder(path="/data/other"))])
    assert dialog.table.rowCount() == 6
    said = samples_labels.corrected(ImageFolder(path="/data/pets", classes=("cat",)))
    model.apply([type(said)(data=said.data, corrections=said.corrections[:1], file=said.file, beside=True)])
    assert texts(dialog) == ["left out"]


def test_before_files_are_changed_it_is_said_what_will_happen(
    qtbot: QtBot, dialog: CorrectionsDialog, heard: Heard
) -> None:
    text = foretell(PETS, samples_labels.corrected(PETS).corrections)
    assert "3 pictures go to the folder pets.excluded, beside pets." in text
    assert "2 pictures go to other classes’ folders." in text
    assert "1 picture is copied in." in text
    assert "Nothing is deleted or overwritten" in text
    dialog.write_back.click()
    (question,) = dialog.findChildren(Dialog)
    assert question.text.text() == text
    buttons = {each.text(): each for each in question.findChildren(QPushButton)}
    assert buttons["Leave them"].isDefault()
    assert heard.written == []
    buttons["Change my files"].click()
    assert heard.written == [PETS]


def test_what_was_done_is_told(dialog: CorrectionsDialog, model: CorrectionsModel) -> None:
    done = Written(tally=Tally(excluded=3, moved=2, added=1), set_aside="/data/pets.excluded")
    said = samples_labels.corrected(PETS)
    model.apply([done, type(said)(data=PETS, corrections=(), file=said.file, beside=True)])
    assert dialog.sentence.text() == "6 files were moved or copied."
    assert dialog.table.rowCount() == 0
    assert not dialog.write_back.isEnabled()


def test_only_a_folder_offers_its_files(qtbot: QtBot, model: CorrectionsModel) -> None:
    made = CorrectionsDialog(model, samples_labels.corrected())
    qtbot.addWidget(made)
    made.show()
    assert not made.write_back.isVisible()


def test_a_failure_is_told(dialog: CorrectionsDialog, model: CorrectionsModel) -> None:
    model.failed.emit(Failure("user", "The disk is full.", "Make room.", ""))
    (told,) = dialog.findChildren(FailureDialog)
    assert told.title.text() == "The disk is full."
