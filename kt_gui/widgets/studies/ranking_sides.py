"""The three sides of a ranking: the candidates, whether their scores foretold runs, and where the pictures lie."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from kt_gui.bridge.models import Models
from kt_gui.schema.rankings import Standing
from kt_gui.schema.texts import tr
from kt_gui.widgets.parts import Segmented, fill
from kt_gui.widgets.studies.domain_view import DomainView
from kt_gui.widgets.studies.outcome_view import OutcomeView
from kt_gui.widgets.theme import GAP

SIDES = ("candidates", "outcomes", "domains")


class RankingSides(QWidget):
    """Shows one of them; all show the same candidate. `turn` is the switch, for a place of its own.

    Signals:
        chosen(int): a person chose the candidate of this place.
    """

    chosen = Signal(int)

    def __init__(self, models: Models, *candidates: QWidget, parent: QWidget | None = None) -> None:
        """`candidates` stand one under the other on the first side."""
        super().__init__(parent)
        self._models = models
        self._chosen: Standing | None = None
        self.turn = Segmented(
            [("candidates", tr("Candidates")), ("outcomes", tr("Outcomes")), ("domains", tr("Domain map"))]
        )
        self.turn.choose("candidates")
        self.outcomes, self.domains = OutcomeView(), DomainView(models)
        self._lay_out(candidates)
        self.turn.chosen.connect(self.show_side)
        for side in (self.outcomes, self.domains):
            side.chosen.connect(self.chosen)
        models.ranking.changed.connect(self.write)

    def _lay_out(self, candidates: tuple[QWidget, ...]) -> None:
        first = QWidget()
        layout = QVBoxLayout(first)
        fill(layout, candidates, GAP)
        layout.setStretch(0, 1)
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        for side in (first, self.outcomes, self.domains):
            self._stack.addWidget(side)

    @Slot(str)
    def show_side(self, side: str) -> None:
        """Turn to "candidates", "outcomes" or "domains"."""
        self.turn.choose(side)
        self._stack.setCurrentIndex(SIDES.index(side))
        self.write()

    def show_chosen(self, standing: Standing | None) -> None:
        """Show which candidate is chosen."""
        self._chosen = standing
        self.write()

    @Slot()
    def write(self) -> None:
        """Show what is known on the side in view."""
        model = self._models.ranking
        if model.experiment is None:
            return
        trust = model.ranked.trust if model.ranked is not None else ()
        side = self._stack.currentWidget()
        if side is self.outcomes:
            self.outcomes.show_standings(model.standings, trust, self._chosen)
        elif side is self.domains:
            self.domains.show_standings(model.standings, self._chosen)
