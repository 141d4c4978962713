"""The map of the pictures with all that belongs to it: what is drawn, which class is which, the table behind it."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QStackedWidget, QWidget

from kt_gui.bridge.album import Album
from kt_gui.schema.columns import unpack
from kt_gui.schema.insight_words import say_apart, say_map, say_silhouette
from kt_gui.schema.insights import Embedded, Projection, Side, Split
from kt_gui.schema.texts import mark, tr
from kt_gui.widgets.card_table import CardTable
from kt_gui.widgets.evaluation.class_marks import ClassKey
from kt_gui.widgets.evaluation.map_points import COLUMNS, counts_of, picture_of, places_of, points_of
from kt_gui.widgets.evaluation.point_tip import PointTip, say
from kt_gui.widgets.evaluation.waiting import Underway
from kt_gui.widgets.number_boxes import calm_wheel
from kt_gui.widgets.parts import Card, Elided, Muted, Segmented, link, row

if TYPE_CHECKING:
    from kt_gui.widgets.evaluation.picture_map import PictureMap

KEY = 136
"""Width of the list of classes in pixels."""
HEADER = 32
"""Height of the card's header, as that of the card beside it."""
_PARTS: dict[Split, str] = {
    "test": mark("test pictures"),
    "validation": mark("validation pictures"),
    "train": mark("pictures it learnt from"),
}


class MapPanel(Card):
    """The map at the left, its key at the right, words below; or the table.

    Signals:
        asked(): a person wants another kind of map, or other pictures.
        chosen(int): a person chose the picture of this row.
        opened(int): a person wants to see it large.
    """

    asked = Signal()
    chosen = Signal(int)
    opened = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Where pictures lie"), parent)
        self.map: PictureMap | None = None
        self._embedded: Embedded | None = None
        self._row = -1
        self._build()
        self._lay_out()
        self._connect()

    def _build(self) -> None:
        self.side = Segmented([("before", tr("Pretrained")), ("after", tr("Fine-tuned"))])
        self.side.choose("after")
        self.method = Segmented([("pca", "PCA"), ("tsne", "t-SNE")])
        self.method.choose("pca")
        self.part = QComboBox()
        self.part.setAccessibleName(tr("Pictures on the map"))
        for name, title in _PARTS.items():
            self.part.addItem(tr(title), name)
        calm_wheel(self.part)
        self.switch = link(tr("as a table"), self._turn)
        self.bar = Underway()
        self.table = CardTable(tr("The pictures on the map"), COLUMNS)
        self.key = ClassKey()
        self.key.setFixedWidth(KEY)
        self.apart, self.note = Muted(), Elided("", "small")

    def _lay_out(self) -> None:
        self.header.addStrut(HEADER)
        self.header.addWidget(self.switch)
        self.body.addLayout(row(self.side, self.method, None, self.part))
        self.body.addWidget(self.bar)
        self._drawn = QWidget()
        self._drawn_layout = row(self.key)
        self._drawn.setLayout(self._drawn_layout)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._drawn)
        self._stack.addWidget(self.table)
        self.body.addWidget(self._stack, 1)
        self.body.addWidget(self.apart)
        self.body.addWidget(self.note)
        self.tip = PointTip(self)

    def _connect(self) -> None:
        self.side.chosen.connect(self._draw)
        self.method.chosen.connect(self.asked)
        self.part.activated.connect(self.asked)
        self.table.chosen.connect(self._choose_named)
        self.table.opened.connect(self._open_named)

    # --- what is asked -------------------------------------------------------------------------------------------

    @property
    def wanted_method(self) -> Projection:
        """How places are to be found."""
        return "tsne" if self.method.value == "tsne" else "pca"

    @property
    def wanted_part(self) -> Split:
        """Which pictures are to be on the map."""
        found: Split = self.part.currentData()
        return found

    @property
    def shown_side(self) -> Side:
        """Whose map is drawn."""
        has_before = self._embedded is not None and self._embedded.before is not None
        return "before" if has_before and self.side.value == "before" else "after"

    # --- what is shown -------------------------------------------------------------------------------------------

    def follow(self, album: Album | None) -> None:
        """Take the pictures that stand beside points out of this album."""
        self.tip.follow(album)

    def show_busy(self, *, is_busy: bool) -> None:
        """Show whether another map is on its way."""
        self.bar.setVisible(is_busy)

    def show_embedded(self, embedded: Embedded) -> None:
        """Show a map."""
        self._embedded = embedded
        self.side.setVisible(embedded.before is not None)
        self.key.show_classes(embedded.classes, counts_of(embedded))
        self.apart.setText(say_apart(embedded))
        self.apart.setToolTip(say_silhouette(embedded))
        self._draw()

    def select(self, row: int) -> None:
        """Show which picture is chosen."""
        self._row = row
        if self.map is not None:
            self._mark()
        if self._stack.currentWidget() is self.table:
            self.table.choose(str(row))

    @Slot()
    def _draw(self) -> None:
        if self._embedded is None:
            return
        embedded, side = self._embedded, self.shown_side
        self.note.setText(say_map(embedded, side))
        if self._stack.currentWidget() is self.table:
            self.table.show_cards(points_of(embedded, side))
            self.table.choose(str(self._row))
        if self.map is not None:
            self.map.show_points(places_of(embedded, side), unpack(embedded.labels), unpack(embedded.predicted))
            self._mark()

    def _mark(self) -> None:
        """Draw a ring about the chosen picture, and say which it is to those who listen."""
        if self.map is not None and self._embedded is not None and self._row >= 0:
            picture = picture_of(self._embedded, self._row)
            self.map.select(self._row)
            self.map.setAccessibleDescription(tr("{name}: {words}", name=picture.name, words=say(picture)))

    @Slot()
    def _turn(self) -> None:
        """Show the table instead of the map, or the map again."""
        is_table = self._stack.currentWidget() is self._drawn
        self._stack.setCurrentWidget(self.table if is_table else self._drawn)
        self.switch.setText(tr("as a map") if is_table else tr("as a table"))
        self._draw()

    def showEvent(self, event: QShowEvent) -> None:
        """Make the map right after the first paint: pyqtgraph takes a while to load."""
        super().showEvent(event)
        if self.map is None:
            QTimer.singleShot(0, self, self.make_map)

    def hideEvent(self, event: QHideEvent) -> None:
        """Take the tip away with the map."""
        super().hideEvent(event)
        self.tip.hide()

    @Slot()
    def make_map(self) -> None:
        """Make the map, once."""
        if self.map is not None:
            return
        from kt_gui.widgets.evaluation.picture_map import PictureMap

        self.map = PictureMap()
        self._drawn_layout.insertWidget(0, self.map, 1)
        self.map.pointed.connect(self._point)
        self.map.chosen.connect(self.chosen)
        self.map.opened.connect(self.opened)
        self.key.emphasised.connect(self.map.emphasise)
        self._draw()

    # --- what a person does --------------------------------------------------------------------------------------

    @Slot(int)
    def _point(self, row: int) -> None:
        if row < 0 or self._embedded is None or self.map is None:
            self.tip.hide()
            return
        place = self.map.mapTo(self, self.map.place_of(row).toPoint())
        self.tip.show_picture(picture_of(self._embedded, row), place)

    @Slot(str)
    def _choose_named(self, name: str) -> None:
        self.chosen.emit(int(name))

    @Slot(str)
    def _open_named(self, name: str) -> None:
        self.opened.emit(int(name))
