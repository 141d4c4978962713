"""The main window: its rail, its pages, its languages and looks, and how it closes."""

import threading
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import create_autospec

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from kt_gui import samples, scenes, session
from kt_gui.bridge.models import Models, build
from kt_gui.bridge.steps import STEPS
from kt_gui.samples import studies
from kt_gui.scenes import studying
from kt_gui.schema.events import Event, Progressed
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.stop import StopToken
from kt_gui.schema.studies import Study
from kt_gui.store.folders import Home
from kt_gui.store.translations import speak
from kt_gui.widgets import theme
from kt_gui.widgets.messages import Dialog, FailureDialog
from kt_gui.window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


@pytest.fixture
def dressed(qapp: QApplication) -> Iterator[QApplication]:
    theme.apply(qapp, "light")
    yield qapp
    theme.apply(qapp, "light")
    speak("en")


@pytest.fixture
def still(dressed: QApplication) -> Models:
    """Models that start no work."""
    return scenes.sample_models()


@pytest.fixture
def live(dressed: QApplication, home: Path, monkeypatch: pytest.MonkeyPatch) -> Models:
    """Models that work; a run goes on until it is stopped, a survey never answers."""

    def run(_experiment: Experiment, stop: StopToken, _home: Home) -> Iterator[Event]:
        yield from samples.running(2)
        yield from wait(stop)
        yield samples.finished()[-1]

    def survey(*asked: object) -> Iterator[Event]:
        stop = asked[4]
        assert isinstance(stop, StopToken)
        yield from wait(stop)

    monkeypatch.setattr("kt_gui.session.run", run, raising=False)
    monkeypatch.setattr("kt_gui.session.survey", survey, raising=False)
    return build(Home.under(home), samples.EXPERIMENT)


def wait(stop: StopToken) -> Iterator[Event]:
    while not stop.requested():
        yield Progressed(activity="preparing", done=0, total=0)


def shown(qtbot: QtBot, models: Models) -> MainWindow:
    window = MainWindow(models, speak)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    return window


def running(qtbot: QtBot, models: Models) -> MainWindow:
    window = shown(qtbot, models)
    models.run.start(samples.EXPERIMENT)
    qtbot.waitUntil(lambda: len(models.run.phases) == 2)
    return window


def dialog(window: MainWindow) -> Dialog:
    found = [each for each in window.findChildren(Dialog) if each.isVisible()]
    assert len(found) == 1
    return found[0]


def press(dialog: QDialog, text: str) -> None:
    from PySide6.QtWidgets import QPushButton

    next(each for each in dialog.findChildren(QPushButton) if each.text() == text).click()


@pytest.mark.parametrize(("place", "name"), list(enumerate(STEPS, 1)))
def test_a_key_leads_to_each_step(qtbot: QtBot, still: Models, place: int, name: str) -> None:
    window = shown(qtbot, still)
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key(Qt.Key.Key_0 + place), Qt.KeyboardModifier.ControlModifier)
    assert window.page == name


def test_a_key_leads_to_the_runs(qtbot: QtBot, still: Models) -> None:
    window = shown(qtbot, still)
    qtbot.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    assert window.page == "runs"


def test_a_click_on_the_rail_leads_to_a_page_and_marks_it(qtbot: QtBot, still: Models) -> None:
    window = shown(qtbot, still)
    window.rail.item("runs").click()
    assert window.page == "runs"
    assert window.rail.item("runs").isChecked()


def test_a_page_can_ask_for_another(qtbot: QtBot, still: Models) -> None:
    window = shown(qtbot, still)
    window.pages["start"].new.click()  # type: ignore[attr-defined]
    assert window.page == "source"


def test_the_rail_tells_how_each_step_stands(qtbot: QtBot, still: Models) -> None:
    window = shown(qtbot, still)
    assert {window.rail.item(name).look.state for name in STEPS} == {"empty"}
    scenes.show_running(still)
    states = {name: window.rail.item(name).look.state for name in STEPS}
    assert states == {
        "source": "ready",
        "target": "ready",
        "transfer": "ready",
        "train": "running",
        "evaluate": "empty",
        "use": "empty",
    }
    assert window.rail.item("target").look.value == "Noto, 3 each"
    assert window.rail.item("train").accessibleName() == "Train, running, 71\N{NO-BREAK SPACE}%"


def test_the_status_bar_tells_of_the_run(qtbot: QtBot, still: Models) -> None:
    window = shown(qtbot, still)
    scenes.show_running(still)
    assert window.status.job.text() == "Fine-tuning 71 % · 13 s"
    scenes.show_finished(still)
    assert window.status.job.text() == ""


def test_switching_the_language_keeps_the_page_and_the_models(qtbot: QtBot, still: Models) -> None:
    scenes.show_running(still)
    window = shown(qtbot, still)
    window.go("runs")
    before = window.pages["runs"]
    with qtbot.waitSignal(before.destroyed):
        still.preferences.edit(language="zh_CN")
    assert window.page == "runs"
    assert window.pages["runs"] is not before
    assert still.run.is_live
    assert window.rail.item("train").look.state == "running"


def test_switching_the_look_holds_at_once(qtbot: QtBot, still: Models) -> None:
    window = shown(qtbot, still)
    still.preferences.edit(theme="dark")
    assert theme.current() is theme.DARK
    assert window.grab().toImage().pixelColor(600, 500).name().upper() == theme.DARK.background


def test_an_idle_window_closes_at_once(qtbot: QtBot, live: Models) -> None:
    window = shown(qtbot, live)
    with qtbot.waitSignal(window.closed):
        window.close()


