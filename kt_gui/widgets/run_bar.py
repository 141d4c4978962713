"""The block at the top of a run: what it is at, in words, a bar while it is not yet learning, and what one may do."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kt_gui.bridge.run_model import RunModel
from kt_gui.schema.texts import tr
from kt_gui.widgets import run_words
from kt_gui.widgets.messages import Dialog, ask
from kt_gui.widgets.notices import Bar
from kt_gui.widgets.parts import Heading, danger, primary, secondary


class RunBar(QWidget):
    """Pause and go on, stop and keep best, cancel and discard; after the end, what can be done with the run.

    Signals:
        folder_wanted(): show the run's folder.
        source_wanted(): take this run as the source of the next.
        result_wanted(): go where the result is read.
        help_wanted(): find out what the source has given to it.
    """

    folder_wanted = Signal()
    source_wanted = Signal()
    result_wanted = Signal()
    help_wanted = Signal()

    def __init__(self, run: RunModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run = run
        self._question: Dialog | None = None
        self._build()
        self._lay_out()
        run.changed.connect(self.write)
        self.write()

    def _build(self) -> None:
        self.heading = Heading("")
        self.bar = Bar()
        self.bar.setAccessibleName(tr("Progress"))
        self.pause = secondary(tr("Pause"), self._run.pause)
        self.go_on = secondary(tr("Go on"), self._run.go_on)
        self.keep = primary(tr("Stop and keep best"), self._run.stop_and_keep)
        self.discard = danger(tr("Cancel and discard"), self._ask_to_discard)
        self.open_folder = secondary(tr("Open folder"), self.folder_wanted.emit)
        self.use = secondary(tr("Use as source"), self.source_wanted.emit)
        self.help = secondary(tr("Does it help?"), self.help_wanted.emit)
        self.evaluate = primary(tr("Evaluate"), self.result_wanted.emit)

    def _lay_out(self) -> None:
        for each in (
            self.pause,
            self.go_on,
            self.keep,
            self.discard,
            self.open_folder,
            self.use,
            self.help,
            self.evaluate,
        ):
            self.heading.buttons.addWidget(each)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        policy = self.bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.bar.setSizePolicy(policy)
        layout.addWidget(self.heading)
        layout.addWidget(self.bar)

    @Slot()
    def write(self) -> None:
        """Show how the run stands."""
        run = self._run
        self.heading.write(run_words.title(run), run_words.line(run))
        self.heading.setToolTip(run_words.reuse(run))
        self.bar.setVisible(run.is_live and (run.activity is not None or run.phase is None))
        self.bar.write(run.share if run.activity is not None else None)
        is_stopping, is_over = run.state == "stopping", run.state in ("finished", "stopped")
        self.pause.setVisible(run.state in ("running", "stopping"))
        self.go_on.setVisible(run.state == "paused")
        for each in (self.keep, self.discard):
            each.setVisible(run.is_live)
        for each in (self.pause, self.keep, self.discard):
            each.setEnabled(not is_stopping)
        self.open_folder.setVisible(bool(run.folder) and (is_over or run.state in ("failed", "interrupted")))
        for each in (self.use, self.help, self.evaluate):
            each.setVisible(is_over)
        if self._question is not None and not run.is_live:
            self._question.close()

    def allow_help(self, hindrance: str) -> None:
        """Let be asked whether the source helps, or say why that cannot be."""
        self.help.setEnabled(not hindrance)
        self.help.setToolTip(hindrance or tr("Run it several times with the source and from scratch"))

    def _ask_to_discard(self) -> None:
        self._question = ask(
            tr("Cancel this run and discard it?"),
            tr("Its folder with checkpoints and curves is deleted. This cannot be undone."),
            (tr("Cancel and discard"), self._run.cancel_and_discard),
            tr("Go on"),
            self.window(),
            is_danger=True,
        )
        self._question.finished.connect(self._forget_question)

    @Slot()
    def _forget_question(self) -> None:
        self._question = None
