from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QPushButton
from pytestqt.qtbot import QtBot

from kt_gui import samples
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models
from kt_gui.bridge.run_model import RunModel
from kt_gui.pages.train import TrainPage
from kt_gui.schema.events import CheckpointSaved, EpochEnded, Noticed, Progressed, RunStarted
from kt_gui.schema.experiment import EarlierRun, Experiment
from kt_gui.schema.texts import Message


def shown(qtbot: QtBot, models: Models) -> TrainPage:
    page = TrainPage(models)
    qtbot.addWidget(page)
    page.resize(1080, 688)
    with qtbot.waitExposed(page):
        page.show()
    qtbot.waitUntil(lambda: len(page.curves.charts) == 2)
    return page


def click(qtbot: QtBot, button: QAbstractButton) -> None:
    assert button.isVisible()
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def button(page: TrainPage, text: str) -> QPushButton:
    found = [each for each in page.findChildren(QPushButton) if each.text() == text and each.isVisible()]
    assert len(found) == 1, text
    return found[0]


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def begun(models: Models, experiment: Experiment = samples.EXPERIMENT) -> RunModel:
    """The run as it is right after Start."""
    models.run.experiment = experiment
    models.run.apply([RunStarted(run="1f3a", name="emoji", folder="/runs/emoji")])
    return models.run


def calls(monkeypatch: pytest.MonkeyPatch, model: object, *names: str) -> list[str]:
    """What is asked of a model, by name."""
    made: list[str] = []
    for name in names:
        monkeypatch.setattr(type(model), name, lambda _self, *_given, name=name: made.append(name))
    return made


def test_without_a_run_one_sentence_and_one_button_lead_on(qtbot: QtBot, empty: Models) -> None:
    page = TrainPage(empty)
    qtbot.addWidget(page)
    page.show()
    with qtbot.waitSignal(page.wanted) as told:
        click(qtbot, page.empty.button)
    assert told.args == ["transfer"]


def test_figures_of_the_last_epoch_stand_over_the_charts(qtbot: QtBot, models: Models) -> None:
    page = shown(qtbot, models)
    tiles = page.tiles
    assert plain(tiles.accuracy._figure.text()) == "72.4 %"
    assert plain(tiles.accuracy._note.text()) == "best 73.1 % at epoch 14"
    assert tiles.loss._figure.text() == "0.40 + 0.07"
    assert plain(tiles.moving._figure.text()) == "80 k of 85 k"
    assert tiles.moving._note.text() == "parameters, from block2"
    assert tiles.plateau._figure.text() == "3 of 10"
    assert page.strength.text() == "λ = 0.005"
    assert page.loss_words.text() == "cross-entropy 86 % · λ‖θ′−θ‖² 14 %"
    assert page.bars.accessibleDescription().startswith("stem: unchanged; block1: unchanged; block2: 0.0")


def test_curves_grow_with_the_events(qtbot: QtBot, empty: Models) -> None:
    run, page = begun(empty), shown(qtbot, empty)
    events = samples.running(6)
    run.apply(events[:100])
    first = len(page.curves.charts[0].train.getData()[0])
    run.apply(events[100:])
    assert len(page.curves.charts[0].train.getData()[0]) > first
    assert page.curves.charts[0].handover.isVisible()


def test_a_phase_is_named_before_the_first_epoch(qtbot: QtBot, empty: Models) -> None:
    run, page = begun(empty), shown(qtbot, empty)
    run.apply([Progressed(activity="reading", done=340, total=850)])
    assert page.bar.heading._title.text() == "Reading pictures"
    assert page.bar.bar.isVisible()
    assert page.bar.bar.value == pytest.approx(0.4)


def test_pretraining_has_nothing_to_move_away_from(qtbot: QtBot, empty: Models) -> None:
    run, page = begun(empty), shown(qtbot, empty)
    run.apply(samples.running()[1:100])
    assert page.still.isVisible()
    assert page.strength.text() == ""
    assert page.tiles.loss._note.text() == "cross-entropy"


