"""The window in which a data set is chosen: one's own pictures, one that comes with the program, one to download."""

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from kt_gui.bridge.network_model import NetworkModel
from kt_gui.schema.datasets import BUNDLED_TITLES, Bundled, Catalogued, Dataset
from kt_gui.schema.events import DatasetCard
from kt_gui.schema.quantities import gigabytes
from kt_gui.schema.texts import mark, thousands, tr
from kt_gui.widgets.card_table import CardTable, Column
from kt_gui.widgets.choice_cards import ChoiceCards, Way
from kt_gui.widgets.drop_zone import DropZone
from kt_gui.widgets.notices import Notice
from kt_gui.widgets.parts import Card, Elided, Segmented, clear, fill, label, link, primary, row, secondary
from kt_gui.widgets.progress import ProgressLine
from kt_gui.widgets.search_line import SearchLine
from kt_gui.widgets.theme import GAP, MARGIN

_STATES = {"here": mark("here"), "partial": mark("partly here"), "download": mark("to download")}
_ICONS = {"here": ("check", "good"), "partial": ("download", "warning"), "download": ("download", "muted")}
_ABOUT = {
    "emoji-twemoji": mark("628 emoji of 14 kinds. The source of the first example."),
    "emoji-noto": mark("The same 628 emoji in another style. The target of the first example."),
    "fashion": mark("3 000 pictures of 10 kinds of clothing, small and grey."),
}


class DataDialog(QDialog):
    """Three ways to pictures; closes when one was chosen.

    Signals:
        chosen(object): a person chose this data set.
    """

    chosen = Signal(object)

    def __init__(self, network: NetworkModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Choose pictures"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.own = _OwnPlace()
        self.bundled = _BundledPlace()
        self.catalogue = CataloguePlace(network)
        self.places = Segmented(
            [("own", tr("Your own")), ("bundled", tr("With the program")), ("catalogue", tr("Catalogue"))]
        )
        self._lay_out()
        self.places.chosen.connect(self.show_place)
        for place in (self.own, self.bundled, self.catalogue):
            place.chosen.connect(self._choose)
        self.show_place("own")

    def sizeHint(self) -> QSize:
        """Room for the catalogue's columns."""
        return QSize(880, 560)

    @Slot(str)
    def show_place(self, place: str) -> None:
        """Turn to one's own pictures ("own"), the program's ("bundled"), or the catalogue ("catalogue")."""
        self.places.choose(place)
        for layout in (self._stack, self._feet):
            layout.setCurrentIndex(("own", "bundled", "catalogue").index(place))
        if place == "catalogue":
            self.catalogue.begin()

    def _lay_out(self) -> None:
        self._stack, self._feet = QStackedLayout(), QStackedLayout()
        for place in (self.own, self.bundled, self.catalogue):
            self._stack.addWidget(place)
            self._feet.addWidget(place.foot)
        head = row(label(tr("Choose pictures"), "title"), None, self.places)
        foot = row(self._feet, secondary(tr("Close"), self.reject), spacing=12)
        foot.setStretch(0, 1)
        layout = QVBoxLayout(self)
        fill(layout, (head, self._stack, foot), GAP)
        layout.setStretch(1, 1)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, GAP)

    @Slot(object)
    def _choose(self, data: Dataset) -> None:
        self.chosen.emit(data)
        self.accept()


class _OwnPlace(QWidget):
    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.zone = DropZone()
        self.foot = QWidget()
        self._refusals = QVBoxLayout()
        fill(QVBoxLayout(self), (self._refusals, self.zone), GAP)
        self.zone.chosen.connect(self.chosen)
        self.zone.refused.connect(self._refuse)

    @Slot(str)
    def _refuse(self, sentence: str) -> None:
        clear(self._refusals)
        self._refusals.addWidget(Notice("error", sentence, tr("Choose a folder, a zip or a CSV.")))


class _BundledPlace(QWidget):
    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        ways = [Way(name, "picture", tr(title), tr(_ABOUT[name])) for name, title in BUNDLED_TITLES.items()]
        self.sets = ChoiceCards(tr("Data sets that come with the program"), ways, is_column=True)
        self.sets.choose(next(iter(BUNDLED_TITLES)))
        self.use = primary(tr("Use these"), self._use)
        self.foot = QWidget()
        fill(QHBoxLayout(self.foot), (None, self.use))
        fill(QVBoxLayout(self), (self.sets, None))

    @Slot()
    def _use(self) -> None:
        self.chosen.emit(Bundled(name=self.sets.value))


