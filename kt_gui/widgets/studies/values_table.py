"""The numbers behind the chart of λ, one value a row."""

from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from kt_gui.bridge import study_words as words
from kt_gui.schema.quantities import number, percent
from kt_gui.schema.study_answers import LambdaVerdict, Point
from kt_gui.schema.texts import mark, tr
from kt_gui.widgets.card_table import CardTable, Column

NOTHING = "–"


@dataclass(frozen=True)
class Value:
    """A point and what is to be said of it."""

    place: int
    point: Point
    title: str
    sign: tuple[str, str]

    @property
    def name(self) -> str:
        """Unlike all others'."""
        return str(self.place)


class ValuesTable(CardTable):
    """Value, loss ± standard error, accuracy, folds."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Values that were tried"), _COLUMNS, parent)

    def show_verdict(self, verdict: LambdaVerdict) -> None:
        """Show what is known so far."""
        self.show_cards([_value(verdict, place) for place in range(len(verdict.points))])


def _value(verdict: LambdaVerdict, place: int) -> Value:
    point = verdict.points[place]
    title = tr("frozen") if point.strength is None else number(words.setting(verdict, point.strength))
    sign = ("target", "accent") if place == verdict.chosen else ("check", "good") if place == verdict.best else ("", "")
    return Value(place, point, title, sign)


def _folds(value: Value) -> str:
    run = sum(loss is not None for loss in value.point.losses)
    return f"{run} / {len(value.point.losses)}"


_COLUMNS = (
    Column(mark("Value"), lambda each: each.title, lambda each: each.place, 0, lambda each: each.sign),
    Column(
        mark("Loss ± SE"),
        lambda each: words.loss(each.point),
        lambda each: float("inf") if each.point.mean is None else each.point.mean,
        120,
        None,
        True,
    ),
    Column(
        mark("Right"),
        lambda each: NOTHING if each.point.accuracy is None else percent(each.point.accuracy),
        lambda each: each.point.accuracy or 0.0,
        76,
        None,
        True,
    ),
    Column(mark("Folds"), _folds, lambda each: _folds(each), 64, None, True),
)
