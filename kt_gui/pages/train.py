"""Step 4: see it happen. Live, resumed or replayed, everything comes from the run's model."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from kt_gui.bridge import study_asking
from kt_gui.bridge.failures import describe
from kt_gui.bridge.models import Models
from kt_gui.schema.choices import Freezing
from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import EarlierRun, Experiment
from kt_gui.schema.quantities import number
from kt_gui.schema.texts import tr
from kt_gui.widgets.curves import Curves
from kt_gui.widgets.diagnosis import DiagnosisStrip
from kt_gui.widgets.drift_bars import DriftBars
from kt_gui.widgets.empty import Empty
from kt_gui.widgets.messages import show_failure
from kt_gui.widgets.parts import Card, Muted, label, page_layout, scrolled
from kt_gui.widgets.run_bar import RunBar
from kt_gui.widgets.run_notices import Deed, RunNotices
from kt_gui.widgets.run_tiles import RunTiles
from kt_gui.widgets.shares import Shares
from kt_gui.widgets.theme import GAP

SIDE = 300
"""Width of the right-hand column in pixels."""


class TrainPage(QWidget):
    """The monitor of a run.

    Signals:
        wanted(str): go to another page.
    """

    wanted = Signal(str)

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._build()
        self._lay_out()
        self._connect()

    def _build(self) -> None:
        run = self._models.run
        self.bar = RunBar(run)
        self.notices = RunNotices(run)
        self.diagnosis = DiagnosisStrip(self._models, is_quiet=True)
        self.tiles = RunTiles()
        self.curves = Curves()
        self.bars = DriftBars()
        self.scale, self.still = label("", "small"), Muted()
        self.shares = Shares()
        self.loss_words, self.strength = label("", "small"), label("", "small")
        self.empty = Empty(
            "play",
            tr("Nothing is being trained"),
            tr("Choose what may change and start; the curves grow here while the network learns."),
            tr("Go to Transfer"),
            partial(self.wanted.emit, "transfer"),
        )

    def _lay_out(self) -> None:
        monitor = QWidget()
        layout = page_layout(monitor)
        for part in (self.bar, self.notices, self.diagnosis, self.tiles):
            layout.addWidget(part)
        charts = QHBoxLayout()
        charts.setSpacing(GAP)
        charts.addWidget(self.curves, 1)
        charts.addLayout(self._side())
        layout.addLayout(charts, 1)
        self.stack = QStackedLayout(self)
        self.stack.setContentsMargins(0, 0, 0, 0)
        self.stack.addWidget(monitor)
        self.stack.addWidget(self._empty_page())

    def _empty_page(self) -> QWidget:
        page = QWidget()
        page_layout(page).addWidget(self.empty)
        return page

    def _side(self) -> QVBoxLayout:
        drift = Card(tr("How far each block has moved"))
        drift.setFixedWidth(SIDE)
        drift.body.addWidget(self.scale)
        drift.body.addWidget(self.still)
        drift.body.addWidget(scrolled(self.bars), 1)
        loss = Card(tr("Share of the loss"))
        loss.setFixedWidth(SIDE)
        loss.header.addWidget(self.strength)
        loss.body.addWidget(self.shares)
        loss.body.addWidget(self.loss_words)
        side = QVBoxLayout()
        side.setSpacing(GAP)
        side.addWidget(drift, 1)
        side.addWidget(loss)
        return side

    def _connect(self) -> None:
        self._models.run.changed.connect(self.write)
        self.bar.folder_wanted.connect(self._open_folder)
        self.bar.source_wanted.connect(self._use_as_source)
        self.bar.help_wanted.connect(self._ask_for_help)
        self.bar.result_wanted.connect(partial(self.wanted.emit, "evaluate"))
        self.diagnosis.wanted.connect(self.wanted)
        self.curves.failed.connect(self._show_failure)
        self.write()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what happened while the page was not seen."""
        super().showEvent(event)
        self.write()

    # --- showing -------------------------------------------------------------------------------------------------

    @Slot()
    def write(self) -> None:
        """Show how the run stands."""
        run = self._models.run
        has_run = run.state != "idle" or bool(run.phases) or run.is_busy
        self.stack.setCurrentIndex(0 if has_run else 1)
        self.bar.allow_help(study_asking.hindrance(self._models, run.experiment))
        self.notices.show_run(self._deeds())
        self.tiles.show_phase(run.phase, self._freezing())
        self.curves.show_run(run.phases, is_live=run.is_live)
        self._show_drift()
        self._show_shares()

    def _freezing(self) -> Freezing | None:
        run = self._models.run
        is_transfer = run.phase is not None and run.phase.started.phase == "finetuning"
        return run.experiment.transfer.freezing if is_transfer and run.experiment is not None else None

    def _show_drift(self) -> None:
        phase = self._models.run.phase
        epochs = phase.epochs if phase is not None and phase.started.phase == "finetuning" else []
        self.bars.show_drifts(epochs[-1].drift if epochs else ())
        low, high = (number(end) for end in self.bars.ends)
        self.scale.setText(tr("‖θ′−θ‖² / ‖θ‖², log scale {low} to {high}", low=low, high=high))
        is_source = phase is not None and phase.started.phase == "pretraining"
        self.still.setText(
            tr("Pretraining starts from chance: there is no source to move away from yet.")
            if is_source
            else tr("Shown after the first epoch of fine-tuning.")
        )
        self.still.setVisible(not epochs)

    def _show_shares(self) -> None:
        phase, experiment = self._models.run.phase, self._models.run.experiment
        last = phase.epochs[-1] if phase is not None and phase.epochs else None
        self.shares.show_loss(last.train_loss if last else None, last.penalty if last else None)
        self.loss_words.setText(self.shares.says())
        is_transfer = phase is not None and phase.started.phase == "finetuning"
        known = experiment.transfer.strength if experiment is not None and is_transfer else None
        self.strength.setText("" if known is None else tr("λ = {strength}", strength=number(known)))

    # --- doing ---------------------------------------------------------------------------------------------------

    def _deeds(self) -> list[Deed]:
        run = self._models.run
        if run.state == "interrupted":
            return [(tr("Resume"), self._resume), (tr("Keep best"), self._keep_best)]
        if run.state != "failed" or run.failure is None:
            return []
        parted = run.in_more_parts()
        if run.failure.kind == "memory" and parted is not None:
            return [(_retry(parted), self._retry_in_parts), (tr("Change settings"), self._change)]
        again: list[Deed] = [(tr("Resume"), self._resume)] if run.checkpoints else []
        return [(tr("Change settings"), self._change), *again]

    def _retry_in_parts(self) -> None:
        parted = self._models.run.in_more_parts()
        if parted is not None:
            self._models.experiment.set(parted)
            self._models.run.start(parted)

    def _change(self) -> None:
        experiment = self._models.run.experiment
        if experiment is not None:
            self._models.experiment.set(experiment)
        self.wanted.emit("transfer")

    def _resume(self) -> None:
        self._models.run.resume(Path(self._models.run.folder))

    def _keep_best(self) -> None:
        self._models.run.keep_best(Path(self._models.run.folder))

    @Slot()
    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(self._models.run.folder))

    @Slot()
    def _ask_for_help(self) -> None:
        """Prepare a study of what the source has given to the run in view."""
        study_asking.prepare(self._models, "gain", self._models.run.experiment)
        self.wanted.emit("studies")

    @Slot()
    def _use_as_source(self) -> None:
        self._models.experiment.edit("source", EarlierRun(run=self._models.run.folder))
        self.wanted.emit("source")

    @Slot(object)
    def _show_failure(self, error: UserError) -> None:
        show_failure(describe(error), parent=self.window())


def _retry(parted: Experiment) -> str:
    training = parted.training
    return tr("Retry with batch {batch} in {parts} parts", batch=training.batch_size, parts=training.accumulation)
