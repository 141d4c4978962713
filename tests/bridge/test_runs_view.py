from dataclasses import replace

import msgspec
import pytest
from PySide6.QtCore import QObject, QPersistentModelIndex, Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from kt_gui import samples
from kt_gui.bridge.run_cells import COLUMNS, Column
from kt_gui.bridge.runs_table import SORT_ROLE, RunsTable
from kt_gui.bridge.runs_view import PLACE_ROLE, RunsView
from kt_gui.schema.events import Result
from kt_gui.store.folders import Home
from kt_gui.store.runs import RunRecord, Runs, change

RESULT = Result(None, 0.7, 2, 1.5, 10, 20, 6.0)


@pytest.fixture
def table(folders: Home, owner: QObject) -> RunsTable:
    made = RunsTable(folders, owner)
    made.show(samples.records(30))
    return made


@pytest.fixture
def view(table: RunsTable, owner: QObject) -> RunsView:
    return RunsView(table, owner)


def test_the_view_keeps_qts_rules(view: RunsView, qtmodeltester: ModelTester) -> None:
    qtmodeltester.check(view)


@pytest.mark.parametrize("name", COLUMNS)
def test_every_column_can_be_sorted_both_ways(view: RunsView, name: str) -> None:
    column = COLUMNS.index(name)  # type: ignore[arg-type]
    for order, is_reversed in ((Qt.SortOrder.AscendingOrder, False), (Qt.SortOrder.DescendingOrder, True)):
        view.sort(column, order)
        values = [view.index(row, column).data(SORT_ROLE) for row in range(view.rowCount())]
        assert values == sorted(values, reverse=is_reversed)


def test_what_is_selected_moves_with_its_run(view: RunsView) -> None:
    view.sort(COLUMNS.index("name"))
    held, record = QPersistentModelIndex(view.index(3, 0)), view.rows[3]
    view.sort(COLUMNS.index("accuracy"), Qt.SortOrder.DescendingOrder)
    assert view.rows[held.row()] == record
    assert held.row() != 3


def test_every_word_is_sought_in_cells_and_tags(view: RunsView) -> None:
    view.search("baseline")
    assert sorted(record.id for record in view.rows) == ["0000", "0007", "000e", "0015", "001c"]
    view.search("baseline nothing")
    assert view.rows == []
    view.search("")
    assert len(view.rows) == 30


def test_a_new_list_is_sorted_and_sought_as_the_old_one(view: RunsView, table: RunsTable) -> None:
    view.sort(COLUMNS.index("seconds"))
    view.search("ants")
    table.show(
        [replace(record, name="ants", seconds=float(9 - place)) for place, record in enumerate(table.records[:9])]
    )
    assert [record.seconds for record in view.rows] == [float(number) for number in range(1, 10)]


def test_the_same_list_read_again_leaves_the_rows_in_peace(qtbot: QtBot, view: RunsView, table: RunsTable) -> None:
    with qtbot.assertNotEmitted(view.modelReset), qtbot.waitSignal(table.listed):
        table.show(samples.records(30))


def test_only_some_runs_are_kept(table: RunsTable, owner: QObject) -> None:
    view = RunsView(table, owner, lambda record: record.state == "failed")
    assert {record.state for record in view.rows} == {"failed"}


# --- groups ----------------------------------------------------------------------------------------------------------


def seeded(count: int, seeds: int) -> list[RunRecord]:
    """So many recipes with so many runs each; the n-th of a recipe has an accuracy of 0.6 + 0.02 n."""
    return [
        replace(
            samples.records(1)[0],
            id=f"{recipe}-{seed}",
            name=f"run {recipe}",
            recipe=f"r{recipe}",
            state="finished",
            started=100.0 * recipe + seed,
            result=msgspec.structs.replace(RESULT, target_accuracy=0.6 + 0.1 * recipe + 0.02 * seed),
        )
        for recipe in range(count)
        for seed in range(seeds)
    ]


@pytest.fixture
def groups(table: RunsTable, view: RunsView) -> RunsView:
    table.show([*seeded(2, 3), replace(samples.records(1)[0], id="single", recipe="alone", started=1.0)])
    view.group(True)
    return view


def texts(view: RunsView, column: Column) -> list[str]:
    return [view.index(row, COLUMNS.index(column)).data() for row in range(view.rowCount())]


def test_seeds_are_one_row_with_mean_and_deviation(groups: RunsView) -> None:
    assert texts(groups, "name") == ["run 1 · 3 runs  #baseline", "run 0 · 3 runs  #baseline", "emoji  #baseline"]
    assert texts(groups, "accuracy")[:2] == [
        "72.0\N{NO-BREAK SPACE}% ± 2.0 (n = 3)",
        "62.0\N{NO-BREAK SPACE}% ± 2.0 (n = 3)",
    ]


def test_grouped_rows_keep_qts_rules(groups: RunsView, qtmodeltester: ModelTester) -> None:
    groups.unfold(0)
    qtmodeltester.check(groups)


def test_a_group_opens_to_its_runs_and_closes_again(qtbot: QtBot, groups: RunsView) -> None:
    with qtbot.waitSignal(groups.rowsInserted) as told:
        groups.unfold(0)
    assert told.args[1:] == [1, 3]
    places = [groups.index(row, 0).data(PLACE_ROLE) for row in range(groups.rowCount())]
    assert places == ["open", "member", "member", "member", "closed", None]
    groups.sort(COLUMNS.index("accuracy"), Qt.SortOrder.AscendingOrder)
    assert [line.id for line in groups.lines] == ["single", "r0", "r1", "1-0", "1-1", "1-2"]
    groups.unfold(2)
    assert groups.rowCount() == 3


def test_a_group_cannot_be_renamed(groups: RunsView) -> None:
    assert not groups.index(0, 0).flags() & Qt.ItemFlag.ItemIsEditable
    assert not groups.setData(groups.index(0, 0), "another")


def test_a_filter_leaves_of_a_group_what_it_finds(groups: RunsView) -> None:
    groups.search("60.0")
    assert texts(groups, "name") == ["run 0  #baseline"]


def test_ungrouped_all_runs_stand_alone_again(groups: RunsView) -> None:
    groups.group(False)
    assert groups.rowCount() == 7
    assert set(groups.lines) == set(groups.rows)


def test_runs_of_earlier_versions_are_grouped_once_their_experiments_are_read(
    qtbot: QtBot, folders: Home, owner: QObject
) -> None:
    store, table = Runs(folders), RunsTable(folders, owner)
    for seed in (0, 1):
        change(store.create(msgspec.structs.replace(samples.EXPERIMENT, seed=seed)), recipe="", state="finished")
    with qtbot.waitSignal(table.listed):
        table.refresh()
    view = RunsView(table, owner)
    with qtbot.waitSignal(table.listed):
        view.group(True)
    assert texts(view, "name") == ["emoji · 2 runs"]


def test_a_hash_begins_a_tag(table: RunsTable, view: RunsView) -> None:
    first, second = samples.records(2)
    table.show([replace(first, name="good", tags=()), replace(second, name="other", tags=("good one",))])
    view.search("#goo")
    assert [record.name for record in view.rows] == ["other"]
    view.search("goo")
    assert len(view.rows) == 2
