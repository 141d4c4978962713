"""The window of what a test and a source have in common: pairs side by side, to be left out of one of both."""

from functools import partial
from itertools import groupby
from pathlib import Path

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QSize, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from kt_gui.bridge.album import Album
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models
from kt_gui.bridge.overlap_model import Row
from kt_gui.schema import overlap_words as words
from kt_gui.schema.overlaps import SIDES, Overlap, Side
from kt_gui.schema.texts import prose, thousands, tr
from kt_gui.widgets.empty import Empty
from kt_gui.widgets.evaluation.viewer import Viewer, show_pictures
from kt_gui.widgets.messages import failure_notice, show_failure
from kt_gui.widgets.parts import Card, Muted, clear, column, fill, label, link, row, secondary
from kt_gui.widgets.progress import ProgressLine
from kt_gui.widgets.studies.pair_list import PairList
from kt_gui.widgets.theme import GAP, MARGIN

SIZE = QSize(880, 640)
"""Of the window in pixels: room for four pairs."""
NOWHERE = Path()
"""The pictures are of data sets, not of a run."""


class OverlapDialog(QDialog):
    """It follows the search, and what is left out and taken back."""

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("In test and source"))
        self._models = models
        self._failure: Failure | None = None
        self._build()
        self._lay_out()
        self._connect()
        self.resize(SIZE)
        self.write()
        self.list.setFocus()

    def _build(self) -> None:
        model = self._models.overlap
        self.title, self.basis = label("", "title", wrap=True), Muted()
        self.list = PairList(self._state)
        self.count = label("", "muted")
        self.exact, self.every = link(tr("All exact ones"), self._choose_exact), link(tr("All"), self._choose_all)
        self.progress = ProgressLine()
        self.failed = QVBoxLayout()
        self.fine = Empty("check", tr("Nothing in common"))
        self.unread = Empty("search", tr("Not searched yet"))
        self.effect = Muted()
        self.leave: dict[Side, QPushButton] = {
            "source": secondary(tr("Leave out of the source"), partial(self._leave_out, "source")),
            "test": secondary(tr("Leave out of the test"), partial(self._leave_out, "test")),
        }
        self.take_back = secondary(tr("Take back"), self._take_back)
        self.closer = secondary(tr("Search by a network, too"), partial(model.search, "both"))
        self.closer.setToolTip(
            tr("It finds copies that were cut, mirrored or turned a little, too, and takes a second for some forty.")
        )

    def _lay_out(self) -> None:
        listed, busy, failed = Card(), QWidget(), QWidget()
        listed.body.addLayout(row(self.count, None, self.exact, self.every, spacing=12))
        listed.body.addWidget(self.list, 1)
        fill(QVBoxLayout(busy), (None, self.progress, None))
        fill(QVBoxLayout(failed), (self.failed, None))
        self._pages = {"list": listed, "busy": busy, "failed": failed, "fine": self.fine, "unread": self.unread}
        whole = QWidget()
        self._stack = QStackedLayout(whole)
        self._stack.setContentsMargins(0, 0, 0, 0)
        for page in self._pages.values():
            self._stack.addWidget(page)
        close = secondary(tr("Close"), self.accept)
        foot = row(self.leave["source"], self.leave["test"], self.take_back, None, self.closer, close)
        head = column(self.title, self.basis, spacing=4)
        layout = column(head, whole, self.effect, foot, spacing=GAP)
        layout.setStretch(1, 1)
        layout.setContentsMargins(MARGIN, MARGIN, MARGIN, GAP)
        self.setLayout(layout)

    def _connect(self) -> None:
        self._models.overlap.changed.connect(self.write)
        self._models.corrections.failed.connect(self._tell_failure)
        self.progress.cancelled.connect(self._models.overlap.cancel)
        self.list.selectionModel().selectionChanged.connect(self._allow)
        self.list.opened.connect(self._open)
        self.finished.connect(self._models.overlap.cancel)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return opens; a dialog would press a button with it, even one of the window that has just opened."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)

    # --- showing -----------------------------------------------------------------------------------------------

    @property
    def page(self) -> str:
        """Which state is shown: list, busy, failed, fine or unread."""
        return next(name for name, page in self._pages.items() if page is self._stack.currentWidget())

    @Slot()
    def write(self) -> None:
        """Show what is known now."""
        model = self._models.overlap
        found, rows = model.overlaps, model.rows
        self.title.setText("\n".join(map(words.headline, found)) or tr("Pictures of the test in the source"))
        self.basis.setText(prose(map(words.basis, found)))
        self.basis.setVisible(bool(found))
        self.progress.show_progress(model.progress)
        self.list.show_rows(rows, self._album)
        self._write_failure(model.failure)
        if model.is_busy:
            page = "busy"
        elif model.failure is not None:
            page = "failed"
        elif rows:
            page = "list"
        else:
            page = "fine" if found else "unread"
        self._stack.setCurrentWidget(self._pages[page])
        self.closer.setVisible(page in ("list", "fine", "unread") and model.by == "hash")
        self._allow()

    def _write_failure(self, failure: Failure | None) -> None:
        if failure is not None and failure is not self._failure:
            clear(self.failed)
            again = partial(self._models.overlap.search, self._models.overlap.by)
            self.failed.addWidget(failure_notice(failure, self.window(), again))
        self._failure = failure

    def _album(self, overlap: Overlap, side: Side) -> Album:
        return self._models.albums.open(NOWHERE, overlap.source if side == "source" else overlap.target)

    def _state(self, row: Row) -> str:
        model = self._models.overlap
        if model.is_left_out(row, "source"):
            return tr("left out of the source")
        return tr("left out of the test") if model.is_left_out(row, "test") else ""

    @Slot()
    def _allow(self) -> None:
        """Let be done what can be done with the pairs that are chosen."""
        model, chosen = self._models.overlap, self._chosen()
        is_listed, rows = self.page == "list", model.rows
        done = [each for each in chosen if self._state(each)]
        self.count.setText(tr("{count} of {total} chosen", count=thousands(len(chosen)), total=thousands(len(rows))))
        for side, made in self.leave.items():
            made.setVisible(is_listed and not model.hindrance(rows, side))
            made.setEnabled(len(done) < len(chosen))
            made.setToolTip("" if made.isEnabled() else tr("Choose pairs first."))
        self.take_back.setVisible(is_listed and any(self._state(each) for each in rows))
        self.take_back.setEnabled(bool(done))
        self.effect.setVisible(is_listed)
        self.effect.setText(self._effects())

    def _effects(self) -> str:
        model = self._models.overlap
        if not model.rows:
            return ""
        hindrances = {side: model.hindrance(model.rows, side) for side in SIDES}
        return "\n".join(why or words.effect(model.overlaps[0], side) for side, why in hindrances.items())

    # --- doing -------------------------------------------------------------------------------------------------

    def _chosen(self) -> list[Row]:
        rows = self._models.overlap.rows
        return [rows[place] for place in self.list.chosen if place < len(rows)]

    def _choose_exact(self) -> None:
        self._choose([at for at, (_, pair) in enumerate(self._models.overlap.rows) if "exact" in pair.signs])

    def _choose_all(self) -> None:
        self.list.selectAll()
        self.list.setFocus()

    def _choose(self, places: list[int]) -> None:
        """Choose pairs, all at once: every change of what is chosen is followed."""
        chosen, model = QItemSelection(), self.list.model()
        for _, each in groupby(enumerate(places), lambda numbered: numbered[1] - numbered[0]):
            run = [place for _, place in each]
            chosen.select(model.index(run[0], 0), model.index(run[-1], 0))
        self.list.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.list.setFocus()

    def _leave_out(self, side: Side) -> None:
        self._models.overlap.leave_out([each for each in self._chosen() if not self._state(each)], side)

    def _take_back(self) -> None:
        self._models.overlap.take_back(self._chosen())

    @Slot(int)
    def _open(self, place: int) -> Viewer:
        """Show the test's pictures large; those of the pairs above and below are a key away."""
        rows = self._models.overlap.rows
        overlap = rows[place][0]
        pictures = [pair.second for each, pair in rows if each is overlap]
        at = pictures.index(rows[place][1].second)
        data, classes = overlap.target, overlap.classes
        return show_pictures(self._models, pictures, at, self, data=data, folder=NOWHERE, classes=classes)

    @Slot(object)
    def _tell_failure(self, failure: Failure) -> None:
        show_failure(failure, (), self)


def show_overlap(models: Models, parent: QWidget) -> OverlapDialog:
    """Open the window on a search that was asked for."""
    made = OverlapDialog(models, parent.window())
    made.open()
    return made
