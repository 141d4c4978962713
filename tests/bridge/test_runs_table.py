from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QSortFilterProxyModel, Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from kt_gui import samples
from kt_gui.bridge.run_cells import COLUMNS, cell
from kt_gui.bridge.runs_table import RECORD_ROLE, SORT_ROLE, TEXT_ROLE, RunsTable
from kt_gui.store.folders import Home
from kt_gui.store.history import History
from kt_gui.store.runs import Runs, change, read_record, working_on


@pytest.fixture
def table(folders: Home, owner: QObject) -> RunsTable:
    return RunsTable(folders, owner)


def create(folders: Home, state: str = "finished") -> Path:
    folder = Runs(folders).create(samples.EXPERIMENT)
    change(folder, state=state, process=None)
    return folder


def listed(qtbot: QtBot, table: RunsTable) -> RunsTable:
    with qtbot.waitSignal(table.listed):
        table.refresh()
    return table


def test_the_table_keeps_qts_rules(table: RunsTable, qtmodeltester: ModelTester) -> None:
    table.show(samples.records(7))
    qtmodeltester.check(table)


def test_runs_are_listed_from_the_store(qtbot: QtBot, table: RunsTable, folders: Home) -> None:
    create(folders)
    assert [record.name for record in listed(qtbot, table).records] == ["emoji"]


def test_an_interrupted_run_says_how_many_epochs_it_had_done(qtbot: QtBot, table: RunsTable, folders: Home) -> None:
    folder = create(folders, "running")
    history = History(folder)
    for event in samples.running(7):
        history.append(event)
    history.close()
    listed(qtbot, table)
    assert [table.epochs[record.id] for record in table.interrupted()] == [7]


def test_a_name_is_changed_in_its_cell(qtbot: QtBot, table: RunsTable, folders: Home) -> None:
    folder = create(folders)
    listed(qtbot, table)
    with qtbot.waitSignal(table.listed):
        assert table.setData(table.index(0, COLUMNS.index("name")), " better ")
    assert read_record(folder).name == "better"
    assert table.index(0, 0).data() == "better"


def test_an_empty_name_is_refused(table: RunsTable) -> None:
    table.show(samples.records(1))
    assert not table.setData(table.index(0, 0), "  ")


def test_only_names_can_be_edited(table: RunsTable) -> None:
    table.show(samples.records(1))
    editable = [
        name for place, name in enumerate(COLUMNS) if table.index(0, place).flags() & Qt.ItemFlag.ItemIsEditable
    ]
    assert editable == ["name"]


def test_a_deleted_run_is_gone(qtbot: QtBot, table: RunsTable, folders: Home) -> None:
    folder = create(folders)
    listed(qtbot, table)
    with qtbot.waitSignal(table.listed):
        table.delete(table.records[0])
    assert not folder.exists()
    assert table.records == ()


def test_a_run_that_cannot_be_deleted_is_told(qtbot: QtBot, table: RunsTable, folders: Home) -> None:
    folder = create(folders)
    listed(qtbot, table)
    with working_on(folder), qtbot.waitSignal(table.failed) as told:
        table.delete(table.records[0])
    assert told.args[0].kind == "user"
    assert folder.exists()


def test_sorting_goes_by_number_not_by_text(table: RunsTable) -> None:
    table.show(samples.records(30))
    proxy = QSortFilterProxyModel()
    proxy.setSourceModel(table)
    proxy.setSortRole(SORT_ROLE)
    for name in ("accuracy", "started", "seconds"):
        proxy.sort(COLUMNS.index(name))  # type: ignore[arg-type]
        values = [proxy.index(row, COLUMNS.index(name)).data(SORT_ROLE) for row in range(30)]  # type: ignore[arg-type]
        assert values == sorted(values)


def test_a_filter_finds_tags_too(table: RunsTable) -> None:
    table.show(samples.records(14))
    proxy = QSortFilterProxyModel()
    proxy.setSourceModel(table)
    proxy.setFilterRole(TEXT_ROLE)
    proxy.setFilterFixedString("baseline")
    assert [proxy.index(row, 0).data(RECORD_ROLE).id for row in range(proxy.rowCount())] == ["0000", "0007"]


def test_an_accuracy_stands_with_its_interval(table: RunsTable) -> None:
    record = samples.records(1)[0]
    assert cell(record, "accuracy") == "56.0\N{NO-BREAK SPACE}% (50.0–61.0)"


def test_a_run_without_a_test_has_a_dash() -> None:
    assert cell(samples.records(4)[3], "accuracy") == "–"


def test_a_run_that_was_resumed_has_no_accuracy_until_it_ends_again() -> None:
    resumed = replace(samples.records(1)[0], state="interrupted")
    assert cell(resumed, "accuracy") == "–"


def test_a_damaged_run_has_no_date() -> None:
    assert cell(replace(samples.records(1)[0], started=0.0), "started") == "–"
