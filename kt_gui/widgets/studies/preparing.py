"""A study before it starts: what it asks, its settings, how many runs it takes and how long, where, and the button."""

from collections.abc import Sequence
from typing import Any, cast

import msgspec
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from kt_gui.bridge import study_words as words
from kt_gui.bridge.study_model import StudyModel
from kt_gui.schema.quantities import duration, number
from kt_gui.schema.studies import Question
from kt_gui.schema.texts import tr
from kt_gui.schema.tuning import Tuning
from kt_gui.widgets import progress
from kt_gui.widgets.form import Form, replaced
from kt_gui.widgets.notices import Bar, Notice
from kt_gui.widgets.parts import Card, Muted, clear, column, fill, label, primary, row, scrolled
from kt_gui.widgets.record_fields import RecordField, fields
from kt_gui.widgets.studies.where import Where
from kt_gui.widgets.theme import GAP

LISTS = {"strengths": float, "blocks": int, "per_class": int}
"""Settings that are lists of numbers, written with spaces between them."""
LABEL_WIDTH = 160
WIDTH = 400
"""Of the card that says what it takes, in pixels."""


class Preparing(QWidget):
    """Three cards: what is asked, what it takes, and where it runs.

    Signals:
        started(): a person wants it to begin.
    """

    started = Signal()

    def __init__(self, study: StudyModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._study = study
        self._shown: Question | None = None
        self.form: Form | None = None
        self.lists: dict[str, NumbersLine] = {}
        self._build()
        self._lay_out()

    def _build(self) -> None:
        self.about = Muted()
        self.settings = QVBoxLayout()
        self.takes, self.note = label("", "figure", wrap=True), Muted()
        self.bar = Bar()
        self.bar.setAccessibleName(tr("Progress"))
        self.failure = Notice("error", "")
        self.start = primary(tr("Start the study"), self.started.emit)
        self.where = Where()
        self.where.chosen.connect(self._study.run_on)

    def _lay_out(self) -> None:
        fill(self.settings, ())
        asked = Card(tr("What is asked"))
        asked.body.addWidget(self.about)
        asked.body.addSpacing(8)
        asked.body.addLayout(self.settings)
        takes = Card(tr("What it takes"))
        for part in (self.takes, self.bar, self.failure, self.note):
            takes.body.addWidget(part)
        takes.body.addLayout(row(self.start, None))
        for card in (takes, self.where):
            card.setFixedWidth(WIDTH)
        left = QWidget()
        left.setLayout(column(asked, None))
        whole = row(scrolled(left), column(takes, self.where, None, spacing=GAP), spacing=GAP)
        whole.setStretch(0, 1)
        self.setLayout(whole)

    def write(self, hindrance: str) -> None:
        """Show the study that is prepared, and what keeps it from starting."""
        asked = self._study.study
        if asked is None:
            return
        self._show_question(asked.study)
        self.where.show_place(self._study.on)
        failure, is_busy = self._study.foresight_failure, self._study.is_foreseeing
        self.about.setText(words.asks(asked))
        self.bar.setVisible(is_busy)
        self.bar.write(None)
        self.failure.setVisible(failure is not None and not is_busy)
        if failure is not None:
            self.failure.write(failure.message, failure.remedy)
        self.takes.setText(self._takes())
        self.takes.setVisible(failure is None or is_busy)
        self.note.setText(hindrance or tr("Runs of a study are kept in its folder. It can be stopped and resumed."))
        self.start.setEnabled(not hindrance and (failure is None or is_busy))
        self.start.setToolTip(hindrance or (failure.message if failure is not None else ""))

    def _takes(self) -> str:
        told, activity = self._study.foreseen, self._study.activity
        if told is None:
            is_read = activity is None or activity.done == activity.total
            return tr("Trying three real batches") if is_read or activity is None else progress.describe(activity)
        time = tr("{low} to {high}", low=duration(told.seconds_low), high=duration(told.seconds_high))
        return f"{words.counts(told.trials, told.runs)} · {time}"

    # --- settings ------------------------------------------------------------------------------------------------

    def _show_question(self, question: Question) -> None:
        if type(question) is not type(self._shown):
            self._make_settings(question)
        if question != self._shown and self.form is not None:
            self.form.show_record(question)
            if isinstance(question, Tuning):
                self.form.show_row("tries", is_shown=not question.full_grid)
                self.form.show_row("prune", is_shown=not question.full_grid)
                self.form.show_row("values", is_shown=question.full_grid)
            for name, line in self.lists.items():
                line.show_numbers(getattr(question, name))
        self._shown = question

    def _make_settings(self, question: Question) -> None:
        clear(self.settings)
        lists = [field for field in fields(type(question)) if field.name in LISTS]
        self.lists = {field.name: NumbersLine(field) for field in lists}
        for field, line in zip(lists, self.lists.values(), strict=True):
            line.edited.connect(self._edit)
            self.settings.addWidget(_named(field, line))
        self.form = Form(type(question), label_width=LABEL_WIDTH)
        self.form.edited.connect(self._edit)
        self.settings.addWidget(self.form)

    @Slot(str, object)
    def _edit(self, name: str, value: object) -> None:
        if self._shown is not None:
            self._study.ask(_edited(self._shown, name, value))


class NumbersLine(QLineEdit):
    """Numbers with spaces between them; what cannot be read is marked and not told.

    Signals:
        edited(str, object): a person wrote these numbers, for the field of this name.
    """

    edited = Signal(str, object)

    def __init__(self, field: RecordField, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = field.name
        self.setAccessibleName(tr(field.title))
        self.setToolTip(tr(field.description))
        self.editingFinished.connect(self._read)

    def show_numbers(self, numbers: Sequence[float]) -> None:
        """Show these numbers."""
        self.setText("  ".join(number(each) for each in numbers))
        self.setCursorPosition(0)
        self._mark(is_wrong=False)

    @Slot()
    def _read(self) -> None:
        kind: Any = LISTS[self._name]
        try:
            found = tuple(kind(each) for each in self.text().replace(";", " ").split())
            is_wrong = not found or not all(0 <= each <= 1000 for each in found)
        except ValueError:
            found, is_wrong = (), True
        self._mark(is_wrong=is_wrong)
        if not is_wrong:
            self.edited.emit(self._name, found)

    def _mark(self, *, is_wrong: bool) -> None:
        self.setProperty("wrong", is_wrong)
        self.style().unpolish(self)
        self.style().polish(self)


def _named(field: RecordField, line: NumbersLine) -> QWidget:
    made = QWidget()
    name = label(tr(field.title), "muted")
    name.setFixedWidth(LABEL_WIDTH)
    name.setBuddy(line)
    laid = row(name, line)
    laid.setStretch(1, 1)
    made.setLayout(laid)
    return made


def _edited(question: Question, name: str, value: object) -> Question:
    """The question with another setting; as it was where the setting does not keep its bounds."""
    changed = replaced(question, name.split("."), value)
    try:
        msgspec.convert(msgspec.to_builtins(changed), type(question))
    except msgspec.ValidationError:
        return question
    return cast(Question, changed)
