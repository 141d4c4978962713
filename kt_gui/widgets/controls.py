"""Controls for one value each, made from what a record says of a field.

All have `show_value(value)`, which says nothing, and a signal `edited(object)` for what a person did.
"""

import math
import re

from msgspec import inspect
from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLineEdit,
    QSpinBox,
    QWidget,
)

from kt_gui.schema.texts import tr
from kt_gui.widgets.parts import Segmented, fill
from kt_gui.widgets.record_fields import RecordField
from kt_gui.widgets.words import without, word

LARGEST = 2**31 - 1
WIDTH, INDENT = 120, 10
_SMALLEST_STEP = 1e-6
_STARTED = re.compile(r"[-+]?\d*[.,]?\d*([eE][-+]?\d*)?")
SIDE_BY_SIDE = 12
"""Characters that values may have together to stand side by side in a row of a form."""


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
            return Decimal(*_bounds(field.type, step=_SMALLEST_STEP), unit=field.unit)
        case inspect.LiteralType() if all(isinstance(value, str) for value in field.type.values):
            return choice(field.values)
        case inspect.StrType():
            return Words()
        case _:
            return None


def choice(values: tuple[str, ...], most: int = SIDE_BY_SIDE) -> "Side | Drop":
    """Make a choice among values: side by side where they have at most so many characters, else a list that opens."""
    texts = [word(value) for value in values]
    return Side(values) if sum(len(text) for text in texts) <= most else Drop(values)


def _bounds(kind: inspect.IntType | inspect.FloatType, step: float) -> tuple[float, float]:
    low = kind.ge if kind.ge is not None else -LARGEST if kind.gt is None else kind.gt + step
    high = kind.le if kind.le is not None else LARGEST if kind.lt is None else kind.lt - step
    return low, high


def _start(field: RecordField) -> float:
    """What an optional number begins with when it is switched on."""
    low = _bounds(field.type, 1)[0] if isinstance(field.type, inspect.IntType) else 1.0
    wanted = {"epochs": 10, "px": 64}.get(field.unit, 1)
    return max(low, wanted) if field.unit else low


class _CalmWheel(QObject):
    """Leaves the wheel to the page that scrolls, unless the control has the keyboard."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Swallow nothing but the wheel over a control that is only passed."""
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False


def calm_wheel(widget: QWidget) -> None:
    """Keep a control from changing when the page is scrolled over it."""
    widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    widget.installEventFilter(_CalmWheel(widget))


class Whole(QSpinBox):
    """A whole number.

    Signals:
        edited(object): a person chose this number.
    """

    edited = Signal(object)

    def __init__(self, low: float, high: float, unit: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRange(int(low), int(min(high, LARGEST)))
        self.setSuffix(f" {word(unit)}" if unit else "")
        self.setKeyboardTracking(False)
        self.setFixedWidth(WIDTH)
        self.lineEdit().setTextMargins(INDENT, 0, 0, 0)
        calm_wheel(self)
        self.valueChanged.connect(self._tell)

    def show_value(self, value: object) -> None:
        """Show a number."""
        if isinstance(value, int) and value != self.value():
            with QSignalBlocker(self):
                self.setValue(value)

    @Slot(int)
    def _tell(self, value: int) -> None:
        self.edited.emit(value)


class Decimal(QDoubleSpinBox):
    """A number with as many decimals as it needs, also typed as 1e-4.

    Steps are 1, 2, 5, 10 where the number spans magnitudes, even where it is a share or counts something.

    Signals:
        edited(object): a person chose this number.
    """

    edited = Signal(object)

    def __init__(self, low: float, high: float, unit: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_even = bool(unit) or high <= 1
        self.setDecimals(12)
        self.setRange(low, high)
        self.setSingleStep(0.5 if unit else 0.05)
        self.setSuffix(f" {word(unit)}" if unit else "")
        self.setKeyboardTracking(False)
        self.setFixedWidth(WIDTH)
        self.lineEdit().setTextMargins(INDENT, 0, 0, 0)
        calm_wheel(self)
        self.valueChanged.connect(self._tell)

    def show_value(self, value: object) -> None:
        """Show a number."""
        if isinstance(value, int | float) and value != self.value():
            with QSignalBlocker(self):
                self.setValue(float(value))

    def stepBy(self, steps: int) -> None:
        """Step evenly, or to the next of 1, 2, 5, 10."""
        if self._is_even:
            super().stepBy(steps)
            return
        value = self.value()
        for _ in range(abs(steps)):
            value = neighbour(value, up=steps > 0)
        self.setValue(value)
        self.selectAll()

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        """Both ways within the bounds."""
        none = QAbstractSpinBox.StepEnabledFlag.StepNone
        up = QAbstractSpinBox.StepEnabledFlag.StepUpEnabled if self.value() < self.maximum() else none
        down = QAbstractSpinBox.StepEnabledFlag.StepDownEnabled if self.value() > self.minimum() else none
        return up | down

    def textFromValue(self, value: float) -> str:
        """Write without trailing zeros."""
        return f"{value:.6g}"

    def valueFromText(self, text: str) -> float:
        """Read a number, with a comma too."""
        return float(self._bare(text).replace(",", "."))

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Accept a number within the bounds; let one be begun."""
        bare = self._bare(text)
        try:
            number = float(bare.replace(",", "."))
        except ValueError:
            is_begun = _STARTED.fullmatch(bare) is not None
            state = QValidator.State.Intermediate if is_begun else QValidator.State.Invalid
            return state, text, position
        inside = self.minimum() <= number <= self.maximum()
        return QValidator.State.Acceptable if inside else QValidator.State.Intermediate, text, position

    def _bare(self, text: str) -> str:
        return text.removesuffix(self.suffix()).strip()

    @Slot(float)
    def _tell(self, value: float) -> None:
        self.edited.emit(value)


def neighbour(value: float, *, up: bool) -> float:
    """Give the next number of 1, 2, 5, 10, 20 ... above or below; zero lies below a millionth."""
    if value < _SMALLEST_STEP * 0.999:
        return 1e-4 if up else 0.0
    exponent = math.floor(math.log10(value) + 1e-9)
    marks = [float(f"{digit}e{power}") for power in range(exponent - 1, exponent + 2) for digit in (1, 2, 5)]
    if up:
        return min(mark for mark in marks if mark > value * 1.0001)
    below = max(mark for mark in marks if mark < value * 0.9999)
    return below if below >= _SMALLEST_STEP * 0.999 else 0.0


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
