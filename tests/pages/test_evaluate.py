from pathlib import Path
from unittest.mock import create_autospec

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from kt_gui import samples
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models, build
from kt_gui.bridge.selection import Selection
from kt_gui.bridge.study_model import StudyModel
from kt_gui.pages.evaluate import EvaluatePage
from kt_gui.samples import evaluation as samples_evaluation
from kt_gui.scenes import evaluation as evaluation_scenes
from kt_gui.schema.corrections import Corrected, Exclusion
from kt_gui.schema.datasets import Bundled, ImageFolder
from kt_gui.schema.evaluations import Calibration, Evaluated
from kt_gui.schema.events import RunEnded
from kt_gui.schema.studies import TransferGain
from kt_gui.store.folders import Home
from kt_gui.widgets.evaluation.findings import say_temperature
from kt_gui.widgets.evaluation.overview import Overview
from kt_gui.widgets.evaluation.picture_section import PictureSection
from kt_gui.widgets.evaluation.viewer import Viewer
from kt_gui.widgets.notices import Notice
from tests.session.conftest import run, tiny


def shown(qtbot: QtBot, models: Models) -> EvaluatePage:
    page = EvaluatePage(models)
    qtbot.addWidget(page)
    page.show()
    return page


@pytest.fixture
def full(empty: Models) -> Models:
    """Models of a run whose numbers were worked out."""
    evaluation_scenes.show_evaluated(empty)
    return empty


def overview(page: EvaluatePage) -> Overview:
    made = page.sections.made["overview"]
    assert isinstance(made, Overview)
    return made


def gallery(page: EvaluatePage) -> PictureSection:
    made = page.sections.made["pictures"]
    assert isinstance(made, PictureSection)
    assert made.isVisible()
    return made


def verdict(models: Models) -> Evaluated:
    answer = models.evaluation.answer
    assert answer is not None
    return answer.evaluated


def notices(page: EvaluatePage) -> list[str]:
    QApplication.sendPostedEvents()
    return [each.text.text() for each in page.findChildren(Notice) if each.isVisible()]


def press(qtbot: QtBot, page: EvaluatePage, text: str) -> None:
    QApplication.sendPostedEvents()
    found = next(each for each in page.findChildren(QPushButton) if each.text() == text and each.isVisible())
    qtbot.mouseClick(found, Qt.MouseButton.LeftButton)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_the_verdict_is_a_sentence_with_its_interval(qtbot: QtBot, done: Models) -> None:
    page = shown(qtbot, done)
    assert (
        plain(page.sections.made["overview"].sentence.text())
        == "71.0 % of 207 test pictures are right (95 % interval 64.5–76.8)"
    )
    assert plain(page.sections.made["overview"].interval.accessibleDescription()) == "71.0 %, from 64.5 % to 76.8 %"
    assert plain(page.sections.made["overview"].source.text()) == "93.2 %"
    assert page.sections.made["overview"].best.text() == "14"


def test_a_source_without_data_has_no_accuracy(qtbot: QtBot, done: Models) -> None:
    page = shown(qtbot, done)
    last = samples.finished()[-1]
    assert isinstance(last, RunEnded)
    result = msgspec.structs.replace(last.result, source_accuracy=None, best_epoch=None)
    done.run.apply([msgspec.structs.replace(last, result=result)])
    assert "not known" in page.sections.made["overview"].source.text()
    assert page.sections.made["overview"].best.text() == "none"


def test_while_nothing_has_ended_one_button_leads_to_the_run(qtbot: QtBot, models: Models) -> None:
    page = shown(qtbot, models)
    assert page.empty.isVisible()
    with qtbot.waitSignal(page.wanted) as told:
        qtbot.mouseClick(page.empty.button, Qt.MouseButton.LeftButton)
    assert told.args == ["train"]
    with qtbot.waitSignal(page.wanted) as told:
        press(qtbot, page, "Open an earlier run")
    assert told.args == ["runs"]


def test_the_verdict_comes_when_the_run_ends(qtbot: QtBot, models: Models) -> None:
    page = shown(qtbot, models)
    models.run.apply(samples.finished()[-2:])
    assert page.sections.made["overview"].sentence.isVisible()


def test_until_it_is_evaluated_the_logged_sentence_stands_and_says_what_is_missing(qtbot: QtBot, done: Models) -> None:
    page = shown(qtbot, done)
    assert "71.0" in overview(page).sentence.text()
    assert not overview(page).findings.isVisible()
    assert notices(page) == ["The numbers behind the sentence were not worked out yet."]


