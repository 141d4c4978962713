"""Step 6: where the run lies. Its folder stands alone: weights, settings, curves."""

from functools import partial

from PySide6.QtCore import Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QStackedLayout, QWidget

from kt_gui.bridge.models import Models
from kt_gui.schema.texts import tr
from kt_gui.widgets.empty import Empty
from kt_gui.widgets.parts import Card, Heading, Muted, label, page_layout, primary, row, secondary
from kt_gui.widgets.theme import GRID

WIDTH = 680
"""Of the card, in pixels: a line one can read."""


class UsePage(QWidget):
    """The folder of the run in view.

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
        self.heading = Heading(tr("Take it with you"))
        self.path = label("", "strong", wrap=True)
        self.path.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.path.setAccessibleName(tr("The run's folder"))
        self.open = primary(tr("Open folder"), self._open)
        self.copy = secondary(tr("Copy path"), self._copy)
        self.empty = Empty(
            "folder",
            tr("Nothing to take yet"),
            tr("When a run has ended, its folder with the weights stands here."),
            tr("Go to Train"),
            partial(self.wanted.emit, "train"),
        )

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
        shown = QWidget()
        layout = page_layout(shown)
        layout.addWidget(self.heading)
        layout.addWidget(card)
        layout.addStretch(1)
        unshown = QWidget()
        page_layout(unshown).addWidget(self.empty)
        self.stack = QStackedLayout(self)
        self.stack.setContentsMargins(0, 0, 0, 0)
        self.stack.addWidget(shown)
        self.stack.addWidget(unshown)

    @Slot()
    def write(self) -> None:
        """Show the run in view."""
        run = self._models.run
        self.stack.setCurrentIndex(0 if run.state in ("finished", "stopped") and run.folder else 1)
        self.heading.write(tr("Take it with you"), run.name)
        if self.path.text() != run.folder:
            self.path.setText(run.folder)
            self.copy.setText(tr("Copy path"))

    def _open(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(self._models.run.folder))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._models.run.folder)
        self.copy.setText(tr("Copied"))
