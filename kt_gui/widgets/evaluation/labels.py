"""Labels that are probably wrong, to be decided on one after the other: right, of another class, or left out."""

from functools import partial

from PySide6.QtCore import Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from kt_gui.bridge.album import Album
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models
from kt_gui.schema.suspicion_words import headline, judge
from kt_gui.schema.suspicions import Suspect, Suspected
from kt_gui.schema.texts import prose, thousands, tr
from kt_gui.widgets.empty import Empty
from kt_gui.widgets.evaluation.pixmaps import Pixmaps
from kt_gui.widgets.evaluation.suspect_row import SuspectRow
from kt_gui.widgets.evaluation.viewer import show_pictures
from kt_gui.widgets.messages import failure_notice, show_failure
from kt_gui.widgets.parts import (
    Card,
    Elided,
    IconButton,
    Muted,
    clear,
    column,
    fill,
    label,
    link,
    row,
    scrolled,
)
from kt_gui.widgets.progress import ProgressLine
from kt_gui.widgets.theme import GRID

ROWS = 20
"""Labels on one page of the list; rows are made once and filled anew."""


class Labels(QWidget):
    """The section. It judges when it is first shown, and what was found is kept with the run."""

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._first = 0
        self._pixmaps: Pixmaps | None = None
        self._last = ""
        self._build()
        self._lay_out()
        self._connect()

    def _build(self) -> None:
        self.sentence, self.about = label("", "strong"), Muted()
        self.done, self.undo = Elided("", "muted"), link(tr("Undo"), self._undo)
        self.position = label("", "muted")
        self.previous = IconButton("chevron-left", tr("Earlier labels"))
        self.next = IconButton("chevron-right", tr("Further labels"))
        self.rows = [SuspectRow() for _ in range(ROWS)]
        self.progress = ProgressLine()
        self.fine = Empty(
            "check", tr("Nothing looks wrong"), tr("Every label agrees with what the pictures look like.")
        )
        self.unread = Empty("search", tr("Not judged yet"), action=tr("Look for wrong labels"), clicked=self._look)
        self.failed = QVBoxLayout()
        self._failure: Failure | None = None

    def _lay_out(self) -> None:
        card = Card()
        head = row(self.sentence, None, self.done, self.undo, self.position, self.previous, self.next, spacing=12)
        inside = QWidget()
        layout = column(*self.rows, None, spacing=GRID)
        layout.setContentsMargins(0, 0, GRID, 0)
        inside.setLayout(layout)
        self._area = scrolled(inside)
        for part in (head, self.about, self._area):
            card.body.addWidget(part) if isinstance(part, QWidget) else card.body.addLayout(part)
        card.body.setStretch(2, 1)
        busy, failed = QWidget(), QWidget()
        fill(QVBoxLayout(busy), (None, self.progress, None))
        fill(QVBoxLayout(failed), (self.failed, None))
        self._pages = {"list": card, "busy": busy, "failed": failed, "fine": self.fine, "unread": self.unread}
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        for page in self._pages.values():
            self._stack.addWidget(page)

    def _connect(self) -> None:
        for each in self.rows:
            each.answered.connect(partial(self._answer, each))
            each.opened.connect(partial(self._open, each))
        self.previous.clicked.connect(partial(self._turn, -ROWS))
        self.next.clicked.connect(partial(self._turn, ROWS))
        self.progress.cancelled.connect(self._models.suspects.cancel)
        self._models.suspects.changed.connect(self.write)
        self._models.viewing.changed.connect(self._follow)
        self._models.corrections.failed.connect(self._tell_failure)

    def showEvent(self, event: QShowEvent) -> None:
        """Judge the labels, unless that is known, or failed."""
        super().showEvent(event)
        if self._models.suspects.failure is None:
            self._look()
        self.write()

    # --- showing -----------------------------------------------------------------------------------------------

    @property
    def page(self) -> str:
        """Which state is shown: list, busy, failed, fine or unread."""
        return next(name for name, page in self._pages.items() if page is self._stack.currentWidget())

    @Slot()
    def write(self) -> None:
        """Show what is known now."""
        if not self.isVisible():
            return
        model = self._models.suspects
        if model.found is not None:
            self._write_list(model.found, model.waiting)
            self._show("list" if model.waiting or self._last else "fine")
        elif model.busy:
            self.progress.show_progress(model.progress)
            self._show("busy")
        elif model.failure is not None:
            self._write_failure(model.failure)
            self._show("failed")
        else:
            self._show("unread")

    def _show(self, page: str) -> None:
        self._stack.setCurrentWidget(self._pages[page])

    def _write_list(self, found: Suspected, waiting: list[Suspect]) -> None:
        self._first = max(0, min(self._first, (len(waiting) - 1) // ROWS * ROWS))
        shown = waiting[self._first : self._first + ROWS]
        self._write_head(found, len(waiting), len(shown))
        pixmaps = self._pictures()
        for place, each in enumerate(self.rows):
            each.setVisible(place < len(shown))
            if place < len(shown):
                each.show_suspect(shown[place])
                each.show_picture(pixmaps.request(shown[place].picture.index) if pixmaps is not None else None)

    def _write_head(self, found: Suspected, waiting: int, shown: int) -> None:
        self.sentence.setText(headline(found, waiting) if waiting else tr("All of them are decided on"))
        self.about.setText(prose((judge(found), tr("Your answers count from the next run on."))))
        self.done.setVisible(bool(self._last))
        self.undo.setVisible(bool(self._last))
        many = waiting > ROWS
        first, last = thousands(self._first + 1), thousands(self._first + shown)
        self.position.setText(tr("{first} to {last}", first=first, last=last) if many else "")
        for turn, there in ((self.previous, self._first > 0), (self.next, self._first + ROWS < waiting)):
            turn.setVisible(many)
            turn.setEnabled(there)

    def _write_failure(self, failure: Failure) -> None:
        if failure is self._failure:
            return
        self._failure = failure
        clear(self.failed)
        self.failed.addWidget(failure_notice(failure, self.window(), self._look))

    def _pictures(self) -> Pixmaps | None:
        """The small pictures of the run in view."""
        folder = self._models.viewing.folder
        if folder is None:
            return None
        album: Album = self._models.albums.open(folder)
        if self._pixmaps is None or self._pixmaps.album is not album:
            if self._pixmaps is not None:
                self._pixmaps.album.changed.disconnect(self.write)
            self._pixmaps = Pixmaps(album)
            album.changed.connect(self.write)
        return self._pixmaps

    # --- doing -------------------------------------------------------------------------------------------------

    @Slot()
    def _look(self) -> None:
        self._models.suspects.look()

    @Slot()
    def _follow(self) -> None:
        """Another run begins at its first label."""
        if self._models.suspects.found is None:
            self._first, self._last = 0, ""
        if self.isVisible():
            self._look()
        self.write()

    def _turn(self, step: int) -> None:
        self._first += step
        self._area.verticalScrollBar().setValue(0)
        self.write()

    def _answer(self, answered: SuspectRow, answer: str) -> None:
        found, suspect = self._models.suspects.found, answered.suspect
        if found is None or suspect is None:
            return
        picture, corrections = suspect.picture, self._models.corrections
        match answer:
            case "confirm":
                corrections.confirm(found.data, [picture])
                said = tr("{name} stays {label}.", name=_short(picture.name), label=picture.label)
            case "move":
                corrections.move(found.data, [picture], picture.predicted)
                said = tr("{name} is {label} now.", name=_short(picture.name), label=picture.predicted)
            case _:
                corrections.exclude(found.data, [picture])
                said = tr("{name} is left out.", name=_short(picture.name))
        self._last = picture.digest
        self.done.setText(said)
        self._models.suspects.settle(picture.digest)

    def _undo(self) -> None:
        found = self._models.suspects.found
        if found is not None and self._last:
            self._models.corrections.take_back(found.data, [self._last])
            self._last = ""
            self.write()

    def _open(self, opened: SuspectRow) -> None:
        waiting = self._models.suspects.waiting
        if opened.suspect in waiting:
            pictures = [each.picture for each in waiting]
            show_pictures(self._models, pictures, waiting.index(opened.suspect), self)

    @Slot(object)
    def _tell_failure(self, failure: Failure) -> None:
        if self.isVisible() and self.isActiveWindow():
            show_failure(failure, (), self.window())


def _short(name: str) -> str:
    return name.rpartition("/")[2]
