"""Try it: pictures that are dropped, pasted or chosen, what the network says of each, what a person says to it."""

from msgspec import convert
from msgspec.structs import replace
from PySide6.QtCore import QMimeData, Qt, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models
from kt_gui.schema.prediction_words import probabilities, summary, unlikeness
from kt_gui.schema.texts import prose, tr, trn
from kt_gui.widgets.data_reports import skipped_dialog
from kt_gui.widgets.drop_zone import Dashes
from kt_gui.widgets.messages import failure_notice, show_failure
from kt_gui.widgets.notices import Notice
from kt_gui.widgets.parts import (
    Card,
    Chip,
    Elided,
    Glyph,
    Muted,
    Segmented,
    clear,
    column,
    fill,
    label,
    link,
    primary,
    quiet,
    row,
    secondary,
)
from kt_gui.widgets.prediction import asking
from kt_gui.widgets.prediction.answer_list import AnswerList, Order
from kt_gui.widgets.prediction.detail import Detail
from kt_gui.widgets.progress import ProgressLine
from kt_gui.widgets.search_line import SearchLine
from kt_gui.widgets.theme import GAP


class TryIt(QWidget):
    """The section. It takes drops, and what lies on the clipboard; it works only while it is seen."""

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = models.predictions
        self._corrections = models.corrections
        self._told: tuple[object, ...] = ()
        self.setAcceptDrops(True)
        self._build()
        self._lay_out()
        self._connect()
        self.refresh()

    # --- building ----------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.zone = Dashes()
        self.first = primary(tr("Choose pictures…"), self.choose_files)
        self.first_folder = secondary(tr("Choose a folder…"), self.choose_folder)
        self.files = secondary(tr("Choose pictures…"), self.choose_files)
        self.folder = secondary(tr("Choose a folder…"), self.choose_folder)
        self.save = secondary(tr("Save as CSV…"), self.save_table)
        self.clear = quiet(tr("Clear"), self._model.clear)
        self.progress = ProgressLine()
        self.notices = QVBoxLayout()
        self.summary = Elided("", "strong")
        self.unlike = Chip()
        self.unread = link("", self._show_unread)
        self.order = Segmented(
            [("given", tr("As given")), ("uncertain", tr("Uncertain first")), ("unlike", tr("Unlike first"))]
        )
        self.order.setAccessibleName(tr("Order"))
        self.order.choose("given")
        self.search_line = SearchLine(tr("Search by class or name"))
        self.search_line.setMinimumWidth(208)
        self.list = AnswerList(self._model.added)
        self.list.answers.begin(self._model.rows)
        self.reading = Elided("", "small")
        self.detail = Detail(self._model)

    def _lay_out(self) -> None:
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.addWidget(self._empty_page())
        self._stack.addWidget(self._full_page())

    def _empty_page(self) -> QWidget:
        sentence = label(tr("Drop pictures or folders here: the network says what they show"), "strong", wrap=True)
        hint = Muted(tr("Zips will do as well, and pictures that you paste. Nothing leaves this machine."))
        for each in (sentence, hint):
            each.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        buttons = row(None, self.first, self.first_folder, None, spacing=12)
        middle = column(row(None, Glyph("picture", "faint", 32), None), sentence, hint, buttons, spacing=12)
        inside = QVBoxLayout(self.zone)
        fill(inside, (None, middle, None))
        inside.setContentsMargins(48, 24, 48, 24)
        card = Card()
        card.body.addWidget(self.zone, 1)
        return card

    def _full_page(self) -> QWidget:
        page, card = QWidget(), Card()
        said = row(self.summary, self.unlike, self.unread)
        said.setStretch(0, 1)
        fill(self.notices, ())
        tools = row(self.files, self.folder, None, self.save, self.clear)
        sought = row(self.order, None, self.search_line)
        for part in (tools, self.progress, self.notices, said, sought):
            card.body.addWidget(part) if isinstance(part, QWidget) else card.body.addLayout(part)
        card.body.addWidget(self.list, 1)
        card.body.addWidget(self.reading)
        layout = row(card, self.detail, spacing=GAP)
        layout.setStretch(0, 1)
        page.setLayout(layout)
        return page

    def _connect(self) -> None:
        self._model.changed.connect(self.refresh)
        self._model.cleared.connect(self._begin)
        self._corrections.failed.connect(self._complain)
        self.progress.cancelled.connect(self._model.stop)
        self.list.picked.connect(self.detail.show_row)
        self.detail.corrected.connect(self._model.add)
        self.detail.taken_back.connect(self._model.take_back)
        self.order.chosen.connect(self._arrange)
        self.search_line.textChanged.connect(self._arrange)
        self.paste = QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), self, self.take_clipboard)

    # --- asking ------------------------------------------------------------------------------------------------

    def take(self, data: QMimeData) -> None:
        """Ask about what was dropped or pasted, if that is anything."""
        self._model.ask(asking.taken_from(data))

    @Slot()
    def take_clipboard(self) -> None:
        """Ask about what lies on the clipboard."""
        self.take(QGuiApplication.clipboard().mimeData())

    @Slot()
    def choose_files(self) -> None:
        """Let a person choose pictures."""
        self._model.ask(asking.choose_files(self))

    @Slot()
    def choose_folder(self) -> None:
        """Let a person choose a folder."""
        self._model.ask(asking.choose_folder(self))

    @Slot()
    def save_table(self) -> None:
        """Let a person say where the table shall lie, and write it."""
        path = asking.choose_table(self)
        if path:
            self._model.save(path)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcome files, folders and pictures."""
        if event.mimeData().hasUrls() or event.mimeData().hasImage():
            self.zone.show_over(is_over=True)
            event.acceptProposedAction()

    def dragLeaveEvent(self, _event: object) -> None:
        """They went away again."""
        self.zone.show_over(is_over=False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Ask about them."""
        self.zone.show_over(is_over=False)
        event.acceptProposedAction()
        self.take(event.mimeData())

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with the checkpoint in view."""
        super().showEvent(event)
        self._model.refresh()

    # --- showing -----------------------------------------------------------------------------------------------

    @Slot()
    def refresh(self) -> None:
        """Show what is known now."""
        model = self._model
        if model.is_stale and self.isVisible():
            model.refresh()
            return
        is_empty = not (model.rows or model.skipped or model.busy() or model.failure())
        self._stack.setCurrentIndex(0 if is_empty else 1)
        self.progress.setVisible(model.busy())
        self.progress.show_progress(model.progress())
        self.save.setEnabled(bool(model.rows) and not model.busy() and not model.busy("save"))
        self._show_notices()
        self._show_words()
        self._show_rows()
        self.detail.refresh()

    def _show_words(self) -> None:
        model = self._model
        tally = model.tally()
        said = summary(replace(tally, unlike=None, unread=0))  # those stand beside it, to be clicked and seen
        self.summary.setText(prose(said) if model.rows else "")
        self.unlike.write(trn("{count} unlike", "{count} unlike", tally.unlike) if tally.unlike else "", "warning")
        skipped = len(model.skipped)
        self.unread.setVisible(bool(skipped))
        self.unread.setText(trn("Show {count} unread file", "Show {count} unread files", skipped))
        if model.began is not None:
            self.reading.setText(prose((probabilities(model.began.temperature), unlikeness(model.began.novelty))))
            self.detail.show_classes(model.began.classes)

    def _show_rows(self) -> None:
        if self.list.answers.grow():
            self._arrange()
        if self._model.rows and not self.list.currentIndex().isValid() and self.list.answers.rowCount():
            self.list.setCurrentIndex(self.list.answers.index(0))
        self.list.viewport().update()

    @Slot()
    def _arrange(self) -> None:
        self.list.arrange(convert(self.order.value, Order), self.search_line.text())

    @Slot()
    def _begin(self) -> None:
        self.list.answers.begin(self._model.rows)
        self.detail.show_row(None)

    def _show_notices(self) -> None:
        model = self._model
        told = (model.failure(), model.failure("save"), model.saved)
        if told == self._told:
            return
        self._told = told
        clear(self.notices)
        for failure, deed in ((told[0], model.retry), (told[1], self.save_table)):
            if isinstance(failure, Failure):
                self.notices.addWidget(failure_notice(failure, self.window(), deed))
        if model.saved is not None:
            count, path = model.saved.pictures, model.saved.path
            self.notices.addWidget(
                Notice("good", trn("{count} row is in {path}.", "{count} rows are in {path}.", count, path=path))
            )

    @Slot(object)
    def _complain(self, failure: Failure) -> None:
        if self.isVisible():
            show_failure(failure, (), self.window())

    @Slot()
    def _show_unread(self) -> None:
        dialog = skipped_dialog(tuple(self._model.skipped), self.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
