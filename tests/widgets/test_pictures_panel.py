from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from pytestqt.qtbot import QtBot

from kt_gui import samples
from kt_gui.bridge.experiment_model import NO_DATA
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models, build
from kt_gui.schema.datasets import Dataset, ImageFolder
from kt_gui.schema.events import BatchShown, Mending, Progressed
from kt_gui.schema.texts import Message
from kt_gui.store.folders import Home
from kt_gui.widgets.list_dialog import ListDialog
from kt_gui.widgets.notices import Notice
from kt_gui.widgets.pictures_panel import PicturesPanel
from tests.widgets.small_pictures import ALIKE, SKIPPED, TOO_FEW, TWICE, surveyed, thumbnails

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")
MOTHS = ImageFolder(path="/data/moths")
REFUSED = Failure("user", "The folder moths has no subfolders.", "Make one for each class.", "")


@pytest.fixture
def models(home: Path) -> Models:
    return build(Home.under(home), samples.EXPERIMENT, is_enabled=False)


@pytest.fixture
def panel(qtbot: QtBot, models: Models) -> Iterator[PicturesPanel]:
    made = PicturesPanel(models.target_data, models.network, "target", with_classes=True)
    qtbot.addWidget(made)
    made.resize(640, 480)
    made.show()
    made.show_data(MOTHS)
    yield made
    for dialog in made.findChildren(ListDialog):
        dialog.close()


def notices(panel: PicturesPanel) -> list[str]:
    items = (panel.notices.itemAt(place) for place in range(panel.notices.count()))
    made = [item.widget() for item in items if item is not None]
    return [each.text.text() for each in made if isinstance(each, Notice)]


def dialog(panel: PicturesPanel) -> ListDialog:
    return panel.window().findChildren(ListDialog)[-1]


def test_without_data_one_sentence_and_the_button_stand_there(panel: PicturesPanel) -> None:
    panel.show_data(NO_DATA)
    assert panel.zone.isVisible()
    assert panel.zone.browse.isVisible()
    assert not panel.change.isVisible()


def test_one_line_sums_up_what_was_read(panel: PicturesPanel, models: Models) -> None:
    models.target_data.apply([surveyed(pictures=1204, groups=18, skipped=(SKIPPED,) * 3)])
    assert panel.summary.text() == "1\N{NO-BREAK SPACE}204 pictures, 2 classes, 18 groups, 3 skipped"
    assert panel.gallery.isVisible()
    assert panel.gallery.count() == 8


def test_classes_that_were_left_out_are_counted(panel: PicturesPanel, models: Models) -> None:
    models.target_data.apply([surveyed(all_classes=("ant", "bee", "fly"))])
    assert panel.summary.text() == "155 pictures, 2 of 3 classes"


def test_reading_is_named_and_counted(panel: PicturesPanel, models: Models) -> None:
    models.target_data._tasks._progress["survey"] = Progressed(activity="reading", done=340, total=1204)
    models.target_data.changed.emit()
    assert panel.progress.isVisible()
    assert panel.progress._words.text() == "Reading pictures: 340 of 1\N{NO-BREAK SPACE}204"


def test_what_was_not_read_can_be_read(qtbot: QtBot, panel: PicturesPanel) -> None:
    assert panel.unread.isVisible()
    with qtbot.waitSignal(panel.read_wanted):
        panel.unread.button.click()


def test_blocking_problems_come_first(panel: PicturesPanel, models: Models) -> None:
    models.target_data.apply([surveyed(problems=(ALIKE, TOO_FEW))])
    assert notices(panel) == [str(TOO_FEW.message), str(ALIKE.message)]


def test_one_button_mends_several_problems_and_what_it_mends_comes_first(panel: PicturesPanel, models: Models) -> None:
    mending = Mending(says=Message("Leave out 2 classes"), field="data.classes", value=("ant", "bee"))
    both = tuple(msgspec.structs.replace(each, mending=mending, blocking=False) for each in (TOO_FEW, ALIKE))
    models.target_data.apply([surveyed(problems=(ALIKE, *both))])
    assert notices(panel) == [str(TOO_FEW.message), str(ALIKE.message)]
    first, second = (panel.notices.itemAt(place).widget() for place in (0, 1))
    assert isinstance(first, Notice)
    assert isinstance(second, Notice)
    assert (first.buttons.count(), second.buttons.count()) == (1, 0)


