"""What a tuning has found out so far: its chart, and the tries as a table, the best first."""

from dataclasses import dataclass

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kt_gui.schema import tuning_words
from kt_gui.schema.quantities import number, percent
from kt_gui.schema.texts import mark, tr, trn
from kt_gui.schema.tuning import Try, Tuning, TuningVerdict
from kt_gui.widgets.card_table import CardTable, Column
from kt_gui.widgets.parts import fill
from kt_gui.widgets.studies.tuning_chart import TuningChart


class TuningFindings(QWidget):
    """Chart and table choose together.

    Signals:
        chosen(int): a person chose the try of this place.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chart, self.numbers = TuningChart(), TriesTable()
        fill(QVBoxLayout(self), (self.chart,))
        self.chart.chosen.connect(self._choose)
        self.numbers.chosen.connect(self._choose_named)

    def show_verdict(self, verdict: TuningVerdict, question: Tuning) -> None:
        """Show what is known so far."""
        self.chart.show_verdict(verdict, question)
        self.numbers.show_verdict(verdict)

    def choose(self, place: int) -> None:
        """Show which try is chosen without saying so."""
        self.chart.choose(place)
        self.numbers.choose(str(place) if place >= 0 else "")

    @Slot(int)
    def _choose(self, place: int) -> None:
        self.choose(place)
        self.chosen.emit(place)

    @Slot(str)
    def _choose_named(self, name: str) -> None:
        self._choose(int(name))


@dataclass(frozen=True)
class Tried:
    """A try and what is to be said of it."""

    place: int
    found: Try
    sign: tuple[str, str]

    @property
    def name(self) -> str:
        """Unlike all others'."""
        return str(self.place)


class TriesTable(CardTable):
    """Settings, loss ± standard error, accuracy."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Settings that were tried"), _COLUMNS, parent)

    def show_verdict(self, verdict: TuningVerdict) -> None:
        """Show what is known so far."""
        tried = [_tried(verdict, place) for place in range(len(verdict.tries))]
        tried.sort(key=_worth)
        self.show_cards(tried)


def _tried(verdict: TuningVerdict, place: int) -> Tried:
    chosen, best = ("target", "accent"), ("check", "good")
    sign = chosen if place == verdict.chosen else best if place == verdict.best else ("", "")
    return Tried(place, verdict.tries[place], sign)


def _worth(tried: Tried) -> tuple[bool, float]:
    """What was not run on every fold comes last."""
    return not tried.found.is_complete, float("inf") if tried.found.mean is None else tried.found.mean


def _loss(tried: Tried) -> str:
    """Its standard error, too, where all folds were run; else how many were."""
    found = tried.found
    run = sum(loss is not None for loss in found.losses)
    if found.is_complete or not run:
        return tuning_words.loss(found)
    return trn("{loss} ({count} fold)", "{loss} ({count} folds)", run, loss=number(found.mean))


_COLUMNS = (
    Column(
        mark("Settings"),
        lambda each: tuning_words.values(each.found.settings),
        lambda each: tuning_words.values(each.found.settings),
        0,
        lambda each: each.sign,
    ),
    Column(mark("Loss ± SE"), _loss, lambda each: _worth(each)[1], 120, None, True),
    Column(
        mark("Right"),
        lambda each: percent(each.found.accuracy),
        lambda each: each.found.accuracy or 0.0,
        68,
        None,
        True,
    ),
)
