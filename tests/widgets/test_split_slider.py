import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from kt_gui.widgets.split_slider import SplitSlider

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


@pytest.fixture
def slider(qtbot: QtBot) -> SplitSlider:
    made = SplitSlider()
    qtbot.addWidget(made)
    made.resize(300, 60)
    made.show_shares(0.2, 0.2)
    made.show_counts((600, 200, 204))
    made.show()
    return made


def captions(slider: SplitSlider) -> list[str]:
    return [each.text() for each in slider._captions]


def test_real_counts_stand_under_the_bar(slider: SplitSlider) -> None:
    assert captions(slider) == ["train 600", "validation 200", "test 204"]


def test_without_pictures_shares_stand_there(qtbot: QtBot) -> None:
    slider = SplitSlider()
    qtbot.addWidget(slider)
    slider.show_shares(0.25, 0.25)
    assert captions(slider)[1] == "validation 25.0\N{NO-BREAK SPACE}%"


def test_an_arrow_key_moves_a_handle_by_a_hundredth(qtbot: QtBot, slider: SplitSlider) -> None:
    with qtbot.waitSignal(slider.edited) as caught:
        qtbot.keyClick(slider._bar._handles[0], Qt.Key.Key_Left)
    assert caught.args == pytest.approx([0.21, 0.2])
    assert captions(slider) == ["train 592", "validation 211", "test 201"]


def test_the_second_handle_moves_the_test_alone(qtbot: QtBot, slider: SplitSlider) -> None:
    with qtbot.waitSignal(slider.edited) as caught:
        qtbot.keyClick(slider._bar._handles[1], Qt.Key.Key_PageUp)
    assert caught.args == pytest.approx([0.25, 0.15])


def test_what_the_data_decides_cannot_be_moved(slider: SplitSlider) -> None:
    slider.hold(("train", "test"))
    assert [each.isHidden() for each in slider._bar._handles] == [False, True]
    slider.hold(())
    assert [each.isHidden() for each in slider._bar._handles] == [False, False]


def test_no_part_is_ever_empty(qtbot: QtBot, slider: SplitSlider) -> None:
    for _ in range(40):
        qtbot.keyClick(slider._bar._handles[1], Qt.Key.Key_PageDown)
        qtbot.keyClick(slider._bar._handles[0], Qt.Key.Key_PageDown)
    validation, test = slider.shares
    assert min(validation, test, 1 - validation - test) >= 0.049


def test_a_drag_counts_live_and_tells_at_its_end(qtbot: QtBot, slider: SplitSlider) -> None:
    handle = slider._bar._handles[0]
    told: list[tuple[float, float]] = []
    slider.edited.connect(lambda *shares: told.append(shares))
    qtbot.mousePress(handle, Qt.MouseButton.LeftButton, pos=QPoint(9, 9))
    qtbot.mouseMove(handle, QPoint(-60, 9))
    assert captions(slider)[0] != "train 600"
    assert told == []
    qtbot.mouseRelease(handle, Qt.MouseButton.LeftButton)
    assert len(told) == 1


def test_handles_say_what_they_part(slider: SplitSlider) -> None:
    handle = slider._bar._handles[1]
    assert handle.accessibleName() == "Test begins here"
    assert "validation" in handle.accessibleDescription()
    assert "204" in handle.accessibleDescription()
