import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kt_gui.widgets.model_table import ModelTable
from tests.widgets.small_pictures import model

MODELS = (
    model("small_cnn", family="small", status="untrained", size=None, accuracy=None),
    model("bundled/lite0", family="bundled", title="EfficientNet-Lite0", status="offline", accuracy=0.75),
    model("torchvision/resnet18", family="torchvision", title="ResNet-18", licence="BSD-3-Clause", parameters=11),
    model("timm/resnet50", title="resnet50.a1_in1k", accuracy=0.8, parameters=25_000_000),
)


@pytest.fixture
def models(qtbot: QtBot) -> ModelTable:
    made = ModelTable()
    qtbot.addWidget(made)
    made.resize(900, 400)
    made.show_models(MODELS)
    return made


def names(models: ModelTable) -> list[str]:
    shown = models.table.model()
    return [shown.index(row, 0).data() for row in range(shown.rowCount())]


def test_networks_without_weights_are_not_listed(models: ModelTable) -> None:
    assert names(models) == ["EfficientNet-Lite0", "ResNet-18", "resnet50.a1_in1k"]


def test_every_word_of_a_search_must_be_there(qtbot: QtBot, models: ModelTable) -> None:
    qtbot.keyClicks(models.search_line, "resnet BSD")
    assert names(models) == ["ResNet-18"]
    assert models._count.text() == "1 network"
    qtbot.keyClick(models.search_line, Qt.Key.Key_Escape)
    assert len(names(models)) == 3


def test_only_what_is_here(models: ModelTable) -> None:
    models._origin._buttons["here"].click()
    assert names(models) == ["EfficientNet-Lite0"]


def test_numbers_are_sorted_as_numbers(models: ModelTable) -> None:
    models.table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    assert names(models) == ["ResNet-18", "EfficientNet-Lite0", "resnet50.a1_in1k"]


def test_a_choice_is_told_by_name(qtbot: QtBot, models: ModelTable) -> None:
    with qtbot.waitSignal(models.chosen) as caught:
        models.table.selectRow(2)
    assert caught.args == ["timm/resnet50"]


def test_showing_a_choice_is_no_choice(qtbot: QtBot, models: ModelTable) -> None:
    with qtbot.assertNotEmitted(models.chosen):
        models.choose("torchvision/resnet18")
        models.show_models(MODELS[:3])
    assert models.table.chosen_name == "torchvision/resnet18"


def test_a_search_does_not_change_the_choice(qtbot: QtBot, models: ModelTable) -> None:
    models.choose("torchvision/resnet18")
    with qtbot.assertNotEmitted(models.chosen):
        qtbot.keyClicks(models.search_line, "lite")


def test_fifteen_hundred_networks_are_searched(models: ModelTable) -> None:
    models.show_models(tuple(model(f"timm/net{n}") for n in range(1500)))
    models.search_line.setText("net149")
    assert models.table.shown() == 11


def test_a_cell_says_where_the_weights_are(models: ModelTable) -> None:
    shown = models.table.model()
    assert [shown.index(row, 6).data() for row in range(3)] == ["offline", "to download", "to download"]
    assert not shown.index(0, 6).data(Qt.ItemDataRole.DecorationRole).isNull()
