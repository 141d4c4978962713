"""The λ dial: how strongly the weights are pulled back to where the source left them."""

import math

from PySide6.QtCore import QLocale, Qt, Signal, Slot
from PySide6.QtGui import QDoubleValidator
from PySide6.QtWidgets import QLineEdit, QSlider, QWidget

from kt_gui.schema.quantities import number
from kt_gui.schema.texts import tr
from kt_gui.widgets.parts import Card, Muted, column, label, row, secondary
from kt_gui.widgets.theme import TITLE

LOWEST, HIGHEST, LARGEST = 1e-5, 1.0, 1000.0
"""The slider's ends beside 0, and the largest number one may write."""
PER_DECADE = 20
STEPS = round(PER_DECADE * math.log10(HIGHEST / LOWEST)) + 1


def strength_at(step: int) -> float:
    """Give the λ at a step of the slider, with two digits that count: step 0 is 0, step 1 the lowest."""
    if step <= 0:
        return 0.0
    return float(f"{LOWEST * 10 ** ((step - 1) / PER_DECADE):.1e}")


def step_of(strength: float) -> int:
    """Give the step of the slider nearest to a λ."""
    if strength < LOWEST:
        return 0 if strength < LOWEST / 2 else 1
    return min(STEPS, 1 + round(PER_DECADE * math.log10(strength / LOWEST)))


class Dial(Card):
    """The card of λ: a slider on a log scale with 0 at its left end, the number, and the formula.

    Signals:
        edited(float): the person chose another λ.
        search_wanted(): the person wants a λ to be found.
        tuning_wanted(): the person wants other settings to be found.
    """

    edited = Signal(float)
    search_wanted = Signal()
    tuning_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("λ, the pull back to the source"), parent)
        self._strength, self._hindrance = 0.0, ""
        self._build()
        self._lay_out()
        self.slider.valueChanged.connect(self._slide)
        self.edit.editingFinished.connect(self._read)

    def _build(self) -> None:
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, STEPS)
        self.slider.setPageStep(PER_DECADE)
        self.slider.setAccessibleName(tr("λ, on a log scale"))
        self.slider.setMinimumHeight(24)
        self.edit = QLineEdit()
        self.edit.setFixedWidth(96)
        self.edit.setStyleSheet(f"font-size: {TITLE}px; font-weight: 600; padding: 2px 8px;")
        self.edit.setAccessibleName(tr("λ"))
        validator = QDoubleValidator(0.0, LARGEST, 9, self.edit)
        validator.setLocale(QLocale.c())
        self.edit.setValidator(validator)
        self.tune = secondary(tr("Find settings"), self.tuning_wanted.emit)
        self.search = secondary(tr("Find λ"), self.search_wanted.emit)
        self.formula = Muted()
        self.alpha = Muted()

    def _lay_out(self) -> None:
        self.header.addWidget(self.tune)
        self.header.addWidget(self.search)
        self.body.addWidget(self.slider)
        low, high = label(tr("0 · trust the new data"), "small"), label(tr("trust the source · 1"), "small")
        self.body.addLayout(row(low, None, high))
        self.body.addSpacing(4)
        words = column(self.formula, self.alpha, spacing=2)
        bottom = row(self.edit, words, spacing=12)
        bottom.setStretch(1, 1)
        self.body.addLayout(bottom)
        self.body.addStretch(1)

    @property
    def strength(self) -> float:
        """The λ shown."""
        return self._strength

    def show_strength(self, strength: float) -> None:
        """Show a λ, as exactly as it is."""
        self._strength = strength
        self.slider.blockSignals(True)
        self.slider.setValue(step_of(strength))
        self.slider.blockSignals(False)
        self.edit.setText(number(strength))
        self._explain()

    def allow(self, hindrance: str) -> None:
        """Let λ be set, or say why it holds nothing."""
        self._hindrance = hindrance
        for part in (self.slider, self.edit):
            part.setEnabled(not hindrance)
        self._explain()

    def allow_search(self, hindrance: str) -> None:
        """Let λ, or other settings, be searched for, or say why that cannot be."""
        self.tune.setEnabled(not hindrance)
        self.tune.setToolTip(
            hindrance or tr("Learning rate, freezing, λ, β or weight decay, one or two at once, by cross-validation")
        )
        self.search.setEnabled(not hindrance)
        values = tr("With features only and a new head, λ holds nothing: the values are β/2 instead.")
        instead = values if self._hindrance else ""
        self.search.setToolTip(hindrance or instead or tr("By cross-validation on the pictures to learn from"))

    def _explain(self) -> None:
        """Say what λ adds to the loss, or why nothing."""
        self.formula.setText(
            tr("target loss = cross-entropy + (β/2)‖head‖²")
            if self._hindrance
            else tr("target loss = cross-entropy + λ‖θ′−θ‖²")
        )
        self.alpha.setText(self._hindrance or self._meaning())
        tip = self._hindrance or tr(
            "λ‖θ′−θ‖² is added to the loss, without a half: λ is half the α of the L2-SP paper "
            "(Li et al. 2018, arXiv:1802.01483). Here α = 2λ = {alpha}.",
            alpha=number(2 * self._strength),
        )
        for part in (self.slider, self.edit, self.alpha, self.formula):
            part.setToolTip(tip)
        said = tr("λ = {strength}", strength=number(self._strength))
        self.slider.setAccessibleDescription(self._hindrance or said)

    def _meaning(self) -> str:
        if not self._strength:
            return tr("0: plain fine-tuning, nothing pulls back")
        return tr("α of the L2-SP paper is 2λ = {alpha}", alpha=number(2 * self._strength))

    @Slot(int)
    def _slide(self, step: int) -> None:
        self._change(strength_at(step))

    @Slot()
    def _read(self) -> None:
        self._change(float(self.edit.text()))

    def _change(self, strength: float) -> None:
        if strength == self._strength:
            return
        self.show_strength(strength)
        self.edited.emit(strength)
