"""The bar under the transfer page: what a run would take, from three real batches, and the button that starts it."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from kt_gui.bridge.failures import Failure
from kt_gui.schema.events import Progressed, Rehearsed
from kt_gui.schema.quantities import duration, gigabytes
from kt_gui.schema.texts import thousands, tr
from kt_gui.widgets import progress
from kt_gui.widgets.notices import Reason
from kt_gui.widgets.parts import Card, Chip, Elided, primary, row, secondary


class Rehearsal(Card):
    """Dry run and start.

    Signals:
        wanted(): a person asks for a dry run.
        unwanted(): it may end.
        started(): the run shall begin.
        started_on_all(): it shall begin, on all devices at once.
        divided(int): each batch shall be taken in so many parts, so that it fits.
    """

    wanted = Signal()
    unwanted = Signal()
    started = Signal()
    started_on_all = Signal()
    divided = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.chip = Chip()
        self.words = Elided("", "muted")
        self.reason = Reason()
        self.rehearse = secondary(tr("Dry run"), self.wanted.emit)
        self.cancel = secondary(tr("Cancel"), self.unwanted.emit)
        self.divide = secondary("", self._divide)
        self.start = primary(tr("Start"), self.started.emit)
        self.start_on_all = secondary("", self.started_on_all.emit)
        asks = (self.divide, self.rehearse, self.cancel, self.start_on_all, self.start)
        line = row(self.chip, self.words, self.reason, *asks, spacing=12)
        line.setStretch(1, 1)
        self._parts = 1
        self.divide.hide()
        self.start_on_all.hide()
        self.body.addLayout(line)

    def offer_devices(self, count: int) -> None:
        """Offer to begin on all devices, where there are several."""
        self.start_on_all.setText(tr("Start on all {count} devices", count=count))
        self.start_on_all.setVisible(count > 1)

    def show_busy(self, told: Progressed | None) -> None:
        """A dry run goes on."""
        self._show_buttons(is_busy=True)
        self._offer(None)
        self.chip.write("")
        self.reason.explain(())
        self.words.show()
        self.words.setText(progress.describe(told) if told else tr("Trying three real batches"))

    def show_ready(
        self, rehearsed: Rehearsed | None, failure: Failure | None, reasons: Sequence[str], *, is_stale: bool
    ) -> None:
        """Show the last dry run, and what keeps the run from starting."""
        self._show_buttons(is_busy=False)
        self._offer(None if reasons or failure or is_stale else rehearsed)
        self.reason.explain(reasons)
        self.words.setVisible(not reasons)
        for begin in (self.start, self.start_on_all):
            begin.setEnabled(not reasons)
        self.rehearse.setEnabled(not reasons)
        self.rehearse.setText(tr("Dry run again") if rehearsed or failure else tr("Dry run"))
        if reasons:
            self.chip.write("")
        elif failure is not None:
            self.chip.write(tr("Failed"), "bad")
            self.words.setText(tr("{problem} {remedy}", problem=failure.message, remedy=failure.remedy))
        else:
            self._show_answer(rehearsed, is_stale=is_stale)

    def _show_answer(self, answer: Rehearsed | None, *, is_stale: bool) -> None:
        if answer is None:
            self.chip.write("")
            self.words.setText(tr("A dry run of three real batches tells memory and time before you start."))
            return
        if is_stale:
            self.chip.write(tr("Before your last change"), "")
        elif answer.fits:
            self.chip.write(tr("Fits"), "good")
        else:
            self.chip.write(tr("Too large"), "bad")
        self.words.setText(says(answer))

    def _offer(self, answer: Rehearsed | None) -> None:
        """Offer to take each batch in parts where it does not fit whole and a part would."""
        is_help = answer is not None and not answer.fits and answer.largest_batch > 0
        if answer is not None and is_help:
            self._parts = answer.parts
            self.divide.setText(tr("Take each batch in {parts} parts", parts=answer.parts))
        self.divide.setVisible(is_help)

    def _divide(self) -> None:
        self.divided.emit(self._parts)

    def _show_buttons(self, *, is_busy: bool) -> None:
        self.rehearse.setVisible(not is_busy)
        self.cancel.setVisible(is_busy)


def says(answer: Rehearsed) -> str:
    """Say memory and time."""
    values = {
        "needed": gigabytes(answer.memory_needed),
        "available": gigabytes(answer.memory_available),
        "epoch": duration(answer.seconds_per_epoch),
        "low": duration(answer.seconds_low),
        "high": duration(answer.seconds_high),
        "device": answer.device,
        "precision": answer.precision,
        "batch": thousands(answer.largest_batch),
    }
    if answer.fits:
        return tr(
            "{needed} of {available} · batches of up to {batch} · {epoch} an epoch · {low} to {high} in all · "
            "{device}, {precision}",
            **values,
        )
    if not answer.largest_batch:
        return tr("Not even a single picture fits on {device}. Choose smaller pictures or another network.", **values)
    return tr("{needed} are needed, {available} are free on {device}: {batch} pictures fit at once.", **values)