class CataloguePlace(QWidget):
    """torchvision's sets: a search, a table, and a line that downloads the chosen one or uses it.

    Signals:
        chosen(object): a person wants to use this data set.
    """

    chosen = Signal(object)

    def __init__(self, network: NetworkModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._network = network
        self._fetched = ""
        self.search_line = SearchLine(tr("Search by name or licence"))
        self.table = CardTable(tr("Catalogue"), _COLUMNS)
        self.use = primary(tr("Use this set"), self._use)
        self.download = primary(tr("Download"), self._download)
        self.elsewhere = link(tr("I have it in a folder…"), self._choose_folder)
        self.progress = ProgressLine()
        self._failure = QVBoxLayout()
        self._hint = Elided(tr("Choose a set."), "muted")
        self.foot = QWidget()
        parts = row(self._hint, self.progress, self.elsewhere, self.download, self.use, spacing=12)
        for place in (0, 1):
            parts.setStretch(place, 1)
        fill(QVBoxLayout(self.foot), (parts,))
        card = Card()
        card.body.addWidget(self.search_line)
        card.body.addWidget(self.table)
        fill(QVBoxLayout(self), (card, self._failure), 12)
        self.search_line.textChanged.connect(self.table.search)
        self.table.chosen.connect(self._show)
        self.progress.cancelled.connect(partial(network.cancel, "fetch"))
        network.changed.connect(self._show)
        self._show()

    def begin(self) -> None:
        """Ask for the list where it is not known."""
        if not self._network.datasets:
            self._network.list_datasets()

    @property
    def card(self) -> DatasetCard | None:
        """The chosen set."""
        chosen = self.table.chosen_name
        return next((card for card in self._network.datasets if card.name == chosen), None)

    @Slot()
    def _show(self) -> None:
        self.table.show_cards(self._network.datasets)
        card, is_busy = self.card, self._network.busy("fetch")
        self.progress.setVisible(is_busy)
        self.progress.show_progress(self._network.progress("fetch"))
        self._hint.setVisible(not is_busy)
        self._show_failure()
        self._hint.setText(self._say(card))
        is_away = card is not None and card.status != "here"
        self.use.setVisible(not is_away and not is_busy)
        self.use.setEnabled(card is not None)
        self.download.setVisible(is_away and not is_busy)
        self.elsewhere.setVisible(is_away and not is_busy)

    def _say(self, card: DatasetCard | None) -> str:
        if card is None and not self._network.datasets:
            return tr("Reading the catalogue…")
        if card is None:
            return tr("Choose a set.")
        if card.status == "here":
            return tr("{title} is on this computer.", title=card.title)
        return tr("{title} must be downloaded first: {size}.", title=card.title, size=gigabytes(card.download))

    def _show_failure(self) -> None:
        clear(self._failure)
        failure = self._network.failure("fetch") or self._network.failure("datasets")
        if failure is not None:
            self._failure.addWidget(Notice("error", failure.message, failure.remedy))

    @Slot()
    def _use(self) -> None:
        if self.card is not None:
            self.chosen.emit(Catalogued(name=self.card.name))

    @Slot()
    def _download(self) -> None:
        if self.card is not None:
            self._network.fetch_data(self.card.name)

    @Slot()
    def _choose_folder(self) -> None:
        card = self.card
        if card is None:
            return
        path = QFileDialog.getExistingDirectory(self, tr("The folder that holds {title}", title=card.title))
        if path:
            self.chosen.emit(Catalogued(name=card.name, folder=path))


_COLUMNS = (
    Column(mark("Data set"), lambda card: card.title, lambda card: card.title.casefold()),
    Column(mark("Classes"), lambda card: thousands(card.classes), lambda card: card.classes, width=76, is_number=True),
    Column(
        mark("Pictures"), lambda card: thousands(card.pictures), lambda card: card.pictures, width=92, is_number=True
    ),
    Column(
        mark("Side"),
        lambda card: tr("{size} px", size=card.image_size),
        lambda card: card.image_size,
        width=76,
        is_number=True,
    ),
    Column(
        mark("Download"), lambda card: gigabytes(card.download), lambda card: card.download, width=92, is_number=True
    ),
    Column(mark("Licence"), lambda card: card.licence, lambda card: card.licence.casefold(), width=160),
    Column(
        mark("Where"),
        lambda card: tr(_STATES[card.status]),
        lambda card: card.status,
        width=124,
        icon=lambda card: _ICONS[card.status],
    ),
)
