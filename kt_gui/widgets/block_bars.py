"""One bar for each block of a network, from input to head: its name, the bar, its number; a frozen one has a lock."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from kt_gui.schema.texts import tr
from kt_gui.widgets import theme
from kt_gui.widgets.rungs import paint_lock

TALL, SHORT, BAR = 30, 22, 12
GAP = 8
"""Between a bar and its number."""


@dataclass(frozen=True)
class BlockBar:
    """One row."""

    block: str
    length: float
    """From 0 to 1."""
    text: str
    """Its number; of a locked one, what stands in the bar's place."""
    token: str = "accent"
    is_locked: bool = False


class BlockBars(QWidget):
    """The rows. Several of them side by side stand in line; only the first needs the names."""

    def __init__(self, name: str, parent: QWidget | None = None, *, has_names: bool = True) -> None:
        super().__init__(parent)
        self._bars: tuple[BlockBar, ...] = ()
        self._has_names = has_names
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.themed.changed.connect(self.update)

    def show_bars(self, bars: Sequence[BlockBar]) -> None:
        """Show these blocks, from input to head."""
        if tuple(bars) == self._bars:
            return
        if len(bars) != len(self._bars):
            self.setFixedHeight(len(bars) * self._step(len(bars)))
        self._bars = tuple(bars)
        rows = [tr("{name}: {label}", name=bar.block, label=bar.text) for bar in bars]
        self.setAccessibleDescription(tr("; ").join(rows))
        self.setToolTip("\n".join(rows))
        self.update()

    def sizeHint(self) -> QSize:
        """As high as its rows."""
        return QSize(240, len(self._bars) * self._step(len(self._bars)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the rows."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.TINY))
        names, values = self._name_width(), self._value_width()
        step = self._step(len(self._bars))
        for place, bar in enumerate(self._bars):
            self._paint(painter, bar, QRectF(0, place * step, self.width(), step), names, values)
        painter.end()

    def _step(self, rows: int) -> int:
        return TALL if rows <= 9 else SHORT

    def _name_width(self) -> int:
        if not self._has_names:
            return 0
        metrics = QFontMetrics(theme.font(theme.TINY))
        widest = max((metrics.horizontalAdvance(bar.block) for bar in self._bars), default=0)
        return min(widest + 12, int(0.4 * self.width()))

    def _value_width(self) -> int:
        metrics = QFontMetrics(theme.font(theme.TINY))
        said = [bar.text for bar in self._bars if not bar.is_locked]
        return max(metrics.horizontalAdvance(each) for each in [*said, "0.000"]) + GAP + 2

    def _paint(self, painter: QPainter, bar: BlockBar, row: QRectF, names: int, values: int) -> None:
        look = theme.current()
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.setPen(look.muted)
        if self._has_names:
            name = painter.fontMetrics().elidedText(bar.block, Qt.TextElideMode.ElideMiddle, names - 8)
            painter.drawText(row, middle, name)
        groove = QRectF(names, row.center().y() - BAR / 2, row.width() - names - values, BAR)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.colour("inset"))
        painter.drawRoundedRect(groove, BAR / 2, BAR / 2)
        if bar.is_locked:
            paint_lock(painter, QPointF(groove.left() + 9, groove.center().y() - 0.5), scale=0.7)
        else:
            self._fill(painter, groove, bar)
        painter.setPen(look.muted)
        place = groove.adjusted(18, -2, 0, 2) if bar.is_locked else row.adjusted(groove.right() + GAP, 0, 0, 0)
        painter.drawText(place, middle, bar.text)

    def _fill(self, painter: QPainter, groove: QRectF, bar: BlockBar) -> None:
        if bar.length > 0:
            width = max(BAR, bar.length * groove.width())
            painter.setBrush(theme.current().colour(bar.token))
            painter.drawRoundedRect(QRectF(groove.left(), groove.top(), width, BAR), BAR / 2, BAR / 2)
