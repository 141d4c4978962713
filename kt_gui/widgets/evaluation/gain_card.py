"""Whether transfer has helped: the sentence of a study with its interval, or the button that begins one."""

from PySide6.QtCore import Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from kt_gui.bridge import study_asking
from kt_gui.bridge import study_words as words
from kt_gui.bridge.models import Models
from kt_gui.schema import gain_words
from kt_gui.schema.experiment import Scratch
from kt_gui.schema.study_answers import GainVerdict, Outcome
from kt_gui.schema.texts import prose, tr
from kt_gui.widgets.notices import Notice
from kt_gui.widgets.parts import Card, Glyph, Muted, column, label, link, row, secondary
from kt_gui.widgets.studies.findings import gain_rows
from kt_gui.widgets.studies.range_chart import RangeChart

SIGNS: dict[Outcome, tuple[str, str]] = {
    "helps": ("check", "good"),
    "harms": ("error", "bad"),
    "undecided": ("help", "muted"),
}


class GainCard(Card):
    """Not there for a run that began with random weights. Studies are looked through while the card is looked at."""

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(tr("Does transfer help?"), parent)
        self._models = models
        self._build()
        self._lay_out()
        for signal in (models.gain.changed, models.run.changed, models.study.changed):
            signal.connect(self.write)
        self.write()

    def _build(self) -> None:
        self.open = link(tr("Open the study"), self._models.gain.opened.emit)
        self.sign = Glyph("help", "muted", 20)
        self.sentence = label("", "strong", wrap=True)
        self.chart = RangeChart(tr("Paired differences of test accuracy"))
        self.harm = Notice("error", "")
        self.about, self.unknown = Muted(), Muted()
        self.ask = secondary(tr("Does it help?"), self._models.gain.asked.emit)

    def _lay_out(self) -> None:
        for part in (self.open, self.ask):
            self.header.addWidget(part)
        said = row(self.sign, self.sentence)
        said.setStretch(1, 1)
        self.told = QWidget()
        self.told.setLayout(column(said, self.chart, self.harm, self.about))
        for each in (self.told, self.unknown):
            self.body.addWidget(each)

    def showEvent(self, event: QShowEvent) -> None:
        """Look for a study."""
        super().showEvent(event)
        self._models.gain.look()

    def hideEvent(self, event: QHideEvent) -> None:
        """Cease to look."""
        super().hideEvent(event)
        self._models.gain.rest()

    @Slot()
    def write(self) -> None:
        """Show what is known of the run in view."""
        experiment, known = self._models.run.experiment, self._models.gain.known
        self.setVisible(experiment is not None and not isinstance(experiment.source, Scratch))
        verdict = known.verdict if known is not None else None
        for part in (self.told, self.open):
            part.setVisible(verdict is not None)
        self.unknown.setVisible(verdict is None)
        self.ask.setText(tr("Does it help?") if verdict is None else tr("Ask again"))
        self._offer(study_asking.hindrance(self._models, experiment))
        if verdict is not None and known is not None:
            self._tell(verdict, known.name)
            self.open.setEnabled(not self._models.study.is_busy)
            self.open.setToolTip("" if self.open.isEnabled() else self._models.at_work())

    def _tell(self, verdict: GainVerdict, name: str) -> None:
        self.sign.show_icon(*SIGNS[verdict.outcome])
        self.sign.setAccessibleName(tr(words.OUTCOMES[verdict.outcome]))
        self.sentence.setText(words.sentence(verdict))
        self.chart.show_rows(gain_rows(verdict)[:1], has_zero=True)
        advice = "\n".join(f"• {each}" for each in verdict.advice)
        self.harm.setVisible(verdict.outcome == "harms")
        self.harm.write(tr("Negative transfer: without the source this would have become better."), advice)
        said = (
            tr("{outcome}, by the study “{name}”.", outcome=tr(words.OUTCOMES[verdict.outcome]), name=name),
            tr("The interval covers seeds, not the test pictures."),
            gain_words.remembered(verdict),
        )
        self.about.setText(prose(said))

    def _offer(self, hindrance: str) -> None:
        failure = self._models.gain.failure
        if self._models.gain.is_busy:
            text = tr("Looking for a study of this experiment")
        elif failure is not None:
            text = prose((failure.message, failure.remedy))
        else:
            text = tr("Not measured yet: one run cannot tell what the source has given to it.")
        self.unknown.setText(text)
        self.ask.setEnabled(not hindrance)
        self.ask.setToolTip(hindrance or tr("Run it several times with the source and from scratch"))