def test_what_another_button_mends_is_shown_before_a_problem_of_the_same(panel: PicturesPanel, models: Models) -> None:
    leave = Mending(says=Message("Leave out 2 classes"), field="data.classes", value=("ant", "bee"))
    deal = Mending(says=Message("Deal by class"), field="split.by", value="class")
    first, second = (
        msgspec.structs.replace(TOO_FEW, mending=leave, message=Message(f"Class {name}.")) for name in ("moth", "wasp")
    )
    groups = msgspec.structs.replace(TOO_FEW, mending=deal, message=Message("Two groups."))
    models.target_data.apply([surveyed(problems=(first, second, groups))])
    assert notices(panel) == ["Class moth.", "Two groups."]


def test_skipped_files_are_listed_with_their_reasons(panel: PicturesPanel, models: Models) -> None:
    models.target_data.apply([surveyed(skipped=(SKIPPED,))])
    panel.skipped.click()
    table = dialog(panel).table
    assert [table.item(0, place).text() for place in (0, 1)] == [SKIPPED.name, str(SKIPPED.reason)]


def test_duplicates_are_said_and_listed(panel: PicturesPanel, models: Models) -> None:
    models.target_data.apply([surveyed(duplicates=(TWICE,))])
    assert "1 picture is twice" in notices(panel)[0]
    notice = panel.notices.itemAt(0).widget()
    assert isinstance(notice, Notice)
    notice.buttons.itemAt(0).widget().click()  # type: ignore[attr-defined]
    table = dialog(panel).table
    assert [table.item(0, place).text() for place in range(4)] == ["ant/1.png", "train", "ant/2.png", "test"]


def test_a_choice_that_cannot_be_read_is_taken_back_with_its_reason(
    qtbot: QtBot, panel: PicturesPanel, models: Models
) -> None:
    chosen: list[Dataset] = []
    panel.chosen.connect(chosen.append)
    panel.take(MOTHS)
    with qtbot.waitSignal(panel.taken_back):
        models.target_data._tasks.fail("survey", REFUSED)
    models.target_data.apply([surveyed()])
    assert chosen == [MOTHS]
    assert notices(panel) == [REFUSED.message]
    assert panel.gallery.count() == 8


def test_a_failure_of_what_stood_there_already_offers_another_try(
    qtbot: QtBot, panel: PicturesPanel, models: Models
) -> None:
    with qtbot.assertNotEmitted(panel.taken_back):
        models.target_data._tasks.fail("survey", REFUSED)
    notice = panel.notices.itemAt(0).widget()
    assert isinstance(notice, Notice)
    assert notice.buttons.itemAt(0).widget().text() == "Try again"  # type: ignore[attr-defined]


def test_the_first_batch_is_asked_for_and_shown(qtbot: QtBot, panel: PicturesPanel, models: Models) -> None:
    models.target_data.apply([surveyed()])
    with qtbot.waitSignal(panel.look_wanted) as caught:
        panel.views._buttons["batch"].click()
    assert caught.args == [False]
    models.network._show("target", [BatchShown(pictures=thumbnails(16), size=32)])
    assert panel.batch.isVisible()
    assert panel.batch.count() == 16
    with qtbot.waitSignal(panel.look_wanted) as caught:
        panel.another.click()
    assert caught.args == [True]


def test_classes_can_be_looked_at(panel: PicturesPanel, models: Models) -> None:
    models.target_data.apply([surveyed()])
    panel.views._buttons["classes"].click()
    assert panel.classes.isVisible()


def test_what_is_no_data_set_is_refused_in_place(panel: PicturesPanel) -> None:
    panel.zone.take("/data/notes.txt")
    assert notices(panel) == ["notes.txt is neither a folder nor a zip nor a CSV."]
