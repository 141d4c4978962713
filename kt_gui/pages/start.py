"""The first page: three ways to begin, and above them the runs that were interrupted."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from kt_gui import session
from kt_gui.bridge.experiment_model import blank
from kt_gui.bridge.failures import describe
from kt_gui.bridge.models import Models
from kt_gui.schema.errors import UserError
from kt_gui.schema.texts import tr
from kt_gui.store.runs import RunRecord
from kt_gui.widgets.messages import ask, show_failure
from kt_gui.widgets.notices import Notice
from kt_gui.widgets.parts import Card, Heading, Muted, clear, danger, label, page_layout, primary, secondary
from kt_gui.widgets.pictures import Ground, Icons, Styles
from kt_gui.widgets.theme import GAP, GRID

MOST_RECOVERIES = 3


class StartPage(QWidget):
    """Three equal cards.

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
        self.example = primary(tr("Try the example"), self._try_example)
        self.new = secondary(tr("New experiment"), self._begin_new)
        self.open = secondary(tr("Open…"), self._choose_file)
        self._going_on: list[QPushButton] = []
        self.recoveries = QVBoxLayout()
        self.recoveries.setSpacing(GRID)

    def _lay_out(self) -> None:
        layout = page_layout(self)
        layout.addWidget(
            Heading(
                tr("Take what a network has learnt to your own pictures"),
                tr("See it learn one task, carry it to another, and find out honestly whether that helped."),
            )
        )
        layout.addLayout(self.recoveries)
        cards = QHBoxLayout()
        cards.setSpacing(GAP)
        for made in self._cards():
            cards.addWidget(made, 1)
        layout.addLayout(cards)
        layout.addStretch(1)

    def _cards(self) -> list[Card]:
        return [
            card(
                Styles(),
                tr("Try the example"),
                tr(
                    "A network learns 14 kinds of emoji in one style, then needs only a few in another. About a minute."
                ),
                self.example,
            ),
            card(
                Icons(("source", "target", "transfer")),
                tr("New experiment"),
                tr("Choose where the knowledge comes from, bring a folder of your own pictures, and start."),
                self.new,
            ),
            card(
                Icons(("folder", "open")),
                tr("Open"),
                tr("Go on with an experiment file, or look at the curves of a run that is over."),
                self.open,
            ),
        ]

    def _connect(self) -> None:
        self._models.runs.listed.connect(self._show_recoveries)
        self._models.run.changed.connect(self._show_free)
        self._show_recoveries()
        self._show_free()

    # --- beginning ---------------------------------------------------------------------------------------------

    def _try_example(self) -> None:
        self._models.experiment.set(session.example("emoji"))
        self._models.run.start(self._models.experiment.experiment)
        self.wanted.emit("train")

    def _begin_new(self) -> None:
        self._models.experiment.set(blank(session.example("emoji"), self._models.preferences.settings.device))
        self.wanted.emit("source")

    def _choose_file(self) -> None:
        dialog = QFileDialog(self, tr("Open an experiment or a run"), str(self._models.home.runs))
        dialog.setNameFilter(tr("Experiments (*.toml)"))
        dialog.fileSelected.connect(self.open_file)
        dialog.open()

    @Slot(str)
    def open_file(self, path: str) -> None:
        """Open an experiment file; one that lies in a run's folder opens that run."""
        try:
            self.wanted.emit(self._models.open(Path(path)))
        except UserError as error:
            show_failure(describe(error), parent=self.window())

    @Slot()
    def _show_free(self) -> None:
        """One run at a time."""
        is_live = self._models.run.is_live
        for button in (self.example, *self._going_on):
            button.setEnabled(not is_live)
            button.setToolTip(tr("A run is going on. Stop it first.") if is_live else "")

    # --- interrupted runs --------------------------------------------------------------------------------------

    @Slot()
    def _show_recoveries(self) -> None:
        clear(self.recoveries)
        self._going_on.clear()
        for record in self._models.runs.interrupted()[:MOST_RECOVERIES]:
            self.recoveries.addWidget(self._recovery(record))
        self._show_free()

    def _recovery(self, record: RunRecord) -> Notice:
        epoch = self._models.runs.epochs.get(record.id, 0)
        notice = Notice("warning", _interruption(record, epoch), tr("Everything up to its last checkpoint is kept."))
        notice.buttons.addWidget(danger(tr("Discard"), partial(self._discard, record)))
        keep = secondary(tr("Keep best"), partial(self._keep_best, record))
        resume = primary(tr("Resume"), partial(self._resume, record))
        self._going_on += [keep, resume]
        for button in (keep, resume):
            notice.buttons.addWidget(button)
        return notice

    def _resume(self, record: RunRecord) -> None:
        self._models.run.resume(record.folder)
        self.wanted.emit("train")

    def _keep_best(self, record: RunRecord) -> None:
        self._models.run.keep_best(record.folder)
        self.wanted.emit("train")

    def _discard(self, record: RunRecord) -> None:
        ask(
            tr("Discard the run “{name}”?", name=record.name),
            tr("Its checkpoints and its history are deleted. This cannot be undone."),
            (tr("Discard"), partial(self._models.runs.delete, record)),
            tr("Keep it"),
            self.window(),
            is_danger=True,
        )


def card(drawing: Ground, title: str, sentence: str, button: QPushButton) -> Card:
    """A card of the first page: a drawing, a title, a sentence, a button."""
    made = Card()
    words = Muted(sentence)
    words.setMinimumHeight(60)
    words.setAlignment(Qt.AlignmentFlag.AlignTop)
    made.body.addWidget(drawing)
    made.body.addSpacing(GRID)
    made.body.addWidget(label(title, "strong"))
    made.body.addWidget(words)
    made.body.addStretch(1)
    made.body.addWidget(button)
    return made


def _interruption(record: RunRecord, epoch: int) -> str:
    if not epoch:
        return tr("Run “{name}” was interrupted before its first epoch ended.", name=record.name)
    return tr("Run “{name}” was interrupted at epoch {epoch}.", name=record.name, epoch=epoch)
