from pathlib import Path
from unittest.mock import create_autospec

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QDialog, QPushButton
from pytestqt.qtbot import QtBot

from kt_gui import samples, scenes, session
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models, build
from kt_gui.bridge.run_model import RunModel
from kt_gui.bridge.studies_list import StudiesList
from kt_gui.bridge.study_model import Cell, StudyModel
from kt_gui.bridge.worker import Worker
from kt_gui.cluster import place
from kt_gui.cluster.place import OnRay
from kt_gui.pages.source import SourcePage
from kt_gui.pages.studies import StudiesPage
from kt_gui.pages.train import TrainPage
from kt_gui.pages.transfer import TransferPage
from kt_gui.samples import ranking, studies
from kt_gui.schema.choices import Features, LastBlocks
from kt_gui.schema.events import ModelsListed
from kt_gui.schema.experiment import Experiment, Pretrain, Scratch, Zoo
from kt_gui.schema.ranking_words import beaten
from kt_gui.schema.studies import LambdaSearch, Study, TransferGain, Trial
from kt_gui.schema.study_answers import LambdaVerdict
from kt_gui.schema.study_events import TrialEnded
from kt_gui.store.folders import Home
from kt_gui.store.runs import read_file
from kt_gui.widgets.studies.bridge_dialog import BridgeDialog
from kt_gui.widgets.studies.findings import GainFindings, LambdaFindings
from kt_gui.widgets.studies.overlap_dialog import OverlapDialog
from kt_gui.widgets.studies.ranking_view import RankingView
from kt_gui.widgets.studies.trial_grid import describe
from kt_gui.widgets.studies.view import StudyView
from kt_gui.widgets.studies.where import Where
from tests.session.conftest import tiny


@pytest.fixture
def page(qtbot: QtBot, empty: Models) -> StudiesPage:
    scenes.show_begun(empty)
    return shown(qtbot, empty)


def shown(qtbot: QtBot, models: Models) -> StudiesPage:
    made = StudiesPage(models)
    qtbot.addWidget(made)
    made.resize(1080, 688)
    made.show()
    return made


def view(page: StudiesPage) -> StudyView:
    assert page.study is not None
    assert page.study.isVisible()
    return page.study


# --- the list --------------------------------------------------------------------------------------------------------


def test_without_studies_the_page_leads_to_transfer(qtbot: QtBot, page: StudiesPage) -> None:
    assert page.empty.isVisible()
    with qtbot.waitSignal(page.wanted) as wanted:
        page.empty.button.click()
    assert wanted.args == ["transfer"]


def test_each_study_says_its_answer(empty: Models, page: StudiesPage) -> None:
    empty.studies.show(studies.records(4))
    rows = page.table.model()
    said = [[rows.index(row, column).data() for column in range(4)] for row in range(rows.rowCount())]
    assert said[0] == ["emoji", "λ by cross-validation", "Use λ = 0.0316", "finished"]
    assert said[1][2].startswith("−4.6 points against the same network from scratch")
    assert said[3][2:] == ["–", "stopped"]


@pytest.mark.parametrize(
    ("state", "enabled"), [("finished", {"Open", "Delete"}), ("stopped", {"Open", "Resume", "Delete"}), ("", set())]
)
def test_what_can_be_done_depends_on_how_the_study_ended(
    empty: Models, page: StudiesPage, state: str, enabled: set[str]
) -> None:
    empty.studies.show(studies.records(8))
    if state:
        page.table.choose(next(each.id for each in empty.studies.records if each.state == state))
    assert {each.text() for each in (page.open, page.resume, page.remove) if each.isEnabled()} == enabled
    assert page.why.isVisible() == (not state)


@pytest.mark.parametrize(("name", "called"), [("open", "replay"), ("resume", "resume")])
def test_a_study_is_opened_or_gone_on_with(
    empty: Models, page: StudiesPage, monkeypatch: pytest.MonkeyPatch, name: str, called: str
) -> None:
    deed = create_autospec(getattr(StudyModel, called))
    monkeypatch.setattr(StudyModel, called, deed)
    empty.studies.show(studies.records(8))
    record = next(each for each in empty.studies.records if each.state == "stopped")
    page.table.choose(record.id)
    getattr(page, name).click()
    deed.assert_called_once_with(empty.study, record)