def test_pause_and_go_on_change_places(qtbot: QtBot, models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = calls(monkeypatch, models.run, "pause", "go_on")
    page = shown(qtbot, models)
    click(qtbot, page.bar.pause)
    models.run.state = "paused"
    models.run.changed.emit()
    assert not page.bar.pause.isVisible()
    click(qtbot, page.bar.go_on)
    assert asked == ["pause", "go_on"]


def test_stop_keeps_the_best_at_once(qtbot: QtBot, models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = calls(monkeypatch, models.run, "stop_and_keep")
    page = shown(qtbot, models)
    click(qtbot, page.bar.keep)
    assert asked == ["stop_and_keep"]
    models.run.state = "stopping"
    models.run.changed.emit()
    assert not page.bar.keep.isEnabled()
    assert not page.bar.discard.isEnabled()


def question(page: TrainPage) -> QDialog:
    return next(each for each in page.window().findChildren(QDialog) if each.isVisible())


def test_discarding_asks_first(qtbot: QtBot, models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = calls(monkeypatch, models.run, "cancel_and_discard")
    page = shown(qtbot, models)
    click(qtbot, page.bar.discard)
    refuse = next(each for each in question(page).findChildren(QPushButton) if each.text() == "Go on")
    click(qtbot, refuse)
    assert asked == []
    QApplication.processEvents()
    click(qtbot, page.bar.discard)
    accept = next(each for each in question(page).findChildren(QPushButton) if each.text() == "Cancel and discard")
    click(qtbot, accept)
    assert asked == ["cancel_and_discard"]


def test_the_question_goes_when_the_run_ends_meanwhile(qtbot: QtBot, models: Models) -> None:
    page = shown(qtbot, models)
    click(qtbot, page.bar.discard)
    models.run.apply(samples.finished()[-1:])
    assert not any(each.isVisible() for each in page.window().findChildren(QDialog))


def test_the_end_says_what_was_reached_and_leads_on(
    qtbot: QtBot, done: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    page = shown(qtbot, done)
    strip = page.notices.strip
    assert strip is not None
    assert "test pictures are right (95 % interval" in plain(strip.text.text())
    click(qtbot, page.bar.open_folder)
    assert opened == [QUrl.fromLocalFile(done.run.folder)]
    with qtbot.waitSignal(page.wanted) as told:
        click(qtbot, page.bar.evaluate)
    assert told.args == ["evaluate"]
    with qtbot.waitSignal(page.wanted) as told:
        click(qtbot, page.bar.use)
    assert told.args == ["source"]
    assert done.experiment.experiment.source == EarlierRun(run=done.run.folder)


def fail(models: Models, kind: str) -> None:
    models.run.fail(Failure(kind, "It does not fit.", "Take less.", "a long report"))  # type: ignore[arg-type]


def test_a_failed_run_keeps_its_curves_and_says_what_to_do(qtbot: QtBot, models: Models) -> None:
    page = shown(qtbot, models)
    fail(models, "user")
    strip = page.notices.strip
    assert strip is not None
    assert (strip.text.text(), strip.remedy.text()) == ("It does not fit.", "Take less.")
    assert len(page.curves.charts[0].train.getData()[0]) > 30
    with qtbot.waitSignal(page.wanted) as told:
        click(qtbot, button(page, "Change settings"))
    assert told.args == ["transfer"]
    click(qtbot, button(page, "Details"))
    assert question(page).isVisible()


def test_out_of_memory_offers_the_same_batch_in_parts(
    qtbot: QtBot, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Experiment] = []
    monkeypatch.setattr(RunModel, "start", lambda _self, experiment: started.append(experiment))
    models.run.experiment = samples.EXPERIMENT
    page = shown(qtbot, models)
    fail(models, "memory")
    click(qtbot, button(page, "Retry with batch 32 in 2 parts"))
    assert (started[0].training.batch_size, started[0].training.accumulation) == (32, 2)
    assert models.experiment.experiment == started[0]


def test_a_batch_of_one_cannot_be_taken_in_parts(qtbot: QtBot, models: Models) -> None:
    training = msgspec.structs.replace(samples.EXPERIMENT.training, batch_size=1)
    source = msgspec.structs.replace(samples.EXPERIMENT.source, training=training)
    models.run.experiment = msgspec.structs.replace(samples.EXPERIMENT, training=training, source=source)
    page = shown(qtbot, models)
    fail(models, "memory")
    assert not any(each.text().startswith("Retry") for each in page.findChildren(QPushButton))


@pytest.mark.parametrize(("text", "verb"), [("Resume", "resume"), ("Keep best", "keep_best")])
def test_an_interrupted_run_can_be_resumed_or_ended_with_its_best(
    qtbot: QtBot, models: Models, monkeypatch: pytest.MonkeyPatch, text: str, verb: str
) -> None:
    asked: list[Path] = []
    monkeypatch.setattr(RunModel, verb, lambda _self, folder: asked.append(folder))
    page = shown(qtbot, models)
    models.run.state = "interrupted"
    models.run.changed.emit()
    click(qtbot, button(page, text))
    assert asked == [Path(models.run.folder)]


def test_a_warning_is_shown_until_it_is_hidden(qtbot: QtBot, models: Models) -> None:
    page = shown(qtbot, models)
    models.run.apply([Noticed(level="warning", message=Message("Half of the pictures are alike."), details=("a", "b"))])
    strip = page.notices.strip
    assert strip is not None
    assert strip.text.text() == "Half of the pictures are alike."
    click(qtbot, button(page, "Hide"))
    assert not page.notices.isVisible()
    models.run.changed.emit()
    assert not page.notices.isVisible()
    models.run.apply([Noticed(level="warning", message=Message("Another one."))])
    assert page.notices.isVisible()


def test_a_loss_that_is_not_finite_is_shown_as_such(qtbot: QtBot, models: Models) -> None:
    page = shown(qtbot, models)
    last = next(event for event in reversed(samples.running(18)) if isinstance(event, EpochEnded))
    broken = msgspec.structs.replace(last, train_loss=None, validation_loss=None, penalty=None)
    models.run.apply([broken])
    assert page.tiles.loss._figure.text() == "not finite + not finite"


def test_event_by_event_or_all_at_once_the_curves_are_the_same(qtbot: QtBot, empty: Models) -> None:
    run, page = begun(empty), shown(qtbot, empty)
    for event in samples.finished():
        run.apply([event])
    live = page.curves.charts[0].validation.getData()[1].tolist()
    run.clear()
    begun(empty).apply(samples.finished())
    replayed = page.curves.charts[0].validation.getData()[1].tolist()
    assert len(live) > 40
    assert str(replayed) == str(live)  # as text, for gaps are NaN


@pytest.mark.parametrize("is_saved", [True, False])
def test_a_failed_run_can_be_resumed_where_something_was_saved(qtbot: QtBot, models: Models, is_saved: bool) -> None:
    page = shown(qtbot, models)
    saved = CheckpointSaved(phase="finetuning", which="last", epoch=0, path="/runs/emoji/last")
    models.run.checkpoints = {"last": saved} if is_saved else {}
    fail(models, "user")
    texts = [each.text() for each in page.notices.findChildren(QPushButton) if each.isVisibleTo(page)]
    assert ("Resume" in texts) is is_saved
    assert "Change settings" in texts
