"""What a ranking shows beside its table: outcomes, the domain map, and who takes part."""

from pathlib import Path
from typing import Literal
from unittest.mock import create_autospec

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QFileDialog
from pytestqt.qtbot import QtBot

from kt_gui import samples, scenes
from kt_gui.bridge.domain_model import DomainModel, DomainsAsked
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models, build
from kt_gui.bridge.offers_model import OffersModel
from kt_gui.bridge.ranking_model import RankingModel
from kt_gui.bridge.worker import Worker
from kt_gui.samples import domains, ranking
from kt_gui.schema.datasets import Bundled
from kt_gui.schema.experiment import EarlierRun, Pretrain, Scratch, WeightsFile, Zoo
from kt_gui.schema.rankings import Offered, Ranked
from kt_gui.store.folders import Home
from kt_gui.widgets import theme
from kt_gui.widgets.evaluation.viewer import Viewer
from kt_gui.widgets.parts import Elided
from kt_gui.widgets.studies.candidates_dialog import CandidatesDialog
from kt_gui.widgets.studies.domain_view import DomainView
from kt_gui.widgets.studies.outcome_view import OutcomeView
from kt_gui.widgets.studies.ranking_view import RankingView
from tests.session.conftest import tiny

RANDOM = Scratch(network="small_cnn")
LITE = Zoo(model="bundled/efficientnet_lite0")


@pytest.fixture
def view(qtbot: QtBot, empty: Models) -> RankingView:
    """A ranking that has ended."""
    scenes.show_begun(empty)
    return shown(qtbot, empty, ranking.ranked())


def shown(qtbot: QtBot, models: Models, ranked: Ranked) -> RankingView:
    models.ranking.ask(models.experiment.experiment)
    models.ranking.apply([ranked])
    made = RankingView(models)
    qtbot.addWidget(made)
    made.resize(1080, 688)
    made.show()
    return made


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("side", ["candidates", "outcomes", "domains"])
def test_every_side_fits_a_small_window_and_its_controls_are_reached_by_keyboard(
    qapp: QApplication, empty: Models, view: RankingView, side: str, look: Literal["light", "dark"]
) -> None:
    theme.apply(qapp, look)
    view.sides.show_side(side)
    empty.domains.apply([domains.mapped()])
    needed = view.minimumSizeHint()
    assert (needed.width() <= 1080, needed.height() <= 688) == (True, True)
    for control in view.findChildren(QAbstractButton):
        if control.isVisible():
            is_reached = bool(control.focusPolicy() & Qt.FocusPolicy.TabFocus)
            assert is_reached or control.group() is not None, "of a group by the arrow keys"
            assert view.rect().contains(control.mapTo(view, control.rect().bottomRight()))


# --- outcomes --------------------------------------------------------------------------------------------------------


def outcomes(view: RankingView) -> OutcomeView:
    view.sides.show_side("outcomes")
    return view.sides.outcomes


def test_every_candidate_with_runs_stands_at_its_score_and_their_accuracy(view: RankingView) -> None:
    side = outcomes(view)
    known = [each for each in ranking.standings() if each.outcome and each.scores]
    assert len(known) == 4
    assert [dot.name for dot in side.chart.dots] == [each.name for each in known]
    for dot, each in zip(side.chart.dots, known, strict=True):
        assert each.scores is not None
        assert each.outcome is not None
        assert (dot.score, dot.outcome) == (100 * each.scores.probe, 100 * each.outcome.accuracy)
    assert side.caption.text() == "Linear probe: right on 5 of 6 pairs, weighted τ +0.78"


def test_another_score_is_chosen(qtbot: QtBot, view: RankingView) -> None:
    side = outcomes(view)
    side.score.setFocus()
    qtbot.keyClicks(side.score, "LogME")
    side.score.activated.emit(side.score.currentIndex())
    first = ranking.standings()[0].scores
    assert first is not None
    assert side.chart.dots[0].score == first.log_me
    assert side.caption.text() == "LogME: right on 4 of 6 pairs, weighted τ +0.41"


