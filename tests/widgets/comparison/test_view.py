"""The comparison as a person uses it, fed with invented events; and once with runs that lie on disk."""

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import create_autospec

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from kt_gui import samples
from kt_gui.bridge.album import LARGE
from kt_gui.bridge.comparison_model import ComparisonModel
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models, build
from kt_gui.samples import comparison as samples_comparison
from kt_gui.schema.experiment import Scratch
from kt_gui.screenshots import sample_models
from kt_gui.session import comparing
from kt_gui.store.folders import Home
from kt_gui.widgets import theme
from kt_gui.widgets.comparison import view as view_module
from kt_gui.widgets.comparison.results import ResultsTable
from kt_gui.widgets.comparison.view import ComparisonView
from kt_gui.widgets.evaluation.viewer import Viewer, show_pictures
from tests.session.conftest import run, tiny
from tests.session.test_comparing import made, replace, unreadable

WAIT_MS = 60_000
"""Torch may have to be loaded first, on a machine with other work."""
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


@pytest.fixture
def models(qapp: QApplication) -> Iterator[Models]:
    theme.apply(qapp, "light")
    yield sample_models()
    theme.apply(qapp, "light")


@pytest.fixture
def view(qtbot: QtBot, models: Models) -> ComparisonView:
    return shown(qtbot, models)


def shown(qtbot: QtBot, models: Models) -> ComparisonView:
    made = ComparisonView(models)
    qtbot.addWidget(made)
    made.resize(1080, 688)
    with qtbot.waitExposed(made):
        made.show()
    qtbot.waitUntil(lambda: len(made.charts) == 2)
    return made


def compare(models: Models, count: int, seeds: int = 1) -> None:
    models.comparison.apply([samples_comparison.contrasted(count, seeds)])


def cells(view: ComparisonView) -> list[list[str]]:
    table = view.results
    return [
        [table.index(row, column).data() for column in range(table.columnCount())] for row in range(table.rowCount())
    ]


def titles(view: ComparisonView) -> list[str]:
    return [view.results.headerData(column, Qt.Orientation.Horizontal) for column in range(view.results.columnCount())]


def check(view: ComparisonView, row: int, state: Qt.CheckState) -> None:
    assert view.results.setData(view.results.index(row, 0), state, Qt.ItemDataRole.CheckStateRole)


# --- curves ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [2, 8])
def test_every_run_has_a_line_of_its_own_colour_dash_or_mark(view: ComparisonView, models: Models, count: int) -> None:
    compare(models, count)
    for chart in view.charts:
        assert len(chart.lines) == count
        assert len({line.opts["pen"].color().name() for line in chart.lines}) == count
    run = models.comparison.contrasted.runs[1]  # type: ignore[union-attr]
    x, y = view.charts[1].lines[1].getData()
    assert x.tolist() == list(range(1, 25))
    assert y.tolist() == pytest.approx(run.lines.validation_accuracy)


def test_losses_are_drawn_on_a_log_scale_until_one_says_otherwise(view: ComparisonView, models: Models) -> None:
    compare(models, 2)
    run = models.comparison.contrasted.runs[0]  # type: ignore[union-attr]
    loss = view.charts[0]
    assert loss.lines[0].getData()[1].tolist() == pytest.approx(np.log10(run.lines.validation_loss).tolist())
    view.log.click()
    assert loss.lines[0].getData()[1].tolist() == pytest.approx(run.lines.validation_loss)


def test_learning_is_one_click_away(qtbot: QtBot, view: ComparisonView, models: Models) -> None:
    compare(models, 2)
    qtbot.mouseClick(view.split._buttons["train"], Qt.MouseButton.LeftButton)
    run = models.comparison.contrasted.runs[0]  # type: ignore[union-attr]
    assert view.charts[1].lines[0].getData()[1].tolist() == pytest.approx(run.lines.train_accuracy)


