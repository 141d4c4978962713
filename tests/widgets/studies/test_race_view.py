from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QSlider
from pytestqt.qtbot import QtBot

from kt_gui.studies import race
from kt_gui.widgets.studies import race_view
from kt_gui.widgets.studies.race_view import RaceView, table
from tests.studies.test_race import runs

LANES = race.lanes(*runs())


@pytest.fixture
def view(qtbot: QtBot) -> RaceView:
    made = RaceView()
    qtbot.addWidget(made)
    made.resize(640, 420)
    made.show()
    made.show_lanes(LANES, None)
    return made


def said(view: RaceView) -> str:
    return view.chart.accessibleDescription().replace("\N{NO-BREAK SPACE}", " ")


def test_at_rest_the_race_is_over_and_it_is_told_who_came_when(view: RaceView) -> None:
    assert said(view) == "9.5 seconds of learning; transfer 85.0 %; features only 50.0 %; from scratch 70.0 %"
    assert view.words.text() == (
        "What scratch ends with is reached by transfer after 3.5 s, features only never, from scratch after 9.5 s."
    )


def test_a_person_runs_the_race_from_its_start_to_its_end(
    qtbot: QtBot, view: RaceView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(race_view, "RUN_MS", 300)
    seen: list[float] = []
    view._timer.timeout.connect(lambda: seen.append(view.chart.share))
    view.play.click()
    assert view.is_running
    assert view.chart.share == 0.0
    qtbot.waitUntil(lambda: not view.is_running)
    assert seen[-1] == 1.0
    assert all(before <= after for before, after in pairwise(seen))
    assert view.slider.value() == view.slider.maximum()


def test_it_can_be_held_and_gone_on_with(view: RaceView) -> None:
    view.chart.moved.emit(0.5)
    view.play.click()
    assert view.play.text() == "Hold"
    view.play.click()
    assert not view.is_running
    assert 0.5 <= view.chart.share < 0.6


def test_out_of_sight_it_rests(view: RaceView) -> None:
    view.play.click()
    view.hide()
    assert not view.is_running


@pytest.mark.parametrize("way", ["slider", "keys", "pointer"])
def test_a_moment_is_reached_by_slider_keys_and_pointer(qtbot: QtBot, view: RaceView, way: str) -> None:
    if way == "slider":
        view.slider.triggerAction(QSlider.SliderAction.SliderToMinimum)
    elif way == "keys":
        qtbot.keyClick(view.chart, Qt.Key.Key_Home)
    else:
        qtbot.mouseClick(view.chart, Qt.MouseButton.LeftButton, pos=QPoint(2, 100))
    assert view.chart.share == 0.0
    assert view.slider.value() == 0
    qtbot.keyClick(view.chart, Qt.Key.Key_Right)
    assert view.chart.share == pytest.approx(0.01)


def test_the_source_s_time_counts_where_a_person_wants_it(view: RaceView) -> None:
    view.count.setChecked(True)
    assert view.chart.times(LANES[0]) == pytest.approx((43.0, 45.0, 47.0))
    assert "transfer after 44 s" in view.words.text()
    assert "from scratch after 9.5 s" in view.words.text()


def test_over_epochs_the_source_does_not_count(qtbot: QtBot, view: RaceView) -> None:
    view.count.setChecked(True)
    view.axis.chosen.emit("epochs")
    assert view.chart.times(LANES[0]) == (1.0, 2.0, 3.0)
    assert not view.count.isVisible()
    assert "transfer after 1.5 epochs" in view.words.text()


def test_without_times_there_are_epochs_alone(view: RaceView) -> None:
    trials, results = runs()
    old = {key: type(each)(pictures=10, accuracies=each.accuracies) for key, each in results.items()}
    view.show_lanes(race.lanes(trials, old), None)
    assert not view.axis.isVisible()
    assert view.chart.times(view.chart.lanes[0]) == (1.0, 2.0, 3.0)


def test_a_source_from_elsewhere_cannot_count(view: RaceView) -> None:
    trials, results = runs()
    zoo = {key: type(e)(pictures=1, accuracies=e.accuracies, times=e.times) for key, e in results.items()}
    view.show_lanes(race.lanes(trials, zoo), None)
    assert not view.count.isEnabled()
    assert "not known" in view.count.toolTip()


def test_the_table_holds_what_the_lines_show() -> None:
    rows = [tuple(cell.replace("\N{NO-BREAK SPACE}", " ") for cell in row) for row in table(LANES)]
    assert len(rows) == 3
    assert rows[0][:2] == ("1", "65.0 % ± 7.1, 2.5 s")


def test_nothing_at_all_is_drawn_without_harm(view: RaceView) -> None:
    view.show_lanes((), None)
    view.grab()
    assert view.words.text() == ""
    assert table(()) == []


def test_a_run_at_work_is_drawn_beside_the_means(view: RaceView) -> None:
    before = view.chart.grab().toImage()
    view.show_lanes(LANES, ("scratch", ((1.0, 0.2), (2.0, 0.95))))
    assert view.chart.grab().toImage() != before
