"""Boxes for numbers: whole ones, and ones with as many decimals as they need. The wheel passes over them."""

import math
import re

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSpinBox, QWidget

from kt_gui.widgets.words import word

LARGEST = 2**31 - 1
WIDTH, INDENT = 120, 10
SMALLEST_STEP = 1e-6
_STARTED = re.compile(r"[-+]?\d*[.,]?\d*([eE][-+]?\d*)?")


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
    if value < SMALLEST_STEP * 0.999:
        return 1e-4 if up else 0.0
    exponent = math.floor(math.log10(value) + 1e-9)
    marks = [float(f"{digit}e{power}") for power in range(exponent - 1, exponent + 2) for digit in (1, 2, 5)]
    if up:
        return min(mark for mark in marks if mark > value * 1.0001)
    below = max(mark for mark in marks if mark < value * 0.9999)
    return below if below >= SMALLEST_STEP * 0.999 else 0.0