def test_deleting_asks_first(empty: Models, page: StudiesPage, monkeypatch: pytest.MonkeyPatch) -> None:
    delete = create_autospec(StudiesList.delete)
    monkeypatch.setattr(StudiesList, "delete", delete)
    empty.studies.show(studies.records(3))
    page.table.choose("0001")
    page.remove.click()
    delete.assert_not_called()
    question = page.findChildren(QDialog)[0]
    next(each for each in question.findChildren(QPushButton) if each.text() == "Delete").click()
    delete.assert_called_once_with(empty.studies, empty.studies.records[1])


def test_while_a_run_goes_on_no_study_can_be_gone_on_with(empty: Models, page: StudiesPage) -> None:
    empty.studies.show(studies.records(8))
    page.table.choose(next(each.id for each in empty.studies.records if each.state == "stopped"))
    empty.run.apply(samples.running())
    assert not page.resume.isEnabled()
    assert page.resume.toolTip() == "A run is going on. Stop it first."
    assert page.open.isEnabled()


# --- before it starts ------------------------------------------------------------------------------------------------


def test_a_new_study_is_of_the_experiment_in_view_and_says_what_it_takes(empty: Models, page: StudiesPage) -> None:
    kinds = {each.text(): each for each in page.begin.menu().actions()}
    kinds["Does transfer help?"].trigger()
    asked = empty.study.study
    assert asked == Study(name="emoji", study=TransferGain(), experiment=samples.EXPERIMENT)
    empty.study.apply([studies.foreseen(studies.GAIN)])
    assert view(page).preparing.takes.text() == "18 runs · 3 min to 5 min"


def test_settings_are_changed_before_the_start(qtbot: QtBot, empty: Models, page: StudiesPage) -> None:
    empty.study.prepare(studies.study(studies.LAMBDA))
    line = view(page).preparing.lists["strengths"]
    line.clear()
    qtbot.keyClicks(line, "0 0.1 1")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert empty.study.study is not None
    assert empty.study.study.study == LambdaSearch(strengths=(0.0, 0.1, 1.0))


@pytest.mark.parametrize("words", ["", "0 much", "-1 2", "nan 1"])
def test_what_is_no_list_of_numbers_is_marked_and_changes_nothing(
    qtbot: QtBot, empty: Models, page: StudiesPage, words: str
) -> None:
    empty.study.prepare(studies.study(studies.LAMBDA))
    line = view(page).preparing.lists["strengths"]
    line.clear()
    qtbot.keyClicks(line, words)
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert line.property("wrong")
    assert empty.study.study == studies.study(studies.LAMBDA)


def test_trials_run_on_ray_where_a_person_wants_it(qtbot: QtBot, empty: Models, page: StudiesPage) -> None:
    empty.study.prepare(studies.study(studies.LAMBDA))
    where = view(page).preparing.where
    assert not where.settings.isVisible()
    press(where, "Ray")
    assert empty.study.on == OnRay()
    assert where.settings.isVisible()
    where.workers.setValue(4)
    qtbot.keyClicks(where.address, "head:6379")
    empty.study.changed.emit()  # what it takes was found out meanwhile
    assert where.address.text() == "head:6379"
    qtbot.keyClick(where.address, Qt.Key.Key_Return)
    assert empty.study.on == OnRay(address="head:6379", workers=4)
    press(where, "This program")
    assert empty.study.on is None


def test_without_ray_it_cannot_be_chosen_and_it_is_said_how_to_get_it(
    qtbot: QtBot, empty: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "find_spec", lambda _name: None)
    scenes.show_begun(empty)
    page = shown(qtbot, empty)
    empty.study.prepare(studies.study(studies.LAMBDA))
    where = view(page).preparing.where
    (ray,) = (each for each in where.findChildren(QPushButton) if each.text() == "Ray")
    assert not ray.isEnabled()
    assert "pip install" in where.note.text()


def press(where: Where, text: str) -> None:
    """Press one of the choices."""
    next(each for each in where.findChildren(QPushButton) if each.text() == text).click()


