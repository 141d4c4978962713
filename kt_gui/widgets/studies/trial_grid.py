"""All trials of a study as a grid: a row for what is compared, a column for each repetition, a tile for each trial."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from kt_gui.bridge import study_words as words
from kt_gui.bridge.study_model import Cell
from kt_gui.schema.quantities import number, percent
from kt_gui.schema.studies import Numbers, Trial
from kt_gui.schema.study_answers import LambdaField
from kt_gui.schema.texts import listed, tr
from kt_gui.widgets import theme
from kt_gui.widgets.icons import paint_icon

Index = QModelIndex | QPersistentModelIndex
ROW, NARROWEST, NAME = 32, 40, 150
"""Height of a row, smallest width of a column, and largest of the rows' names, in pixels."""
_LOOKS = {
    "waiting": ("", "faint", ""),
    "running": ("play", "accent", "accent_soft"),
    "finished": ("check", "good", "good_soft"),
    "failed": ("error", "bad", "bad_soft"),
    "stopped": ("stop", "muted", "inset"),
    "pruned": ("close", "muted", "inset"),
}
"""Icon, ink and ground of a state: states differ in shape, not in colour alone."""
_WAITING = Cell()


class TrialGrid(QTableView):
    """The grid.

    Signals:
        opened(str): a person wants to see the run in this folder.
    """

    opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.trials = Trials(self)
        self.setModel(self.trials)
        self.setItemDelegate(_Tile(self))
        self.setAccessibleName(tr("Trials"))
        self._dress()
        self.activated.connect(self._open)
        self.doubleClicked.connect(self._open)
        theme.themed.changed.connect(self.viewport().update)

    def _dress(self) -> None:
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setCornerButtonEnabled(False)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW)
        self.verticalHeader().setMaximumWidth(NAME)
        for header in (self.verticalHeader(), self.horizontalHeader()):
            header.setHighlightSections(False)
            header.setSectionsClickable(False)
            header.setStyleSheet("QHeaderView::section { border: 0; padding: 0 4px 0 0; }")
        self.horizontalHeader().setMinimumSectionSize(NARROWEST)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignCenter)
        self.verticalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def show_trials(self, trials: Sequence[Trial], cells: Mapping[str, Cell], field: LambdaField) -> None:
        """Show how the trials stand; `field` is what a search for λ searches."""
        self.trials.show_trials(trials, cells, field)

    @Slot(QModelIndex)
    def _open(self, index: QModelIndex) -> None:
        _, cell = self.trials.at(index)
        if cell.run and cell.state not in ("waiting", "running"):
            self.opened.emit(cell.run)


class Trials(QAbstractTableModel):
    """Which trial stands where, and how it stands."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._trials: tuple[Trial, ...] = ()
        self._field: LambdaField = "transfer.lambda"
        self._cells: dict[str, Cell] = {}
        self._rows: list[list[Trial]] = []

    def show_trials(self, trials: Sequence[Trial], cells: Mapping[str, Cell], field: LambdaField) -> None:
        """Lay the grid out anew only where other trials come."""
        if (tuple(trials), field) != (self._trials, self._field):
            self.beginResetModel()
            self._trials, self._field = tuple(trials), field
            found: dict[str, list[Trial]] = {}
            for trial in trials:
                found.setdefault(trial.row, []).append(trial)
            self._rows, self._cells = list(found.values()), dict(cells)
            self.endResetModel()
        elif cells != self._cells:
            self._cells = dict(cells)
            last = self.index(self.rowCount() - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def at(self, index: Index) -> tuple[Trial | None, Cell]:
        """The trial at a place, if there is one, and how it stands."""
        row = self._rows[index.row()]
        trial = next((each for each in row if each.column == index.column()), None)
        return trial, self._cells.get(trial.key, _WAITING) if trial is not None else _WAITING

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, _parent: Index | None = None) -> int:
        return 1 + max((trial.column for trial in self._trials), default=-1)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            is_top = orientation == Qt.Orientation.Horizontal
            return (
                Qt.AlignmentFlag.AlignCenter if is_top else Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            )
        if role != Qt.ItemDataRole.DisplayRole or not self._rows:
            return None
        if orientation == Qt.Orientation.Vertical:
            return words.row_name(self._rows[section][0], self._field)
        found = next((each for each in self._trials if each.column == section and each.role == "cell"), None)
        return words.column_name(found) if found is not None else ""

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        trial, cell = self.at(index)
        match role:
            case Qt.ItemDataRole.UserRole:
                return cell if trial is not None else None
            case Qt.ItemDataRole.DisplayRole if trial is not None:
                return figure(trial, cell.numbers)
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole if trial is not None:
                return describe(trial, cell, self._field)
            case _:
                return None


class _Tile(QStyledItemDelegate):
    """Draws a trial as a tile: what it found out, else its state."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """Narrow enough for many."""
        return QSize(NARROWEST, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a tile."""
        cell = index.data(Qt.ItemDataRole.UserRole)
        if cell is None:
            return
        look, (icon, ink, ground) = theme.current(), _LOOKS[cell.state]
        place = QRectF(option.rect).adjusted(2, 2, -2, -2)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_chosen = bool(option.state & option.state.State_Selected)
        outline = QPen(look.colour("accent" if is_chosen else "line"), 2 if is_chosen else 1)
        painter.setPen(outline if is_chosen or not ground else Qt.PenStyle.NoPen)
        painter.setBrush(look.colour(ground) if ground else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(place, 6, 6)
        text = index.data()
        if text:
            painter.setFont(theme.font(theme.TINY))
            painter.setPen(look.colour("ink" if cell.state == "finished" else ink))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
        elif icon:
            centre = place.center()
            paint_icon(painter, icon, getattr(look, ink), QRectF(centre.x() - 6, centre.y() - 6, 12, 12))
        painter.restore()


def figure(trial: Trial, numbers: Numbers | None) -> str:
    """What a trial found out, in a few letters: its loss in a search, else its accuracy."""
    if numbers is None:
        return ""
    if trial.fold is not None:
        losses = [loss for loss in numbers.losses if loss is not None]
        return number(min(losses)) if losses else "–"
    return percent(numbers.accuracy, 0) if numbers.accuracy is not None else ""


def describe(trial: Trial, cell: Cell, field: LambdaField) -> str:
    """Say which trial it is, how it stands, and what it found out."""
    head = listed((*words.names(trial, field), tr(words.STATES[cell.state])))
    said = [head, cell.reason]
    numbers = cell.numbers
    if numbers is not None and trial.fold is not None:
        said.append(tr("lowest validation loss {loss}", loss=figure(trial, numbers)))
    elif numbers is not None and numbers.accuracy is not None:
        said.append(tr("{accuracy} of the test pictures are right", accuracy=percent(numbers.accuracy)))
    return "\n".join(each for each in said if each)
