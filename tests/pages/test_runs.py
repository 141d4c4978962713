from dataclasses import replace
from pathlib import Path
from unittest.mock import create_autospec

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QPushButton
from pytestqt.qtbot import QtBot

from kt_gui import samples
from kt_gui.bridge.models import Models
from kt_gui.bridge.run_cells import COLUMNS
from kt_gui.bridge.run_model import RunModel
from kt_gui.bridge.runs_table import RunsTable
from kt_gui.pages.runs import RunsPage
from kt_gui.schema.experiment import EarlierRun


@pytest.fixture
def page(qtbot: QtBot, empty: Models) -> RunsPage:
    made = RunsPage(empty)
    qtbot.addWidget(made)
    made.resize(1080, 688)
    made.show()
    return made


def choose(page: RunsPage, state: str) -> None:
    """Choose the first run in this state."""
    names = [page.rows.index(row, COLUMNS.index("state")).data() for row in range(page.rows.rowCount())]
    page.table.selectRow(names.index(state))


def test_without_runs_the_page_leads_to_the_start(qtbot: QtBot, page: RunsPage) -> None:
    assert page.empty.isVisible()
    with qtbot.waitSignal(page.wanted) as wanted:
        page.empty.button.click()
    assert wanted.args == ["start"]


def test_two_thousand_runs_are_shown_and_sorted(empty: Models, page: RunsPage) -> None:
    empty.runs.show(samples.records(2000))
    page.table.sortByColumn(COLUMNS.index("accuracy"), Qt.SortOrder.DescendingOrder)
    assert page.rows.rowCount() == 2000
    assert page.rows.index(0, COLUMNS.index("accuracy")).data().startswith("86.0")


def test_the_newest_run_comes_first(empty: Models, page: RunsPage) -> None:
    empty.runs.show(samples.records(20))
    dates = [page.rows.index(row, COLUMNS.index("started")).data() for row in range(20)]
    assert dates == sorted(dates, reverse=True)


def test_typing_filters(qtbot: QtBot, empty: Models, page: RunsPage) -> None:
    empty.runs.show(samples.records(20))
    qtbot.keyClicks(page.filter, "Hymenoptera")
    assert {page.rows.index(row, 2).data() for row in range(page.rows.rowCount())} == {"hymenoptera"}


def test_nothing_can_be_done_until_a_run_is_chosen_and_the_page_says_so(empty: Models, page: RunsPage) -> None:
    empty.runs.show(samples.records(3))
    assert not any(each.isEnabled() for each in (page.open, page.use, page.resume, page.more, page.remove))
    assert page.reason.text() == "Choose a run first."


@pytest.mark.parametrize(
    ("state", "enabled"),
    [
        ("finished", {"open", "use"}),
        ("stopped", {"open", "use", "resume"}),
        ("interrupted", {"open", "resume"}),
        ("failed", {"open", "resume"}),
    ],
)
def test_what_can_be_done_depends_on_how_the_run_ended(
    empty: Models, page: RunsPage, state: str, enabled: set[str]
) -> None:
    empty.runs.show(samples.records(12))
    choose(page, state)
    buttons = {"open": page.open, "use": page.use, "resume": page.resume}
    assert {name for name, each in buttons.items() if each.isEnabled()} == enabled


def test_while_a_run_goes_on_none_can_be_opened(empty: Models, page: RunsPage) -> None:
    empty.runs.show(samples.records(3))
    empty.run.apply(samples.running())
    choose(page, "finished")
    assert not page.open.isEnabled()
    assert page.reason.text() == "A run is going on. Stop it first."


@pytest.mark.parametrize(("name", "called"), [("open", "replay"), ("resume", "resume")])
def test_a_run_is_opened_or_gone_on_with(
    qtbot: QtBot, empty: Models, page: RunsPage, monkeypatch: pytest.MonkeyPatch, name: str, called: str
) -> None:
    deed = create_autospec(getattr(RunModel, called))
    monkeypatch.setattr(RunModel, called, deed)
    empty.runs.show(samples.records(3))
    choose(page, "stopped")
    with qtbot.waitSignal(page.wanted) as wanted:
        getattr(page, name).click()
    assert wanted.args == ["train"]
    deed.assert_called_once_with(empty.run, Path("/runs/0002"))


def test_a_run_becomes_the_source(qtbot: QtBot, empty: Models, page: RunsPage) -> None:
    empty.runs.show(samples.records(3))
    choose(page, "stopped")
    with qtbot.waitSignal(page.wanted) as wanted:
        page.use.click()
    assert wanted.args == ["source"]
    assert empty.experiment.experiment.source == EarlierRun(run="/runs/0002")


def test_deleting_asks_first(empty: Models, page: RunsPage, monkeypatch: pytest.MonkeyPatch) -> None:
    delete = create_autospec(RunsTable.delete)
    monkeypatch.setattr(RunsTable, "delete", delete)
    empty.runs.show(samples.records(3))
    choose(page, "finished")
    page.remove.click()
    delete.assert_not_called()
    question = page.findChildren(QDialog)[0]
    next(each for each in question.findChildren(QPushButton) if each.text() == "Delete").click()
    delete.assert_called_once_with(empty.runs, empty.runs.records[0])


def test_renaming_opens_the_cell(empty: Models, page: RunsPage) -> None:
    empty.runs.show(samples.records(3))
    choose(page, "finished")
    next(each for each in page.more.menu().actions() if each.text() == "Rename").trigger()
    assert (
        page.table.isPersistentEditorOpen(page.table.currentIndex())
        or page.table.state() == page.table.State.EditingState
    )


def test_the_choice_outlives_a_new_list(empty: Models, page: RunsPage) -> None:
    empty.runs.show(samples.records(3))
    choose(page, "stopped")
    empty.runs.show(samples.records(6))
    assert page.chosen == next(each for each in empty.runs.records if each.id == "0002")
    assert page.use.isEnabled()


def test_tags_stand_behind_the_name_and_are_not_edited_with_it(empty: Models, page: RunsPage) -> None:
    (record,) = samples.records(1)
    empty.runs.show([replace(record, name="ants", tags=("good", "demo"))])
    name = page.rows.index(0, COLUMNS.index("name"))
    assert (name.data(), name.data(Qt.ItemDataRole.EditRole)) == ("ants  #good  #demo", "ants")


def test_the_list_is_read_anew_when_the_page_is_shown_again(
    empty: Models, page: RunsPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh = create_autospec(RunsTable.refresh)
    monkeypatch.setattr(RunsTable, "refresh", refresh)
    page.hide()
    page.show()
    refresh.assert_called_once_with(empty.runs)


def test_a_run_that_another_window_is_at_work_on_is_left_alone(empty: Models, page: RunsPage) -> None:
    empty.runs.show([replace(samples.records(1)[0], state="running")])
    choose(page, "running")
    assert not any(each.isEnabled() for each in (page.open, page.use, page.resume, page.remove))
    assert page.reason.text() == "This run is at work in another window or terminal."
