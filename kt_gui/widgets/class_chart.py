"""Which classes take part, and how many pictures each has, by split: a bar a class, or the same numbers as a table."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QPainter, QPainterPath
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QListView,
    QStackedLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from kt_gui.schema.events import ClassCount
from kt_gui.schema.texts import thousands, tr
from kt_gui.widgets.class_dialog import FEWEST, ClassDialog
from kt_gui.widgets.data_reports import say_classes
from kt_gui.widgets.parts import column, fill, label, link, row
from kt_gui.widgets.splits import PARTS, Legend
from kt_gui.widgets.theme import SMALL, current, font, themed

ROW = 26
_NAME_SHARE, _NAME_MOST, _COUNT_WIDTH, _BAR = 0.36, 176, 44, 10
Index = QModelIndex | QPersistentModelIndex


class ClassChart(QWidget):
    """How many classes take part, with a button to choose them; the bars, their legend, and the table behind them.

    Signals:
        edited(object): a person wants these classes only; none stands for all of them.
    """

    edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts = _Counts(self)
        self._all: tuple[str, ...] = ()
        self.said = label("", "strong")
        self.choose = link(tr("Choose…"), self.open_dialog)
        self.choose.setAccessibleName(tr("Choose the classes that take part"))
        self.bars = _bars(self._counts)
        self.table = _table(self._counts)
        self._legend = Legend()
        self._switch = link(tr("as a table"), self._turn)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.bars)
        self._stack.addWidget(self.table)
        head = row(self._legend, self._switch)
        head.setStretch(0, 1)
        fill(QVBoxLayout(self), (column(row(self.said, None, self.choose), head, self._stack),))
        self.setMinimumHeight(120)
        themed.changed.connect(self.bars.viewport().update)

    def show_counts(self, counts: Sequence[ClassCount], all_classes: Sequence[str] = ()) -> None:
        """Show these classes, out of all that the data has."""
        self._counts.show_counts(tuple(counts))
        self._all = tuple(all_classes)
        self.said.setText(say_classes(len(counts), len(all_classes)))
        self.choose.setVisible(len(all_classes) > FEWEST)
        is_any = any(count.unused for count in counts)
        self._legend.show_unused(is_any=is_any)
        self.table.setColumnHidden(len(PARTS), not is_any)

    @Slot()
    def open_dialog(self) -> ClassDialog:
        """Open the window in which classes are chosen."""
        dialog = ClassDialog(self._all, self._counts.names(), self.window())
        dialog.chosen.connect(self.edited)
        dialog.open()
        return dialog

    @Slot()
    def _turn(self) -> None:
        is_table = self._stack.currentIndex() == 0
        self._stack.setCurrentIndex(int(is_table))
        self._switch.setText(tr("as bars") if is_table else tr("as a table"))


class _Counts(QAbstractTableModel):
    """A row per class; columns: the class, then each split."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._counts: tuple[ClassCount, ...] = ()
        self.largest = 1

    def show_counts(self, counts: tuple[ClassCount, ...]) -> None:
        if counts != self._counts:
            self.beginResetModel()
            self._counts = counts
            self.largest = max((total(count) for count in counts), default=1) or 1
            self.endResetModel()

    def names(self) -> tuple[str, ...]:
        return tuple(count.name for count in self._counts)

    def count(self, index: Index) -> ClassCount:
        return self._counts[index.row()]

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._counts)

    def columnCount(self, _parent: Index | None = None) -> int:
        return 1 + len(PARTS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return tr("class") if section == 0 else tr(PARTS[section - 1].title)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        count = self.count(index)
        match role:
            case Qt.ItemDataRole.DisplayRole if index.column() == 0:
                return count.name
            case Qt.ItemDataRole.DisplayRole:
                return thousands(getattr(count, PARTS[index.column() - 1].name))
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
                return say(count)
            case Qt.ItemDataRole.TextAlignmentRole if index.column() > 0:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            case _:
                return None


def total(count: ClassCount) -> int:
    """All pictures of a class."""
    return count.train + count.validation + count.test + count.unused


def say(count: ClassCount) -> str:
    """Say how the pictures of a class are dealt out."""
    said = {
        "name": count.name,
        "train": thousands(count.train),
        "validation": thousands(count.validation),
        "test": thousands(count.test),
    }
    if count.unused:
        return tr(
            "{name}: {train} train, {validation} validation, {test} test, {unused} unused",
            unused=thousands(count.unused),
            **said,
        )
    return tr("{name}: {train} train, {validation} validation, {test} test", **said)


class _Bars(QStyledItemDelegate):
    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(120, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        counts = index.model()
        assert isinstance(counts, _Counts)
        place: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(current().colour("hover"))
            painter.drawRoundedRect(QRectF(place).adjusted(0, 1, 0, -1), 6, 6)
        _paint_row(painter, counts.count(index), place, counts.largest)
        painter.restore()


def _paint_row(painter: QPainter, count: ClassCount, place: QRect, largest: int) -> None:
    name_width = min(_NAME_MOST, round(place.width() * _NAME_SHARE))
    painter.setFont(font(SMALL))
    painter.setPen(current().colour("ink"))
    name = painter.fontMetrics().elidedText(count.name, Qt.TextElideMode.ElideRight, name_width - 12)
    middle = Qt.AlignmentFlag.AlignVCenter
    painter.drawText(QRect(place.left() + 4, place.top(), name_width - 8, ROW), middle, name)
    painter.setPen(current().colour("muted"))
    right = QRect(place.right() - _COUNT_WIDTH, place.top(), _COUNT_WIDTH - 4, ROW)
    painter.drawText(right, middle | Qt.AlignmentFlag.AlignRight, thousands(total(count)))
    room = QRectF(place.left() + name_width, place.center().y() - _BAR / 2 + 1, right.left() - name_width - 4, _BAR)
    _paint_bar(painter, count, room, largest)


def _paint_bar(painter: QPainter, count: ClassCount, room: QRectF, largest: int) -> None:
    whole = QRectF(room)
    whole.setWidth(max(4.0, room.width() * total(count) / largest))
    shape = QPainterPath()
    shape.addRoundedRect(whole, 3, 3)
    painter.setClipPath(shape, Qt.ClipOperation.IntersectClip)
    left = whole.left()
    for part in PARTS:
        width = whole.width() * getattr(count, part.name) / max(1, total(count))
        painter.fillRect(QRectF(left, whole.top(), width, _BAR), part.colour)
        left += width


def _bars(counts: _Counts) -> QListView:
    bars = QListView()
    bars.setModel(counts)
    bars.setItemDelegate(_Bars(bars))
    bars.setAccessibleName(tr("Pictures of each class, by split"))
    bars.setUniformItemSizes(True)
    bars.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    bars.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    bars.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return bars


def _table(counts: _Counts) -> QTableView:
    table = QTableView()
    table.setModel(counts)
    table.setAccessibleName(tr("Pictures of each class, by split"))
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(ROW)
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    return table
