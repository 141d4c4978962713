import csv
import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kt_gui import samples
from kt_gui.bridge.models import Models
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import StepEnded
from kt_gui.screenshots import sample_models
from kt_gui.widgets import theme
from kt_gui.widgets.curves import Curves

RUN = samples.running(17)
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


@pytest.fixture
def models(qapp: QApplication) -> Models:
    theme.apply(qapp, "light")
    made = sample_models()
    made.run.apply(samples.running(17))
    return made


@pytest.fixture
def curves(qtbot: QtBot, models: Models) -> Curves:
    made = Curves()
    qtbot.addWidget(made)
    made.resize(720, 480)
    with qtbot.waitExposed(made):
        made.show()
    qtbot.waitUntil(lambda: len(made.charts) == 2)
    made.show_run(models.run.phases, is_live=True)
    return made


def option(curves: Curves, *titles: str) -> Callable[[], None]:
    """An entry of the view menu, by its way through the menus."""
    menu = curves.view_menu
    for title in titles[:-1]:
        menu = next(action.menu() for action in menu.actions() if action.text() == title)
    return next(action.trigger for action in menu.actions() if action.text() == titles[-1])


def colours(picture: QImage) -> set[str]:
    return {picture.pixelColor(x, y).name() for x in range(picture.width()) for y in range(picture.height())}


def test_charts_are_made_after_the_first_paint(qtbot: QtBot, models: Models) -> None:
    made = Curves()
    qtbot.addWidget(made)
    made.show()
    assert made.charts == ()
    qtbot.waitUntil(lambda: len(made.charts) == 2)


def test_lines_dots_and_the_best_epoch_are_drawn(curves: Curves) -> None:
    look = theme.current()
    for chart in curves.charts:
        seen = colours(chart.grab().toImage())
        assert {look.accent.lower(), look.validation.lower(), look.dots.lower(), look.good.lower()} <= seen


def test_both_phases_stand_on_one_time_line_with_the_handover_between(curves: Curves) -> None:
    chart = curves.charts[0]
    assert chart.handover.isVisible()
    assert chart.handover.value() == 16
    assert chart.best.getData()[0].tolist() == [16 + 14]
    left, right = chart.box.viewRange()[0]
    assert left < 0.5
    assert 40 < right < 41


def test_the_charts_move_together(curves: Curves) -> None:
    loss, accuracy = curves.charts
    loss.box.setXRange(3, 9, padding=0)
    assert accuracy.box.viewRange()[0] == pytest.approx([3, 9])


