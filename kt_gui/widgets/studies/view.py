"""One study: before it starts, while it runs, and what it says. A page of its own within the page of all studies."""

from pathlib import Path

from PySide6.QtCore import QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from kt_gui.bridge import study_asking
from kt_gui.bridge import study_words as words
from kt_gui.bridge.models import Models
from kt_gui.bridge.study_model import StudyModel
from kt_gui.schema.study_answers import GainVerdict, LadderVerdict, LambdaVerdict, SavingsVerdict, Verdict
from kt_gui.schema.study_words import rung_name, title
from kt_gui.schema.texts import mark, tr
from kt_gui.schema.tuning import Tuning, TuningVerdict
from kt_gui.widgets.messages import show_failure
from kt_gui.widgets.notices import Bar, Notice
from kt_gui.widgets.parts import (
    Card,
    Elided,
    Heading,
    Muted,
    Segmented,
    column,
    label,
    page_layout,
    primary,
    row,
    secondary,
)
from kt_gui.widgets.studies import saying
from kt_gui.widgets.studies.findings import GainFindings, LambdaFindings, RowsFindings
from kt_gui.widgets.studies.preparing import Preparing
from kt_gui.widgets.studies.savings_view import SavingsFindings
from kt_gui.widgets.studies.trial_grid import TrialGrid
from kt_gui.widgets.studies.tuning_findings import TuningFindings
from kt_gui.widgets.theme import GAP, GRID

SIDE = 400
"""Width of the right-hand column in pixels."""
CHARTS = {
    "lambda": mark("What each value was worth"),
    "gain": mark("Transfer against the others"),
    "ladder": mark("What each rung brings"),
    "savings": mark("Accuracy by pictures per class"),
    "tune": mark("What the tries were worth"),
}


