"""The domain map of a ranking: the pictures of both sets as a candidate sees them, and how far they lie apart."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QStackedLayout, QVBoxLayout, QWidget

from kt_gui.bridge.domain_model import DomainsAsked
from kt_gui.bridge.models import Models
from kt_gui.schema import domain_words as words
from kt_gui.schema.datasets import Dataset
from kt_gui.schema.domains import Mapped
from kt_gui.schema.experiment import EarlierRun, Experiment, Pretrain
from kt_gui.schema.rankings import Standing
from kt_gui.schema.texts import tr
from kt_gui.widgets.data_dialog import DataDialog
from kt_gui.widgets.evaluation.waiting import Waiting
from kt_gui.widgets.number_boxes import calm_wheel
from kt_gui.widgets.parts import Card, Muted, column, label, link, row, secondary
from kt_gui.widgets.studies.domain_map import DomainMap
from kt_gui.widgets.theme import GAP

WIDTH = 300
"""Of the card beside the map, in pixels."""


class DomainView(QWidget):
    """The map at the left, the distance at the right. It asks for nothing while it is hidden.

    Signals:
        chosen(int): a person wants the map of the candidate at this place.
    """

    chosen = Signal(int)

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._standings: tuple[Standing, ...] = ()
        self._places: list[int] = []
        self._experiment: Experiment | None = None
        self._given: Dataset | None = None
        self._build()
        self._lay_out()
        self._connect()

    def _build(self) -> None:
        self.map = DomainMap(self._models)
        self.candidate = QComboBox()
        self.candidate.setAccessibleName(tr("Whose features"))
        calm_wheel(self.candidate)
        self.figure, self.sentence = label("", "figure"), label("", "strong", wrap=True)
        self.about, self.basis = Muted(), Muted()
        self.source = secondary(tr("Other source pictures…"), self.choose_source)
        self.own = link(tr("Back to its own pictures"), self._take_own)
        self.waiting = Waiting("", tr("Draw the map"))
        self.elsewhere = secondary(tr("Choose pictures…"), self.choose_source)
        self.waiting.trouble.buttons.addWidget(self.elsewhere)

    def _lay_out(self) -> None:
        drawn, said = Card(tr("Where the pictures of both sets lie")), Card(tr("Proxy A-distance"))
        place = QWidget()
        self._stack = QStackedLayout(place)
        self._stack.setContentsMargins(0, 0, 0, 0)
        for part in (self.waiting, self.map):
            self._stack.addWidget(part)
        drawn.body.addWidget(place, 1)
        said.setFixedWidth(WIDTH)
        parts = (
            label(tr("Seen by"), "muted"),
            self.candidate,
            self.figure,
            self.sentence,
            self.about,
            self.basis,
            row(self.own, None),
        )
        said.body.addLayout(column(*parts, None, self.source, spacing=12))
        whole = row(drawn, said, spacing=GAP)
        whole.setStretch(0, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(whole)

    def _connect(self) -> None:
        self._models.domains.changed.connect(self.write)
        self.candidate.activated.connect(self._choose)
        self.map.asked.connect(self.ask)
        self.waiting.cancelled.connect(self._models.domains.cancel)
        self.waiting.retried.connect(self._retry)

    # --- asking --------------------------------------------------------------------------------------------------

    def show_standings(self, standings: tuple[Standing, ...], chosen: Standing | None) -> None:
        """Know the candidates there are, and whose map is wanted; of what has no scores there is none."""
        if self._models.ranking.experiment != self._experiment:
            self._experiment, self._given = self._models.ranking.experiment, None
        there = tuple(each for each in standings if each.scores is not None)
        if there != self._standings:
            self._standings, self._places = there, [standings.index(each) for each in there]
            self.candidate.clear()
            self.candidate.addItems([each.name for each in there])
        if chosen in there:
            self.candidate.setCurrentIndex(there.index(chosen))
        self.ask()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for what is in view now."""
        super().showEvent(event)
        self.ask()

    @property
    def _standing(self) -> Standing | None:
        place = self.candidate.currentIndex()
        return self._standings[place] if 0 <= place < len(self._standings) else None

    def _source(self) -> Dataset | EarlierRun | None:
        """What a person chose; else what the candidate, or the experiment, has learnt from."""
        standing, experiment = self._standing, self._models.ranking.experiment
        if self._given is not None:
            return self._given
        if standing is not None and isinstance(standing.source, EarlierRun):
            return standing.source
        return experiment.source.data if experiment is not None and isinstance(experiment.source, Pretrain) else None

    @Slot()
    def ask(self) -> None:
        """Ask for the map in view; what is known is not asked again."""
        standing, source, experiment = self._standing, self._source(), self._models.ranking.experiment
        if not self.isVisible() or standing is None or experiment is None or self._models.ranking.is_busy:
            return
        if source is not None:
            how = self.map.wanted_method
            asked = DomainsAsked(standing.source, source, experiment.target, experiment.seed, how)
            self._models.domains.ask(asked)
        self.write()

    @Slot()
    def choose_source(self) -> None:
        """Let a person choose what the target is held against."""
        dialog = DataDialog(self._models.network, self.window())
        dialog.chosen.connect(self.take_source)
        dialog.open()

    @Slot(object)
    def take_source(self, data: Dataset) -> None:
        """Hold the target against these pictures."""
        self._given = data
        self.ask()

    @Slot()
    def _take_own(self) -> None:
        self._given = None
        self.ask()

    @Slot(int)
    def _choose(self, place: int) -> None:
        self.ask()
        self.chosen.emit(self._places[place])

    @Slot()
    def _retry(self) -> None:
        if self._source() is None:
            self.choose_source()
        elif self._models.domains.failure is not None:
            self._models.domains.retry()
        else:
            self.ask()

    # --- showing -------------------------------------------------------------------------------------------------

    @Slot()
    def write(self) -> None:
        """Show what is known."""
        model, has_source = self._models.domains, self._source() is not None
        mapped = model.mapped if has_source else None
        self._write_empty(has_source=has_source)
        self._stack.setCurrentIndex(1 if mapped is not None else 0)
        self.waiting.show_state(is_busy=model.is_busy, progress=model.progress, failure=model.failure)
        self.map.show_busy(is_busy=model.is_busy)
        if mapped is not None:
            self.map.show_mapped(mapped)
        self._write_distance(mapped)

    def _write_empty(self, *, has_source: bool) -> None:
        """Say what would stand here, and offer what brings it."""
        empty = self.waiting.empty
        if has_source:
            about = tr("The pictures of both sets: those that the network finds alike lie close together.")
        else:
            about = tr("This candidate came without the pictures it has learnt from. Choose some that are like them.")
        empty.say(tr("Nothing drawn yet"), about)
        empty.button.setText(tr("Draw the map") if has_source else tr("Choose pictures…"))

    def _write_distance(self, mapped: Mapped | None) -> None:
        found = mapped.distance if mapped is not None else None
        self.figure.setText(f"{found.distance:.2f}" if found is not None else "")
        self.sentence.setText(words.verdict(mapped) if mapped is not None else "")
        self.about.setText(words.explanation(found) if found is not None else "")
        self.basis.setText(words.basis(mapped) if mapped is not None else "")
        self.source.setVisible(mapped is not None)
        self.own.setVisible(self._given is not None)
