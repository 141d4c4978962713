"""Which network learns from random weights, or whose weights a file holds: small ones first, then all others."""

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QComboBox, QDialog, QVBoxLayout, QWidget

from kt_gui.bridge.network_model import NetworkModel
from kt_gui.schema.events import ModelCard
from kt_gui.schema.quantities import short
from kt_gui.schema.texts import mark, tr
from kt_gui.widgets.model_table import ModelTable
from kt_gui.widgets.number_boxes import calm_wheel
from kt_gui.widgets.parts import Muted, column, fill, label, primary, row, secondary
from kt_gui.widgets.theme import GAP, MARGIN

SMALL_NETWORKS = {
    "small_cnn": mark("Small convolutional network"),
    "resnet18_cifar": mark("ResNet-18 for small pictures"),
    "resnet34_cifar": mark("ResNet-34 for small pictures"),
}
_SENTENCES = {
    "small_cnn": mark("Learns in seconds, on any computer. Right for pictures of about 32 pixels."),
    "resnet18_cifar": mark("Better and slower. A graphics card helps."),
    "resnet34_cifar": mark("Still larger. A graphics card is needed."),
}
_OTHER = ""


class NetworkChoice(QWidget):
    """A list of the small networks with "Another one…" at its end, and a sentence about the chosen one.

    Signals:
        chosen(str): a person chose the network of this name.
    """

    chosen = Signal(str)

    def __init__(self, network: NetworkModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._network = network
        self._name = ""
        self.list = QComboBox()
        self.list.setAccessibleName(tr("Network"))
        calm_wheel(self.list)
        self._about = Muted()
        self._about.setProperty("kind", "small")
        fill(QVBoxLayout(self), (self.list, self._about), 6)
        self.setFocusProxy(self.list)
        self.list.activated.connect(self._choose)
        network.changed.connect(self._show)

    def choose(self, name: str) -> None:
        """Show which network is chosen without saying so."""
        self._name = name
        self._show()

    @Slot()
    def _show(self) -> None:
        names = [*SMALL_NETWORKS, *([self._name] if self._name and self._name not in SMALL_NETWORKS else [])]
        if [self.list.itemData(place) for place in range(self.list.count())] != [*names, _OTHER]:
            self.list.clear()
            for name in names:
                self.list.addItem(network_title(name, self._network.models), name)
            self.list.addItem(tr("Another one…"), _OTHER)
        self.list.setCurrentIndex(self.list.findData(self._name or _OTHER))
        self._about.setText(self._say())

    def _say(self) -> str:
        sentence = tr(_SENTENCES.get(self._name, ""))
        card = next((card for card in self._network.models if card.name == self._name), None)
        if card is None or card.parameters is None:
            return sentence
        if not sentence:
            return tr("{count} parameters.", count=short(card.parameters))
        return tr("{sentence} {count} parameters.", sentence=sentence, count=short(card.parameters))

    @Slot(int)
    def _choose(self, index: int) -> None:
        name = self.list.itemData(index)
        if name:
            self.choose(name)
            self.chosen.emit(name)
        else:
            self._show()
            self.open_dialog()

    def open_dialog(self) -> "NetworkDialog":
        """Open the table of all networks."""
        dialog = NetworkDialog(self._network, self.window())
        dialog.chosen.connect(self._take)
        dialog.open()
        return dialog

    @Slot(str)
    def _take(self, name: str) -> None:
        self.choose(name)
        self.chosen.emit(name)


class NetworkDialog(QDialog):
    """All networks, as a table, to choose the build of one; its weights do not matter.

    Signals:
        chosen(str): a person chose the network of this name.
    """

    chosen = Signal(str)

    def __init__(self, network: NetworkModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Another network"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._network = network
        self.models = ModelTable()
        self.use = primary(tr("Use this network"), self._use)
        self.use.setEnabled(False)
        about = Muted(tr("Only the build is taken: it begins with random weights."))
        foot = row(None, secondary(tr("Close"), self.reject), self.use)
        layout = column(label(tr("Another network"), "title"), about, self.models, foot, spacing=GAP)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, GAP)
        self.setLayout(layout)
        self.models.chosen.connect(self._allow)
        self.models.table.opened.connect(self._use)
        network.changed.connect(self._show)
        self._show()
        if not network.models:
            network.list_models()

    def sizeHint(self) -> QSize:
        """Room for the table's columns."""
        return QSize(960, 560)

    @Slot()
    def _show(self) -> None:
        self.models.show_models(self._network.models)

    @Slot()
    def _allow(self) -> None:
        self.use.setEnabled(True)

    @Slot()
    def _use(self) -> None:
        if self.models.table.chosen_name:
            self.chosen.emit(self.models.table.chosen_name)
            self.accept()


def network_title(name: str, models: tuple[ModelCard, ...]) -> str:
    """What people call a network."""
    card = next((card for card in models if card.name == name), None)
    if name in SMALL_NETWORKS:
        return tr(SMALL_NETWORKS[name])
    return card.title if card is not None else name
