from unittest.mock import create_autospec

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from kt_gui import samples
from kt_gui.bridge.models import Models
from kt_gui.bridge.network_model import NetworkModel
from kt_gui.bridge.rate_model import RateModel
from kt_gui.bridge.run_model import RunModel
from kt_gui.pages.transfer import TransferPage, bare
from kt_gui.samples import rates
from kt_gui.schema.choices import AdamW, Features, FromBlock, Gradual
from kt_gui.schema.events import Problem
from kt_gui.schema.experiment import Experiment, Pretrain, Scratch
from kt_gui.schema.texts import Message
from kt_gui.widgets.rates.dialog import RateDialog


def shown(qtbot: QtBot, models: Models) -> TransferPage:
    page = TransferPage(models)
    qtbot.addWidget(page)
    page.resize(1080, 688)
    with qtbot.waitExposed(page):
        page.show()
    return page


def click(qtbot: QtBot, button: QAbstractButton) -> None:
    assert button.isVisible()
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.fixture
def ready(done: Models) -> Models:
    """An experiment whose data and network are known; no run goes on."""
    return done


def test_the_page_shows_the_experiment(qtbot: QtBot, ready: Models) -> None:
    page = shown(qtbot, ready)
    assert page.ladder.chip.text() == "from block2"
    assert page.dial.strength == samples.EXPERIMENT.transfer.strength
    assert page.training.fold("Optimiser").summary.text().startswith("SGD")
    assert page.training.fold("Early stopping").summary.text() == "after 10 epochs without a better one"
    assert page.rehearsal.chip.text() == "Fits"
    assert "40 s to 55 s in all" in page.rehearsal.words.text()


def test_the_ladder_and_the_dial_change_the_experiment(qtbot: QtBot, ready: Models) -> None:
    page = shown(qtbot, ready)
    qtbot.keyClick(page.ladder.rungs, Qt.Key.Key_Down)
    assert ready.experiment.experiment.transfer.freezing == FromBlock(block="block3")
    click(qtbot, page.ladder.presets[Gradual])
    assert ready.experiment.experiment.transfer.freezing == Gradual()
    qtbot.keyClick(page.dial.slider, Qt.Key.Key_Home)
    assert ready.experiment.experiment.transfer.strength == 0.0
    assert page.ladder.chip.text() == "gradual"


def test_where_only_a_new_head_learns_the_dial_says_that_it_holds_nothing(qtbot: QtBot, ready: Models) -> None:
    page = shown(qtbot, ready)
    regularisation = page.regularisation.fold("Regularisation").summary
    ready.experiment.edit("transfer.freezing", Features())
    assert not page.dial.slider.isEnabled()
    assert not page.dial.edit.isEnabled()
    assert page.dial.alpha.text() == "Only a new head learns: β holds it, not λ."
    assert "β" in page.dial.formula.text()
    assert "β/2" in page.dial.search.toolTip()
    assert regularisation.text() == "β 0.01 holds the new head"
    assert page.dial.strength == ready.experiment.experiment.transfer.strength, "λ is kept for what learns more"
    ready.experiment.edit("transfer.keep_head", True)
    assert page.dial.slider.isEnabled(), "the old head is held"
    ready.experiment.edit("transfer.keep_head", False)
    ready.experiment.edit("transfer.freezing", Gradual())
    assert page.dial.slider.isEnabled()
    assert page.dial.alpha.text().startswith("α")
    assert regularisation.text() == "β 0.01, λ holds everything"


def test_forms_open_in_place_and_change_the_experiment(qtbot: QtBot, ready: Models) -> None:
    page = shown(qtbot, ready)
    click(qtbot, page.training.fold("Optimiser").button)
    adamw = next(each for each in page.training.findChildren(QAbstractButton) if each.text() == "AdamW")
    click(qtbot, adamw)
    assert ready.experiment.experiment.training.optimiser == AdamW()
    page.regularisation.fold("Regularisation").button.click()
    beta = page.regularisation.control("beta")
    qtbot.keyClick(beta, Qt.Key.Key_Up)
    assert ready.experiment.experiment.transfer.beta > samples.EXPERIMENT.transfer.beta


def test_the_choice_of_batch_norm_is_drawn_in_the_ladder(qtbot: QtBot, ready: Models) -> None:
    page = shown(qtbot, ready)
    ready.experiment.edit("transfer.batch_norm", "eval")
    assert page.ladder.rungs.describe_row(2) == "batch norm keeps the source's statistics"


def test_a_change_makes_the_dry_run_stale(qtbot: QtBot, ready: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Experiment] = []
    monkeypatch.setattr(NetworkModel, "rehearse", lambda _self, experiment: asked.append(experiment))
    page = shown(qtbot, ready)
    click(qtbot, page.rehearsal.rehearse)
    assert asked == [samples.EXPERIMENT]
    page.write_state()
    assert page.rehearsal.chip.text() == "Fits"
    ready.experiment.edit("training.batch_size", 64)
    assert page.rehearsal.chip.text() == "Before your last change"


