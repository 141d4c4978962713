"""The list of answers: a row a picture, tens of thousands of them, drawn only where they are seen."""

from collections import OrderedDict
from collections.abc import Callable, Container, Sequence
from typing import Literal

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from kt_gui.schema.predictions import Given, Predicted
from kt_gui.schema.quantities import percent
from kt_gui.schema.texts import listed, tr
from kt_gui.widgets.gallery import paint_picture
from kt_gui.widgets.guess_bars import paint_guess
from kt_gui.widgets.icons import paint_icon
from kt_gui.widgets.theme import GRID, SMALL, TEXT, current, font, themed

ROW, PICTURE = 56, 40
BARS, SHARE, MARK = 120, 64, 104
"""Pixels: height of a row, side of its picture, width of its bars, of the percentage and of what is remarked."""
DECODED = 512
"""Pictures that are kept decoded."""

Index = QModelIndex | QPersistentModelIndex
Order = Literal["given", "uncertain", "unlike"]


class AnswerList(QTableView):
    """The list: a table of one column, for a QListView asks for every row whenever one comes.

    Signals:
        picked(object): another prediction is looked at; None where there is none.
    """

    picked = Signal(object)

    def __init__(self, added: Container[Given], parent: QWidget | None = None) -> None:
        """`added` are the pictures that the next run learns from; they bear a mark."""
        super().__init__(parent)
        self.answers = Answers(self)
        self.setModel(self.answers)
        self.setItemDelegate(_Painter(added, self))
        self.setAccessibleName(tr("Predictions"))
        self.setShowGrid(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        themed.changed.connect(self.viewport().update)

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Say what is looked at."""
        super().currentChanged(current, previous)
        self.picked.emit(self.answers.row(current))

    def pick(self, row: Predicted | None) -> None:
        """Look at a prediction, where it is listed."""
        place = self.answers.place(row) if row is not None else -1
        if place >= 0:
            self.setCurrentIndex(self.answers.index(place))

    def arrange(self, order: Order, words: str) -> None:
        """List in another order, and only what holds every word; what is looked at stays so where it is listed."""
        picked = self.answers.row(self.currentIndex())
        self.answers.arrange(order, words)
        self.pick(picked)


class Answers(QAbstractListModel):
    """The rows that are listed, of all there are."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows: Sequence[Predicted] = ()
        self._seen = 0
        self._shown: list[int] = []
        self._order: Order = "given"
        self._words: list[str] = []
        self._keys: list[float] = []
        """What the rows are ordered by, where they are not as given."""
        self._decoded: OrderedDict[int, QPixmap] = OrderedDict()

    def begin(self, rows: Sequence[Predicted]) -> None:
        """Show other rows; more may come to them."""
        self.beginResetModel()
        self._rows, self._seen, self._shown, self._keys = rows, 0, [], []
        self._decoded.clear()
        self.endResetModel()

    def grow(self) -> bool:
        """Take in rows that have come; tell whether the others have moved."""
        new = [place for place in range(self._seen, len(self._rows)) if not self._words or self._is_sought(place)]
        self._seen = len(self._rows)
        if not new:
            return False
        if self._order == "given":
            self.beginInsertRows(QModelIndex(), len(self._shown), len(self._shown) + len(new) - 1)
            self._shown += new
            self.endInsertRows()
            return False
        return True

    def arrange(self, order: Order, words: str) -> None:
        """List in this order what holds every word."""
        self.beginResetModel()
        if order != self._order:
            self._keys = []
        self._order, self._words = order, words.casefold().split()
        self._shown = [place for place in range(self._seen) if not self._words or self._is_sought(place)]
        if order != "given":
            self._keys += map(_KEYS[order], self._rows[len(self._keys) : self._seen])
            self._shown.sort(key=self._keys.__getitem__)
        self.endResetModel()

    def row(self, index: Index) -> Predicted | None:
        """The prediction at an index."""
        return self._rows[self._shown[index.row()]] if index.isValid() else None

    def place(self, row: Predicted) -> int:
        """Where a prediction is listed; -1 where it is not."""
        return next((place for place, number in enumerate(self._shown) if self._rows[number] is row), -1)

    def rowCount(self, parent: Index | None = None) -> int:
        """How many are listed."""
        return 0 if parent is not None and parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What is read aloud, and searched by typing."""
        row = self.row(index)
        if row is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.name
            case Qt.ItemDataRole.ToolTipRole:
                return row.given.where or row.name
            case Qt.ItemDataRole.AccessibleTextRole:
                return _spoken(row)
            case _:
                return None

    def pixmap(self, index: Index) -> QPixmap:
        """The small picture of a row, decoded when it is first seen."""
        number = self._shown[index.row()]
        found = self._decoded.get(number)
        if found is None:
            found = self._decoded[number] = QPixmap()
            found.loadFromData(self._rows[number].thumbnail)
        self._decoded.move_to_end(number)
        if len(self._decoded) > DECODED:
            self._decoded.popitem(last=False)
        return found

    def _is_sought(self, place: int) -> bool:
        row = self._rows[place]
        haystack = f"{row.name} {row.top[0].label}".casefold()
        return all(word in haystack for word in self._words)


_KEYS: dict[Order, Callable[[Predicted], float]] = {
    "uncertain": lambda row: row.top[0].probability,
    "unlike": lambda row: -(row.distance or 0.0),
}


def _spoken(row: Predicted) -> str:
    first = row.top[0]
    unlike = tr("unlike anything it was trained on") if row.is_unlike else ""
    return listed((row.name, f"{first.label} {percent(first.probability)}", unlike))


class _Painter(QStyledItemDelegate):
    def __init__(self, added: Container[Given], parent: QWidget) -> None:
        super().__init__(parent)
        self._added = added

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(BARS + SHARE + MARK + 200, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        answers = index.model()
        assert isinstance(answers, Answers)
        row = answers.row(index)
        assert row is not None
        whole: QRect = option.rect
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        corner = whole.topLeft()
        paint_picture(painter, answers.pixmap(index), QRect(corner.x() + 8, corner.y() + 8, PICTURE, PICTURE))
        bars = whole.right() - GRID - MARK - SHARE - BARS
        left = corner.x() + PICTURE + 20
        _paint_words(painter, row, QRect(left, corner.y() + 8, bars - left - GRID, PICTURE))
        _paint_bars(painter, row, QRect(bars, corner.y(), BARS + SHARE, ROW))
        self._paint_mark(painter, row, QRect(bars + BARS + SHARE, corner.y(), MARK, ROW))
        painter.restore()

    def _paint_mark(self, painter: QPainter, row: Predicted, place: QRect) -> None:
        if row.given in self._added:
            _paint_sign(painter, place, "check", "good", tr("Added"))
        elif row.is_unlike:
            _paint_sign(painter, place, "warning", "warning", tr("Unlike"))


def _paint_words(painter: QPainter, row: Predicted, place: QRect) -> None:
    upper, lower = QRect(place), QRect(place)
    upper.setHeight(20)
    lower.setTop(upper.bottom() + 1)
    _write(painter, upper, row.top[0].label, TEXT, "ink", bold=True)
    _write(painter, lower, row.name, SMALL, "muted")


def _write(painter: QPainter, place: QRect, text: str, size: int, token: str, *, bold: bool = False) -> None:
    painter.setFont(font(size, bold=bold))
    painter.setPen(current().colour(token))
    fitting = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, place.width())
    painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, fitting)


def _paint_bars(painter: QPainter, row: Predicted, place: QRect) -> None:
    guesses = row.top[:3]
    top = place.center().y() - 5 * len(guesses) + 3
    for number, guess in enumerate(guesses):
        bar = QRectF(place.left(), top + 10 * number, BARS, 4)
        paint_guess(painter, guess, bar, is_first=number == 0)
    share = QRect(place.left() + BARS, place.top(), SHARE - GRID, place.height())
    painter.setFont(font(TEXT))
    painter.setPen(current().colour("ink"))
    text = percent(row.top[0].probability)
    painter.drawText(share, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)


def _paint_sign(painter: QPainter, place: QRect, icon: str, token: str, text: str) -> None:
    sign = QRectF(place.left() + GRID, place.center().y() - 7, 14, 14)
    paint_icon(painter, icon, getattr(current(), token), sign)
    _write(painter, place.adjusted(GRID + 20, 0, 0, 0), text, SMALL, token)
