"""Step 2: the pictures that the knowledge is carried to, how they are dealt out, and what is wrong with them."""

import msgspec
from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from kt_gui.bridge.experiment_model import has_data
from kt_gui.bridge.models import Models
from kt_gui.bridge.overlap_model import learner_of
from kt_gui.schema.datasets import Dataset, ImageTable
from kt_gui.schema.experiment import EarlierRun, Experiment, Target
from kt_gui.schema.texts import tr
from kt_gui.widgets.class_chart import ClassChart
from kt_gui.widgets.column_choice import map_columns, usual_deal
from kt_gui.widgets.corrections_dialog import show_corrections
from kt_gui.widgets.notices import Reason
from kt_gui.widgets.parts import Card, Heading, fill, link, page_layout, primary, row
from kt_gui.widgets.pictures_panel import PicturesPanel
from kt_gui.widgets.split_panel import SplitPanel
from kt_gui.widgets.theme import GAP

SIDE = 344
_SEEDS = 2**31


class TargetPage(QWidget):
    """The pictures at the left; classes and split at the right.

    Signals:
        wanted(str): go to another page.
    """

    wanted = Signal(str)

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._former: Target | None = None
        self._looks = 0
        self._build()
        self._lay_out()
        self._connect()

    def _build(self) -> None:
        self.heading = Heading(
            tr("Your pictures"),
            tr("What the network shall tell apart. A few pictures of each class are enough to begin."),
        )
        self.reason = Reason()
        self.next = primary(tr("On to transfer"), self._go_on)
        self.pictures = PicturesPanel(self._models.target_data, self._models.network, "target", self)
        self.classes = ClassChart()
        self.split = SplitPanel("target")
        self.guard = link(tr("Is the test in the source?"), self._search)
        self.guard.setToolTip(tr("Search what the source learns from for pictures of the test."))

    def _lay_out(self) -> None:
        layout = page_layout(self)
        self.reason.setMaximumWidth(360)
        for part in (self.reason, self.next):
            self.heading.buttons.addWidget(part)
        self._classes, split = Card(), Card(tr("Split"))
        self._classes.body.addWidget(self.classes)
        split.body.addWidget(self.split)
        split.header.addWidget(self.guard)
        self._side = QWidget()
        self._side.setFixedWidth(SIDE)
        side = QVBoxLayout(self._side)
        fill(side, (self._classes, split, None), GAP)
        side.setStretch(0, 1000)
        split.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        layout.addWidget(self.heading)
        cards = row(self.pictures, self._side, spacing=GAP)
        cards.setStretch(0, 1)
        layout.addLayout(cards, 1)

    def _connect(self) -> None:
        model = self._models.experiment
        self.pictures.chosen.connect(self._choose)
        self.pictures.taken_back.connect(self._take_back)
        self.pictures.look_wanted.connect(self._look)
        self.pictures.read_wanted.connect(self._read)
        self.pictures.corrections_wanted.connect(self._show_corrections)
        self.pictures.edited.connect(model.edit)
        self.pictures.mapped.connect(self._map_columns)
        self.classes.edited.connect(self.pictures.keep_classes)
        self.split.edited.connect(model.edit)
        model.edited.connect(self._show)
        self._models.target_data.changed.connect(self._show_answer)
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        """Have the pictures read where nobody has."""
        super().showEvent(event)
        data = self._models.target_data
        if data.answer is None and data.failure is None and not data.busy and has_data(self._target.data):
            self._models.survey()

    # --- doing -------------------------------------------------------------------------------------------------

    @Slot(object)
    def _choose(self, data: Dataset) -> None:
        """New pictures are dealt out anew, and all of them: the old ones' groups say nothing of them."""
        self._former = self._target
        split = msgspec.structs.replace(self._former.split, by=usual_deal(data))
        self._models.experiment.edit("target", Target(data=data, split=split))

    @Slot()
    def _take_back(self) -> None:
        if self._former is not None:
            self._models.experiment.edit("target", self._former)
            self._former = None

    @Slot()
    def _read(self) -> None:
        self._models.survey()

    @Slot()
    def _show_corrections(self) -> None:
        said = self._models.target_data.corrected
        if said is not None:
            show_corrections(self._models.corrections, said, self)

    @Slot(object)
    def _map_columns(self, table: ImageTable) -> None:
        self._models.experiment.edit("target", map_columns(self._target, table))

    @Slot(bool)
    def _look(self, is_another: bool) -> None:
        self._looks = self._looks + 1 if is_another else self._looks
        experiment = self._models.experiment.experiment
        seed = (experiment.seed + self._looks) % _SEEDS
        self._models.network.preview(msgspec.structs.replace(experiment, seed=seed), "target")

    def _search(self) -> None:
        experiment = self._models.experiment.experiment
        source = learner_of(experiment)
        if source is not None:
            from kt_gui.widgets.studies.overlap_dialog import show_overlap  # here: few ask, and the page opens sooner

            self._models.overlap.ask(source, experiment.target, experiment.seed)
            show_overlap(self._models, self)

    def _go_on(self) -> None:
        self.wanted.emit("transfer")

    # --- showing -----------------------------------------------------------------------------------------------

    @property
    def _target(self) -> Target:
        experiment: Experiment = self._models.experiment.experiment
        return experiment.target

    def _has_learner(self) -> bool:
        """Whether anybody knows what the source learns from."""
        source = learner_of(self._models.experiment.experiment)
        return source is not None and (isinstance(source, EarlierRun) or has_data(source))

    @Slot()
    def _show(self) -> None:
        data = self._target.data
        self._side.setVisible(has_data(data))
        self.pictures.show_data(data)
        self._show_answer()

    @Slot()
    def _show_answer(self) -> None:
        answer = self._models.target_data.answer
        self._classes.setVisible(answer is not None)
        self.guard.setVisible(answer is not None and self._has_learner())
        if answer is not None:
            self.classes.show_counts(answer.classes, answer.all_classes)
        self.split.show_split(self._target, answer)
        problems = self._models.experiment.problems("target")
        self.next.setEnabled(not problems)
        self.reason.explain(problems if has_data(self._target.data) else ())
