"""How far each block has moved from the source: ‖θ'−θ‖² / ‖θ‖² as bars on a log scale, frozen ones locked."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from kt_gui.schema.events import BlockDrift
from kt_gui.schema.quantities import logarithmic_share, number
from kt_gui.schema.texts import tr
from kt_gui.widgets import theme
from kt_gui.widgets.rungs import paint_lock

DECADES = 3
"""At least so many on the scale."""
TALL, SHORT, BAR = 30, 22, 12
GAP = 8
"""Between a bar and its number."""


def share(drift: BlockDrift) -> float | None:
    """How far a block moved, as a share of its size; None where that is not finite."""
    if drift.squared is None or drift.anchor_squared <= 0:
        return None
    return drift.squared / drift.anchor_squared


def is_unchanged(drift: BlockDrift) -> bool:
    """Whether a block is frozen and where the source left it."""
    return drift.frozen and not drift.squared


def scale(drifts: Sequence[BlockDrift]) -> tuple[float, float]:
    """Find the ends of the log scale: whole decades around what has moved."""
    moved = [each for drift in drifts if (each := share(drift)) is not None and each > 0]
    if not moved:
        return 10.0**-DECADES, 1.0
    high = 10.0 ** math.ceil(math.log10(max(moved)))
    return min(high / 10**DECADES, 10.0 ** math.floor(math.log10(min(moved)))), high


class DriftBars(QWidget):
    """One row a block: its name, a bar, its number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drifts: tuple[BlockDrift, ...] = ()
        self._scale = scale(())
        self.setAccessibleName(tr("How far each block has moved"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.themed.changed.connect(self.update)

    def show_drifts(self, drifts: Sequence[BlockDrift]) -> None:
        """Show these blocks, from input to head."""
        if tuple(drifts) == self._drifts:
            return
        if len(drifts) != len(self._drifts):
            self.setFixedHeight(len(drifts) * self._step(len(drifts)))
        self._drifts, self._scale = tuple(drifts), scale(drifts)
        rows = [tr("{name}: {label}", name=drift.block, label=says(drift)) for drift in drifts]
        self.setAccessibleDescription(tr("; ").join(rows))
        self.setToolTip("\n".join(rows))
        self.update()

    @property
    def ends(self) -> tuple[float, float]:
        """The ends of the log scale."""
        return self._scale

    def sizeHint(self) -> QSize:
        """As high as its rows."""
        return QSize(240, len(self._drifts) * self._step(len(self._drifts)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the rows."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.TINY))
        names, values = self._name_width(), self._value_width()
        step = self._step(len(self._drifts))
        for place, drift in enumerate(self._drifts):
            self._paint(painter, drift, QRectF(0, place * step, self.width(), step), names, values)
        painter.end()

    def _step(self, rows: int) -> int:
        return TALL if rows <= 9 else SHORT

    def _name_width(self) -> int:
        metrics = QFontMetrics(theme.font(theme.TINY))
        widest = max((metrics.horizontalAdvance(drift.block) for drift in self._drifts), default=0)
        return min(widest + 12, int(0.4 * self.width()))

    def _value_width(self) -> int:
        metrics = QFontMetrics(theme.font(theme.TINY))
        said = [says(drift) for drift in self._drifts if not is_unchanged(drift)]
        return max(metrics.horizontalAdvance(each) for each in [*said, "0.000"]) + GAP + 2

    def _paint(self, painter: QPainter, drift: BlockDrift, row: QRectF, names: int, values: int) -> None:
        look = theme.current()
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.setPen(look.muted)
        name = painter.fontMetrics().elidedText(drift.block, Qt.TextElideMode.ElideMiddle, names - 8)
        painter.drawText(row, middle, name)
        groove = QRectF(names, row.center().y() - BAR / 2, row.width() - names - values, BAR)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.colour("inset"))
        painter.drawRoundedRect(groove, BAR / 2, BAR / 2)
        if is_unchanged(drift):
            paint_lock(painter, QPointF(groove.left() + 9, groove.center().y() - 0.5), scale=0.7)
        else:
            self._fill(painter, groove, share(drift), "faint" if drift.frozen else "accent")
        painter.setPen(look.muted)
        painter.drawText(
            row.adjusted(groove.right() + GAP, 0, 0, 0), middle, "" if is_unchanged(drift) else says(drift)
        )
        if is_unchanged(drift):
            painter.drawText(groove.adjusted(18, -2, 0, 2), middle, tr("unchanged"))

    def _fill(self, painter: QPainter, groove: QRectF, moved: float | None, token: str) -> None:
        width = groove.width() * logarithmic_share(moved or 0.0, *self._scale)
        if width > 0:
            painter.setBrush(theme.current().colour(token))
            painter.drawRoundedRect(
                QRectF(groove.topLeft(), groove.bottomRight()).adjusted(0, 0, max(BAR, width) - groove.width(), 0),
                BAR / 2,
                BAR / 2,
            )


def says(drift: BlockDrift) -> str:
    """Write how far a block moved."""
    moved = share(drift)
    if is_unchanged(drift):
        return tr("unchanged")
    if moved is None:
        return tr("not finite")
    return f"{moved:.3f}" if 0.001 <= moved < 100 else number(moved)
