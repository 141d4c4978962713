"""Advice on Transfer and after a ranking, diagnosis on Train and in the verdict: what a person sees and clicks."""

from pathlib import Path
from unittest.mock import create_autospec

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from kt_gui import samples, scenes
from kt_gui.bridge import curing
from kt_gui.bridge.models import Models
from kt_gui.bridge.study_model import StudyModel
from kt_gui.pages.evaluate import EvaluatePage
from kt_gui.pages.studies import StudiesPage
from kt_gui.pages.train import TrainPage
from kt_gui.pages.transfer import TransferPage
from kt_gui.samples import advice, diagnoses, ranking, studies
from kt_gui.scenes import preparing
from kt_gui.schema.advice import Known
from kt_gui.schema.choices import Features
from kt_gui.schema.diagnoses import Diagnosed
from kt_gui.schema.experiment import Zoo
from kt_gui.schema.studies import LambdaSearch
from kt_gui.widgets.advice import AdviceCard, Origin
from kt_gui.widgets.studies.ranking_view import RankingView


def show(qtbot: QtBot, page: QWidget) -> None:
    qtbot.addWidget(page)
    page.resize(1080, 688)
    with qtbot.waitExposed(page):
        page.show()


def click(qtbot: QtBot, button: QAbstractButton) -> None:
    assert button.isVisible()
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def button(parent: QWidget, text: str) -> QPushButton:
    (found,) = (each for each in parent.findChildren(QPushButton) if each.text() == text and each.isVisible())
    return found


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture
def page(qtbot: QtBot, empty: Models) -> TransferPage:
    preparing.show_advised(empty)
    made = TransferPage(empty)
    show(qtbot, made)
    return made


def ranked_page(qtbot: QtBot, models: Models, known: Known) -> tuple[StudiesPage, AdviceCard]:
    scenes.show_begun(models)
    models.ranking.ask(models.experiment.experiment)
    models.ranking.apply([ranking.ranked()])
    models.advice.show(models.experiment.experiment, known)
    made = StudiesPage(models)
    show(qtbot, made)
    assert isinstance(made.ranking, RankingView)
    return made, made.ranking.advice


# --- before a run ----------------------------------------------------------------------------------------------------


def test_the_card_says_one_sentence_and_where_its_parts_come_from(page: TransferPage) -> None:
    said = plain(page.advice.sentence.text())
    assert said.startswith("Use bundled/efficientnet_lite0, from block2, λ = 0.0316: expected ")
    links = [each.text() for each in page.advice.findChildren(QPushButton) if each.property("kind") == "link"]
    assert links.count("ranking") == 1
    assert links.count("study emoji lambda") == 1, "both of its parts stand before it"


def test_the_keyboard_comes_to_the_origins_before_the_buttons_and_before_the_dial(page: TransferPage) -> None:
    origins = [button(page.advice, "ranking"), button(page.advice, "study emoji lambda")]
    order, after = [], page.ladder.rungs.nextInFocusChain()
    while after is not None and after is not page.dial.slider:
        order += [after] if page.advice.isAncestorOf(after) and after.focusPolicy() & Qt.FocusPolicy.TabFocus else []
        after = after.nextInFocusChain()
        assert after is not page.ladder.rungs
    assert order == [*origins, page.advice.ask, page.advice.use]


def test_a_study_with_a_long_name_makes_no_window_wider(qtbot: QtBot, empty: Models) -> None:
    preparing.show_advised(empty)
    experiment, name = empty.experiment.experiment, "pets of the whole neighbourhood, at night, second attempt, lambda"
    known = advice.known(studies.LAMBDA, experiment=experiment)
    called = msgspec.structs.replace(known, studies=(msgspec.structs.replace(known.studies[0], name=name),))
    empty.advice.show(experiment, called)
    page = TransferPage(empty)
    show(qtbot, page)
    assert page.minimumSizeHint().width() <= 1080
    (origin,) = (each for each in page.advice.findChildren(Origin) if name in each.toolTip())
    assert "…" in origin.text()


def test_using_it_fills_the_experiment_and_says_so(qtbot: QtBot, empty: Models, page: TransferPage) -> None:
    click(qtbot, button(page, "Use it"))
    assert empty.experiment.experiment.transfer.strength == pytest.approx(0.0316)
    assert page.advice.chip.isVisible()
    assert not page.advice.use.isVisible()
    assert page.dial.strength == pytest.approx(0.0316)


