"""What the run in view proves: the badge of its frozen blocks, its passport, and whether it comes out again."""

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from kt_gui.bridge.models import Models
from kt_gui.schema import proof_words
from kt_gui.schema.proof_words import Fact
from kt_gui.schema.proofs import BlockProof, Outcome, Verified
from kt_gui.schema.quantities import duration
from kt_gui.schema.texts import tr, trn
from kt_gui.widgets.evaluation.reproduction import Reproduction
from kt_gui.widgets.messages import failure_notice
from kt_gui.widgets.parts import (
    Card,
    Elided,
    Glyph,
    Muted,
    clear,
    column,
    fill,
    label,
    link,
    row,
    scrolled,
    tint,
)
from kt_gui.widgets.progress import ProgressLine
from kt_gui.widgets.theme import GAP, GRID

_LOOKS: dict[Outcome, tuple[str, str]] = {
    "unchanged": ("lock", "good"),
    "changed": ("error", "bad"),
    "nothing_frozen": ("unlock", "muted"),
    "no_source": ("information", "muted"),
    "not_transferred": ("information", "muted"),
}
"""Drawing and colour of the badge."""


class Proof(QWidget):
    """The three cards; nothing is verified before they are looked at."""

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._build()
        self._lay_out()
        self._connect()
        self.write()

    def _build(self) -> None:
        self.badge, self.passport = Badge(), PassportCard()
        self.reproduction = Reproduction()
        self.progress = ProgressLine()
        self.busy = Card()
        self.busy.body.addWidget(self.progress)
        self.failed = QVBoxLayout()

    def _lay_out(self) -> None:
        fill(self.failed, (), GRID)
        left = column(self.badge, self.reproduction, None, spacing=GAP)
        both = row(left, column(self.passport, None), spacing=GAP)
        both.setStretch(0, 1)
        both.setStretch(1, 1)
        inside = QWidget()
        inside.setLayout(column(self.busy, self.failed, both, None, spacing=GAP))
        fill(QVBoxLayout(self), (scrolled(inside),))

    def _connect(self) -> None:
        proof = self._models.proof
        proof.changed.connect(self.write)
        self._models.run.changed.connect(self._write_reproduction)
        self.progress.cancelled.connect(proof.cancel)
        self.reproduction.wanted.connect(proof.reproduce)
        self.reproduction.unwanted.connect(proof.stop_reproducing)

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to look."""
        super().showEvent(event)
        self._models.proof.watch(is_watching=True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Cease to look."""
        super().hideEvent(event)
        self._models.proof.watch(is_watching=False)

    @Slot()
    def write(self) -> None:
        """Show what is known."""
        proof = self._models.proof
        self.busy.setVisible(proof.is_verifying)
        self.progress.show_progress(proof.progress)
        self.badge.show_verified(proof.verified)
        self.passport.show_facts(list(proof_words.passport(proof.passport)) if proof.passport else [])
        self._write_failure()
        self._write_reproduction()

    def _write_failure(self) -> None:
        clear(self.failed)
        failure = self._models.proof.failure
        if failure is not None:
            self.failed.addWidget(failure_notice(failure, self.window(), self._models.proof.verify))

    @Slot()
    def _write_reproduction(self) -> None:
        run, proof = self._models.run, self._models.proof
        took = duration(run.result.seconds) if run.result is not None else ""
        self.reproduction.show_state(proof, took, is_live=run.is_live)


class Badge(Card):
    """Whether frozen blocks are what they were, and each of them with its hash."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.glyph = Glyph("lock", "muted", 24)
        self.words = label("", "strong", wrap=True)
        self.explained = Muted()
        self._blocks = QGridLayout()
        self._blocks.setHorizontalSpacing(GAP)
        self._blocks.setVerticalSpacing(4)
        self._blocks.setColumnStretch(3, 1)
        head = row(self.glyph, self.words, spacing=12)
        head.setStretch(1, 1)
        self.body.addLayout(head)
        self.body.addWidget(self.explained)
        self.body.addSpacing(GRID)
        self.body.addLayout(self._blocks)
        self._shown: Verified | None = None
        self.hide()

    def show_verified(self, verified: Verified | None) -> None:
        """Show what was found; nothing while it is not known."""
        self.setVisible(verified is not None)
        if verified is None or verified is self._shown:
            return
        self._shown = verified
        drawing, token = _LOOKS[verified.outcome]
        self.glyph.show_icon(drawing, token)
        self.words.setText(proof_words.badge(verified))
        tint(self.words, "bad" if verified.outcome == "changed" else "")
        self.explained.setText(proof_words.explained(verified))
        self.setAccessibleName(self.words.text())
        clear(self._blocks)
        for place, block in enumerate(verified.blocks):
            self._add(place, block)

    def _add(self, place: int, block: BlockProof) -> None:
        sums = list(dict.fromkeys(digest for _, digest in block.sums))
        shown = label(" ≠ ".join(map(proof_words.short_hash, sums)), "muted")
        shown.setToolTip("\n".join(f"{which} {digest}" for which, digest in block.sums))
        held = trn("{count} tensor", "{count} tensors", block.tensors)
        self._blocks.addWidget(Glyph(*(("check", "good") if block.is_equal else ("close", "bad"))), place, 0)
        self._blocks.addWidget(label(block.block), place, 1)
        self._blocks.addWidget(label(held, "muted"), place, 2)
        self._blocks.addWidget(shown, place, 3)


class PassportCard(Card):
    """What the run was made from, line by line, and a button that copies it whole."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Passport"), parent)
        self.copy = link(tr("Copy"), self._copy)
        self.header.addWidget(self.copy)
        self.body.addWidget(Muted(tr("Written down when the run began and ended, not worked out later.")))
        self.body.addSpacing(GRID)
        self._lines = QGridLayout()
        self._lines.setHorizontalSpacing(GAP)
        self._lines.setVerticalSpacing(GRID)
        self._lines.setColumnStretch(1, 1)
        self.body.addLayout(self._lines)
        self._facts: list[Fact] = []
        self.hide()

    def show_facts(self, facts: list[Fact]) -> None:
        """Show these lines."""
        self.setVisible(bool(facts))
        if facts == self._facts:
            return
        self._facts = facts
        self.copy.setText(tr("Copy"))
        clear(self._lines)
        for place, fact in enumerate(facts):
            self._lines.addWidget(label(fact.title, "muted"), place, 0)
            self._lines.addWidget(_value(fact), place, 1)

    def _copy(self) -> None:
        text = "\n".join(f"{fact.title}: {fact.whole or fact.short}" for fact in self._facts)
        QGuiApplication.clipboard().setText(text)
        self.copy.setText(tr("Copied"))


def _value(fact: Fact) -> QLabel:
    shown = Elided(fact.short)
    if fact.whole:
        shown.setToolTip(fact.whole)
    return shown
