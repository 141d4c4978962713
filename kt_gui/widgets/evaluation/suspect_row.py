"""One picture whose label is doubted: what it is filed under, what it looks like, and the three answers to that."""

from functools import partial

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QAbstractButton, QWidget

from kt_gui.schema.quantities import percent
from kt_gui.schema.suspicions import Suspect
from kt_gui.schema.texts import tr
from kt_gui.widgets.gallery import paint_picture
from kt_gui.widgets.parts import Elided, Glyph, column, label, row, secondary
from kt_gui.widgets.splits import part_of
from kt_gui.widgets.theme import current, themed

SIDE, CLASS, DEED = 64, 184, 168
"""Of the picture; widths of a class's column and of the button that moves the picture there, in pixels."""


class SuspectRow(QWidget):
    """The row; it is filled anew as the list moves up.

    Signals:
        answered(str): "confirm", "move" or "exclude".
        opened(): show the picture large.
    """

    answered = Signal(str)
    opened = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.suspect: Suspect | None = None
        self.picture = Thumb()
        self.picture.clicked.connect(self.opened)
        self.name = Elided("", "small")
        self.given, self.suggested = Elided("", "strong"), Elided("", "strong")
        self.sure, self.surer = label("", "muted"), label("", "muted")
        self.confirm = secondary(tr("It is right"), partial(self.answered.emit, "confirm"))
        self.move_there = secondary("", partial(self.answered.emit, "move"))
        self.exclude = secondary(tr("Leave out"), partial(self.answered.emit, "exclude"))
        self.move_there.setFixedWidth(DEED)
        self._lay_out()

    def _lay_out(self) -> None:
        for part in (self.given, self.suggested, self.sure, self.surer):
            part.setFixedWidth(CLASS)
        given, suggested = column(self.given, self.sure, spacing=2), column(self.suggested, self.surer, spacing=2)
        classes = row(given, Glyph("chevron-right", "faint"), suggested, None, spacing=12)
        words = column(None, classes, self.name, None, spacing=4)
        whole = row(self.picture, words, self.confirm, self.move_there, self.exclude, spacing=12)
        whole.setStretch(1, 1)
        self.setLayout(whole)

    def show_suspect(self, suspect: Suspect) -> None:
        """Show another picture's label."""
        self.suspect = suspect
        seen = suspect.picture
        self.given.setText(seen.label)
        self.suggested.setText(seen.predicted)
        self.sure.setText(tr("its label, {share} likely", share=percent(suspect.probability)))
        self.surer.setText(tr("looks like it, {share}", share=percent(seen.confidence or 0.0)))
        self.name.setText(tr("{name}, {split}", name=seen.name, split=tr(part_of(seen.split).title)))
        self._name_deeds(seen.predicted)

    def _name_deeds(self, suggested: str) -> None:
        whole = tr("Move to {label}", label=suggested)
        room = DEED - 32
        self.move_there.setText(self.fontMetrics().elidedText(whole, Qt.TextElideMode.ElideRight, room))
        self.move_there.setToolTip(whole)
        assert self.suspect is not None
        name = self.suspect.picture.name
        self.picture.setAccessibleName(tr("Open {name}", name=name))
        for deed, text in (
            (self.confirm, self.confirm.text()),
            (self.move_there, whole),
            (self.exclude, self.exclude.text()),
        ):
            deed.setAccessibleName(tr("{name}: {label}", name=name, label=text))

    def show_picture(self, pixmap: QPixmap | None) -> None:
        """Show the picture; none while it is fetched."""
        self.picture.show_picture(pixmap)


class Thumb(QAbstractButton):
    """A small picture that can be pressed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pixmap = QPixmap()
        self.setFixedSize(SIDE, SIDE)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        themed.changed.connect(self.update)

    def show_picture(self, pixmap: QPixmap | None) -> None:
        """Show another picture."""
        self._pixmap = pixmap or QPixmap()
        self.update()

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(SIDE, SIDE)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the picture; a frame while it has the focus."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        paint_picture(painter, self._pixmap, QRect(0, 0, SIDE, SIDE))
        if self.hasFocus():
            painter.setPen(current().colour("accent"))
            painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 8, 8)
        painter.end()
