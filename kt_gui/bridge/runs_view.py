"""The runs as one table shows them: those that are sought, in the order that is wanted.

Qt's own sorting and filtering proxy would ask Python for a value at every comparison: with thousands of runs the window
would stand still.
"""

from collections.abc import Callable
from typing import Any, Literal

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, Slot

from kt_gui.bridge.run_cells import COLUMNS, Column, Row, RunGroup, grouped, in_order, sought, text_of
from kt_gui.bridge.runs_table import Index, RunsTable, shown
from kt_gui.store.runs import RunRecord

NO_PARENT = QModelIndex()
PLACE_ROLE = Qt.ItemDataRole.UserRole + 3
Place = Literal["closed", "open", "member"]
"""How a row stands to its group: it is one, and its runs are hidden or shown below it; or it is one of those."""


class RunsView(QAbstractTableModel):
    """Rows of a `RunsTable`, the newest first until they are sorted otherwise."""

    def __init__(
        self, runs: RunsTable, parent: QObject, keeps: Callable[[RunRecord], bool] = lambda _record: True
    ) -> None:
        super().__init__(parent)
        self._runs, self._keeps = runs, keeps
        self._words = ""
        self._column: Column = "started"
        self._is_reversed = True
        self._texts: dict[str, str] = {}
        self._open: set[str] = set()
        self._members: set[str] = set()
        self.is_grouped = False
        self.rows: list[RunRecord] = []
        self.lines: list[Row] = []
        runs.modelAboutToBeReset.connect(self._begin)
        runs.modelReset.connect(self._end)
        self._fill()

    @Slot(str)
    def search(self, text: str) -> None:
        """Show the runs in whose cells or tags every word is found; `#word` begins a tag."""
        self._words = text
        self._refill()

    @Slot(bool)
    def group(self, is_grouped: bool) -> None:
        """Show runs that differ in their seed only as one line, or each on its own."""
        self.is_grouped = is_grouped
        if is_grouped:
            self._runs.learn_recipes()
        self._refill()

    def unfold(self, row: int) -> None:
        """Show the runs of a group below it, or hide them again."""
        group = self.lines[row]
        if not isinstance(group, RunGroup):
            return
        last = row + len(group.runs)
        if group.id in self._open:
            self.beginRemoveRows(NO_PARENT, row + 1, last)
            self._open.discard(group.id)
            del self.lines[row + 1 : last + 1]
            self.endRemoveRows()
        else:
            self.beginInsertRows(NO_PARENT, row + 1, last)
            self._open.add(group.id)
            self.lines[row + 1 : row + 1] = group.runs
            self.endInsertRows()
        self.dataChanged.emit(self.index(row, 0), self.index(row, 0))

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; what is selected stays so."""
        self._column, self._is_reversed = COLUMNS[column], order == Qt.SortOrder.DescendingOrder
        self.layoutAboutToBeChanged.emit()
        held = self.persistentIndexList()
        records = [self.lines[index.row()].id for index in held]
        self._order()
        places = {line.id: row for row, line in enumerate(self.lines)}
        moved = [self.index(places[each], index.column()) for each, index in zip(records, held, strict=True)]
        self.changePersistentIndexList(held, moved)
        self.layoutChanged.emit()

    def place_of(self, identity: str) -> int | None:
        """The row of a run, or of a group, where it is shown."""
        return next((row for row, line in enumerate(self.lines) if line.id == identity), None)

    # --- what Qt asks ------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        """As many as are found."""
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        """As many as there are columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The columns' titles."""
        return self._runs.headerData(section, orientation, role)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a cell shows."""
        if role == PLACE_ROLE:
            return self._place(index.row())
        return shown(self.lines[index.row()], COLUMNS[index.column()], role)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """The name of a run can be edited."""
        usual = super().flags(index)
        is_name = COLUMNS[index.column()] == "name" and isinstance(self.lines[index.row()], RunRecord)
        return usual | Qt.ItemFlag.ItemIsEditable if is_name else usual

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Rename a run."""
        line = self.lines[index.row()]
        if role != Qt.ItemDataRole.EditRole or not isinstance(line, RunRecord):
            return False
        return self._runs.rename_to(line, str(value))

    # --- rows --------------------------------------------------------------------------------------------------

    @Slot()
    def _begin(self) -> None:
        self.beginResetModel()

    @Slot()
    def _end(self) -> None:
        self._texts.clear()
        self._fill()
        self.endResetModel()

    def _refill(self) -> None:
        self.beginResetModel()
        self._fill()
        self.endResetModel()

    def _fill(self) -> None:
        self.rows = sought(filter(self._keeps, self._runs.records), self._words, text=self._text)
        self._order()

    def _order(self) -> None:
        """Sort the runs, and where they are grouped, the groups; each run stays below its group."""
        self.rows = in_order(self.rows, self._column, is_reversed=self._is_reversed)
        lines = grouped(self.rows, self._runs.recipe) if self.is_grouped else list[Row](self.rows)
        self._members = {run.id for line in lines if isinstance(line, RunGroup) for run in line.runs}
        self.lines = []
        for line in in_order(lines, self._column, is_reversed=self._is_reversed) if self.is_grouped else lines:
            self.lines.append(line)
            if isinstance(line, RunGroup) and line.id in self._open:
                self.lines += line.runs

    def _place(self, row: int) -> Place | None:
        line = self.lines[row]
        if isinstance(line, RunGroup):
            return "open" if line.id in self._open else "closed"
        return "member" if line.id in self._members else None

    def _text(self, record: RunRecord) -> str:
        text = self._texts.get(record.id)
        if text is None:
            text = self._texts[record.id] = text_of(record)
        return text
