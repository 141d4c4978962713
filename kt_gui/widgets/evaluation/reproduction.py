"""Running a run again: the button, how far it has come, and how far the second lies from the first."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from kt_gui.bridge.proof_model import ProofModel
from kt_gui.schema import proof_words
from kt_gui.schema.proofs import Reproduced
from kt_gui.schema.texts import prose, tr
from kt_gui.widgets import progress
from kt_gui.widgets.notices import Bar, Notice, Reason
from kt_gui.widgets.parts import Card, Elided, Glyph, Muted, column, label, row, secondary
from kt_gui.widgets.theme import GRID


class Reproduction(Card):
    """The card.

    Signals:
        wanted(): the run in view shall be run again.
        unwanted(): no further.
    """

    wanted = Signal()
    unwanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Does it come out again?"), parent)
        self.about = Muted()
        self.button = secondary(tr("Reproduce"), self.wanted.emit)
        self.cancel = secondary(tr("Cancel"), self.unwanted.emit)
        self.reason = Reason()
        self._words, self._bar = Elided("", "muted"), Bar()
        self._bar.setAccessibleName(tr("Progress"))
        self.glyph = Glyph("check", "good", 16)
        self.verdict, self.details = label("", wrap=True), Muted()
        self._lay_out()

    def _lay_out(self) -> None:
        self.body.addWidget(self.about)
        found = row(column(self.glyph, None), column(self.verdict, self.details, spacing=2), spacing=12)
        found.setStretch(1, 1)
        self.found = QWidget()
        self.found.setLayout(found)
        self.body.addWidget(self.found)
        self.failure = Notice("error", "")
        self.body.addWidget(self.failure)
        self.going = QWidget()
        going = row(column(self._words, self._bar, spacing=6), self.cancel, spacing=16)
        going.setStretch(0, 1)
        self.going.setLayout(going)
        self.body.addWidget(self.going)
        self.body.addSpacing(GRID)
        self.body.addLayout(row(self.button, self.reason, None, spacing=12))

    def show_state(self, proof: ProofModel, took: str, *, is_live: bool) -> None:
        """Show what is known; `took` is how long the first run took."""
        self.about.setText(_about(took))
        self.going.setVisible(proof.is_reproducing)
        self._words.setText(_at(proof))
        self._bar.write(_share(proof))
        self.button.setVisible(not proof.is_reproducing)
        self.button.setEnabled(not is_live)
        self.reason.explain([tr("A run is going on.")] if is_live and not proof.is_reproducing else [])
        self._show_found(proof.reproduced)
        failure = proof.reproduction_failure
        self.failure.setVisible(failure is not None)
        if failure is not None:
            self.failure.write(failure.message, failure.remedy)

    def _show_found(self, found: Reproduced | None) -> None:
        self.found.setVisible(found is not None)
        self.button.setText(tr("Reproduce again") if found is not None else tr("Reproduce"))
        if found is None:
            return
        self.glyph.show_icon(*(("check", "good") if found.is_exact else ("warning", "warning")))
        self.verdict.setText(proof_words.reproduced(found))
        lines = [tr("The second run is {id}.", id=found.id), *proof_words.circumstances(found)]
        self.details.setText("\n".join(lines))


def _about(took: str) -> str:
    text = tr(
        "Runs the same experiment anew, on the same data, with the same seeds, device and precision, and compares "
        "every epoch, the test and all weights. On a processor nothing may differ."
    )
    return prose((text, tr("The first run took {time}.", time=took))) if took else text


def _at(proof: ProofModel) -> str:
    if proof.phase is not None:
        phase = tr(proof_words.PARTS[proof.phase.phase])
        at = min(proof.epoch + 1, proof.phase.epochs)
        return tr("{phase}: epoch {at} of {epochs}", phase=phase, at=at, epochs=proof.phase.epochs)
    return progress.describe(proof.reading) if proof.reading is not None else tr("Starting")


def _share(proof: ProofModel) -> float | None:
    if proof.phase is not None:
        return proof.share
    reading = proof.reading
    return reading.done / reading.total if reading is not None and reading.total else None
