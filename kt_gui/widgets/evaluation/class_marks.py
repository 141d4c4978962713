"""The classes on a map: a colour and a shape each, for colour is never alone; and the list that says which is which."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelection,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QTransform
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from kt_gui.schema.texts import thousands, tr
from kt_gui.widgets.theme import SMALL, current, font, themed

Shape = Literal["circle", "square", "triangle", "diamond", "cross"]
SHAPES: tuple[Shape, ...] = ("circle", "square", "triangle", "diamond", "cross")
"""With the eight colours of the look in use they make forty marks; of more classes, two share one."""
ROW, MARK = 22, 9
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Mark:
    """How the points of one class look."""

    colour: str
    shape: Shape

    @property
    def path(self) -> QPainterPath:
        """Its outline, within half a unit about 0."""
        return _path(self.shape)


def mark_of(place: int) -> Mark:
    """The mark of a class by its place among all, in the look in use."""
    colours = current().lines
    return Mark(colours[place % len(colours)], SHAPES[place % len(SHAPES)])


def _path(shape: Shape) -> QPainterPath:
    path = QPainterPath()
    match shape:
        case "circle":
            path.addEllipse(QRectF(-0.5, -0.5, 1, 1))
        case "square":
            path.addRect(QRectF(-0.45, -0.45, 0.9, 0.9))
        case "triangle":
            _polygon(path, ((0, -0.55), (0.55, 0.4), (-0.55, 0.4)))
        case "diamond":
            _polygon(path, ((0, -0.6), (0.5, 0), (0, 0.6), (-0.5, 0)))
        case "cross":
            arm, end = 0.17, 0.55
            path.setFillRule(Qt.FillRule.WindingFill)
            path.addRect(QRectF(-end, -arm, 2 * end, 2 * arm))
            path.addRect(QRectF(-arm, -end, 2 * arm, 2 * end))
            path = path.simplified()
    return path


def _polygon(path: QPainterPath, corners: Sequence[tuple[float, float]]) -> None:
    path.moveTo(*corners[0])
    for corner in corners[1:]:
        path.lineTo(*corner)
    path.closeSubpath()


def paint_mark(painter: QPainter, mark: Mark, place: QRectF) -> None:
    """Draw a mark into a square."""
    outline = QTransform.fromTranslate(place.center().x(), place.center().y()).scale(place.width(), place.height())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(mark.colour))
    painter.drawPath(outline.map(mark.path))


class ClassKey(QListView):
    """The classes with their marks and how many points each has; the one that is chosen stands out on the map.

    Signals:
        emphasised(int): a class by its place, or −1 for all alike.
    """

    emphasised = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._classes = _Classes(self)
        self._chosen = -1
        self.setModel(self._classes)
        self.setItemDelegate(_Rows(self))
        self.setAccessibleName(tr("Classes; the one chosen stands out on the map"))
        self.setUniformItemSizes(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.selectionModel().selectionChanged.connect(self._follow)
        self.clicked.connect(self._toggle)
        themed.changed.connect(self.viewport().update)

    def show_classes(self, names: Sequence[str], counts: Sequence[int]) -> None:
        """Show these classes."""
        if self._classes.show_classes(tuple(zip(names, counts, strict=True))):
            self._chosen = -1
            self.emphasised.emit(-1)

    @Slot(QItemSelection, QItemSelection)
    def _follow(self) -> None:
        rows = [index.row() for index in self.selectionModel().selectedIndexes()]
        self.emphasised.emit(rows[0] if rows else -1)

    @Slot(QModelIndex)
    def _toggle(self, index: QModelIndex) -> None:
        """A second click on the chosen class takes the choice back."""
        if index.row() == self._chosen:
            self.clearSelection()
            self._chosen = -1
        else:
            self._chosen = index.row()


class _Classes(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._classes: tuple[tuple[str, int], ...] = ()

    def show_classes(self, classes: tuple[tuple[str, int], ...]) -> bool:
        if classes == self._classes:
            return False
        self.beginResetModel()
        self._classes = classes
        self.endResetModel()
        return True

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._classes)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        name, count = self._classes[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return name
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
                return tr("{name}: {count}", name=name, count=thousands(count))
            case _:
                return None


class _Rows(QStyledItemDelegate):
    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(80, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        place: QRectF = QRectF(option.rect)
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(current().colour("accent_soft"))
            painter.drawRoundedRect(place.adjusted(0, 1, 0, -1), 6, 6)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(current().colour("accent"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(place.adjusted(0.5, 1.5, -0.5, -1.5), 6, 6)
        paint_mark(painter, mark_of(index.row()), QRectF(place.left() + 6, place.center().y() - MARK / 2, MARK, MARK))
        painter.setFont(font(SMALL))
        painter.setPen(current().colour("ink"))
        words = place.adjusted(6 + MARK + 6, 0, -4, 0)
        text = painter.fontMetrics().elidedText(str(index.data()), Qt.TextElideMode.ElideRight, int(words.width()))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.restore()
