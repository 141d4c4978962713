"""The small parts that every page is made of: layouts, cards, headings, labels, buttons, notices, bars.

A page builds with these and sets no colours or sizes of its own.
"""

from collections.abc import Callable, Sequence
from typing import Literal

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from kt_gui.widgets.icons import icon, pixmap
from kt_gui.widgets.theme import GAP, GRID, MARGIN, current, themed

Tone = Literal["", "accent", "good", "warning", "bad"]
Level = Literal["information", "good", "warning", "error"]
Part = QWidget | QLayout | None


# --- layouts -----------------------------------------------------------------------------------------------------


def row(*parts: Part, spacing: int = GRID) -> QHBoxLayout:
    """Lay parts side by side; None is a stretch."""
    made = QHBoxLayout()
    fill(made, parts, spacing)
    return made


def column(*parts: Part, spacing: int = GRID) -> QVBoxLayout:
    """Lay parts one under the other; None is a stretch."""
    made = QVBoxLayout()
    fill(made, parts, spacing)
    return made


def fill(layout: QBoxLayout, parts: Sequence[Part], spacing: int = GRID) -> None:
    """Put parts into an empty layout without margins; None is a stretch."""
    layout.setSpacing(spacing)
    layout.setContentsMargins(0, 0, 0, 0)
    for part in parts:
        if part is None:
            layout.addStretch(1)
        elif isinstance(part, QWidget):
            layout.addWidget(part)
        else:
            layout.addLayout(part)


def clear(layout: QLayout) -> None:
    """Take all widgets out of a layout, and let go of them."""
    while (item := layout.takeAt(0)) is not None:
        if (old := item.widget()) is not None:
            old.hide()
            old.deleteLater()


def page_layout(page: QWidget) -> QVBoxLayout:
    """Give a page its background and the margins and gaps all pages share."""
    page.setProperty("kind", "page")
    page.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    made = QVBoxLayout(page)
    made.setContentsMargins(MARGIN, GAP, MARGIN, GAP)
    made.setSpacing(GAP)
    return made


def scrolled(inside: QWidget) -> QScrollArea:
    """Let a widget scroll up and down where it does not fit, without frame or background."""
    inside.setProperty("kind", "plain")
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(inside)
    area.viewport().setAutoFillBackground(False)
    return area


class Card(QFrame):
    """A surface with 16 pixels of padding: `header` (title, then what stands at the right) over `body`."""

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(GAP, GAP, GAP, GAP)
        outer.setSpacing(GRID)
        self.title = label(title, "strong")
        self.title.setVisible(bool(title))
        self.header = row(self.title, None)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(GRID)
        outer.addLayout(self.header)
        outer.addLayout(self.body, 1)

    def rename(self, title: str) -> None:
        """Change the title."""
        self.title.setText(title)
        self.title.setVisible(bool(title))


