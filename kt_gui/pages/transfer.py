"""Step 3: what stays, what moves, how strongly it is held, and all other settings of the fine-tuning."""

import msgspec
from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kt_gui.bridge import study_asking
from kt_gui.bridge.models import Models
from kt_gui.schema.choices import Record
from kt_gui.schema.events import NetworkDescribed
from kt_gui.schema.experiment import (
    EarlierRun,
    Experiment,
    Pretrain,
    Scratch,
    Source,
    Training,
    Transfer,
    WeightsFile,
    Zoo,
)
from kt_gui.schema.quantities import number
from kt_gui.schema.texts import mark, tr, trn
from kt_gui.studies.lambda_search import holds_nothing
from kt_gui.widgets.advice import AdviceCard
from kt_gui.widgets.data_names import name_of
from kt_gui.widgets.dial import Dial
from kt_gui.widgets.form import Form, Group
from kt_gui.widgets.ladder import Ladder
from kt_gui.widgets.notices import Notice
from kt_gui.widgets.parts import Card, Heading, column, page_layout, scrolled
from kt_gui.widgets.rates.dialog import allow_search, open_search, search_button
from kt_gui.widgets.rehearsal import Rehearsal
from kt_gui.widgets.theme import GAP
from kt_gui.widgets.training_form import training_form
from kt_gui.widgets.words import word

RIGHT = 412
"""Width of the right-hand column in pixels."""


