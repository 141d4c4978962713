"""A choice among a few ways, each a card with a title and a sentence. Arrow keys move along it."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QEnterEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QBoxLayout, QButtonGroup, QSizePolicy, QWidget

from kt_gui.widgets.icons import paint_icon
from kt_gui.widgets.parts import fill
from kt_gui.widgets.theme import GAP, RADIUS, SMALL, TEXT, current, font, themed

HEIGHT = 88
_FLAT, _ICON, _PADDING = 64, 20, 14


@dataclass(frozen=True)
class Way:
    """One of the choices; texts are translated."""

    value: str
    icon: str
    title: str
    sentence: str
    is_quiet: bool = False
    """Without a ground of its own, and narrower: a way that few want."""


class ChoiceCards(QWidget):
    """The cards, side by side or one under the other.

    Signals:
        chosen(str): a person chose this value.
    """

    chosen = Signal(str)

    def __init__(
        self, name: str, ways: Sequence[Way], parent: QWidget | None = None, *, is_column: bool = False
    ) -> None:
        """`name` is read aloud: what is chosen. `is_column` stacks the cards."""
        super().__init__(parent)
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self.cards = {way.value: ChoiceCard(way) for way in ways}
        layout = QBoxLayout(QBoxLayout.Direction.TopToBottom if is_column else QBoxLayout.Direction.LeftToRight, self)
        fill(layout, (), GAP)
        for way in ways:
            layout.addWidget(self.cards[way.value], 3 if way.is_quiet else 4)
            self._group.addButton(self.cards[way.value])
            if is_column:
                self.cards[way.value].setFixedHeight(_FLAT)
        self._group.buttonClicked.connect(self._tell)

    @property
    def value(self) -> str:
        """The choice that holds."""
        return next((value for value, card in self.cards.items() if card.isChecked()), "")

    def choose(self, value: str) -> None:
        """Show a choice without saying so."""
        self.cards[value].setChecked(True)

    @Slot()
    def _tell(self) -> None:
        self.chosen.emit(self.value)


class ChoiceCard(QAbstractButton):
    """One card: an icon, a title, a sentence of up to three lines, and a ring around the one that holds."""

    def __init__(self, way: Way, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._way = way
        self.setCheckable(True)
        self.setText(way.title)
        self.setAccessibleName(way.title)
        self.setAccessibleDescription(way.sentence)
        self.setToolTip(way.sentence)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        themed.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(200, HEIGHT)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Brighten."""
        super().enterEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw ground, ring, icon and words."""
        look = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._ring())
        painter.setBrush(self._ground())
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        place = QRectF(_PADDING, _PADDING, _ICON, _ICON)
        paint_icon(painter, self._way.icon, look.accent if self.isChecked() else look.muted, place)
        self._write(painter)
        painter.end()

    def _ring(self) -> QPen:
        if self.hasFocus():
            return QPen(current().colour("ink"), 2)
        if self.isChecked():
            return QPen(current().colour("accent"), 2)
        return QPen(Qt.PenStyle.NoPen)

    def _ground(self) -> QColor:
        if self.underMouse() and not self.isChecked():
            return current().colour("hover")
        if self._way.is_quiet and not self.isChecked():
            return QColor(Qt.GlobalColor.transparent)
        return current().colour("card")

    def _write(self, painter: QPainter) -> None:
        left = _PADDING + _ICON + 10
        width = self.width() - left - _PADDING
        painter.setFont(font(TEXT, bold=True))
        painter.setPen(current().colour("ink"))
        title = painter.fontMetrics().elidedText(self._way.title, Qt.TextElideMode.ElideRight, width)
        painter.drawText(QRectF(left, _PADDING - 1, width, 22), Qt.AlignmentFlag.AlignVCenter, title)
        painter.setFont(font(SMALL))
        painter.setPen(current().colour("muted"))
        painter.drawText(QRectF(left, _PADDING + 22, width, 52), Qt.TextFlag.TextWordWrap, self._way.sentence)
