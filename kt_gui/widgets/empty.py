"""What a place shows that holds nothing yet: one sentence, and the one button that fills it."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from kt_gui.widgets.parts import Glyph, Muted, label, primary
from kt_gui.widgets.theme import GRID


class Empty(QWidget):
    """An icon, a title, a sentence, and a button, in the middle of the room there is."""

    def __init__(
        self,
        icon: str,
        title: str,
        sentence: str = "",
        action: str = "",
        clicked: Callable[[], object] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setSpacing(GRID)
        centre = Qt.AlignmentFlag.AlignHCenter
        words = self._words = Muted(sentence)
        words.setAlignment(centre)
        words.setFixedWidth(360)
        row = QHBoxLayout()  # an aligned label would be given the height that its text needs at the page's full width
        row.addStretch(1)
        row.addWidget(words)
        row.addStretch(1)
        layout.addStretch(2)
        layout.addWidget(Glyph(icon, "faint", 32), 0, centre)
        layout.addSpacing(GRID)
        self._title = label(title, "strong")
        layout.addWidget(self._title, 0, centre)
        layout.addLayout(row)
        self.button = primary(action, clicked)
        self.button.setVisible(bool(action))
        layout.addSpacing(GRID)
        buttons = self._buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        buttons.addWidget(self.button)
        layout.addLayout(buttons)
        layout.setAlignment(buttons, centre)
        layout.addStretch(3)

    def add_button(self, added: QPushButton) -> None:
        """Offer another way on, beside the first."""
        self._buttons.addWidget(added)

    def say(self, title: str, sentence: str) -> None:
        """Change title and sentence."""
        self._title.setText(title)
        self._words.setText(sentence)
