from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kt_gui.bridge.failures import Failure
from kt_gui.schema.events import Progressed
from kt_gui.widgets.evaluation.waiting import Waiting


def shown(qtbot: QtBot) -> Waiting:
    waiting = Waiting("A map will stand here.", "Draw it")
    qtbot.addWidget(waiting)
    waiting.show()
    return waiting


def test_work_that_goes_on_can_be_cancelled(qtbot: QtBot) -> None:
    waiting = shown(qtbot)
    progress = Progressed(activity="features", done=3, total=8)
    waiting.show_state(is_busy=True, progress=progress, failure=None)
    assert waiting.progress._words.text() == "Computing features: 3 of 8"
    with qtbot.waitSignal(waiting.cancelled):
        qtbot.mouseClick(waiting.progress.cancel, Qt.MouseButton.LeftButton)


def test_a_failure_says_why_and_what_to_do(qtbot: QtBot) -> None:
    waiting = shown(qtbot)
    waiting.show_state(is_busy=False, progress=None, failure=Failure("user", "Gone.", "Put it back.", ""))
    assert (waiting.trouble.text.text(), waiting.trouble.remedy.text()) == ("Gone.", "Put it back.")
    with qtbot.waitSignal(waiting.retried):
        qtbot.mouseClick(waiting.again, Qt.MouseButton.LeftButton)


def test_work_that_begins_again_hides_the_failure(qtbot: QtBot) -> None:
    waiting = shown(qtbot)
    waiting.show_state(is_busy=True, progress=None, failure=Failure("user", "Gone.", "", ""))
    assert waiting.progress.isVisible()
    assert not waiting.trouble.isVisible()


def test_where_nothing_goes_on_a_button_begins_it(qtbot: QtBot) -> None:
    waiting = shown(qtbot)
    waiting.show_state(is_busy=False, progress=None, failure=None)
    with qtbot.waitSignal(waiting.retried):
        qtbot.mouseClick(waiting.empty.button, Qt.MouseButton.LeftButton)