def test_the_numbers_come_when_they_are_known(qtbot: QtBot, full: Models) -> None:
    page = shown(qtbot, full)
    scores, findings = verdict(full).scores, overview(page).findings
    assert plain(overview(page).sentence.text()).startswith(f"{100 * scores.accuracy:.1f} % of 207 test pictures")
    assert scores.f1 is not None
    assert plain(findings.f1.figure.text()) == f"{100 * scores.f1:.1f} %"
    assert plain(findings.top.figure.text()) == f"{100 * scores.top[-1][1]:.1f} %"
    assert findings.isVisible()
    assert notices(page) == []


def test_every_tile_leads_to_its_pictures(qtbot: QtBot, full: Models) -> None:
    page = shown(qtbot, full)
    scores, findings = verdict(full).scores, overview(page).findings
    wrong = scores.total - scores.correct
    beyond = round((1 - scores.top[-1][1]) * scores.total)
    for tile, count in (
        (findings.f1, wrong),
        (findings.top, beyond),
        (findings.balanced, 207),
        (findings.calibration, 207),
    ):
        page.sections.go("overview")
        qtbot.mouseClick(tile.figure, Qt.MouseButton.LeftButton)
        assert gallery(page).grid.count() == count


def test_a_cell_of_the_matrix_leads_to_its_pictures(qtbot: QtBot, full: Models) -> None:
    page, told = shown(qtbot, full), verdict(full)
    matrix = overview(page).findings.matrix
    matrix.setCurrentIndex(matrix.model().index(1, 2))
    qtbot.keyClick(matrix, Qt.Key.Key_Return)
    assert gallery(page).grid.count() == told.scores.confusion[1][2] > 0
    assert gallery(page).truth.currentText() == told.classes[1]
    assert gallery(page).predicted.currentText() == told.classes[2]


def test_a_class_and_a_confusion_lead_to_their_pictures(qtbot: QtBot, full: Models) -> None:
    page, told = shown(qtbot, full), verdict(full)
    findings = overview(page).findings
    findings.classes.choose(told.classes[3])
    qtbot.keyClick(findings.classes, Qt.Key.Key_Return)
    assert gallery(page).grid.count() == told.scores.classes[3].support
    page.sections.go("overview")
    qtbot.keyClick(findings.classes, Qt.Key.Key_Right)
    qtbot.keyClick(findings.classes, Qt.Key.Key_Return)
    assert gallery(page).grid.count() == told.scores.classes[3].predicted
    page.sections.go("overview")
    press(qtbot, page, "List")
    first = findings.confusions.model().index(0, 0)
    findings.confusions.setCurrentIndex(first)
    qtbot.keyClick(findings.confusions, Qt.Key.Key_Return)
    largest = max(count for row, line in enumerate(told.scores.confusion) for at, count in enumerate(line) if at != row)
    assert gallery(page).grid.count() == largest


@pytest.mark.parametrize("scaling", ["As it is", "Calibrated"])
def test_a_bin_leads_to_its_pictures_and_its_chip_takes_the_filter_away(
    qtbot: QtBot, full: Models, scaling: str
) -> None:
    page, told = shown(qtbot, full), verdict(full)
    press(qtbot, page, scaling)
    assert told.calibration is not None
    bins = told.scores.bins if scaling == "As it is" else told.calibration.bins
    diagram = overview(page).findings.reliability
    qtbot.keyClick(diagram, Qt.Key.Key_Right)
    expected = diagram.at
    assert expected in bins
    assert expected is not None
    qtbot.keyClick(diagram, Qt.Key.Key_Return)
    assert gallery(page).grid.count() == expected.count
    QApplication.sendPostedEvents()
    chip = next(each for each in gallery(page).findChildren(QPushButton) if each.property("kind") == "chip")
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert gallery(page).grid.count() == 207


def test_the_gallery_is_narrowed_by_its_lists(qtbot: QtBot, full: Models) -> None:
    page, told = shown(qtbot, full), verdict(full)
    page.sections.go("pictures")
    section = gallery(page)
    assert section.grid.count() == 207
    press(qtbot, page, "Mistakes")
    assert section.grid.count() == told.scores.total - told.scores.correct
    section.truth.setCurrentIndex(1)
    section.truth.activated.emit(1)
    row = told.scores.confusion[0]
    assert section.grid.count() == sum(row) - row[0]
    assert plain(section.count.text()) == f"{sum(row) - row[0]} of 207 pictures"


