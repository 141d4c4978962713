"""The most probable classes of one picture, each with its bar."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from kt_gui.schema.predictions import Guess
from kt_gui.schema.quantities import percent
from kt_gui.schema.texts import listed, tr
from kt_gui.widgets.theme import GRID, SMALL, current, font, themed

ROW, NAME, SHARE = 22, 0.4, 56
"""Height of a row in pixels, the names' part of the width, and pixels for the percentage."""


class GuessBars(QWidget):
    """A row a class."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._guesses: Sequence[Guess] = ()
        self._strong = ""
        self.setAccessibleName(tr("The most probable classes"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        themed.changed.connect(self.update)

    def show_guesses(self, guesses: Sequence[Guess], strong: str | None = None) -> None:
        """Show these, the most probable first; the first, or the class that is named, is set in bold."""
        self._guesses = guesses
        self._strong = strong if strong is not None else guesses[0].label if guesses else ""
        self.setAccessibleDescription(listed(f"{guess.label} {percent(guess.probability)}" for guess in guesses))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """A row each."""
        return QSize(240, ROW * len(self._guesses))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the rows."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, guess in enumerate(self._guesses):
            self._paint_row(painter, guess, QRectF(0, ROW * number, self.width(), ROW), is_first=number == 0)
        painter.end()

    def _paint_row(self, painter: QPainter, guess: Guess, place: QRectF, *, is_first: bool) -> None:
        names = QRectF(place)
        names.setWidth(round(place.width() * NAME))
        bar = QRectF(names.right() + GRID, place.center().y() - 3, place.right() - SHARE - names.right() - GRID, 6)
        paint_guess(painter, guess, bar, is_first=is_first)
        is_strong = guess.label == self._strong
        painter.setFont(font(SMALL, bold=is_strong))
        painter.setPen(current().colour("ink" if is_strong else "muted"))
        text = painter.fontMetrics().elidedText(guess.label, Qt.TextElideMode.ElideRight, round(names.width()))
        painter.drawText(names, Qt.AlignmentFlag.AlignVCenter, text)
        aligned = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(place, aligned, percent(guess.probability))


def paint_guess(painter: QPainter, guess: Guess, place: QRectF, *, is_first: bool) -> None:
    """Draw how likely a class is, as a bar in its groove."""
    radius = place.height() / 2
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(current().colour("line"))
    painter.drawRoundedRect(place, radius, radius)
    width = max(place.height(), place.width() * guess.probability)
    painter.setBrush(current().colour("accent" if is_first else "dots"))
    painter.drawRoundedRect(place.adjusted(0, 0, width - place.width(), 0), radius, radius)
