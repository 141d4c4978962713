"""One picture, large, out of several: what it is, what the network said of it, and what can be done with it."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QMenu, QVBoxLayout, QWidget

from kt_gui.bridge.album import LARGE
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models
from kt_gui.schema.datasets import Dataset
from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Picture
from kt_gui.schema.predictions import Guess
from kt_gui.schema.quantities import percent
from kt_gui.schema.texts import mark, thousands, tr
from kt_gui.session.album import file_of
from kt_gui.session.opening import data_of
from kt_gui.store.environment import Role
from kt_gui.widgets.evaluation.canvas import Canvas
from kt_gui.widgets.guess_bars import GuessBars
from kt_gui.widgets.notices import Notice
from kt_gui.widgets.parts import (
    Elided,
    Glyph,
    IconButton,
    Muted,
    button,
    clear,
    column,
    danger,
    fill,
    label,
    link,
    row,
    secondary,
)
from kt_gui.widgets.theme import GAP, MARGIN

SIZE, WIDTH = QSize(880, 600), 304
"""Of the window, and of the words beside the picture, in pixels."""
LINES = 5
"""Classes that are told of a picture, the most probable ones."""
NEAR = (2, -1, 1)
"""Neighbours that are fetched before a person turns to them, the nearest last."""
_SPLITS = {
    "train": mark("a picture it learnt from"),
    "validation": mark("a validation picture"),
    "test": mark("a test picture"),
    "unused": mark("a picture that was not used"),
}


def show_pictures(
    models: Models,
    pictures: Sequence[Picture],
    at: int,
    parent: QWidget,
    *,
    data: Dataset | None = None,
    role: Role = "target",
    folder: Path | None = None,
    classes: Sequence[str] = (),
) -> "Viewer":
    """Open the viewer on pictures, at one of them; arrow keys walk through the others.

    They are of the run in view, or of another one where its `folder` is named: of its data in a role, or of any other
    set, where `data` names one. `classes` are those that a picture may be moved to, where they are not the run's.
    """
    made = Viewer(models, pictures, data, role, parent.window(), folder, classes)
    made.go(at)
    made.open()
    return made


class Viewer(QDialog):
    """The window: the picture at the left, words and deeds at the right, the way to the next ones at the foot."""

    def __init__(
        self,
        models: Models,
        pictures: Sequence[Picture],
        data: Dataset | None,
        role: Role,
        parent: QWidget,
        folder: Path | None = None,
        classes: Sequence[str] = (),
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._models = models
        self._pictures = pictures
        self._other, self._role, self._folder = data, role, folder
        self._named = classes
        self._done: dict[str, str] = {}
        self._last = ""
        self._place = 0
        self._build()
        self._lay_out()
        self._connect()
        self.resize(SIZE)
        self.next.setFocus()

    @property
    def picture(self) -> Picture:
        """The picture that is shown."""
        return self._pictures[self._place]

    @Slot(int)
    def go(self, place: int) -> None:
        """Show another picture; beyond either end it begins anew."""
        self._place = place % len(self._pictures)
        self.write()

    # --- building ----------------------------------------------------------------------------------------------

    def _build(self) -> None:
        folder = self._folder or self._models.viewing.folder
        album = None
        if folder is not None:
            album = self._models.albums.open(folder, self._other, self._role, LARGE)
        self.canvas = Canvas(album)
        self.name = Elided("", "title")
        self.split = label("", "muted")
        self.truth, self.predicted, self.sure = Elided("", "strong"), Elided("", "strong"), label("", "muted")
        self.mark = Glyph("check", "good")
        self.likelihood = GuessBars()
        self.taken = QWidget()
        self.position = label("", "muted")
        self.previous = IconButton("chevron-left", tr("Previous picture (Left)"))
        self.next = IconButton("chevron-right", tr("Next picture (Right)"))
        self.reveal = secondary(tr("Show in folder"), self.show_in_folder)
        self.exclude = danger(tr("Leave out of the data"), self.leave_out)
        self.move_to = button(tr("Move to class…"))
        self.move_to.setMenu(QMenu(self.move_to))
        self.why_not = Muted()
        self.notices = QVBoxLayout()

    def _lay_out(self) -> None:
        predicted = row(self.mark, self.predicted, self.sure)
        predicted.setStretch(1, 1)
        said = column(label(tr("Taken for"), "muted"), predicted, spacing=6)
        self.taken.setLayout(column(said, self.likelihood, spacing=12))
        words = QWidget()
        words.setFixedWidth(WIDTH)
        fill(
            QVBoxLayout(words),
            (
                column(self.name, self.split, spacing=2),
                column(label(tr("Filed under"), "muted"), self.truth, spacing=6),
                self.taken,
                None,
                self.notices,
                self.reveal,
                self.why_not,
                self.move_to,
                self.exclude,
            ),
            12,
        )
        walk = row(self.previous, self.position, self.next, None, secondary(tr("Close"), self.accept), spacing=12)
        body = row(self.canvas, words, spacing=MARGIN)
        body.setStretch(0, 1)
        layout = column(body, walk, spacing=GAP)
        layout.setStretch(0, 1)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, GAP)
        self.setLayout(layout)

    def _connect(self) -> None:
        self.previous.clicked.connect(self._go_back)
        self.next.clicked.connect(self._go_on)
        for key, slot in (
            (Qt.Key.Key_Left, self._go_back),
            (Qt.Key.Key_Right, self._go_on),
            (Qt.Key.Key_Home, self._go_first),
            (Qt.Key.Key_End, self._go_last),
        ):
            QShortcut(QKeySequence(key), self).activated.connect(slot)
        self._models.corrections.failed.connect(self._tell_failure)
        self._models.evaluation.changed.connect(self._write_likelihood)
        self._models.left_out.changed.connect(self._write_deeds)
        for name in self._classes():
            self.move_to.menu().addAction(name, partial(self.move_to_class, name))

    def _classes(self) -> Sequence[str]:
        if self._named:
            return self._named
        answer = self._models.evaluation.shown
        if answer is not None:
            return answer.evaluated.classes
        phase = self._models.run.phase
        return phase.started.classes if phase is not None else ()

    @property
    def data(self) -> Dataset | None:
        """The data set the pictures are of."""
        experiment = self._models.run.experiment
        if self._other is not None or experiment is None:
            return self._other
        try:
            return data_of(experiment, self._role)
        except UserError:
            return None

    # --- showing -----------------------------------------------------------------------------------------------

    def write(self) -> None:
        """Show the picture in view."""
        picture = self.picture
        self.setWindowTitle(picture.name)
        self.canvas.show_picture(picture.index, picture.name)
        for step in NEAR:
            self.canvas.prepare(self._pictures[(self._place + step) % len(self._pictures)].index)
        self.canvas.prepare(picture.index)
        self.name.setText(picture.name.rpartition("/")[2])
        self.name.setToolTip(picture.name)
        self.split.setText(tr(_SPLITS.get(picture.split, "")))
        self.truth.setText(picture.label)
        at, total = thousands(self._place + 1), thousands(len(self._pictures))
        self.position.setText(tr("{at} of {total}", at=at, total=total))
        for each in (self.previous, self.next):
            each.setEnabled(len(self._pictures) > 1)
        self._write_likelihood()
        self._write_deeds()

    @Slot()
    def _write_likelihood(self) -> None:
        picture, shares = self.picture, self._shares()
        predicted = shares[0][0] if shares else picture.predicted
        self.taken.setVisible(bool(predicted))
        if not predicted:
            return
        is_right = predicted == picture.label
        self.mark.show_icon("check" if is_right else "close", "good" if is_right else "bad")
        self.predicted.setText(predicted)
        sure = shares[0][1] if shares else picture.confidence
        self.sure.setText(percent(sure) if sure is not None and not shares else "")
        self.likelihood.show_guesses([Guess(name, share) for name, share in shares], picture.label)
        self.likelihood.setVisible(bool(shares))

    def _shares(self) -> list[tuple[str, float]]:
        """What the network said of the picture; nothing where it was not asked."""
        answer = self._models.evaluation.shown
        if self._folder not in (None, self._models.viewing.folder):
            return []
        if answer is None or answer.judgement.judged.data != self.data:
            return []
        position = answer.judgement.find(self.picture.index)
        return answer.judgement.likeliest(position, LINES) if position is not None else []

    def _is_left_out(self) -> bool:
        """Whether it is by now, whoever has said so."""
        return self.data is not None and self.picture.digest in self._models.left_out.of(self.data)

    @Slot()
    def _write_deeds(self) -> None:
        picture, data = self.picture, self.data
        file = file_of(data, picture.name) if data is not None else None
        self.reveal.setEnabled(file is not None)
        self.why_not.setText(tr("It has no file of its own that one could show."))
        self.why_not.setVisible(file is None)
        said = self._done.get(picture.digest, "")
        if not said and self._is_left_out():
            said = tr("Left out of the data.")
        for deed in (self.exclude, self.move_to):
            deed.setVisible(not said)
            deed.setEnabled(data is not None)
        clear(self.notices)
        if said:
            notice = Notice("good", said, tr("From the next run on."))
            notice.buttons.addWidget(link(tr("Undo"), self.undo))
            self.notices.addWidget(notice)

    # --- walking -----------------------------------------------------------------------------------------------

    @Slot()
    def _go_back(self) -> None:
        self.go(self._place - 1)

    @Slot()
    def _go_on(self) -> None:
        self.go(self._place + 1)

    @Slot()
    def _go_first(self) -> None:
        self.go(0)

    @Slot()
    def _go_last(self) -> None:
        self.go(-1)

    # --- deeds -------------------------------------------------------------------------------------------------

    @Slot()
    def show_in_folder(self) -> None:
        """Open the folder the picture's file lies in."""
        file = file_of(self.data, self.picture.name) if self.data is not None else None
        if file is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(file.parent)))

    @Slot()
    def leave_out(self) -> None:
        """Leave the picture out of the data from now on; its file stays as it is."""
        if self.data is not None:
            self._note(tr("Left out of the data."))
            self._models.corrections.exclude(self.data, [self.picture])

    def move_to_class(self, name: str) -> None:
        """File the picture under another class from now on; its file stays where it is."""
        if self.data is not None and name != self.picture.label:
            self._note(tr("Filed under {label}.", label=name))
            self._models.corrections.move(self.data, [self.picture], name)

    @Slot()
    def undo(self) -> None:
        """Take back what was said of the picture."""
        said = self._done.pop(self.picture.digest, "")
        if self.data is not None and (said or self._is_left_out()):
            self._models.corrections.take_back(self.data, [self.picture.digest])
            self._write_deeds()

    def _note(self, said: str) -> None:
        self._last = self.picture.digest
        self._done[self._last] = said
        self._write_deeds()

    @Slot(object)
    def _tell_failure(self, failure: Failure) -> None:
        """What was said last could not be recorded."""
        self._done.pop(self._last, None)
        self._write_deeds()
        self.notices.addWidget(Notice("error", failure.message, failure.remedy))