def test_where_no_picture_is_left_one_button_shows_all(qtbot: QtBot, full: Models) -> None:
    page = shown(qtbot, full)
    full.evaluation.select(Selection(truth="arrow", predicted="arrow", verdict="wrong"))
    section = gallery(page)
    assert section.none.isVisible()
    qtbot.mouseClick(section.none.button, Qt.MouseButton.LeftButton)
    assert section.grid.isVisible()
    assert section.grid.count() == 207


def test_the_filters_of_other_pictures_are_forgotten_while_new_ones_are_judged(qtbot: QtBot, full: Models) -> None:
    page = shown(qtbot, full)
    full.evaluation.select(Selection(truth="arrow", verdict="wrong"))
    section = gallery(page)
    assert section.truth.currentData() == "arrow"
    full.evaluation.evaluate_on(Bundled(name="emoji-twemoji"))
    assert section.truth.currentData() == ""
    assert section.verdict.value == "all"


@pytest.mark.parametrize(
    ("temperature", "before", "after", "said"),
    [
        (1.5, 0.084, 0.042, ("too sure of 83 validation pictures", "from 8.4 % to 4.2 %")),
        (1.5, 0.084, 0.112, ("too sure of 83 validation pictures", "does not help", "from 8.4 % to 11.2 %")),
        (0.3, 0.135, 0.135, ("not sure enough of 83 validation pictures", "does not help")),
    ],
)
def test_a_temperature_is_praised_only_where_it_helps(
    temperature: float, before: float, after: float, said: tuple[str, ...]
) -> None:
    learnt = Calibration(temperature=temperature, pictures=83, nll=1.0, ece=after, bins=())
    told = plain(say_temperature(learnt, before))
    assert all(each in told for each in said)
    assert ("does not help" in told) == (after >= before)


def test_a_picture_of_the_gallery_is_opened_large(qtbot: QtBot, full: Models) -> None:
    page = shown(qtbot, full)
    full.evaluation.select(Selection(verdict="wrong"))
    grid = gallery(page).grid
    grid.setCurrentIndex(grid.model().index(2, 0))
    qtbot.keyClick(grid, Qt.Key.Key_Return)
    viewer = page.findChild(Viewer)
    assert isinstance(viewer, Viewer)
    assert viewer.position.text() == f"3 of {grid.count()}"
    assert viewer.picture.label != viewer.picture.predicted


def test_where_the_pictures_have_gone_the_sentence_stays_and_trying_again_is_offered(
    qtbot: QtBot, done: Models
) -> None:
    page = shown(qtbot, done)
    evaluation_scenes.show_gone(done)
    assert notices(page) == ["The pictures of insects are not those the run began with."]
    assert "71.0" in overview(page).sentence.text()
    page.sections.go("pictures")
    assert notices(page) == ["The pictures of insects are not those the run began with."]


def test_other_pictures_say_which_classes_are_missing_and_lead_back(qtbot: QtBot, full: Models) -> None:
    page = shown(qtbot, full)
    evaluation_scenes.show_others(full)
    assert plain(overview(page).sentence.text()).endswith(
        "of 512 pictures of More emoji are right (95 % interval 45.3–53.9)"
    )
    assert [plain(each) for each in notices(page)] == [
        "The network does not know these classes, so 41 pictures were left out: flag, music.",
        "No picture is of these classes: meal, clock.",
        "It has learnt from 3 of these pictures: the accuracy may look better than it is.",
    ]
    press(qtbot, page, "Back to the test pictures")
    assert "of 207 test pictures" in plain(overview(page).sentence.text())
    assert not overview(page).own.isVisible()


def test_another_data_set_is_chosen_in_the_window_of_data_sets(qtbot: QtBot, full: Models) -> None:
    page = shown(qtbot, full)
    dialog = overview(page).open_dialog()
    dialog.chosen.emit(Bundled(name="fashion"))
    dialog.reject()
    assert full.evaluation.data == Bundled(name="fashion")
    assert overview(page).sentence.text() == "These pictures were not looked at yet."
    assert not overview(page).interval.isVisible()


