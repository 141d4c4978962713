import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kt_gui.widgets.dial import STEPS, Dial, step_of, strength_at


@pytest.fixture
def dial(qtbot: QtBot) -> Dial:
    made = Dial()
    qtbot.addWidget(made)
    made.show_strength(0.005)
    made.show()
    return made


def edits(dial: Dial) -> list[float]:
    made: list[float] = []
    dial.edited.connect(made.append)
    return made


def test_the_left_end_is_zero_and_the_right_end_one() -> None:
    assert strength_at(0) == 0.0
    assert strength_at(1) == 1e-5
    assert strength_at(STEPS) == 1.0


def test_every_step_of_the_slider_is_found_again() -> None:
    assert [step_of(strength_at(step)) for step in range(STEPS + 1)] == list(range(STEPS + 1))


def test_the_decades_and_the_default_are_steps() -> None:
    for strength in (1e-4, 1e-3, 0.005, 1e-2, 1e-1, 1.0):
        assert strength_at(step_of(strength)) == strength


def test_keys_move_the_slider(qtbot: QtBot, dial: Dial) -> None:
    made = edits(dial)
    qtbot.keyClick(dial.slider, Qt.Key.Key_Right)
    qtbot.keyClick(dial.slider, Qt.Key.Key_Home)
    qtbot.keyClick(dial.slider, Qt.Key.Key_End)
    assert made == [0.0056, 0.0, 1.0]
    assert dial.edit.text() == "1"


def test_a_number_is_written_as_it_is(qtbot: QtBot, dial: Dial) -> None:
    made = edits(dial)
    dial.edit.selectAll()
    qtbot.keyClicks(dial.edit, "0.0123")
    qtbot.keyClick(dial.edit, Qt.Key.Key_Return)
    assert made == [0.0123]
    assert dial.strength == 0.0123
    assert "0.0246" in dial.alpha.text()


def test_showing_a_number_asks_for_nothing(dial: Dial) -> None:
    made = edits(dial)
    dial.show_strength(250.0)
    assert made == []
    assert dial.slider.value() == STEPS
    assert dial.edit.text() == "250"


def test_a_number_out_of_bounds_is_not_taken(qtbot: QtBot, dial: Dial) -> None:
    made = edits(dial)
    dial.edit.selectAll()
    qtbot.keyClicks(dial.edit, "-3")
    qtbot.keyClick(dial.edit, Qt.Key.Key_Return)
    assert made == [3.0]


def test_the_convention_is_told_in_text_and_tooltip(dial: Dial) -> None:
    assert dial.alpha.text() == "α of the L2-SP paper is 2λ = 0.01"
    assert "arXiv:1802.01483" in dial.slider.toolTip()
    assert dial.slider.accessibleName()
    assert dial.edit.accessibleName()
