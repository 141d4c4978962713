"""The table of all runs: several can be chosen, a group of seeds is one row that opens."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from kt_gui.bridge.run_cells import COLUMNS, RunGroup, runs_in
from kt_gui.bridge.runs_table import RECORD_ROLE
from kt_gui.bridge.runs_view import PLACE_ROLE, RunsView
from kt_gui.schema.texts import tr
from kt_gui.store.runs import RunRecord
from kt_gui.widgets.icons import paint_icon
from kt_gui.widgets.theme import current

Index = QModelIndex | QPersistentModelIndex
ROW, SIGN = 40, 22
"""Height of a row, and the room that a sign before its words takes, in pixels."""
_WIDTHS = {"source": 116, "target": 108, "network": 124, "state": 120, "accuracy": 158, "started": 136, "seconds": 76}
MARKS = {
    "running": ("play", "accent"),
    "finished": ("check", "good"),
    "stopped": ("stop", "muted"),
    "cancelled": ("close", "muted"),
    "interrupted": ("warning", "warning"),
    "failed": ("error", "bad"),
}
_SIGNS = {"closed": ("chevron-right", "muted"), "open": ("chevron-down", "muted")}


class SignDelegate(QStyledItemDelegate):
    """Draws a sign before the words: signs differ in shape, not in colour alone."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a cell."""
        sign = self.sign(index)
        if sign is None:
            super().paint(painter, option, index)
            return
        words = QStyleOptionViewItem(option)
        words.rect = option.rect.adjusted(SIGN, 0, 0, 0)
        super().paint(painter, words, index)
        painter.save()
        if words.state & words.state.State_Selected:
            painter.fillRect(option.rect.adjusted(0, 0, SIGN - option.rect.width(), 0), current().colour("accent_soft"))
        if sign != ("", ""):
            place = QRectF(option.rect.left() + 8, option.rect.center().y() - 6, 14, 14)
            paint_icon(painter, sign[0], getattr(current(), sign[1]), place)
        painter.restore()

    def sign(self, index: Index) -> tuple[str, str] | None:
        """An icon and its token; two empty texts leave its room free; None where the words begin at the edge."""
        raise NotImplementedError


class StateDelegate(SignDelegate):
    """How a run ended; of a group, the mark of its newest run only where all ended alike."""

    def sign(self, index: Index) -> tuple[str, str] | None:
        """The mark of a state."""
        states = {run.state for run in runs_in(index.data(RECORD_ROLE))}
        return MARKS[states.pop()] if len(states) == 1 else ("", "")


class NameDelegate(SignDelegate):
    """An arrow before a group; its runs stand a little to the right."""

    def sign(self, index: Index) -> tuple[str, str] | None:
        """An arrow that says whether the group is open."""
        place = index.data(PLACE_ROLE)
        return ("", "") if place == "member" else _SIGNS.get(place)


class RunsList(QTableView):
    """A table of whole rows that stays quick with thousands of them: every row is of one height."""

    def __init__(self, rows: RunsView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = rows
        self._kept: set[str] = set()
        self._prepare()
        self._dress()
        rows.modelAboutToBeReset.connect(self._keep_choice)
        rows.modelReset.connect(self._choose_again)

    def _prepare(self) -> None:
        self.setModel(self._rows)
        self.setAccessibleName(tr("Runs"))
        self.setSortingEnabled(True)
        self.sortByColumn(COLUMNS.index("started"), Qt.SortOrder.DescendingOrder)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(triggers.DoubleClicked | triggers.EditKeyPressed)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def _dress(self) -> None:
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW)
        self.setItemDelegateForColumn(COLUMNS.index("state"), StateDelegate(self))
        self.setItemDelegateForColumn(COLUMNS.index("name"), NameDelegate(self))
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(64)
        for name, width in _WIDTHS.items():
            self.setColumnWidth(COLUMNS.index(name), width)
        header.setSectionResizeMode(COLUMNS.index("name"), QHeaderView.ResizeMode.Stretch)

    def chosen(self) -> tuple[RunRecord, ...]:
        """The runs that are chosen, from top to bottom; a group stands for all of its runs."""
        records = [run for row in self._chosen_rows() for run in runs_in(self._rows.lines[row])]
        return tuple({run.id: run for run in records}.values())

    def _chosen_rows(self) -> list[int]:
        """By ranges: Qt's list of indexes is slow where thousands are chosen."""
        selection = self.selectionModel().selection()
        ranges = [selection.at(place) for place in range(selection.count())]
        return sorted({row for each in ranges for row in range(each.top(), each.bottom() + 1)})

    # --- the choice outlives a new list --------------------------------------------------------------------------

    @Slot()
    def _keep_choice(self) -> None:
        chosen = {self._rows.lines[row].id for row in self._chosen_rows()}
        self._kept = chosen or self._kept

    @Slot()
    def _choose_again(self) -> None:
        """Choose the rows that were chosen before other rows came."""
        if not self._kept:
            return
        model, flags = self.selectionModel(), self.selectionModel().SelectionFlag
        for row, line in enumerate(self._rows.lines):
            if line.id in self._kept:
                model.select(self._rows.index(row, 0), flags.Select | flags.Rows)

    # --- groups --------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open or close a group by its arrow."""
        index = self.indexAt(event.position().toPoint())
        is_arrow = COLUMNS[index.column()] == "name" if index.isValid() else False
        if is_arrow and self._is_group(index) and event.position().x() < self.visualRect(index).left() + SIGN:
            self._rows.unfold(index.row())
        else:
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open or close a group by a double click anywhere on it."""
        index = self.indexAt(event.position().toPoint())
        if self._is_group(index):
            self._rows.unfold(index.row())
        else:
            super().mouseDoubleClickEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open a group with the right arrow, close it with the left one."""
        index = self.currentIndex()
        wanted = {Qt.Key.Key_Right: "closed", Qt.Key.Key_Left: "open"}.get(Qt.Key(event.key()))
        if wanted is not None and index.isValid() and index.data(PLACE_ROLE) == wanted:
            self._rows.unfold(index.row())
        else:
            super().keyPressEvent(event)

    def _is_group(self, index: QModelIndex) -> bool:
        return index.isValid() and isinstance(self._rows.lines[index.row()], RunGroup)
