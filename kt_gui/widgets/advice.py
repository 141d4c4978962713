"""The card that says what to do with the target: one sentence, where each part of it comes from, and one button."""

from collections.abc import Callable
from itertools import groupby, pairwise

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from kt_gui.bridge import curing
from kt_gui.bridge.failures import describe
from kt_gui.bridge.models import Models
from kt_gui.schema import advice_words as words
from kt_gui.schema.advice import Advice, Part
from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.texts import listed, tr
from kt_gui.widgets.messages import show_failure
from kt_gui.widgets.parts import Card, Chip, clear, fill, label, link, row, secondary

LEAST = 64
"""Of a link to an origin, in pixels."""


class AdviceCard(Card):
    """Takes no room while nothing is known.

    Signals:
        wanted(str): go to another page.
        used(): the experiment was filled with what is advised.
    """

    wanted = Signal(str)
    used = Signal()

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._models = models
        self._shown: tuple[Experiment, Advice] | None = None
        self.sentence = label("", "strong", wrap=True)
        self.parts: QHBoxLayout = row(spacing=12)
        self.chip = Chip(tr("In use"), "good")
        self.ask = link("", self._ask)
        self.use = secondary(tr("Use it"), self._use)
        self.body.setSpacing(4)
        self.body.addWidget(self.sentence)
        self.body.addLayout(row(self.parts, None, self.chip, self.ask, self.use, spacing=12))
        self.hide()

    def show_advice(self, experiment: Experiment, advice: Advice | None) -> None:
        """Show what is advised for an experiment; nothing where there is none."""
        self.setVisible(advice is not None)
        if advice is None:
            self._shown = None
            return
        if self._shown != (experiment, advice):
            self._shown = (experiment, advice)
            self._write(experiment, advice)
        hindrance = curing.obstacle(self._models, advice)
        self.ask.setEnabled(not hindrance)
        self.ask.setToolTip(hindrance)

    def _write(self, experiment: Experiment, advice: Advice) -> None:
        self.sentence.setText(words.sentence(advice))
        is_used = advice.experiment == experiment
        self.chip.setVisible(is_used and advice.is_measured)
        self.use.setVisible(advice.is_measured and not is_used)
        self.ask.setVisible(advice.next != "none")
        self.ask.setText(tr(words.NEXT[advice.next]) if advice.next != "none" else "")
        about = words.basis(advice) or "\n".join(str(part.why) for part in advice.parts)
        self.sentence.setToolTip(about)
        self.sentence.setAccessibleDescription(about)
        clear(self.parts)
        if advice.is_measured:
            fill(self.parts, [self._origin(tuple(parts)) for _, parts in groupby(advice.parts, _whence)], 12)
        self._order()

    def _order(self) -> None:
        """Have the keyboard come to the origins before the buttons at their right, though they were made later."""
        origins = [made for made in self.findChildren(QPushButton) if made not in (self.ask, self.use)]
        chain = [self.ask, *origins, self.ask] if origins else []
        for before, after in pairwise(chain):
            QWidget.setTabOrder(before, after)

    def _origin(self, parts: tuple[Part, ...]) -> QWidget:
        """What parts are called, and a link to where they come from, or the rule that they follow."""
        made, name = QWidget(), words.where_from(parts[0])
        origin: QWidget
        if parts[0].basis in ("ranking", "study"):
            origin = Origin(name, self._opens(parts[0]))
            values = listed(part.value for part in parts)
            origin.setAccessibleName(tr("{part}: {origin}", part=values, origin=name))
        else:
            origin = label(name)
        origin.setToolTip("\n".join((name, *(str(part.why) for part in parts))))
        called = label(listed(tr(words.ASPECTS[part.aspect]) for part in parts), "muted")
        made.setLayout(row(called, origin, spacing=6))
        return made

    def _opens(self, part: Part) -> Callable[[], None]:
        return lambda: self._open(part)

    # --- what a person does ------------------------------------------------------------------------------------------

    @Slot()
    def _use(self) -> None:
        if self._shown is not None:
            curing.use(self._models, self._shown[1])
            self.used.emit()

    @Slot()
    def _ask(self) -> None:
        if self._shown is not None:
            curing.ask_next(self._models, *self._shown)
            self.wanted.emit("studies")

    def _open(self, part: Part) -> None:
        if self._shown is None:
            return
        try:
            curing.open_origin(self._models, self._shown[0], part)
        except UserError as error:
            show_failure(describe(error), parent=self.window())
            return
        self.wanted.emit("studies")


class Origin(QPushButton):
    """A link that is cut with … where it does not fit: a study may be called anything."""

    def __init__(self, text: str, clicked: Callable[[], None], parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._whole = text
        self.setProperty("kind", "link")
        self.setAutoDefault(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.clicked.connect(lambda: clicked())

    def sizeHint(self) -> QSize:
        """As wide as the whole text."""
        width = self._beside() + self.fontMetrics().horizontalAdvance(self._whole) + 2
        return QSize(width, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """A few letters, or the whole where that is short."""
        return self.sizeHint().boundedTo(QSize(LEAST, self.sizeHint().height()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut anew."""
        super().resizeEvent(event)
        room = self.width() - self._beside()
        self.setText(self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideMiddle, room))

    def _beside(self) -> int:
        """Pixels that are not text."""
        self.ensurePolished()
        return super().sizeHint().width() - self.fontMetrics().horizontalAdvance(self.text())


def _whence(part: Part) -> tuple[str, str]:
    return part.basis, part.study
