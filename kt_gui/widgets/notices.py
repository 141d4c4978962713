"""Parts that tell a person something: a notice, the reason why a button is disabled, a bar of progress, a fold."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, QTimerEvent, Slot
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from kt_gui.schema.quantities import percent
from kt_gui.widgets.icons import icon
from kt_gui.widgets.parts import Elided, Glyph, Level, Muted, Tone, button, column, label, row
from kt_gui.widgets.theme import GRID, current, themed

_LOOKS: dict[Level, tuple[str, str, Tone]] = {
    "information": ("information", "accent", "accent"),
    "good": ("check", "good", "good"),
    "warning": ("warning", "warning", "warning"),
    "error": ("error", "bad", "bad"),
}


class Notice(QFrame):
    """A tinted strip: what is the matter, what to do about it, and buttons that do it (in `buttons`)."""

    def __init__(self, level: Level, text: str, remedy: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        drawing, token, tone = _LOOKS[level]
        self.setProperty("kind", "notice")
        self.setProperty("tone", tone)
        self.text = label(text, wrap=True)
        self.remedy = Muted()
        self.buttons = row()
        self._sign = Glyph(drawing, token)
        layout = self._row = QHBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.setSpacing(10)
        layout.addWidget(self._sign)
        layout.addLayout(column(self.text, self.remedy, spacing=2), 1)
        layout.addLayout(self.buttons)
        self.write(text, remedy)

    def write(self, text: str, remedy: str = "") -> None:
        """Change what is said."""
        self.text.setText(text)
        self.remedy.setText(remedy)
        self.remedy.setVisible(bool(remedy))
        top, middle = Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignVCenter
        self._row.setAlignment(self._sign, top if remedy else middle)  # beside the first line


class Reason(QWidget):
    """Why a button beside it is disabled; takes no room while there is no reason."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = Elided("", "muted")
        layout = row(Glyph("warning", "warning"), self._words)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.hide()

    def text(self) -> str:
        """The reasons shown."""
        return self._words.text()

    def explain(self, reasons: Sequence[str]) -> None:
        """Show the first reason, and how many more; all of them as a tooltip."""
        self._words.setText(reasons[0] if reasons else "")
        self.setToolTip("\n".join(reasons) if len(reasons) > 1 else "")
        self.setVisible(bool(reasons))


class Bar(QWidget):
    """A thin rounded bar of progress from 0 to 1; None while nobody knows how much there is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value: float | None = 0.0
        self._phase = 0.0
        self._timer = 0
        self.setFixedHeight(6)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themed.changed.connect(self.update)

    @property
    def value(self) -> float | None:
        """The share that is done."""
        return self._value

    def write(self, value: float | None) -> None:
        """Change the share that is done."""
        self._value = value
        self.setAccessibleDescription("" if value is None else percent(value, 0))
        self._beat()
        self.update()

    def sizeHint(self) -> QSize:
        """Wide enough to be seen."""
        return QSize(120, 6)

    def showEvent(self, event: QShowEvent) -> None:
        """Move while seen."""
        super().showEvent(event)
        self._beat()

    def hideEvent(self, event: QHideEvent) -> None:
        """Rest while unseen."""
        super().hideEvent(event)
        self._beat()

    def timerEvent(self, _event: QTimerEvent) -> None:
        """Move the piece that stands for unknown progress."""
        self._phase = (self._phase + 0.02) % 1.0
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw a groove and what is done."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        radius = self.height() / 2
        painter.setBrush(current().colour("line"))
        painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        painter.setBrush(current().colour("accent"))
        painter.drawRoundedRect(self._piece(), radius, radius)
        painter.end()

    def _piece(self) -> QRectF:
        width, height = float(self.width()), float(self.height())
        if self._value is None:
            return QRectF(self._phase * width * 0.7, 0, width * 0.3, height)
        share = min(1.0, max(0.0, self._value))
        return QRectF(0, 0, max(height, width * share) if share > 0 else 0, height)

    def _beat(self) -> None:
        moving = self._value is None and self.isVisible()
        if moving and not self._timer:
            self._timer = self.startTimer(50)
        elif not moving and self._timer:
            self.killTimer(self._timer)
            self._timer = 0


class Fold(QWidget):
    """A line with a title and its present value that opens to `body`."""

    def __init__(self, title: str, summary: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button: QPushButton = button(title, "fold")
        self.button.setCheckable(True)
        self.button.setMinimumWidth(128)
        self.button.toggled.connect(self._open)
        self.summary = label(summary, "muted")
        self.inside = QWidget()
        self.body = QVBoxLayout(self.inside)
        self.body.setContentsMargins(24, 0, 0, 12)
        self.body.setSpacing(GRID)
        self.inside.hide()
        head = row(self.button, self.summary)
        head.setStretch(1, 1)
        self.setLayout(column(head, self.inside, spacing=0))
        themed.changed.connect(self._draw)
        self._draw()

    @Slot(bool)
    def _open(self, is_open: bool) -> None:
        self.inside.setVisible(is_open)
        self._draw()

    @Slot()
    def _draw(self) -> None:
        self.button.setIcon(icon("chevron-down" if self.button.isChecked() else "chevron-right", "muted", 12))