def test_seeds_are_drawn_together_as_mean_and_band(view: ComparisonView, models: Models) -> None:
    compare(models, 2, seeds=3)
    assert len(view.charts[1].lines) == 6
    view.together.click()
    chart = view.charts[1]
    assert (len(chart.lines), len(chart.bands)) == (2, 2)
    runs = models.comparison.contrasted.runs[:3]  # type: ignore[union-attr]
    first = np.mean([run.lines.validation_accuracy[0] for run in runs])
    assert chart.lines[0].getData()[1][0] == pytest.approx(first)
    assert cells(view)[0][0] == "A–C   λ 0 · 3 runs"
    assert "(n = 3)" in cells(view)[0][1]


def test_more_than_eight_runs_can_only_be_drawn_by_group(view: ComparisonView, models: Models) -> None:
    compare(models, 3, seeds=5)
    assert view.together.isChecked()
    assert not view.together.isEnabled()
    assert len(view.charts[0].lines) == 3


def test_a_list_that_was_grouped_is_compared_by_group(view: ComparisonView, models: Models) -> None:
    models.comparison.open([Path("/runs/0-0"), Path("/runs/0-1")], is_together=True)
    compare(models, 1, seeds=2)
    assert len(view.charts[0].lines) == 1


def test_a_check_in_the_table_hides_a_line(view: ComparisonView, models: Models) -> None:
    compare(models, 3)
    check(view, 1, Qt.CheckState.Unchecked)
    assert [curve.letters for curve in view.results.drawn()] == ["A", "C"]
    assert len(view.charts[0].lines) == len(view.charts[1].lines) == 2
    check(view, 1, Qt.CheckState.Checked)
    assert len(view.charts[0].lines) == 3


def test_both_charts_read_the_same_epoch_out_of_every_run(view: ComparisonView, models: Models) -> None:
    compare(models, 2)
    loss, accuracy = view.charts
    loss.view.scene().sigMouseMoved.emit(loss.box.mapViewToScene(QPointF(7.3, 0.1)))
    runs = models.comparison.contrasted.runs  # type: ignore[union-attr]
    said = accuracy.readout.text().replace("\N{NO-BREAK SPACE}", " ").splitlines()
    wanted = [
        f"{letter}  {100 * run.lines.validation_accuracy[6]:.1f} %" for letter, run in zip("AB", runs, strict=True)
    ]
    assert said == ["epoch 7", *wanted]
    assert loss.readout.text().startswith("epoch 7\nA  ")
    assert accuracy.accessibleDescription() == accuracy.readout.text()


def test_arrow_keys_walk_along_the_epochs(qtbot: QtBot, view: ComparisonView, models: Models) -> None:
    compare(models, 2)
    loss, accuracy = view.charts
    qtbot.keyClick(loss, Qt.Key.Key_Left)
    assert accuracy.readout.text().startswith("epoch 24")
    qtbot.keyClick(loss, Qt.Key.Key_Left)
    assert accuracy.readout.text().startswith("epoch 23")
    qtbot.keyClick(loss, Qt.Key.Key_Escape)
    assert not accuracy.readout.isVisible()


def test_one_zooms_and_moves_within_the_epochs_there_are(view: ComparisonView, models: Models) -> None:
    compare(models, 3)
    box = view.charts[0].box
    whole = box.viewRange()[0]
    box.scaleBy(x=10)
    assert box.viewRange()[0] == pytest.approx(whole, rel=0.01, abs=0.01)
    box.scaleBy(x=0.5)
    box.translateBy(x=1000)
    assert box.viewRange()[0][1] == pytest.approx(whole[1], rel=0.01)


def test_runs_without_an_epoch_are_compared_all_the_same(view: ComparisonView, models: Models) -> None:
    told = samples_comparison.contrasted(2)
    bare = replace(told.runs[1], lines=type(told.runs[1].lines)(), accuracy=None, best_epoch=None)
    models.comparison.apply([replace(told, runs=(told.runs[0], bare))])
    assert cells(view)[1][1:4:2] == ["–", "–"]
    view.charts[0].show_pointer(3)
    assert view.charts[0].readout.text().endswith("B  –")


def test_the_charts_follow_a_change_of_look(qapp: QApplication, view: ComparisonView, models: Models) -> None:
    compare(models, 2)
    theme.apply(qapp, "dark")
    assert view.charts[0].lines[1].opts["pen"].color().name().upper() == theme.DARK.lines[1]


# --- results and settings --------------------------------------------------------------------------------------------


