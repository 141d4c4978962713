"""The key of the charts: batch, epoch, validation, best."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from kt_gui.schema.texts import tr
from kt_gui.widgets import theme

MARK, SPACE = 14, 12


class Legend(QWidget):
    """Marks with their words, in one line; the four of a run's charts where no others are given."""

    def __init__(self, entries: Sequence[tuple[str, str]] = (), parent: QWidget | None = None) -> None:
        """`entries` are tokens of the theme and what they stand for."""
        super().__init__(parent)
        self._entries = tuple(entries) or (
            ("dots", tr("batch")),
            ("accent", tr("epoch")),
            ("validation", tr("validation")),
            ("good", tr("best")),
        )
        self.setAccessibleName(tr("Key"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """As wide as its words."""
        metrics = QFontMetrics(theme.font(theme.SMALL))
        width = sum(MARK + 4 + metrics.horizontalAdvance(text) + SPACE for _, text in self._entries)
        return QSize(width, metrics.height() + 4)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw marks and words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.SMALL))
        x, y = 0.0, self.height() / 2
        for token, text in self._entries:
            self._paint_mark(painter, token, QPointF(x + MARK / 2, y))
            width = painter.fontMetrics().horizontalAdvance(text)
            painter.setPen(theme.current().muted)
            place = QRectF(x + MARK + 4, 0, width + 2, self.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, text)
            x += MARK + 4 + width + SPACE
        painter.end()

    def _paint_mark(self, painter: QPainter, token: str, centre: QPointF) -> None:
        colour = theme.current().colour(token)
        painter.setBrush(colour if token == "dots" else Qt.BrushStyle.NoBrush)
        painter.setPen(Qt.PenStyle.NoPen if token == "dots" else QPen(colour, 2))
        if token == "dots":
            painter.drawEllipse(centre, 4, 4)
        elif token == "good":
            painter.drawEllipse(centre, 4.5, 4.5)
        else:
            painter.drawLine(centre - QPointF(6, 0), centre + QPointF(6, 0))
