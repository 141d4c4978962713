"""The rows of the freezing ladder: one per block, from input to head, and the handle from which on they learn.

It paints and moves; the presets around it are in `ladder`.
"""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from kt_gui.schema.choices import (
    BatchNormOnly,
    BiasOnly,
    Everything,
    Features,
    Freezing,
    FromBlock,
    LastBlocks,
    OnlyBlock,
)
from kt_gui.schema.events import BlockDescribed
from kt_gui.schema.freezing import begins, plan
from kt_gui.schema.quantities import short
from kt_gui.schema.texts import tr
from kt_gui.widgets import theme
from kt_gui.widgets.focus_ring import paint_focus

SPACE, HANDLE, ROOMY = 4, 22, 8
"""Between rows; the handle's height; up to so many blocks rows are tall."""


def boundary(names: Sequence[str], choice: Freezing) -> int | None:
    """Give the position from which on every block learns, where the choice is of that kind."""
    if isinstance(choice, Features | LastBlocks | FromBlock | Everything):
        return min(names.index(name) for name in plan(names, choice, 0))
    return None


def from_position(names: Sequence[str], position: int) -> Freezing:
    """Give the choice whose first learning block stands at this position."""
    if position <= 0:
        return Everything()
    if position >= len(names) - 1:
        return Features()
    return FromBlock(block=names[position])


