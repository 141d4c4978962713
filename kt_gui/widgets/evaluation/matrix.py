"""The confusion matrix: a row for each class, a column for what its pictures were taken for. Any number of classes."""

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from kt_gui.schema.quantities import percent
from kt_gui.schema.texts import thousands, tr, trn
from kt_gui.widgets.gallery import Index
from kt_gui.widgets.theme import SMALL, TINY, current, font, themed

if TYPE_CHECKING:
    from numpy.typing import NDArray

Figures = Literal["counts", "shares"]

LEAST, MOST = 12, 96
"""Pixels that the side of a cell may have."""
READABLE = 24
"""From this side on a cell shows its figure, and never gets smaller by itself."""
NAME, ABOVE = 128, 96
"""Most pixels for names at the left, and above."""
LINE = 13
"""Pixels that a name needs across."""
FAINTEST = 0.12
"""How much of its colour a cell with a single picture has: the rare confusions are the ones to be found."""


class Matrix(QTableView):
    """The matrix. Arrow keys walk through it, + and - or the wheel with Ctrl change its scale.

    Signals:
        opened(str, str): a person wants to see the pictures of this class that were taken for that one; an empty name
            stands for any.
    """

    opened = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cells = _Cells(self)
        self._scale: int | None = None
        self.setModel(self._cells)
        self.setItemDelegate(_Painter(self))
        self.setAccessibleName(tr("Confusion matrix: a row for each class, a column for what it was taken for"))
        self.setHorizontalHeader(Names(Qt.Orientation.Horizontal, self))
        self._dress()
        self.clicked.connect(self._open)
        self.activated.connect(self._open)
        self.verticalHeader().sectionClicked.connect(self._open_row)
        self.horizontalHeader().sectionClicked.connect(self._open_column)
        themed.changed.connect(self.viewport().update)

    def show_confusion(self, classes: tuple[str, ...], counts: "NDArray") -> None:  # type: ignore[type-arg]
        """Show how often each class was taken for each; `counts` is [truth, predicted]."""
        self._cells.show_confusion(classes, counts)
        self._fit()

    def show_figures(self, figures: Figures) -> None:
        """Write pictures into the cells, or shares of the row."""
        self._cells.figures = figures
        self.viewport().update()

    @property
    def side(self) -> int:
        """Pixels of a cell's side."""
        return self.verticalHeader().defaultSectionSize()

    def zoom(self, steps: int) -> None:
        """Make the cells larger or smaller."""
        self._scale = min(MOST, max(LEAST, round(self.side * 1.25**steps)))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fill the room, as long as the cells stay readable and nobody chose a scale."""
        super().resizeEvent(event)
        self._fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Change the scale with Ctrl, scroll without."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(1 if event.angleDelta().y() > 0 else -1)
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Change the scale, or walk."""
        match event.key():
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.zoom(1)
            case Qt.Key.Key_Minus:
                self.zoom(-1)
            case _:
                super().keyPressEvent(event)

    def _dress(self) -> None:
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        for mode in (self.setVerticalScrollMode, self.setHorizontalScrollMode):
            mode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalHeader(Names(Qt.Orientation.Vertical, self))
        self.setCornerButtonEnabled(False)
        self.setMouseTracking(True)
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor)

    def _fit(self) -> None:
        count = max(1, self._cells.rowCount())
        left, above = self.verticalHeader().sizeHint().width(), self.horizontalHeader().sizeHint().height()
        room = min((self.width() - left - 2) // count, (self.height() - above - 2) // count)
        side = self._scale if self._scale is not None else min(MOST, max(READABLE, room))
        if side != self.side:
            self.verticalHeader().setDefaultSectionSize(side)
            self.horizontalHeader().setDefaultSectionSize(side)

    @Slot(QModelIndex)
    def _open(self, index: QModelIndex) -> None:
        classes = self._cells.classes
        self.opened.emit(classes[index.row()], classes[index.column()])

    @Slot(int)
    def _open_row(self, row: int) -> None:
        self.opened.emit(self._cells.classes[row], "")

    @Slot(int)
    def _open_column(self, column: int) -> None:
        self.opened.emit("", self._cells.classes[column])


class _Cells(QAbstractTableModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.classes: tuple[str, ...] = ()
        self.figures: Figures = "counts"
        self._counts: NDArray | None = None  # type: ignore[type-arg]
        self._totals: list[int] = []

    def show_confusion(self, classes: tuple[str, ...], counts: "NDArray") -> None:  # type: ignore[type-arg]
        is_new = classes != self.classes
        if is_new:
            self.beginResetModel()
        self.classes, self._counts, self._totals = classes, counts, counts.sum(axis=1).tolist()
        if is_new:
            self.endResetModel()
        elif classes:
            self.dataChanged.emit(self.index(0, 0), self.index(len(classes) - 1, len(classes) - 1))

    def count(self, index: Index) -> int:
        return int(self._counts[index.row(), index.column()]) if self._counts is not None else 0

    def share(self, index: Index) -> float:
        """Of the pictures of its row."""
        return self.count(index) / max(1, self._totals[index.row()])

    def text(self, index: Index) -> str:
        count = self.count(index)
        if not count:
            return ""
        return f"{100 * self.share(index):.0f}" if self.figures == "shares" else thousands(count)

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.classes)

    def columnCount(self, parent: Index | None = None) -> int:
        return self.rowCount(parent)

    def headerData(self, section: int, _orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        is_name = role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole)
        return self.classes[section] if is_name else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.text(index)
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
                return self._say(index)
            case _:
                return None

    def _say(self, index: Index) -> str:
        truth, predicted = self.classes[index.row()], self.classes[index.column()]
        of = trn("{count} picture", "{count} pictures", self._totals[index.row()])
        said = {"count": thousands(self.count(index)), "of": of, "share": percent(self.share(index)), "truth": truth}
        if truth == predicted:
            return tr("{truth}: {count} of {of} are recognised ({share})", **said)
        return tr("{truth} taken for {predicted}: {count} of {of} ({share})", predicted=predicted, **said)


class _Painter(QStyledItemDelegate):
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        cells = index.model()
        assert isinstance(cells, _Cells)
        place: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        ink = _paint_ground(painter, place, cells.share(index), is_right=index.row() == index.column())
        if place.width() >= READABLE:
            text = cells.text(index)
            painter.setPen(ink)
            painter.setFont(font(SMALL if place.width() >= 36 and len(text) < 5 else TINY))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            is_selected = bool(state & QStyle.StateFlag.State_Selected)
            painter.setPen(QPen(current().colour("ink" if is_selected else "faint"), 2 if is_selected else 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(place).adjusted(1.5, 1.5, -1.5, -1.5), 4, 4)
        painter.restore()


def _paint_ground(painter: QPainter, place: QRect, share: float, *, is_right: bool) -> QColor:
    """Tint a cell by its share of the row; give the colour its figure is read best in."""
    look = current()
    strength = FAINTEST + (1 - FAINTEST) * share**0.6 if share else 0.0
    ground = blend(look.colour("inset"), look.colour("accent" if is_right else "bad"), strength)
    painter.setBrush(ground)
    radius = 4 if place.width() >= READABLE else 1
    painter.drawRoundedRect(QRectF(place).adjusted(1, 1, -1, -1), radius, radius)
    return look.colour("on_accent" if strength > 0.55 else "ink")


def blend(under: QColor, over: QColor, amount: float) -> QColor:
    """Mix two colours: 0 is the first, 1 the second."""
    parts = zip((under.redF(), under.greenF(), under.blueF()), (over.redF(), over.greenF(), over.blueF()), strict=True)
    return QColor.fromRgbF(*(a + (b - a) * amount for a, b in parts))


class Names(QHeaderView):
    """Names of the classes, as many of them as have room, elided."""

    def __init__(self, orientation: Qt.Orientation, parent: QTableView) -> None:
        super().__init__(orientation, parent)
        self.setSectionsClickable(True)
        self.setMinimumSectionSize(LEAST)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setDefaultSectionSize(READABLE)

    def sizeHint(self) -> QSize:
        """As much as the longest name needs, up to a limit."""
        self.ensurePolished()
        metrics = self.fontMetrics()
        names = (str(self.model().headerData(each, self.orientation())) for each in range(min(200, self.count())))
        longest = max((metrics.horizontalAdvance(name) for name in names), default=40) + 12
        if self.orientation() == Qt.Orientation.Vertical:
            return QSize(min(NAME, longest), 0)
        return QSize(0, min(ABOVE, longest))

    def _skips(self, section: int) -> bool:
        """Whether a name is left out: every one that would touch its neighbour."""
        return section % max(1, -(-LINE // self.defaultSectionSize())) != 0

    def paintSection(self, painter: QPainter, place: QRect, section: int) -> None:
        """Paint a name, upright where it stands above the matrix."""
        if self._skips(section):
            return
        painter.save()
        painter.setFont(font(TINY))
        painter.setPen(current().colour("muted"))
        room = QRect(0, 0, place.width(), place.height())
        painter.translate(place.topLeft())
        if self.orientation() == Qt.Orientation.Horizontal:
            painter.translate(0, place.height())
            painter.rotate(-90)
            room = QRect(0, 0, place.height(), place.width())
        side = (
            Qt.AlignmentFlag.AlignRight if self.orientation() == Qt.Orientation.Vertical else Qt.AlignmentFlag.AlignLeft
        )
        name = str(self.model().headerData(section, self.orientation()))
        room.adjust(4, 0, -6, 0)
        middle = room.center().y()
        room.setTop(min(room.top(), middle - LINE // 2 - 1))
        room.setBottom(max(room.bottom(), middle + LINE // 2 + 1))
        text = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | side, text)
        painter.restore()
