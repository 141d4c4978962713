"""A data set as it was read: one line of summary, what is wrong with it, and its pictures."""

from collections.abc import Sequence
from functools import cached_property, partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from kt_gui.bridge.dataset_model import DatasetModel
from kt_gui.bridge.experiment_model import has_data
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.network_model import NetworkModel, Part
from kt_gui.schema.corrections import tally
from kt_gui.schema.datasets import Dataset, ImageTable, called
from kt_gui.schema.events import Duplicate, Mending, Problem, Surveyed
from kt_gui.schema.texts import tr, trn
from kt_gui.widgets.class_chart import ClassChart
from kt_gui.widgets.column_choice import ColumnChoice
from kt_gui.widgets.data_dialog import DataDialog
from kt_gui.widgets.data_names import name_of, place_of
from kt_gui.widgets.data_reports import (
    duplicates_dialog,
    problems_dialog,
    say_tally,
    skipped_dialog,
    summary,
    worst_first,
)
from kt_gui.widgets.drop_zone import DropZone, dropped_path
from kt_gui.widgets.empty import Empty
from kt_gui.widgets.gallery import Gallery
from kt_gui.widgets.list_dialog import ListDialog
from kt_gui.widgets.messages import failure_notice
from kt_gui.widgets.notices import Notice
from kt_gui.widgets.parts import Card, Elided, Segmented, clear, column, fill, label, link, row, secondary
from kt_gui.widgets.progress import ProgressLine
from kt_gui.widgets.theme import GRID

MOST_NOTICES = 2


