import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kt_gui.widgets.class_dialog import ClassDialog
from tests.widgets.small_pictures import CLOTHES

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


def opened(qtbot: QtBot, used: tuple[str, ...] = CLOTHES) -> ClassDialog:
    dialog = ClassDialog(CLOTHES, used)
    qtbot.addWidget(dialog)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    dialog.show()
    return dialog


def test_what_takes_part_is_checked_and_counted(qtbot: QtBot) -> None:
    dialog = opened(qtbot, CLOTHES[:6])
    assert dialog.checked == CLOTHES[:6]
    assert dialog.count.text() == "6 of 10 classes"


def test_a_class_is_taken_out_by_its_box(qtbot: QtBot) -> None:
    dialog = opened(qtbot)
    dialog.list.item(3).setCheckState(Qt.CheckState.Unchecked)
    with qtbot.waitSignal(dialog.chosen) as caught:
        dialog.use.click()
    assert caught.args == [CLOTHES[:3] + CLOTHES[4:]]


def test_return_turns_the_box_of_the_class_it_stands_on(qtbot: QtBot) -> None:
    dialog = opened(qtbot)
    dialog.list.setCurrentRow(0)
    dialog.list.itemActivated.emit(dialog.list.item(0))
    assert dialog.checked == CLOTHES[1:]


def test_all_classes_are_asked_for_as_none(qtbot: QtBot) -> None:
    dialog = opened(qtbot, CLOTHES[:6])
    dialog._check_all()
    with qtbot.waitSignal(dialog.chosen) as caught:
        dialog.use.click()
    assert caught.args == [()]


def test_what_stays_as_it_was_is_not_told(qtbot: QtBot) -> None:
    dialog = opened(qtbot, tuple(reversed(CLOTHES[:6])))
    with qtbot.assertNotEmitted(dialog.chosen):
        dialog.use.click()
    assert not dialog.isVisible()


def test_fewer_than_two_classes_cannot_be_used(qtbot: QtBot) -> None:
    dialog = opened(qtbot)
    dialog.check(CLOTHES[:1])
    assert not dialog.use.isEnabled()
    assert dialog.reason.text() == "Choose at least 2 classes."


def test_a_search_hides_the_others_and_leaves_their_boxes(qtbot: QtBot) -> None:
    dialog = opened(qtbot)
    dialog.search_line.setText("SHIRT")
    shown = [dialog.list.item(n).text() for n in range(10) if not dialog.list.item(n).isHidden()]
    assert shown == ["T-shirt/top", "Shirt"]
    assert dialog.checked == CLOTHES
