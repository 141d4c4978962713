"""Two runs on the same test pictures: who has more of them right, whether that is chance, and which changed sides."""

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QStackedWidget, QWidget

from kt_gui.bridge.comparison_model import ComparisonModel
from kt_gui.schema import comparison_words as words
from kt_gui.schema.comparisons import Contender, Matched, Turned
from kt_gui.schema.texts import thousands, tr
from kt_gui.widgets.number_boxes import calm_wheel
from kt_gui.widgets.parts import Card, Muted, Tone, column, label, row, secondary, tint
from kt_gui.widgets.progress import ProgressLine
from kt_gui.widgets.theme import GAP, GRID

WIDTH, HEIGHT = 320, 304
"""Of the card, in pixels; it may be higher."""


class Duel(Card):
    """The card.

    Signals:
        wanted(tuple): show these pictures, which changed sides.
    """

    wanted = Signal(object)

    def __init__(self, model: ComparisonModel, parent: QWidget | None = None) -> None:
        super().__init__(tr("Picture by picture"), parent)
        self._model = model
        self._runs: Sequence[Contender] = ()
        self.setFixedWidth(WIDTH)
        self.setMinimumHeight(HEIGHT)
        self._build()
        self._lay_out()
        model.changed.connect(self.write)
        self.write()

    def _build(self) -> None:
        self.first, self.second = (self._chooser(name) for name in (tr("First run"), tr("Second run")))
        self.figure, self.interval = label("", "figure"), label("", "muted")
        self.counts, self.chance = label(wrap=True), label(wrap=True)
        self.scope = Muted()
        self.gained = secondary("", lambda: self._show(is_gained=True))
        self.lost = secondary("", lambda: self._show(is_gained=False))
        self.progress = ProgressLine()
        self.progress.cancelled.connect(self._cancel)
        self.reason, self.remedy = label(wrap=True), Muted()
        self.again = secondary(tr("Look at them"), self._model.match)

    def _chooser(self, name: str) -> QComboBox:
        made = QComboBox()
        made.setAccessibleName(name)
        made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        made.setMinimumContentsLength(8)
        calm_wheel(made)
        made.activated.connect(self._choose)
        return made

    def _lay_out(self) -> None:
        self.stack = QStackedWidget()
        parts = (self.figure, self.interval, self.counts, self.chance)
        full = column(*parts, row(self.gained, self.lost, None), self.scope, None)
        for each in (full, column(self.progress, None), column(self.reason, self.remedy, row(self.again, None), None)):
            page = QWidget()
            page.setLayout(each)
            self.stack.addWidget(page)
        choosers = row(self.first, self.second)
        choosers.setStretch(0, 1)
        choosers.setStretch(1, 1)
        self.body.addLayout(choosers)
        self.body.addSpacing(GRID)
        self.body.addWidget(self.stack, 1)
        self.body.setSpacing(GAP - GRID)

    # --- showing -----------------------------------------------------------------------------------------------

    @Slot()
    def write(self) -> None:
        """Show the two runs that were chosen: what is known of them, that it is being found out, or why it is not."""
        contrasted = self._model.contrasted
        if contrasted is None:
            return
        self._list(contrasted.runs)
        failure = self._model.failure("match")
        if self._model.matched is not None:
            self._tell(self._model.matched)
        elif self._model.busy("match"):
            self.progress.show_progress(self._model.progress("match"))
            self.stack.setCurrentIndex(1)
        elif self._model.pair[0] == self._model.pair[1]:
            self._explain(tr("These are the same run."), tr("Choose two."))
        elif failure is not None:
            self._explain(failure.message, failure.remedy)
        else:
            self._explain(tr("The test pictures were not looked at."), "", can_retry=True)

    def _list(self, runs: Sequence[Contender]) -> None:
        if runs != self._runs:
            self._runs = runs
            for chooser in (self.first, self.second):
                chooser.clear()
                chooser.addItems([_entry(place, run, runs) for place, run in enumerate(runs)])
        for chooser, place in zip((self.first, self.second), self._model.pair, strict=True):
            chooser.setCurrentIndex(place)
            chooser.setToolTip(chooser.currentText())
            chooser.setVisible(len(runs) > 2)

    def _tell(self, matched: Matched) -> None:
        first, second = self._letters()
        is_clear = matched.test.p < words.CLEAR
        tone: Tone = "" if not is_clear else "good" if matched.test.difference > 0 else "bad"
        self.figure.setText(tr("{points} points", points=words.points(matched.test.difference)))
        tint(self.figure, tone)
        self.interval.setText(words.interval(matched, first, second))
        self.counts.setText(words.disagreement(matched, first, second))
        self.chance.setText(words.chance(matched))
        self.scope.setText(words.scope(matched, first, second))
        for button, turned, text in (
            (self.gained, matched.gained, tr("Show {count} gained", count=thousands(len(matched.gained)))),
            (self.lost, matched.lost, tr("Show {count} lost", count=thousands(len(matched.lost)))),
        ):
            button.setText(text)
            button.setEnabled(bool(turned))
        self.gained.setToolTip(tr("Wrong with {first}, right with {second}", first=first, second=second))
        self.lost.setToolTip(tr("Right with {first}, wrong with {second}", first=first, second=second))
        self.stack.setCurrentIndex(0)

    def _explain(self, reason: str, remedy: str, *, can_retry: bool = False) -> None:
        self.reason.setText(reason)
        self.remedy.setText(remedy)
        self.remedy.setVisible(bool(remedy))
        self.again.setVisible(can_retry)
        self.stack.setCurrentIndex(2)

    def _letters(self) -> tuple[str, str]:
        first, second = self._model.pair
        return words.letter(first), words.letter(second)

    # --- doing -------------------------------------------------------------------------------------------------

    @Slot(int)
    def _choose(self) -> None:
        self._model.choose(self.first.currentIndex(), self.second.currentIndex())

    @Slot()
    def _cancel(self) -> None:
        self._model.cancel("match")

    def _show(self, *, is_gained: bool) -> None:
        matched = self._model.matched
        if matched is not None:
            turned: tuple[Turned, ...] = matched.gained if is_gained else matched.lost
            self.wanted.emit(turned)


def _entry(place: int, run: Contender, runs: Sequence[Contender]) -> str:
    """Name a run, with its seed where others are called the same."""
    letter = words.letter(place)
    if sum(each.name == run.name for each in runs) > 1:
        return tr("{letter}   seed {seed}, {name}", letter=letter, name=run.name, seed=run.seed)
    return f"{letter}   {run.name}"
