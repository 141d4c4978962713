"""What a study of label savings has found out: its curve, and the numbers behind it."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kt_gui.schema.quantities import UNKNOWN, number, with_interval
from kt_gui.schema.study_answers import SavingsVerdict, Score
from kt_gui.schema.texts import thousands, tr
from kt_gui.widgets.list_dialog import ListDialog
from kt_gui.widgets.parts import fill, label, link, row
from kt_gui.widgets.studies import facts
from kt_gui.widgets.studies.findings import Facts
from kt_gui.widgets.studies.savings_chart import SavingsChart


class SavingsFindings(QWidget):
    """The curve, its numbers aside, and all of them as a table."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._verdict: SavingsVerdict | None = None
        self.chart, self.numbers = SavingsChart(), Facts()
        self.as_table = link(tr("as a table"), self.open_table)
        head = label(tr("Test accuracy: mean, 95 % interval, a dot per seed"), "small")
        whole = QVBoxLayout(self)
        fill(whole, (row(head, None, self.as_table), self.chart), 6)
        whole.setStretch(1, 1)

    def show_verdict(self, verdict: SavingsVerdict) -> None:
        """Show what is known so far."""
        self._verdict = verdict
        self.chart.show_verdict(verdict)
        self.numbers.show_facts(facts.of_savings(verdict))

    @Slot()
    def open_table(self) -> ListDialog:
        """Open the numbers behind the curve."""
        titles = (tr("Labels"), tr("By transfer"), tr("From scratch"), tr("As many from scratch"), tr("Saving"))
        sentence = tr(
            "Test accuracy, mean over seeds and its 95 % interval; how many labels scratch needs for as much."
        )
        rows = table(self._verdict) if self._verdict is not None else []
        dialog = ListDialog(tr("Label savings"), sentence, titles, rows, self.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
        return dialog


def table(verdict: SavingsVerdict) -> list[tuple[str, ...]]:
    """Write the sizes as rows."""
    sizes = zip(verdict.pictures, verdict.transfer, verdict.scratch, verdict.savings, strict=True)
    made: list[tuple[str, ...]] = []
    for pictures, ours, theirs, saving in sizes:
        needed = UNKNOWN if saving.equivalent is None else thousands(round(saving.equivalent))
        times = UNKNOWN if saving.told is None else tr("{times} times", times=number(saving.told))
        bound = f"> {times}" if saving.is_bound and saving.told is not None else times
        made.append((thousands(round(pictures)), _accuracy(ours), _accuracy(theirs), needed, bound))
    return made


def _accuracy(score: Score) -> str:
    return with_interval(score.mean, score.low, score.high)
