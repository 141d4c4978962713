"""A grid of pictures that were judged, with what each is and what it was taken for: 100 000 of them, of which only
those in sight, and a few rows around them, are ever fetched.
"""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPoint, QRect, QRectF, QSize, QStringListModel, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from kt_gui.bridge.album import Album
from kt_gui.schema.evaluations import Picture
from kt_gui.schema.quantities import percent
from kt_gui.schema.texts import tr
from kt_gui.widgets.evaluation.pixmaps import Pixmaps
from kt_gui.widgets.gallery import Index, lay_out_as_grid, paint_picture, share_width
from kt_gui.widgets.icons import paint_icon
from kt_gui.widgets.theme import SMALL, TINY, current, font, themed

PICTURE, LINE, EDGE = 96, 17, 4
"""Pixels: side of a picture, height of a line under it, room around it."""
CELL = QSize(PICTURE + 4 * EDGE, PICTURE + 2 * LINE + 4 * EDGE)
AHEAD = 2
"""Rows fetched before they come into sight, on either side."""
MARK = 12


class PictureGrid(QListView):
    """The grid. Arrow keys walk through it, Return or a double click opens a picture.

    Signals:
        opened(int): a person opened the picture at this place.
    """

    opened = Signal(int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """`name` is read aloud: what the pictures are."""
        super().__init__(parent)
        self._model = _Pictures(self)
        self.setModel(self._model)
        self.setItemDelegate(_Painter(self))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        lay_out_as_grid(self, name)
        self.activated.connect(self._open)
        themed.changed.connect(self.viewport().update)

    @property
    def decoded(self) -> int:
        """How many pictures are in memory, decoded."""
        return len(self._model.pixmaps) if self._model.pixmaps is not None else 0

    def show_pictures(self, pictures: Sequence[Picture], album: Album | None) -> None:
        """Show these pictures, in this order, out of an album."""
        before = self._model.pixmaps.album if self._model.pixmaps is not None else None
        if album is not before:
            self._follow(before, album)
        self._model.show_pictures(pictures)
        self.scrollToTop()

    def mark_left_out(self, digests: frozenset[str]) -> None:
        """Mark the pictures, by their digests, that are left out of the data by now."""
        self._model.left_out = digests
        self.viewport().update()

    def count(self) -> int:
        """How many pictures there are."""
        return self._model.rowCount()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ask for the rows around those in sight first, for what is asked for last is fetched first."""
        for place in self._around():
            self._model.pixmap(place)
        super().paintEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width out evenly among as many columns as fit."""
        share_width(self, CELL)
        super().resizeEvent(event)

    def _follow(self, before: Album | None, album: Album | None) -> None:
        if before is not None:
            before.changed.disconnect(self._repaint)
        if album is not None:
            album.changed.connect(self._repaint)
        self._model.pixmaps = Pixmaps(album) if album is not None else None

    def _around(self) -> list[int]:
        """Places just out of sight, the nearest last."""
        grid = self.gridSize()
        columns = max(1, self.viewport().width() // grid.width())
        top = self.verticalScrollBar().value() // grid.height()
        bottom = (self.verticalScrollBar().value() + self.viewport().height()) // grid.height()
        rows = [row for step in range(AHEAD, 0, -1) for row in (top - step, bottom + step)]
        places = [row * columns + column for row in rows if row >= 0 for column in range(columns)]
        return [place for place in places if place < self.count()]

    @Slot()
    def _repaint(self) -> None:
        self.viewport().update()

    @Slot(QModelIndex)
    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(index.row())


def say(picture: Picture) -> str:
    """Say what a picture is, and what it was taken for."""
    said = {"name": picture.name, "label": picture.label}
    if not picture.predicted and picture.confidence is not None:
        return tr("{name}: {label}, {share}", share=percent(picture.confidence), **said)
    if not picture.predicted:
        return tr("{name}: {label}", **said)
    sure = percent(picture.confidence) if picture.confidence is not None else tr("not finite")
    if picture.predicted == picture.label:
        return tr("{name}: {label}, recognised ({sure})", sure=sure, **said)
    return tr("{name}: {label}, taken for {predicted} ({sure})", predicted=picture.predicted, sure=sure, **said)


class _Pictures(QStringListModel):
    """A list of empty strings, as many as there are pictures, with pictures in their place.

    Laying out a grid asks how many rows there are at each row: 100 000 times asked of Python would hold the window up.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._pictures: Sequence[Picture] = ()
        self.pixmaps: Pixmaps | None = None
        self.left_out: frozenset[str] = frozenset()

    def show_pictures(self, pictures: Sequence[Picture]) -> None:
        self._pictures = pictures
        self.setStringList([""] * len(pictures))

    def picture(self, place: int) -> Picture:
        return self._pictures[place]

    def pixmap(self, place: int) -> QPixmap | None:
        return self.pixmaps.request(self._pictures[place].index) if self.pixmaps is not None else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.picture(index.row()).label
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
                return self._say(self.picture(index.row()))
            case _:
                return None

    def is_left_out(self, place: int) -> bool:
        """Without describing a picture where none is left out."""
        return bool(self.left_out) and self.picture(place).digest in self.left_out

    def _say(self, picture: Picture) -> str:
        if picture.digest not in self.left_out:
            return say(picture)
        return tr("{said}; left out of the data", said=say(picture))


class _Painter(QStyledItemDelegate):
    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return CELL

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, _Pictures)
        cell: QRect = option.rect
        state: QStyle.StateFlag = option.state
        place = QRect(cell.topLeft() + QPoint(EDGE, EDGE), QSize(PICTURE, PICTURE))
        pixmap = model.pixmap(index.row())
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        paint_picture(painter, pixmap if pixmap is not None else QPixmap(), place)
        if pixmap is not None and pixmap.isNull():
            paint_icon(
                painter, "warning", current().faint, QRectF(place.center().x() - 11, place.center().y() - 11, 22, 22)
            )
        if model.is_left_out(index.row()):
            _paint_badge(painter, tr("left out"), place)
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(current().colour("accent"), 2))
            painter.drawRoundedRect(QRectF(place).adjusted(-2, -2, 2, 2), 8, 8)
        _paint_words(painter, model.picture(index.row()), place)
        painter.restore()


def _paint_badge(painter: QPainter, text: str, place: QRect) -> None:
    """In the corner of the picture, which is dimmed."""
    look = current()
    veil = look.colour("card")
    veil.setAlphaF(0.55)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(veil)
    painter.drawRoundedRect(QRectF(place), 6, 6)
    painter.setFont(font(TINY))
    width = painter.fontMetrics().horizontalAdvance(text) + 2 * EDGE + 4
    badge = QRect(place.left() + EDGE, place.bottom() - LINE - EDGE, width, LINE)
    painter.setBrush(look.colour("ink"))
    painter.drawRoundedRect(QRectF(badge), 4, 4)
    painter.setPen(look.colour("card"))
    painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, text)


def _paint_words(painter: QPainter, picture: Picture, place: QRect) -> None:
    """Under the picture: what it was taken for, with a mark and how sure, then what it is."""
    line = QRect(place.left(), place.bottom() + 4, PICTURE, LINE)
    if picture.predicted:
        is_right = picture.predicted == picture.label
        mark = QRectF(line.left(), line.center().y() - MARK / 2 + 1, MARK, MARK)
        paint_icon(painter, "check" if is_right else "close", current().good if is_right else current().bad, mark)
        sure = percent(picture.confidence, 0) if picture.confidence is not None else ""
        rest = line.adjusted(MARK + 4, 0, 0, 0)
        _paint_line(painter, picture.predicted, sure, rest, "ink", SMALL)
        line.translate(0, LINE)
        _paint_line(painter, "" if is_right else tr("is {label}", label=picture.label), "", line, "muted", TINY)
    else:
        share = percent(picture.confidence, 0) if picture.confidence is not None else ""
        _paint_line(painter, picture.label, share, line, "muted", SMALL)


def _paint_line(painter: QPainter, text: str, right: str, line: QRect, token: str, size: int) -> None:
    middle = Qt.AlignmentFlag.AlignVCenter
    painter.setFont(font(TINY))
    painter.setPen(current().colour("muted"))
    painter.drawText(line, middle | Qt.AlignmentFlag.AlignRight, right)
    room = line.width() - (painter.fontMetrics().horizontalAdvance(right) + 4 if right else 0)
    painter.setFont(font(size))
    painter.setPen(current().colour(token))
    painter.drawText(line, middle, painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room))
