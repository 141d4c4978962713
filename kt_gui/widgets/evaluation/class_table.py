"""How each class fared, and which are taken for which: two tables one can sort, each row a link to its pictures."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Signal, Slot
from PySide6.QtWidgets import QWidget

from kt_gui.schema.quantities import percent
from kt_gui.schema.texts import mark, thousands, tr
from kt_gui.widgets.card_table import CardTable, Column

if TYPE_CHECKING:
    from kt_gui.bridge.judgement import Judgement

MOST = 1000
"""Confusions that are listed, the most frequent ones."""


@dataclass(frozen=True)
class Confusion:
    """Pictures of one class that were taken for another."""

    truth: str
    predicted: str
    count: int
    of: int
    """Pictures of the class."""

    @property
    def name(self) -> str:
        """Unlike all others'."""
        return f"{self.truth}\n{self.predicted}"

    @property
    def share(self) -> float:
        """Of the pictures of the class."""
        return self.count / max(1, self.of)


class ClassTable(CardTable):
    """A row for each class.

    Signals:
        opened_class(str, str): a person wants to see the pictures of this class, or those that were taken for that
            one; the other name is empty.
    """

    opened_class = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("How each class fared"), _CLASS_COLUMNS, parent)
        self.clicked.connect(self._open_column)
        self.activated.connect(self._open_column)

    @Slot(QModelIndex)
    def _open_column(self, index: QModelIndex) -> None:
        if self.chosen_name:
            is_taken = index.column() in _OF_TAKEN
            self.opened_class.emit("" if is_taken else self.chosen_name, self.chosen_name if is_taken else "")


class ConfusionTable(CardTable):
    """A row for each pair of classes of which one is taken for the other, the most frequent first.

    Signals:
        opened_pair(str, str): a person wants to see the pictures of this class that were taken for that one.
    """

    opened_pair = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Which classes are taken for which"), _CONFUSION_COLUMNS, parent)
        self.opened.connect(self._split)
        self.clicked.connect(self._split_clicked)

    def show_judgement(self, judgement: "Judgement") -> None:
        """Show what was confused."""
        self.show_cards(confusions(judgement))

    @Slot(str)
    def _split(self, name: str) -> None:
        truth, _, predicted = name.partition("\n")
        self.opened_pair.emit(truth, predicted)

    @Slot(QModelIndex)
    def _split_clicked(self) -> None:
        self._split(self.chosen_name)


def confusions(judgement: "Judgement") -> tuple[Confusion, ...]:
    """What was taken for what, the most frequent first."""
    import numpy as np

    classes, counts = judgement.judged.classes, judgement.confusion.copy()
    totals = counts.sum(axis=1)
    np.fill_diagonal(counts, 0)
    rows, columns = np.nonzero(counts)
    found = counts[rows, columns]
    return tuple(
        Confusion(classes[rows[place]], classes[columns[place]], int(found[place]), int(totals[rows[place]]))
        for place in np.argsort(-found, kind="stable")[:MOST]
    )


def _order(value: float | None) -> float:
    """What is not known sorts below everything."""
    return value if value is not None else -1.0


_CLASS_COLUMNS = (
    Column(mark("Class"), lambda each: each.name, lambda each: each.name.casefold()),
    Column(
        mark("Precision"), lambda each: percent(each.precision), lambda each: _order(each.precision), 112, None, True
    ),
    Column(mark("Recall"), lambda each: percent(each.recall), lambda each: _order(each.recall), 112, None, True),
    Column(mark("F1"), lambda each: percent(each.f1), lambda each: _order(each.f1), 112, None, True),
    Column(mark("Pictures"), lambda each: thousands(each.support), lambda each: each.support, 112, None, True),
    Column(mark("Taken for it"), lambda each: thousands(each.predicted), lambda each: each.predicted, 128, None, True),
)
_OF_TAKEN = {1, 5}
"""Columns whose numbers are of the pictures that were taken for the class: its precision, and how many they are."""
_CONFUSION_COLUMNS = (
    Column(mark("Class"), lambda each: each.truth, lambda each: each.truth.casefold()),
    Column(mark("Taken for"), lambda each: each.predicted, lambda each: each.predicted.casefold()),
    Column(mark("Pictures"), lambda each: thousands(each.count), lambda each: each.count, 84, None, True),
    Column(mark("Share"), lambda each: percent(each.share), lambda each: each.share, 84, None, True),
)