def test_a_dot_chooses_its_candidate_in_the_table(qtbot: QtBot, view: RankingView) -> None:
    side = outcomes(view)
    place = side.chart.place_of(side.chart.dots[2]).toPoint()
    qtbot.mouseClick(side.chart, Qt.MouseButton.LeftButton, pos=place)
    assert view.chosen == ranking.standings()[2]
    view.sides.show_side("candidates")
    assert view.table.chosen_name == "2"


def test_the_numbers_stand_in_a_table_behind(view: RankingView) -> None:
    side = outcomes(view)
    side.switch.click()
    assert side.table.isVisible()
    rows = side.table.model()
    assert [rows.index(0, column).data() for column in (0, 3)] == ["bundled/efficientnet_lite0", "2"]
    assert rows.rowCount() == 4


def test_without_runs_it_says_what_would_fill_it(qtbot: QtBot, empty: Models) -> None:
    scenes.show_begun(empty)
    side = outcomes(shown(qtbot, empty, ranking.ranked_first()))
    assert side.empty.isVisible()
    assert not side.chart.isVisible()


def test_one_run_is_shown_and_more_asked_for(qtbot: QtBot, empty: Models) -> None:
    scenes.show_begun(empty)
    first, *others = ranking.ranked_first().standings
    known = msgspec.structs.replace(first, outcome=ranking.standings()[0].outcome)
    ranked = msgspec.structs.replace(ranking.ranked_first(), standings=(known, *others))
    side = outcomes(shown(qtbot, empty, ranked))
    assert len(side.chart.dots) == 1
    assert side.caption.text().startswith("1 candidate with this score has runs that ended; two are needed")


