"""The classes a network finds most probable for one picture: a line each, with a bar and its probability."""

from collections.abc import Sequence

from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from kt_gui.schema.quantities import percent
from kt_gui.schema.texts import tr
from kt_gui.widgets.notices import Bar
from kt_gui.widgets.parts import Elided, label
from kt_gui.widgets.theme import font

LINES = 5


class Likelihood(QWidget):
    """Up to five lines, the most probable class first; the picture's own class is set in bold."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Most probable classes"))
        self._lines: list[tuple[Elided, Bar, QLabel]] = []
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(0, 3)
        grid.setColumnStretch(1, 2)
        grid.setColumnMinimumWidth(2, 52)
        for place in range(LINES):
            self._lines.append(_line(grid, place))

    def show_shares(self, shares: Sequence[tuple[str, float]], truth: str) -> None:
        """Show (class, probability) pairs."""
        for place, (name, bar, share) in enumerate(self._lines):
            is_used = place < len(shares)
            for part in (name, bar, share):
                part.setVisible(is_used)
            if is_used:
                of, value = shares[place]
                name.setText(of)
                name.setFont(font(bold=of == truth))
                bar.setAccessibleName(of)
                bar.write(value)
                share.setText(percent(value))


def _line(grid: QGridLayout, place: int) -> tuple[Elided, Bar, QLabel]:
    made = Elided(), Bar(), label("", "small")
    for column, part in enumerate(made):
        grid.addWidget(part, place, column)
    return made
