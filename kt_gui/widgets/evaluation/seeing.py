"""What the network sees: where it puts the pictures, before and after, and what it looks at in one of them."""

import numpy as np
from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedLayout, QWidget

from kt_gui.bridge.insight_model import LookAsked, MapAsked
from kt_gui.bridge.models import Models
from kt_gui.schema.columns import unpack
from kt_gui.schema.insights import Embedded
from kt_gui.schema.texts import tr
from kt_gui.widgets.evaluation.map_panel import MapPanel
from kt_gui.widgets.evaluation.map_points import first_of, picture_of, pictures_of
from kt_gui.widgets.evaluation.point_tip import say
from kt_gui.widgets.evaluation.saliency_panel import SaliencyPanel
from kt_gui.widgets.evaluation.viewer import show_pictures
from kt_gui.widgets.evaluation.waiting import Waiting
from kt_gui.widgets.parts import row
from kt_gui.widgets.theme import GAP

PAUSE_MS = 150
"""While checkpoints are dragged past, nothing is asked before a person pauses this long."""


class Seeing(QWidget):
    """The section: the map at the left, the chosen picture at the right. It asks for nothing while it is hidden."""

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._embedded: Embedded | None = None
        self._row, self._index = -1, -1
        self._build()
        self._lay_out()
        self._connect()
        self.write()

    def _build(self) -> None:
        self.map = MapPanel()
        self.panel = SaliencyPanel()
        self.waiting = Waiting(
            tr("A map of the test pictures: those that the network finds alike lie close together."), tr("Draw the map")
        )
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)

    def _lay_out(self) -> None:
        full = QWidget()
        parts = row(self.map, self.panel, spacing=GAP)
        parts.setStretch(0, 11)
        parts.setStretch(1, 8)
        full.setLayout(parts)
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.addWidget(self.waiting)
        self._stack.addWidget(full)

    def _connect(self) -> None:
        self._pause.timeout.connect(self.ask)
        self._models.viewing.changed.connect(self._wait)
        self._models.insight.changed.connect(self.write)
        self.waiting.cancelled.connect(self._cancel)
        self.waiting.retried.connect(self._retry)
        self.map.asked.connect(self.ask)
        self.map.chosen.connect(self.choose)
        self.map.opened.connect(self.open)
        self.panel.asked.connect(self._ask_picture)
        self.panel.stepped.connect(self._step)
        self.panel.opened.connect(self._open_chosen)
        self.panel.retried.connect(self._retry_picture)

    # --- asking --------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for what is in view now."""
        super().showEvent(event)
        self.ask()

    @Slot()
    def _wait(self) -> None:
        if self.isVisible():
            self._pause.start()

    @Slot()
    def ask(self) -> None:
        """Ask for the map of the checkpoint in view, and for the chosen picture; what is known is not asked again."""
        viewing = self._models.viewing
        if viewing.folder is None or not self.isVisible():
            return
        method, part = self.map.wanted_method, self.map.wanted_part
        self._models.insight.embed(MapAsked(viewing.folder, viewing.checkpoint, method, part))
        self.map.follow(self._models.albums.open(viewing.folder))
        self._ask_picture()

    @Slot()
    def _ask_picture(self) -> None:
        viewing = self._models.viewing
        if viewing.folder is None or self._embedded is None or self._row < 0 or not self.isVisible():
            return
        method, target = self.panel.wanted_method, self.panel.wanted
        self._models.insight.explain(LookAsked(viewing.folder, viewing.checkpoint, self._index, method, target))

    @Slot()
    def _cancel(self) -> None:
        self._models.insight.cancel("map")

    @Slot()
    def _retry(self) -> None:
        self._models.insight.retry("map")
        self.ask()

    @Slot()
    def _retry_picture(self) -> None:
        self._models.insight.retry("explain")

    # --- showing -------------------------------------------------------------------------------------------------

    @Slot()
    def write(self) -> None:
        """Show what is known."""
        insight = self._models.insight
        failure, is_busy = insight.failure("map"), insight.busy("map")
        is_known = insight.embedded is not None and (failure is None or is_busy)
        self._stack.setCurrentIndex(1 if is_known else 0)
        self.waiting.show_state(is_busy=is_busy, progress=insight.progress("map"), failure=failure)
        self.map.show_busy(is_busy=is_busy)
        if insight.embedded is not None and insight.embedded is not self._embedded:
            self._show_map(insight.embedded)
        self._write_picture()

    def _write_picture(self) -> None:
        insight = self._models.insight
        failure, notice = insight.failure("explain"), insight.notice
        self.panel.show_state(is_busy=insight.busy("explain"), failure=failure, notice=notice)
        explained = insight.explained
        is_stale = failure is not None or notice is not None or explained is None or explained.index != self._index
        self.panel.show_explained(None if is_stale else explained)

    def _show_map(self, embedded: Embedded) -> None:
        """Show a map; the picture that was chosen stays so where it is on this one, too."""
        self._embedded = embedded
        rows = np.flatnonzero(unpack(embedded.indexes) == self._index)
        self.panel.show_classes(embedded.classes)
        self.map.show_embedded(embedded)
        self.choose(int(rows[0]) if len(rows) else first_of(embedded))

    # --- what a person does --------------------------------------------------------------------------------------

    @Slot(int)
    def choose(self, row: int) -> None:
        """Look at the picture of this row of the map."""
        if self._embedded is None:
            return
        picture = picture_of(self._embedded, row)
        self._row, self._index = row, picture.index
        self.map.select(row)
        self.panel.show_name(picture.name, say(picture))
        self._write_picture()
        self._ask_picture()

    @Slot(int)
    def _step(self, step: int) -> None:
        if self._embedded is not None:
            self.choose((self._row + step) % len(self._embedded.names))

    @Slot(int)
    def open(self, row: int) -> None:
        """Open the picture of this row large, among all the others."""
        if self._embedded is None:
            return
        self.choose(row)
        show_pictures(self._models, pictures_of(self._embedded), row, self)

    @Slot()
    def _open_chosen(self) -> None:
        self.open(self._row)
