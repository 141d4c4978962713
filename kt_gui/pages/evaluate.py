"""Step 5: what the run in view reached on the test pictures, in one sentence, with its interval."""

from functools import partial

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QGridLayout, QStackedLayout, QWidget

from kt_gui.bridge.models import Models
from kt_gui.schema.events import Result
from kt_gui.schema.quantities import percent
from kt_gui.schema.texts import tr
from kt_gui.widgets import run_words
from kt_gui.widgets.empty import Empty
from kt_gui.widgets.interval import Interval
from kt_gui.widgets.parts import Card, Heading, Muted, label, page_layout
from kt_gui.widgets.theme import GRID

WIDTH = 680
"""Of the card, in pixels: a line one can read."""


class EvaluatePage(QWidget):
    """The verdict.

    Signals:
        wanted(str): go to another page.
    """

    wanted = Signal(str)

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._build()
        self._lay_out()
        models.run.changed.connect(self.write)
        self.write()

    def _build(self) -> None:
        self.heading = Heading(tr("How good it has become"))
        self.sentence = label("", "figure", wrap=True)
        self.interval = Interval()
        self.source, self.best = label(), label()
        self.empty = Empty(
            "target",
            tr("Nothing to judge yet"),
            tr("When a run has ended, its accuracy on the test pictures stands here."),
            tr("Go to Train"),
            partial(self.wanted.emit, "train"),
        )

    def _lay_out(self) -> None:
        shown = QWidget()
        layout = page_layout(shown)
        layout.addWidget(self.heading)
        layout.addWidget(self._card())
        layout.addStretch(1)
        unshown = QWidget()
        page_layout(unshown).addWidget(self.empty)
        self.stack = QStackedLayout(self)
        self.stack.setContentsMargins(0, 0, 0, 0)
        self.stack.addWidget(shown)
        self.stack.addWidget(unshown)

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
        run = self._models.run
        is_known = run.result is not None and run.state in ("finished", "stopped")
        self.stack.setCurrentIndex(0 if is_known else 1)
        if run.result is not None:
            self.heading.write(tr("How good it has become"), run.name)
            self._show(run.result)

    def _show(self, result: Result) -> None:
        self.sentence.setText(run_words.verdict(result))
        is_drawn = result.target_accuracy is not None and result.target_interval is not None
        self.interval.setVisible(is_drawn)
        if result.target_accuracy is not None and result.target_interval is not None:
            self.interval.show_accuracy(result.target_accuracy, *result.target_interval)
        known = result.source_accuracy
        self.source.setText(percent(known) if known is not None else tr("not known: the source came without its data"))
        self.best.setText(str(result.best_epoch + 1) if result.best_epoch is not None else tr("none"))