class PicturesPanel(Card):
    """The card. It takes drops, opens the window in which other pictures are chosen, and shows what was read.

    A choice that cannot be read is taken back: the reason stands in the card, the page restores what was there.

    Signals:
        chosen(object): a person chose this data set.
        edited(str, object): a person changed the value at this path of the experiment.
        mapped(object): a person gave the columns of the table another meaning; the table with it.
        taken_back(): that choice could not be read; restore the former one.
        look_wanted(bool): show the first batch as the network will see it; True for another one.
        read_wanted(): reading was cancelled; read after all.
        corrections_wanted(): show what was corrected in the data.
    """

    chosen = Signal(object)
    edited = Signal(str, object)
    mapped = Signal(object)
    taken_back = Signal()
    look_wanted = Signal(bool)
    read_wanted = Signal()
    corrections_wanted = Signal()

    def __init__(
        self,
        data: DatasetModel,
        network: NetworkModel,
        part: Part,
        parent: QWidget | None = None,
        *,
        with_classes: bool = False,
    ) -> None:
        """`with_classes` counts the classes here, too."""
        super().__init__(parent=parent)
        self._with_classes = with_classes
        self._data_model = data
        self._network = network
        self._part: Part = part
        self._data: Dataset | None = None
        self._is_trial = False
        self._refusal: Failure | None = None
        self._noticed: tuple[object, ...] = ()
        self.setAcceptDrops(True)
        self._build()
        self._lay_out()
        self._connect()

    def show_data(self, data: Dataset) -> None:
        """Say which data set the experiment has now."""
        self._data = data
        self.refresh()

    # --- building ----------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.name = Elided("", "strong")
        self.summary = label("", "muted")
        self.skipped = link(tr("show"), self._show_skipped)
        self.skipped.setAccessibleName(tr("Show the files that were skipped"))
        self.corrected = label("", "muted")
        self.corrections = link(tr("show"), self.corrections_wanted.emit)
        self.corrections.setAccessibleName(tr("Show what was corrected"))
        self.change = secondary(tr("Change…"), self.open_dialog)
        classes = [("classes", tr("Classes"))] if self._with_classes else []
        self.views = Segmented([("pictures", tr("Pictures")), *classes, ("batch", tr("Network’s view"))])
        self.columns = ColumnChoice()
        self.another = link(tr("Another look"), partial(self.look_wanted.emit, True))
        self.notices = QVBoxLayout()
        self.zone = DropZone()
        self.zone.buttons.insertWidget(3, secondary(tr("Other sets…"), self.open_elsewhere))
        self.progress = ProgressLine()
        self.unread = Empty(
            "picture", tr("Not read yet"), action=tr("Read the pictures"), clicked=self.read_wanted.emit
        )
        self.gallery = Gallery(tr("Pictures of the data set"))
        self.batch = Gallery(tr("The first batch as the network will see it"))
        self.batch_hint = label("", "small")
        self.batch_progress = ProgressLine()

    def _lay_out(self) -> None:
        self._facts = QWidget()
        line = row(self.summary, self.skipped, self.corrected, self.corrections, None, self.another)
        head = row(self.name, self.views, self.change, spacing=12)
        head.setStretch(0, 1)
        fill(QVBoxLayout(self._facts), (head, line), 4)
        self._stack = QStackedLayout()
        self._reading, self._batch = _centred(self.progress), self._batch_page()
        for page in (self.zone, self._reading, self.gallery, self._batch, self.unread):
            self._stack.addWidget(page)
        self.notices.setSpacing(GRID)
        for part in (self._facts, self.columns, self.notices):
            self.body.addWidget(part) if isinstance(part, QWidget) else self.body.addLayout(part)
        self.body.addLayout(self._stack, 1)

    @cached_property
    def classes(self) -> ClassChart:
        """How many pictures each class has; built when it is first looked at."""
        made = ClassChart()
        made.edited.connect(self.keep_classes)
        self._stack.addWidget(made)
        return made

    def _batch_page(self) -> QWidget:
        page = QWidget()
        fill(QVBoxLayout(page), (self.batch_hint, self.batch_progress, self.batch))
        return page

    def _connect(self) -> None:
        self.views.choose("pictures")
        self.views.chosen.connect(self._turn)
        self.zone.chosen.connect(self.take)
        self.columns.edited.connect(self.mapped)
        self.zone.refused.connect(self._refuse)
        self.progress.cancelled.connect(self._cancel)
        self.batch_progress.cancelled.connect(partial(self._network.cancel, self._part))
        self._data_model.changed.connect(self.refresh)
        self._network.changed.connect(self._show_batch)

    # --- choosing ----------------------------------------------------------------------------------------------

    @Slot()
    def open_dialog(self) -> DataDialog:
        """Open the window in which pictures are chosen."""
        dialog = DataDialog(self._network, self.window())
        dialog.chosen.connect(self.take)
        dialog.open()
        return dialog

    @Slot()
    def open_elsewhere(self) -> DataDialog:
        """Open the same window where it lists sets that are not one's own."""
        dialog = self.open_dialog()
        dialog.show_place("bundled")
        return dialog

    @Slot(object)
    def take(self, data: Dataset) -> None:
        """Try a data set that a person chose."""
        self._refusal = None
        self._is_trial = True
        self.views.choose("pictures")
        self.chosen.emit(data)

    @Slot(object)
    def keep_classes(self, classes: tuple[str, ...]) -> None:
        """Learn from these classes only; none stands for all of them."""
        self.edited.emit(f"{self._part}.data.classes", classes)

    def _mend(self, mending: Mending) -> None:
        self.edited.emit(f"{self._part}.{mending.field}", mending.value)

    @Slot()
    def _drop_duplicates(self) -> None:
        self.edited.emit(f"{self._part}.split.drop_duplicates", True)

    @Slot(str)
    def _refuse(self, sentence: str) -> None:
        self._refusal = Failure("user", sentence, tr("Choose a folder, a zip or a CSV."), "")
        self.refresh()

    @Slot()
    def _cancel(self) -> None:
        self._data_model.cancel()
        if self._is_trial:
            self._is_trial = False
            self.taken_back.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcome a folder or a file anywhere on the card."""
        if dropped_path(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take what was dropped."""
        event.acceptProposedAction()
        self.zone.take(dropped_path(event.mimeData()))

    # --- showing -----------------------------------------------------------------------------------------------

    @Slot()
    def refresh(self) -> None:
        """Show what is known now."""
        failure, answer = self._data_model.failure, self._data_model.answer
        if failure is not None and self._is_trial and not self._data_model.busy:
            self._is_trial, self._refusal = False, failure
            self.taken_back.emit()
            return
        if answer is not None and not self._data_model.busy:
            self._is_trial = False
        self._show_head(answer)
        self._show_notices(self._refusal or failure, answer)
        self._show_place(answer)

    def _show_head(self, answer: Surveyed | None) -> None:
        data = self._data
        self._facts.setVisible(data is not None and has_data(data))
        if data is not None:
            self.name.setText(called(answer.title) if answer is not None else name_of(data))
            self.name.setToolTip(place_of(data))
        self.columns.setVisible(isinstance(data, ImageTable))
        if isinstance(data, ImageTable):
            self.columns.show_table(data)
        self.summary.setText(summary(answer) if answer is not None else "")
        self.skipped.setVisible(answer is not None and bool(answer.skipped))
        self._show_corrections(answer)
        self.views.setVisible(answer is not None)
        self.another.setVisible(answer is not None and self.views.value == "batch")

    def _show_corrections(self, answer: Surveyed | None) -> None:
        said = self._data_model.corrected
        text = say_tally(tally(said.corrections)) if said is not None and answer is not None else ""
        self.corrected.setText(text)
        self.corrected.setVisible(bool(text))
        self.corrections.setVisible(bool(text))

    def _show_notices(self, failure: Failure | None, answer: Surveyed | None) -> None:
        problems = worst_first(answer.problems) if answer is not None else []
        duplicates = answer.duplicates if answer is not None else ()
        noticed = (failure, *problems, duplicates)
        if noticed == self._noticed:
            return
        self._noticed = noticed
        clear(self.notices)
        made = [self._failure_notice(failure)] if failure is not None else []
        made += self._problem_notices(problems[:MOST_NOTICES])
        made += [self._duplicates_notice(duplicates)] if duplicates else []
        for notice in made:
            self.notices.addWidget(notice)
        if len(problems) > MOST_NOTICES:
            more = trn("{count} more remark", "{count} more remarks", len(problems) - MOST_NOTICES)
            self.notices.addWidget(link(more, self._show_problems), 0, Qt.AlignmentFlag.AlignLeft)

    def _show_place(self, answer: Surveyed | None) -> None:
        data = self._data
        if data is None or not has_data(data):
            self._stack.setCurrentWidget(self.zone)
        elif answer is None and self._data_model.failure is None:
            self._show_reading()
        elif self.views.value == "batch":
            self._stack.setCurrentWidget(self._batch)
        elif self.views.value == "classes":
            if answer is not None:
                self.classes.show_counts(answer.classes, answer.all_classes)
            self._stack.setCurrentWidget(self.classes)
        else:
            self.gallery.show_pictures(answer.thumbnails if answer is not None else ())
            self._stack.setCurrentWidget(self.gallery)

    def _show_reading(self) -> None:
        progress = self._data_model.progress
        self.progress.show_progress(progress)
        is_reading = self._data_model.busy or progress is not None
        self._stack.setCurrentWidget(self._reading if is_reading else self.unread)

    @Slot(str)
    def _turn(self, view: str) -> None:
        self.refresh()
        if view == "batch":
            self.look_wanted.emit(False)
            self._show_batch()

    @Slot()
    def _show_batch(self) -> None:
        if self.views.value != "batch":
            return
        shown, failure = self._network.shown.get(self._part), self._network.failure(self._part)
        is_busy = self._network.busy(self._part)
        self.batch_progress.setVisible(is_busy)
        self.batch_progress.show_progress(self._network.progress(self._part))
        self.another.setEnabled(not is_busy)
        if failure is not None:
            self.batch_hint.setText(failure.message)
        elif shown is not None:
            self.batch_hint.setText(
                tr("The first batch, {size} × {size} pixels, varied as in training", size=shown.size)
            )
        self.batch.show_pictures(shown.pictures if shown is not None and failure is None else ())

    # --- what stands behind a word -----------------------------------------------------------------------------

    @Slot()
    def _show_skipped(self) -> None:
        answer = self._data_model.answer
        if answer is not None:
            self._open(skipped_dialog(answer.skipped, self.window()))

    @Slot()
    def _show_problems(self) -> None:
        answer = self._data_model.answer
        if answer is not None:
            self._open(problems_dialog(answer.problems, self.window()))

    def _problem_notices(self, problems: Sequence[Problem]) -> list[Notice]:
        """A notice each; what mends several of them is offered once."""
        notices, offered = [], list[Mending]()
        for problem in problems:
            notice = Notice("error" if problem.blocking else "warning", str(problem.message), str(problem.remedy))
            mending = problem.mending
            if mending is not None and mending not in offered:
                offered.append(mending)
                notice.buttons.addWidget(secondary(str(mending.says), partial(self._mend, mending)))
            notices.append(notice)
        return notices

    def _duplicates_notice(self, duplicates: tuple[Duplicate, ...]) -> Notice:
        said = trn(
            "{count} picture is twice in the data, in different splits: the test would flatter.",
            "{count} pictures are twice in the data, in different splits: the test would flatter.",
            len(duplicates),
        )
        notice = Notice("warning", said)
        notice.buttons.addWidget(link(tr("show"), lambda: self._open(duplicates_dialog(duplicates, self.window()))))
        notice.buttons.addWidget(secondary(tr("Leave out of learning"), self._drop_duplicates))
        return notice

    def _failure_notice(self, failure: Failure) -> Notice:
        return failure_notice(failure, self.window(), None if failure is self._refusal else self._data_model.retry)

    def _open(self, dialog: ListDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()


def _centred(inside: QWidget) -> QWidget:
    page = QWidget()
    layout = column(None, inside, None)
    layout.setContentsMargins(64, 0, 64, 0)
    page.setLayout(layout)
    return page
