"""A form made from a record's type: titles, help, units, bounds and choices are read from the schema.

    form = Form(Transfer, "transfer", without=("freezing", "strength"))
    form.edited.connect(model.edit)                                # "transfer.beta", 0.02
    form.show_record(model.experiment.transfer)                    # whenever the experiment was edited

Plain values are rows; a field that holds one of several records is a fold whose title carries its present values
("Optimiser   SGD, momentum 0.9, 0.02"); a group of fields is such a fold too. `only` and `without` choose fields;
`form.control("patience")` gives the control of a field, for a page that moves the focus to it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from kt_gui.schema.choices import Record
from kt_gui.schema.texts import tr
from kt_gui.widgets.controls import Control, Drop, Side, choice, control
from kt_gui.widgets.notices import Fold
from kt_gui.widgets.parts import Muted, fill, label
from kt_gui.widgets.record_fields import RecordField, fields, first_sentence, kinds, tag
from kt_gui.widgets.theme import GRID
from kt_gui.widgets.words import summarise

LABEL_WIDTH = 128
_KINDS_SIDE_BY_SIDE = 24


@dataclass(frozen=True)
class Group:
    """Fields that fold together under a title; the summary says their present values."""

    title: str
    """English, marked."""
    fields: tuple[str, ...]
    summary: Callable[[Record], str]


class Form(QWidget):
    """The fields of one record, each with its control.

    Signals:
        edited(str, object): a person changed the value at this path, which begins with the form's prefix.
    """

    edited = Signal(str, object)

    def __init__(
        self,
        record: type[Record],
        prefix: str = "",
        *,
        groups: Sequence[Group] = (),
        only: Sequence[str] = (),
        without: Sequence[str] = (),
        label_width: int = LABEL_WIDTH,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._prefix, self._label_width = prefix, label_width
        self._shown: Record | None = None
        self._controls: dict[str, Control] = {}
        self._labels: dict[str, QLabel] = {}
        self._nested: dict[str, Kinds] = {}
        self._folds: list[tuple[Fold, Callable[[Record], str]]] = []
        chosen = [
            field for field in fields(record) if field.name not in without and field.name in (only or (field.name,))
        ]
        self._build(chosen, groups)

    def control(self, name: str) -> QWidget:
        """The control of a field, by the field's name."""
        return self._controls[name] if name in self._controls else self._nested[name]

    def fold(self, title: str) -> Fold:
        """The fold with this title, as shown."""
        return next(fold for fold, _ in self._folds if fold.button.text() == title)

    def show_row(self, name: str, *, is_shown: bool) -> None:
        """Show or hide the row of a field that means nothing at present."""
        self._controls[name].setVisible(is_shown)
        self._labels[name].setVisible(is_shown)

    def show_record(self, record: Record) -> None:
        """Show a record's values without saying so."""
        self._shown = record
        for name, each in self._controls.items():
            each.show_value(getattr(record, name))
        for name, nested in self._nested.items():
            nested.show_record(getattr(record, name))
        self._summarise()

    def _build(self, chosen: Sequence[RecordField], groups: Sequence[Group]) -> None:
        layout = QVBoxLayout(self)
        fill(layout, (), 0)
        grouped = {name for group in groups for name in group.fields}
        loose = [field for field in chosen if field.name not in grouped]
        layout.addLayout(self._rows([field for field in loose if not kinds(field)]))
        for field in loose:
            if kinds(field):
                self._add_fold(tr(field.title), [field], self._summary_of(field.name))
        for group in groups:
            inside = [field for field in chosen if field.name in group.fields]
            if inside:
                self._add_fold(tr(group.title), inside, group.summary)

    def _summary_of(self, name: str) -> Callable[[Record], str]:
        return lambda record: summarise(getattr(record, name))

    def _add_fold(self, title: str, inside: Sequence[RecordField], summary: Callable[[Record], str]) -> None:
        fold = Fold(title)
        fold.summary.setWordWrap(True)
        for field in inside:
            if kinds(field):
                fold.body.addWidget(self._add_nested(field))
        fold.body.addLayout(self._rows([field for field in inside if not kinds(field)]))
        self._folds.append((fold, summary))
        own = self.layout()
        assert own is not None
        own.addWidget(fold)

    def _add_nested(self, field: RecordField) -> "Kinds":
        nested = Kinds(field, self._path(field.name))
        nested.edited.connect(self._follow)
        self._nested[field.name] = nested
        return nested

    def _rows(self, chosen: Sequence[RecordField]) -> QGridLayout:
        grid = _grid(self._label_width)
        for field in chosen:
            made = control(field)
            if made is None:
                continue
            made.edited.connect(self._teller(field.name))
            self._controls[field.name] = made
            self._labels[field.name] = _add_row(grid, tr(field.title), tr(field.description), made)
        return grid

    def _teller(self, name: str) -> Callable[[object], None]:
        def tell(value: object) -> None:
            self._follow(self._path(name), value)

        return tell

    def _path(self, name: str) -> str:
        return f"{self._prefix}.{name}" if self._prefix else name

    @Slot(str, object)
    def _follow(self, path: str, value: object) -> None:
        own = path.removeprefix(f"{self._prefix}.") if self._prefix else path
        if self._shown is not None:
            self._shown = replaced(self._shown, own.split("."), value)
            self._summarise()
        self.edited.emit(path, value)

    def _summarise(self) -> None:
        if self._shown is not None:
            for fold, summary in self._folds:
                fold.summary.setText(summary(self._shown))
                fold.button.setAccessibleDescription(fold.summary.text())


