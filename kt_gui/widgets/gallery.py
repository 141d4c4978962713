"""A grid of small pictures with their classes: hundreds at once, decoded only when they come into sight."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from kt_gui.schema.events import Thumbnail
from kt_gui.schema.texts import tr
from kt_gui.widgets.splits import paint_mark, part_of
from kt_gui.widgets.theme import SMALL, current, font, themed

PICTURE, CELL, LABEL_HEIGHT = 72, 84, 22
"""Pixels: side of a picture, least width of its cell, height of the line under it."""
_SCROLL_BAR = 14
"""Room kept for it, seen or not: columns must not depend on whether they need it."""
Index = QModelIndex | QPersistentModelIndex


def lay_out_as_grid(view: QListView, name: str) -> None:
    """Make a list a grid of cells of one size, to be looked at; `name` is read aloud."""
    view.setAccessibleName(name)
    view.setResizeMode(QListView.ResizeMode.Adjust)
    view.setMovement(QListView.Movement.Static)
    view.setUniformItemSizes(True)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.setTabKeyNavigation(False)


def share_width(view: QListView, least: QSize) -> None:
    """Share the width of a grid out evenly among as many cells as fit."""
    width = view.width() - _SCROLL_BAR
    columns = max(1, width // least.width())
    view.setGridSize(QSize(max(least.width(), width // columns), least.height()))


class Gallery(QListView):
    """The grid. Arrow keys walk through it, and what a picture is stands in its tooltip.

    Signals:
        activated_picture(str): a person opened the picture of this name (double click or Return).
    """

    activated_picture = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """`name` is read aloud: what the pictures are."""
        super().__init__(parent)
        self._model = _Pictures(self)
        self.setModel(self._model)
        self.setItemDelegate(_Painter(self))
        self.setViewMode(QListView.ViewMode.IconMode)
        lay_out_as_grid(self, name)
        self.activated.connect(self._open)
        themed.changed.connect(self.viewport().update)

    def show_pictures(self, pictures: Sequence[Thumbnail]) -> None:
        """Show these pictures; the same ones are left as they are."""
        if self._model.show_pictures(tuple(pictures)):
            self.scrollToTop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width out evenly among as many columns as fit."""
        share_width(self, QSize(CELL, PICTURE + LABEL_HEIGHT + 10))
        super().resizeEvent(event)

    def count(self) -> int:
        """How many pictures there are."""
        return self._model.rowCount()

    @Slot(QModelIndex)
    def _open(self, index: QModelIndex) -> None:
        self.activated_picture.emit(self._model.picture(index).name)


class _Pictures(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._pictures: tuple[Thumbnail, ...] = ()
        self._decoded: dict[int, QPixmap] = {}

    def show_pictures(self, pictures: tuple[Thumbnail, ...]) -> bool:
        if pictures == self._pictures:
            return False
        self.beginResetModel()
        self._pictures, self._decoded = pictures, {}
        self.endResetModel()
        return True

    def picture(self, index: Index) -> Thumbnail:
        return self._pictures[index.row()]

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._pictures)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.picture(index).label
            case Qt.ItemDataRole.DecorationRole:
                return self._pixmap(index.row())
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
                return self._say(self.picture(index))
            case _:
                return None

    def _pixmap(self, row: int) -> QPixmap:
        if row not in self._decoded:
            pixmap = QPixmap()
            pixmap.loadFromData(self._pictures[row].png)
            self._decoded[row] = pixmap
        return self._decoded[row]

    def _say(self, picture: Thumbnail) -> str:
        if not picture.split:
            return tr("{name}: {label}", name=picture.name, label=picture.label)
        split = tr(part_of(picture.split).title)
        return tr("{name}: {label}, {split}", name=picture.name, label=picture.label, split=split)


class _Painter(QStyledItemDelegate):
    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(CELL, PICTURE + LABEL_HEIGHT + 8)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, _Pictures)
        cell: QRect = option.rect
        state: QStyle.StateFlag = option.state
        place = QRect(cell.topLeft() + QPoint(2, 4), QSize(PICTURE, PICTURE))
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        paint_picture(painter, model._pixmap(index.row()), place)
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(current().colour("accent"), 2))
            painter.drawRoundedRect(QRectF(place).adjusted(-2, -2, 2, 2), 8, 8)
        _paint_label(painter, model.picture(index), place)
        painter.restore()


def paint_picture(painter: QPainter, pixmap: QPixmap, place: QRect, radius: float = 6) -> None:
    """Paint a picture whole into a place with rounded corners; its ground alone where there is none."""
    ground = QPainterPath()
    ground.addRoundedRect(QRectF(place), radius, radius)
    painter.fillPath(ground, current().colour("inset"))
    if pixmap.isNull():
        return
    inside = QRect(QPoint(), pixmap.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio))
    inside.moveCenter(place.center())
    painter.setClipPath(ground)
    painter.drawPixmap(inside, pixmap)
    painter.setClipping(False)
    painter.setPen(QPen(current().colour("line"), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(place).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)


def _paint_label(painter: QPainter, picture: Thumbnail, place: QRect) -> None:
    line = QRect(place.left(), place.bottom() + 3, PICTURE, LABEL_HEIGHT - 4)
    if picture.split:
        shape = QRectF(line.left(), line.center().y() - 3, 7, 7)
        paint_mark(painter, part_of(picture.split), shape)
        line.setLeft(line.left() + 12)
    painter.setFont(font(SMALL))
    painter.setPen(current().colour("muted"))
    text = painter.fontMetrics().elidedText(picture.label, Qt.TextElideMode.ElideRight, line.width())
    painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
