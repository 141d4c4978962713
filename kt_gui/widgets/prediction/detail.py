"""One answer, large: the picture, why, how likely each class is, and whether the answer is right."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QMenu, QSizePolicy, QVBoxLayout, QWidget

from kt_gui.bridge.prediction_model import PredictionModel
from kt_gui.schema.prediction_words import unlikeness
from kt_gui.schema.predictions import Predicted
from kt_gui.schema.texts import listed, tr
from kt_gui.widgets.gallery import paint_picture
from kt_gui.widgets.guess_bars import GuessBars
from kt_gui.widgets.icons import icon
from kt_gui.widgets.notices import Notice
from kt_gui.widgets.parts import Card, Chip, Elided, Segmented, fill, link, row, secondary
from kt_gui.widgets.theme import RADIUS, themed

WIDTH = 344
"""Of the card, in pixels."""


class PictureView(QWidget):
    """A picture, as large as there is room."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._png = b""
        self._pixmap = QPixmap()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(128)
        themed.changed.connect(self.update)

    def show_png(self, png: bytes, said: str) -> None:
        """Show a picture; what it is is read aloud."""
        self.setAccessibleName(said)
        if png != self._png:
            self._png, self._pixmap = png, QPixmap()
            self._pixmap.loadFromData(png)
            self.update()

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(WIDTH, WIDTH)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        paint_picture(painter, self._pixmap, self.rect(), RADIUS)
        painter.end()


class Detail(Card):
    """The card beside the list.

    Signals:
        corrected(object, str): a person says of which class a picture is.
        taken_back(object): a person takes that back.
    """

    corrected = Signal(object, str)
    taken_back = Signal(object)

    def __init__(self, model: PredictionModel, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._model = model
        self._classes: Sequence[str] = ()
        self.row: Predicted | None = None
        self.setFixedWidth(WIDTH)
        self._build()
        self._lay_out()
        themed.changed.connect(self._draw)
        self._draw()

    def _build(self) -> None:
        self.name = Elided("", "strong")
        self.picture = PictureView()
        self.views = Segmented([("picture", tr("Picture")), ("why", tr("Why?"))])
        self.views.setAccessibleName(tr("What is shown"))
        self.views.choose("picture")
        self.views.chosen.connect(self._turn)
        self.words = Elided("", "small")
        self.unlike = Chip()
        self.bars = GuessBars()
        self.right = secondary(tr("Right"), self._approve)
        self.wrong = secondary(tr("Wrong, it is…"))
        self.wrong.setMenu(QMenu(self.wrong))
        self.added = Elided("", "muted")
        self.undo = link(tr("Undo"), self._undo)
        self.failures = QVBoxLayout()

    def _lay_out(self) -> None:
        self.right.setToolTip(tr("Add the picture to the target data, as what the network says it is"))
        self.wrong.setToolTip(tr("Add the picture to the target data, as another class"))
        fill(self.failures, ())
        said = row(self.added, self.undo)
        said.setStretch(0, 1)
        tools = row(self.views, None, self.unlike)
        for part in (self.name, tools, self.picture, self.words, self.bars, row(self.right, self.wrong, None), said):
            self.body.addWidget(part) if isinstance(part, QWidget) else self.body.addLayout(part)
        self.body.addLayout(self.failures)
        self.body.setStretchFactor(self.picture, 1)

    @Slot()
    def _draw(self) -> None:
        self.right.setIcon(icon("check", "good"))
        self.wrong.setIcon(icon("close", "bad"))

    def show_classes(self, classes: Sequence[str]) -> None:
        """Offer these classes for a picture that was taken for another."""
        if classes == self._classes:
            return
        self._classes = classes
        self.wrong.menu().clear()
        for name in classes:
            self.wrong.menu().addAction(_plain(name)).triggered.connect(partial(self._correct, name))

    @Slot(object)
    def show_row(self, shown: Predicted | None) -> None:
        """Show another answer."""
        if shown is self.row:
            return
        self.row = shown
        if shown is not None:
            self._model.look_at(shown.given)
            self._turn(self.views.value or "picture")
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Show what is known now."""
        self.setEnabled(self.row is not None)
        if self.row is None:
            self._show_nothing()
            return
        self.name.setText(self.row.name)
        self.bars.show_guesses(self.row.top)
        self.unlike.write(tr("Unlike its training") if self.row.is_unlike else "", "warning")
        if self._model.began is not None:
            self.unlike.setToolTip(unlikeness(self._model.began.novelty))
        self._show_picture(self.row)
        self._show_added(self.row)
        self._show_failure()

    def _show_nothing(self) -> None:
        self.name.setText(tr("Choose a picture from the list"))
        self.picture.show_png(b"", "")
        self.bars.show_guesses(())
        self.unlike.write("")
        for text in (self.words, self.added):
            text.setText("")
        self.undo.hide()

    def _show_picture(self, shown: Predicted) -> None:
        model = self._model
        self.words.setVisible(self.views.value == "why")
        if self.views.value == "why":
            self.words.setText(self._why())
            if model.explained is not None:
                self.picture.show_png(model.explained.after, tr("What speaks for {label}", label=shown.top[0].label))
                self.words.setToolTip("\n".join(map(str, model.explained.words)))
                return
        large = model.enlarged
        is_read = large is not None and large.given == shown.given
        self.picture.show_png(large.png if is_read and large is not None else shown.thumbnail, shown.name)

    def _why(self) -> str:
        model = self._model
        if model.busy("explain"):
            return tr("Looking for what speaks for it…")
        if model.unexplained is not None:
            return str(model.unexplained.message)
        return listed(map(str, model.explained.words)) if model.explained is not None else ""

    def _show_added(self, shown: Predicted) -> None:
        added = self._model.added.get(shown.given)
        is_adding = self._model.busy("add")
        self.right.setEnabled(added is None and not is_adding)
        self.wrong.setEnabled(added is None and not is_adding)
        self.undo.setVisible(added is not None)
        said = tr("Added as {label}: the next run learns from it.", label=added[0]) if added is not None else ""
        self.added.setText(tr("Adding…") if is_adding else said)

    def _show_failure(self) -> None:
        """Say why a picture could not be read, explained or added."""
        model = self._model
        jobs = ("add", "enlarge", *(("explain",) if self.views.value == "why" else ()))
        failure = next((found for job in jobs if (found := model.failure(job)) is not None), None)
        told = self.failures.itemAt(0)
        if told is not None:
            old = told.widget()
            assert isinstance(old, Notice)
            if failure is not None and old.text.text() == failure.message:
                return
            old.hide()
            self.failures.removeWidget(old)
            old.deleteLater()
        if failure is not None:
            self.failures.addWidget(Notice("error", failure.message, failure.remedy))

    @Slot(str)
    def _turn(self, view: str) -> None:
        if view == "why" and self.row is not None and self._model.explained is None and not self._model.busy("explain"):
            self._model.explain(self.row.given, self.row.top[0].label)
        self.refresh()

    def _approve(self) -> None:
        if self.row is not None:
            self.corrected.emit(self.row, self.row.top[0].label)

    def _correct(self, name: str) -> None:
        if self.row is not None:
            self.corrected.emit(self.row, name)

    def _undo(self) -> None:
        if self.row is not None:
            self.taken_back.emit(self.row)


def _plain(name: str) -> str:
    """A class's name in a menu, where & would underline the next letter."""
    return name.replace("&", "&&")
