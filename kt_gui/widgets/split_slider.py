"""How pictures are dealt out to train, validation and test: one bar with two handles, and live counts under it."""

from collections.abc import Collection

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kt_gui.schema.quantities import percent
from kt_gui.schema.texts import thousands, tr
from kt_gui.widgets.parts import fill, label
from kt_gui.widgets.splits import PARTS
from kt_gui.widgets.theme import current, themed

LEAST = 0.05
"""Smallest share of each part."""
_KNOB, _GROOVE = 18, 8
_STEPS = {
    Qt.Key.Key_Left: -0.01,
    Qt.Key.Key_Down: -0.01,
    Qt.Key.Key_Right: 0.01,
    Qt.Key.Key_Up: 0.01,
    Qt.Key.Key_PageDown: -0.05,
    Qt.Key.Key_PageUp: 0.05,
}


class SplitSlider(QWidget):
    """The slider with its captions. Tab reaches each handle, arrow keys move it by a hundredth.

    Signals:
        edited(float, float): a person set these shares of validation and test; not while a handle is dragged.
    """

    edited = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bar = _Bar()
        self._captions = [label("", "small") for _ in PARTS[:3]]
        self._total = 0
        self._counts: tuple[int, int, int] | None = None
        for caption, side in zip(self._captions, ("AlignLeft", "AlignHCenter", "AlignRight"), strict=True):
            caption.setAlignment(Qt.AlignmentFlag[side])
        captions = QHBoxLayout()
        fill(captions, tuple(self._captions), 4)
        fill(QVBoxLayout(self), (self._bar, captions), 6)
        self._bar.moved.connect(self._follow)
        self._bar.settled.connect(self._settle)
        self._caption()

    @property
    def shares(self) -> tuple[float, float]:
        """Shares of validation and test."""
        return round(self._bar.end - self._bar.begin, 6), round(1 - self._bar.end, 6)

    def show_shares(self, validation: float, test: float) -> None:
        """Show shares of validation and test without saying so."""
        self._bar.place(1 - validation - test, 1 - test)
        self._caption()

    def show_counts(self, counts: tuple[int, int, int]) -> None:
        """Show how many pictures train, validation and test really got."""
        self._counts, self._total = counts, sum(counts)
        self._caption()

    def hold(self, parts: Collection[str]) -> None:
        """Take the handles of these parts away: the data itself decides on them."""
        self._bar.hold(parts)

    @Slot()
    def _follow(self) -> None:
        self._counts = None
        self._caption()

    @Slot()
    def _settle(self) -> None:
        self.edited.emit(*self.shares)

    def _caption(self) -> None:
        validation, test = self.shares
        shares = (1 - validation - test, validation, test)
        counts = self._counts or tuple(round(self._total * share) for share in shares)
        known = self._total > 0
        for caption, part, share, count in zip(self._captions, PARTS, shares, counts, strict=False):
            shown = thousands(count) if known else percent(share)
            caption.setText(tr("{part} {count}", part=tr(part.title), count=shown))
            caption.setToolTip(percent(share))
        self._bar.say(shares, counts)


class _Bar(QWidget):
    moved = Signal()
    settled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.begin, self.end = 0.6, 0.8
        self._handles = (_Handle(self, tr("Train ends here")), _Handle(self, tr("Test begins here")))
        self.setFixedHeight(_KNOB + 4)
        themed.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(240, _KNOB + 4)

    def place(self, begin: float, end: float) -> None:
        """Set where validation begins and ends, from 0 to 1."""
        self.begin, self.end = begin, end
        self._arrange()

    def hold(self, parts: Collection[str]) -> None:
        for handle, part in zip(self._handles, ("validation", "test"), strict=True):
            handle.setVisible(part not in parts)

    def move_handle(self, handle: "_Handle", position: float) -> None:
        position = round(position, 2)
        if handle is self._handles[0]:
            self.place(min(max(position, LEAST), self.end - LEAST), self.end)
        else:
            self.place(self.begin, max(min(position, 1 - LEAST), self.begin + LEAST))
        self.moved.emit()

    def position(self, handle: "_Handle") -> float:
        return self.begin if handle is self._handles[0] else self.end

    def share_at(self, x: float) -> float:
        return (x - _KNOB / 2) / max(1, self.width() - _KNOB)

    def say(self, shares: tuple[float, ...], counts: tuple[int, ...]) -> None:
        """Tell those who listen what the handles part."""
        for handle, one, two in ((self._handles[0], 0, 1), (self._handles[1], 1, 2)):
            said = tr(
                "{first} {share} ({count}), {second} {other} ({rest})",
                first=tr(PARTS[one].title),
                share=percent(shares[one]),
                count=thousands(counts[one]),
                second=tr(PARTS[two].title),
                other=percent(shares[two]),
                rest=thousands(counts[two]),
            )
            handle.setAccessibleDescription(said)
            handle.setToolTip(said)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        groove = QRectF(_KNOB / 2, (self.height() - _GROOVE) / 2, self.width() - _KNOB, _GROOVE)
        shape = QPainterPath()
        shape.addRoundedRect(groove, _GROOVE / 2, _GROOVE / 2)
        painter.setClipPath(shape)
        painter.setOpacity(1.0 if self.isEnabled() else 0.4)
        stops = (0.0, self.begin, self.end, 1.0)
        for part, left, right in zip(PARTS, stops, stops[1:], strict=False):
            x = groove.left() + left * groove.width()
            painter.fillRect(QRectF(x, groove.top(), (right - left) * groove.width(), _GROOVE), part.colour)
        painter.end()

    def _arrange(self) -> None:
        for handle, share in zip(self._handles, (self.begin, self.end), strict=True):
            handle.move(round(share * (self.width() - _KNOB)), (self.height() - _KNOB) // 2)
        self.update()


class _Handle(QWidget):
    def __init__(self, bar: _Bar, name: str) -> None:
        super().__init__(bar)
        self._bar = bar
        self.setAccessibleName(name)
        self.setFixedSize(_KNOB, _KNOB)
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = self.mapTo(self._bar, event.position()).x()
        self._bar.move_handle(self, self._bar.share_at(x))

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self._bar.settled.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        self._bar.move_handle(self, self._bar.position(self) + step)
        self._bar.settled.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = current().colour("accent" if self.hasFocus() else "muted")
        painter.setPen(QPen(ring if self.isEnabled() else current().colour("line"), 2))
        painter.setBrush(current().colour("card"))
        radius = _KNOB / 2 - 2
        painter.drawEllipse(QPointF(_KNOB / 2, _KNOB / 2), radius, radius)
        painter.end()
