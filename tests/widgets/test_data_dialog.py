from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from kt_gui import samples
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models, build
from kt_gui.bridge.network_model import NetworkModel
from kt_gui.schema.datasets import Bundled, Catalogued, ImageFolder
from kt_gui.schema.events import DatasetCard, DatasetsListed
from kt_gui.store.folders import Home
from kt_gui.widgets.data_dialog import DataDialog

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")
CARDS = tuple(
    DatasetCard(
        name=name,
        title=title,
        classes=10,
        pictures=60_000,
        image_size=32,
        download=170_000_000,
        licence="",
        status=status,
    )
    for name, title, status in (("cifar10", "CIFAR-10", "download"), ("mnist", "MNIST", "here"))
)


@pytest.fixture
def models(home: Path) -> Models:
    made = build(Home.under(home), samples.EXPERIMENT, is_enabled=False)
    made.network.apply([DatasetsListed(datasets=CARDS)])
    return made


@pytest.fixture
def dialog(qtbot: QtBot, models: Models) -> Iterator[DataDialog]:
    window = QWidget()
    qtbot.addWidget(window)
    made = DataDialog(models.network, window)
    made.show()
    yield made
    window.close()


def test_a_folder_of_ones_own_closes_the_window(qtbot: QtBot, dialog: DataDialog, tmp_path: Path) -> None:
    with qtbot.waitSignals([dialog.chosen, dialog.accepted]):
        dialog.own.zone.take(str(tmp_path))


def test_another_file_is_refused_and_the_window_stays(dialog: DataDialog) -> None:
    dialog.own.zone.take("/data/notes.txt")
    assert dialog.isVisible()
    assert dialog.own._refusals.count() == 1


def test_a_set_of_the_program_is_chosen(qtbot: QtBot, dialog: DataDialog) -> None:
    dialog.places._buttons["bundled"].click()
    dialog.bundled.sets.cards["fashion"].click()
    with qtbot.waitSignal(dialog.chosen) as caught:
        dialog.bundled.use.click()
    assert caught.args == [Bundled(name="fashion")]


def test_a_set_that_is_here_can_be_used_at_once(qtbot: QtBot, dialog: DataDialog) -> None:
    dialog.places._buttons["catalogue"].click()
    dialog.catalogue.table.selectRow(1)
    assert dialog.catalogue._hint.text() == "MNIST is on this computer."
    with qtbot.waitSignal(dialog.chosen) as caught:
        dialog.catalogue.use.click()
    assert caught.args == [Catalogued(name="mnist")]


def test_a_set_that_is_not_here_is_downloaded_first(
    dialog: DataDialog, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(NetworkModel, "fetch_data", lambda _self, name: asked.append(name))
    dialog.show_place("catalogue")
    dialog.catalogue.table.selectRow(0)
    assert not dialog.catalogue.use.isVisible()
    assert "170" in dialog.catalogue._hint.text() or "0.2" in dialog.catalogue._hint.text()
    dialog.catalogue.download.click()
    assert asked == ["cifar10"]


def test_a_folder_may_hold_a_catalogued_set(
    qtbot: QtBot, dialog: DataDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kt_gui.widgets.data_dialog.QFileDialog.getExistingDirectory", lambda *_: str(tmp_path))
    dialog.show_place("catalogue")
    dialog.catalogue.table.selectRow(0)
    with qtbot.waitSignal(dialog.chosen) as caught:
        dialog.catalogue.elsewhere.click()
    assert caught.args == [Catalogued(name="cifar10", folder=str(tmp_path))]


def test_a_download_that_failed_says_why(dialog: DataDialog, models: Models) -> None:
    dialog.show_place("catalogue")
    models.network._tasks.fail("fetch", Failure("user", "The server does not answer.", "Try again later.", ""))
    assert dialog.catalogue._failure.count() == 1


def test_the_choice_is_a_data_set(dialog: DataDialog) -> None:
    chosen: list[object] = []
    dialog.chosen.connect(chosen.append)
    dialog.own.zone.chosen.emit(ImageFolder(path="/data/moths"))
    assert chosen == [ImageFolder(path="/data/moths")]
