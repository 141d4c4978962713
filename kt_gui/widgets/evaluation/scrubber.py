"""The checkpoint scrubber: drag along the epochs that were kept, and all sections show what the network was then."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from kt_gui.bridge.models import Models
from kt_gui.schema.checkpoints import Saved
from kt_gui.schema.quantities import percent
from kt_gui.schema.texts import tr
from kt_gui.widgets import theme
from kt_gui.widgets.parts import Elided, fill

WIDTH, TRACK, EDGE, KNOB = 240, 24, 8, 12
SETTLE_MS = 150
"""How long a knob rests before its checkpoint is opened: no network is made for those it only passes."""
TOKENS = {"source": "faint", "best": "good", "last": "accent"}

Curve = Sequence[tuple[int, float]]
"""Epochs from 0, and the validation accuracy of each."""


class Scrubber(QWidget):
    """The line that says where it stands, over the track. Not there where there is nothing to choose from."""

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self.words = Elided("", "tiny")
        self.track = Track()
        self._timer = QTimer(self, singleShot=True, interval=SETTLE_MS)
        fill(QVBoxLayout(self), (self.words, self.track), 0)
        self.setFixedWidth(WIDTH)
        self._timer.timeout.connect(self._choose)
        self.track.moved.connect(self._move)
        models.viewing.changed.connect(self.write)
        self.write()

    @Slot()
    def write(self) -> None:
        """Show the checkpoint in view."""
        viewing = self._models.viewing
        self.setVisible(len(viewing.saved) > 1)
        self._timer.stop()
        self.track.show_checkpoints(viewing.saved, self._curve(), viewing.place)
        self._say()

    def _curve(self) -> Curve:
        phases = self._models.run.phases
        return [(each.epoch, each.validation_accuracy) for each in phases[-1].epochs] if phases else ()

    @Slot()
    def _move(self) -> None:
        self._say()
        self._timer.start()

    @Slot()
    def _choose(self) -> None:
        place = self.track.place
        if place is not None:
            self._models.viewing.choose(self._models.viewing.saved[place].checkpoint)

    def _say(self) -> None:
        place, saved = self.track.place, self._models.viewing.saved
        text = "" if place is None else describe(saved[place], self._curve())
        self.words.setText(text)
        self.track.setAccessibleDescription(text)


def describe(saved: Saved, curve: Curve) -> str:
    """Say which epoch of how many, and what it was worth in validation."""
    if saved.epoch is None:
        return tr("the source, before the first epoch")
    epochs = max((epoch for epoch, _ in curve), default=saved.epoch) + 1
    words = {"best": tr("best: epoch {epoch} of {epochs}"), "last": tr("last: epoch {epoch} of {epochs}")}
    text = words.get(str(saved.checkpoint), tr("epoch {epoch} of {epochs}"))
    said = text.format(epoch=saved.epoch + 1, epochs=epochs)
    accuracy = dict(curve).get(saved.epoch)
    return said if accuracy is None else tr("{epoch} · validation {accuracy}", epoch=said, accuracy=percent(accuracy))


class Track(QWidget):
    """The validation curve, a tick for each checkpoint, and a knob. Arrow keys, Home and End move it, too.

    Signals:
        moved(): a person moved the knob; `place` says where to.
    """

    moved = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._saved: Sequence[Saved] = ()
        self._curve: Curve = ()
        self.place: int | None = None
        self.setAccessibleName(tr("Checkpoint in view"))
        self.setToolTip(tr("The epochs whose weights were kept: drag, or use the arrow keys"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.themed.changed.connect(self.update)

    def show_checkpoints(self, saved: Sequence[Saved], curve: Curve, place: int | None) -> None:
        """Show these checkpoints over a validation curve, one of them chosen."""
        self._saved, self._curve, self.place = saved, curve, place
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(WIDTH, TRACK)

    def move_to(self, place: int) -> None:
        """Choose a checkpoint as a person does."""
        place = min(max(place, 0), len(self._saved) - 1)
        if self._saved and place != self.place:
            self.place = place
            self.update()
            self.moved.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Jump to the nearest checkpoint."""
        self.move_to(self._nearest(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer from checkpoint to checkpoint."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.move_to(self._nearest(event.position().x()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk along the checkpoints."""
        at, last = self.place or 0, len(self._saved) - 1
        key = Qt.Key
        targets = {key.Key_Left: at - 1, key.Key_Down: at - 1, key.Key_Right: at + 1, key.Key_Up: at + 1}
        target = {**targets, key.Key_Home: 0, key.Key_End: last}.get(key(event.key()))
        if target is None:
            super().keyPressEvent(event)
        else:
            self.move_to(target)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that the keyboard is here."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that it has left."""
        super().focusOutEvent(event)
        self.update()

    def _nearest(self, x: float) -> int:
        return min(range(len(self._saved)), key=lambda place: abs(self._x(self._saved[place].epoch) - x), default=0)

    def _x(self, epoch: int | None) -> float:
        """Where the end of an epoch stands; the source stands at the beginning."""
        every = [each.epoch for each in self._saved] + [epoch for epoch, _ in self._curve]
        last = max((each for each in every if each is not None), default=0) + 1
        return EDGE + (0 if epoch is None else epoch + 1) / last * (self.width() - 2 * EDGE)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw groove, curve, ticks and knob."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.current().colour("inset"))
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        self._paint_curve(painter)
        for each in self._saved:
            self._paint_tick(painter, each)
        if self.place is not None and self.place < len(self._saved):
            self._paint_knob(painter, self._saved[self.place])
        painter.end()

    def _paint_curve(self, painter: QPainter) -> None:
        values = [value for _, value in self._curve]
        low, high = min(values, default=0.0), max(values, default=1.0)
        room = self.height() - 10
        points = [
            QPointF(self._x(epoch), self.height() - 5 - room * (value - low) / max(high - low, 1e-9))
            for epoch, value in self._curve
        ]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.current().colour("validation"), 1.5))
        painter.drawPolyline(QPolygonF(points))

    def _paint_tick(self, painter: QPainter, saved: Saved) -> None:
        token = TOKENS.get(str(saved.checkpoint), "faint")
        painter.setPen(QPen(theme.current().colour(token), 2 if token != "faint" else 1))
        x, top = self._x(saved.epoch), 4 if saved.checkpoint in TOKENS else self.height() - 7
        painter.drawLine(QPointF(x, top), QPointF(x, self.height() - 4))

    def _paint_knob(self, painter: QPainter, saved: Saved) -> None:
        look = theme.current()
        frame = QRectF(0, 0, KNOB, self.height() - 2)
        frame.moveCenter(QPointF(min(max(self._x(saved.epoch), KNOB / 2 + 1), self.width() - KNOB / 2 - 1), TRACK / 2))
        painter.setBrush(look.colour("card"))
        painter.setPen(QPen(look.colour("accent" if self.hasFocus() else "muted"), 2))
        painter.drawRoundedRect(frame, 5, 5)
        painter.setPen(QPen(look.colour(TOKENS.get(str(saved.checkpoint), "muted")), 2))
        painter.drawLine(frame.center() - QPointF(0, 4), frame.center() + QPointF(0, 4))