class Kinds(QWidget):
    """A field that holds one of several records: which one, and its fields.

    Signals:
        edited(str, object): another kind was chosen (path of the field, a record of that kind), or one of its
            values changed (path of the value).
    """

    edited = Signal(str, object)

    def __init__(self, field: RecordField, path: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._kinds = {tag(kind): kind for kind in kinds(field)}
        self._form: Form | None = None
        self._kind = ""
        self._choice: Side | Drop = choice(tuple(self._kinds), _KINDS_SIDE_BY_SIDE)
        self._choice.setAccessibleName(tr(field.title))
        self._choice.edited.connect(self._choose)
        self._about = Muted()
        self._about.setProperty("kind", "small")
        self._place = QHBoxLayout()
        fill(QVBoxLayout(self), (self._choice, self._about, self._place))
        self._choice.setVisible(len(self._kinds) > 1)
        self.setFocusProxy(self._choice)

    def show_record(self, record: Record) -> None:
        """Show a record: its kind and its values."""
        if tag(record) != self._kind or self._form is None:
            self._show_kind(type(record))
        self._choice.show_value(tag(record))
        if self._form is not None:
            self._form.show_record(record)

    def _show_kind(self, kind: type[Record]) -> None:
        if self._form is not None:
            self._place.removeWidget(self._form)
            self._form.hide()
            self._form.deleteLater()
        self._kind = tag(kind)
        self._form = Form(kind, self._path)
        self._form.edited.connect(self.edited)
        self._about.setText(tr(first_sentence(kind)))
        self._place.addWidget(self._form)

    @Slot(object)
    def _choose(self, kind: str) -> None:
        record = _fresh(self._kinds[kind])
        self.show_record(record)
        self.edited.emit(self._path, record)


def _grid(label_width: int) -> QGridLayout:
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(GRID)
    grid.setVerticalSpacing(GRID)
    grid.setColumnMinimumWidth(0, label_width)
    grid.setColumnStretch(1, 1)
    return grid


def _add_row(grid: QGridLayout, title: str, description: str, made: QWidget) -> QLabel:
    name = label(title, "muted")
    name.setToolTip(description)
    name.setBuddy(made)
    line = grid.rowCount()
    grid.addWidget(name, line, 0)
    grid.addWidget(made, line, 1, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return name


def _fresh(kind: type[Record]) -> Record:
    """A record of defaults; texts that have none are empty."""
    needed = {field.name: "" for field in fields(kind) if field.name in _required(kind)}
    return kind(**needed)


def _required(kind: type[Record]) -> set[str]:
    return {field.name for field in msgspec.structs.fields(kind) if field.required}


def replaced(record: Record, path: Sequence[str], value: object) -> Record:
    """The record with another value at a path of fields."""
    name, *deeper = path
    inner = replaced(getattr(record, name), deeper, value) if deeper else value
    return msgspec.structs.replace(record, **{name: inner})
