"""Pretraining as a source: the pictures a network learns first, which network, and how it learns."""

import msgspec
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kt_gui.bridge.dataset_model import DatasetModel
from kt_gui.bridge.experiment_model import has_data
from kt_gui.bridge.network_model import NetworkModel
from kt_gui.schema.datasets import Dataset, ImageTable
from kt_gui.schema.experiment import Pretrain
from kt_gui.schema.texts import tr
from kt_gui.widgets.column_choice import map_columns, usual_deal
from kt_gui.widgets.network_choice import NetworkChoice
from kt_gui.widgets.notices import Fold
from kt_gui.widgets.parts import Card, fill, row, scrolled
from kt_gui.widgets.pictures_panel import PicturesPanel
from kt_gui.widgets.split_panel import SplitPanel
from kt_gui.widgets.theme import GAP, GRID
from kt_gui.widgets.training_form import training_form
from kt_gui.widgets.words import summarise

SIDE = 352


class PretrainView(QWidget):
    """Pictures at the left, network and training at the right.

    Signals:
        edited(str, object): a person changed the value at this path of the experiment.
        look_wanted(bool): show the first batch as the network will see it; True for another one.
    """

    edited = Signal(str, object)
    look_wanted = Signal(bool)

    def __init__(self, data: DatasetModel, network: NetworkModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._data = data
        self._shown: Pretrain | None = None
        self._former: Pretrain | None = None
        self.pictures = PicturesPanel(data, network, "source", with_classes=True, parent=self)
        self.network = NetworkChoice(network)
        self.training = training_form("source.training", without=("snapshots",))
        self.split = SplitPanel("source")
        self.fold = Fold(tr("Split"))
        self._lay_out()
        self._connect()

    def show_source(self, source: Pretrain) -> None:
        """Show the experiment's source."""
        self._shown = source
        self.network.choose(source.network)
        self.training.show_record(source.training)
        self.fold.summary.setText(summarise(source.split))
        self.side.setVisible(has_data(source.data))
        self.pictures.show_data(source.data)
        self._show_answer()

    def _lay_out(self) -> None:
        self.fold.body.addWidget(self.split)
        inside = QWidget()
        area = scrolled(inside)
        area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.side = Card(tr("How it learns"), self)
        self.side.setFixedWidth(SIDE)
        self.side.body.addWidget(area)
        layout = QVBoxLayout(inside)  # filled where it stands: each new parent has all that is in it styled anew
        fill(layout, (self.network, self.training, self.fold, None), 4)
        layout.setContentsMargins(0, 0, GRID, 0)
        cards = row(self.pictures, self.side, spacing=GAP)
        cards.setStretch(0, 1)
        self.setLayout(cards)

    def _connect(self) -> None:
        self.pictures.chosen.connect(self._choose)
        self.pictures.edited.connect(self.edited)
        self.pictures.mapped.connect(self._map_columns)
        self.pictures.taken_back.connect(self._take_back)
        self.pictures.look_wanted.connect(self.look_wanted)
        self.network.chosen.connect(self._choose_network)
        self.training.edited.connect(self.edited)
        self.split.edited.connect(self.edited)
        self._data.changed.connect(self._show_answer)

    @Slot()
    def _show_answer(self) -> None:
        if self._shown is not None:
            self.split.show_split(self._shown, self._data.answer)

    @Slot(object)
    def _choose(self, data: Dataset) -> None:
        if self._shown is not None:
            self._former = self._shown
            split = msgspec.structs.replace(self._shown.split, by=usual_deal(data))
            self.edited.emit("source", msgspec.structs.replace(self._shown, data=data, split=split, per_class=None))

    @Slot(object)
    def _map_columns(self, table: ImageTable) -> None:
        if self._shown is not None:
            self.edited.emit("source", map_columns(self._shown, table))

    @Slot()
    def _take_back(self) -> None:
        if self._former is not None:
            former, self._former = self._former, None
            self.edited.emit("source", former)

    @Slot(str)
    def _choose_network(self, name: str) -> None:
        self.edited.emit("source.network", name)
