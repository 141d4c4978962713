"""Networks that others trained, as a table with a search and a filter."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kt_gui.schema.events import ModelCard
from kt_gui.schema.quantities import gigabytes, percent, short
from kt_gui.schema.texts import mark, tr, trn
from kt_gui.widgets.card_table import CardTable, Column
from kt_gui.widgets.parts import Segmented, column, fill, label, row
from kt_gui.widgets.search_line import SearchLine

NOTHING = "–"
_STATES = {"offline": mark("offline"), "cached": mark("cached"), "download": mark("to download")}
_ICONS = {"offline": ("check", "good"), "cached": ("check", "good"), "download": ("download", "muted")}


class ModelTable(QWidget):
    """The table with its search line. Networks without weights are not listed: nothing was learnt there.

    Signals:
        chosen(str): a person chose the network of this name.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.search_line = SearchLine(tr("Search by name or licence"))
        self._origin = Segmented(
            [("all", tr("All")), ("here", tr("Here")), ("torchvision", "torchvision"), ("timm", "timm")]
        )
        self._origin.setAccessibleName(tr("Where from"))
        self._count = label("", "small")
        self.table = CardTable(tr("Pretrained networks"), _COLUMNS)
        self.beside = row()
        head = row(self.search_line, self._origin, self._count, None, self.beside, spacing=12)
        fill(QVBoxLayout(self), (column(head, self.table, spacing=12),))
        self._origin.choose("all")
        self._origin.chosen.connect(self._filter)
        self.search_line.textChanged.connect(self._search)
        self.table.chosen.connect(self.chosen)
        self._filter("all")

    def show_models(self, models: tuple[ModelCard, ...]) -> None:
        """List these networks, as far as they have weights."""
        self.table.show_cards([card for card in models if card.family != "small"])
        self._tell()

    def choose(self, name: str) -> None:
        """Show which network is chosen without saying so."""
        self.table.choose(name)

    @Slot(str)
    def _search(self, text: str) -> None:
        self.table.search(text)
        self._tell()

    @Slot(str)
    def _filter(self, origin: str) -> None:
        self.table.keep(lambda card: origin in ("all", card.family) or (origin == "here" and card.status != "download"))
        self._tell()

    def _tell(self) -> None:
        self._count.setText(trn("{count} network", "{count} networks", self.table.shown()))


_COLUMNS = (
    Column(mark("Network"), lambda card: card.title, lambda card: card.title.casefold()),
    Column(
        mark("Parameters"),
        lambda card: NOTHING if card.parameters is None else short(card.parameters),
        lambda card: card.parameters or 0,
        width=100,
        is_number=True,
    ),
    Column(
        mark("Size"),
        lambda card: NOTHING if card.size is None else gigabytes(card.size),
        lambda card: card.size or 0,
        width=88,
        is_number=True,
    ),
    Column(
        mark("Pictures"),
        lambda card: tr("{size} px", size=card.image_size),
        lambda card: card.image_size,
        width=88,
        is_number=True,
    ),
    Column(
        mark("ImageNet"),
        lambda card: percent(card.accuracy),
        lambda card: card.accuracy or 0.0,
        width=96,
        is_number=True,
    ),
    Column(mark("Licence"), lambda card: card.licence or NOTHING, lambda card: card.licence.casefold(), width=144),
    Column(
        mark("Where"),
        lambda card: tr(_STATES.get(card.status, card.status)),
        lambda card: card.status,
        width=128,
        icon=lambda card: _ICONS.get(card.status, ("", "")),
    ),
)
