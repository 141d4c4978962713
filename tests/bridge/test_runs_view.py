from dataclasses import replace

import pytest
from PySide6.QtCore import QObject, QPersistentModelIndex, Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from kt_gui import samples
from kt_gui.bridge.run_cells import COLUMNS
from kt_gui.bridge.runs_table import SORT_ROLE, RunsTable
from kt_gui.bridge.runs_view import RunsView
from kt_gui.store.folders import Home


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
