"""The freezing ladder: what stays and what moves, block by block, with the usual strategies one click away."""

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QMenu, QPushButton, QSpinBox, QWidget

from kt_gui.schema.choices import (
    BatchNormOnly,
    BiasOnly,
    Everything,
    Features,
    Freezing,
    Gradual,
    HeadFirst,
    LastBlocks,
    OnlyBlock,
)
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import BlockDescribed
from kt_gui.schema.freezing import moving, name, plan
from kt_gui.schema.quantities import short
from kt_gui.schema.texts import tr
from kt_gui.widgets.parts import Card, Chip, Elided, Muted, label, row, scrolled, secondary
from kt_gui.widgets.record_fields import first_sentence
from kt_gui.widgets.rungs import Rungs


class Ladder(Card):
    """The card of the freezing strategy.

    Signals:
        edited(Freezing): the person chose otherwise.
    """

    edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Freezing"), parent)
        self._blocks: tuple[BlockDescribed, ...] = ()
        self._choice: Freezing = Everything()
        self._build()
        self._lay_out()
        self._connect()

    def _build(self) -> None:
        self.chip = Chip()
        self.moving = Elided("", "muted")
        self.rungs = Rungs()
        self.area = scrolled(self.rungs)
        self.wrong = Muted()
        self.presets: dict[type, QPushButton] = {}
        for title, choice in (
            (tr("Features only"), Features()),
            (tr("Last block"), LastBlocks()),
            (tr("Head first"), HeadFirst()),
            (tr("Gradual"), Gradual()),
            (tr("Everything"), Everything()),
        ):
            self.presets[type(choice)] = self._preset(title, choice)
        self.more = secondary(tr("More"))
        self.menu = QMenu(self.more)
        self.more.setMenu(self.menu)
        self.stage = label("", "muted")
        self.epochs = QSpinBox()
        self.epochs.setRange(1, 9999)
        self.epochs.setFixedWidth(88)

    def _preset(self, title: str, choice: Freezing) -> QPushButton:
        made = secondary(title, lambda: self._choose(choice))
        made.setCheckable(True)
        made.setToolTip(tr(first_sentence(type(choice))))
        return made

    def _lay_out(self) -> None:
        self.header.insertWidget(1, self.moving)
        self.header.addWidget(self.chip)
        self.body.addWidget(self.wrong)
        self.body.addWidget(self.area, 1)
        self.body.addLayout(row(self.stage, self.epochs, None))
        self.body.addLayout(row(*self.presets.values(), self.more, None, spacing=6))
        self.body.addStretch(0)

    def _connect(self) -> None:
        self.rungs.edited.connect(self._take)
        self.rungs.reached.connect(self._follow)
        self.menu.aboutToShow.connect(self._fill_menu)
        self.epochs.valueChanged.connect(self._change_epochs)

    def show_network(self, blocks: tuple[BlockDescribed, ...], choice: Freezing, batch_norm: str) -> None:
        """Draw a network's blocks under a choice; says so where the choice names a block that is not there."""
        self._blocks, self._choice = blocks, choice
        for each in (*self.presets.values(), self.more, self.chip):
            each.show()
        self._show_words()
        problem = self._problem()
        self.wrong.setText(problem)
        self.wrong.setVisible(bool(problem))
        self.rungs.setVisible(bool(blocks) and not problem)
        if blocks and not problem:
            self.rungs.show_blocks(blocks, choice, batch_norm)
            self.area.setMaximumHeight(self.rungs.height())

    def show_waiting(self, words: str) -> None:
        """Say why there is nothing to draw yet."""
        self._blocks = ()
        self.rungs.hide()
        self.moving.setText("")
        self.wrong.setText(words)
        self.wrong.show()
        for each in (*self.presets.values(), self.more, self.chip, self.stage, self.epochs):
            each.hide()

    def _problem(self) -> str:
        if not self._blocks:
            return ""
        try:
            plan(self._names(), self._choice, 0)
        except UserError as error:
            return tr("{problem} {remedy}", problem=error.message, remedy=error.remedy)
        return ""

    def _show_words(self) -> None:
        self.chip.write(name(self._choice))
        for kind, each in self.presets.items():
            each.setChecked(type(self._choice) is kind)
        if isinstance(self._choice, LastBlocks):
            self.presets[LastBlocks].setChecked(self._choice.blocks == 1)
        self.moving.setText(self._sentence())
        self._show_epochs()

    def _sentence(self) -> str:
        if not self._blocks or self._problem():
            return ""
        total = sum(block.parameters for block in self._blocks)
        values = {"moving": short(moving(self._blocks, self._choice)), "total": short(total)}
        if isinstance(self._choice, Gradual):
            return tr("{moving} of {total} parameters will move, one more block each stage", **values)
        if isinstance(self._choice, HeadFirst):
            return tr("{moving} of {total} parameters will move, the head first", **values)
        return tr("{moving} of {total} parameters will move", **values)

    def _show_epochs(self) -> None:
        staged = isinstance(self._choice, HeadFirst | Gradual)
        self.stage.setVisible(staged)
        self.epochs.setVisible(staged)
        self.epochs.blockSignals(True)
        if isinstance(self._choice, HeadFirst):
            self.stage.setText(tr("Epochs in which only the head learns"))
            self.epochs.setValue(self._choice.head_epochs)
        elif isinstance(self._choice, Gradual):
            self.stage.setText(tr("Epochs before the next block begins to learn"))
            self.epochs.setValue(self._choice.epochs_per_block)
        self.epochs.blockSignals(False)
        self.epochs.setAccessibleName(self.stage.text())

    def _names(self) -> list[str]:
        return [block.name for block in self._blocks]

    @Slot(int)
    def _change_epochs(self, epochs: int) -> None:
        if isinstance(self._choice, HeadFirst):
            self._choose(HeadFirst(head_epochs=epochs))
        elif isinstance(self._choice, Gradual):
            self._choose(Gradual(epochs_per_block=epochs))

    @Slot(object)
    def _take(self, choice: Freezing) -> None:
        self._choice = choice
        self.area.setMaximumHeight(self.rungs.height())
        self._show_words()
        self.edited.emit(choice)

    def _choose(self, choice: Freezing) -> None:
        if choice != self._choice:
            self.edited.emit(choice)
        self._show_words()

    @Slot(int)
    def _follow(self, top: int) -> None:
        self.area.ensureVisible(0, top, 0, 60)

    @Slot()
    def _fill_menu(self) -> None:
        self.menu.clear()
        names = self._names()
        only = self.menu.addMenu(tr("Only one block, and the head"))
        for block in names[:-1]:
            self._entry(only, block, OnlyBlock(block=block))
        last = self.menu.addMenu(tr("The last blocks, and the head"))
        for count in range(1, len(names)):
            self._entry(last, name(LastBlocks(blocks=count)), LastBlocks(blocks=count))
        self.menu.addSeparator()
        self._entry(self.menu, tr("Batch norm only"), BatchNormOnly())
        self._entry(self.menu, tr("Biases only"), BiasOnly())

    def _entry(self, menu: QMenu, title: str, choice: Freezing) -> None:
        action = menu.addAction(title.replace("&", "&&"), lambda: self._choose(choice))
        action.setCheckable(True)
        action.setChecked(choice == self._choice)


def choices_of(menu: QMenu) -> Sequence[str]:
    """List a menu's entries, submenus included, as they read."""
    found: list[str] = []
    for action in menu.actions():
        inner = action.menu()
        found += choices_of(inner) if isinstance(inner, QMenu) else [action.text()] if action.text() else []
    return found
