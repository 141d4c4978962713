"""The rail at the left: the steps with their states, runs and studies, and the settings at its foot."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget

from kt_gui.bridge.steps import LISTS, STEPS, TITLES, Look, Name, State
from kt_gui.schema.texts import listed, mark, tr
from kt_gui.widgets.icons import paint_icon
from kt_gui.widgets.parts import line
from kt_gui.widgets.theme import GRID, RAIL, SMALL, TEXT, TINY, Theme, current, font, themed

ROW = 38
DISC = 22
_SPOKEN: dict[State, str] = {
    "empty": "",
    "ready": mark("ready"),
    "warning": mark("needs attention"),
    "running": mark("running"),
}


class RailItem(QPushButton):
    """One row: a disc with a number, a mark or an icon, a title, and a short value at the right."""

    def __init__(self, title: str, *, number: int = 0, icon: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title, self._number, self._icon = title, number, icon
        self._look = Look()
        self.setFlat(True)
        self.setFixedHeight(ROW)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        themed.changed.connect(self.update)
        self.show_look(Look())

    def show_look(self, look: Look) -> None:
        """Show how the step stands."""
        spoken = listed((self._title, tr(_SPOKEN[look.state]), look.value))
        if look != self._look or spoken != self.accessibleName():
            self._look = look
            self.setAccessibleName(spoken)
            self.update()

    @property
    def look(self) -> Look:
        """How the step stands."""
        return self._look

    def rename(self, title: str) -> None:
        """Change the title."""
        self._title = title
        self.show_look(self._look)

    def sizeHint(self) -> QSize:
        """As wide as the rail lets it be."""
        return QSize(RAIL - 24, ROW)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the row."""
        theme = current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, theme)
        self._paint_disc(painter, theme)
        self._paint_words(painter, theme)
        painter.end()

    def _paint_ground(self, painter: QPainter, theme: Theme) -> None:
        ground = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.setPen(QPen(theme.colour("accent"), 2) if self.hasFocus() else Qt.PenStyle.NoPen)
        if self.isChecked():
            painter.setBrush(theme.colour("card"))
        elif self.underMouse():
            painter.setBrush(theme.colour("line"))
        else:
            painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(ground, 8, 8)

    def _paint_disc(self, painter: QPainter, theme: Theme) -> None:
        place = QRectF(8, (self.height() - DISC) / 2, DISC, DISC)
        state = self._look.state
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._disc_colour(theme))
        painter.drawEllipse(place)
        inner = place.adjusted(5, 5, -5, -5)
        if self.isChecked() and self._number:
            self._paint_number(painter, place, theme.on_accent)
        elif state == "ready" and self._number:
            paint_icon(painter, "check", theme.card, inner)
        elif state == "warning":
            self._paint_sign(painter, place, "!", theme.card)
        elif self._icon:
            paint_icon(painter, self._icon, theme.muted, place.adjusted(4, 4, -4, -4))
        else:
            self._paint_number(painter, place, theme.muted)
        if state == "running" and not self.isChecked():
            self._paint_ring(painter, place, theme.colour("accent"))

    def _disc_colour(self, theme: Theme) -> QColor:
        if self.isChecked() and self._number:
            return theme.colour("accent")
        tokens: dict[State, str] = {"ready": "good", "warning": "warning"}
        is_plain = self._look.state not in tokens or not self._number
        return theme.colour("line") if is_plain else theme.colour(tokens[self._look.state])

    def _paint_number(self, painter: QPainter, place: QRectF, colour: str) -> None:
        self._paint_sign(painter, place, str(self._number), colour)

    def _paint_sign(self, painter: QPainter, place: QRectF, sign: str, colour: str) -> None:
        painter.setPen(QColor(colour))
        painter.setFont(font(SMALL, bold=True))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, sign)

    def _paint_ring(self, painter: QPainter, place: QRectF, colour: QColor) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawArc(place.adjusted(1, 1, -1, -1), 90 * 16, -270 * 16)

    def _paint_words(self, painter: QPainter, theme: Theme) -> None:
        painter.setPen(theme.colour("ink" if self.isChecked() else "muted"))
        painter.setFont(font(TEXT, bold=self.isChecked()))
        left, right = 40.0, self.width() - 8.0
        title_width = painter.fontMetrics().horizontalAdvance(self._title)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(left, 0, right - left, self.height()), middle, self._title)
        if self.isChecked() and self._number:
            return
        painter.setPen(theme.colour("faint"))
        painter.setFont(font(TINY))
        room = right - left - title_width - 10
        value = painter.fontMetrics().elidedText(self._look.value, Qt.TextElideMode.ElideRight, int(room))
        painter.drawText(QRectF(right - room, 0, room, self.height()), middle | Qt.AlignmentFlag.AlignRight, value)


class _Name(QPushButton):
    """The program's name, which leads back to the start page."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setFlat(True)
        self.setFixedHeight(44)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(tr("Back to the start page"))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the name."""
        painter = QPainter(self)
        painter.setPen(current().colour("accent" if self.hasFocus() else "ink"))
        painter.setFont(font(15, bold=True))
        painter.drawText(QPointF(8, 27), self.text())
        painter.end()


class Rail(QWidget):
    """All rows, from the name to the foot.

    Signals:
        wanted(str): a page was asked for by its name.
    """

    wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(RAIL)
        self._rows = {name: RailItem(tr(TITLES[name]), number=place) for place, name in enumerate(STEPS, 1)}
        self._rows |= {name: RailItem(tr(TITLES[name]), icon=name) for name in LISTS}
        self._name = _Name("Knowledge Transfer")
        self.language = RailItem("", icon="language")
        self.theme = RailItem("", icon="theme")
        self.settings = RailItem(tr("Settings and help"), icon="settings")
        self._lay_out()
        self._connect()

    def show_page(self, name: str) -> None:
        """Mark the row of a page."""
        for each, item in self._rows.items():
            item.setChecked(each == name)

    def show_looks(self, look: Callable[[Name], Look]) -> None:
        """Ask each row's look and show it."""
        for name, item in self._rows.items():
            item.show_look(look(name))

    def item(self, name: Name) -> RailItem:
        """The row of a page."""
        return self._rows[name]

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(4)
        layout.addWidget(self._name)
        layout.addSpacing(GRID)
        for name in STEPS:
            layout.addWidget(self._rows[name])
        layout.addSpacing(8)
        separator = QWidget()
        inner = QVBoxLayout(separator)
        inner.setContentsMargins(8, 0, 8, 0)
        inner.addWidget(line())
        layout.addWidget(separator)
        layout.addSpacing(8)
        for name in LISTS:
            layout.addWidget(self._rows[name])
        layout.addStretch(1)
        for item in (self.language, self.theme, self.settings):
            layout.addWidget(item)

    def _connect(self) -> None:
        self._name.clicked.connect(self._want_start)
        for name, item in self._rows.items():
            item.setCheckable(True)
            item.clicked.connect(self._want)
            item.setProperty("page", name)

    @Slot()
    def _want_start(self) -> None:
        self.wanted.emit("start")

    @Slot()
    def _want(self) -> None:
        item = self.sender()
        if isinstance(item, RailItem):
            item.setChecked(True)
            self.wanted.emit(item.property("page"))