class TransferPage(QWidget):
    """The ladder, the dial, everything else, and the dry run.

    Signals:
        wanted(str): go to another page.
    """

    wanted = Signal(str)

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._rehearsed_for: Experiment | None = None
        self._build()
        self._lay_out()
        self._connect()

    def _build(self) -> None:
        self.heading = Heading(tr("What stays, what moves"))
        self.scratch = Notice(
            "information", tr("From scratch there is no source: everything learns, and nothing is held.")
        )
        self.ladder = Ladder(self)  # the keyboard goes from part to part as they are put into the page
        self.advice = AdviceCard(self._models, self)
        self.dial = Dial(self)
        self.training = training_form("training")
        self.find_rate = search_button(self._find_rate)
        self.regularisation = Form(
            Transfer,
            "transfer",
            without=("freezing", "strength"),
            groups=(
                FROZEN,
                REGULARISATION,
            ),
        )
        self.run = Form(Experiment, "", only=("name", "seed"), groups=(RUN,))
        self.rehearsal = Rehearsal()

    def _lay_out(self) -> None:
        layout = page_layout(self)
        layout.addWidget(self.heading)
        layout.addWidget(self.scratch)
        middle = QHBoxLayout()
        middle.setSpacing(GAP)
        left = column(self.ladder, self.advice, spacing=GAP)
        left.setStretch(0, 1)
        middle.addLayout(left, 1)
        middle.addLayout(self._right())
        layout.addLayout(middle, 1)
        layout.addWidget(self.rehearsal)

    def _right(self) -> QVBoxLayout:
        inside = QWidget()
        everything = Card(tr("Everything else"), self)
        everything.header.addWidget(self.find_rate)
        everything.body.addWidget(scrolled(inside), 1)
        forms = QVBoxLayout(inside)  # filled where it stands: each new parent has all that is in it styled anew
        forms.setContentsMargins(0, 0, 8, 0)
        forms.setSpacing(0)
        for form in (self.training, self.regularisation, self.run):
            forms.addWidget(form)
        forms.addStretch(1)
        for card in (self.dial, everything):
            card.setFixedWidth(RIGHT)
        right = column(self.dial, everything, spacing=GAP)
        right.setStretch(1, 1)
        return right

    def _connect(self) -> None:
        models = self._models
        self.ladder.edited.connect(self._edit_freezing)
        self.dial.edited.connect(self._edit_strength)
        self.dial.search_wanted.connect(self._find_strength)
        self.dial.tuning_wanted.connect(self._find_settings)
        for form in (self.training, self.regularisation, self.run):
            form.edited.connect(models.experiment.edit)
        self.rehearsal.wanted.connect(self._rehearse)
        self.rehearsal.unwanted.connect(self._stop_rehearsing)
        self.rehearsal.started.connect(self._start)
        self.rehearsal.started_on_all.connect(self._start_on_all)
        self.rehearsal.divided.connect(self._divide)
        self.advice.wanted.connect(self.wanted)
        models.experiment.edited.connect(self.write)
        for signal in (
            models.network.changed,
            models.source_data.changed,
            models.target_data.changed,
            models.run.changed,
            models.study.changed,
            models.advice.changed,
        ):
            signal.connect(self.write_state)
        models.machine.changed.connect(self._offer_devices)
        self.write()

    def showEvent(self, event: QShowEvent) -> None:
        """Look at the network, now that it is wanted."""
        super().showEvent(event)
        self.write()

    # --- showing -------------------------------------------------------------------------------------------------

    @Slot()
    def write(self) -> None:
        """Show the experiment as it stands."""
        experiment = self._models.experiment.experiment
        is_scratch = isinstance(experiment.source, Scratch)
        self.heading.write(tr("What stays, what moves"), introduce(experiment))
        self.scratch.setVisible(is_scratch)
        for card in (self.ladder, self.dial):
            card.setEnabled(not is_scratch)
        self.dial.show_strength(experiment.transfer.strength)
        is_free = not is_scratch and holds_nothing(experiment.transfer)
        self.dial.allow(tr("Only a new head learns: β holds it, not λ.") if is_free else "")
        self.training.show_record(experiment.training)
        self.regularisation.show_record(experiment.transfer)
        self.run.show_record(experiment)
        self.write_state()
        self._offer_devices()

    @Slot()
    def _offer_devices(self) -> None:
        self.rehearsal.offer_devices(self._models.machine.accelerators)

    @Slot()
    def write_state(self) -> None:
        """Show what is known of the network, of the dry run, and whether the run can start."""
        if not self.isVisible():
            return
        models, experiment = self._models, self._models.experiment.experiment
        problems = models.experiment.problems("transfer")
        if not problems:
            models.network.describe(bare(experiment))
        self._show_ladder(models.network.described, problems)
        self._show_advice(problems)
        self.dial.allow_search(study_asking.hindrance(models))
        allow_search(self.find_rate, models.at_work() or next(iter(problems), ""))
        if models.network.busy("rehearse"):
            self.rehearsal.show_busy(models.network.progress("rehearse"))
            return
        if at_work := models.at_work():
            problems = [at_work]
        self.rehearsal.show_ready(
            models.network.rehearsed,
            models.network.failure("rehearse"),
            problems,
            is_stale=self._rehearsed_for not in (None, experiment),
        )

    def _show_ladder(self, described: NetworkDescribed | None, problems: list[str]) -> None:
        network, transfer = self._models.network, self._models.experiment.experiment.transfer
        failure = network.failure("describe")
        if network.busy("describe"):
            self.ladder.show_waiting(tr("Looking at the network…"))
        elif failure is not None:
            self.ladder.show_waiting(tr("{problem} {remedy}", problem=failure.message, remedy=failure.remedy))
        elif described is None:
            self.ladder.show_waiting(problems[0] if problems else tr("The network's blocks appear here."))
        else:
            self.ladder.show_network(described.blocks, transfer.freezing, transfer.batch_norm)

    def _show_advice(self, problems: list[str]) -> None:
        """Show what to do by what was measured so far, once the pictures are known."""
        models, experiment = self._models, self._models.experiment.experiment
        if problems or isinstance(experiment.source, Scratch):
            self.advice.show_advice(experiment, None)
            return
        models.advice.ask(experiment)
        rehearsed = models.network.rehearsed if self._rehearsed_for == experiment else None
        self.advice.show_advice(experiment, models.advice.advice(experiment, rehearsed))

    # --- doing ---------------------------------------------------------------------------------------------------

    @Slot(object)
    def _edit_freezing(self, choice: Record) -> None:
        self._models.experiment.edit("transfer.freezing", choice)

    @Slot(float)
    def _edit_strength(self, strength: float) -> None:
        self._models.experiment.edit("transfer.strength", strength)

    @Slot()
    def _find_strength(self) -> None:
        """Prepare a search for λ."""
        study_asking.prepare(self._models, "lambda")
        self.wanted.emit("studies")

    def _find_rate(self) -> None:
        """Look for a learning rate; what a person takes is filled in."""
        models = self._models
        models.network.cancel("rehearse")
        now = models.experiment.experiment.training.optimiser.learning_rate
        models.rates.ask(models.experiment.experiment)
        open_search(models.rates, now, self._use_rate, self)

    @Slot(float)
    def _use_rate(self, rate: float) -> None:
        self._models.experiment.edit("training.optimiser.learning_rate", rate)

    @Slot()
    def _find_settings(self) -> None:
        """Prepare a search for one or two settings."""
        study_asking.prepare(self._models, "tune")
        self.wanted.emit("studies")

    @Slot(int)
    def _divide(self, parts: int) -> None:
        """Take each batch in parts, in both phases, and see whether it fits now."""
        self._models.experiment.edit("training.accumulation", parts)
        if isinstance(self._models.experiment.experiment.source, Pretrain):
            self._models.experiment.edit("source.training.accumulation", parts)
        self._rehearse()

    @Slot()
    def _rehearse(self) -> None:
        self._rehearsed_for = self._models.experiment.experiment
        self._models.network.rehearse(self._rehearsed_for)

    @Slot()
    def _stop_rehearsing(self) -> None:
        self._models.network.cancel("rehearse")

    @Slot()
    def _start(self) -> None:
        self._models.network.cancel("rehearse")
        self._models.run.start(self._models.experiment.experiment)
        self.wanted.emit("train")

    @Slot()
    def _start_on_all(self) -> None:
        self._models.network.cancel("rehearse")
        self._models.run.start(self._models.experiment.experiment, self._models.machine.accelerators)
        self.wanted.emit("train")