def test_a_run_that_ends_is_taken_in(empty: Models, view: RankingView, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = create_autospec(RankingModel.ask)
    monkeypatch.setattr(RankingModel, "ask", ask)
    empty.run.ended.emit()
    ask.assert_called_once_with(empty.ranking, samples.EXPERIMENT)


# --- the domain map --------------------------------------------------------------------------------------------------


def domain(view: RankingView) -> DomainView:
    view.sides.show_side("domains")
    return view.sides.domains


def asked(models: Models) -> DomainsAsked:
    assert models.domains.asked is not None
    return models.domains.asked


def test_nothing_is_asked_before_the_map_is_looked_at(empty: Models, view: RankingView) -> None:
    assert empty.domains.asked is None
    domain(view)
    source = samples.EXPERIMENT.source
    assert isinstance(source, Pretrain)
    assert asked(empty) == DomainsAsked(LITE, source.data, samples.EXPERIMENT.target, samples.EXPERIMENT.seed)


def test_a_run_is_held_against_what_it_has_learnt(empty: Models, view: RankingView) -> None:
    side = domain(view)
    side.candidate.setCurrentIndex(1)
    side.candidate.activated.emit(1)
    run = EarlierRun(run="/runs/0002")
    assert (asked(empty).candidate, asked(empty).source) == (run, run)
    assert view.chosen is not None
    assert view.chosen.source == run


def test_what_is_chosen_in_the_table_is_mapped(empty: Models, view: RankingView) -> None:
    view.table.choose("4")
    view.table.chosen.emit("4")
    side = domain(view)
    assert side.candidate.currentText() == "random initialisation of efficientnet_lite0"
    assert asked(empty).candidate == Scratch(network="efficientnet_lite0")


def test_the_map_has_both_sets_with_a_mark_each_and_the_distance(
    qtbot: QtBot, empty: Models, view: RankingView
) -> None:
    side = domain(view)
    empty.domains.apply([domains.mapped()])
    assert side.figure.text() == "0.93"
    assert side.sentence.text() == "Twemoji emoji and Noto emoji lie apart for the network, and overlap."
    assert "0 = the sets cannot be told apart, 2 = always" in side.about.text()
    assert [side.map.key.model().index(row, 0).data() for row in range(2)] == ["Source", "Target"]
    side.map.by.findChildren(type(side.map.switch))[1].click()
    assert side.map.key.model().rowCount() == len(samples.CLASSES)
    assert side.map.note.text().endswith("hollow: of the source")
    qtbot.waitUntil(lambda: side.map.map is not None)
    side.map.switch.click()
    assert side.map.table.shown() == domains.SOURCE + domains.TARGET


def test_another_projection_is_asked_for(empty: Models, view: RankingView) -> None:
    side = domain(view)
    side.map.method.findChildren(type(side.map.switch))[1].click()
    assert asked(empty).method == "tsne"


def test_a_point_opens_its_picture_among_those_of_its_set(qtbot: QtBot, empty: Models, view: RankingView) -> None:
    side = domain(view)
    empty.domains.apply([domains.mapped()])
    qtbot.waitUntil(lambda: side.map.map is not None)
    assert side.map.map is not None
    side.map.map.chosen.emit(domains.SOURCE + 3)
    assert side.map.map.accessibleDescription() == f"emoji 3: {samples.CLASSES[3]}"
    side.map.map.opened.emit(domains.SOURCE + 3)
    (viewer,) = view.findChildren(Viewer)
    assert viewer.picture.name == "emoji 3"
    assert viewer.data == Bundled(name="emoji-noto")
    assert viewer.position.text() == "4 of 42"
    assert [each.text() for each in viewer.move_to.menu().actions()] == list(samples.CLASSES)


def test_without_pictures_of_the_source_a_person_chooses_some(empty: Models, view: RankingView) -> None:
    empty.ranking.ask(msgspec.structs.replace(samples.EXPERIMENT, source=LITE))
    empty.ranking.apply([ranking.ranked()])
    side = domain(view)
    assert empty.domains.asked is None
    assert side.waiting.empty.isVisible()
    side.waiting.empty.button.click()
    assert view.findChildren(QDialog)
    given = Bundled(name="fashion")
    side.take_source(given)
    assert asked(empty).source == given
    empty.domains.apply([domains.mapped()])
    assert side.map.isVisible()
    side.own.click()
    assert side.waiting.empty.isVisible(), "it has none of its own"


def test_a_map_that_was_cancelled_is_drawn_when_a_person_says_so(empty: Models, view: RankingView) -> None:
    side = domain(view)
    before = asked(empty)
    side.waiting.progress.cancel.click()
    assert empty.domains.asked is None
    assert side.waiting.empty.button.text() == "Draw the map"
    side.waiting.empty.button.click()
    assert asked(empty) == before


def test_why_there_is_no_map_is_said_and_it_can_be_tried_again(
    empty: Models, view: RankingView, monkeypatch: pytest.MonkeyPatch
) -> None:
    side = domain(view)
    retry = create_autospec(DomainModel.retry)
    monkeypatch.setattr(DomainModel, "retry", retry)
    empty.domains.fail(Failure("user", "Its pictures have gone.", "Put them back.", ""))
    assert side.waiting.trouble.text.text() == "Its pictures have gone."
    assert side.elsewhere.isVisible()
    side.waiting.again.click()
    retry.assert_called_once_with(empty.domains)


def test_pictures_chosen_for_one_experiment_are_not_those_of_another(empty: Models, view: RankingView) -> None:
    side = domain(view)
    side.take_source(Bundled(name="fashion"))
    empty.ranking.ask(msgspec.structs.replace(samples.EXPERIMENT, seed=7))
    empty.ranking.apply([ranking.ranked()])
    assert asked(empty).source == Bundled(name="emoji-twemoji")
    assert not side.own.isVisible()


def test_a_map_is_drawn_for_real(qtbot: QtBot, dressed: object, home: Path) -> None:
    working = build(Home.under(home), tiny())
    working.ranking.choose((RANDOM,))
    working.ranking.ask(tiny())
    made = RankingView(working)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitUntil(lambda: working.ranking.ranked is not None, timeout=60_000)
    side = domain(made)
    qtbot.waitUntil(lambda: side.map.isVisible(), timeout=60_000)
    assert working.domains.failure is None
    assert "target: Emoji as Noto draws them, 15 training pictures" in side.basis.text()
    assert 0 <= float(side.figure.text()) <= 2
    qtbot.waitUntil(lambda: not any(worker.isRunning() for worker in working.root.findChildren(Worker)))


# --- who takes part --------------------------------------------------------------------------------------------------


@pytest.fixture
def dialog(empty: Models, view: RankingView) -> CandidatesDialog:
    empty.offers.apply([Offered(offers=ranking.offers())])
    view.pick.click()
    (made,) = view.findChildren(CandidatesDialog)
    return made


def test_the_usual_ones_are_ticked_and_all_say_what_they_take(dialog: CandidatesDialog) -> None:
    usual = [each.source for each in ranking.offers() if each.is_usual]
    assert list(dialog.ticked) == usual
    said = [dialog.table.item(line, 3) for line in range(dialog.table.rowCount())]
    assert [each.text() for each in said if each is not None] == [
        "known already",
        "known already",
        "about 4.8 s",
        "about 7.2 s",
        "about 9.6 s",
        "about 12 s",
        "–",
    ]
    assert dialog.count.text() == "5 candidates"


def test_the_space_bar_unticks_and_only_what_is_ticked_is_ranked(
    qtbot: QtBot, empty: Models, view: RankingView, dialog: CandidatesDialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = create_autospec(RankingModel.ask)
    monkeypatch.setattr(RankingModel, "ask", ask)
    dialog.table.setCurrentCell(1, 0)
    qtbot.keyClick(dialog.table, Qt.Key.Key_Space)
    dialog.rank.click()
    wanted = tuple(each.source for place, each in enumerate(ranking.offers()) if each.is_usual and place != 1)
    assert empty.ranking.chosen == wanted
    ask.assert_called_once_with(empty.ranking, samples.EXPERIMENT)


def test_the_choice_is_remembered_and_said(empty: Models, view: RankingView, dialog: CandidatesDialog) -> None:
    dialog.reject()
    empty.ranking.choose((LITE,))
    empty.ranking.apply([ranking.ranked()])
    assert any("chosen by hand" in each.text() for each in view.heading.findChildren(Elided))
    view.pick.click()
    again = view.findChildren(CandidatesDialog)[-1]
    assert again.ticked == (LITE,)
    again.choose_usual()
    again.rank.click()
    assert empty.ranking.chosen is None


def test_nothing_ticked_cannot_be_ranked(dialog: CandidatesDialog) -> None:
    for line in range(dialog.table.rowCount()):
        item = dialog.table.item(line, 0)
        assert item is not None
        item.setCheckState(Qt.CheckState.Unchecked)
    assert not dialog.rank.isEnabled()
    assert dialog.rank.toolTip() == "Tick one at least."


def test_what_is_added_takes_part(
    qtbot: QtBot, empty: Models, dialog: CandidatesDialog, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    add = create_autospec(OffersModel.add)
    monkeypatch.setattr(OffersModel, "add", add)
    qtbot.keyClicks(dialog.name, "flowers")
    qtbot.keyClick(dialog.name, Qt.Key.Key_Return)
    add.assert_called_once_with(empty.offers, "flowers")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    dialog.folder.click()
    add.assert_called_with(empty.offers, str(tmp_path))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "w.pt"), ""))
    dialog.file.click()
    weights = WeightsFile(path=str(tmp_path / "w.pt"), network="small_cnn")
    assert weights in dialog.ticked
    assert dialog.count.text() == "6 candidates"
    dialog.rank.click()
    assert empty.ranking.chosen is not None
    assert empty.ranking.chosen[-1] == weights