def test_a_study_does_not_start_while_a_run_goes_on(empty: Models, page: StudiesPage) -> None:
    empty.study.prepare(studies.study(studies.LAMBDA))
    assert view(page).preparing.start.isEnabled()
    empty.run.apply(samples.running())
    assert not view(page).preparing.start.isEnabled()
    assert view(page).preparing.note.text() == "A run is going on. Stop it first."


# --- while it runs ---------------------------------------------------------------------------------------------------


def test_while_it_runs_every_trial_has_its_tile(empty: Models, page: StudiesPage) -> None:
    empty.study.study = studies.study(studies.LAMBDA)
    empty.study.apply(studies.begun(studies.LAMBDA, done=23))
    study = view(page)
    grid = study.grid.model()
    assert study.grid.isVisible()
    assert (grid.rowCount(), grid.columnCount()) == (12, 5)
    assert grid.index(0, 2).data() == "0.673"
    assert grid.index(1, 2).data(Qt.ItemDataRole.ToolTipRole) == "0.0001, fold 3, running"
    assert study.doing.text().startswith("0.0001, fold 3 · epoch 17 of 24 · 23 of 56 trials · about ")
    assert not study.verdict.isVisible(), "no verdict before the end"


def test_a_failed_trial_says_why(empty: Models, page: StudiesPage) -> None:
    empty.study.study = studies.study(studies.LAMBDA)
    empty.study.apply(studies.begun(studies.LAMBDA, done=3))
    trial = empty.study.trials[3]
    empty.study.apply([TrialEnded(trial=trial, state="failed", reason="The disk is full.", done=4, planned=56)])
    tip = view(page).grid.model().index(3, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == "0.001, fold 1, failed\nThe disk is full."


def test_a_study_that_broke_off_says_why_and_can_be_resumed(empty: Models, page: StudiesPage) -> None:
    empty.study.study = studies.study(studies.LAMBDA)
    empty.study.apply(studies.begun(studies.LAMBDA, done=3))
    empty.study.fail(Failure("user", "The folder has gone.", "Put it back.", ""))
    study = view(page)
    assert study.failed.isVisible()
    assert study.failed.text.text() == "The folder has gone."
    assert study.resume.isVisible()
    assert study.back.isVisible()


def test_a_tile_opens_its_run(qtbot: QtBot, empty: Models, page: StudiesPage, monkeypatch: pytest.MonkeyPatch) -> None:
    replay = create_autospec(RunModel.replay)
    monkeypatch.setattr(RunModel, "replay", replay)
    empty.study.study = studies.study(studies.LAMBDA)
    empty.study.apply(studies.begun(studies.LAMBDA, done=3))
    grid = view(page).grid
    with qtbot.waitSignal(page.wanted) as wanted:
        grid.activated.emit(grid.model().index(1, 0))
    assert wanted.args == ["train"]
    replay.assert_called_once_with(empty.run, Path(studies.FOLDER) / "runs" / "0.0001 fold 1")


# --- what it says ----------------------------------------------------------------------------------------------------


@pytest.fixture
def searched(empty: Models, page: StudiesPage) -> LambdaFindings:
    """A search for λ that has ended."""
    empty.study.study = studies.study(studies.LAMBDA)
    empty.study.apply(studies.finished(studies.LAMBDA))
    found = view(page).charts["lambda"]
    assert isinstance(found, LambdaFindings)
    return found


def test_the_verdict_comes_first_and_fills_the_experiment(
    qtbot: QtBot, empty: Models, page: StudiesPage, searched: LambdaFindings
) -> None:
    study = view(page)
    assert study.sentence.text() == "Use λ = 0.0316"
    assert "strongest within one standard error" in study.why.text()
    assert study.use.text() == "Use this λ and 19 epochs"
    assert "early stopping is turned off" in study.use.toolTip()
    with qtbot.waitSignal(page.wanted) as wanted:
        study.use.click()
    assert wanted.args == ["transfer"]
    filled = empty.experiment.experiment
    assert (filled.transfer.strength, filled.training.epochs, filled.training.patience) == (0.0316, 19, None)


def test_another_value_is_chosen_in_the_chart(
    qtbot: QtBot, empty: Models, page: StudiesPage, searched: LambdaFindings
) -> None:
    chart = searched.chart
    assert isinstance(empty.study.verdict, LambdaVerdict)
    point = empty.study.verdict.points[4]
    assert point.mean is not None
    place = QPoint(round(chart.across(point)), round(chart.down(point.mean)))
    qtbot.mouseClick(chart, Qt.MouseButton.LeftButton, pos=place)
    assert view(page).use.text() == "Use λ = 0.00316"
    assert not view(page).use.toolTip()
    assert searched.numbers.chosen_name == "4", "the table follows"
    qtbot.keyClick(chart, Qt.Key.Key_Right)
    view(page).use.click()
    assert empty.experiment.experiment.transfer.strength == 0.01


def test_the_frozen_end_freezes(empty: Models, page: StudiesPage, searched: LambdaFindings) -> None:
    searched.numbers.setCurrentIndex(searched.numbers.model().index(10, 0))
    assert view(page).use.text() == "Use features only"
    view(page).use.click()
    assert empty.experiment.experiment.transfer.freezing == Features()


def test_what_was_changed_since_is_kept_where_it_is_about_the_same_data(
    empty: Models, page: StudiesPage, searched: LambdaFindings
) -> None:
    empty.experiment.edit("training.head_factor", 7.0)
    view(page).use.click()
    assert empty.experiment.experiment.training.head_factor == 7
    empty.experiment.edit("target.per_class", 9)
    view(page).use.click()
    assert empty.experiment.experiment.target == samples.EXPERIMENT.target
    assert empty.experiment.experiment.training.head_factor == samples.EXPERIMENT.training.head_factor


def test_a_gain_is_told_with_its_interval_and_its_curves(qtbot: QtBot, empty: Models, page: StudiesPage) -> None:
    empty.study.study = studies.study(studies.GAIN)
    empty.study.apply(studies.finished(studies.GAIN))
    study, found = view(page), view(page).charts["gain"]
    assert isinstance(found, GainFindings)
    assert study.sentence.text().startswith("+8.0 points against the same network from scratch (95 % interval +6.9 to ")
    assert not study.harm.isVisible()
    assert [len(row.values) for row in found.chart.rows] == [6, 6]
    assert [lane.arm for lane in found.race.chart.lanes] == ["transfer", "features", "scratch"]
    left = found.numbers.shown[-1]
    assert (left.name, left.value.replace("\N{NO-BREAK SPACE}", " ")) == ("Still known of the source", "62.3 %")
    assert "−23.6 points (95 % interval" in left.about


def test_race_and_pairs_are_two_views_of_one_answer(qtbot: QtBot, empty: Models, page: StudiesPage) -> None:
    empty.study.study = studies.study(studies.GAIN)
    empty.study.apply(studies.finished(studies.GAIN))
    found = view(page).charts["gain"]
    assert isinstance(found, GainFindings)
    assert (found.race.isVisible(), found.chart.isVisible(), found.race.axis.isVisible()) == (True, False, True)
    qtbot.mouseClick(found.views.findChildren(QPushButton)[1], Qt.MouseButton.LeftButton)
    assert (found.race.isVisible(), found.chart.isVisible(), found.race.axis.isVisible()) == (False, True, False)


def test_why_nothing_is_known_of_the_source_is_one_line(empty: Models, page: StudiesPage) -> None:
    empty.study.study = studies.study(studies.GAIN)
    empty.study.apply(studies.finished(studies.GAIN, is_harmful=True))
    found = view(page).charts["gain"]
    assert isinstance(found, GainFindings)
    assert (found.numbers.shown[-1].value, found.numbers.shown[-1].about) == (
        "–",
        "What was forgotten cannot be measured: the pretrained model came without its data.",
    )


def test_negative_transfer_is_said_in_red_with_what_to_try(empty: Models, page: StudiesPage) -> None:
    empty.study.study = studies.study(studies.GAIN)
    empty.study.apply(studies.finished(studies.GAIN, is_harmful=True))
    study = view(page)
    assert study.harm.isVisible()
    assert study.harm.property("tone") == "bad"
    assert "Lower the learning rate" in study.harm.remedy.text()
    assert not study.use.isVisible()


def test_a_rung_of_the_ladder_is_used(empty: Models, page: StudiesPage) -> None:
    empty.study.study = studies.study(studies.LADDER)
    empty.study.apply(studies.finished(studies.LADDER))
    assert "last block" in view(page).use.text()
    view(page).use.click()
    assert empty.experiment.experiment.transfer.freezing == LastBlocks(blocks=1)


def test_a_study_with_a_verdict_is_left_for_the_list(
    empty: Models, page: StudiesPage, searched: LambdaFindings
) -> None:
    view(page).back.click()
    assert empty.study.state == "idle"
    assert page.study is not None
    assert not page.study.isVisible()


# --- the buttons on other pages --------------------------------------------------------------------------------------


def test_the_dial_asks_for_a_search(qtbot: QtBot, empty: Models) -> None:
    scenes.show_begun(empty)
    transfer = TransferPage(empty)
    qtbot.addWidget(transfer)
    transfer.show()
    with qtbot.waitSignal(transfer.wanted) as wanted:
        transfer.dial.search.click()
    assert wanted.args == ["studies"]
    assert empty.study.study == studies.study(LambdaSearch())


def test_from_scratch_there_is_nothing_to_search(qtbot: QtBot, empty: Models) -> None:
    scenes.show_begun(empty)
    transfer = TransferPage(empty)
    qtbot.addWidget(transfer)
    transfer.show()
    empty.experiment.edit("source", Scratch(network="small_cnn"))
    assert not transfer.dial.search.isEnabled()
    assert "no source" in transfer.dial.search.toolTip()


def test_a_run_starts_only_when_no_study_goes_on(qtbot: QtBot, empty: Models) -> None:
    scenes.show_begun(empty)
    transfer = TransferPage(empty)
    qtbot.addWidget(transfer)
    transfer.show()
    assert transfer.rehearsal.start.isEnabled()
    empty.study.apply(studies.begun(studies.LAMBDA, done=1))
    assert not transfer.rehearsal.start.isEnabled()
    assert transfer.rehearsal.reason.text() == "A study is going on. Stop it first."


def test_a_run_that_has_ended_asks_whether_its_source_helped(qtbot: QtBot, done: Models) -> None:
    train = TrainPage(done)
    qtbot.addWidget(train)
    train.show()
    with qtbot.waitSignal(train.wanted) as wanted:
        train.bar.help.click()
    assert wanted.args == ["studies"]
    assert done.study.study == studies.study(TransferGain())


# --- which source? ---------------------------------------------------------------------------------------------------


def test_the_source_page_asks_which_source(qtbot: QtBot, empty: Models, page: StudiesPage) -> None:
    source = SourcePage(empty)
    qtbot.addWidget(source)
    source.show()
    with qtbot.waitSignal(source.wanted) as wanted:
        source.which.click()
    assert wanted.args == ["studies"]
    assert empty.ranking.experiment == samples.EXPERIMENT
    assert ranking_view(page).isVisible()


def test_without_a_target_there_is_nothing_to_rank_for(qtbot: QtBot, empty: Models) -> None:
    scenes.show_opened(empty)
    source = SourcePage(empty)
    qtbot.addWidget(source)
    source.show()
    assert not source.which.isEnabled()
    assert source.which.toolTip() == "Choose the target first: No pictures are chosen yet."


def ranking_view(page: StudiesPage) -> RankingView:
    assert page.ranking is not None
    return page.ranking


def test_candidates_appear_as_they_are_looked_at(empty: Models, page: StudiesPage) -> None:
    empty.ranking.ask(samples.EXPERIMENT)
    empty.ranking.apply([*ranking.weighed(2)])
    shown = ranking_view(page)
    assert shown.table.shown() == 2
    assert not shown.verdict.isVisible()


def test_the_best_source_is_chosen_and_used(qtbot: QtBot, empty: Models, page: StudiesPage) -> None:
    empty.ranking.ask(samples.EXPERIMENT)
    empty.ranking.apply([ranking.ranked()])
    shown = ranking_view(page)
    assert shown.sentence.text().startswith("bundled/efficientnet_lite0 suits Noto emoji best: ")
    assert shown.chosen == ranking.ranked().standings[0]
    with qtbot.waitSignal(page.wanted) as wanted:
        shown.use.click()
    assert wanted.args == ["source"]
    assert empty.experiment.experiment.source == Zoo(model="bundled/efficientnet_lite0")
    assert not empty.ranking.is_open


def test_what_speaks_against_a_candidate_is_said(empty: Models, page: StudiesPage) -> None:
    empty.ranking.ask(samples.EXPERIMENT)
    empty.ranking.apply([ranking.ranked()])
    shown = ranking_view(page)
    shown.table.setCurrentIndex(shown.table.model().index(1, 0))
    assert "has seen pictures of the test while it learnt Twemoji emoji: 3 nearly" in shown.about.text()
    assert shown.about.text().endswith("which finds cut ones.")
    assert shown.likeness.shown[0].name == "arrow"
    shown.table.setCurrentIndex(shown.table.model().index(6, 0))
    assert not shown.use.isEnabled()
    assert shown.use.toolTip() == "Its weights are not on this machine."


def test_a_ranking_leads_back_to_all_studies(empty: Models, page: StudiesPage) -> None:
    empty.study.prepare(studies.study(studies.GAIN))
    empty.ranking.ask(samples.EXPERIMENT)
    empty.ranking.apply([ranking.ranked()])
    ranking_view(page).back.click()
    assert page.heading.isVisible()
    assert (empty.study.state, empty.ranking.is_open) == ("idle", False)


def test_the_source_in_use_is_not_offered_again(empty: Models, page: StudiesPage) -> None:
    empty.experiment.set(samples.EXPERIMENT)
    empty.ranking.ask(samples.EXPERIMENT)
    empty.ranking.apply([ranking.ranked()])
    shown = ranking_view(page)
    assert shown.use.isEnabled()
    assert shown.chosen is not None
    empty.experiment.edit("source", shown.chosen.source)
    shown.write()
    assert not shown.use.isEnabled()
    assert shown.use.toolTip() == "It is the source already."


def test_a_source_that_random_weights_beat_is_told(empty: Models, page: StudiesPage) -> None:
    told, replace = ranking.ranked(), msgspec.structs.replace
    worst = told.standings[1]
    assert worst.scores is not None
    poor = replace(worst, scores=replace(worst.scores, probe=0.2))
    assert not list(beaten(worst, told))
    empty.ranking.ask(samples.EXPERIMENT)
    empty.ranking.apply([replace(told, standings=(told.standings[0], poor, *told.standings[2:]))])
    shown = ranking_view(page)
    shown.table.choose("1")
    shown.write()
    assert "learnt nothing does as well: 38.0\N{NO-BREAK SPACE}% against 20.0\N{NO-BREAK SPACE}%" in shown.about.text()


def test_features_only_says_that_the_values_are_of_another_pull(empty: Models, page: StudiesPage) -> None:
    heads = msgspec.structs.replace(samples.EXPERIMENT.transfer, freezing=Features(), keep_head=False)
    asked = msgspec.structs.replace(samples.EXPERIMENT, transfer=heads)
    empty.study.prepare(Study(study=LambdaSearch(), experiment=asked))
    assert "λ holds nothing: the values are β/2 instead" in view(page).preparing.about.text()
    trial = Trial(key="0.01 fold 1", row="0.01", column=0, seed=0, strength=0.01, fold=0)
    view(page).grid.show_trials((trial,), {}, empty.study.field)
    shown = view(page).grid.trials
    assert shown.headerData(0, Qt.Orientation.Vertical) == "0.02"
    assert describe(trial, Cell(), empty.study.field).startswith("0.02, fold 1")


def test_the_class_bridge_of_the_chosen_candidate_opens(empty: Models, page: StudiesPage) -> None:
    empty.ranking.ask(samples.EXPERIMENT)
    empty.ranking.apply([ranking.ranked()])
    shown = ranking_view(page)
    shown.open_bridge.click()
    (dialog,) = page.window().findChildren(BridgeDialog)
    assert dialog.title.text() == "What bundled/efficientnet_lite0 takes the classes for"
    dialog.close()
    shown.table.setCurrentIndex(shown.table.model().index(4, 0))
    assert not shown.open_bridge.isVisible()  # random weights have no head that has names


def test_what_a_run_has_learnt_is_searched_for_the_test(
    empty: Models, page: StudiesPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(empty.overlap, "ask", lambda *what: asked.append(what))
    empty.ranking.ask(samples.EXPERIMENT)
    empty.ranking.apply([ranking.ranked()])
    shown = ranking_view(page)
    assert not shown.compare.isVisible()
    shown.table.setCurrentIndex(shown.table.model().index(1, 0))
    shown.compare.click()
    (dialog,) = page.window().findChildren(OverlapDialog)
    assert asked == [(ranking.ranked().standings[1].source, samples.EXPERIMENT.target, samples.EXPERIMENT.seed)]
    dialog.close()


def test_a_ranking_that_failed_says_why_and_can_be_asked_again(empty: Models, page: StudiesPage) -> None:
    empty.ranking.ask(samples.EXPERIMENT)
    empty.ranking.fail(Failure("user", "The folder has gone.", "Put it back.", ""))
    shown = ranking_view(page)
    assert shown.failed.text.text() == "The folder has gone."
    assert shown.again.isVisible()


# --- with the session behind it --------------------------------------------------------------------------------------


@pytest.fixture
def working(qtbot: QtBot, dressed: object, home: Path) -> Models:
    return build(Home.under(home), tiny())


def test_a_search_from_the_button_to_the_experiment(qtbot: QtBot, working: Models) -> None:
    page = shown(qtbot, working)
    question = LambdaSearch(strengths=(0.0, 0.1), folds=2, frozen_end=False, prune=False)
    working.study.prepare(Study(name="tiny", study=question, experiment=_asked()))
    qtbot.waitUntil(lambda: working.study.foreseen is not None, timeout=60_000)
    assert view(page).preparing.takes.text().startswith("5 runs · ")
    with qtbot.waitSignal(working.study.ended, timeout=60_000):
        view(page).preparing.start.click()
    assert working.study.failure is None
    assert (working.study.state, working.study.done, working.study.failed) == ("finished", 5, 0)
    verdict = working.study.verdict
    assert isinstance(verdict, LambdaVerdict)
    assert verdict.value is not None
    view(page).use.click()
    assert working.experiment.experiment.transfer.strength == verdict.value
    runs = {trial.row: working.study.cells[trial.key].run for trial in working.study.trials}
    assert {read_file(Path(run)).state for run in runs.values()} == {"finished"}
    qtbot.waitUntil(lambda: [each.name for each in working.studies.records] == ["tiny"])
    view(page).back.click()
    page.table.choose(working.studies.records[0].id)
    with qtbot.waitSignal(working.study.ended):
        page.open.click()
    assert (working.study.state, working.study.verdict, working.study.done) == ("finished", verdict, 5)
    qtbot.waitUntil(lambda: not any(worker.isRunning() for worker in working.root.findChildren(Worker)))


def _asked() -> Experiment:
    """One epoch of each phase."""
    asked, replace = tiny(), msgspec.structs.replace
    assert isinstance(asked.source, Pretrain)
    source = replace(asked.source, training=replace(asked.source.training, epochs=1))
    return replace(asked, source=source, training=replace(asked.training, epochs=1))


def test_sources_are_ranked_for_real(qtbot: QtBot, working: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    """But for the large networks, which take their time."""
    listed = create_autospec(session.list_models, return_value=iter([ModelsListed(models=samples.MODELS[:1])]))
    monkeypatch.setattr("kt_gui.session.offering.list_models", listed)
    working.ranking.ask(tiny())
    page = shown(qtbot, working)
    qtbot.waitUntil(lambda: working.ranking.ranked is not None or working.ranking.failure is not None, timeout=90_000)
    assert working.ranking.failure is None
    assert [each.name for each in working.ranking.standings] == ["random initialisation of small_cnn, 32 px"]
    assert ranking_view(page).verdict.isVisible()
    qtbot.waitUntil(lambda: not any(worker.isRunning() for worker in working.root.findChildren(Worker)))
