"""The pictures behind every number: a gallery to be narrowed to a class, to what it was taken for, to mistakes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from kt_gui.bridge.album import Album
from kt_gui.bridge.evaluation_model import Answer
from kt_gui.bridge.models import Models
from kt_gui.bridge.selection import Order, Selection, Verdict
from kt_gui.schema.datasets import Dataset
from kt_gui.schema.evaluations import Picture
from kt_gui.schema.quantities import percent
from kt_gui.schema.texts import mark, thousands, tr, trn
from kt_gui.store.environment import Role
from kt_gui.widgets.empty import Empty
from kt_gui.widgets.evaluation.picture_grid import PictureGrid
from kt_gui.widgets.evaluation.viewer import Viewer, show_pictures
from kt_gui.widgets.messages import failure_notice
from kt_gui.widgets.notices import Notice
from kt_gui.widgets.number_boxes import calm_wheel
from kt_gui.widgets.parts import Card, Segmented, button, clear, fill, label, row, secondary
from kt_gui.widgets.progress import ProgressLine
from kt_gui.widgets.theme import GAP

WIDTH = 168
"""Of a list of classes, in pixels."""
_ORDERS: Mapping[Order, str] = {
    "sure": mark("Most confident first"),
    "unsure": mark("Least confident first"),
    "loss": mark("Worst first"),
}


class PictureSection(QWidget):
    """The filters, what they leave, and the gallery."""

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._shown: tuple[Answer | None, Selection] = (None, Selection())
        self._pictures: Sequence[Picture] = ()
        self._album: Album | None = None
        self._build()
        self._lay_out()
        self._connect()

    def _build(self) -> None:
        self.verdict = Segmented([("all", tr("All")), ("wrong", tr("Mistakes")), ("right", tr("Right"))])
        self.truth, self.predicted = _list(tr("True class")), _list(tr("Taken for"))
        self.order = _list(tr("Order"))
        for name, title in _ORDERS.items():
            self.order.addItem(tr(title), name)
        self.chips = QHBoxLayout()
        self.count = label("", "muted")
        self.grid = PictureGrid(tr("Pictures behind the number"))
        self.none = Empty("picture", tr("No picture is like that"), action=tr("Show all"), clicked=self.show_all)
        self.progress = ProgressLine()
        self.failed = QVBoxLayout()

    def _lay_out(self) -> None:
        self._stack = QStackedLayout()
        busy, failed = QWidget(), QWidget()
        fill(QVBoxLayout(busy), (None, self.progress, None))
        fill(QVBoxLayout(failed), (self.failed, None))
        for page in (self.grid, self.none, busy, failed):
            self._stack.addWidget(page)
        fill(self.chips, ())
        filters = row(self.verdict, self.truth, self.predicted, self.order, self.chips, None, self.count, spacing=12)
        card = Card()
        card.body.addLayout(filters)
        card.body.addSpacing(8)
        card.body.addLayout(self._stack, 1)
        fill(QVBoxLayout(self), (card,), GAP)

    def _connect(self) -> None:
        self.verdict.chosen.connect(self._choose_verdict)
        self.truth.activated.connect(self._choose_truth)
        self.predicted.activated.connect(self._choose_predicted)
        self.order.activated.connect(self._choose_order)
        self.grid.opened.connect(self.open_viewer)
        self.progress.cancelled.connect(self._models.evaluation.cancel)
        self._models.evaluation.changed.connect(self.write)
        self._models.evaluation.selected.connect(self.write)
        self._models.left_out.changed.connect(self._mark_left_out)

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to look: what is not known is evaluated."""
        super().showEvent(event)
        self._models.evaluation.watch(self, is_watching=True)
        self.write()

    def hideEvent(self, event: QHideEvent) -> None:
        """Cease to look."""
        super().hideEvent(event)
        self._models.evaluation.watch(self, is_watching=False)

    # --- showing -----------------------------------------------------------------------------------------------

    @Slot()
    def write(self) -> None:
        """Show the pictures that the selection means."""
        if not self.isVisible():
            return
        answer, selection = self._models.evaluation.shown, self._models.evaluation.selection
        if answer is None:
            self._write_state()
        elif (answer, selection) != self._shown:
            if answer is not self._shown[0]:
                self._fill_classes(answer)
                self._models.left_out.ask(answer.judgement.judged.data)
            self._write_filters(selection)
            self._show(answer, selection)
        self._shown = (answer, selection)

    def _show(self, answer: Answer, selection: Selection) -> None:
        judgement = answer.judgement
        self._pictures = judgement.pictures(judgement.behind(selection))
        self._follow(answer)
        self.grid.show_pictures(self._pictures, self._album)
        self.count.setText(_say_count(len(self._pictures), len(judgement)))
        self._mark_left_out()
        self._stack.setCurrentIndex(0 if self._pictures else 1)
        self._look_at_album()

    @Slot()
    def _mark_left_out(self) -> None:
        answer = self._models.evaluation.shown
        if answer is not None:
            self.grid.mark_left_out(self._models.left_out.of(answer.judgement.judged.data))

    def _follow(self, answer: Answer) -> None:
        data, role = source_of(self._models, answer)
        album = self._models.albums.open(Path(answer.evaluated.run), data, role)
        if album is self._album:
            return
        if self._album is not None:
            self._album.changed.disconnect(self._look_at_album)
        album.changed.connect(self._look_at_album)
        self._album = album

    def _write_state(self) -> None:
        """While there are no numbers: how far they have come, or why there will be none."""
        evaluation = self._models.evaluation
        self.count.setText("")
        self._write_filters(evaluation.selection)
        self.progress.show_progress(evaluation.progress)
        if evaluation.is_busy:
            self._stack.setCurrentIndex(2)
            return
        if evaluation.failure is not None:
            self._say(failure_notice(evaluation.failure, self.window(), evaluation.retry))
            return
        notice = Notice("information", tr("What the network says of each picture was not worked out yet."))
        notice.buttons.addWidget(secondary(tr("Work it out"), evaluation.retry))
        self._say(notice)

    @Slot()
    def _look_at_album(self) -> None:
        """Where no picture can be had, say so in place of empty frames."""
        failure = self._album.failure if self._album is not None else None
        if failure is not None:
            self._say(failure_notice(failure, self.window(), self._look_again))

    def _look_again(self) -> None:
        if self._album is not None:
            self._stack.setCurrentIndex(0)
            self._album.retry()

    def _say(self, notice: Notice) -> None:
        clear(self.failed)
        self.failed.addWidget(notice)
        self._stack.setCurrentIndex(3)

    def _fill_classes(self, answer: Answer) -> None:
        for box, anything in ((self.truth, tr("Any true class")), (self.predicted, tr("Taken for any"))):
            with QSignalBlocker(box):
                box.clear()
                box.addItem(anything, "")
                for name in answer.evaluated.classes:
                    box.addItem(name, name)

    def _write_filters(self, selection: Selection) -> None:
        self.verdict.choose(selection.verdict)
        for box, value in (
            (self.truth, selection.truth),
            (self.predicted, selection.predicted),
            (self.order, selection.order),
        ):
            with QSignalBlocker(box):
                box.setCurrentIndex(max(0, box.findData(value)))
        clear(self.chips)
        for text, without in _restrictions(selection):
            chip = button(f"{text}  ✕", "chip", partial(self._narrow, without))
            chip.setAccessibleName(tr("Remove the filter: {filter}", filter=text))
            self.chips.addWidget(chip)

    # --- what a person does ------------------------------------------------------------------------------------

    @Slot()
    def show_all(self) -> None:
        """Show every picture."""
        self._narrow(Selection())

    @Slot(int)
    def open_viewer(self, place: int) -> Viewer | None:
        """Show a picture large."""
        answer = self._models.evaluation.shown
        if answer is None:
            return None
        data, role = source_of(self._models, answer)
        return show_pictures(self._models, self._pictures, place, self, data=data, role=role)

    @Slot(str)
    def _choose_verdict(self, verdict: Verdict) -> None:
        self._change(verdict=verdict)

    @Slot()
    def _choose_truth(self) -> None:
        self._change(truth=self.truth.currentData())

    @Slot()
    def _choose_predicted(self) -> None:
        self._change(predicted=self.predicted.currentData())

    @Slot()
    def _choose_order(self) -> None:
        self._change(order=self.order.currentData())

    def _change(self, **parts: object) -> None:
        self._narrow(replace(self._models.evaluation.selection, **parts))  # type: ignore[arg-type]

    def _narrow(self, selection: Selection) -> None:
        self._models.evaluation.narrow(selection)


