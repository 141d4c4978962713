"""The window of a candidate's class bridge: the heat map at the left, the pictures behind its cells at the right."""

from pathlib import Path

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QWidget

from kt_gui.bridge.models import Models
from kt_gui.schema.columns import unpack
from kt_gui.schema.evaluations import Picture
from kt_gui.schema.quantities import percent
from kt_gui.schema.ranking_words import short
from kt_gui.schema.rankings import Bridge, Ranked, likest
from kt_gui.schema.texts import thousands, tr
from kt_gui.widgets.evaluation.picture_grid import PictureGrid
from kt_gui.widgets.evaluation.viewer import Viewer, show_pictures
from kt_gui.widgets.parts import Card, Elided, Muted, column, label, row, secondary
from kt_gui.widgets.studies.bridge_map import BridgeMap
from kt_gui.widgets.theme import GAP, MARGIN

PICTURES = 392
"""Width of the pictures\' card in pixels: three side by side."""
SIZE = QSize(1080, 640)
"""Of the window in pixels."""
NOWHERE = Path()
"""The pictures are of a data set, not of a run."""


class BridgeDialog(QDialog):
    """It shows the pictures of the cell one stands on; Return goes from the map to them, and from there to one."""

    def __init__(
        self, models: Models, ranked: Ranked, name: str, bridge: Bridge, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Class bridge"))
        self._models, self._ranked, self._bridge = models, ranked, bridge
        self._pictures: list[Picture] = []
        self.title = Elided(tr("What {name} takes the classes for", name=name), "title")
        self.about = Muted(
            tr(
                "A cell is the mean probability, in per cent, that its head gives a class of its own ({count} of "
                "{total} are shown) to the training pictures of one of yours.",
                count=len(bridge.classes),
                total=thousands(bridge.total),
            )
        )
        self.map = BridgeMap()
        self.sentence, self.order = label("", "strong", wrap=True), Muted(tr("The likeliest first."))
        self.grid = PictureGrid(tr("Pictures of the cell"))
        self._lay_out()
        self.resize(SIZE)
        self.map.chosen.connect(self._show_cell)
        self.map.opened.connect(self._go_to_pictures)
        self.grid.opened.connect(self._open)
        self.map.show_bridge(bridge, ranked.classes)
        self.map.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return opens; a dialog would press a button with it, even one of the window that has just opened."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)

    def _lay_out(self) -> None:
        left, right = Card(), Card()
        left.body.addWidget(self.map, 1)
        right.setFixedWidth(PICTURES)
        for part in (self.sentence, self.order):
            right.body.addWidget(part)
        right.body.addWidget(self.grid, 1)
        cards = row(left, right, spacing=GAP)
        cards.setStretch(0, 1)
        close = secondary(tr("Close"), self.accept)
        layout = column(column(self.title, self.about, spacing=4), cards, row(None, close), spacing=GAP)
        layout.setStretch(1, 1)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, GAP)
        self.setLayout(layout)

    @Slot(int, int)
    def _show_cell(self, target: int, place: int) -> None:
        share = float(unpack(self._bridge.shares)[target, place])
        names = {"label": self._ranked.classes[target], "other": short(self._bridge.classes[place])}
        said = percent(share) if share == share else "–"
        self.sentence.setText(tr("{label} taken for {other}: {share} on average", share=said, **names))
        self._pictures = likest(self._ranked, self._bridge, target, place)
        self.grid.show_pictures(self._pictures, self._models.albums.open(NOWHERE, self._ranked.data))

    @Slot()
    def _go_to_pictures(self) -> None:
        if self._pictures:
            self.grid.setCurrentIndex(self.grid.model().index(0, 0))
            self.grid.setFocus()

    @Slot(int)
    def _open(self, place: int) -> Viewer:
        data, classes = self._ranked.data, self._ranked.classes
        return show_pictures(self._models, self._pictures, place, self, data=data, folder=NOWHERE, classes=classes)


def show_bridge(models: Models, ranked: Ranked, name: str, bridge: Bridge, parent: QWidget) -> BridgeDialog:
    """Open the window."""
    made = BridgeDialog(models, ranked, name, bridge, parent.window())
    made.open()
    return made
