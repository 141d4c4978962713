"""The smaller ways to a source: a file of weights, and none at all (from scratch)."""

from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from kt_gui.bridge.network_model import NetworkModel
from kt_gui.schema.experiment import Scratch, WeightsFile
from kt_gui.schema.texts import tr
from kt_gui.widgets.network_choice import NetworkChoice
from kt_gui.widgets.parts import Card, Elided, Muted, fill, label, link, row, secondary
from kt_gui.widgets.theme import GAP

_WIDTH = 520


class FileView(QWidget):
    """A file of weights, and the network whose weights they are.

    Signals:
        edited(str, object): a person changed the value at this path of the experiment.
        list_wanted(): a person wants the list of networks again.
    """

    edited = Signal(str, object)
    list_wanted = Signal()

    def __init__(self, network: NetworkModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = WeightsFile(path="", network="small_cnn")
        self.file = Elided("", "muted")
        self.browse = secondary(tr("Choose a file…"), self.choose_file)
        self.network = NetworkChoice(network)
        self.back = link(tr("Back to the list"), self.list_wanted.emit)
        self._lay_out()
        self.network.chosen.connect(self._choose_network)

    def show_source(self, source: WeightsFile) -> None:
        """Show the experiment's source."""
        self._source = source
        self.file.setText(source.path or tr("No file of weights is chosen yet."))
        self.network.choose(source.network)

    def _lay_out(self) -> None:
        card = Card(tr("A file of weights"))
        card.header.addWidget(self.back)
        about = Muted(tr("Safetensors, or a PyTorch state dict. It is read without running any code in it."))
        line = row(self.file, self.browse, spacing=GAP)
        line.setStretch(0, 1)
        for part in (about, line, label(tr("Whose weights these are"), "strong"), self.network):
            card.body.addWidget(part) if isinstance(part, QWidget) else card.body.addLayout(part)
        card.body.addStretch(1)
        self.network.setMaximumWidth(_WIDTH)
        fill(QVBoxLayout(self), (card,))

    @Slot()
    def choose_file(self) -> None:
        """Let a person choose a file."""
        kinds = tr("Weights ({patterns})", patterns="*.safetensors *.pt *.pth *.th *.bin")
        start = str(Path(self._source.path).parent) if self._source.path else ""
        path, _ = QFileDialog.getOpenFileName(self, tr("A file of weights"), start, kinds)
        if path:
            self.edited.emit("source", WeightsFile(path=path, network=self._source.network))

    @Slot(str)
    def _choose_network(self, name: str) -> None:
        self.edited.emit("source.network", name)


class ScratchView(QWidget):
    """No source: only which network begins.

    Signals:
        edited(str, object): a person changed the value at this path of the experiment.
    """

    edited = Signal(str, object)

    def __init__(self, network: NetworkModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.network = NetworkChoice(network)
        self.network.setMaximumWidth(_WIDTH)
        card = Card(tr("From scratch"))
        about = Muted(
            tr(
                "Random weights learn the target alone. Start the same experiment once with a source and once like "
                "this, and you see what the source has given."
            )
        )
        for part in (about, self.network):
            card.body.addWidget(part)
        card.body.addStretch(1)
        fill(QVBoxLayout(self), (card,))
        self.network.chosen.connect(self._choose)

    def show_source(self, source: Scratch) -> None:
        """Show the experiment's source."""
        self.network.choose(source.network)

    @Slot(str)
    def _choose(self, name: str) -> None:
        self.edited.emit("source.network", name)
