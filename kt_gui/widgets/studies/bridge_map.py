"""The class bridge as a heat map: a row for each class of the target, a column for each class of the source that its
pictures are taken for most.
"""

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QRect, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from kt_gui.schema.columns import unpack
from kt_gui.schema.quantities import percent
from kt_gui.schema.ranking_words import short
from kt_gui.schema.rankings import Bridge
from kt_gui.schema.texts import tr
from kt_gui.widgets.evaluation.matrix import MOST, READABLE, Names, blend
from kt_gui.widgets.gallery import Index
from kt_gui.widgets.theme import TINY, current, font, themed

FAINTEST = 0.01
"""Smaller shares are left white: a cell for each of a thousand classes would say nothing."""


class BridgeMap(QTableView):
    """The map. Arrow keys walk from cell to cell.

    Signals:
        chosen(int, int): the cell of this class of the target, and of this place among the source's, is looked at.
        opened(int, int): it was pressed, or opened with Return.
    """

    chosen = Signal(int, int)
    opened = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cells = _Cells(self)
        self.setModel(self._cells)
        self.setItemDelegate(_Painter(self))
        self.setAccessibleName(tr("Class bridge: a row for each of your classes, a column for what they are taken for"))
        self.setHorizontalHeader(Names(Qt.Orientation.Horizontal, self))
        self.setVerticalHeader(Names(Qt.Orientation.Vertical, self))
        self._dress()
        self.selectionModel().currentChanged.connect(self._choose)
        self.clicked.connect(self._open)
        self.activated.connect(self._open)
        themed.changed.connect(self.viewport().update)

    def show_bridge(self, bridge: Bridge, classes: tuple[str, ...]) -> None:
        """Show what the classes are taken for, and stand on the strongest cell."""
        self._cells.show_bridge(bridge, classes)
        self._fit()
        self.setCurrentIndex(self._cells.strongest())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fill the room, as long as the cells stay readable."""
        super().resizeEvent(event)
        self._fit()

    def _dress(self) -> None:
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        for mode in (self.setVerticalScrollMode, self.setHorizontalScrollMode):
            mode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setSectionsClickable(False)
        self.setCornerButtonEnabled(False)
        self.setMouseTracking(True)
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor)

    def _fit(self) -> None:
        rows, columns = max(1, self._cells.rowCount()), max(1, self._cells.columnCount())
        left, above = self.verticalHeader().sizeHint().width(), self.horizontalHeader().sizeHint().height()
        wide, high = (self.width() - left - 2) // columns, (self.height() - above - 2) // rows
        self.horizontalHeader().setDefaultSectionSize(min(MOST, max(READABLE + 4, wide)))
        self.verticalHeader().setDefaultSectionSize(min(MOST // 2, max(READABLE, high)))

    @Slot(QModelIndex)
    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(index.row(), index.column())

    @Slot(QModelIndex)
    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(index.row(), index.column())


class _Cells(QAbstractTableModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows: tuple[str, ...] = ()
        self._columns: tuple[str, ...] = ()
        self._shares: list[list[float]] = []

    def show_bridge(self, bridge: Bridge, classes: tuple[str, ...]) -> None:
        self.beginResetModel()
        self._rows, self._columns = classes, tuple(short(name) for name in bridge.classes)
        self._shares = unpack(bridge.shares).tolist()
        self.endResetModel()

    def strongest(self) -> QModelIndex:
        """The cell of the largest share."""
        there = [(row, at) for row in range(len(self._rows)) for at in range(len(self._columns))]
        told = [(row, at) for row, at in there if self._shares[row][at] == self._shares[row][at]]
        return self.index(*max(told, key=lambda cell: self._shares[cell[0]][cell[1]])) if told else QModelIndex()

    def share(self, index: Index) -> float | None:
        """None where no picture of the class was looked at."""
        value = self._shares[index.row()][index.column()]
        return value if value == value else None

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        names = self._columns if orientation == Qt.Orientation.Horizontal else self._rows
        is_name = role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole)
        return names[section] if is_name else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        share = self.share(index)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return f"{100 * share:.0f}" if share is not None and share >= FAINTEST else ""
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
                return self._say(index, share)
            case _:
                return None

    def _say(self, index: Index, share: float | None) -> str:
        names = {"label": self._rows[index.row()], "other": self._columns[index.column()]}
        if share is None:
            return tr("{label}: no picture was looked at", label=names["label"])
        return tr("{label} taken for {other}: {share} on average", share=percent(share), **names)


class _Painter(QStyledItemDelegate):
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        cells = index.model()
        assert isinstance(cells, _Cells)
        look, share = current(), cells.share(index) or 0.0
        place: QRect = option.rect
        state: QStyle.StateFlag = option.state
        strength = share**0.6 if share >= FAINTEST else 0.0
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(blend(look.colour("inset"), look.colour("accent"), strength))
        painter.drawRoundedRect(QRectF(place).adjusted(1, 1, -1, -1), 4, 4)
        painter.setPen(look.colour("on_accent" if strength > 0.7 else "ink"))
        painter.setFont(font(TINY))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, str(cells.data(index)))
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            is_selected = bool(state & QStyle.StateFlag.State_Selected)
            painter.setPen(QPen(look.colour("ink" if is_selected else "faint"), 2 if is_selected else 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(place).adjusted(1.5, 1.5, -1.5, -1.5), 4, 4)
        painter.restore()
