"""The runs as one table shows them: those that are sought, in the order that is wanted.

Qt's own sorting and filtering proxy would ask Python for a value at every comparison: with thousands of runs the window
would stand still.
"""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt, Slot

from kt_gui.bridge.runs_table import COLUMNS, TEXT_ROLE, Column, Index, RunsTable, shown, sort_value
from kt_gui.store.runs import RunRecord

NO_PARENT = QModelIndex()


class RunsView(QAbstractTableModel):
    """Rows of a `RunsTable`, the newest first until they are sorted otherwise."""

    def __init__(
        self, runs: RunsTable, parent: QObject, keeps: Callable[[RunRecord], bool] = lambda _record: True
    ) -> None:
        super().__init__(parent)
        self._runs, self._keeps = runs, keeps
        self._words: list[str] = []
        self._column: Column = "started"
        self._is_reversed = True
        self._texts: dict[str, str] = {}
        self.rows: list[RunRecord] = []
        runs.modelAboutToBeReset.connect(self._begin)
        runs.modelReset.connect(self._end)
        self._fill()

    @Slot(str)
    def search(self, text: str) -> None:
        """Show the runs in whose cells or tags every word is found."""
        self._words = text.casefold().split()
        self.beginResetModel()
        self._fill()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; what is selected stays so."""
        self._column, self._is_reversed = COLUMNS[column], order == Qt.SortOrder.DescendingOrder
        self.layoutAboutToBeChanged.emit()
        held = self.persistentIndexList()
        records = [self.rows[index.row()].id for index in held]
        self._order()
        places = {record.id: row for row, record in enumerate(self.rows)}
        moved = [self.index(places[each], index.column()) for each, index in zip(records, held, strict=True)]
        self.changePersistentIndexList(held, moved)
        self.layoutChanged.emit()

    def place_of(self, identity: str) -> int | None:
        """The row of a run, where it is shown."""
        return next((row for row, record in enumerate(self.rows) if record.id == identity), None)

    # --- what Qt asks ------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        """As many as are found."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        """As many as there are columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The columns' titles."""
        return self._runs.headerData(section, orientation, role)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a cell shows."""
        return shown(self.rows[index.row()], COLUMNS[index.column()], role)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """The name can be edited."""
        usual = super().flags(index)
        return usual | Qt.ItemFlag.ItemIsEditable if COLUMNS[index.column()] == "name" else usual

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Rename a run."""
        return role == Qt.ItemDataRole.EditRole and self._runs.rename_to(self.rows[index.row()], str(value))

    # --- rows --------------------------------------------------------------------------------------------------

    @Slot()
    def _begin(self) -> None:
        self.beginResetModel()

    @Slot()
    def _end(self) -> None:
        self._texts.clear()
        self._fill()
        self.endResetModel()

    def _fill(self) -> None:
        self.rows = [record for record in self._runs.records if self._keeps(record) and self._is_sought(record)]
        self._order()

    def _order(self) -> None:
        self.rows.sort(key=lambda record: sort_value(record, self._column), reverse=self._is_reversed)

    def _is_sought(self, record: RunRecord) -> bool:
        if not self._words:
            return True
        text = self._texts.get(record.id)
        if text is None:
            text = self._texts[record.id] = shown(record, "name", TEXT_ROLE)
        return all(word in text for word in self._words)