class StudyView(QWidget):
    """The study in view.

    Signals:
        wanted(str): go to another page.
    """

    wanted = Signal(str)

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._place = -1
        self._was_live = True
        self._build()
        self._lay_out()
        self._connect()
        self.write()

    def _build(self) -> None:
        study = self._models.study
        self.heading = Heading("")
        self.back = secondary(tr("All studies"), study.close)
        self.pause = secondary(tr("Pause"), study.pause)
        self.go_on = secondary(tr("Go on"), study.go_on)
        self.stop = secondary(tr("Stop"), study.stop)
        self.stop.setToolTip(tr("What has been found out is kept, and the study can be resumed."))
        self.resume = primary(tr("Resume"), self._resume)
        self.open_folder = secondary(tr("Open folder"), self._open_folder)
        self.preparing = Preparing(study)
        self.bar, self.doing = Bar(), Elided("", "muted")
        self.bar.setAccessibleName(tr("Progress"))
        self.failed = Notice("error", "")
        self.details = secondary(tr("Details"), self._show_details)
        self.sentence, self.why = label("", "figure", wrap=True), Muted()
        self.use = primary("", self._use)
        self.harm, self.doubt = Notice("error", ""), Notice("information", "")
        self.charts: dict[str, LambdaFindings | GainFindings | RowsFindings | SavingsFindings | TuningFindings] = {
            "lambda": LambdaFindings(),
            "gain": GainFindings(),
            "ladder": RowsFindings(),
            "savings": SavingsFindings(),
            "tune": TuningFindings(),
        }
        self.grid = TrialGrid()
        self.side = Segmented([("numbers", tr("Numbers")), ("trials", tr("Trials"))])
        self.side.setAccessibleName(tr("What to show"))

    def _lay_out(self) -> None:
        layout = page_layout(self)
        for each in (self.back, self.open_folder, self.pause, self.go_on, self.stop, self.resume):
            self.heading.buttons.addWidget(each)
        layout.addWidget(self.heading)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.preparing)
        self.stack.addWidget(self._full())
        layout.addWidget(self.stack, 1)

    def _full(self) -> QWidget:
        self.progress = Card()
        self.progress.body.addLayout(column(self.doing, self.bar, spacing=6))
        self.failed.buttons.addWidget(self.details)
        self.verdict = Card()
        self.verdict.body.setSpacing(GRID // 2)
        head = row(column(self.sentence, self.why, spacing=4), column(self.use, None), spacing=GAP)
        head.setStretch(0, 1)
        self.verdict.body.addLayout(head)
        content = QHBoxLayout()
        content.setSpacing(GAP)
        content.addWidget(self._left(), 1)
        content.addWidget(self._right())
        made = QWidget()
        parts = (self.failed, self.progress, self.verdict, self.harm, self.doubt, content)
        whole = column(*parts, spacing=GAP)
        whole.setStretch(len(parts) - 1, 1)
        made.setLayout(whole)
        return made

    def _left(self) -> Card:
        self.left = Card(tr("What each value was worth"))
        self.drawn = QStackedWidget()
        for chart in self.charts.values():
            self.drawn.addWidget(chart)
        self.nothing = Muted(tr("The chart begins with the first trial that has ended."))
        self.drawn.addWidget(self.nothing)
        self.left.body.addWidget(self.drawn, 1)
        return self.left

    def _right(self) -> Card:
        right = Card(" ")
        right.setFixedWidth(SIDE)
        right.header.insertWidget(0, self.side)
        self.right, self.beside = right, QStackedWidget()
        for chart in self.charts.values():
            self.beside.addWidget(chart.numbers)
        self.beside.addWidget(self.grid)
        right.body.addWidget(self.beside, 1)
        return right

    def _connect(self) -> None:
        models = self._models
        for signal in (models.study.changed, models.run.changed):
            signal.connect(self.write)
        self.preparing.started.connect(models.study.start)
        self.side.chosen.connect(self._show_side)
        self.grid.opened.connect(self._open_run)
        for chart in self.charts.values():
            if isinstance(chart, LambdaFindings | TuningFindings):
                chart.chosen.connect(self._choose)
        self.side.choose("trials")

    # --- showing -------------------------------------------------------------------------------------------------

    @Slot()
    def write(self) -> None:
        """Show how the study stands."""
        study = self._models.study
        self._write_heading(study)
        is_prepared = study.state == "prepared"
        self.stack.setCurrentIndex(0 if is_prepared else 1)
        if is_prepared:
            self._place, self._was_live = -1, True
            self.side.choose("trials")
            self.preparing.write(self._models.at_work())
            return
        self._write_progress(study)
        self._write_verdict(study)
        self.grid.show_trials(study.trials, study.cells, study.field)

    def _write_heading(self, study: StudyModel) -> None:
        kind = title(study.study.study) if study.study is not None else tr("Study")
        self.heading.write(kind, saying.line(study))
        is_stopping = study.state == "stopping"
        self.back.setVisible(not study.is_live)
        self.open_folder.setVisible(bool(study.folder) and not study.is_live)
        self.pause.setVisible(study.state in ("running", "stopping"))
        self.go_on.setVisible(study.state == "paused")
        self.stop.setVisible(study.is_live)
        self.resume.setVisible(study.is_resumable)
        self.resume.setEnabled(not self._models.at_work())
        self.resume.setToolTip(self._models.at_work())
        for each in (self.pause, self.stop):
            each.setEnabled(not is_stopping)

    def _write_progress(self, study: StudyModel) -> None:
        self.progress.setVisible(study.is_live)
        self.doing.setText(saying.doing(study))
        self.bar.write(study.share if study.trials else None)
        self.failed.setVisible(study.failure is not None)
        if study.failure is not None:
            self.failed.write(study.failure.message, study.failure.remedy)
            self.details.setVisible(study.failure.kind != "user")

    def _write_verdict(self, study: StudyModel) -> None:
        verdict = study.verdict
        is_over = not study.is_live
        self.verdict.setVisible(verdict is not None and is_over)
        self._write_notices(verdict if is_over else None)
        self.left.rename(tr(CHARTS[_kind(verdict)]) if verdict is not None else tr("So far"))
        if verdict is None:
            self._place, self._was_live = -1, True
            self.drawn.setCurrentWidget(self.nothing)
            self._show_side("trials")
            return
        self.sentence.setText(words.sentence(verdict))
        self.why.setText(saying.why(verdict))
        self.why.setVisible(bool(self.why.text()))
        self._draw(verdict, study)
        self._write_use(verdict)
        if self._was_live and is_over:
            self.side.choose("numbers")
        self._was_live = not is_over
        self._show_side(self.side.value or "trials")

    def _draw(self, verdict: Verdict, study: StudyModel) -> None:
        found = self.charts[_kind(verdict)]
        self.drawn.setCurrentWidget(found)
        match verdict, found:
            case LambdaVerdict(), LambdaFindings():
                found.show_verdict(verdict)
                self._mark_chosen(found, verdict, len(verdict.points), study)
            case TuningVerdict(), TuningFindings() if study.study and isinstance(study.study.study, Tuning):
                found.show_verdict(verdict, study.study.study)
                self._mark_chosen(found, verdict, len(verdict.tries), study)
            case GainVerdict(), GainFindings():
                found.show_verdict(verdict, study.trials, study.cells, study.single.live if study.single else None)
            case LadderVerdict(), RowsFindings():
                found.show_verdict(verdict, study.trials)
            case SavingsVerdict(), SavingsFindings():
                found.show_verdict(verdict)
            case _:
                raise TypeError(type(found).__name__)

    def _mark_chosen(
        self,
        found: LambdaFindings | TuningFindings,
        verdict: LambdaVerdict | TuningVerdict,
        count: int,
        study: StudyModel,
    ) -> None:
        """Once a study is over, what it chose is marked, unless a person has chosen."""
        if not 0 <= self._place < count:
            found.choose(verdict.chosen if verdict.chosen is not None and not study.is_live else -1)

    def _write_notices(self, verdict: Verdict | None) -> None:
        """Negative transfer is said in red, with what to try."""
        gain = verdict if isinstance(verdict, GainVerdict) else None
        advice = "\n".join(f"• {each}" for each in gain.advice) if gain is not None else ""
        self.harm.setVisible(gain is not None and gain.outcome == "harms")
        self.harm.write(tr("Negative transfer: without the source this would have become better."), advice)
        self.doubt.setVisible(gain is not None and gain.outcome == "undecided" and bool(advice))
        self.doubt.write(tr("Whether transfer helps cannot be told by these runs."), advice)

    def _write_use(self, verdict: Verdict) -> None:
        match verdict:
            case LambdaVerdict():
                place = self._chosen(verdict)
                self.use.setVisible(place is not None)
                if place is not None:
                    self.use.setText(saying.use_of(verdict, place))
                    self.use.setToolTip(saying.use_means(verdict, place))
            case TuningVerdict():
                place = self._chosen(verdict)
                self.use.setVisible(place is not None)
                if place is not None:
                    self.use.setText(saying.use_of_try(verdict, place))
                    self.use.setToolTip("")
            case LadderVerdict(chosen=int(chosen)):
                self.use.show()
                self.use.setText(tr("Use “{rung}”", rung=rung_name(verdict.rungs[chosen].blocks)))
                self.use.setToolTip("")
            case _:
                self.use.hide()

    def _chosen(self, verdict: LambdaVerdict | TuningVerdict) -> int | None:
        """What a person has chosen, else what the study has."""
        count = len(verdict.points if isinstance(verdict, LambdaVerdict) else verdict.tries)
        return self._place if 0 <= self._place < count else verdict.chosen

    # --- doing ---------------------------------------------------------------------------------------------------

    @Slot(str)
    def _show_side(self, name: str) -> None:
        """Show the numbers or the grid beside the chart."""
        verdict = self._models.study.verdict
        self.side.choose(name)
        self.side.setVisible(verdict is not None)
        self.right.rename(tr("Trials") if verdict is None else "")  # else the switch says it
        if verdict is None or name == "trials":
            self.beside.setCurrentWidget(self.grid)
        else:
            self.beside.setCurrentWidget(self.charts[_kind(verdict)].numbers)

    @Slot(int)
    def _choose(self, place: int) -> None:
        verdict = self._models.study.verdict
        self._place = place
        if verdict is not None:
            self._write_use(verdict)

    def _use(self) -> None:
        match self._models.study.verdict:
            case LambdaVerdict() as verdict if (place := self._chosen(verdict)) is not None:
                study_asking.use_point(self._models, verdict, place)
            case TuningVerdict() as verdict if (place := self._chosen(verdict)) is not None:
                study_asking.use_try(self._models, verdict, place)
            case LadderVerdict(chosen=int(chosen)) as verdict:
                study_asking.use_rung(self._models, verdict, chosen)
            case _:
                return
        self.wanted.emit("transfer")

    def _resume(self) -> None:
        self._models.study.resume_shown()

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(self._models.study.folder))

    @Slot(str)
    def _open_run(self, folder: str) -> None:
        """Show the run of a trial as any other."""
        self._models.run.replay(Path(folder))
        self.wanted.emit("train")

    def _show_details(self) -> None:
        if self._models.study.failure is not None:
            show_failure(self._models.study.failure, (), self.window())


def _kind(verdict: Verdict) -> str:
    return str(verdict.__struct_config__.tag)
