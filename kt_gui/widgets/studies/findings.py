"""What a study has found out so far, drawn: one chart for each kind of study, and the numbers behind it."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QGridLayout, QStackedWidget, QVBoxLayout, QWidget

from kt_gui.bridge import study_words as words
from kt_gui.bridge.study_model import Cell
from kt_gui.schema.gain_words import ARMS
from kt_gui.schema.quantities import number
from kt_gui.schema.studies import Trial
from kt_gui.schema.study_answers import GainVerdict, LadderVerdict, LambdaVerdict, Score
from kt_gui.schema.texts import tr
from kt_gui.studies.race import Lane, lanes
from kt_gui.widgets.parts import Segmented, clear, column, fill, label, row, scrolled
from kt_gui.widgets.studies import facts
from kt_gui.widgets.studies.lambda_chart import LambdaChart
from kt_gui.widgets.studies.race_chart import Live
from kt_gui.widgets.studies.race_view import RaceView
from kt_gui.widgets.studies.range_chart import RangeChart, Row
from kt_gui.widgets.studies.values_table import ValuesTable

Cells = Mapping[str, Cell]


class LambdaFindings(QWidget):
    """Loss over λ; chart and table choose together.

    Signals:
        chosen(int): a person chose the value of this place.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chart, self.numbers = LambdaChart(), ValuesTable()
        fill(QVBoxLayout(self), (self.chart,))
        self.chart.chosen.connect(self._choose)
        self.numbers.chosen.connect(self._choose_named)

    def show_verdict(self, verdict: LambdaVerdict) -> None:
        """Show what is known so far."""
        self.chart.show_verdict(verdict)
        self.numbers.show_verdict(verdict)

    def choose(self, place: int) -> None:
        """Show which value is chosen without saying so."""
        self.chart.choose(place)
        self.numbers.choose(str(place) if place >= 0 else "")

    @Slot(int)
    def _choose(self, place: int) -> None:
        self.choose(place)
        self.chosen.emit(place)

    @Slot(str)
    def _choose_named(self, name: str) -> None:
        self._choose(int(name))


class RowsFindings(QWidget):
    """Accuracies of what is compared, one row each."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chart = RangeChart(tr("Test accuracy, by seed and on average"))
        self.numbers = Facts()
        inside = QWidget()
        fill(QVBoxLayout(inside), (self.chart, None))
        head = label(tr("Test accuracy in percent, each seed and 95 % interval"), "small")
        fill(QVBoxLayout(self), (head, scrolled(inside)))

    def show_verdict(self, verdict: LadderVerdict, trials: Sequence[Trial]) -> None:
        """Show what is known so far."""
        self.chart.show_rows(score_rows([rung.score for rung in verdict.rungs], trials), most=100)
        self.numbers.show_facts(facts.of_ladder(verdict))


class GainFindings(QWidget):
    """The race of the arms, or their paired differences."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chart = RangeChart(tr("Paired differences of test accuracy"))
        self.race, self.numbers = RaceView(), Facts()
        self.views = Segmented([("race", tr("Race")), ("pairs", tr("Seed by seed"))])
        self.views.setAccessibleName(tr("What to show"))
        self._known: tuple[Sequence[Trial], Cells] = ((), {})
        self._lanes: tuple[Lane, ...] = ()
        pairs = QWidget()
        pairs.setLayout(
            column(label(tr("Points of test accuracy, seed by seed and 95 % interval"), "small"), self.chart, None)
        )
        self.stack = QStackedWidget()
        for each in (self.race, pairs):
            self.stack.addWidget(each)
        self.aside = QWidget()
        self.aside.setLayout(row(self.race.axis))
        fill(QVBoxLayout(self), (row(self.views, None, self.aside), self.stack))
        self.views.chosen.connect(self.show_view)
        self.views.choose("race")

    @Slot(str)
    def show_view(self, name: str) -> None:
        """Show the race or the pairs."""
        self.views.choose(name)
        self.stack.setCurrentIndex(int(name == "pairs"))
        self.aside.setVisible(name == "race")

    def show_verdict(self, verdict: GainVerdict, trials: Sequence[Trial], cells: Cells, live: Live | None) -> None:
        """Show what is known so far, and the run at work."""
        self.chart.show_rows(gain_rows(verdict), has_zero=True)
        self.numbers.show_facts(facts.of_gain(verdict))
        if (trials, cells) != self._known:
            self._known = trials, dict(cells)
            self._lanes = lanes(trials, {key: cell.numbers for key, cell in cells.items() if cell.numbers is not None})
        self.race.show_lanes(self._lanes, live)


class Facts(QWidget):
    """Names and numbers, one a line, each with what it means as its tooltip."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: tuple[facts.Fact, ...] = ()
        self._place = QVBoxLayout()
        inside = QWidget()
        fill(QVBoxLayout(inside), (self._place, None))
        fill(QVBoxLayout(self), (scrolled(inside),))

    @property
    def shown(self) -> tuple[facts.Fact, ...]:
        """What stands there."""
        return self._shown

    def show_facts(self, shown: Sequence[facts.Fact]) -> None:
        """Show these."""
        if tuple(shown) == self._shown:
            return
        self._shown = tuple(shown)
        clear(self._place)
        self._place.addWidget(_grid(self._shown))


def _grid(shown: Sequence[facts.Fact]) -> QWidget:
    made = QWidget()
    grid = QGridLayout(made)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setVerticalSpacing(12)
    grid.setColumnStretch(0, 1)
    for line, fact in enumerate(shown):
        name, value, about = (
            label(fact.name, "muted"),
            label(fact.value, "strong"),
            label(fact.about, "small", wrap=True),
        )
        grid.addLayout(column(row(name, None, value), about, spacing=2), line, 0)
        about.setVisible(bool(fact.about))
    return made


def score_rows(scores: Sequence[Score], trials: Sequence[Trial]) -> list[Row]:
    """Make rows of accuracies, in percent."""
    names = {trial.row: words.row_name(trial) for trial in trials}
    return [_score_row(score, names.get(score.name, score.name)) for score in scores]


def _score_row(score: Score, name: str) -> Row:
    values = tuple(100 * each for each in score.accuracies if each is not None)
    mean, low, high = (None if each is None else 100 * each for each in (score.mean, score.low, score.high))
    figure, token = number(mean) if mean is not None else "–", "muted" if score.name.startswith("scratch") else "accent"
    said = tr("{name}: {mean} % right on average of {count}", name=name, mean=figure, count=len(values))
    return Row(name, values, mean, low, high, token, said)


def gain_rows(verdict: GainVerdict) -> list[Row]:
    """Make rows of paired differences, in points."""
    accuracies = {score.name: score.accuracies for score in verdict.scores}
    tokens = {"helps": "good", "harms": "bad", "undecided": "accent"}
    made = []
    for gain in verdict.gains:
        pairs = zip(accuracies.get("transfer", ()), accuracies.get(gain.over, ()), strict=True)
        differences = tuple(100 * (ours - theirs) for ours, theirs in pairs if ours is not None and theirs is not None)
        low, high = (None if each is None else 100 * each for each in (gain.low, gain.high))
        token = tokens[verdict.outcome] if gain.over == "scratch" else "accent"
        name = tr("over {arm}", arm=tr(ARMS[gain.over]))
        made.append(Row(name, differences, 100 * gain.mean, low, high, token, words.gain_sentence(gain)))
    return made
