"""An accuracy and its interval, drawn on a line from 0 to 100 %."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from kt_gui.schema.quantities import percent
from kt_gui.schema.texts import tr
from kt_gui.widgets import theme

HEIGHT, BAR, EDGE = 44, 12, 8


class Interval(QWidget):
    """A groove, the interval as a band, the accuracy as a dot."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value, self._low, self._high = 0.0, 0.0, 1.0
        self.setAccessibleName(tr("Accuracy and its 95 % interval"))
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.themed.changed.connect(self.update)

    def show_accuracy(self, value: float, low: float, high: float) -> None:
        """Show an accuracy between its bounds, all shares of 1."""
        self._value, self._low, self._high = value, low, high
        values = {"value": percent(value), "low": percent(low), "high": percent(high)}
        self.setAccessibleDescription(tr("{value}, from {low} to {high}", **values))
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(480, HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw groove, band, dot and the ends of the scale."""
        look, middle = theme.current(), 14.0
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for left, right, token, opacity in ((0.0, 1.0, "inset", 1.0), (self._low, self._high, "accent", 0.35)):
            painter.setOpacity(opacity)
            painter.setBrush(look.colour(token))
            band = QRectF(self._x(left), middle - BAR / 2, self._x(right) - self._x(left), BAR)
            painter.drawRoundedRect(band, BAR / 2, BAR / 2)
        painter.setOpacity(1.0)
        painter.setBrush(look.colour("card"))
        painter.setPen(QPen(look.colour("accent"), 3))
        painter.drawEllipse(QPointF(self._x(self._value), middle), 6, 6)
        self._write_scale(painter)
        painter.end()

    def _write_scale(self, painter: QPainter) -> None:
        painter.setFont(theme.font(theme.TINY))
        painter.setPen(theme.current().muted)
        for part in range(5):
            place = QRectF(self._x(part / 4) - 30, 26, 60, 16)
            align = Qt.AlignmentFlag.AlignHCenter
            if part in (0, 4):
                place = QRectF(0, 26, self.width(), 16)
                align = Qt.AlignmentFlag.AlignLeft if part == 0 else Qt.AlignmentFlag.AlignRight
            painter.drawText(place, align, percent(part / 4, 0))

    def _x(self, share: float) -> float:
        return EDGE + share * (self.width() - 2 * EDGE)