def bare(experiment: Experiment) -> Experiment:
    """The experiment without what does not change the network, so that it is not described anew at each edit."""
    source = experiment.source
    if isinstance(source, Pretrain):
        source = msgspec.structs.replace(source, training=Training(image_size=source.training.image_size))
    training = Training(image_size=experiment.training.image_size)
    return msgspec.structs.replace(experiment, name="", source=source, transfer=Transfer(), training=training)


def introduce(experiment: Experiment) -> str:
    """Say what the network knows and where that is to be carried."""
    target = name_of(experiment.target.data)
    if isinstance(experiment.source, Scratch):
        return tr("The network starts from random weights and learns {target} alone.", target=target)
    return tr(
        "The network knows {source}. Decide how much of that may change for {target}.",
        source=_source_name(experiment.source),
        target=target,
    )


def _source_name(source: Source) -> str:
    match source:
        case Pretrain():
            return name_of(source.data)
        case Zoo():
            return tr("what {model} has learnt", model=source.model.rpartition("/")[2])
        case EarlierRun():
            return tr("what an earlier run has learnt")
        case WeightsFile():
            return tr("what its weights hold")
        case Scratch():
            return ""


def _regularisation(transfer: Record) -> str:
    assert isinstance(transfer, Transfer)
    if holds_nothing(transfer):
        return tr("β {beta} holds the new head", beta=number(transfer.beta))
    return tr("β {beta}, λ holds {what}", beta=number(transfer.beta), what=word(transfer.penalised))


def _frozen(transfer: Record) -> str:
    assert isinstance(transfer, Transfer)
    if not transfer.views:
        return tr("pictures varied anew in every epoch")
    return trn("{count} fixed view of each picture", "{count} fixed views of each picture", transfer.views)


def _run(experiment: Record) -> str:
    assert isinstance(experiment, Experiment)
    return tr("{seed} · {name}", seed=experiment.seed, name=experiment.name)


FROZEN = Group(mark("Frozen blocks"), ("views",), _frozen)
REGULARISATION = Group(mark("Regularisation"), ("beta", "penalised", "batch_norm", "keep_head"), _regularisation)
RUN = Group(mark("Seed and name"), ("seed", "name"), _run)
