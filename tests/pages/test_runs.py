from dataclasses import replace
from pathlib import Path
from unittest.mock import create_autospec

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QDialog, QPushButton
from pytestqt.qtbot import QtBot

from kt_gui import samples
from kt_gui.bridge.comparison_model import ComparisonModel
from kt_gui.bridge.models import Models
from kt_gui.bridge.run_cells import COLUMNS
from kt_gui.bridge.run_model import RunModel
from kt_gui.bridge.runs_table import RunsTable
from kt_gui.pages.runs import RunsPage
from kt_gui.samples import comparison as samples_comparison
from kt_gui.schema.experiment import EarlierRun
from kt_gui.store.runs import RunRecord


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


# --- several runs ----------------------------------------------------------------------------------------------------


def seeds(count: int, seeds: int = 1) -> list[RunRecord]:
    """So many recipes with so many seeds each."""
    record = samples.records(1)[0]
    return [
        replace(record, id=f"{recipe}-{seed}", recipe=f"r{recipe}", folder=Path(f"/runs/{recipe}-{seed}"), tags=())
        for recipe in range(count)
        for seed in range(seeds)
    ]


def choose_rows(page: RunsPage, count: int) -> None:
    """Choose the first so many rows."""
    page.table.clearSelection()
    flags = page.table.selectionModel().SelectionFlag
    for row in range(count):
        page.table.selectionModel().select(page.rows.index(row, 0), flags.Select | flags.Rows)


def test_one_run_is_nothing_to_compare_and_the_button_says_so(empty: Models, page: RunsPage) -> None:
    empty.runs.show(seeds(3))
    choose_rows(page, 1)
    assert not page.compare.isEnabled()
    assert page.compare.toolTip() == "Choose two runs or more, with Ctrl or Shift held."


def test_what_is_for_one_run_says_so_where_several_are_chosen(empty: Models, page: RunsPage) -> None:
    empty.runs.show(seeds(3))
    choose_rows(page, 2)
    assert page.chosen is None
    assert not any(each.isEnabled() for each in (page.open, page.use, page.resume, page.more))
    assert page.open.toolTip() == "Choose one run only."
    assert page.compare.isEnabled()
    assert page.remove.isEnabled()
    assert not page.reason.isVisible()


@pytest.mark.parametrize(("recipes", "each", "is_fine"), [(8, 1, True), (9, 1, False), (3, 5, True), (9, 2, False)])
def test_eight_lines_are_the_most_and_seeds_count_as_one(
    empty: Models, page: RunsPage, recipes: int, each: int, *, is_fine: bool
) -> None:
    empty.runs.show(seeds(recipes, each))
    choose_rows(page, recipes * each)
    assert page.compare.isEnabled() == is_fine
    assert page.compare.toolTip().startswith("" if is_fine else "Choose eight at most")


def test_comparing_shows_the_runs_side_by_side_and_leads_back(
    qtbot: QtBot, empty: Models, page: RunsPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = create_autospec(ComparisonModel.open)
    empty.runs.show(seeds(3))
    choose_rows(page, 2)
    with monkeypatch.context() as patched:
        patched.setattr(ComparisonModel, "open", opened)
        qtbot.mouseClick(page.compare, Qt.MouseButton.LeftButton)
    opened.assert_called_once_with(empty.comparison, [Path("/runs/0-0"), Path("/runs/1-0")], is_together=False)
    assert page.comparison is None
    empty.comparison.apply([samples_comparison.contrasted(2)])
    assert page.comparison is not None
    assert page.comparison.isVisible()
    assert not page.table.isVisible()
    page.comparison.back.click()
    assert page.table.isVisible()
    assert len(page.table.chosen()) == 2


def test_a_group_of_seeds_is_one_row_that_stands_for_all_of_them(qtbot: QtBot, empty: Models, page: RunsPage) -> None:
    empty.runs.show(seeds(2, 3))
    page.group.click()
    assert page.rows.rowCount() == 2
    choose_rows(page, 1)
    assert [each.id for each in page.table.chosen()] == ["0-0", "0-1", "0-2"]
    assert page.compare.isEnabled()


def test_a_group_opens_by_its_arrow_by_a_double_click_and_by_the_keyboard(
    qtbot: QtBot, empty: Models, page: RunsPage
) -> None:
    empty.runs.show(seeds(2, 3))
    page.group.click()
    place = page.table.visualRect(page.rows.index(0, 0))
    qtbot.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=place.topLeft() + QPoint(12, 20))
    assert page.rows.rowCount() == 5
    qtbot.mouseDClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=place.center())
    assert page.rows.rowCount() == 2
    page.table.setCurrentIndex(page.rows.index(1, 0))
    qtbot.keyClick(page.table, Qt.Key.Key_Right)
    assert page.rows.rowCount() == 5
    qtbot.keyClick(page.table, Qt.Key.Key_Left)
    assert page.rows.rowCount() == 2


def test_a_run_in_an_open_group_can_be_chosen_alone(empty: Models, page: RunsPage) -> None:
    empty.runs.show(seeds(1, 3))
    page.group.click()
    page.rows.unfold(0)
    page.table.selectRow(2)
    assert page.chosen is not None
    assert page.chosen.id == "0-1"
    assert page.open.isEnabled()


def test_several_runs_are_deleted_after_one_question_that_says_how_many(
    empty: Models, page: RunsPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete = create_autospec(RunsTable.delete)
    monkeypatch.setattr(RunsTable, "delete", delete)
    empty.runs.show(seeds(3))
    choose_rows(page, 2)
    page.remove.click()
    delete.assert_not_called()
    question = page.findChildren(QDialog)[0]
    assert question.windowTitle() == "Delete these 2 runs?"
    next(each for each in question.findChildren(QPushButton) if each.text() == "Delete").click()
    delete.assert_called_once_with(empty.runs, *empty.runs.records[:2])


def test_a_choice_of_several_outlives_a_new_list(empty: Models, page: RunsPage) -> None:
    empty.runs.show(seeds(3))
    choose_rows(page, 2)
    empty.runs.show(seeds(4))
    assert [each.id for each in page.table.chosen()] == ["0-0", "1-0"]


def test_a_tag_is_put_into_the_filter_and_taken_out_again(empty: Models, page: RunsPage) -> None:
    first, second, third = seeds(3)
    empty.runs.show([replace(first, tags=("good", "demo")), replace(second, tags=("good",)), third])
    page.tags.menu().aboutToShow.emit()
    good, demo = page.tags.menu().actions()
    assert [good.text(), demo.text()] == ["#good   2", "#demo   1"]
    good.trigger()
    demo.trigger()
    assert page.filter.text() == "#good #demo"
    assert [each.id for each in page.rows.rows] == ["0-0"]
    page.tags.menu().aboutToShow.emit()
    assert all(action.isChecked() for action in page.tags.menu().actions())
    page.tags.menu().actions()[1].trigger()
    assert page.filter.text() == "#good"


def test_without_tags_there_is_none_to_choose(empty: Models, page: RunsPage) -> None:
    empty.runs.show(seeds(3))
    assert not page.tags.isEnabled()
