"""Controls for one value each, made from what a record says of a field.

All have `show_value(value)`, which says nothing, and a signal `edited(object)` for what a person did.
"""

from msgspec import inspect
from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QWidget,
)

from kt_gui.schema.texts import columns, tr
from kt_gui.widgets.number_boxes import LARGEST, SMALLEST_STEP, WIDTH, Decimal, Whole, calm_wheel
from kt_gui.widgets.parts import Segmented, fill
from kt_gui.widgets.record_fields import RecordField
from kt_gui.widgets.words import without, word

SIDE_BY_SIDE = 12
"""Letters that values may have together to stand side by side in a row of a form; a Chinese character is two."""


def control(field: RecordField) -> "Control | None":
    """Make the control for a field of plain values; None where no plain control can show it."""
    plain = _plain(field)
    if plain is None:
        return None
    made = Switched(plain, _start(field), without(field.name)) if field.is_optional else plain
    made.setAccessibleName(tr(field.title))
    made.setAccessibleDescription(tr(field.description))
    made.setToolTip(tr(field.description))
    return made


def _plain(field: RecordField) -> "Plain | None":
    match field.type:
        case inspect.BoolType():
            return Check()
        case inspect.IntType():
            return Whole(*_bounds(field.type, step=1), unit=field.unit)
        case inspect.FloatType():
            return Decimal(*_bounds(field.type, step=SMALLEST_STEP), unit=field.unit)
        case inspect.LiteralType() if all(isinstance(value, str) for value in field.type.values):
            return choice(field.values)
        case inspect.StrType():
            return Words()
        case _:
            return None


def choice(values: tuple[str, ...], most: int = SIDE_BY_SIDE) -> "Side | Drop":
    """Make a choice among values: side by side where they have at most so many letters, else a list that opens."""
    texts = [word(value) for value in values]
    return Side(values) if sum(columns(text) for text in texts) <= most else Drop(values)


def _bounds(kind: inspect.IntType | inspect.FloatType, step: float) -> tuple[float, float]:
    low = kind.ge if kind.ge is not None else -LARGEST if kind.gt is None else kind.gt + step
    high = kind.le if kind.le is not None else LARGEST if kind.lt is None else kind.lt - step
    return low, high


def _start(field: RecordField) -> float:
    """What an optional number begins with when it is switched on."""
    if field.start is not None:
        return field.start
    return _bounds(field.type, 1)[0] if isinstance(field.type, inspect.IntType | inspect.FloatType) else 0


class Check(QCheckBox):
    """Yes or no.

    Signals:
        edited(object): a person chose.
    """

    edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.toggled.connect(self._tell)

    def show_value(self, value: object) -> None:
        """Show yes or no."""
        with QSignalBlocker(self):
            self.setChecked(bool(value))

    @Slot(bool)
    def _tell(self, is_on: bool) -> None:
        self.edited.emit(is_on)


class Words(QLineEdit):
    """A line of text.

    Signals:
        edited(object): a person wrote this.
    """

    edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown = ""
        self.setFixedWidth(WIDTH)
        self.editingFinished.connect(self._tell)

    def show_value(self, value: object) -> None:
        """Show a text."""
        self._shown = str(value)
        if self.text() != self._shown:
            self.setText(self._shown)

    @Slot()
    def _tell(self) -> None:
        if self.text() != self._shown:
            self._shown = self.text()
            self.edited.emit(self._shown)


class Side(QWidget):
    """A few values side by side.

    Signals:
        edited(object): a person chose this value.
    """

    edited = Signal(object)

    def __init__(self, values: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choices = Segmented([(value, word(value)) for value in values])
        self._choices.chosen.connect(self._tell)
        fill(QHBoxLayout(self), (self._choices, None))
        self.setFocusProxy(self._choices)

    def setAccessibleName(self, name: str) -> None:
        """Name the choices too."""
        super().setAccessibleName(name)
        self._choices.setAccessibleName(name)

    def show_value(self, value: object) -> None:
        """Show a value."""
        self._choices.choose(str(value))

    @Slot(str)
    def _tell(self, value: str) -> None:
        self.edited.emit(value)


class Drop(QComboBox):
    """Values in a list that opens.

    Signals:
        edited(object): a person chose this value.
    """

    edited = Signal(object)

    def __init__(self, values: tuple[str, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        for value in values:
            self.addItem(word(value), value)
        self.setMinimumWidth(WIDTH)
        calm_wheel(self)
        self.activated.connect(self._tell)

    def show_value(self, value: object) -> None:
        """Show a value."""
        self.setCurrentIndex(self.findData(value))

    @Slot(int)
    def _tell(self, index: int) -> None:
        self.edited.emit(self.itemData(index))


class Switched(QWidget):
    """A check that switches another control on; off is None.

    Signals:
        edited(object): a person chose this value, or None.
    """

    edited = Signal(object)

    def __init__(self, inner: "Plain", start: float, off: str, parent: QWidget | None = None) -> None:
        """`start` is what it begins with when switched on; `off` says what holds while it is off."""
        super().__init__(parent)
        self._off = off
        self._check = Check()
        self._inner = inner
        self._value: object = start
        self.setMinimumHeight(inner.sizeHint().height())
        fill(QHBoxLayout(self), (self._check, inner, None))
        self.setFocusProxy(self._check)
        self._check.edited.connect(self._switch)
        self._inner.edited.connect(self._tell)

    def setAccessibleName(self, name: str) -> None:
        """Name both parts."""
        super().setAccessibleName(name)
        self._check.setAccessibleName(name)
        self._inner.setAccessibleName(name)

    def show_value(self, value: object) -> None:
        """Show a value, or that there is none."""
        self._value = self._value if value is None else value
        self._check.show_value(value is not None)
        self._check.setText("" if value is not None else self._off)
        self._inner.show_value(self._value)
        self._inner.setVisible(value is not None)

    @Slot(object)
    def _switch(self, is_on: bool) -> None:
        value = self._value if is_on else None
        self.show_value(value)
        self.edited.emit(value)

    @Slot(object)
    def _tell(self, value: object) -> None:
        self._value = value
        self.edited.emit(value)


Plain = Whole | Decimal | Check | Words | Side | Drop
Control = Plain | Switched
