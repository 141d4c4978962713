"""The line at the foot: device and memory at the left, what goes on with percent and time left at the right."""

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from kt_gui.bridge.machine_model import MachineModel
from kt_gui.bridge.run_model import RunModel
from kt_gui.bridge.study_model import StudyModel
from kt_gui.schema.activities import ACTIVITIES, PHASES
from kt_gui.schema.events import Progressed
from kt_gui.schema.quantities import duration
from kt_gui.schema.texts import tr
from kt_gui.widgets.parts import label, link
from kt_gui.widgets.theme import FOOT, current, themed


def activity_text(activity: Progressed) -> str:
    """Name what goes on, with its share: `Computing features 40 %`."""
    name = tr(ACTIVITIES[activity.activity])
    if not activity.total:
        return name
    return tr("{activity} {share} %", activity=name, share=f"{100 * activity.done / activity.total:.0f}")


def job_text(run: RunModel) -> str:
    """Say what a run is at: `Fine-tuning 71 % · 14 s`; nothing where none goes on."""
    if not run.is_live:
        return ""
    if run.state == "stopping":
        return tr("Stopping")
    if run.activity is not None:
        return activity_text(run.activity)
    if run.phase is None:
        return tr("Preparing")
    return _phase_text(run)


def _phase_text(run: RunModel) -> str:
    assert run.phase is not None
    phase, share = tr(PHASES[run.phase.started.phase]), f"{100 * run.phase.share:.0f}"
    if run.state == "paused":
        return tr("{phase} {share} % · paused", phase=phase, share=share)
    if run.eta_s is None:
        return tr("{phase} {share} %", phase=phase, share=share)
    return tr("{phase} {share} % · {time}", phase=phase, share=share, time=duration(run.eta_s))


def study_text(study: StudyModel) -> str:
    """Say how far a study has come: `Study 46 % · 12 min`; nothing where none goes on."""
    if not study.is_live:
        return ""
    if study.state == "stopping":
        return tr("The study is stopping")
    if study.share is None:
        return tr("Preparing a study")
    share = f"{100 * study.share:.0f}"
    if study.state == "paused":
        return tr("Study {share} % · paused", share=share)
    if not study.left_s:
        return tr("Study {share} %", share=share)
    return tr("Study {share} % · {time}", share=share, time=duration(study.left_s))


class _Dot(QWidget):
    """A round mark: full while the device works, dim while it rests."""

    def __init__(self) -> None:
        super().__init__()
        self.is_working = False
        self.setFixedSize(10, 10)
        themed.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Its fixed size."""
        return QSize(10, 10)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the mark."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(current().colour("accent" if self.is_working else "faint"))
        painter.drawEllipse(self.rect())
        painter.end()


class StatusBar(QWidget):
    """Shows the machine, and whatever goes on: each a way to its page.

    Signals:
        wanted(str): go to a page.
    """

    wanted = Signal(str)

    def __init__(self, machine: MachineModel, run: RunModel, study: StudyModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._machine, self._run, self._study = machine, run, study
        self.setProperty("kind", "status")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(FOOT)
        self._dot = _Dot()
        self.device, self.memory, self.waiting = label("", "small"), label("", "small"), label("", "small")
        self.job = link("", partial(self.wanted.emit, "train"))
        self.study = link("", partial(self.wanted.emit, "studies"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(20, 0, 24, 0)
        layout.setSpacing(8)
        for part in (self._dot, self.device):
            layout.addWidget(part)
        layout.addSpacing(16)
        layout.addWidget(self.memory)
        layout.addStretch(1)
        layout.addWidget(self.waiting)
        for each in (self.job, self.study):
            layout.addWidget(each)
        for model in (machine, run, study):
            model.changed.connect(self.write)
        self.write()

    @Slot()
    def write(self) -> None:
        """Show how things stand."""
        self.device.setText(self._machine.device_text)
        self.memory.setText(self._machine.memory_text)
        texts = (self.job, job_text(self._run)), (self.study, study_text(self._study))
        for each, text in texts:
            each.setText(text)
            each.setVisible(bool(text))
        self.study.setToolTip(self._study.name)
        is_working = any(text for _, text in texts)
        self.waiting.setText(tr("Preparing…") if self._machine.is_preparing and not is_working else "")
        if self._dot.is_working != is_working:
            self._dot.is_working = is_working
            self._dot.update()
