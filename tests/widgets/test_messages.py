import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from kt_gui.bridge.failures import Failure
from kt_gui.widgets.messages import Dialog, FailureDialog, ask

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")

FAILURE = Failure("user", "The disk is full.", "Free some space.", "Traceback: OSError 28")


def press(dialog: Dialog, text: str) -> None:
    next(each for each in dialog.findChildren(QPushButton) if each.text() == text).click()


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


def test_a_failure_says_what_and_what_to_do_and_folds_its_details(parent: QWidget) -> None:
    dialog = FailureDialog(FAILURE, parent=parent)
    dialog.show()
    assert (dialog.title.text(), dialog.text.text()) == ("The disk is full.", "Free some space.")
    report = dialog.findChildren(QPlainTextEdit)[0]
    assert not report.isVisible()
    next(each for each in dialog.findChildren(QPushButton) if each.text() == "Details").click()
    assert report.isVisible()
    assert report.toPlainText() == FAILURE.report


def test_the_report_is_copied(parent: QWidget) -> None:
    dialog = FailureDialog(FAILURE, parent=parent)
    dialog.copy.click()
    assert QGuiApplication.clipboard().text() == FAILURE.report


def test_a_deed_is_done_and_the_dialog_closes(qtbot: QtBot, parent: QWidget) -> None:
    done: list[str] = []
    dialog = FailureDialog(FAILURE, [("Try again", lambda: done.append("again"))], parent)
    dialog.show()
    with qtbot.waitSignal(dialog.finished):
        press(dialog, "Try again")
    assert done == ["again"]


@pytest.mark.parametrize(("text", "done"), [("Delete", ["deleted"]), ("Keep it", [])])
def test_a_question_does_its_deed_only_when_it_is_told_to(parent: QWidget, text: str, done: list[str]) -> None:
    found: list[str] = []
    dialog = ask("Delete it?", "", ("Delete", lambda: found.append("deleted")), "Keep it", parent, is_danger=True)
    press(dialog, text)
    assert found == done


def test_escape_does_nothing(qtbot: QtBot, parent: QWidget) -> None:
    found: list[str] = []
    dialog = ask("Delete it?", "", ("Delete", lambda: found.append("deleted")), "Keep it", parent, is_danger=True)
    dialog.reject()
    assert found == []


@pytest.mark.parametrize(("is_danger", "done"), [(True, []), (False, ["done"])])
def test_return_presses_the_harmless_button(qtbot: QtBot, parent: QWidget, is_danger: bool, done: list[str]) -> None:
    found: list[str] = []
    dialog = ask("Do it?", "", ("Do", lambda: found.append("done")), "Leave it", parent, is_danger=is_danger)
    with qtbot.waitSignal(dialog.finished):
        qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert found == done


@pytest.mark.parametrize("is_danger", [True, False])
@pytest.mark.parametrize(("text", "done"), [("Leave it", []), ("Do", ["done"])])
def test_return_presses_the_button_that_has_the_focus(
    qtbot: QtBot, parent: QWidget, text: str, done: list[str], is_danger: bool
) -> None:
    found: list[str] = []
    dialog = ask("Do it?", "", ("Do", lambda: found.append("done")), "Leave it", parent, is_danger=is_danger)
    qtbot.waitActive(dialog)
    button = next(each for each in dialog.findChildren(QPushButton) if each.text() == text)
    button.setFocus()
    with qtbot.waitSignal(dialog.finished):
        qtbot.keyClick(button, Qt.Key.Key_Return)
    assert found == done
