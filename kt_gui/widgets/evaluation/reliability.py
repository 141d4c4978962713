"""The reliability diagram: how often the network was right, for pictures of which it was equally sure."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from kt_gui.schema.evaluations import Bin
from kt_gui.schema.quantities import percent
from kt_gui.schema.texts import tr, trn
from kt_gui.widgets.theme import TINY, current, font, themed

LEFT, BELOW, ABOVE, RIGHT = 40, 40, 8, 12
"""Room for the scales, in pixels."""
NONE = -1


class Reliability(QWidget):
    """A bar a bin; what lies between it and the dashed diagonal is tinted. Arrow keys walk through the bins.

    Signals:
        opened(object): a person wants to see the pictures of this bin.
    """

    opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bins: tuple[Bin, ...] = ()
        self._at, self._over = NONE, NONE
        self.setAccessibleName(tr("Reliability diagram: accuracy by confidence"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        themed.changed.connect(self.update)

    def show_bins(self, bins: Sequence[Bin]) -> None:
        """Show these bins, from 0 to 1."""
        self._bins = tuple(bins)
        self._at = self._over = NONE
        self.setAccessibleDescription("; ".join(say(each) for each in bins if each.count))
        self.update()

    @property
    def at(self) -> Bin | None:
        """The bin the keyboard is at."""
        return self._bins[self._at] if 0 <= self._at < len(self._bins) else None

    def sizeHint(self) -> QSize:
        """A square or so."""
        return QSize(320, 300)

    # --- keys and mouse ----------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk, or open."""
        match event.key():
            case Qt.Key.Key_Left:
                self._walk(-1)
            case Qt.Key.Key_Right:
                self._walk(1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space if self.at is not None:
                self.opened.emit(self.at)
            case _:
                super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Begin with the first bin that holds pictures."""
        super().focusInEvent(event)
        if self.at is None:
            self._walk(1)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show which bin a click would open."""
        over = self.bin_at(event.position())
        if over != self._over:
            self._over = over
            is_full = over != NONE and self._bins[over].count > 0
            self.setCursor(Qt.CursorShape.PointingHandCursor if is_full else Qt.CursorShape.ArrowCursor)
            self.update()

    def leaveEvent(self, _event: QEvent) -> None:
        """Show none."""
        self._over = NONE
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open the bin."""
        at = self.bin_at(event.position())
        if at != NONE and self._bins[at].count and event.button() == Qt.MouseButton.LeftButton:
            self._at = at
            self.opened.emit(self._bins[at])

    def event(self, event: QEvent) -> bool:
        """Say in a tooltip what a bin holds."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            at = self.bin_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), say(self._bins[at]) if at != NONE else "", self)
            return True
        return super().event(event)

    def bin_at(self, point: QPointF) -> int:
        """The place of the bin under a point; -1 for none."""
        ground = self._ground()
        if not self._bins or not ground.adjusted(0, -ABOVE, 0, 0).contains(point):
            return NONE
        return min(len(self._bins) - 1, int((point.x() - ground.left()) / ground.width() * len(self._bins)))

    def _walk(self, step: int) -> None:
        at = self._at + step
        while 0 <= at < len(self._bins):
            if self._bins[at].count:
                self._at = at
                self.update()
                return
            at += step

    # --- drawing -----------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw scales, bars and the diagonal."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(TINY))
        ground = self._ground()
        self._paint_scales(painter, ground)
        for place, each in enumerate(self._bins):
            if each.accuracy is not None and each.confidence is not None:
                self._paint_bar(painter, ground, place, each.accuracy, each.confidence)
        painter.setPen(QPen(current().colour("muted"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(ground.bottomLeft(), ground.topRight())
        painter.end()

    def _ground(self) -> QRectF:
        return QRectF(self.rect()).adjusted(LEFT, ABOVE, -RIGHT, -BELOW)

    def _paint_scales(self, painter: QPainter, ground: QRectF) -> None:
        look = current()
        for part in range(5):
            share = part / 4
            x, y = ground.left() + share * ground.width(), ground.bottom() - share * ground.height()
            painter.setPen(QPen(look.colour("line"), 1))
            painter.drawLine(QPointF(ground.left(), y), QPointF(ground.right(), y))
            painter.setPen(look.colour("muted"))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, y - 8, LEFT - 8, 16), right, f"{100 * share:.0f}")
            painter.drawText(
                QRectF(x - 20, ground.bottom() + 4, 40, 16), Qt.AlignmentFlag.AlignHCenter, f"{100 * share:.0f}"
            )
        caption = QRectF(ground.left(), ground.bottom() + 20, ground.width(), 16)
        painter.drawText(caption, Qt.AlignmentFlag.AlignHCenter, tr("confidence, %; height: share that is right, %"))

    def _paint_bar(self, painter: QPainter, ground: QRectF, place: int, accuracy: float, confidence: float) -> None:
        look, width = current(), ground.width() / len(self._bins)
        left = ground.left() + place * width
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.colour("accent"))
        painter.setOpacity(1.0 if place in (self._at, self._over) or self._at == NONE else 0.75)
        painter.drawRect(_between(ground, left, width, 0.0, accuracy))
        painter.setOpacity(1.0)
        gap = _between(ground, left, width, min(accuracy, confidence), max(accuracy, confidence))
        token = "bad" if accuracy < confidence else "good"
        painter.setBrush(look.colour(f"{token}_soft"))
        painter.setPen(QPen(look.colour(token), 1))
        if gap.height() >= 2:
            painter.drawRect(gap.adjusted(0.5, 0.5, -0.5, -0.5))
        if place == self._at and self.hasFocus():
            painter.setPen(QPen(look.colour("ink"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(_between(ground, left, width, 0.0, max(accuracy, confidence)).adjusted(-1, -1, 1, 0))


def _between(ground: QRectF, left: float, width: float, low: float, high: float) -> QRectF:
    """The part of a bar's column between two shares."""
    top = ground.bottom() - high * ground.height()
    return QRectF(left + 1, top, width - 2, (high - low) * ground.height())


def say(each: Bin) -> str:
    """Say what a bin holds."""
    of = trn("{count} picture", "{count} pictures", each.count)
    said = {"low": percent(each.low, 0), "high": percent(each.high, 0), "of": of}
    if each.accuracy is None or each.confidence is None:
        return tr("confidence {low} to {high}: {of}", **said)
    return tr(
        "confidence {low} to {high}: {of}, {accuracy} are right, {confidence} were expected",
        accuracy=percent(each.accuracy),
        confidence=percent(each.confidence),
        **said,
    )
