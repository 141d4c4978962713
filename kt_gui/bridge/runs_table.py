"""The runs there are, as rows: what the Runs page and the start page show. The store's index is read in a worker."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from kt_gui.bridge.failures import Failure, describe
from kt_gui.bridge.tasks import Tasks
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import EpochEnded, Event
from kt_gui.schema.quantities import duration, percent
from kt_gui.schema.texts import mark, tr
from kt_gui.store import history
from kt_gui.store.folders import Home
from kt_gui.store.runs import RunRecord, Runs

Column = Literal["name", "source", "target", "network", "state", "accuracy", "started", "seconds"]
COLUMNS: tuple[Column, ...] = ("name", "source", "target", "network", "state", "accuracy", "started", "seconds")
_TITLES = {
    "name": mark("Name"),
    "source": mark("Source"),
    "target": mark("Target"),
    "network": mark("Network"),
    "state": mark("State"),
    "accuracy": mark("Test accuracy"),
    "started": mark("Date"),
    "seconds": mark("Duration"),
}
_STATES = {
    "running": mark("running"),
    "finished": mark("finished"),
    "stopped": mark("stopped"),
    "cancelled": mark("cancelled"),
    "interrupted": mark("interrupted"),
    "failed": mark("failed"),
}
RECORD_ROLE = Qt.ItemDataRole.UserRole
SORT_ROLE = Qt.ItemDataRole.UserRole + 1
TEXT_ROLE = Qt.ItemDataRole.UserRole + 2

Index = QModelIndex | QPersistentModelIndex


class _Listed(Event, frozen=True, kw_only=True, tag="runs_listed"):
    runs: tuple[RunRecord, ...]
    epochs: dict[str, int]


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

    def delete(self, record: RunRecord) -> None:
        """Delete a run and its folder."""
        self._ask(lambda runs: runs.delete(record.folder))

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
            return tr(_TITLES[COLUMNS[section]])
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
            if isinstance(event, _Listed):
                self.show(event.runs, event.epochs)

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


def _with_tags(record: RunRecord) -> str:
    return "  ".join([record.name, *(f"#{tag}" for tag in record.tags)])


def shown(record: RunRecord, column: Column, role: int) -> Any:
    """What a cell shows, sorts by, and is filtered by."""
    if role == Qt.ItemDataRole.EditRole:
        return cell(record, column)
    if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
        return _with_tags(record) if column == "name" else cell(record, column)
    return _hidden(record, column, role)


def _hidden(record: RunRecord, column: Column, role: int) -> Any:
    """What stands behind a cell: the run, what it is sorted by, what a filter looks at."""
    if role == RECORD_ROLE:
        return record
    if role == SORT_ROLE:
        return sort_value(record, column)
    if role == TEXT_ROLE:
        return " ".join([*(cell(record, each) for each in COLUMNS), *record.tags]).casefold()
    return None


def cell(record: RunRecord, column: Column) -> str:
    """What a cell of the table reads."""
    match column:
        case "source" | "network":
            return str(getattr(record, column)).rpartition("/")[2]
        case "state":
            return tr(_STATES[record.state])
        case "accuracy":
            return _accuracy(record)
        case "started":
            return datetime.fromtimestamp(record.started).strftime("%Y-%m-%d %H:%M") if record.started else "–"
        case "seconds":
            return duration(record.seconds) if record.seconds else "–"
        case _:
            return str(getattr(record, column))


def _epochs(record: RunRecord) -> int:
    """How many epochs of its last phase a run had done."""
    last = next((event for event in history.read_back(record.folder) if isinstance(event, EpochEnded)), None)
    return last.epoch + 1 if last is not None else 0


def _accuracy(record: RunRecord) -> str:
    result = record.result
    if result is None or result.target_accuracy is None or record.state in ("running", "interrupted"):
        return "–"  # of a run that was resumed, the result is that of its first end
    if result.target_interval is None:
        return percent(result.target_accuracy)
    low, high = result.target_interval
    return tr(
        "{accuracy} ({low}-{high})",
        accuracy=percent(result.target_accuracy),
        low=f"{100 * low:.1f}",
        high=f"{100 * high:.1f}",
    )


def sort_value(record: RunRecord, column: Column) -> Any:
    """What a column is sorted by: a number, or a text; one kind a column."""
    match column:
        case "accuracy":
            accuracy = record.result.target_accuracy if record.result is not None else None
            return -1.0 if accuracy is None else accuracy
        case "started" | "seconds":
            return float(getattr(record, column) or 0)
        case _:
            return cell(record, column).casefold()
