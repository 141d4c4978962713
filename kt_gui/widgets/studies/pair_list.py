"""Pairs of pictures side by side, a row each: thousands, of which only those in sight are ever fetched."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPoint, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from kt_gui.bridge.album import Album
from kt_gui.bridge.overlap_model import Row
from kt_gui.schema.datasets import called
from kt_gui.schema.overlap_words import found_by
from kt_gui.schema.overlaps import SIDES, Overlap, Side
from kt_gui.schema.texts import tr
from kt_gui.widgets.evaluation.pixmaps import Pixmaps
from kt_gui.widgets.gallery import Index, paint_picture
from kt_gui.widgets.icons import paint_icon
from kt_gui.widgets.theme import GRID, SMALL, TEXT, current, font, themed

SIDE, ROOM, LINE = 96, 12, 20
"""Pixels: side of a picture, room around it, height of a line of words."""
CELL = QSize(480, SIDE + ROOM)
WORDS = 3 * ROOM + 2 * SIDE
"""Where words begin in a row."""


class PairList(QListView):
    """The list. Arrow keys walk through it, with Shift they choose; Return or a double click opens a pair.

    Signals:
        opened(int): a person opened the pair at this place.
    """

    opened = Signal(int)

    def __init__(self, state: Callable[[Row], str], parent: QWidget | None = None) -> None:
        """`state` says what was done with a pair; empty where nothing was."""
        super().__init__(parent)
        self._rows = _Rows(state, self)
        self.setModel(self._rows)
        self.setItemDelegate(_Painter(self))
        self.setAccessibleName(tr("Pairs of pictures: of the source, and of the test"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self.setTabKeyNavigation(False)
        self.activated.connect(self._open)
        themed.changed.connect(self.viewport().update)

    def show_rows(self, rows: Sequence[Row], albums: Callable[[Overlap, Side], Album]) -> None:
        """Show pairs, with pictures out of the albums of either side of a search."""
        if self._rows.show_rows(list(rows), albums, self._repaint):
            self.scrollToTop()
        self._repaint()

    @property
    def chosen(self) -> list[int]:
        """The places of the pairs that are chosen."""
        chosen = self.selectionModel().selection()
        ranges = [chosen.at(number) for number in range(chosen.count())]
        return sorted(place for each in ranges for place in range(each.top(), each.bottom() + 1))

    @Slot()
    def _repaint(self) -> None:
        self.viewport().update()

    @Slot(QModelIndex)
    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(index.row())


class _Rows(QAbstractListModel):
    def __init__(self, state: Callable[[Row], str], parent: QWidget) -> None:
        super().__init__(parent)
        self._state = state
        self._rows: list[Row] = []
        self._pixmaps: dict[tuple[int, Side], Pixmaps] = {}

    def show_rows(self, rows: list[Row], albums: Callable[[Overlap, Side], Album], repaint: Callable[[], None]) -> bool:
        if rows == self._rows:
            return False
        self.beginResetModel()
        for each in self._pixmaps.values():
            each.album.changed.disconnect(repaint)
        self._rows = rows
        searches = {id(overlap): overlap for overlap, _ in rows}
        self._pixmaps = {
            (key, side): Pixmaps(albums(overlap, side)) for key, overlap in searches.items() for side in SIDES
        }
        for each in self._pixmaps.values():
            each.album.changed.connect(repaint)
        self.endResetModel()
        return True

    def pixmap(self, place: int, side: Side) -> QPixmap | None:
        overlap, pair = self._rows[place]
        picture = pair.first if side == "source" else pair.second
        return self._pixmaps[id(overlap), side].request(picture.index)

    def row(self, place: int) -> Row:
        return self._rows[place]

    def state(self, place: int) -> str:
        return self._state(self._rows[place])

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.row(index.row())[1].second.name
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
                said = (*_say(self.row(index.row())), self.state(index.row()))
                return "\n".join(text for text in said if text)
            case _:
                return None


def _say(row: Row) -> tuple[str, str, str]:
    overlap, pair = row
    first, second = pair.first, pair.second
    return (
        tr("In {source}: {name} ({label})", source=called(overlap.source_title), name=first.name, label=first.label),
        tr("In the test: {name} ({label})", name=second.name, label=second.label),
        found_by(pair),
    )


class _Painter(QStyledItemDelegate):
    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return CELL

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rows = index.model()
        assert isinstance(rows, _Rows)
        place: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(current().colour("accent_soft"))
            painter.drawRoundedRect(QRectF(place).adjusted(0, 1, 0, -1), 8, 8)
        corner = place.topLeft() + QPoint(ROOM // 2, ROOM // 2)
        for side in SIDES:
            _paint_picture(painter, rows.pixmap(index.row(), side), QRect(corner, QSize(SIDE, SIDE)))
            corner += QPoint(SIDE + GRID, 0)
        _paint_words(painter, _say(rows.row(index.row())), rows.state(index.row()), place)
        painter.restore()


def _paint_picture(painter: QPainter, pixmap: QPixmap | None, place: QRect) -> None:
    paint_picture(painter, pixmap if pixmap is not None else QPixmap(), place)
    if pixmap is not None and pixmap.isNull():
        middle = place.center()
        paint_icon(painter, "warning", current().faint, QRectF(middle.x() - 11, middle.y() - 11, 22, 22))


def _paint_words(painter: QPainter, words: Sequence[str], state: str, place: QRect) -> None:
    lines = [*zip(words, ("ink", "ink", "muted"), (TEXT, TEXT, SMALL), strict=True)]
    if state:
        lines.append((state, "accent", SMALL))
    line = QRect(place.left() + WORDS, 0, place.width() - WORDS - ROOM, LINE)
    line.moveTop(place.center().y() - len(lines) * LINE // 2 + 1)
    for text, token, size in lines:
        painter.setFont(font(size))
        painter.setPen(current().colour(token))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, shown)
        line.translate(0, LINE)