def test_a_window_with_short_work_closes_when_that_has_ended(qtbot: QtBot, live: Models) -> None:
    window = shown(qtbot, live)
    live.experiment.set(samples.EXPERIMENT)
    qtbot.waitUntil(lambda: live.target_data.progress is not None)
    with qtbot.waitSignal(window.closed):
        assert not window.close()
    assert live.run.state == "idle"


def test_closing_during_a_run_asks_first(qtbot: QtBot, live: Models) -> None:
    window = running(qtbot, live)
    assert not window.close()
    press(dialog(window), "Go on")
    assert live.run.state == "running"
    with qtbot.waitSignal(live.run.ended):
        live.run.stop_and_keep()


def test_closing_twice_asks_once(qtbot: QtBot, live: Models) -> None:
    window = running(qtbot, live)
    window.close()
    window.close()
    with qtbot.waitSignal(window.closed):
        press(dialog(window), "Stop and close")


def test_a_run_is_stopped_and_kept_before_the_window_closes(qtbot: QtBot, live: Models) -> None:
    window = running(qtbot, live)
    window.close()
    with qtbot.waitSignal(window.closed):
        press(dialog(window), "Stop and close")
        assert live.run.state == "stopping"
    assert live.run.result is not None
    assert not any(worker.isRunning() for worker in live.workers())


def test_a_study_is_stopped_and_kept_before_the_window_closes(
    qtbot: QtBot, live: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(asked: Study, stop: StopToken, _home: Home) -> Iterator[Event]:
        yield from studies.begun(asked.study, done=1)
        while not stop.requested():
            pass

    quick = create_autospec(session.foresee_study, return_value=iter([studies.foreseen(studies.GAIN)]))
    monkeypatch.setattr(session, "foresee_study", quick)
    monkeypatch.setattr(session, "study", create_autospec(session.study, side_effect=endless))
    window = shown(qtbot, live)
    live.study.prepare(studies.study(studies.GAIN))
    live.study.start()
    qtbot.waitUntil(lambda: live.study.done == 1)
    window.close()
    with qtbot.waitSignal(window.closed):
        press(dialog(window), "Stop and close")
        assert live.study.state == "stopping"
    assert live.study.state == "stopped"


def test_a_study_that_ends_while_it_is_asked_about_closes_the_question_and_the_window(
    qtbot: QtBot, live: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()

    def ending(asked: Study, _stop: StopToken, _home: Home) -> Iterator[Event]:
        yield from studies.begun(asked.study, done=1)
        gate.wait(10)
        yield studies.ended(asked.study)

    quick = create_autospec(session.foresee_study, return_value=iter([studies.foreseen(studies.GAIN)]))
    monkeypatch.setattr(session, "foresee_study", quick)
    monkeypatch.setattr(session, "study", create_autospec(session.study, side_effect=ending))
    window = shown(qtbot, live)
    live.study.prepare(studies.study(studies.GAIN))
    live.study.start()
    qtbot.waitUntil(lambda: live.study.done == 1)
    window.close()
    asked = dialog(window)
    with qtbot.waitSignals([asked.rejected, window.closed]):
        gate.set()
    assert live.study.state == "finished"
    assert not window.isVisible()


def test_a_window_that_waits_too_long_says_so_and_closes_later(
    qtbot: QtBot, live: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()

    def stubborn(_experiment: Experiment, _stop: StopToken, _home: Home) -> Iterator[Event]:
        yield from samples.running(2)
        gate.wait()

    monkeypatch.setattr("kt_gui.session.run", stubborn, raising=False)
    window = running(qtbot, live)
    window.set_patience(1)
    window.close()
    press(dialog(window), "Stop and close")
    qtbot.waitUntil(lambda: any(each.title.text() == "Still at work" for each in window.findChildren(Dialog)))
    assert window.isVisible()
    with qtbot.waitSignal(window.closed):
        gate.set()


def test_a_file_that_cannot_be_opened_is_told_with_what_to_do(qtbot: QtBot, still: Models, tmp_path: Path) -> None:
    window = shown(qtbot, still)
    window.open_file(tmp_path / "missing.toml")
    shown_failure = dialog(window)
    assert isinstance(shown_failure, FailureDialog)
    assert "missing.toml" in shown_failure.title.text()
    assert shown_failure.text.text()


def test_an_experiment_file_opens(qtbot: QtBot, still: Models, tmp_path: Path) -> None:
    from kt_gui.schema.codec import dump_experiment

    file = tmp_path / "mine.toml"
    file.write_text(dump_experiment(samples.EXPERIMENT), encoding="utf-8")
    window = shown(qtbot, still)
    window.open_file(file)
    assert still.experiment.experiment == samples.EXPERIMENT
    assert window.page == "source"


def test_the_status_bar_tells_of_a_study_and_leads_to_it(qtbot: QtBot, still: Models) -> None:
    window = shown(qtbot, still)
    assert not window.status.study.isVisible()
    studying.show_studying(still)
    assert window.status.study.isVisible()
    assert window.status.study.text() == "Study 42 % · 2 min"
    qtbot.mouseClick(window.status.study, Qt.MouseButton.LeftButton)
    assert window.page == "studies"
    still.study.apply([studies.ended(studies.LAMBDA)])
    assert not window.status.study.isVisible()


def test_a_run_and_a_study_are_told_side_by_side(qtbot: QtBot, still: Models) -> None:
    window = shown(qtbot, still)
    scenes.show_running(still)
    still.study.study = studies.study(studies.GAIN)
    still.study.apply(studies.begun(studies.GAIN, 0)[:1])
    assert window.status.job.isVisible()
    assert window.status.study.text() == "Study 0 %"
    qtbot.mouseClick(window.status.job, Qt.MouseButton.LeftButton)
    assert window.page == "train"