class Rungs(QWidget):
    """Blocks as rows. Drag the handle, click a row, or use the arrow keys.

    Signals:
        edited(Freezing): the person chose otherwise.
        reached(int): the handle now stands at this height in pixels.
    """

    edited = Signal(object)
    reached = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Freezing ladder"))
        self._blocks: tuple[BlockDescribed, ...] = ()
        self._names: tuple[str, ...] = ()
        self._choice: Freezing = Everything()
        self._starts: dict[str, int] = {}
        self._batch_norm = "train"
        self._boundary: int | None = 0
        self._dragging = False
        self._by_keys = False

    def show_blocks(self, blocks: tuple[BlockDescribed, ...], choice: Freezing, batch_norm: str) -> None:
        """Draw these blocks under this choice. Raises UserError where the choice names a block that is not there."""
        names = tuple(block.name for block in blocks)
        self._starts, self._boundary = begins(names, choice), boundary(names, choice)
        self._blocks, self._names, self._choice, self._batch_norm = blocks, names, choice, batch_norm
        self.setFixedHeight(self.sizeHint().height())
        self.setAccessibleDescription(self._spoken())
        self.update()

    def sizeHint(self) -> QSize:
        rows = len(self._blocks)
        return QSize(420, rows * (self._row_height() + SPACE) + (HANDLE if self._boundary is not None else 0))

    def row_rect(self, row: int) -> QRect:
        """Where a block is drawn."""
        below = HANDLE if self._boundary is not None and row >= self._boundary else 0
        return QRect(0, row * (self._row_height() + SPACE) + below, self.width(), self._row_height())

    def handle_rect(self) -> QRect:
        """Where the handle is drawn; empty where the choice has none."""
        if self._boundary is None:
            return QRect()
        return QRect(0, self._handle_top(self._boundary), self.width(), HANDLE)

    def describe_row(self, row: int) -> str:
        """Say what happens to a block, in the words of its right-hand side."""
        block, start = self._blocks[row], self._starts.get(self._names[row])
        if start is None:
            return tr("batch norm frozen") if block.batch_norm else ""
        if start > 0:
            return tr("learns from epoch {epoch} on", epoch=start + 1)
        if row == len(self._blocks) - 1:
            return tr("always learns")
        if isinstance(self._choice, BiasOnly):
            return tr("{count} biases", count=short(block.bias_parameters))
        if isinstance(self._choice, BatchNormOnly):
            return tr("{count} scales and shifts", count=short(block.norm_parameters))
        if not block.batch_norm:
            return ""
        if self._batch_norm == "eval":
            return tr("batch norm keeps the source's statistics")
        return tr("batch norm follows the new data")

    def _row_height(self) -> int:
        return 40 if len(self._blocks) <= ROOMY else 30

    def _handle_top(self, position: int) -> int:
        return position * (self._row_height() + SPACE) - (2 if position else 0)

    def _spoken(self) -> str:
        return tr("; ").join(self._spoken_row(row) for row in range(len(self._blocks)))

    def _spoken_row(self, row: int) -> str:
        name, what = self._names[row], self.describe_row(row)
        state = tr("learns") if name in self._starts else tr("frozen")
        if not what:
            return tr("{block}: {state}", block=name, state=state)
        return tr("{block}: {state}, {what}", block=name, state=state, what=what)

    # --- by hand -------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._dragging = self.handle_rect().adjusted(0, -3, 0, 3).contains(event.position().toPoint())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = self.handle_rect().contains(event.position().toPoint())
        grip = Qt.CursorShape.SizeVerCursor if over or self._dragging else Qt.CursorShape.PointingHandCursor
        self.setCursor(grip)
        if self._dragging:
            self._move_to(self._nearest(event.position().y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        row = self._row_at(event.position().toPoint().y())
        if not self._dragging and row is not None:
            self._choose(row)
        self._dragging = False

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._by_keys = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._blocks:
            super().keyPressEvent(event)
            return
        last = len(self._names) - 1
        at = self._position()
        steps = {Qt.Key.Key_Up: at - 1, Qt.Key.Key_Down: at + 1, Qt.Key.Key_Home: 0, Qt.Key.Key_End: last}
        wanted = steps.get(Qt.Key(event.key()))
        if wanted is None:
            super().keyPressEvent(event)
            return
        self._by_keys = True
        self._choose(min(max(wanted, 0), last))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            row = self._row_at(event.pos().y())
            QToolTip.showText(event.globalPos(), self._tip(row) if row is not None else "", self)
            return True
        return super().event(event)

    def _tip(self, row: int) -> str:
        block = self._blocks[row]
        return tr(
            "{block}: {count} parameters, {norm} of them in normalisation layers, {bias} biases",
            block=block.name,
            count=short(block.parameters),
            norm=short(block.norm_parameters),
            bias=short(block.bias_parameters),
        )

    def _position(self) -> int:
        if isinstance(self._choice, OnlyBlock):
            return self._names.index(self._choice.block)
        return self._boundary if self._boundary is not None else len(self._names) - 1

    def _choose(self, row: int) -> None:
        if isinstance(self._choice, OnlyBlock):
            self._edit(OnlyBlock(block=self._names[min(row, len(self._names) - 2)]))
        else:
            self._move_to(row)

    def _move_to(self, position: int) -> None:
        if position != self._boundary:
            self._edit(from_position(self._names, position))

    def _edit(self, choice: Freezing) -> None:
        if choice == self._choice:
            return
        self.show_blocks(self._blocks, choice, self._batch_norm)
        self.edited.emit(choice)
        self.reached.emit(self.row_rect(self._position()).top())

    def _nearest(self, y: float) -> int:
        return min(range(len(self._names)), key=lambda position: abs(self._handle_top(position) + HANDLE / 2 - y))

    def _row_at(self, y: int) -> int | None:
        rows = (row for row in range(len(self._blocks)) if self.row_rect(row).top() <= y <= self.row_rect(row).bottom())
        return next(rows, None)

    def _is_focused(self) -> bool:
        """Whether the ring is drawn: only for those who come by keyboard."""
        return self.hasFocus() and self._by_keys

    # --- painting ------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for row in range(len(self._blocks)):
            if self.row_rect(row).intersects(event.rect()):
                self._paint_row(painter, row)
        if self._boundary is not None:
            self._paint_handle(painter)
        elif self._is_focused():
            paint_focus(painter, self)
        painter.end()

    def _paint_row(self, painter: QPainter, row: int) -> None:
        look, rect, start = theme.current(), self.row_rect(row), self._starts.get(self._names[row])
        learns = start is not None
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.colour("accent_soft" if learns else "inset"))
        painter.drawRoundedRect(QRectF(rect), 6, 6)
        mark = QPointF(rect.left() + 21, rect.center().y() + 0.5)
        if learns:
            paint_diamond(painter, mark, hollow=start != 0)
        else:
            paint_lock(painter, mark)
        self._paint_texts(painter, row, rect, learns=learns)

    def _paint_texts(self, painter: QPainter, row: int, rect: QRect, *, learns: bool) -> None:
        look, block = theme.current(), self._blocks[row]
        name_width = self._name_width(rect.width())
        strong, plain, small = theme.font(bold=True), theme.font(), theme.font(theme.SMALL)
        self._text(
            painter, strong, look.ink if learns else look.muted, rect.adjusted(44, 0, 0, 0), block.name, name_width
        )
        left = 44 + name_width + 20
        count = tr("{count} parameters", count=short(block.parameters))
        count_width = QFontMetrics(plain).horizontalAdvance(count) + 2
        self._text(painter, plain, look.muted, rect.adjusted(left, 0, 0, 0), count, count_width)
        says = QFontMetrics(small).elidedText(
            self.describe_row(row), Qt.TextElideMode.ElideRight, rect.width() - left - count_width - 30
        )
        painter.setFont(small)
        painter.drawText(rect.adjusted(0, 0, -14, 0), Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, says)

    def _text(self, painter: QPainter, font: QFont, colour: str, rect: QRect, text: str, width: int) -> None:
        painter.setFont(font)
        painter.setPen(colour)
        fitting = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideMiddle, width)
        painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, fitting)

    def _name_width(self, width: int) -> int:
        metrics = QFontMetrics(theme.font(bold=True))
        widest = max(metrics.horizontalAdvance(name) for name in self._names) + 4
        return min(max(widest, 64), int(0.34 * width))

    def _paint_handle(self, painter: QPainter) -> None:
        look, rect = theme.current(), self.handle_rect()
        font = theme.font(theme.SMALL, bold=True)
        text = tr("drag: learns from here on")
        half = QFontMetrics(font).horizontalAdvance(text) / 2 + 10
        middle, y = rect.center().x() + 0.5, rect.center().y() + 0.5
        painter.setPen(QPen(look.colour("accent"), 2))
        painter.drawLine(QPointF(rect.left(), y), QPointF(middle - half, y))
        painter.drawLine(QPointF(middle + half, y), QPointF(rect.right() + 1, y))
        painter.setFont(font)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
        if self._is_focused():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(middle - half, rect.top() + 1, 2 * half, HANDLE - 2), 8, 8)


