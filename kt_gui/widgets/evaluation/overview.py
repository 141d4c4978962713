"""The verdict: one sentence first, then every number, and the pictures behind each."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from kt_gui.bridge.models import Models
from kt_gui.schema.events import Result
from kt_gui.schema.quantities import percent
from kt_gui.schema.texts import tr
from kt_gui.widgets import run_words
from kt_gui.widgets.interval import Interval
from kt_gui.widgets.parts import Card, Muted, label
from kt_gui.widgets.theme import GRID

WIDTH = 680
"""Of the card, in pixels: a line one can read."""


class Overview(QWidget):
    """The sentence, its interval, and what is known besides."""

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self.sentence = label("", "figure", wrap=True)
        self.interval = Interval()
        self.source, self.best = label(), label()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._card())
        layout.addStretch(1)
        models.run.changed.connect(self.write)
        self.write()

    def _card(self) -> Card:
        card = Card()
        card.setFixedWidth(WIDTH)
        card.body.addWidget(self.sentence)
        card.body.addWidget(self.interval)
        card.body.addSpacing(GRID)
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        rows = ((tr("On the source's test pictures"), self.source), (tr("Best epoch"), self.best))
        for place, (title, value) in enumerate(rows):
            grid.addWidget(label(title, "muted"), place, 0)
            grid.addWidget(value, place, 1)
        card.body.addLayout(grid)
        card.body.addSpacing(GRID)
        card.body.addWidget(
            Muted(
                tr(
                    "The best epoch was chosen on validation pictures. The test pictures were looked at once, "
                    "with that epoch's weights; the interval covers their number, not other seeds."
                )
            )
        )
        return card

    @Slot()
    def write(self) -> None:
        """Show the run in view."""
        if self._models.run.result is not None:
            self._show(self._models.run.result)

    def _show(self, result: Result) -> None:
        self.sentence.setText(run_words.verdict(result))
        is_drawn = result.target_accuracy is not None and result.target_interval is not None
        self.interval.setVisible(is_drawn)
        if result.target_accuracy is not None and result.target_interval is not None:
            self.interval.show_accuracy(result.target_accuracy, *result.target_interval)
        known = result.source_accuracy
        self.source.setText(percent(known) if known is not None else tr("not known: the source came without its data"))
        self.best.setText(str(result.best_epoch + 1) if result.best_epoch is not None else tr("none"))