def test_only_the_settings_that_differ_stand_in_the_table(view: ComparisonView, models: Models) -> None:
    compare(models, 2)
    assert titles(view)[6:] == ["λ"]
    assert [row[6] for row in cells(view)] == ["0", "0.005"]
    assert view.results.headerData(6, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole) == "Transfer › λ"
    assert cells(view)[0][0] == "A   λ 0"


def test_the_table_keeps_qts_rules(view: ComparisonView, models: Models, qtmodeltester: ModelTester) -> None:
    compare(models, 8)
    assert isinstance(view.results, ResultsTable)
    qtmodeltester.check(view.results)


def test_eight_runs_fit_the_smallest_window(view: ComparisonView, models: Models) -> None:
    compare(models, 8)
    QApplication.sendPostedEvents()
    assert view.minimumSizeHint().height() <= 688
    assert view.minimumSizeHint().width() <= 1080


# --- two of them, picture by picture ---------------------------------------------------------------------------------


def test_who_is_better_is_said_with_its_chance(view: ComparisonView, models: Models) -> None:
    compare(models, 2)
    models.comparison.apply([samples_comparison.matched()])
    duel = view.duel
    assert duel.figure.text() == "+4.3 points"
    assert duel.interval.text() == "B − A, 95 % interval +0.1 to +8.8"
    assert duel.counts.text() == "B gets 14 pictures right that A gets wrong, A 5 that B gets wrong."
    assert duel.chance.text() == "p = 0.064 (McNemar, exact): it may be chance."
    assert duel.scope.text() == "On the 207 test pictures of both."


def test_pictures_that_are_not_in_both_tests_are_said(view: ComparisonView, models: Models) -> None:
    compare(models, 2)
    models.comparison.apply([replace(samples_comparison.matched(), left_out=(3, 12))])
    assert view.duel.scope.text() == "On the 207 test pictures of both; 3 of A and 12 of B are not in the other's test."


@pytest.mark.parametrize(("name", "count"), [("gained", 14), ("lost", 5)])
def test_what_changed_sides_opens_as_pictures(
    view: ComparisonView, models: Models, monkeypatch: pytest.MonkeyPatch, name: str, count: int
) -> None:
    opened = create_autospec(show_pictures)
    monkeypatch.setattr(view_module, "show_pictures", opened)
    compare(models, 2)
    models.comparison.apply([samples_comparison.matched()])
    getattr(view.duel, name).click()
    assert opened.call_args.kwargs == {"data": samples.EXPERIMENT.target.data, "folder": Path("/runs/1-0")}
    pictures = opened.call_args.args[1]
    assert len(pictures) == count
    assert all((picture.label == picture.predicted) == (name == "gained") for picture in pictures)


def test_none_that_changed_sides_cannot_be_opened(view: ComparisonView, models: Models) -> None:
    compare(models, 2)
    models.comparison.apply([samples_comparison.matched(only_first=0)])
    assert view.duel.gained.isEnabled()
    assert not view.duel.lost.isEnabled()


def test_any_two_of_several_can_be_looked_at(view: ComparisonView, models: Models) -> None:
    compare(models, 4)
    duel = view.duel
    duel.second.setCurrentIndex(3)
    duel.second.activated.emit(3)
    assert models.comparison.pair == (0, 3)
    models.comparison.apply([samples_comparison.matched("/runs/0-0", "/runs/3-0")])
    assert duel.counts.text().startswith("D gets 14 pictures right that A gets wrong")
    duel.first.setCurrentIndex(3)
    duel.first.activated.emit(3)
    assert duel.reason.text() == "These are the same run."


def test_runs_on_other_data_have_curves_and_the_reason_why_nothing_more(view: ComparisonView, models: Models) -> None:
    compare(models, 2)
    models.comparison.fail("match", Failure("user", "The two runs share no test picture.", "Choose others.", ""))
    assert len(view.charts[0].lines) == 2
    assert (view.duel.reason.text(), view.duel.remedy.text()) == (
        "The two runs share no test picture.",
        "Choose others.",
    )
    assert not view.duel.again.isVisible()


