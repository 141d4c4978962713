from operator import attrgetter
from pathlib import Path

import msgspec
import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from kt_gui import session
from kt_gui.bridge.experiment_model import source_data
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models
from kt_gui.bridge.network_model import NetworkModel
from kt_gui.pages.target import TargetPage
from kt_gui.schema.datasets import Bundled, ImageFolder, ImageTable
from kt_gui.schema.events import ClassCount, Mending
from kt_gui.schema.experiment import Experiment, Split, Target, Zoo
from kt_gui.schema.texts import Message
from kt_gui.widgets.controls import Switched
from kt_gui.widgets.studies.overlap_dialog import OverlapDialog
from tests.widgets.small_pictures import CLOTHES, COUNTS, TOO_FEW, TWICE, surveyed

MOTHS = ImageFolder(path="/data/moths")


@pytest.fixture
def page(qtbot: QtBot, models: Models) -> TargetPage:
    made = TargetPage(models)
    qtbot.addWidget(made)
    made.resize(1080, 688)
    made.show()
    return made


def target(models: Models) -> Target:
    return models.experiment.experiment.target


def test_chosen_pictures_are_dealt_out_anew(page: TargetPage, models: Models) -> None:
    assert target(models).per_class == 3
    page.pictures.take(MOTHS)
    assert target(models) == Target(data=MOTHS)


def test_pictures_that_cannot_be_read_leave_the_former_ones(page: TargetPage, models: Models) -> None:
    former = target(models)
    models.target_data.answer = None
    page.pictures.take(MOTHS)
    models.target_data._tasks.fail("survey", Failure("user", "No subfolders.", "Make some.", ""))
    assert target(models) == former


def test_the_split_is_set_by_the_slider(page: TargetPage, models: Models) -> None:
    page.split.slider.edited.emit(0.3, 0.1)
    assert (target(models).split.validation, target(models).split.test) == (0.3, 0.1)


def test_pictures_per_class_and_seed_are_set(page: TargetPage, models: Models) -> None:
    count = page.split.count.control("per_class")
    assert isinstance(count, Switched)
    count._inner.setValue(7)  # type: ignore[union-attr]
    page.split.rows.control("seed")._check.click()  # type: ignore[attr-defined]
    assert target(models).per_class == 7
    assert target(models).split.seed == 0


def test_dealing_by_group_is_offered_where_there_are_groups(page: TargetPage, models: Models) -> None:
    models.target_data.apply([surveyed(groups=0)])
    assert not page.split.rows.control("by").isVisible()
    models.target_data.apply([surveyed(groups=6)])
    assert page.split.rows.control("by").isVisible()
    page.split.rows.control("by")._choices._buttons["group"].click()  # type: ignore[attr-defined]
    assert target(models).split.by == "group"


def test_what_blocks_stands_beside_the_button(page: TargetPage, models: Models) -> None:
    models.target_data.apply([surveyed(problems=(TOO_FEW,))])
    assert not page.next.isEnabled()
    assert page.reason.text() == str(TOO_FEW.message)
    models.target_data.apply([surveyed()])
    assert page.next.isEnabled()


def test_the_button_leads_to_transfer(qtbot: QtBot, page: TargetPage) -> None:
    with qtbot.waitSignal(page.wanted) as caught:
        page.next.click()
    assert caught.args == ["transfer"]


def test_counts_follow_the_answer(page: TargetPage, models: Models) -> None:
    models.target_data.apply([surveyed()])
    assert [each.text() for each in page.split.slider._captions] == ["train 90", "validation 30", "test 30"]
    assert page.classes.bars.model().rowCount() == len(COUNTS)


def test_columns_of_a_table_are_mapped(page: TargetPage, models: Models, tmp_path: Path) -> None:
    table = tmp_path / "moths.csv"
    table.write_text("file,species,site\n", encoding="utf-8")
    assert not page.pictures.columns.isVisible()
    page.pictures.zone.take(str(table))
    expected = ImageTable(path=str(table), image_column="file", label_column="species", group_column="site")
    assert target(models).data == expected
    assert target(models).split.by == "group"
    assert page.pictures.columns.isVisible()
    box = page.pictures.columns._boxes["group_column"]
    box.setCurrentIndex(box.findData(None))
    box.activated.emit(box.currentIndex())
    assert target(models).data == msgspec.structs.replace(expected, group_column=None)
    assert target(models).split.by == "class"


