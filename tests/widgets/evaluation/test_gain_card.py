import msgspec
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kt_gui import samples, scenes
from kt_gui.bridge.models import Models
from kt_gui.samples import evaluation, studies
from kt_gui.schema.experiment import Scratch
from kt_gui.schema.gains import GainKnown
from kt_gui.schema.study_answers import GainVerdict
from kt_gui.widgets import theme
from kt_gui.widgets.evaluation.gain_card import GainCard


@pytest.fixture
def models(qapp: QApplication) -> Models:
    theme.apply(qapp, "light")
    made = scenes.sample_models()
    scenes.show_finished(made)
    return made


@pytest.fixture
def card(qtbot: QtBot, models: Models) -> GainCard:
    made = GainCard(models)
    qtbot.addWidget(made)
    made.show()
    return made


def known(*, is_harmful: bool = False) -> GainKnown:
    verdict = studies.verdict(studies.GAIN, is_harmful=is_harmful)
    assert isinstance(verdict, GainVerdict)
    return GainKnown(run=evaluation.RUN, study=studies.FOLDER, name="emoji", verdict=verdict)


def test_what_a_study_has_found_is_said_with_its_interval(models: Models, card: GainCard) -> None:
    models.gain.apply([known()])
    assert card.sentence.text().startswith("+8.0 points against the same network from scratch (95 % interval +6.9 to ")
    assert "Transfer helps, by the study “emoji”. The interval covers seeds" in card.about.text()
    assert "are after it: −23.6 points" in card.about.text()
    assert [row.token for row in card.chart.rows] == ["good"]
    assert not card.harm.isVisible()
    assert card.ask.text() == "Ask again"


def test_negative_transfer_is_red_with_what_to_try(models: Models, card: GainCard) -> None:
    models.gain.apply([known(is_harmful=True)])
    assert card.sentence.text().startswith("−4.6 points")
    assert card.harm.isVisible()
    assert card.harm.property("tone") == "bad"
    assert "Lower the learning rate" in card.harm.remedy.text()
    assert [row.token for row in card.chart.rows] == ["bad"]


def test_an_interval_that_holds_zero_is_neither(models: Models, card: GainCard) -> None:
    told = known()
    assert told.verdict is not None
    models.gain.apply(
        [msgspec.structs.replace(told, verdict=msgspec.structs.replace(told.verdict, outcome="undecided"))]
    )
    assert [row.token for row in card.chart.rows] == ["accent"]
    assert not card.harm.isVisible()


def test_without_a_study_one_is_offered(qtbot: QtBot, models: Models, card: GainCard) -> None:
    assert card.unknown.text().startswith("Not measured yet")
    assert not card.open.isVisible()
    assert card.ask.text() == "Does it help?"
    with qtbot.waitSignal(models.gain.asked):
        card.ask.click()


def test_while_a_study_goes_on_none_can_be_begun(models: Models, card: GainCard) -> None:
    models.study.apply(studies.begun(studies.GAIN, 3))
    assert not card.ask.isEnabled()
    assert card.ask.toolTip() == "A study is going on. Stop it first."


def test_from_scratch_there_is_nothing_to_tell(models: Models, card: GainCard) -> None:
    models.run.experiment = msgspec.structs.replace(samples.EXPERIMENT, source=Scratch(network="small_cnn"))
    models.run.changed.emit()
    assert not card.isVisible()
