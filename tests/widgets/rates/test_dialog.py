"""The window of the search for a learning rate."""

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from kt_gui import scenes
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models
from kt_gui.samples import rates
from kt_gui.schema.rates import RateFound
from kt_gui.widgets.rates.dialog import RateDialog

FOUND = rates.FOUND[-1]
assert isinstance(FOUND, RateFound)


@pytest.fixture
def models(qtbot: QtBot) -> Models:
    return scenes.sample_models()


def shown(qtbot: QtBot, models: Models) -> RateDialog:
    dialog = RateDialog(models.rates, rates.NOW)
    qtbot.addWidget(dialog)
    with qtbot.waitExposed(dialog):
        dialog.show()
    return dialog


def test_the_curve_comes_before_the_answer(qtbot: QtBot, models: Models) -> None:
    dialog = shown(qtbot, models)
    models.rates.apply(list(rates.FOUND[:40]))
    assert not dialog.use.isVisible()
    assert dialog.table.shown() == 40
    models.rates.apply(list(rates.FOUND[40:]))
    assert dialog.title.text() == "Learning rate 0.0045"
    assert "It is 0.01 now, which is reasonable, too." in dialog.reason.text()
    assert dialog.use.text() == "Use 0.0045"
    assert not dialog.stand_in.isVisible()


def test_the_rate_suggested_is_used(qtbot: QtBot, models: Models) -> None:
    models.rates.apply(list(rates.FOUND))
    dialog = shown(qtbot, models)
    with qtbot.waitSignal(dialog.accepted), qtbot.waitSignal(dialog.chosen) as told:
        qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    assert told.args == [0.0045]


def test_another_rate_is_taken_in_hand_by_click_and_by_keys(qtbot: QtBot, models: Models) -> None:
    models.rates.apply(list(rates.FOUND))
    dialog = shown(qtbot, models)
    place = QPoint(round(dialog.chart.across(1e-3)), 120)
    qtbot.mouseClick(dialog.chart, Qt.MouseButton.LeftButton, pos=place)
    assert dialog.chart.rate == pytest.approx(1e-3, rel=0.05)
    before = dialog.chart.rate
    qtbot.keyClick(dialog.chart, Qt.Key.Key_Right)
    assert dialog.chart.rate > before
    assert dialog.use.text() == f"Use {dialog.chart.rate:.3g}"
    models.rates.changed.emit()
    assert dialog.use.text() == f"Use {dialog.chart.rate:.3g}", "what is in hand stays there"


def test_without_a_clear_answer_nothing_is_suggested(qtbot: QtBot, models: Models) -> None:
    models.rates.apply(list(rates.UNCLEAR))
    dialog = shown(qtbot, models)
    assert dialog.title.text() == "No clear answer"
    assert not dialog.use.isVisible()
    assert dialog.stand_in.isVisible(), "it was tried on random weights in place of the source's"


def test_the_numbers_stand_behind_the_curve(qtbot: QtBot, models: Models) -> None:
    models.rates.apply(list(rates.FOUND))
    dialog = shown(qtbot, models)
    dialog.side.chosen.emit("numbers")
    assert dialog.table.isVisible()
    assert dialog.table.shown() == len(FOUND.rates)
    assert dialog.table.model().index(0, 0).data() == "1e-06"


def test_a_failure_says_what_to_do(qtbot: QtBot, models: Models) -> None:
    dialog = shown(qtbot, models)
    models.rates.fail(Failure("user", "No pictures.", "Add some.", ""))
    assert dialog.failed.isVisible()
    assert dialog.title.text() == "No answer"
    assert dialog.again.isVisible()