def paint_lock(painter: QPainter, centre: QPointF, scale: float = 1.0) -> None:
    """Draw a small closed lock in muted ink."""
    colour = theme.current().colour("muted")
    painter.save()
    painter.translate(centre)
    painter.scale(scale, scale)
    shackle = QPainterPath(QPointF(-3, 0))
    shackle.lineTo(-3, -2.5)
    shackle.arcTo(QRectF(-3, -5.5, 6, 6), 180, -180)
    shackle.lineTo(3, 0)
    painter.strokePath(shackle, QPen(colour, 1.6))
    body = QPainterPath()
    body.addRoundedRect(QRectF(-5, -1, 10, 7), 1.5, 1.5)
    painter.fillPath(body, colour)
    painter.restore()


def paint_diamond(painter: QPainter, centre: QPointF, *, hollow: bool = False) -> None:
    """Draw a small diamond: filled for what learns, hollow for what learns later."""
    colour = theme.current().colour("ink")
    path = QPainterPath()
    reach = 5.0 if hollow else 6.0
    path.moveTo(centre + QPointF(0, -reach))
    for corner in (QPointF(reach, 0), QPointF(0, reach), QPointF(-reach, 0)):
        path.lineTo(centre + corner)
    path.closeSubpath()
    painter.setPen(QPen(colour, 1.6) if hollow else Qt.PenStyle.NoPen)
    painter.setBrush(Qt.BrushStyle.NoBrush if hollow else colour)
    painter.drawPath(path)
