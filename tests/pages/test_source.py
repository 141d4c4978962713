from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kt_gui import session
from kt_gui.bridge.experiment_model import NO_DATA
from kt_gui.bridge.models import Models
from kt_gui.bridge.network_model import NetworkModel
from kt_gui.pages.source import SourcePage
from kt_gui.schema.datasets import Bundled, ImageFolder
from kt_gui.schema.events import ClassCount, Progressed
from kt_gui.schema.experiment import EarlierRun, Pretrain, Scratch, Source, WeightsFile, Zoo
from kt_gui.widgets.number_boxes import Whole
from tests.widgets.small_pictures import CLOTHES, surveyed


@pytest.fixture
def page(qtbot: QtBot, models: Models) -> SourcePage:
    made = SourcePage(models)
    qtbot.addWidget(made)
    made.resize(1080, 688)
    made.show()
    return made


def source(models: Models) -> Source:
    return models.experiment.experiment.source


def test_each_way_begins_with_something_sensible(page: SourcePage, models: Models) -> None:
    page.ways.cards["zoo"].click()
    assert source(models) == Zoo(model="bundled/efficientnet_lite0")
    assert page.zoo.isVisible()
    page.ways.cards["run"].click()
    assert source(models) == EarlierRun(run="")
    assert page.reason.text() == "No earlier run is chosen yet."
    page.ways.cards["scratch"].click()
    assert source(models) == Scratch(network="small_cnn")
    assert page.next.isEnabled()


def test_the_way_back_finds_what_was_chosen(page: SourcePage, models: Models) -> None:
    before = source(models)
    page.ways.cards["scratch"].click()
    page.ways.cards["pretrain"].click()
    assert source(models) == before


def test_training_is_edited_in_place(page: SourcePage, models: Models) -> None:
    epochs = page.pretrain.training.control("epochs")
    assert isinstance(epochs, Whole)
    epochs.setValue(33)
    chosen = source(models)
    assert isinstance(chosen, Pretrain)
    assert chosen.training.epochs == 33


def test_other_pictures_keep_network_and_training(page: SourcePage, models: Models) -> None:
    before = source(models)
    page.pretrain.pictures.take(ImageFolder(path="/data/moths"))
    after = source(models)
    assert isinstance(before, Pretrain)
    assert isinstance(after, Pretrain)
    assert after.data == ImageFolder(path="/data/moths")
    assert (after.network, after.training) == (before.network, before.training)


def test_a_network_of_the_table_is_chosen(page: SourcePage, models: Models) -> None:
    page.ways.cards["zoo"].click()
    page.zoo.models.table.selectRow(1)
    assert source(models) == Zoo(model="torchvision/resnet18")