def test_what_was_cancelled_can_be_looked_at_later(
    qtbot: QtBot, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    match = create_autospec(ComparisonModel.match)
    monkeypatch.setattr(ComparisonModel, "match", match)
    view = shown(qtbot, models)
    compare(models, 2)
    match.reset_mock()
    qtbot.mouseClick(view.duel.again, Qt.MouseButton.LeftButton)
    match.assert_called_once_with(models.comparison)


def test_runs_of_one_name_are_told_apart_by_their_seed(view: ComparisonView, models: Models) -> None:
    compare(models, 2, seeds=2)
    assert [view.duel.first.itemText(place) for place in (0, 1)] == ["A   seed 0, λ 0", "B   seed 1, λ 0"]


@pytest.mark.parametrize("look", ["light", "dark"])
def test_no_word_is_clipped_beside_eight_runs(
    qapp: QApplication, view: ComparisonView, models: Models, look: theme.Mode
) -> None:
    theme.apply(qapp, look)
    compare(models, 8)
    models.comparison.apply([replace(samples_comparison.matched(), left_out=(3, 12))])
    QApplication.sendPostedEvents()
    view.grab()
    words = [each for each in view.duel.findChildren(QLabel) if each.isVisible() and each.text()]
    assert len(words) >= 6
    for each in words:
        room = each.fontMetrics().boundingRect(each.rect(), Qt.TextFlag.TextWordWrap, each.text())
        assert room.height() <= each.height() + 1, each.text()
        assert room.width() <= each.width() + 1, each.text()


# --- states ----------------------------------------------------------------------------------------------------------


def test_while_runs_are_read_the_page_says_so(view: ComparisonView, models: Models) -> None:
    models.comparison.open([Path("/runs/1"), Path("/runs/2")])
    assert view.progress.isVisible()
    assert not view.duel.isVisible()


def test_a_run_that_cannot_be_read_is_said_with_the_way_back(view: ComparisonView, models: Models) -> None:
    models.comparison.open([Path("/runs/1"), Path("/runs/2")])
    models.comparison.fail("contrast", Failure("user", "There is no run 2.", "Choose others.", ""))
    assert view.failed.isVisible()
    assert not view.progress.isVisible()
    view.failed.button.click()
    assert not models.comparison.is_open


def test_runs_on_disk_are_compared(
    qtbot: QtBot, qapp: QApplication, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "evaluate", unreadable)
    theme.apply(qapp, "light")
    models = build(Home.under(home), samples.EXPERIMENT)
    view = shown(qtbot, models)
    folders = [made(models.home, replace(samples.EXPERIMENT, name=name), epochs=24) for name in ("one", "other")]
    models.comparison.open(folders)
    qtbot.waitUntil(lambda: view.duel.reason.text() == "Its weights have gone.", timeout=WAIT_MS)
    assert [row[0] for row in cells(view)] == ["A   one", "B   other"]
    assert len(view.charts[0].lines[0].getData()[0]) == 24
    qtbot.waitUntil(lambda: all(worker.has_ended for worker in models.workers()), timeout=WAIT_MS)


def test_pictures_that_changed_sides_are_those_of_the_second_run_whatever_run_is_in_view(
    qtbot: QtBot, qapp: QApplication, home: Path
) -> None:
    theme.apply(qapp, "light")
    models = build(Home.under(home), samples.EXPERIMENT)
    view = shown(qtbot, models)
    scratch = Scratch(network="small_cnn")
    first, second = (run(tiny(seed=seed, name=f"s{seed}", source=scratch), models.home) for seed in (0, 1))
    models.comparison.open([first, second])
    qtbot.waitUntil(lambda: models.comparison.matched is not None, timeout=WAIT_MS)
    matched = models.comparison.matched
    assert matched is not None
    button, turned = (view.duel.gained, matched.gained) if matched.gained else (view.duel.lost, matched.lost)
    button.click()
    (viewer,) = view.window().findChildren(Viewer)
    assert viewer.picture == turned[0].picture
    album = models.albums.open(second, matched.data, "target", LARGE)
    qtbot.waitUntil(lambda: bool(album.request(turned[0].picture.index)), timeout=WAIT_MS)
    viewer.close()
    qtbot.waitUntil(lambda: all(worker.has_ended for worker in models.workers()), timeout=WAIT_MS)