def test_another_label_column_leaves_the_deal_as_it_was_chosen(page: TargetPage, models: Models) -> None:
    table = ImageTable(path="/data/moths.csv", group_column="site")
    models.experiment.edit("target", Target(data=table, split=Split(by="class")))
    page.pictures.mapped.emit(msgspec.structs.replace(table, label_column="genus"))
    assert target(models).split.by == "class"


def test_the_classes_of_the_fashion_example_are_chosen(page: TargetPage, models: Models) -> None:
    example = session.example("fashion").target
    page.pictures.take(Bundled(name="fashion"))
    clothes = tuple(ClassCount(name=name, train=180, validation=60, test=60) for name in CLOTHES)
    models.target_data.apply([surveyed(classes=clothes, all_classes=CLOTHES)])
    dialog = page.classes.open_dialog()
    dialog.check(example.data.classes)
    dialog.use.click()
    assert target(models).data == example.data


@pytest.mark.parametrize(
    ("field", "value"), [("data.classes", ("ant", "bee")), ("split.by", "group"), ("split.given", False)]
)
def test_a_button_mends_what_a_setting_can(page: TargetPage, models: Models, field: str, value: object) -> None:
    mending = Mending(says=Message("Mend it"), field=field, value=value)  # type: ignore[arg-type]
    models.target_data.apply([surveyed(problems=(msgspec.structs.replace(TOO_FEW, mending=mending),))])
    button(page, "Mend it").click()
    assert attrgetter(field)(target(models)) == value


def test_duplicates_are_left_out_of_learning_and_taken_in_again(page: TargetPage, models: Models) -> None:
    models.target_data.apply([surveyed(duplicates=(TWICE,))])
    button(page, "Leave out of learning").click()
    assert target(models).split.drop_duplicates
    models.target_data.apply([surveyed()])
    page.split.rows.control("drop_duplicates").click()  # type: ignore[union-attr]
    assert not target(models).split.drop_duplicates


def test_a_test_that_the_data_gives_cannot_be_moved(page: TargetPage, models: Models) -> None:
    models.target_data.apply([surveyed(given_split=True, given_parts=("test", "train"))])
    handles = page.split.slider._bar._handles
    assert [each.isHidden() for each in handles] == [False, True]
    models.experiment.edit("target.split", Split(given=False))
    assert [each.isHidden() for each in handles] == [False, False]


def button(page: TargetPage, text: str) -> QPushButton:
    (found,) = (each for each in page.findChildren(QPushButton) if each.text() == text)
    return found


def test_another_look_asks_with_another_seed(page: TargetPage, models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Experiment] = []
    monkeypatch.setattr(NetworkModel, "preview", lambda _self, experiment, _part: asked.append(experiment))
    page.pictures.views._buttons["batch"].click()
    page.pictures.another.click()
    assert [each.seed for each in asked] == [0, 1]


def test_a_step_back_to_no_pictures_shows_the_empty_state(qtbot: QtBot, empty: Models) -> None:
    page = TargetPage(empty)
    qtbot.addWidget(page)
    page.show()
    assert page.pictures.zone.isVisible()
    assert not page.split.isVisible()
    assert not page.next.isEnabled()


def test_a_split_that_was_saved_is_shown(page: TargetPage, models: Models) -> None:
    models.experiment.edit("target.split", Split(validation=0.1, test=0.4))
    assert page.split.slider.shares == (0.1, 0.4)


def test_the_test_is_searched_for_in_what_the_source_learns_from(
    page: TargetPage, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(models.overlap, "ask", lambda *what: asked.append(what))
    page.guard.click()
    (dialog,) = page.window().findChildren(OverlapDialog)
    experiment = models.experiment.experiment
    assert asked == [(source_data(experiment), experiment.target, experiment.seed)]
    dialog.close()
    models.experiment.edit("source", Zoo(model="bundled/efficientnet_lite0"))
    models.target_data.changed.emit()
    assert not page.guard.isVisible()  # nobody knows what that one has learnt from
