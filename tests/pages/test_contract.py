"""What every page must do, whoever wrote it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSlider,
    QWidget,
)
from pytestqt.qtbot import QtBot

from kt_gui.bridge.models import Models
from kt_gui.widgets import theme
from kt_gui.widgets.parts import Elided
from kt_gui.window import make_page

PAGES = ("start", "source", "target", "transfer", "train", "evaluate", "use", "runs", "studies")
WIDTH, HEIGHT = 1080, 688
"""What a window of 1280x720 leaves for a page."""
CONTROLS = (QAbstractButton, QComboBox, QLineEdit, QSlider)

every_page = pytest.mark.parametrize("name", PAGES)


def shown(qtbot: QtBot, name: str, models: Models, width: int = WIDTH, height: int = HEIGHT) -> QWidget:
    page = make_page(name, models)
    qtbot.addWidget(page)
    page.resize(width, height)
    with qtbot.waitExposed(page):
        page.show()
    QApplication.sendPostedEvents()
    return page


def named(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, QAbstractButton | QLabel | QLineEdit) else ""
    return f"{type(widget).__name__} {widget.accessibleName() or text or widget.objectName()!r}"


def visible(page: QWidget, kind: type | tuple[type, ...]) -> list[QWidget]:
    return [each for each in page.findChildren(QWidget) if isinstance(each, kind) and each.isVisibleTo(page)]


def is_scrolled(widget: QWidget, page: QWidget) -> bool:
    above = widget.parentWidget()
    while above is not None and above is not page:
        if isinstance(above, QScrollArea | QAbstractScrollArea):
            return True
        above = above.parentWidget()
    return False


@every_page
def test_a_page_shows_when_there_is_nothing_to_show(qtbot: QtBot, empty: Models, name: str) -> None:
    assert not shown(qtbot, name, empty).grab().isNull()


@every_page
def test_a_page_fits_the_smallest_window(qtbot: QtBot, models: Models, name: str) -> None:
    page = shown(qtbot, name, models)
    assert page.minimumSizeHint().width() <= WIDTH
    assert page.minimumSizeHint().height() <= HEIGHT
    assert page.size().toTuple() == (WIDTH, HEIGHT)


@every_page
def test_nothing_stands_outside_a_page(qtbot: QtBot, models: Models, name: str) -> None:
    page = shown(qtbot, name, models)
    frame = QRect(0, 0, WIDTH, HEIGHT)
    outside = [
        named(each)
        for each in visible(page, (*CONTROLS, QLabel))
        if not is_scrolled(each, page) and not frame.contains(QRect(each.mapTo(page, QPoint()), each.size()))
    ]
    assert outside == []


@every_page
def test_no_label_is_clipped(qtbot: QtBot, models: Models, language: str, name: str) -> None:
    page = shown(qtbot, name, models)
    clipped = [
        named(each)
        for each in visible(page, QLabel)
        if isinstance(each, QLabel)
        and not isinstance(each, Elided)
        and each.pixmap().isNull()
        and not each.wordWrap()
        and each.width() < each.fontMetrics().horizontalAdvance(each.text())
    ]
    assert clipped == []


@every_page
@pytest.mark.parametrize("look", ["light", "dark"])
def test_a_page_shows_in_both_looks(
    qtbot: QtBot, dressed: QApplication, models: Models, name: str, look: theme.Mode
) -> None:
    theme.apply(dressed, look)
    ground = shown(qtbot, name, models).grab().toImage().pixelColor(4, 4).name().upper()
    assert ground == theme.current().background


@every_page
def test_a_page_that_stands_follows_a_change_of_look(
    qtbot: QtBot, dressed: QApplication, models: Models, name: str
) -> None:
    page = shown(qtbot, name, models)
    theme.apply(dressed, "dark")
    assert page.grab().toImage().pixelColor(4, 4).name().upper() == theme.DARK.background


@every_page
def test_a_page_shows_in_each_language(qtbot: QtBot, models: Models, language: str, name: str) -> None:
    page = shown(qtbot, name, models)
    assert page.minimumSizeHint().width() <= WIDTH


@every_page
def test_a_page_shows_ten_thousand_events(qtbot: QtBot, long: Models, name: str) -> None:
    assert not shown(qtbot, name, long).grab().isNull()


@every_page
def test_a_page_that_stands_takes_in_a_run(qtbot: QtBot, empty: Models, name: str) -> None:
    from kt_gui import scenes

    page = shown(qtbot, name, empty)
    scenes.show_finished(empty)
    QApplication.sendPostedEvents()
    assert not page.grab().isNull()


@every_page
def test_a_page_closes_while_a_run_goes_on(qtbot: QtBot, models: Models, name: str) -> None:
    page = shown(qtbot, name, models)
    assert models.run.is_live
    assert page.close()
    models.run.changed.emit()


@every_page
def test_a_page_may_be_deleted_while_its_models_live_on(qtbot: QtBot, models: Models, name: str) -> None:
    page = make_page(name, models)
    with qtbot.waitSignal(page.destroyed):
        page.deleteLater()
    models.experiment.edited.emit()
    models.run.changed.emit()
    models.runs.listed.emit()
    models.source_data.changed.emit()
    models.target_data.changed.emit()
    models.network.changed.emit()
    theme.themed.changed.emit()


@every_page
def test_the_keyboard_reaches_every_control(qtbot: QtBot, done: Models, name: str) -> None:
    page = shown(qtbot, name, done)
    wanted = {each for each in visible(page, CONTROLS) if each.isEnabled() and each.focusProxy() is None}
    wanted = {each for each in wanted if not isinstance(each.parentWidget(), QComboBox) and is_in_chain(each)}
    unreachable = [named(each) for each in wanted if not each.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert unreachable == []


def is_in_chain(widget: QWidget) -> bool:
    """Buttons inside a line edit or a table belong to it and need no focus of their own; of a group of which one holds
    the tab key reaches that one, and the arrow keys the others.
    """
    if isinstance(widget, QAbstractButton) and widget.group() is not None and not widget.isChecked():
        return not widget.group().exclusive()
    return not isinstance(widget.parentWidget(), QLineEdit | QAbstractScrollArea | QAbstractSpinBox | QComboBox)


@every_page
def test_every_control_has_a_name_to_read_aloud(qtbot: QtBot, models: Models, name: str) -> None:
    page = shown(qtbot, name, models)
    nameless = [each for each in visible(page, CONTROLS) if is_in_chain(each) and not spoken(page, each)]
    assert [f"{type(each).__name__} at {each.mapTo(page, QPoint()).toTuple()}" for each in nameless] == []


def spoken(page: QWidget, control: QWidget) -> str:
    buddies = [each.text() for each in page.findChildren(QLabel) if each.buddy() is control]
    text = control.text() if isinstance(control, QAbstractButton) else ""
    return control.accessibleName() or text or "".join(buddies)


def test_every_page_shows_at_twice_the_scale(tmp_path: Path) -> None:
    program = f"""
import sys
from PySide6.QtWidgets import QApplication
from kt_gui import scenes
from kt_gui.widgets import theme
from kt_gui.window import MainWindow
app = QApplication([])
theme.apply(app, "light")
models = scenes.sample_models()
scenes.show_running(models)
window = MainWindow(models, lambda language: None)
window.resize(1280, 720)
window.show()
for name in {PAGES!r}:
    window.go(name)
    scenes.settle()
    picture = window.grab()
    assert picture.size().toTuple() == (2560, 1440), (name, picture.size())
    assert window.size().toTuple() == (1280, 720), (name, window.size())
print("shown")
"""
    answer = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "QT_SCALE_FACTOR": "2"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert answer.stdout == "shown\n", answer.stderr
