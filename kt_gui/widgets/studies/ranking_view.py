"""Which source suits the target: the answer first, then every candidate with its scores, and what speaks against it."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kt_gui.bridge.models import Models
from kt_gui.schema import ranking_words as words
from kt_gui.schema.experiment import EarlierRun, Experiment
from kt_gui.schema.rankings import Ranked, Standing
from kt_gui.schema.texts import listed, tr, trn
from kt_gui.widgets.advice import AdviceCard
from kt_gui.widgets.data_names import name_of
from kt_gui.widgets.notices import Notice
from kt_gui.widgets.parts import (
    Card,
    Heading,
    Muted,
    column,
    fill,
    label,
    link,
    page_layout,
    primary,
    row,
    scrolled,
    secondary,
)
from kt_gui.widgets.progress import ProgressLine
from kt_gui.widgets.studies.bridge_dialog import show_bridge
from kt_gui.widgets.studies.candidates_dialog import show_candidates
from kt_gui.widgets.studies.facts import Fact
from kt_gui.widgets.studies.findings import Facts
from kt_gui.widgets.studies.overlap_dialog import show_overlap
from kt_gui.widgets.studies.ranking_sides import RankingSides
from kt_gui.widgets.studies.ranking_table import Ranking, RankingTable
from kt_gui.widgets.theme import GAP

LOWER = 176
"""Height of the cards under the table in pixels."""


class RankingView(QWidget):
    """A page of its own within the page Studies.

    Signals:
        wanted(str): go to another page.
    """

    wanted = Signal(str)

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._shown: Ranked | None = None
        self._build()
        self._lay_out()
        self._connect()
        self.write()

    def _build(self) -> None:
        ranking = self._models.ranking
        self.heading = Heading(tr("Which source?"))
        self.back = secondary(tr("All studies"), self._leave)
        self.again = secondary(tr("Rank again"), ranking.again)
        self.pick = secondary(tr("Choose…"), self._pick)
        self.pick.setToolTip(tr("Choose which candidates take part"))
        self.progress = ProgressLine()
        self.failed = Notice("error", "")
        self.sentence, self.basis = label("", "strong", wrap=True), Muted()
        self.use = primary(tr("Use this source"), self._use)
        self.advice = AdviceCard(self._models)
        self.table = RankingTable()
        self.about = label(wrap=True)
        self.likeness, self.trust = Facts(), Facts()
        self.compare = link(tr("Search for test pictures"), self._compare)
        self.open_bridge = link(tr("Show the map"), self._open_bridge)

    def _lay_out(self) -> None:
        layout = page_layout(self)
        lower, candidates = QWidget(), Card()
        self.sides = RankingSides(self._models, candidates, lower)
        for each in (self.sides.turn, self.pick, self.again, self.back):
            self.heading.buttons.addWidget(each)
        self.busy, self.verdict = Card(), Card()
        self.busy.body.addWidget(self.progress)
        self.verdict.body.addLayout(column(self.sentence, self.basis, spacing=4))
        candidates.body.addWidget(self.table)
        for part in (self.heading, self.failed, self.busy, self.verdict, self.advice):
            layout.addWidget(part)
        layout.addWidget(self.sides, 1)
        lower.setLayout(self._lower())  # last, for the keyboard comes to the table first

    def _lower(self) -> QVBoxLayout:
        said = QWidget()
        fill(QVBoxLayout(said), (self.about, None))
        parts = (
            (tr("What to know of it"), scrolled(said)),
            (tr("What it takes the classes for"), self.likeness),
            (tr("How the scores have foretold runs"), self.trust),
        )
        cards = []
        for title, inside in parts:
            card = Card(title)
            card.body.addWidget(inside, 1)
            card.setFixedHeight(LOWER)
            cards.append(card)
        self.foretold = cards[2]
        cards[0].header.addWidget(self.compare)
        cards[0].body.addLayout(row(self.use, None))
        cards[1].header.addWidget(self.open_bridge)
        laid = row(*cards, spacing=GAP)
        for place in range(len(cards)):
            laid.setStretch(place, 1)
        return column(laid)

    def _connect(self) -> None:
        self._models.ranking.changed.connect(self.write)
        self._models.advice.changed.connect(self.write)
        self.advice.wanted.connect(self.wanted)
        self.advice.used.connect(self._show_transfer)
        self.progress.cancelled.connect(self._go_back)
        self.table.chosen.connect(self._show_chosen)
        self.table.opened.connect(self._use)
        self.sides.chosen.connect(self._choose)

    # --- showing -------------------------------------------------------------------------------------------------

    @Slot()
    def write(self) -> None:
        """Show what is known."""
        model = self._models.ranking
        if model.experiment is None:
            return
        count = trn("{count} candidate", "{count} candidates", len(model.standings)) if model.standings else ""
        by_hand = tr("chosen by hand") if model.chosen is not None else ""
        self.heading.write(tr("Which source?"), listed((name_of(model.experiment.target.data), count, by_hand)))
        self.busy.setVisible(model.is_busy)
        self.progress.show_progress(model.progress)
        self.again.setVisible(not model.is_busy)
        self.failed.setVisible(model.failure is not None and not model.is_busy)
        if model.failure is not None:
            self.failed.write(model.failure.message, model.failure.remedy)
        best = model.ranked.best if model.ranked is not None else None
        self.table.show_cards([Ranking(place, each, place == best) for place, each in enumerate(model.standings)])
        self._write_answer(model.ranked)
        self._write_advice(model.experiment, model.ranked)
        self._show_chosen()

    def _write_answer(self, ranked: Ranked | None) -> None:
        self.verdict.setVisible(ranked is not None)
        self.foretold.setVisible(ranked is not None and bool(ranked.trust))
        if ranked is None or ranked is self._shown:
            return
        self._shown = ranked
        self.sentence.setText(words.headline(ranked))
        self.basis.setText(words.basis(ranked))
        self.trust.show_facts([Fact(tr(words.TITLES[each.score]), "", words.believed(each)) for each in ranked.trust])
        if ranked.best is not None:
            self.table.choose(str(ranked.best))

    def _write_advice(self, experiment: Experiment, ranked: Ranked | None) -> None:
        """Say what to do, now that the sources are ranked, where studies tell more of it than the ranking does."""
        advice = None
        if ranked is not None:
            self._models.advice.ask(experiment)
            advice = self._models.advice.advice(experiment)
        says_more = advice is not None and any(part.basis == "study" for part in advice.parts)
        self.advice.show_advice(experiment, advice if says_more else None)

    @property
    def chosen(self) -> Standing | None:
        """The candidate that is chosen."""
        name, standings = self.table.chosen_name, self._models.ranking.standings
        return standings[int(name)] if name and int(name) < len(standings) else None

    @Slot(int)
    def _choose(self, place: int) -> None:
        self.table.choose(str(place))
        self._show_chosen()

    @Slot()
    def _show_chosen(self) -> None:
        standing, ranked = self.chosen, self._models.ranking.ranked
        self.sides.show_chosen(standing)
        hindrance = _hindrance(standing, self._models.experiment.experiment)
        self.use.setEnabled(not hindrance)
        self.use.setToolTip(hindrance)
        self.about.setText(_about(standing, ranked))
        bridge = standing.bridge if standing is not None else None
        self.compare.setVisible(standing is not None and bool(standing.learnt))
        self.open_bridge.setVisible(bridge is not None and ranked is not None)
        facts = []
        if bridge is not None and ranked is not None:
            facts = [Fact(name, "", words.likeness(bridge, place)) for place, name in enumerate(ranked.classes)]
        nothing = [Fact(tr("Its head tells nothing that has a name."), "")] if standing is not None else []
        self.likeness.show_facts(facts or nothing)

    # --- doing ---------------------------------------------------------------------------------------------------

    @Slot()
    def _use(self) -> None:
        standing = self.chosen
        if standing is not None and standing.state == "ranked":
            self._models.experiment.edit("source", standing.source)
            self._go_back()

    def _compare(self) -> None:
        """Search for the test's pictures in what the chosen candidate has learnt from."""
        standing, experiment = self.chosen, self._models.ranking.experiment
        if standing is not None and isinstance(standing.source, EarlierRun) and experiment is not None:
            self._models.overlap.ask(standing.source, experiment.target, experiment.seed)
            show_overlap(self._models, self)

    def _open_bridge(self) -> None:
        standing, ranked = self.chosen, self._models.ranking.ranked
        if standing is not None and standing.bridge is not None and ranked is not None:
            show_bridge(self._models, ranked, standing.name, standing.bridge, self)

    @Slot()
    def _show_transfer(self) -> None:
        self.wanted.emit("transfer")

    @Slot()
    def _pick(self) -> None:
        """Let a person choose who takes part."""
        show_candidates(self._models, self)

    @Slot()
    def _leave(self) -> None:
        """Show the list of studies, or the one that is at work."""
        self._models.ranking.close()
        if not self._models.study.is_live:
            self._models.study.close()

    @Slot()
    def _go_back(self) -> None:
        self._models.ranking.close()
        self.wanted.emit("source")


def _hindrance(standing: Standing | None, experiment: Experiment) -> str:
    """Say why a candidate cannot be used; empty where it can."""
    if standing is None:
        return tr("Choose a candidate first.")
    if standing.state != "ranked":
        return standing.reason
    return tr("It is the source already.") if standing.source == experiment.source else ""


def _about(standing: Standing | None, ranked: Ranked | None) -> str:
    """Say what speaks against a candidate, or that nothing does."""
    if standing is None:
        return tr("Choose a candidate to read about it.")
    said = list(words.reservations(standing))
    if ranked is not None:
        said.extend(words.beaten(standing, ranked))
    if standing.scores is not None and not standing.is_known:
        said.append(tr("What it has learnt from is not known in full: pictures of the test may be among that."))
    if not said:
        said.append(tr("Nothing speaks against it."))
    return "\n".join(text for text in (*said, words.looked_for(standing)) if text)