def test_a_part_opens_its_study(
    qtbot: QtBot, empty: Models, page: TransferPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    replay = create_autospec(StudyModel.replay)
    monkeypatch.setattr(StudyModel, "replay", replay)
    record = studies.records(1)[0]
    read = create_autospec(curing.read_record, return_value=record)
    monkeypatch.setattr(curing, "read_record", read)
    with qtbot.waitSignal(page.wanted) as wanted:
        click(qtbot, next(each for each in page.findChildren(QPushButton) if each.text() == "study emoji lambda"))
    assert wanted.args == ["studies"]
    read.assert_called_once_with(Path("/studies/lambda"))
    replay.assert_called_once_with(empty.study, record)


def test_a_study_that_has_gone_is_told(qtbot: QtBot, page: TransferPage) -> None:
    click(qtbot, next(each for each in page.findChildren(QPushButton) if each.text() == "study emoji lambda"))
    (dialog,) = page.findChildren(QDialog)
    assert dialog.isVisible()
    dialog.close()


def test_the_ranking_it_rests_on_is_opened(qtbot: QtBot, empty: Models, page: TransferPage) -> None:
    with qtbot.waitSignal(page.wanted) as wanted:
        click(qtbot, button(page.advice, "ranking"))
    assert wanted.args == ["studies"]
    assert empty.ranking.ranked is not None
    assert empty.advice.advice(empty.experiment.experiment) is not None


def test_what_is_not_known_yet_is_one_click_away(qtbot: QtBot, empty: Models) -> None:
    scenes.show_begun(empty)
    empty.experiment.edit("source", Zoo(model="bundled/efficientnet_lite0"))
    empty.advice.show(empty.experiment.experiment, advice.known())
    made = TransferPage(empty)
    show(qtbot, made)
    with qtbot.waitSignal(made.wanted):
        click(qtbot, button(made.advice, "Find λ"))
    assert empty.study.study is not None
    assert isinstance(empty.study.study.study, LambdaSearch)
    assert empty.study.study.experiment.transfer.freezing == Features()


def test_where_nothing_was_measured_the_ranking_is_all_there_is_to_ask(qtbot: QtBot, empty: Models) -> None:
    preparing.show_unadvised(empty)
    made = TransferPage(empty)
    show(qtbot, made)
    assert "Nothing was measured" in made.advice.sentence.text()
    assert not made.advice.use.isVisible()
    with qtbot.waitSignal(made.wanted):
        click(qtbot, button(made.advice, "Which source?"))
    assert empty.ranking.experiment == empty.experiment.experiment


def test_while_a_study_goes_on_nothing_else_is_asked(qtbot: QtBot, empty: Models, page: TransferPage) -> None:
    empty.study.study = studies.study(studies.LAMBDA)
    empty.study.apply(studies.begun(studies.LAMBDA, 3))
    assert not page.advice.ask.isEnabled()
    assert page.advice.ask.toolTip()


def test_without_knowledge_there_is_no_card(qtbot: QtBot, done: Models) -> None:
    made = TransferPage(done)
    show(qtbot, made)
    assert not made.advice.isVisible()


def test_a_ranking_ends_with_what_studies_tell_to_do(qtbot: QtBot, empty: Models) -> None:
    best = ranking.ranked().standings[0].source
    experiment = msgspec.structs.replace(samples.EXPERIMENT, source=best)
    made, card = ranked_page(qtbot, empty, advice.known(studies.LAMBDA, experiment=experiment))
    assert "λ = 0.0316" in plain(card.sentence.text())
    with qtbot.waitSignal(made.wanted) as wanted:
        click(qtbot, card.use)
    assert wanted.args == ["transfer"]
    assert empty.experiment.experiment.source == best
    assert not empty.ranking.is_open


def test_what_the_ranking_says_itself_is_not_said_twice(qtbot: QtBot, empty: Models) -> None:
    _, card = ranked_page(qtbot, empty, advice.known())
    assert not card.isVisible()


# --- after a run -----------------------------------------------------------------------------------------------------


def test_a_finding_stands_on_train_with_one_button(qtbot: QtBot, done: Models) -> None:
    made = TrainPage(done)
    show(qtbot, made)
    assert not made.diagnosis.isVisible()
    done.diagnosis.apply([diagnoses.run_away()])
    with qtbot.waitSignal(made.wanted) as wanted:
        click(qtbot, button(made.diagnosis, "Try a learning rate of 0.001"))
    assert wanted.args == ["transfer"]
    assert done.experiment.experiment.training.optimiser.learning_rate == pytest.approx(0.001)


def test_where_nothing_stands_out_train_is_quiet_and_the_verdict_says_so(qtbot: QtBot, done: Models) -> None:
    train, evaluate = TrainPage(done), EvaluatePage(done)
    show(qtbot, train)
    show(qtbot, evaluate)
    done.diagnosis.apply([diagnoses.diagnosed()])
    assert not train.diagnosis.isVisible()
    strip = evaluate.sections.made["overview"].diagnosis  # type: ignore[attr-defined]
    assert strip.isVisible()
    assert strip.strip.text.text() == "Nothing stands out"
    assert strip.strip.findChildren(QPushButton) == []


def test_doubtful_labels_lead_to_their_section(qtbot: QtBot, done: Models) -> None:
    train, evaluate = TrainPage(done), EvaluatePage(done)
    show(qtbot, evaluate)
    show(qtbot, train)
    done.diagnosis.apply([diagnoses.doubted()])
    with qtbot.waitSignal(train.wanted) as wanted:
        click(qtbot, button(train.diagnosis, "Check the labels"))
    assert wanted.args == ["evaluate"]
    assert "labels" in evaluate.sections.made


def test_the_ladder_is_prepared_for_the_run_in_view(qtbot: QtBot, done: Models) -> None:
    found = diagnoses.doubted().diagnosis
    asks = msgspec.structs.replace(found, finding="frozen", cure="ladder", experiment=samples.EXPERIMENT)
    made = TrainPage(done)
    show(qtbot, made)
    done.diagnosis.apply([Diagnosed(run=diagnoses.FOLDER, diagnosis=asks)])
    with qtbot.waitSignal(made.wanted) as wanted:
        click(qtbot, button(made.diagnosis, "Check the labels"))
    assert wanted.args == ["studies"]
    assert done.study.study is not None
    assert done.study.study.study == studies.LADDER


def test_the_next_run_takes_the_finding_away(qtbot: QtBot, done: Models) -> None:
    made = TrainPage(done)
    show(qtbot, made)
    done.diagnosis.apply([diagnoses.doubted()])
    assert made.diagnosis.isVisible()
    done.run.apply(samples.running(2))
    assert not made.diagnosis.isVisible()
