"""A searchable, sortable table of cards: networks, data sets. Fast for thousands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QModelIndex,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from kt_gui.schema.texts import tr
from kt_gui.widgets.icons import icon
from kt_gui.widgets.theme import themed

ROW = 32
_ORDER = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex


class Card(Protocol):
    """Anything with a name of its own."""

    @property
    def name(self) -> str:
        """Unlike all others'."""


@dataclass(frozen=True)
class Column:
    """What one column shows of a card, and what it sorts by."""

    title: str
    """English, marked."""
    text: Callable[[Any], str]
    order: Callable[[Any], float | str]
    width: int = 0
    """Pixels; 0 takes the room that is left."""
    icon: Callable[[Any], tuple[str, str]] | None = None
    """An icon and its token, or two empty texts."""
    is_number: bool = False


class CardTable(QTableView):
    """The table; one row at most is chosen.

    Signals:
        chosen(str): a person chose the card of this name.
        opened(str): a person chose it for good (double click or Return).
    """

    chosen = Signal(str)
    opened = Signal(str)

    def __init__(self, name: str, columns: Sequence[Column], parent: QWidget | None = None) -> None:
        """`name` is read aloud: what is listed."""
        super().__init__(parent)
        self._cards = _Cards(columns, self)
        self._proxy = _Sought(self)
        self._proxy.setSourceModel(self._cards)
        self._is_quiet = False
        self.setModel(self._proxy)
        self.setAccessibleName(name)
        self._dress(columns)
        self.activated.connect(self._open)
        themed.changed.connect(self.viewport().update)

    def show_cards(self, cards: Sequence[Card]) -> None:
        """Show these cards; what was chosen stays chosen where it is still there."""
        if tuple(cards) == self._cards.cards:
            return
        before = self.chosen_name
        self._cards.show_cards(tuple(cards))
        self.choose(before)

    def choose(self, name: str) -> None:
        """Show which card is chosen without saying so; none for an empty name."""
        if name == self.chosen_name:
            return
        self._is_quiet = True
        row = self._cards.row(name)
        index = self._proxy.mapFromSource(self._cards.index(row, 0)) if row >= 0 else QModelIndex()
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)
        else:
            self.clearSelection()
        self._is_quiet = False

    def search(self, text: str) -> None:
        """Keep only cards that hold every word."""
        self._proxy.search(text)

    def keep(self, wanted: Callable[[Any], bool]) -> None:
        """Keep only cards for which this holds."""
        self._proxy.keep(wanted)

    def shown(self) -> int:
        """How many cards the search leaves."""
        return self._proxy.rowCount()

    @property
    def chosen_name(self) -> str:
        """The name of the chosen card; empty where there is none."""
        rows = self.selectionModel().selectedRows()
        return self._cards.cards[self._proxy.mapToSource(rows[0]).row()].name if rows else ""

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        """Say what a person chose."""
        super().selectionChanged(selected, deselected)
        if not self._is_quiet and self.chosen_name:
            self.chosen.emit(self.chosen_name)

    @Slot(QModelIndex)
    def _open(self) -> None:
        if self.chosen_name:
            self.opened.emit(self.chosen_name)

    def _dress(self, columns: Sequence[Column]) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setSortingEnabled(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        for position, column in enumerate(columns):
            mode = QHeaderView.ResizeMode.Fixed if column.width else QHeaderView.ResizeMode.Stretch
            header.setSectionResizeMode(position, mode)
            header.resizeSection(position, column.width or 120)


class _Cards(QAbstractTableModel):
    def __init__(self, columns: Sequence[Column], parent: QWidget) -> None:
        super().__init__(parent)
        self._columns = tuple(columns)
        self.cards: tuple[Any, ...] = ()
        self.haystacks: tuple[str, ...] = ()

    def show_cards(self, cards: tuple[Any, ...]) -> None:
        self.beginResetModel()
        self.cards = cards
        self.haystacks = tuple(
            " ".join((card.name, *(column.text(card) for column in self._columns))).casefold() for card in cards
        )
        self.endResetModel()

    def row(self, name: str) -> int:
        return next((row for row, card in enumerate(self.cards) if card.name == name), -1)

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.cards)

    def columnCount(self, _parent: Index | None = None) -> int:
        return len(self._columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        column = self._columns[section]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return tr(column.title)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _side(column)
            case _:
                return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        card, column = self.cards[index.row()], self._columns[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.text(card)
            case Qt.ItemDataRole.ToolTipRole:
                return column.text(card) if not column.is_number else None
            case Qt.ItemDataRole.TextAlignmentRole:
                return _side(column)
            case Qt.ItemDataRole.DecorationRole if column.icon is not None:
                name, token = column.icon(card)
                return icon(name, token) if name else None
            case _ if role == _ORDER:
                return column.order(card)
            case _:
                return None


class _Sought(QSortFilterProxyModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._words: list[str] = []
        self._wanted: Callable[[Any], bool] | None = None
        self.setSortRole(_ORDER)

    def search(self, text: str) -> None:
        self._words = text.casefold().split()
        self.invalidate()

    def keep(self, wanted: Callable[[Any], bool]) -> None:
        self._wanted = wanted
        self.invalidate()

    def filterAcceptsRow(self, row: int, _parent: Index) -> bool:
        cards = self.sourceModel()
        assert isinstance(cards, _Cards)
        if self._wanted is not None and not self._wanted(cards.cards[row]):
            return False
        return all(word in cards.haystacks[row] for word in self._words)


def _side(column: Column) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column.is_number else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