def test_the_log_scale_is_one_click(qtbot: QtBot, curves: Curves) -> None:
    chart = curves.charts[0]
    assert chart.is_log
    low = chart.box.viewRange()[1][0]
    qtbot.mouseClick(curves.log, Qt.MouseButton.LeftButton, pos=QPoint(10, curves.log.height() // 2))
    assert not chart.is_log
    assert low < 0 < chart.box.viewRange()[1][1]
    assert not curves.charts[1].is_log


def test_smoothing_changes_the_line_but_not_the_best_epoch(curves: Curves) -> None:
    chart = curves.charts[0]
    before, best = chart.validation.getData()[1].copy(), chart.best.getData()[1].copy()
    option(curves, "Smoothing", "0.9")()
    assert abs(chart.validation.getData()[1] - before)[1:15].max() > 0.01
    assert chart.best.getData()[1] == best


def test_one_can_look_at_the_last_epochs_only(curves: Curves) -> None:
    option(curves, "Show", "The last 10 epochs")()
    left, right = curves.charts[0].box.viewRange()[0]
    assert (left, right) == pytest.approx((23, 33), abs=0.2)
    option(curves, "Show", "This phase")()
    assert curves.charts[0].box.viewRange()[0][0] == pytest.approx(16, abs=0.3)


def test_a_zoom_by_hand_stays_until_escape(qtbot: QtBot, curves: Curves, models: Models) -> None:
    chart = curves.charts[0]
    chart.box.setXRange(3, 9, padding=0)
    chart.box.sigRangeChangedManually.emit(chart.box.state["mouseEnabled"])
    curves.show_run(models.run.phases, is_live=True)
    assert chart.box.viewRange()[0] == pytest.approx([3, 9])
    qtbot.keyClick(chart, Qt.Key.Key_Escape)
    assert chart.box.viewRange()[0][1] > 40


def test_the_pointer_reads_the_values_of_the_nearest_epoch(curves: Curves, models: Models) -> None:
    loss, accuracy = curves.charts
    epoch = models.run.phases[0].epochs[7]
    place = loss.box.mapViewToScene(QPointF(8.3, 0))
    loss.view.scene().sigMouseMoved.emit(place)
    assert loss.readout.isVisible()
    assert f"epoch 8 · learning {epoch.train_loss:.3g}" in loss.readout.text()
    assert accuracy.readout.text().startswith("epoch 8 · learning")
    assert accuracy.readout.text().endswith("%")


def test_arrow_keys_walk_from_epoch_to_epoch(qtbot: QtBot, curves: Curves) -> None:
    loss = curves.charts[0]
    qtbot.keyClick(loss, Qt.Key.Key_Left)
    assert loss.readout.text().startswith("epoch 17 ")
    qtbot.keyClick(loss, Qt.Key.Key_Left)
    assert loss.readout.text().startswith("epoch 16 ")
    assert loss.accessibleDescription() == loss.readout.text()


def test_new_epochs_are_added_to_the_table_without_reading_it_anew(
    qtbot: QtBot, models: Models, curves: Curves
) -> None:
    option(curves, "Show as table")()
    last = models.run.phases[-1].epochs[-1]
    known = curves.table.rowCount()
    with qtbot.assertNotEmitted(curves.table.modelReset):
        models.run.apply([msgspec.structs.replace(last, epoch=last.epoch + 1)])
        curves.show_run(models.run.phases, is_live=True)
    assert curves.table.rowCount() == known + 1
    with qtbot.waitSignal(curves.table.modelReset):
        models.run.apply([msgspec.structs.replace(last, epoch=2)])
        curves.show_run(models.run.phases, is_live=True)
    assert curves.table.rowCount() == 16 + 3


def test_there_is_a_table_behind_the_curves(curves: Curves) -> None:
    option(curves, "Show as table")()
    assert curves.pages.currentIndex() == 1
    assert curves.table.rowCount() == 16 + 17
    texts = [curves.table.data(curves.table.index(16 + 13, column)) for column in range(curves.table.columnCount())]
    assert texts[:2] == ["fine-tuning", "14 (best)"]


def test_the_look_can_change_while_curves_are_shown(qapp: QApplication, curves: Curves) -> None:
    theme.apply(qapp, "dark")
    assert theme.current().card.lower() in colours(curves.charts[0].grab().toImage())
    theme.apply(qapp, "light")
    assert "#ffffff" in colours(curves.charts[0].grab().toImage())


def test_curves_are_saved_as_picture_drawing_and_numbers(curves: Curves, models: Models, tmp_path: Path) -> None:
    for suffix in ("png", "svg", "csv"):
        curves.save(tmp_path / f"curves.{suffix}")
    picture = QImage(str(tmp_path / "curves.png"))
    assert picture.width() == 2 * curves.width()
    assert QSvgRenderer(str(tmp_path / "curves.svg")).isValid()
    rows = list(csv.DictReader((tmp_path / "curves.csv").read_text("utf-8").splitlines()))
    epochs = [row for row in rows if row["kind"] == "epoch"]
    assert len(epochs) == 33
    assert float(epochs[-1]["train_loss"]) == models.run.phases[1].epochs[-1].train_loss
    assert len(rows) - 33 == sum(len(phase.positions) for phase in models.run.phases)


def test_a_folder_that_cannot_be_written_is_said(qtbot: QtBot, curves: Curves, tmp_path: Path) -> None:
    with qtbot.waitSignal(curves.failed) as told:
        curves.save(tmp_path / "missing" / "curves.png")
    assert isinstance(told.args[0], UserError)
    assert f"missing{os.sep}curves.png" in told.args[0].message


def count(picture: QImage, colour: str) -> int:
    places = ((x, y) for x in range(picture.width()) for y in range(picture.height()))
    return sum(picture.pixelColor(x, y).name() == colour.lower() for x, y in places)


def test_dots_that_a_resume_took_away_are_gone(curves: Curves, models: Models) -> None:
    before = count(curves.charts[0].grab().toImage(), theme.current().dots)
    first = next(event for event in samples.running(17) if isinstance(event, StepEnded) and event.phase == "finetuning")
    models.run.apply([first])
    curves.show_run(models.run.phases, is_live=True)
    after = count(curves.charts[0].grab().toImage(), theme.current().dots)
    assert 0 < after < 0.7 * before


def test_another_run_leaves_nothing_of_the_last(curves: Curves, models: Models) -> None:
    """Its points stand at the same places and are as many, but all of them lie at the bottom."""
    chart = curves.charts[1]
    other = sample_models()
    wrong = [msgspec.structs.replace(each, accuracy=0.0) if isinstance(each, StepEnded) else each for each in RUN]
    other.run.apply(wrong)
    upper = QRect(0, 0, chart.width(), chart.height() // 2)
    assert count(chart.grab(upper).toImage(), theme.current().dots) > 0
    curves.show_run(other.run.phases, is_live=True)
    assert count(chart.grab(upper).toImage(), theme.current().dots) == 0