def source_of(models: Models, answer: Answer) -> tuple[Dataset | None, Role]:
    """Say where the judged pictures come from: another set, or the data of the run in one of its roles."""
    judged, experiment = answer.judgement.judged, models.run.experiment
    if judged.part == "all":
        return judged.data, "target"
    return None, "target" if experiment is None or judged.data == experiment.target.data else "source"


def _restrictions(selection: Selection) -> Iterator[tuple[str, Selection]]:
    """What narrows a selection besides the lists, in words, and the selection without it."""
    if selection.confidence is not None:
        low, high = (percent(each, 0) for each in selection.confidence)
        yield tr("confidence {low} to {high}", low=low, high=high), replace(selection, confidence=None)
    if selection.beyond is not None:
        yield tr("not in the top {count}", count=selection.beyond), replace(selection, beyond=None)


def _say_count(shown: int, of: int) -> str:
    if shown == of:
        return trn("{count} picture", "{count} pictures", of)
    return tr("{count} of {of} pictures", count=thousands(shown), of=thousands(of))


def _list(name: str) -> QComboBox:
    made = QComboBox()
    made.setAccessibleName(name)
    made.setToolTip(name)
    made.setFixedWidth(WIDTH)
    made.setMaxVisibleItems(16)
    calm_wheel(made)
    return made