class Heading(QWidget):
    """A page's title and the sentence under it; buttons go into `buttons`, at the right."""

    def __init__(self, title: str, subtitle: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = label(title, "title")
        self._subtitle = Elided(subtitle, "muted")
        self.buttons = row(spacing=12)
        words = column(self._title, self._subtitle, spacing=2)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        layout.addLayout(words, 1)
        layout.addLayout(self.buttons)
        self.setFixedHeight(48)

    def write(self, title: str, subtitle: str = "") -> None:
        """Change both lines."""
        self._title.setText(title)
        self._subtitle.setText(subtitle)


def line() -> QFrame:
    """A thin horizontal line."""
    made = QFrame()
    made.setProperty("kind", "line")
    return made


# --- labels ------------------------------------------------------------------------------------------------------


def label(text: str = "", kind: str = "", tone: Tone = "", *, wrap: bool = False) -> QLabel:
    """Plain text. Kinds: title, figure, strong, muted, small, tiny; none for the running text."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("kind", kind)
    made.setProperty("tone", tone)
    made.setWordWrap(wrap)
    return made


def tint(widget: QWidget, tone: Tone) -> None:
    """Give a label, chip or notice another tone."""
    if widget.property("tone") != tone:
        widget.setProperty("tone", tone)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


class Muted(QLabel):
    """A sentence in grey that wraps."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("kind", "muted")
        self.setWordWrap(True)


class Chip(QLabel):
    """A word or two on a tinted ground: a state, a setting in use."""

    def __init__(self, text: str = "", tone: Tone = "accent", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("kind", "chip")
        self.setProperty("tone", tone)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)

    def write(self, text: str, tone: Tone = "accent") -> None:
        """Change text and tone; no text hides the chip."""
        self.setText(text)
        self.setVisible(bool(text))
        tint(self, tone)


class Elided(QLabel):
    """One line that is cut with … where it does not fit; the whole text is its tooltip then."""

    def __init__(
        self,
        text: str = "",
        kind: str = "",
        parent: QWidget | None = None,
        *,
        cut: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        """`cut` says where: in the middle of a path, whose end says most."""
        super().__init__(parent)
        self._whole, self._cut = "", cut
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("kind", kind)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.setText(text)

    def text(self) -> str:
        """The whole text."""
        return self._whole

    def setText(self, text: str) -> None:
        """Change the text."""
        if text == self._whole:
            return
        self._whole = text
        self.setAccessibleName(text)
        self.updateGeometry()
        self._fit()

    def sizeHint(self) -> QSize:
        """As wide as the whole text."""
        self.ensurePolished()
        return QSize(self.fontMetrics().horizontalAdvance(self._whole) + 2, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """A few letters."""
        return QSize(24, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut anew."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.ensurePolished()
        shown = self.fontMetrics().elidedText(self._whole, self._cut, self.width())
        super().setText(shown)
        self.setToolTip(self._whole if shown != self._whole else "")


class Glyph(QLabel):
    """An icon that is only looked at, in a token's colour, in both looks."""

    def __init__(self, name: str, token: str = "muted", size: int = 16, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._token, self._size = name, token, size
        self.setFixedSize(size, size)
        themed.changed.connect(self._draw)
        self._draw()

    def show_icon(self, name: str, token: str) -> None:
        """Show another icon."""
        self._name, self._token = name, token
        self._draw()

    @Slot()
    def _draw(self) -> None:
        self.setPixmap(pixmap(self._name, getattr(current(), self._token), self._size, self.devicePixelRatioF()))


class Tile(Card):
    """A figure with its caption above and a note below, as in the row over the charts."""

    def __init__(self, caption: str, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._figure = Elided("", "figure")
        self._note = Elided("", "small")
        self._caption = Elided(caption, "muted")
        self.body.setSpacing(4)
        for part in (self._caption, self._figure, self._note):
            self.body.addWidget(part)

    def write(self, figure: str, note: str = "", tone: Tone = "") -> None:
        """Change figure and note."""
        self._figure.setText(figure)
        self._note.setText(note)
        tint(self._figure, tone)


# --- buttons -----------------------------------------------------------------------------------------------------


def primary(text: str, clicked: Callable[[], object] | None = None) -> QPushButton:
    """The one button a page is about."""
    return button(text, "primary", clicked)


def secondary(text: str, clicked: Callable[[], object] | None = None) -> QPushButton:
    """Any other button."""
    return button(text, "", clicked)


def danger(text: str, clicked: Callable[[], object] | None = None) -> QPushButton:
    """A button that throws something away."""
    return button(text, "danger", clicked)


def quiet(text: str, clicked: Callable[[], object] | None = None) -> QPushButton:
    """A button without a frame."""
    return button(text, "quiet", clicked)


def link(text: str, clicked: Callable[[], object] | None = None) -> QPushButton:
    """A button that looks like a word in the text, such as "show"."""
    return button(text, "link", clicked)


def button(text: str, kind: str = "", clicked: Callable[[], object] | None = None) -> QPushButton:
    """A button of a kind: primary, danger, quiet, link, segment; none for the usual one."""
    made = QPushButton(text)
    made.setProperty("kind", kind)
    made.setAutoDefault(False)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    if clicked is not None:
        made.clicked.connect(lambda: clicked())
    return made


class IconButton(QPushButton):
    """A small button of an icon alone; its name is read aloud and shown as a tooltip."""

    def __init__(self, name: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self.setProperty("kind", "quiet")
        self.setToolTip(text)
        self.setAccessibleName(text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedSize(32, 32)
        themed.changed.connect(self._draw)
        self._draw()

    @Slot()
    def _draw(self) -> None:
        self.setIcon(icon(self._name, "muted"))


class Segmented(QFrame):
    """A few choices side by side, one of which holds.

    Signals:
        chosen(str): a person chose this value.
    """

    chosen = Signal(str)

    def __init__(self, choices: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        """`choices` are (value, text)."""
        super().__init__(parent)
        self.setProperty("kind", "inset")
        self._group = QButtonGroup(self)
        self._buttons = {value: button(text, "segment") for value, text in choices}
        layout = QHBoxLayout(self)
        fill(layout, tuple(self._buttons.values()), 2)
        layout.setContentsMargins(2, 2, 2, 2)
        for each in self._buttons.values():
            each.setCheckable(True)
            self._group.addButton(each)
        self._group.buttonClicked.connect(self._choose)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)

    @property
    def value(self) -> str | None:
        """The choice that holds."""
        return next((value for value, each in self._buttons.items() if each.isChecked()), None)

    def choose(self, value: str) -> None:
        """Show a choice without saying so."""
        self._buttons[value].setChecked(True)

    def allow(self, value: str, *, is_possible: bool, why: str = "") -> None:
        """Let a choice be made, or say why not."""
        self._buttons[value].setEnabled(is_possible)
        self._buttons[value].setToolTip(why)

    @Slot()
    def _choose(self) -> None:
        if self.value is not None:
            self.chosen.emit(self.value)
