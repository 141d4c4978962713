"""The map of two sets with all that belongs to it: what is drawn, which mark is which, the table behind it."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from kt_gui.bridge.models import Models
from kt_gui.schema import domain_words as words
from kt_gui.schema.domains import Mapped
from kt_gui.schema.insights import Projection
from kt_gui.schema.texts import tr
from kt_gui.widgets.card_table import CardTable
from kt_gui.widgets.evaluation.class_marks import ClassKey
from kt_gui.widgets.evaluation.point_tip import PointTip
from kt_gui.widgets.evaluation.viewer import show_pictures
from kt_gui.widgets.evaluation.waiting import Underway
from kt_gui.widgets.parts import Elided, Segmented, column, link, row
from kt_gui.widgets.studies.domain_points import (
    COLUMNS,
    By,
    marks_of,
    picture_of,
    pictures_of,
    places_of,
    points_of,
    side_of,
)

if TYPE_CHECKING:
    from kt_gui.widgets.evaluation.picture_map import PictureMap

KEY = 136
"""Width of the list of marks in pixels."""


class DomainMap(QWidget):
    """Points at the left, their key at the right, words below; or the table.

    Signals:
        asked(): a person wants another kind of map.
    """

    asked = Signal()

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._mapped: Mapped | None = None
        self.map: PictureMap | None = None
        self._build()
        self._lay_out()
        self._connect()

    def _build(self) -> None:
        self.method = Segmented([("pca", "PCA"), ("tsne", "t-SNE")])
        self.method.choose("pca")
        self.by = Segmented([("sets", tr("Sets")), ("classes", tr("Classes"))])
        self.by.choose("sets")
        self.switch = link(tr("as a table"), self._turn)
        self.table = CardTable(tr("The pictures on the map"), COLUMNS)
        self.key, self.note = ClassKey(), Elided("", "small")
        self.key.setFixedWidth(KEY)
        self.bar, self.tip = Underway(), PointTip(self)

    def _lay_out(self) -> None:
        drawn, self._stack = QWidget(), QStackedWidget()
        self._drawn_layout = row(self.key)
        drawn.setLayout(self._drawn_layout)
        for part in (drawn, self.table):
            self._stack.addWidget(part)
        whole = column(row(self.method, self.by, None, self.switch), self.bar, self._stack, self.note)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setStretch(2, 1)
        self.setLayout(whole)

    def _connect(self) -> None:
        self.method.chosen.connect(self.asked)
        self.by.chosen.connect(self._draw)
        self.table.opened.connect(self._open_named)

    @property
    def wanted_method(self) -> Projection:
        """How places are to be found."""
        return "tsne" if self.method.value == "tsne" else "pca"

    # --- showing -------------------------------------------------------------------------------------------------

    def show_busy(self, *, is_busy: bool) -> None:
        """Show whether another map is on its way."""
        self.bar.setVisible(is_busy)

    def show_mapped(self, mapped: Mapped) -> None:
        """Show a map."""
        if mapped is not self._mapped:
            self._mapped = mapped
            self._draw()

    @Slot()
    def _draw(self) -> None:
        mapped = self._mapped
        if mapped is None:
            return
        by: By = "classes" if self.by.value == "classes" else "sets"
        hollow = tr("hollow: of the source") if by == "classes" else ""
        self.note.setText(" · ".join(part for part in (words.projection(mapped), hollow) if part))
        marks = marks_of(mapped, by)
        self.key.show_classes(marks.names, marks.counts)
        if self._stack.currentWidget() is self.table:
            self.table.show_cards(points_of(mapped))
        if self.map is not None:
            self.map.show_points(places_of(mapped), marks.labels, marks.filled)

    @Slot()
    def _turn(self) -> None:
        """Show the table instead of the map, or the map again."""
        self._stack.setCurrentIndex(1 - self._stack.currentIndex())
        is_table = self._stack.currentWidget() is self.table
        self.switch.setText(tr("as a map") if is_table else tr("as a table"))
        self.by.setVisible(not is_table)
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
        self.map.chosen.connect(self.choose)
        self.map.opened.connect(self.open)
        self.key.emphasised.connect(self.map.emphasise)
        self._draw()

    # --- what a person does --------------------------------------------------------------------------------------

    @Slot(int)
    def _point(self, row: int) -> None:
        if row < 0 or self._mapped is None or self.map is None:
            self.tip.hide()
            return
        domain, place = side_of(self._mapped, row)
        self.tip.follow(self._models.albums.open(self._models.home.cache, domain.data))
        self.tip.show_picture(picture_of(domain, place), self.map.mapTo(self, self.map.place_of(row).toPoint()))

    @Slot(int)
    def choose(self, row: int) -> None:
        """Draw a ring about a point, and say which it is to those who listen."""
        if self.map is not None and self._mapped is not None:
            domain, place = side_of(self._mapped, row)
            picture = picture_of(domain, place)
            self.map.select(row)
            self.map.setAccessibleDescription(tr("{name}: {words}", name=picture.name, words=picture.label))

    @Slot(int)
    def open(self, row: int) -> None:
        """Open the picture of this row large, among all others of its set."""
        if self._mapped is not None:
            domain, place = side_of(self._mapped, row)
            show_pictures(
                self._models,
                pictures_of(domain),
                place,
                self,
                data=domain.data,
                folder=self._models.home.cache,  # of no run
                classes=domain.classes,
            )

    @Slot(str)
    def _open_named(self, name: str) -> None:
        self.open(int(name))