def test_what_does_not_fit_is_said_and_taken_in_parts_on_demand(
    qtbot: QtBot, ready: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Experiment] = []
    monkeypatch.setattr(NetworkModel, "rehearse", lambda _self, experiment: asked.append(experiment))
    page = shown(qtbot, ready)
    assert not page.rehearsal.divide.isVisible()
    ready.network.apply([msgspec.structs.replace(samples.REHEARSED, fits=False, largest_batch=9, parts=4)])
    assert page.rehearsal.chip.text() == "Too large"
    assert "9 pictures fit at once" in page.rehearsal.words.text()
    assert page.rehearsal.divide.text() == "Take each batch in 4 parts"
    click(qtbot, page.rehearsal.divide)
    experiment = ready.experiment.experiment
    assert isinstance(experiment.source, Pretrain)
    assert (experiment.training.accumulation, experiment.source.training.accumulation) == (4, 4)
    assert asked == [experiment]


def test_where_not_even_one_picture_fits_nothing_is_offered(qtbot: QtBot, ready: Models) -> None:
    page = shown(qtbot, ready)
    ready.network.apply([msgspec.structs.replace(samples.REHEARSED, fits=False, largest_batch=0)])
    assert "smaller pictures" in page.rehearsal.words.text()
    assert not page.rehearsal.divide.isVisible()


def test_start_begins_the_run_and_goes_to_it(qtbot: QtBot, ready: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Experiment] = []
    monkeypatch.setattr(RunModel, "start", lambda _self, experiment: started.append(experiment))
    page = shown(qtbot, ready)
    with qtbot.waitSignal(page.wanted) as told:
        click(qtbot, page.rehearsal.start)
    assert told.args == ["train"]
    assert started == [samples.EXPERIMENT]


def test_where_there_are_several_devices_a_run_may_begin_on_all(
    qtbot: QtBot, ready: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[Experiment, int]] = []
    monkeypatch.setattr(RunModel, "start", lambda _self, *asked: started.append(asked))
    page = shown(qtbot, ready)
    assert not page.rehearsal.start_on_all.isVisible()
    ready.machine.accelerators = 4
    ready.machine.changed.emit()
    assert page.rehearsal.start_on_all.text() == "Start on all 4 devices"
    with qtbot.waitSignal(page.wanted) as told:
        click(qtbot, page.rehearsal.start_on_all)
    assert told.args == ["train"]
    assert started == [(samples.EXPERIMENT, 4)]


def test_start_is_disabled_with_the_reason_beside_it(qtbot: QtBot, ready: Models) -> None:
    page = shown(qtbot, ready)
    problem = Problem(
        message=Message("Class moth has 1 picture; at least 5 are needed."), remedy=Message("Add some."), blocking=True
    )
    ready.target_data.apply([msgspec.structs.replace(samples.survey("Noto"), problems=(problem,))])
    assert not page.rehearsal.start.isEnabled()
    assert page.rehearsal.reason.isVisible()
    assert page.rehearsal.reason.text() == "Class moth has 1 picture; at least 5 are needed."


def test_no_second_run_starts_beside_a_running_one(qtbot: QtBot, models: Models) -> None:
    page = shown(qtbot, models)
    assert not page.rehearsal.start.isEnabled()
    assert page.rehearsal.reason.text() == "A run is going on. Stop it first."


def test_before_anything_is_known_the_ladder_says_what_is_missing(qtbot: QtBot, empty: Models) -> None:
    page = shown(qtbot, empty)
    assert page.ladder.wrong.isVisible()
    assert page.ladder.wrong.text() == page.rehearsal.reason.text()
    assert not page.ladder.rungs.isVisible()


def test_from_scratch_nothing_is_held(qtbot: QtBot, ready: Models) -> None:
    page = shown(qtbot, ready)
    ready.experiment.edit("source", Scratch(network="small_cnn"))
    assert page.scratch.isVisible()
    assert not page.ladder.isEnabled()
    assert not page.dial.isEnabled()


def test_the_network_is_not_described_anew_for_what_does_not_change_it(
    qtbot: QtBot, ready: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Experiment] = []
    monkeypatch.setattr(NetworkModel, "describe", lambda _self, experiment: asked.append(experiment))
    page = shown(qtbot, ready)
    ready.experiment.edit("transfer.freezing", Features())
    ready.experiment.edit("transfer.strength", 0.5)
    ready.experiment.edit("training.epochs", 3)
    ready.experiment.edit("source.training.epochs", 3)
    assert page.isVisible()
    assert set(map(str, asked)) == {str(bare(samples.EXPERIMENT))}
    ready.experiment.edit("source.network", "resnet18_cifar")
    assert asked[-1] != asked[0]


def test_a_learning_rate_is_found_and_filled_in(qtbot: QtBot, ready: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = create_autospec(RateModel.ask)
    monkeypatch.setattr(RateModel, "ask", ask)
    page = shown(qtbot, ready)
    click(qtbot, page.find_rate)
    ask.assert_called_once_with(ready.rates, samples.EXPERIMENT)
    dialog = page.window().findChild(RateDialog)
    assert dialog is not None
    ready.rates.apply(list(rates.FOUND))
    click(qtbot, dialog.use)
    assert ready.experiment.experiment.training.optimiser.learning_rate == 0.0045
    assert ready.experiment.experiment.training.optimiser.momentum == 0.9


def test_no_learning_rate_is_looked_for_while_a_run_goes_on(qtbot: QtBot, ready: Models) -> None:
    page = shown(qtbot, ready)
    ready.run.state = "running"
    ready.run.changed.emit()
    assert not page.find_rate.isEnabled()
    assert "A run is going on" in page.find_rate.toolTip()
