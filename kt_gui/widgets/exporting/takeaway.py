"""What can be taken with one: the run's folder, which stands alone."""

from PySide6.QtCore import Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kt_gui.bridge.models import Models
from kt_gui.schema.texts import tr
from kt_gui.widgets.parts import Card, Muted, label, primary, row, secondary
from kt_gui.widgets.theme import GRID

WIDTH = 680
"""Of the card, in pixels: a line one can read."""


class Takeaway(QWidget):
    """The folder of the run in view."""

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._build()
        self._lay_out()
        models.run.changed.connect(self.write)
        self.write()

    def _build(self) -> None:
        self.path = label("", "strong", wrap=True)
        self.path.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.path.setAccessibleName(tr("The run's folder"))
        self.open = primary(tr("Open folder"), self._open)
        self.copy = secondary(tr("Copy path"), self._copy)

    def _lay_out(self) -> None:
        card = Card(tr("The run's folder"))
        card.setFixedWidth(WIDTH)
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
        card.body.addLayout(row(self.open, self.copy, None))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(card)
        layout.addStretch(1)

    @Slot()
    def write(self) -> None:
        """Show the run in view."""
        folder = self._models.run.folder
        if self.path.text() != folder:
            self.path.setText(folder)
            self.copy.setText(tr("Copy path"))

    def _open(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(self._models.run.folder))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._models.run.folder)
        self.copy.setText(tr("Copied"))
