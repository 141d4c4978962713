"""The strip that says what went wrong with a run, and the one button that tries the next thing."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kt_gui.bridge import curing
from kt_gui.bridge.models import Models
from kt_gui.schema import diagnosis_words as words
from kt_gui.schema.diagnoses import Diagnosis
from kt_gui.widgets.notices import Notice
from kt_gui.widgets.parts import clear, fill, secondary

CALM = ("fine", "unknown")
"""Findings that nobody needs to act on."""


class DiagnosisStrip(QWidget):
    """Takes no room while there is no diagnosis; a quiet one, while nothing stands out, either.

    Signals:
        wanted(str): go to another page.
    """

    wanted = Signal(str)

    def __init__(self, models: Models, parent: QWidget | None = None, *, is_quiet: bool = False) -> None:
        super().__init__(parent)
        self._is_quiet = is_quiet
        self._models = models
        self._shown: object = None
        self.strip: Notice | None = None
        self._layout = QVBoxLayout(self)
        fill(self._layout, ())
        self.hide()
        for signal in (models.diagnosis.changed, models.study.changed, models.run.changed):
            signal.connect(self.write)
        self.write()

    @Slot()
    def write(self) -> None:
        """Show what was found, if anything was."""
        found = self._models.diagnosis.diagnosis
        if found is not None and self._is_quiet and found.finding in CALM:
            found = None
        hindrance = curing.hindrance(self._models, found) if found is not None else ""
        if (found, hindrance) == self._shown:
            return
        self._shown = (found, hindrance)
        clear(self._layout)
        self.strip = _strip(found) if found is not None else None
        if found is not None and self.strip is not None:
            self._layout.addWidget(self.strip)
            self._add_button(self.strip, found, hindrance)
        self.setVisible(self.strip is not None)

    def _add_button(self, strip: Notice, found: Diagnosis, hindrance: str) -> None:
        if found.cure != "none":
            made = secondary(words.button(found), self._follow)
            made.setEnabled(not hindrance)
            made.setToolTip(hindrance)
            strip.buttons.addWidget(made)

    def _follow(self) -> None:
        found = self._models.diagnosis.diagnosis
        if found is None:
            return
        page = curing.follow(self._models, found)
        if page:
            self.wanted.emit(page)
        if found.cure == "labels":
            self._models.diagnosis.labels_wanted.emit()


def _strip(found: Diagnosis) -> Notice:
    return Notice("information" if found.finding in CALM else "warning", words.title(found), str(found.why))
