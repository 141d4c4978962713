"""A pretrained network as a source: the table of those there are, and a line that downloads the chosen one."""

from functools import partial

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from kt_gui.bridge.network_model import NetworkModel
from kt_gui.schema.events import ModelCard
from kt_gui.schema.experiment import Zoo
from kt_gui.schema.quantities import gigabytes, percent
from kt_gui.schema.texts import tr
from kt_gui.widgets.model_table import ModelTable
from kt_gui.widgets.notices import Notice
from kt_gui.widgets.parts import Card, Elided, clear, column, fill, link, row, secondary
from kt_gui.widgets.progress import ProgressLine
from kt_gui.widgets.theme import GAP


class ZooView(QWidget):
    """The table over the line.

    Signals:
        edited(str, object): a person changed the value at this path of the experiment.
        file_wanted(): a person has a file of weights instead.
    """

    edited = Signal(str, object)
    file_wanted = Signal()

    def __init__(self, network: NetworkModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._network = network
        self._name = ""
        self.models = ModelTable()
        self.name = Elided("", "strong")
        self.facts = Elided("", "muted")
        self.download = secondary(tr("Download now"), self._download)
        self.progress = ProgressLine()
        self.failure = QVBoxLayout()
        self._lay_out()
        self.models.chosen.connect(self._choose)
        self.progress.cancelled.connect(partial(network.cancel, "fetch"))
        network.changed.connect(self._show)

    def show_source(self, source: Zoo) -> None:
        """Show the experiment's source."""
        self._name = source.model
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for the list where it is not known."""
        super().showEvent(event)
        if not self._network.models:
            self._network.list_models()

    @property
    def card(self) -> ModelCard | None:
        """The chosen network, where the list is known."""
        return next((card for card in self._network.models if card.name == self._name), None)

    def _lay_out(self) -> None:
        self.models.beside.addWidget(link(tr("A file of weights…"), self.file_wanted.emit))
        table, chosen = Card(), Card()
        table.body.addWidget(self.models)
        chosen.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._words = QWidget()
        words = row(column(self.name, self.facts, spacing=2), self.download, spacing=GAP)
        words.setStretch(0, 1)
        fill(QVBoxLayout(self._words), (words,))
        for part in (self._words, self.progress):
            chosen.body.addWidget(part)
        chosen.body.addLayout(self.failure)
        fill(QVBoxLayout(self), (table, chosen), GAP)

    @Slot()
    def _show(self) -> None:
        self.models.show_models(self._network.models)
        self.models.choose(self._name)
        card, is_busy = self.card, self._network.busy("fetch")
        self._words.setVisible(not is_busy)
        self.progress.setVisible(is_busy)
        self.progress.show_progress(self._network.progress("fetch"))
        self.name.setText(card.title if card is not None else self._name or tr("No network is chosen yet."))
        self.facts.setText(self._say(card))
        self.download.setVisible(card is not None and card.status == "download")
        self._show_failure()

    def _say(self, card: ModelCard | None) -> str:
        if card is None:
            return "" if self._network.models else tr("Reading the list of networks…")
        said = {"offline": tr("comes with the program"), "cached": tr("is on this computer")}
        size = gigabytes(card.size) if card.size else tr("unknown size")
        where = said.get(card.status, tr("will be downloaded when the run begins ({size})", size=size))
        accuracy = tr("{share} right on ImageNet", share=percent(card.accuracy)) if card.accuracy else ""
        pictures = tr("pictures of {size} px", size=card.image_size)
        return " · ".join(part for part in (accuracy, pictures, card.licence, where) if part)

    def _show_failure(self) -> None:
        clear(self.failure)
        failure = self._network.failure("fetch") or self._network.failure("models")
        if failure is not None:
            self.failure.addWidget(Notice("error", failure.message, failure.remedy))

    @Slot(str)
    def _choose(self, name: str) -> None:
        self.edited.emit("source", Zoo(model=name))

    @Slot()
    def _download(self) -> None:
        self._network.fetch_model(self._name)
