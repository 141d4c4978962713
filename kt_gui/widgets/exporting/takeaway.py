"""What can be taken with one: the run in seven forms, each held against the run; and its folder, which stands alone."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication, QShowEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from kt_gui.bridge.models import Models
from kt_gui.schema.exports import Format
from kt_gui.schema.texts import tr
from kt_gui.widgets.exporting.export_card import ICONS, ExportCard
from kt_gui.widgets.parts import Card, Muted, label, row, scrolled, secondary
from kt_gui.widgets.theme import GAP, GRID

COLUMNS = 2


class Takeaway(QWidget):
    """A card for each form, and one for the folder of the run in view."""

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._build()
        self._lay_out()
        models.run.changed.connect(self.write)
        models.viewing.changed.connect(self._look)
        self.write()

    def _build(self) -> None:
        self.cards = {form: ExportCard(form, self._models.exports) for form in ICONS}
        for form, card in self.cards.items():
            card.wanted.connect(partial(self._export, form))
        self.path = label("", "strong", wrap=True)
        self.path.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.path.setAccessibleName(tr("The run's folder"))
        self.open = secondary(tr("Open folder"), self._open)
        self.copy = secondary(tr("Copy path"), self._copy)

    def _lay_out(self) -> None:
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(GAP)
        for place, card in enumerate((*self.cards.values(), self._folder_card())):
            grid.addWidget(card, place // COLUMNS, place % COLUMNS)
        for column in range(COLUMNS):
            grid.setColumnStretch(column, 1)
        grid.setRowStretch(grid.rowCount(), 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scrolled(inside))

    def _folder_card(self) -> Card:
        card = Card(tr("The run's folder"))
        card.body.addWidget(self.path)
        card.body.addWidget(
            Muted(
                tr(
                    "It stands alone: the best and the last weights as safetensors in checkpoints, the experiment, "
                    "the versions it ran with, and its history. Copied to another machine, it opens there."
                )
            )
        )
        card.body.addSpacing(GRID)
        card.body.addStretch(1)
        card.body.addLayout(row(self.open, self.copy, None))
        return card

    def showEvent(self, event: QShowEvent) -> None:
        """Find out what was taken along before."""
        super().showEvent(event)
        self._look()

    @Slot()
    def _look(self) -> None:
        if self.isVisible():
            self._models.exports.look()

    @Slot()
    def write(self) -> None:
        """Show the run in view."""
        folder = self._models.run.folder
        if self.path.text() != folder:
            self.path.setText(folder)
            self.copy.setText(tr("Copy path"))

    def _export(self, form: Format, out: str) -> None:
        whole = self.cards[form].whole.isChecked()
        self._models.exports.export(form, Path(out) if out else None, with_preprocessing=whole)

    def _open(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(self._models.run.folder))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._models.run.folder)
        self.copy.setText(tr("Copied"))
