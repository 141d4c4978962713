"""Whether scores have foretold how runs end: a chosen score against the accuracy of each candidate's runs."""

from dataclasses import dataclass
from typing import get_args

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QStackedLayout, QStackedWidget, QVBoxLayout, QWidget

from kt_gui.schema import ranking_words as words
from kt_gui.schema.quantities import number, percent
from kt_gui.schema.rankings import Score, Standing, Trust
from kt_gui.schema.texts import mark, tr, trn
from kt_gui.widgets.card_table import CardTable, Column
from kt_gui.widgets.empty import Empty
from kt_gui.widgets.number_boxes import calm_wheel
from kt_gui.widgets.parts import Card, Muted, fill, label, link, row
from kt_gui.widgets.studies.ranking_table import SHARES
from kt_gui.widgets.studies.score_chart import NONE, Dot, ScoreChart


@dataclass(frozen=True)
class Foretold:
    """A candidate that has both the score and an outcome."""

    place: int
    """Among all candidates."""
    title: str
    value: float
    score: str
    accuracy: float
    runs: int

    @property
    def name(self) -> str:
        """Unlike all others'."""
        return str(self.place)


COLUMNS = (
    Column(mark("Source"), lambda each: each.title, lambda each: each.title),
    Column(mark("Score"), lambda each: each.score, lambda each: each.value, 120, None, True),
    Column(mark("Test accuracy"), lambda each: percent(each.accuracy), lambda each: each.accuracy, 132, None, True),
    Column(mark("Runs"), lambda each: str(each.runs), lambda each: each.runs, 72, None, True),
)


class OutcomeView(QWidget):
    """A card: the score in question, the dots or the table, and in words how often it was right.

    Signals:
        chosen(int): a person chose the candidate of this place.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._standings: tuple[Standing, ...] = ()
        self._trust: dict[Score, Trust] = {}
        self._shown: list[Foretold] = []
        self._build()
        self._lay_out()
        self._connect()

    def _build(self) -> None:
        self.score = QComboBox()
        self.score.setAccessibleName(tr("Score"))
        for name in get_args(Score):
            self.score.addItem(tr(words.TITLES[name]), name)
        calm_wheel(self.score)
        self.switch = link(tr("as a table"), self._turn)
        self.chart, self.table = ScoreChart(), CardTable(tr("Scores and outcomes"), COLUMNS)
        self.caption = label("", "strong", wrap=True)
        self.note = Muted(
            tr(
                "Across: told before anything was trained. Up: how right its runs are in the end, on average. A score "
                "is to be believed where the dots rise."
            )
        )
        self.empty = Empty(
            "runs",
            tr("No outcomes yet"),
            tr(
                "Run two of these candidates on this target to the end, and each stands here with what its score "
                "foretold. The ranking takes new runs in by itself."
            ),
        )

    def _lay_out(self) -> None:
        known, card = QWidget(), Card(tr("Scores and outcomes"))
        self._stack, self._drawn = QStackedLayout(), QStackedWidget()
        for part in (self.chart, self.table):
            self._drawn.addWidget(part)
        parts = (row(self.score, None, self.switch), self.caption, self._drawn, self.note)
        layout = QVBoxLayout(known)
        fill(layout, parts, 12)
        layout.setStretch(2, 1)
        for page in (self.empty, known):
            self._stack.addWidget(page)
        card.body.addLayout(self._stack, 1)
        fill(QVBoxLayout(self), (card,))

    def _connect(self) -> None:
        self.score.activated.connect(self.write)
        self.chart.chosen.connect(self._choose)
        self.table.chosen.connect(self._choose_named)

    # --- showing -------------------------------------------------------------------------------------------------

    def show_standings(
        self, standings: tuple[Standing, ...], trust: tuple[Trust, ...], chosen: Standing | None
    ) -> None:
        """Show these candidates, as far as runs have ended that started from them."""
        self._standings, self._trust = standings, {each.score: each for each in trust}
        self.write()
        place = standings.index(chosen) if chosen in standings else NONE
        dots = [each.place for each in self._shown]
        self.chart.choose(dots.index(place) if place in dots else NONE)
        self.table.choose(str(place) if place in dots else "")

    @Slot()
    def write(self) -> None:
        """Show the chosen score."""
        score: Score = self.score.currentData()
        self._shown = [*_foretold(self._standings, score)]
        self._stack.setCurrentIndex(1 if any(each.outcome for each in self._standings) else 0)
        factor, unit = (100, " (%)") if score in SHARES else (1, "")
        dots = [
            Dot(each.title, factor * each.value, 100 * each.accuracy, self._say(each, score), self._token(each))
            for each in self._shown
        ]
        title = tr(words.TITLES[score]) + unit
        self.chart.show_dots(dots, title, most=100 if score in SHARES else float("inf"))
        self.table.show_cards(self._shown)
        self.caption.setText(self._caption(score))

    def _token(self, each: Foretold) -> str:
        """What flatters itself is marked."""
        return "warning" if self._standings[each.place].own else "accent"

    def _say(self, each: Foretold, score: Score) -> str:
        return "\n".join((_told(each, score), *words.reservations(self._standings[each.place])))

    def _caption(self, score: Score) -> str:
        trust = self._trust.get(score)
        if trust is not None:
            return tr("{score}: {believed}", score=tr(words.TITLES[score]), believed=words.believed(trust))
        count = len(self._shown)
        return trn(
            "{count} candidate with this score has runs that ended; two are needed to say whether it was right.",
            "{count} candidates with this score have runs that ended; two are needed to say whether it was right.",
            count,
        )

    @Slot()
    def _turn(self) -> None:
        """Show the table instead of the dots, or the dots again."""
        self._drawn.setCurrentIndex(1 - self._drawn.currentIndex())
        is_table = self._drawn.currentWidget() is self.table
        self.switch.setText(tr("as a chart") if is_table else tr("as a table"))
        self.note.setVisible(not is_table)

    # --- what a person does --------------------------------------------------------------------------------------

    @Slot(int)
    def _choose(self, dot: int) -> None:
        self.chosen.emit(self._shown[dot].place)

    @Slot(str)
    def _choose_named(self, name: str) -> None:
        self.chosen.emit(int(name))


def _foretold(standings: tuple[Standing, ...], score: Score) -> list[Foretold]:
    made = []
    for place, each in enumerate(standings):
        value = getattr(each.scores, score, None)
        if value is not None and each.outcome is not None:
            said = percent(value) if score in SHARES else number(value).replace("-", "−")
            made.append(Foretold(place, each.name, value, said, each.outcome.accuracy, each.outcome.runs))
    return made


def _told(each: Foretold, score: Score) -> str:
    return trn(
        "{name}: {score} {value}, {count} run ended at {accuracy}",
        "{name}: {score} {value}, {count} runs ended at {accuracy} on average",
        each.runs,
        name=each.title,
        score=tr(words.TITLES[score]),
        value=each.score,
        accuracy=percent(each.accuracy),
    )
