"""The table under the curves: their key, what each run came to, and the settings in which they differ."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QSizePolicy, QTableView, QWidget

from kt_gui.schema import comparison_words as words
from kt_gui.schema.comparisons import Contrasted, Setting, Value
from kt_gui.schema.quantities import duration, number
from kt_gui.schema.texts import tr
from kt_gui.widgets import theme
from kt_gui.widgets.comparison.curves import Curve
from kt_gui.widgets.words import summarise, word

Index = QModelIndex | QPersistentModelIndex
NO_PARENT = QModelIndex()
ROW, DENSE, HEAD = 32, 26, 32
"""Heights in pixels: of a row where there are few or many, and of the titles."""
FEW = 5
"""Rows up to which there is room for high ones."""
NAME, WIDEST = 220, 240
"""Widths of columns in pixels: of the first, and of any other at most."""


@dataclass(frozen=True)
class Column:
    """What a column says of a curve."""

    title: str
    hint: str
    text: Callable[[Curve], str]
    is_number: bool = True


class ResultsTable(QAbstractTableModel):
    """A row a curve. The check before its name shows its line or hides it.

    Signals:
        toggled(): other curves are to be drawn.
    """

    toggled = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._ratio = parent.devicePixelRatioF()
        self._columns: list[Column] = []
        self._hidden: set[str] = set()
        self.curves: Sequence[Curve] = ()
        theme.themed.changed.connect(self._dress)

    def show_curves(self, contrasted: Contrasted, curves: Sequence[Curve]) -> None:
        """Show these curves, all of them drawn."""
        self.beginResetModel()
        self.curves, self._hidden = curves, set()
        self._columns = [*_own_columns(), *(_setting_column(each) for each in contrasted.settings)]
        self.endResetModel()

    def drawn(self) -> list[Curve]:
        """The curves that are not hidden."""
        return [curve for curve in self.curves if curve.letters not in self._hidden]

    @Slot()
    def _dress(self) -> None:
        if self.curves:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.curves) - 1, 0))

    # --- what Qt asks ------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        """One a curve."""
        return 0 if parent.isValid() else len(self.curves)

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        """The key, the results, the settings that differ."""
        return 0 if parent.isValid() else len(self._columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Titles; the whole way to a setting as a tooltip."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = self._columns[section]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.title
            case Qt.ItemDataRole.ToolTipRole:
                return column.hint
            case Qt.ItemDataRole.TextAlignmentRole:
                return _side(column)
            case _:
                return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A cell; the first of a row holds the check and a piece of the line."""
        curve, column = self.curves[index.row()], self._columns[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.ToolTipRole:
                return column.text(curve)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _side(column)
            case _:
                return self._key(curve, role) if index.column() == 0 else None

    def _key(self, curve: Curve, role: int) -> Any:
        if role == Qt.ItemDataRole.CheckStateRole:
            return Qt.CheckState.Unchecked if curve.letters in self._hidden else Qt.CheckState.Checked
        if role == Qt.ItemDataRole.DecorationRole:
            from kt_gui.widgets.comparison.strokes import sample

            return sample(curve.style, self._ratio)
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Show a line, or hide it."""
        if role != Qt.ItemDataRole.CheckStateRole or index.column() != 0:
            return False
        letters = self.curves[index.row()].letters
        (self._hidden.discard if Qt.CheckState(value) == Qt.CheckState.Checked else self._hidden.add)(letters)
        self.dataChanged.emit(index, index)
        self.toggled.emit()
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        """The first cell can be checked."""
        usual = super().flags(index)
        return usual | Qt.ItemFlag.ItemIsUserCheckable if index.column() == 0 else usual


class ResultsView(QTableView):
    """The table, as high as its rows; where there are many settings it scrolls sideways."""

    def __init__(self, model: ResultsTable, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(model)
        self.setAccessibleName(tr("Results, and the settings that differ"))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW)
        self.horizontalHeader().setFixedHeight(HEAD)
        self.horizontalHeader().setHighlightSections(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        model.modelReset.connect(self.fit)

    @Slot()
    def fit(self) -> None:
        """Find widths and height anew."""
        self.verticalHeader().setDefaultSectionSize(self._row())
        self.resizeColumnsToContents()
        for column in range(1, self.model().columnCount()):
            self.setColumnWidth(column, min(self.columnWidth(column), WIDEST))
        self._widen()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """As high as its rows."""
        is_wide = self.horizontalHeader().length() > self.viewport().width()
        scroll = self.horizontalScrollBar().sizeHint().height() if is_wide else 0
        return QSize(NAME, HEAD + self._row() * self.model().rowCount() + scroll)

    def minimumSizeHint(self) -> QSize:
        """All rows: the charts above have the room that is left."""
        return self.sizeHint()

    def _row(self) -> int:
        return ROW if self.model().rowCount() <= FEW else DENSE

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the names the room that is left."""
        super().resizeEvent(event)
        self._widen()

    def _widen(self) -> None:
        others = self.horizontalHeader().length() - self.columnWidth(0)
        self.setColumnWidth(0, max(NAME, self.viewport().width() - others))


def _own_columns() -> list[Column]:
    return [
        Column(tr("Run"), "", lambda curve: f"{curve.letters}   {curve.name}", is_number=False),
        Column(
            tr("Test accuracy"), tr("With its 95 % interval; of several seeds mean ± standard deviation"), _accuracy
        ),
        Column(tr("Seed"), "", lambda curve: ", ".join(str(run.seed) for run in curve.runs)),
        Column(tr("Best epoch"), "", partial(_each, "best_epoch", _epoch)),
        Column(tr("Drift"), tr("How far the network moved from the source: ‖θ'−θ‖²"), partial(_each, "drift", number)),
        Column(tr("Duration"), "", partial(_each, "seconds", duration)),
    ]


def _accuracy(curve: Curve) -> str:
    return words.accuracy(curve.runs[0]) if len(curve.runs) == 1 else words.repetition_short(curve.group)


def _each(name: str, write: Callable[[Any], str], curve: Curve) -> str:
    """A number of a run; of several the least and the largest."""
    known = sorted(value for run in curve.runs if (value := getattr(run, name)) is not None)
    if not known:
        return "–"
    ends = dict.fromkeys((write(known[0]), write(known[-1])))
    return " – ".join(ends)


def _epoch(place: int) -> str:
    return str(place + 1)


def _setting_column(setting: Setting) -> Column:
    title = tr(setting.titles[-1])
    if setting.unit:
        title = tr("{title}, {unit}", title=title, unit=word(setting.unit))
    is_number = all(isinstance(value, int | float | None) for value in setting.values)
    return Column(
        title, words.setting_title(setting), lambda curve: _value(setting.values[curve.first]), is_number=is_number
    )


def _value(value: Value) -> str:
    if value is None:
        return "–"
    return ", ".join(value) if isinstance(value, tuple) else summarise(value)


def _side(column: Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column.is_number else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