def test_without_validation_pictures_nothing_is_said_to_be_calibrated(qtbot: QtBot, done: Models) -> None:
    page = shown(qtbot, done)
    judged, evaluated = samples_evaluation.evaluation()
    done.evaluation.apply([judged, msgspec.structs.replace(evaluated, calibration=None)])
    findings = overview(page).findings
    assert not findings.scaling.isVisible()
    assert "no validation pictures" in findings.temperature.text()


def test_many_classes_begin_with_the_worst_confusions(qtbot: QtBot, done: Models) -> None:
    page = shown(qtbot, done)
    done.evaluation.apply(samples_evaluation.evaluation(samples_evaluation.class_names(100), 4000))
    findings = overview(page).findings
    assert findings.views.value == "list"
    assert findings.confusions.isVisible()
    press(qtbot, page, "%")
    assert findings.matrix.isVisible()


def test_a_failure_that_is_ours_shows_its_report(qtbot: QtBot, done: Models) -> None:
    page = shown(qtbot, done)
    done.evaluation.fail(Failure("bug", "The program made a mistake.", "", "Traceback"))
    press(qtbot, page, "Details")
    assert "Try again" in {each.text() for each in page.findChildren(QPushButton) if each.isVisible()}


def test_pictures_that_were_left_out_since_are_marked(qtbot: QtBot, full: Models) -> None:
    page = shown(qtbot, full)
    page.sections.go("pictures")
    grid = gallery(page).grid
    picture = gallery(page)._pictures[0]
    said = (Exclusion(digest=picture.digest, name=picture.name),)
    judged, _ = samples_evaluation.evaluation()
    other = ImageFolder(path="/home/kt/more emoji")
    for data, is_marked in ((other, False), (judged.data, True)):
        full.corrections.apply([Corrected(data=data, corrections=said, file="", beside=True)])
        told = grid.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
        assert told.endswith("left out of the data") is is_marked


def test_pictures_of_another_set_come_from_that_set(qtbot: QtBot, full: Models) -> None:
    page = shown(qtbot, full)
    evaluation_scenes.show_others(full)
    page.sections.go("pictures")
    section = gallery(page)
    data = ImageFolder(path="/home/kt/more emoji")
    assert section._album is full.albums.open(Path(samples_evaluation.RUN), data)


def test_a_real_run_is_evaluated_and_its_pictures_come(qtbot: QtBot, dressed: QApplication, home: Path) -> None:
    folders = Home.under(home)
    folder = run(tiny(), folders)
    models = build(folders, tiny())
    page = shown(qtbot, models)
    models.run.replay(folder)
    qtbot.waitUntil(lambda: models.evaluation.answer is not None, timeout=30_000)
    result, scores = models.run.result, verdict(models).scores
    assert result is not None
    assert scores.accuracy == pytest.approx(result.target_accuracy)
    assert scores.total == result.target_tested
    models.evaluation.select(Selection())
    grid = gallery(page).grid
    assert grid.count() == scores.total
    qtbot.waitUntil(lambda: grid.decoded >= 8, timeout=30_000)
    viewer = gallery(page).open_viewer(0)
    assert viewer is not None
    qtbot.waitUntil(lambda: viewer.canvas.pixmap is not None and not viewer.canvas.pixmap.isNull(), timeout=30_000)
    models.cancel()
    qtbot.waitUntil(lambda: not models.workers(), timeout=30_000)


# --- whether transfer has helped -------------------------------------------------------------------------------------


def test_the_study_behind_the_gain_is_opened(qtbot: QtBot, empty: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluation_scenes.show_gained(empty)
    opened = create_autospec(StudyModel.replay_at)
    monkeypatch.setattr(StudyModel, "replay_at", opened)
    page = shown(qtbot, empty)
    with qtbot.waitSignal(page.wanted) as wanted:
        press(qtbot, page, "Open the study")
    assert wanted.args == ["studies"]
    opened.assert_called_once_with(empty.study, Path("/studies/2026-01-09-emoji-5eed"))


def test_where_no_study_is_known_the_card_prepares_one(qtbot: QtBot, full: Models) -> None:
    page = shown(qtbot, full)
    with qtbot.waitSignal(page.wanted) as wanted:
        overview(page).gain.ask.click()
    assert wanted.args == ["studies"]
    assert full.study.study is not None
    assert (full.study.study.study, full.study.study.experiment) == (TransferGain(), full.run.experiment)
