"""The map of a run's pictures, drawn by pyqtgraph: a point a picture, near to those that the network finds alike.

Only `seeing` imports this, when the map is first shown: pyqtgraph must not be imported before the first paint.
"""

# mypy: allow-untyped-calls

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QVariantAnimation, Signal, Slot
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kt_gui.schema.texts import tr
from kt_gui.widgets import theme
from kt_gui.widgets.evaluation.class_marks import mark_of

NEAR = 12.0
"""Pixels within which a point is pointed at."""
SIZE, SMALL, SELECTED = 8, 5, 18
"""Pixels of a point, of one of many, and of the ring about the one that was chosen."""
MANY = 1500
FADED = 0.12
"""How much of the other classes is seen while one stands out."""
MOVE_MS = 350
MOVED = 2500
"""So many points move when the map changes; more would stutter, and jump."""

Places = NDArray[np.float32]
Numbers = NDArray[np.int64]
_STEPS = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, 1.0),
    Qt.Key.Key_Down: (0.0, -1.0),
}


class PictureMap(QWidget):
    """The points. Full ones are right, hollow ones are wrong.

    Signals:
        pointed(int): the pointer stands at the point of this row; −1 when it has left.
        chosen(int): a person chose the point of this row.
        opened(int): a person wants to see its picture large.
    """

    pointed = Signal(int)
    chosen = Signal(int)
    opened = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._places: Places = np.empty((0, 2), np.float32)
        self._from = self._places
        self._labels: Numbers = np.empty(0, np.int64)
        self._is_wrong = np.empty(0, bool)
        self._layers: list[tuple[int, NDArray[np.intp], Any]] = []
        self._emphasis = -1
        self._row, self._pointed = -1, -1
        self._build()
        self._lay_out()
        self._connect()
        self._dress()

    def _build(self) -> None:
        self.setAccessibleName(tr("Map of the pictures"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.view: Any = pg.PlotWidget(background=None)
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot: Any = self.view.getPlotItem()
        self.box: Any = self.plot.getViewBox()
        self.ring: Any = pg.ScatterPlotItem(size=SELECTED, antialias=True, useCache=False)
        self.ring.setZValue(10)
        self.plot.addItem(self.ring, ignoreBounds=True)
        self.moving = QVariantAnimation(self, startValue=0.0, endValue=1.0, duration=MOVE_MS)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.showAxes(False)
        self.plot.setAspectLocked(True)

    def _connect(self) -> None:
        self.moving.valueChanged.connect(self._move)
        self.view.scene().sigMouseMoved.connect(self._point)
        self.view.scene().sigMouseClicked.connect(self._click)
        theme.themed.changed.connect(self._dress)

    @Slot()
    def _dress(self) -> None:
        look = theme.current()
        self.view.setBackground(look.card)
        self.ring.setPen(pg.mkPen(look.ink, width=2))
        self.ring.setBrush(None)
        self._make_layers()
        self._draw(self._places)
        self.view.viewport().update()

    # --- what is shown -------------------------------------------------------------------------------------------

    def show_points(self, places: Places, labels: Numbers, predicted: Numbers) -> None:
        """Show points; where they are the same pictures as before, they move to their new places."""
        is_wrong = (predicted >= 0) & (predicted != labels)
        self._stop()
        if len(labels) and np.array_equal(labels, self._labels):
            if not np.array_equal(is_wrong, self._is_wrong):
                self._is_wrong = is_wrong
                self._make_layers()
            self._begin_move(places)
            return
        self._places, self._labels, self._is_wrong = places, labels, is_wrong
        self._row = self._pointed = -1
        self._make_layers()
        self._draw(places)
        self.reset()

    def _begin_move(self, places: Places) -> None:
        self._from, self._places = self._places, places
        if len(places) > MOVED or not self.isVisible():
            self._draw(places)
            self.reset()
        else:
            self.moving.start()

    def _stop(self) -> None:
        if self.moving.state() != QVariantAnimation.State.Stopped:
            self.moving.stop()
            self._draw(self._places)

    @Slot(object)
    def _move(self, share: float) -> None:
        eased = share * share * (3 - 2 * share)
        self._draw(self._from + eased * (self._places - self._from) if share < 1 else self._places)
        if share >= 1:
            self.reset()

    def _make_layers(self) -> None:
        """Make the items: of each class one of what is right and one of what is wrong."""
        for _, _, item in self._layers:
            self.box.removeItem(item)
        self._layers = []
        for label in np.unique(self._labels).tolist():
            for is_wrong in (False, True):
                rows = np.flatnonzero((self._labels == label) & (self._is_wrong == is_wrong))
                if len(rows):
                    self._layers.append((label, rows, self._make_layer(label, is_wrong=is_wrong)))
        self.emphasise(self._emphasis)

    def _make_layer(self, label: int, *, is_wrong: bool) -> Any:
        mark = mark_of(label)
        colour = QColor(mark.colour)
        brush = pg.mkBrush(0, 0, 0, 0) if is_wrong else pg.mkBrush(colour)
        pen = pg.mkPen(colour, width=1.5) if is_wrong else pg.mkPen(None)
        size = SIZE if len(self._labels) <= MANY else SMALL
        item: Any = pg.ScatterPlotItem(size=size, symbol=mark.path, brush=brush, pen=pen, antialias=True)
        self.box.addItem(item, ignoreBounds=True)
        return item

    def _draw(self, places: Places) -> None:
        for _, rows, item in self._layers:
            item.setData(places[rows, 0], places[rows, 1])
        self._draw_ring(places)

    def emphasise(self, label: int) -> None:
        """Let one class stand out; −1 shows all alike."""
        self._emphasis = label
        for own, _, item in self._layers:
            is_faded = label >= 0 and own != label
            item.setOpacity(FADED if is_faded else 1.0)
            item.setZValue(0 if is_faded else 1)

    def select(self, row: int) -> None:
        """Draw a ring about a point."""
        self._row = row
        if self.moving.state() == QVariantAnimation.State.Stopped:
            self._draw_ring(self._places)

    def _draw_ring(self, places: Places) -> None:
        chosen = [self._row] if 0 <= self._row < len(places) else []
        self.ring.setData(places[chosen, 0], places[chosen, 1])

    @Slot()
    def reset(self) -> None:
        """Show the whole map."""
        if len(self._places):
            low, high = self._places.min(axis=0).tolist(), self._places.max(axis=0).tolist()
            self.box.setRange(QRectF(QPointF(*low), QPointF(*high)), padding=0.06)

    # --- pointing ------------------------------------------------------------------------------------------------

    def place_of(self, row: int) -> QPointF:
        """Where a point stands, in this widget's pixels."""
        x, y = self._places[row].tolist()
        return QPointF(self.view.mapToParent(self.view.mapFromScene(self.box.mapViewToScene(QPointF(x, y)))))

    def row_at(self, place: QPointF) -> int:
        """The row of the point at a place of the scene; −1 where there is none near."""
        if not len(self._places) or not self.box.sceneBoundingRect().contains(place):
            return -1
        here, pixel = self.box.mapSceneToView(place), self.box.viewPixelSize()
        away = (self._places - (here.x(), here.y())) / pixel
        squared = (away**2).sum(axis=1)
        if self._emphasis >= 0:
            squared = np.where(self._labels == self._emphasis, squared, np.inf)
        nearest = int(squared.argmin())
        return nearest if squared[nearest] <= NEAR**2 else -1

    @Slot(QPointF)
    def _point(self, place: QPointF) -> None:
        self._tell(self.row_at(place))

    def _tell(self, row: int) -> None:
        if row != self._pointed:
            self._pointed = row
            self.pointed.emit(row)

    @Slot(object)
    def _click(self, click: Any) -> None:
        row = self.row_at(click.scenePos())
        if row < 0:
            if click.double():
                self.reset()
        elif click.double():
            self.opened.emit(row)
        else:
            self.chosen.emit(row)

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        super().leaveEvent(event)
        self._tell(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk to the next point in their direction, Return opens it, Escape shows the whole map."""
        key = Qt.Key(event.key())
        if key in _STEPS:
            self._walk(*_STEPS[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._row >= 0:
            self.opened.emit(self._row)
        elif key == Qt.Key.Key_Escape:
            self.reset()
        else:
            super().keyPressEvent(event)

    def _walk(self, x: float, y: float) -> None:
        row = self.next_row(self._row, x, y)
        if row >= 0:
            self.chosen.emit(row)

    def next_row(self, row: int, x: float, y: float) -> int:
        """The nearest point within 45° of a direction; the first of all where none is chosen yet; −1 at the edge."""
        if not 0 <= row < len(self._places):
            return 0 if len(self._places) else -1
        away = self._places - self._places[row]
        along = away @ np.array([x, y], np.float32)
        across = np.abs(away @ np.array([-y, x], np.float32))
        is_there = (along > 0) & (across <= along)
        if self._emphasis >= 0:
            is_there &= self._labels == self._emphasis
        return int(np.where(is_there, along**2 + across**2, np.inf).argmin()) if is_there.any() else -1
