"""The verdict: one sentence first, then every number, and the pictures behind each."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kt_gui.bridge.evaluation_model import Answer
from kt_gui.bridge.models import Models
from kt_gui.bridge.selection import Selection
from kt_gui.schema import verdicts
from kt_gui.schema.datasets import Dataset
from kt_gui.schema.evaluations import Scores
from kt_gui.schema.events import Result
from kt_gui.schema.quantities import percent
from kt_gui.schema.texts import mark, tr
from kt_gui.widgets.data_dialog import DataDialog
from kt_gui.widgets.diagnosis import DiagnosisStrip
from kt_gui.widgets.evaluation.findings import Findings
from kt_gui.widgets.evaluation.gain_card import GainCard
from kt_gui.widgets.interval import Interval
from kt_gui.widgets.messages import failure_notice
from kt_gui.widgets.notices import Notice
from kt_gui.widgets.parts import Card, Muted, clear, column, fill, label, link, row, scrolled, secondary
from kt_gui.widgets.progress import ProgressLine
from kt_gui.widgets.theme import GAP, GRID

_ABOUT_OWN = mark(
    "The best epoch was chosen on validation pictures. The test pictures were looked at once, with that epoch's "
    "weights; the interval covers their number, not other seeds."
)
_ABOUT_EPOCHS = mark(
    "The epoch to keep was chosen on validation pictures. To choose it by these numbers would flatter the network: "
    "the test pictures would have been used to learn."
)
_ABOUT_OTHERS = mark(
    "All pictures of this set whose class the network knows, by name. The interval covers their number, "
    "not other seeds."
)


class Overview(QWidget):
    """The sentence and its interval, what is odd, how far the numbers have come, then the numbers.

    Signals:
        wanted(str): go to another page.
    """

    wanted = Signal(str)

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._noticed: object = None
        self._told: Answer | None = None
        self._build()
        self._lay_out()
        self._connect()
        self.write()

    def _build(self) -> None:
        self.sentence = label("", "figure", wrap=True)
        self.interval = Interval()
        self.stands_out = Muted()
        self.source, self.best = label(), label()
        self.mistakes = link(tr("Show the mistakes"), self._show_mistakes)
        self.other = secondary(tr("On other pictures…"), self.open_dialog)
        self.own = secondary(tr("Back to the test pictures"), self._go_back)
        self.explained = Muted()
        self.notices = QVBoxLayout()
        self.diagnosis = DiagnosisStrip(self._models)
        self.progress = ProgressLine()
        self.busy = Card()
        self.busy.body.addWidget(self.progress)
        self.gain, self.findings = GainCard(self._models), Findings()

    def _lay_out(self) -> None:
        fill(self.notices, (), GRID)
        inside = QWidget()
        fill(QVBoxLayout(self), (scrolled(inside),))
        whole = QVBoxLayout(inside)  # filled where it stands: each new parent has all that is in it styled anew
        parts = (self._verdict(), self.gain, self.diagnosis, self.notices, self.busy, self.findings, None)
        fill(whole, parts, GAP)

    def _verdict(self) -> Card:
        card = Card()
        head = row(self.sentence, column(row(self.other, self.own), None), spacing=GAP)
        head.setStretch(0, 1)
        card.body.addLayout(head)
        card.body.addWidget(self.interval)
        card.body.addWidget(self.stands_out)
        source = row(label(tr("On the source's test pictures"), "muted"), self.source)
        best = row(label(tr("Best epoch"), "muted"), self.best)
        card.body.addLayout(row(source, best, None, self.mistakes, spacing=2 * GAP))
        card.body.addWidget(self.explained)
        return card

    def _connect(self) -> None:
        self._models.run.changed.connect(self.write)
        self._models.evaluation.changed.connect(self.write)
        self.diagnosis.wanted.connect(self.wanted)
        self.progress.cancelled.connect(self._models.evaluation.cancel)
        self.findings.wanted.connect(self._models.evaluation.select)

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to look: what is not known is evaluated."""
        super().showEvent(event)
        self._models.evaluation.watch(self, is_watching=True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Cease to look."""
        super().hideEvent(event)
        self._models.evaluation.watch(self, is_watching=False)

    # --- showing -----------------------------------------------------------------------------------------------

    @Slot()
    def write(self) -> None:
        """Show what is known of the checkpoint in view."""
        answer = self._models.evaluation.shown
        self._write_verdict(answer)
        self._write_notices(answer)
        self.busy.setVisible(self._models.evaluation.is_busy)
        self.progress.show_progress(self._models.evaluation.progress)
        self.findings.setVisible(answer is not None)
        if answer is not None:
            self.findings.show_answer(answer)

    def _write_verdict(self, answer: Answer | None) -> None:
        result, evaluation = self._models.run.result, self._models.evaluation
        if result is None:
            return
        known = result.source_accuracy
        self.source.setText(percent(known) if known is not None else tr("not known: the source came without its data"))
        self.best.setText(_say_epoch(result, answer))
        self.own.setVisible(evaluation.data is not None)
        if answer is None or answer is not self._told:
            self._write_sentence(result, answer)
        self._told = answer

    def _write_sentence(self, result: Result, answer: Answer | None) -> None:
        """Say what the answer says; until there is one, what the run's log says of the same pictures."""
        question = self._models.evaluation.question
        is_own = question is None or question.data is None
        is_best = question is None or question.checkpoint == "best"
        scores = answer.evaluated.scores if answer is not None else None
        if answer is not None:
            self.sentence.setText(verdicts.sentence(answer.evaluated))
        else:
            is_logged = is_own and is_best
            self.sentence.setText(
                verdicts.verdict(result) if is_logged else tr("These pictures were not looked at yet.")
            )
        self.stands_out.setText(verdicts.stands_out(scores) if scores is not None else "")
        self.stands_out.setVisible(bool(self.stands_out.text()))
        self.mistakes.setVisible(scores is not None and scores.correct < scores.total)
        self._draw_interval(result if is_own and is_best else None, scores)
        self.explained.setText(tr(_ABOUT_OTHERS if not is_own else _ABOUT_OWN if is_best else _ABOUT_EPOCHS))

    def _draw_interval(self, result: Result | None, scores: Scores | None) -> None:
        if scores is not None:
            self.interval.show_accuracy(scores.accuracy, scores.low, scores.high)
        elif result is not None and result.target_accuracy is not None and result.target_interval is not None:
            self.interval.show_accuracy(result.target_accuracy, *result.target_interval)
        else:
            self.interval.hide()
            return
        self.interval.show()

    def _write_notices(self, answer: Answer | None) -> None:
        evaluation = self._models.evaluation
        is_open = not evaluation.is_busy and evaluation.answer is None and evaluation.question is not None
        noticed = (evaluation.failure, is_open, answer)
        if noticed == self._noticed:
            return
        self._noticed = noticed
        clear(self.notices)
        if is_open:
            self.notices.addWidget(self._why_open())
        for remark in verdicts.reservations(answer.evaluated.matching) if answer is not None else ():
            self.notices.addWidget(Notice("warning", remark))

    def _why_open(self) -> Notice:
        """Say why there are no numbers, though nobody works them out."""
        evaluation = self._models.evaluation
        failure = evaluation.failure
        if failure is None:
            notice = Notice("information", tr("The numbers behind the sentence were not worked out yet."))
            notice.buttons.addWidget(secondary(tr("Work them out"), evaluation.retry))
            return notice
        return failure_notice(failure, self.window(), evaluation.retry)

    # --- what a person does ------------------------------------------------------------------------------------

    @Slot()
    def _show_mistakes(self) -> None:
        self._models.evaluation.select(Selection(verdict="wrong"))

    @Slot()
    def open_dialog(self) -> DataDialog:
        """Open the window in which other pictures are chosen."""
        dialog = DataDialog(self._models.network, self.window())
        dialog.chosen.connect(self.evaluate_on)
        dialog.open()
        return dialog

    @Slot(object)
    def evaluate_on(self, data: Dataset) -> None:
        """Judge the network by other pictures."""
        self._models.evaluation.evaluate_on(data)

    @Slot()
    def _go_back(self) -> None:
        self._models.evaluation.evaluate_on(None)


def _say_epoch(result: Result, answer: Answer | None) -> str:
    """The best epoch, and which is in view where that is another one."""
    best = str(result.best_epoch + 1) if result.best_epoch is not None else tr("none")
    if answer is None or answer.evaluated.checkpoint == "best":
        return best
    epoch = answer.evaluated.epoch
    if answer.evaluated.checkpoint == "source" or epoch is None:
        return tr("{best}; in view is the source", best=best)
    return tr("{best}; in view is {epoch}", best=best, epoch=epoch + 1)
