"""Several runs side by side: their curves, two of them picture by picture, their results and what differs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QStackedWidget, QWidget

from kt_gui.bridge.models import Models
from kt_gui.schema import comparison_words as words
from kt_gui.schema.comparisons import Contrasted, Turned
from kt_gui.schema.texts import tr, trn
from kt_gui.widgets.comparison.curves import curves, must_be_together
from kt_gui.widgets.comparison.duel import Duel
from kt_gui.widgets.comparison.results import ResultsTable, ResultsView
from kt_gui.widgets.curve_data import Split
from kt_gui.widgets.empty import Empty
from kt_gui.widgets.evaluation.viewer import show_pictures
from kt_gui.widgets.parts import Card, Heading, Segmented, column, label, page_layout, row, secondary
from kt_gui.widgets.progress import ProgressLine
from kt_gui.widgets.theme import GAP

if TYPE_CHECKING:
    from kt_gui.widgets.comparison.overlay import Overlay


class ComparisonView(QWidget):
    """A page of its own within the page of all runs."""

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._shown: Contrasted | None = None
        self.charts: tuple[Overlay, ...] = ()
        self._build()
        self._lay_out()
        self._connect()
        self.write()

    def _build(self) -> None:
        self.heading = Heading(tr("Comparison"))
        self.together = QCheckBox(tr("Seeds together"))
        self.together.setToolTip(tr("One line for runs that differ in their seed only: mean ± standard deviation"))
        self.back = secondary(tr("Back to the list"), self._models.comparison.close)
        self.split = Segmented([("validation", tr("Validation")), ("train", tr("Learning"))])
        self.split.choose("validation")
        self.split.setAccessibleName(tr("Which curves"))
        self.log = QCheckBox(tr("log"))
        self.log.setChecked(True)
        self.log.setToolTip(tr("Draw losses on a log scale"))
        self.results = ResultsTable(self)
        self.duel = Duel(self._models.comparison)
        self.progress = ProgressLine()
        self.failed = Empty("error", "", "", tr("Back to the list"), self._models.comparison.close)

    def _lay_out(self) -> None:
        layout = page_layout(self)
        self.heading.buttons.addWidget(self.together)
        self.heading.buttons.addWidget(self.back)
        layout.addWidget(self.heading)
        self.stack = QStackedWidget()
        self.stack.addWidget(self._full())
        self.stack.addWidget(self._busy())
        layout.addWidget(self.stack, 1)

    def _full(self) -> QWidget:
        self.plots = QHBoxLayout()
        self.plots.setSpacing(GAP)
        card = Card(tr("Curves of fine-tuning"))
        card.header.addWidget(self.log)
        card.header.addWidget(self.split)
        card.body.addLayout(self.plots, 1)
        table = Card()
        table.body.addWidget(ResultsView(self.results))
        made = QWidget()
        upper = row(card, self.duel, spacing=GAP)
        upper.setStretch(0, 1)
        whole = column(upper, table, spacing=GAP)
        whole.setStretch(0, 1)
        made.setLayout(whole)
        return made

    def _busy(self) -> QWidget:
        made = QWidget()
        made.setLayout(column(self.progress, self.failed))
        return made

    def _connect(self) -> None:
        self._models.comparison.changed.connect(self.write)
        self.together.toggled.connect(self._regroup)
        self.results.toggled.connect(self._draw)
        self.split.chosen.connect(self._draw)
        self.log.toggled.connect(self._draw)
        self.progress.cancelled.connect(self._models.comparison.close)
        self.duel.wanted.connect(self._show_turned)

    def showEvent(self, event: QShowEvent) -> None:
        """Make the charts right after the first paint."""
        super().showEvent(event)
        if not self.charts:
            QTimer.singleShot(0, self, self.make_charts)

    @Slot()
    def make_charts(self) -> None:
        """Make the two charts, once."""
        from kt_gui.widgets.comparison.overlay import Overlay

        if self.charts:
            return
        loss, accuracy = self.charts = (Overlay("loss"), Overlay("accuracy"))
        accuracy.box.setXLink(loss.box)
        for chart, title in ((loss, tr("Loss")), (accuracy, tr("Accuracy"))):
            self.plots.addLayout(column(label(title, "muted"), chart, spacing=4), 1)
            chart.pointed.connect(self._point)
        self._draw()

    # --- showing -----------------------------------------------------------------------------------------------

    @Slot()
    def write(self) -> None:
        """Show what is known."""
        model = self._models.comparison
        failure = model.failure("contrast")
        self.stack.setCurrentIndex(0 if model.contrasted is not None else 1)
        self.progress.setVisible(failure is None)
        self.failed.setVisible(failure is not None)
        if failure is not None:
            self.failed.say(failure.message, failure.remedy)
        self.progress.show_progress(model.progress("contrast"))
        if model.contrasted is not None and model.contrasted is not self._shown:
            self._show(model.contrasted)

    def _show(self, contrasted: Contrasted) -> None:
        self._shown = contrasted
        self.heading.write(
            trn("{count} run compared", "{count} runs compared", len(contrasted.runs)), _what_differs(contrasted)
        )
        is_forced = must_be_together(contrasted)
        self.together.setAccessibleDescription(
            tr("There are more runs than one chart can tell apart.") if is_forced else ""
        )
        self.together.setVisible(words.has_repetitions(contrasted.groups))
        self.together.setEnabled(not is_forced)
        self.together.setChecked(is_forced or self._models.comparison.is_together)
        self._regroup()

    @Slot()
    def _regroup(self) -> None:
        if self._shown is not None:
            is_together = self.together.isChecked() and words.has_repetitions(self._shown.groups)
            self.results.show_curves(self._shown, curves(self._shown, is_together=is_together))
            self._draw()

    @Slot()
    def _draw(self) -> None:
        split: Split = "train" if self.split.value == "train" else "validation"
        for chart in self.charts:
            chart.show_curves(self.results.drawn(), split, is_log=self.log.isChecked())

    @Slot(float)
    def _point(self, epoch: float) -> None:
        for chart in self.charts:
            chart.show_pointer(epoch if math.isfinite(epoch) else math.nan)

    @Slot(object)
    def _show_turned(self, turned: Sequence[Turned]) -> None:
        matched = self._models.comparison.matched
        if matched is not None:
            pictures = [each.picture for each in turned]
            show_pictures(self._models, pictures, 0, self, data=matched.data, folder=Path(matched.second))


def _what_differs(contrasted: Contrasted) -> str:
    if not contrasted.settings:
        return tr("They differ in nothing but name and seed.")
    titles = [words.setting_title(each) for each in contrasted.settings]
    return trn("They differ in {count} setting: ", "They differ in {count} settings: ", len(titles)) + tr(", ").join(
        titles
    )