def test_a_network_that_is_not_here_waits_for_the_run_or_is_downloaded_now(
    page: SourcePage, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(NetworkModel, "fetch_model", lambda _self, name: asked.append(name))
    models.experiment.edit("source", Zoo(model="torchvision/resnet18"))
    assert page.next.isEnabled()
    assert "will be downloaded when the run begins (47 MB)" in page.zoo.facts.text()
    page.zoo.download.click()
    assert asked == ["torchvision/resnet18"]


def test_a_download_shows_how_far_it_is(page: SourcePage, models: Models) -> None:
    models.experiment.edit("source", Zoo(model="torchvision/resnet18"))
    models.network._tasks._workers["fetch"] = None  # type: ignore[assignment]
    models.network._tasks._progress["fetch"] = Progressed(
        activity="downloading", done=23_000_000, total=46_000_000, unit="bytes"
    )
    models.network.changed.emit()
    assert page.zoo.progress.isVisible()
    assert page.zoo.progress._words.text() == "Downloading: 23 MB of 46 MB"
    del models.network._tasks._workers["fetch"]


def test_a_file_of_weights_is_a_way_too(page: SourcePage, models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "kt_gui.widgets.source_views.QFileDialog.getOpenFileName", lambda *_: ("/data/net.safetensors", "")
    )
    page.ways.cards["zoo"].click()
    page.zoo.file_wanted.emit()
    assert page.file.isVisible()
    page.file.browse.click()
    assert source(models) == WeightsFile(path="/data/net.safetensors", network="small_cnn")
    page.file.back.click()
    assert isinstance(source(models), Zoo)


def test_only_runs_that_have_something_to_give_are_listed(page: SourcePage, models: Models) -> None:
    page.ways.cards["run"].click()
    listed = page.run.table.model()
    over = [each for each in models.runs.records if each.state in ("finished", "stopped")]
    assert 0 < listed.rowCount() == len(over) < len(models.runs.records)


def test_a_run_and_its_checkpoint_are_chosen(page: SourcePage, models: Models) -> None:
    page.ways.cards["run"].click()
    page.run.table.selectRow(0)
    chosen = source(models)
    assert isinstance(chosen, EarlierRun)
    assert chosen.run
    page.run.checkpoint._buttons["last"].click()
    assert source(models) == EarlierRun(run=chosen.run, checkpoint="last")
    assert page.run.name.text()


def test_without_runs_there_is_one_sentence_and_a_button(qtbot: QtBot, empty: Models) -> None:
    empty.experiment.edit("source", EarlierRun(run=""))
    page = SourcePage(empty)
    qtbot.addWidget(page)
    with qtbot.waitSignal(page.wanted) as caught:
        page.run.run_wanted.emit()
    assert caught.args == ["start"]
    assert page.run._stack.currentIndex() == 1


def test_without_pictures_there_is_one_sentence_and_a_button(page: SourcePage, models: Models) -> None:
    models.experiment.edit("source", Pretrain(network="small_cnn", data=NO_DATA))
    assert page.pretrain.pictures.zone.isVisible()
    assert not page.pretrain.training.isVisible()
    assert not page.next.isEnabled()


def test_the_classes_of_the_fashion_example_are_chosen(page: SourcePage, models: Models) -> None:
    example = session.example("fashion").source
    assert isinstance(example, Pretrain)
    page.pretrain.pictures.take(Bundled(name="fashion"))
    clothes = tuple(ClassCount(name=name, train=180, validation=60, test=60) for name in CLOTHES)
    models.source_data.apply([surveyed(classes=clothes, all_classes=CLOTHES)])
    page.pretrain.pictures.views._buttons["classes"].click()
    dialog = page.pretrain.pictures.classes.open_dialog()
    dialog.check(example.data.classes)
    dialog.use.click()
    chosen = source(models)
    assert isinstance(chosen, Pretrain)
    assert chosen.data == example.data


def test_a_source_table_with_groups_is_dealt_by_group(page: SourcePage, models: Models, tmp_path: Path) -> None:
    table = tmp_path / "moths.csv"
    table.write_text("file,species,site\n", encoding="utf-8")
    page.pretrain.pictures.zone.take(str(table))
    chosen = source(models)
    assert isinstance(chosen, Pretrain)
    assert chosen.split.by == "group"
    assert page.pretrain.pictures.columns.isVisible()


def test_a_network_for_small_pictures_is_chosen(page: SourcePage, models: Models) -> None:
    choice = page.pretrain.network.list
    choice.activated.emit(choice.findData("resnet18_cifar"))
    chosen = source(models)
    assert isinstance(chosen, Pretrain)
    assert chosen.network == "resnet18_cifar"
    assert chosen.data == Bundled(name="emoji-twemoji")


def test_any_other_network_is_chosen_from_the_table(page: SourcePage, models: Models) -> None:
    dialog = page.pretrain.network.open_dialog()
    dialog.models.table.selectRow(1)
    dialog.use.click()
    chosen = source(models)
    assert isinstance(chosen, Pretrain)
    assert chosen.network == "torchvision/resnet18"
    assert page.pretrain.network.list.currentText() == "ResNet-18"


def test_the_button_leads_to_the_target(qtbot: QtBot, page: SourcePage) -> None:
    with qtbot.waitSignal(page.wanted) as caught:
        page.next.click()
    assert caught.args == ["target"]
