"""The window in which a person chooses who takes part in a ranking."""

from collections.abc import Sequence
from typing import assert_never

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QFileDialog, QHeaderView, QLineEdit, QTableWidgetItem, QWidget

from kt_gui.bridge.models import Models
from kt_gui.schema.experiment import EarlierRun, Scratch, WeightsFile, Zoo
from kt_gui.schema.quantities import duration
from kt_gui.schema.rankings import Candidate, Offer
from kt_gui.schema.summaries import network_of
from kt_gui.schema.texts import tr, trn
from kt_gui.widgets.evaluation.waiting import Underway
from kt_gui.widgets.list_dialog import make_table, write_table
from kt_gui.widgets.network_choice import NetworkChoice
from kt_gui.widgets.notices import Notice
from kt_gui.widgets.parts import Card, Muted, column, label, link, primary, row, secondary
from kt_gui.widgets.theme import GAP, MARGIN

SIZE = QSize(880, 600)
WIDTHS = (0, 148, 220, 116)
"""Of the columns in pixels; 0 takes the room that is left."""
CHOICE = 360
"""Width of the list of networks in pixels."""
FIRST_NETWORK = "small_cnn"


class CandidatesDialog(QDialog):
    """All there are, each with a box to tick; more can be added by name, or as a file of weights.

    Signals:
        chosen(object): a person wants these ranked: a tuple of candidates, or None for the usual ones.
    """

    chosen = Signal(object)

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Choose candidates"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._models = models
        self._shown: tuple[Offer, ...] = ()
        self._wanted: set[Candidate] | None = None if models.ranking.chosen is None else set(models.ranking.chosen)
        self._build()
        self._lay_out()
        self._connect()
        self.write()
        self.resize(SIZE)
        self.table.setFocus()

    def _build(self) -> None:
        self.table = make_table((tr("Candidate"), tr("What it is"), tr("Where from"), tr("Takes")))
        self.table.setAccessibleName(tr("Candidates"))
        self.bar, self.trouble = Underway(), Notice("error", "")
        self.name = QLineEdit()
        self.name.setPlaceholderText(tr("A network, a run, or a set that runs have learnt first"))
        self.name.setAccessibleName(tr("Add by name"))
        self.add = secondary(tr("Add"), self._add_named)
        self.folder = secondary(tr("Source pictures…"), self._add_folder)
        self.file = secondary(tr("File of weights for…"), self._add_file)
        self.network = NetworkChoice(self._models.network)
        self.network.choose(self._network())
        self.usual = link(tr("The usual ones"), self.choose_usual)
        self.count = Muted()
        self.rank = primary(tr("Rank these"), self.accept)

    def _network(self) -> str:
        experiment = self._models.ranking.experiment
        return (network_of(experiment.source) if experiment is not None else "") or FIRST_NETWORK

    def _lay_out(self) -> None:
        header = self.table.horizontalHeader()
        for place, width in enumerate(WIDTHS):
            header.setSectionResizeMode(
                place, QHeaderView.ResizeMode.Fixed if width else QHeaderView.ResizeMode.Stretch
            )
            header.resizeSection(place, width)
        card = Card()
        card.body.addWidget(self.table)
        head = row(label(tr("Which candidates take part"), "title"), None, self.usual)
        about = Muted(tr("Random initialisation of the same networks always takes part."))
        named = row(self.name, self.add, self.folder, spacing=12)
        filed = row(self.file, self.network, None, spacing=12)
        filed.setAlignment(self.file, Qt.AlignmentFlag.AlignTop)
        self.network.setFixedWidth(CHOICE)
        foot = row(self.count, None, secondary(tr("Close"), self.reject), self.rank, spacing=12)
        layout = column(column(head, about, self.bar, spacing=4), card, self.trouble, named, filed, foot, spacing=GAP)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, GAP)
        layout.setStretch(1, 1)
        self.setLayout(layout)

    def _connect(self) -> None:
        offers = self._models.offers
        offers.changed.connect(self.write)
        offers.added.connect(self._take_added)
        self.table.itemChanged.connect(self._note)
        self.name.returnPressed.connect(self._add_named)
        self.accepted.connect(self._tell)

    # --- showing -------------------------------------------------------------------------------------------------

    @Slot()
    def write(self) -> None:
        """Show the candidates there are."""
        model = self._models.offers
        self.bar.setVisible(model.is_busy)
        self.trouble.setVisible(model.failure is not None)
        if model.failure is not None:
            self.trouble.write(model.failure.message, model.failure.remedy)
        if model.offers != self._shown:
            self._shown = model.offers
            self._fill()
        self._write_count()

    def _fill(self) -> None:
        rows = [(each.name, _kind(each.source), each.origin, takes(each)) for each in self._shown]
        with QSignalBlocker(self.table):
            write_table(self.table, rows)
        self._tick()

    def _tick(self) -> None:
        with QSignalBlocker(self.table):
            for line, offer in enumerate(self._shown):
                is_in = offer.is_usual if self._wanted is None else offer.source in self._wanted
                self._box(line).setCheckState(Qt.CheckState.Checked if is_in else Qt.CheckState.Unchecked)
        self._write_count()

    def _box(self, line: int) -> QTableWidgetItem:
        item = self.table.item(line, 0)
        assert item is not None
        return item

    @property
    def ticked(self) -> tuple[Candidate, ...]:
        """Those that are to take part."""
        return tuple(
            offer.source
            for line, offer in enumerate(self._shown)
            if self._box(line).checkState() == Qt.CheckState.Checked
        )

    def _write_count(self) -> None:
        count = len(self.ticked)
        self.count.setText(trn("{count} candidate", "{count} candidates", count))
        self.rank.setEnabled(count > 0)
        self.rank.setToolTip("" if count else tr("Tick one at least."))

    # --- doing ---------------------------------------------------------------------------------------------------

    @Slot(QTableWidgetItem)
    def _note(self) -> None:
        self._wanted = set(self.ticked)
        self._write_count()

    @Slot()
    def choose_usual(self) -> None:
        """Tick what takes part where nobody chooses."""
        self._wanted = None
        self._tick()

    @Slot()
    def _add_named(self) -> None:
        if text := self.name.text().strip():
            self._models.offers.add(text)

    @Slot()
    def _add_folder(self) -> None:
        if folder := QFileDialog.getExistingDirectory(self, tr("Source pictures")):
            self._models.offers.add(folder)

    @Slot()
    def _add_file(self) -> None:
        kinds = tr("Weights ({patterns})", patterns="*.safetensors *.pt *.pth *.th *.bin")
        path, _ = QFileDialog.getOpenFileName(self, tr("A file of weights"), "", kinds)
        if path:
            self._models.offers.add_file(WeightsFile(path=path, network=self.network.list.currentData()))

    @Slot(object)
    def _take_added(self, added: Sequence[Candidate]) -> None:
        """What was added takes part."""
        self._wanted = {*self.ticked, *added}
        self.name.clear()
        self._tick()

    @Slot()
    def _tell(self) -> None:
        is_usual = self.ticked == tuple(each.source for each in self._shown if each.is_usual)
        self.chosen.emit(None if is_usual else self.ticked)


def show_candidates(models: Models, parent: QWidget) -> CandidatesDialog:
    """Open the window for the ranking in view."""
    experiment = models.ranking.experiment
    if experiment is not None:
        models.offers.look(experiment)
    made = CandidatesDialog(models, parent.window())
    made.chosen.connect(models.ranking.choose)
    made.open()
    return made


def takes(offer: Offer) -> str:
    """Say what it takes to rank a candidate."""
    if offer.is_known:
        return tr("known already")
    return tr("about {time}", time=duration(offer.seconds)) if offer.seconds is not None else "–"


def _kind(candidate: Candidate) -> str:
    match candidate:
        case Zoo():
            return tr("pretrained network")
        case EarlierRun(checkpoint="source"):
            return tr("source of a run")
        case EarlierRun():
            return tr("earlier run")
        case WeightsFile():
            return tr("file of weights")
        case Scratch():
            return tr("random weights")
        case _:
            assert_never(candidate)
