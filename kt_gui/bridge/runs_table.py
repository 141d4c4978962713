"""The runs there are, as rows: what the Runs page and the start page show. The store's index is read in a worker."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from kt_gui.bridge.failures import Failure, describe
from kt_gui.bridge.run_cells import COLUMNS, TITLES, Column, Row, cell, runs_in, sort_value, text_of, with_tags
from kt_gui.bridge.tasks import Tasks
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import EpochEnded, Event
from kt_gui.schema.stop import StopToken
from kt_gui.schema.texts import tr
from kt_gui.store import history
from kt_gui.store.folders import Home
from kt_gui.store.runs import RunRecord, Runs, recipe_of

RECORD_ROLE = Qt.ItemDataRole.UserRole
SORT_ROLE = Qt.ItemDataRole.UserRole + 1
TEXT_ROLE = Qt.ItemDataRole.UserRole + 2

Index = QModelIndex | QPersistentModelIndex


class _Listed(Event, frozen=True, kw_only=True, tag="runs_listed"):
    runs: tuple[RunRecord, ...]
    epochs: dict[str, int]


class _Grouped(Event, frozen=True, kw_only=True, tag="runs_grouped"):
    recipes: dict[str, str]


class _Deleted(Event, frozen=True, kw_only=True, tag="runs_deleted"):
    refused: tuple[Failure, ...]


class RunsTable(QAbstractTableModel):
    """All runs, newest first; a name can be edited in its cell.

    Signals:
        listed(): the list was read anew.
        failed(Failure): a wish could not be fulfilled.
    """

    listed = Signal()
    failed = Signal(object)

    def __init__(self, home: Home, parent: QObject, *, is_enabled: bool = True) -> None:
        super().__init__(parent)
        self._home = home
        self._tasks = Tasks(self, is_enabled=is_enabled)
        self._tasks.changed.connect(self._tell_failure)
        self.records: tuple[RunRecord, ...] = ()
        self.epochs: Mapping[str, int] = {}
        self._recipes: dict[str, str] = {}
        self._deletions = 0

    def refresh(self) -> None:
        """Read the list anew, in the background."""
        self._tasks.start("list", lambda _stop: self._list(), self._take)

    @property
    def is_reading(self) -> bool:
        """Whether the list is being read."""
        return self._tasks.busy()

    def show(self, records: Sequence[RunRecord], epochs: Mapping[str, int] = MappingProxyType({})) -> None:
        """Hold these runs; `epochs` says by id how many an interrupted one had done."""
        newest_first = tuple(sorted(records, key=lambda each: each.started, reverse=True))
        if newest_first != self.records or epochs != self.epochs:
            self.beginResetModel()
            self.epochs, self.records = epochs, newest_first
            self.endResetModel()
        self.listed.emit()

    def recipe(self, record: RunRecord) -> str:
        """What a run is but for its seed; itself, as long as that is not known."""
        return record.recipe or self._recipes.get(record.id, record.id)

    def learn_recipes(self) -> None:
        """Find out what runs of earlier versions are but for their seeds, in the background; `listed` tells of it."""
        unknown = [each for each in self.records if not each.recipe and each.id not in self._recipes]
        if unknown:
            self._tasks.start("group", partial(_recipes, unknown), self._take)

    def interrupted(self) -> list[RunRecord]:
        """Runs that a crash or a power cut ended."""
        return [each for each in self.records if each.state == "interrupted"]

    def rename(self, record: RunRecord, name: str) -> None:
        """Call a run something else."""
        self._ask(lambda runs: runs.rename(record.folder, name))

    def rename_to(self, record: RunRecord, text: str) -> bool:
        """Call a run as was typed; tell whether that is a name, and another one."""
        name = text.strip()
        if not name or name == record.name:
            return False
        self.rename(record, name)
        return True

    def tag(self, record: RunRecord, tags: tuple[str, ...]) -> None:
        """Give a run these tags."""
        self._ask(lambda runs: runs.tag(record.folder, tags))

    def delete(self, *records: RunRecord) -> None:
        """Delete runs and their folders in the background, as far as nothing stands in the way."""
        self._deletions += 1
        self._tasks.start(f"delete {self._deletions}", lambda _stop: self._delete(records), self._take)

    # --- what Qt asks ------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """As many as there are runs."""
        return 0 if parent.isValid() else len(self.records)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's signature
        """As many as there are columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The columns' titles."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return tr(TITLES[COLUMNS[section]])
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a cell shows, sorts by, and is filtered by."""
        return shown(self.records[index.row()], COLUMNS[index.column()], role)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """The name can be edited."""
        usual = super().flags(index)
        return usual | Qt.ItemFlag.ItemIsEditable if COLUMNS[index.column()] == "name" else usual

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Rename a run."""
        return role == Qt.ItemDataRole.EditRole and self.rename_to(self.records[index.row()], str(value))

    # --- the store ---------------------------------------------------------------------------------------------

    def _list(self) -> Iterator[Event]:
        runs = Runs(self._home).list()
        yield _Listed(runs=tuple(runs), epochs={each.id: _epochs(each) for each in runs if each.state == "interrupted"})

    def _take(self, events: list[Event]) -> None:
        for event in events:
            match event:
                case _Listed():
                    self.show(event.runs, event.epochs)
                case _Grouped():
                    self._show_recipes(event.recipes)
                case _Deleted():
                    self.refresh()
                    for failure in event.refused[:1]:
                        self.failed.emit(failure)
                case _:
                    pass

    def _show_recipes(self, recipes: Mapping[str, str]) -> None:
        self.beginResetModel()
        self._recipes |= recipes
        self.endResetModel()
        self.listed.emit()

    def _delete(self, records: Sequence[RunRecord]) -> Iterator[Event]:
        store, refused = Runs(self._home), []
        for record in records:
            try:
                store.delete(record.folder)
            except (UserError, OSError) as error:
                refused.append(describe(error))
        yield _Deleted(refused=tuple(refused))

    def _ask(self, wish: Callable[[Runs], object]) -> None:
        try:
            wish(Runs(self._home))
        except (UserError, OSError) as error:
            self.failed.emit(describe(error))
        self.refresh()

    def _tell_failure(self) -> None:
        failure: Failure | None = self._tasks.failure("list")
        if failure is not None and not self._tasks.busy():
            self.failed.emit(failure)


def shown(row: Row, column: Column, role: int) -> Any:
    """What a cell shows, sorts by, and is filtered by."""
    if role == Qt.ItemDataRole.EditRole:
        return cell(row, column)
    if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
        return with_tags(row) if column == "name" else cell(row, column)
    return _hidden(row, column, role)


def _hidden(row: Row, column: Column, role: int) -> Any:
    """What stands behind a cell: the run or the group, what it is sorted by, what a filter looks at."""
    if role == RECORD_ROLE:
        return row
    if role == SORT_ROLE:
        return sort_value(row, column)
    if role == TEXT_ROLE:
        return " ".join(text_of(run) for run in runs_in(row))
    return None


def _recipes(records: Sequence[RunRecord], stop: StopToken) -> Iterator[Event]:
    """Read the experiments of runs; a list that is long takes a while."""
    found = {}
    for record in records:
        if stop.requested():
            return
        found[record.id] = recipe_of(record)
    yield _Grouped(recipes=found)


def _epochs(record: RunRecord) -> int:
    """How many epochs of its last phase a run had done."""
    last = next((event for event in history.read_back(record.folder) if isinstance(event, EpochEnded)), None)
    return last.epoch + 1 if last is not None else 0
