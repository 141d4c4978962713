"""Pairs of test and source, side by side."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kt_gui import scenes
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models
from kt_gui.bridge.overlap_model import Row
from kt_gui.samples import overlaps
from kt_gui.schema.corrections import Corrected, Exclusion
from kt_gui.schema.overlaps import Overlap
from kt_gui.widgets import theme
from kt_gui.widgets.evaluation.viewer import Viewer
from kt_gui.widgets.messages import FailureDialog
from kt_gui.widgets.studies.overlap_dialog import OverlapDialog

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


@pytest.fixture
def models(qapp: QApplication) -> Models:
    theme.apply(qapp, "light")
    return scenes.sample_models()


def shown(qtbot: QtBot, models: Models, *found: Overlap) -> OverlapDialog:
    made = OverlapDialog(models)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    models.overlap.apply(list(found))
    return made


@pytest.fixture
def left_out(models: Models, monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[Row], str]]:
    """What is asked to be left out."""
    heard: list[tuple[list[Row], str]] = []
    monkeypatch.setattr(models.overlap, "leave_out", lambda rows, side: heard.append((list(rows), side)))
    return heard


def test_pairs_are_listed_with_what_found_them(qtbot: QtBot, models: Models) -> None:
    dialog = shown(qtbot, models, overlaps.overlap())
    assert dialog.page == "list"
    assert dialog.title.text() == "7 pictures of the test of Noto emoji are in Twemoji emoji, too."
    rows = dialog.list.model()
    assert rows.rowCount() == 7
    said = rows.data(rows.index(2, 0), Qt.ItemDataRole.AccessibleTextRole)
    assert said.splitlines() == [
        "In Twemoji emoji: clock/2.png (clock)",
        "In the test: clock/2.png (clock)",
        "alike in its pixels, alike to a network, cosine 0.99",
    ]


def test_chosen_pairs_are_left_out_of_the_side_that_is_pressed(
    qtbot: QtBot, models: Models, left_out: list[tuple[list[Row], str]]
) -> None:
    dialog = shown(qtbot, models, overlaps.overlap())
    assert not dialog.leave["source"].isEnabled()
    dialog.exact.click()
    assert dialog.count.text() == "2 of 7 chosen"
    dialog.leave["source"].click()
    dialog.every.click()
    dialog.leave["test"].click()
    assert left_out == [(models.overlap.rows[:2], "source"), (models.overlap.rows, "test")]


def test_the_keyboard_chooses_pairs(qtbot: QtBot, models: Models) -> None:
    dialog = shown(qtbot, models, overlaps.overlap())
    dialog.list.setCurrentIndex(dialog.list.model().index(0, 0))
    qtbot.keyClick(dialog.list, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert dialog.list.chosen == [0, 1]
    with qtbot.waitSignal(dialog.list.opened) as opened:
        qtbot.keyClick(dialog.list, Qt.Key.Key_Return)
    assert opened.args == [1]
    (viewer,) = dialog.findChildren(Viewer)
    assert viewer.picture == overlaps.overlap().pairs[1].second
    viewer.close()


def test_what_is_left_out_says_so_and_can_be_taken_back(
    qtbot: QtBot, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[list[Row]] = []
    monkeypatch.setattr(models.overlap, "take_back", lambda rows: taken.append(list(rows)))
    dialog = shown(qtbot, models, overlaps.overlap())
    assert not dialog.take_back.isVisible()
    said = (Exclusion(digest="target 0", name=""),)
    models.corrections.apply([Corrected(data=overlaps.overlap().target, corrections=said, file="", beside=True)])
    row = dialog.list.model().index(0, 0)
    assert "left out of the test" in row.data(Qt.ItemDataRole.AccessibleTextRole)
    dialog.list.setCurrentIndex(row)
    assert not dialog.leave["source"].isEnabled()
    dialog.take_back.click()
    assert taken == [models.overlap.rows[:1]]


def test_of_what_a_run_has_learnt_only_the_test_can_do_without(qtbot: QtBot, models: Models) -> None:
    dialog = shown(qtbot, models, overlaps.overlap(run="/runs/1"))
    assert not dialog.leave["source"].isVisible()
    assert dialog.leave["test"].isVisible()
    assert "The run has learnt from Twemoji emoji already." in dialog.effect.text()


def test_nothing_in_common_a_search_and_a_failure_have_pages_of_their_own(qtbot: QtBot, models: Models) -> None:
    dialog = shown(qtbot, models)
    assert dialog.page == "unread"
    models.overlap.apply([overlaps.overlap(0)])
    assert dialog.page == "fine"
    assert dialog.closer.isVisible()
    models.overlap.fail(Failure("user", "The folder has gone.", "Put it back.", ""))
    assert dialog.page == "failed"
    assert not dialog.closer.isVisible()


def test_a_network_is_asked_once(qtbot: QtBot, models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(models.overlap, "search", asked.append)
    dialog = shown(qtbot, models, overlaps.overlap())
    dialog.closer.click()
    assert asked == ["both"]
    models.overlap.by = "both"
    dialog.write()
    assert not dialog.closer.isVisible()


def test_a_correction_that_failed_is_told(qtbot: QtBot, models: Models) -> None:
    dialog = shown(qtbot, models, overlaps.overlap())
    models.corrections.failed.emit(Failure("user", "The disk is full.", "Make room.", ""))
    (told,) = dialog.findChildren(FailureDialog)
    told.close()


def test_only_pictures_in_sight_are_fetched(qtbot: QtBot, models: Models) -> None:
    dialog = shown(qtbot, models, overlaps.overlap(5000))
    album = models.albums.open(Path(), overlaps.overlap().target)
    dialog.list.grab()
    assert 0 < len(album._wanted) < 20
