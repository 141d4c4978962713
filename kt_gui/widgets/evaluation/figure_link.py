"""A tile whose figure is a link to the pictures behind it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from kt_gui.schema.texts import tr
from kt_gui.widgets.parts import Card, Elided, button


class FigureLink(Card):
    """A caption, the figure, a note.

    Signals:
        wanted(): a person wants to see the pictures behind the figure.
    """

    wanted = Signal()

    def __init__(self, caption: str, hint: str, parent: QWidget | None = None) -> None:
        """`hint` says which pictures a click shows."""
        super().__init__(parent=parent)
        self._caption = Elided(caption, "muted")
        self.figure = button("", "figure", self.wanted.emit)
        self._note = Elided("", "small")
        self.body.setSpacing(4)
        for part in (self._caption, self.figure, self._note):
            self.body.addWidget(part)
        self._hint = hint
        self.figure.setToolTip(hint)
        self.figure.setCursor(Qt.CursorShape.PointingHandCursor)

    def write(self, figure: str, note: str = "", caption: str = "") -> None:
        """Change figure and note, and the caption where there is another."""
        if caption:
            self._caption.setText(caption)
        self.figure.setText(figure)
        said = {"caption": self._caption.text(), "figure": figure, "hint": self._hint}
        self.figure.setAccessibleName(tr("{caption}: {figure}. {hint}", **said))
        self._note.setText(note)
