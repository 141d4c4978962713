"""Step 1: where the knowledge comes from."""

from functools import cached_property
from typing import TypeVar, assert_never

import msgspec
from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedLayout, QWidget

from kt_gui.bridge.experiment_model import NO_DATA, has_data
from kt_gui.bridge.models import Models
from kt_gui.schema.experiment import EarlierRun, Pretrain, Scratch, Source, WeightsFile, Zoo
from kt_gui.schema.texts import tr
from kt_gui.widgets.choice_cards import ChoiceCards, Way
from kt_gui.widgets.corrections_dialog import show_corrections
from kt_gui.widgets.notices import Reason
from kt_gui.widgets.parts import Heading, page_layout, primary, secondary
from kt_gui.widgets.pretrain_view import PretrainView
from kt_gui.widgets.rates.dialog import allow_search, open_search, search_button
from kt_gui.widgets.run_choice import RunChoice
from kt_gui.widgets.source_views import FileView, ScratchView
from kt_gui.widgets.zoo_view import ZooView

FIRST_NETWORK = "small_cnn"
FIRST_MODEL = "bundled/efficientnet_lite0"
_SEEDS = 2**31

View = TypeVar("View", ZooView, FileView, RunChoice, ScratchView)


class SourcePage(QWidget):
    """Four ways as cards, and under them what the chosen one needs to know.

    Signals:
        wanted(str): go to another page.
    """

    wanted = Signal(str)

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._left: dict[str, Source] = {}
        self._looks = 0
        self._build()
        self._lay_out()
        self._connect()

    def _build(self) -> None:
        models = self._models
        self.heading = Heading(
            tr("Where the knowledge comes from"),
            tr("A network learns more from little when it has learnt something like it before."),
        )
        self.reason = Reason()
        self.which = secondary(tr("Which source?"), self._rank)
        self.next = primary(tr("On to the target"), self._go_on)
        self.ways = ChoiceCards(tr("Where the knowledge comes from"), _ways())
        place = self._place = QWidget(self)
        self.pretrain = PretrainView(models.source_data, models.network, place)
        self.find_rate = search_button(self._find_rate)
        self.pretrain.side.header.addWidget(self.find_rate)

    def _lay_out(self) -> None:
        layout = page_layout(self)
        self.reason.setMaximumWidth(360)
        for part in (self.reason, self.which, self.next):
            self.heading.buttons.addWidget(part)
        self._stack = QStackedLayout(self._place)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.addWidget(self.pretrain)
        layout.addWidget(self.heading)
        layout.addWidget(self.ways)
        layout.addWidget(self._place, 1)

    def _connect(self) -> None:
        model = self._models.experiment
        self.pretrain.edited.connect(model.edit)
        self.ways.chosen.connect(self._turn)
        self.pretrain.look_wanted.connect(self._look)
        self.pretrain.pictures.read_wanted.connect(self._read)
        self.pretrain.pictures.corrections_wanted.connect(self._show_corrections)
        model.edited.connect(self._show)
        models = self._models
        for signal in (
            models.source_data.changed,
            models.target_data.changed,
            models.run.changed,
            models.study.changed,
        ):
            signal.connect(self._show_reason)
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        """Have the pictures read where nobody has."""
        super().showEvent(event)
        data, source = self._models.source_data, self._source
        is_unknown = data.answer is None and data.failure is None and not data.busy
        if is_unknown and isinstance(source, Pretrain) and has_data(source.data):
            self._models.survey()

    # --- the other ways, each built when it is first taken ------------------------------------------------------

    @cached_property
    def zoo(self) -> ZooView:
        """Networks that others trained."""
        made = ZooView(self._models.network, self._place)
        made.file_wanted.connect(self._turn_to_file)
        return self._add(made)

    @cached_property
    def file(self) -> FileView:
        """Weights from a file."""
        made = FileView(self._models.network, self._place)
        made.list_wanted.connect(self._turn_to_list)
        return self._add(made)

    @cached_property
    def run(self) -> RunChoice:
        """Earlier runs."""
        made = RunChoice(self._models.runs, self._place)
        made.run_wanted.connect(self._start_run)
        return self._add(made)

    @cached_property
    def scratch(self) -> ScratchView:
        """No source."""
        return self._add(ScratchView(self._models.network, self._place))

    def _add(self, view: View) -> View:
        view.edited.connect(self._models.experiment.edit)
        self._stack.addWidget(view)
        return view

    # --- doing -------------------------------------------------------------------------------------------------

    @Slot(str)
    def _turn(self, way: str) -> None:
        """Take another way; what was chosen on this one is kept for the way back."""
        self._left[way_of(self._source)] = self._source
        if way != way_of(self._source):
            self._models.experiment.edit("source", self._left.get(way) or beginning(way))

    def _rank(self) -> None:
        """Ask which source suits the target."""
        self._models.ranking.ask(self._models.experiment.experiment)
        self.wanted.emit("studies")

    def _find_rate(self) -> None:
        """Look for the pretraining's learning rate; what a person takes is filled in."""
        models, source = self._models, self._source
        assert isinstance(source, Pretrain)
        models.rates.ask(models.experiment.experiment, is_source=True)
        open_search(models.rates, source.training.optimiser.learning_rate, self._use_rate, self)

    @Slot(float)
    def _use_rate(self, rate: float) -> None:
        self._models.experiment.edit("source.training.optimiser.learning_rate", rate)

    @Slot()
    def _turn_to_file(self) -> None:
        self._left["zoo"] = self._source
        former = self._left.get("file")
        self._models.experiment.edit("source", former or WeightsFile(path="", network=FIRST_NETWORK))

    @Slot()
    def _turn_to_list(self) -> None:
        self._left["file"] = self._source
        former = self._left.get("zoo")
        self._models.experiment.edit("source", former if isinstance(former, Zoo) else Zoo(model=FIRST_MODEL))

    @Slot()
    def _read(self) -> None:
        self._models.survey()

    @Slot(bool)
    def _look(self, is_another: bool) -> None:
        self._looks = self._looks + 1 if is_another else self._looks
        experiment = self._models.experiment.experiment
        seed = (experiment.seed + self._looks) % _SEEDS
        self._models.network.preview(msgspec.structs.replace(experiment, seed=seed), "source")

    @Slot()
    def _show_corrections(self) -> None:
        said = self._models.source_data.corrected
        if said is not None:
            show_corrections(self._models.corrections, said, self)

    @Slot()
    def _start_run(self) -> None:
        self.wanted.emit("start")

    def _go_on(self) -> None:
        self.wanted.emit("target")

    # --- showing -----------------------------------------------------------------------------------------------

    @property
    def _source(self) -> Source:
        source: Source = self._models.experiment.experiment.source
        return source

    @Slot()
    def _show(self) -> None:
        source = self._source
        self.ways.choose(way_of(source))
        match source:
            case Pretrain():
                self._show_view(self.pretrain)
                self.pretrain.show_source(source)
            case Zoo():
                self._show_view(self.zoo)
                self.zoo.show_source(source)
            case WeightsFile():
                self._show_view(self.file)
                self.file.show_source(source)
            case EarlierRun():
                self._show_view(self.run)
                self.run.show_source(source)
            case Scratch():
                self._show_view(self.scratch)
                self.scratch.show_source(source)
            case _:
                assert_never(source)
        self._show_reason()

    def _show_view(self, view: QWidget) -> None:
        self._stack.setCurrentWidget(view)

    @Slot()
    def _show_reason(self) -> None:
        problems = self._models.experiment.problems("source")
        self.next.setEnabled(not problems)
        allow_search(self.find_rate, self._models.at_work() or next(iter(problems), ""))
        target = self._models.experiment.problems("target")
        self.which.setEnabled(not target)
        hindrance = tr("Choose the target first: {reason}", reason=target[0]) if target else ""
        self.which.setToolTip(hindrance or tr("Rank all that is on this machine, before anything is trained"))
        source = self._source
        is_empty = isinstance(source, Pretrain) and not has_data(source.data)
        self.reason.explain(() if is_empty else problems)


def way_of(source: Source) -> str:
    """The card that a source belongs to."""
    match source:
        case Pretrain():
            return "pretrain"
        case Zoo() | WeightsFile():
            return "zoo"
        case EarlierRun():
            return "run"
        case Scratch():
            return "scratch"
        case _:
            assert_never(source)


def beginning(way: str) -> Source:
    """What a way begins with when it is taken for the first time."""
    match way:
        case "zoo":
            return Zoo(model=FIRST_MODEL)
        case "run":
            return EarlierRun(run="")
        case "scratch":
            return Scratch(network=FIRST_NETWORK)
        case _:
            return Pretrain(network=FIRST_NETWORK, data=NO_DATA)


def _ways() -> tuple[Way, ...]:
    return (
        Way("pretrain", "picture", tr("Pretrain"), tr("The network first learns a task from pictures you choose.")),
        Way("zoo", "download", tr("Pretrained model"), tr("Begin with a network that others trained on ImageNet.")),
        Way("run", "runs", tr("An earlier run"), tr("Go on from what a network has learnt here before.")),
        Way("scratch", "dice", tr("From scratch"), tr("No source: the baseline to compare with."), is_quiet=True),
    )
