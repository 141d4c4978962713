"""Step 5: whether it helped, why, and what to do about it, in sections; each is built when it is first looked at."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from kt_gui.bridge import study_asking
from kt_gui.bridge.models import Models
from kt_gui.schema.texts import mark, tr
from kt_gui.widgets.empty import Empty
from kt_gui.widgets.evaluation.scrubber import Scrubber
from kt_gui.widgets.parts import Heading, secondary
from kt_gui.widgets.sections import Sections, lay_out

SECTIONS = {
    "overview": mark("Verdict"),
    "pictures": mark("Pictures"),
    "labels": mark("Labels"),
    "see": mark("What it sees"),
    "change": mark("What changed"),
    "proof": mark("Proof"),
}
"""Names and titles, in the order they stand in."""


def make_section(name: str, models: Models) -> QWidget:
    """Build a section by its name. Each is imported when it is first wanted: charts are slow to load."""
    match name:
        case "overview":
            from kt_gui.widgets.evaluation import overview

            return overview.Overview(models)
        case "pictures":
            from kt_gui.widgets.evaluation import picture_section

            return picture_section.PictureSection(models)
        case "labels":
            from kt_gui.widgets.evaluation import labels

            return labels.Labels(models)
        case "see":
            from kt_gui.widgets.evaluation import seeing

            return seeing.Seeing(models)
        case "change":
            from kt_gui.widgets.evaluation import change

            return change.Change(models)
        case "proof":
            from kt_gui.widgets.evaluation import proof

            return proof.Proof(models)
        case _:
            raise ValueError(name)


class EvaluatePage(QWidget):
    """The sections, one at a time.

    Signals:
        wanted(str): go to another page.
    """

    wanted = Signal(str)

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._build()
        self._lay_out()
        models.run.changed.connect(self.write)
        models.evaluation.selected.connect(self._show_pictures)
        models.gain.opened.connect(self._open_study)
        models.gain.asked.connect(self._ask)
        models.diagnosis.labels_wanted.connect(self._show_labels)
        self.write()

    def _build(self) -> None:
        self.heading = Heading(tr("How good it has become"))
        self.sections = Sections(SECTIONS, self._make)
        self.scrubber = Scrubber(self._models)
        self.sections.tools.addWidget(self.scrubber)
        self.empty = Empty(
            "target",
            tr("Nothing to judge yet"),
            tr("When a run has ended, its accuracy on the test pictures stands here."),
            tr("Go to Train"),
            partial(self.wanted.emit, "train"),
        )
        self.empty.add_button(secondary(tr("Open an earlier run"), partial(self.wanted.emit, "runs")))

    def _lay_out(self) -> None:
        self.stack = lay_out(self, self.heading, self.sections, self.empty)

    @Slot()
    def write(self) -> None:
        """Show the run in view."""
        run = self._models.run
        is_known = run.result is not None and run.state in ("finished", "stopped")
        self.stack.setCurrentIndex(0 if is_known else 1)
        if is_known:
            self.heading.write(tr("How good it has become"), run.name)
            if not self.sections.made:
                self.sections.go("overview")

    @Slot()
    def _ask(self) -> None:
        """Prepare a study of what the source has given to the run in view."""
        study_asking.prepare(self._models, "gain", self._models.run.experiment)
        self.wanted.emit("studies")

    def _make(self, name: str) -> QWidget:
        made = make_section(name, self._models)
        if name == "overview":
            made.wanted.connect(self.wanted)  # type: ignore[attr-defined]
        return made

    @Slot()
    def _show_labels(self) -> None:
        """Somebody wants to see the labels that look wrong."""
        self.sections.go("labels")

    @Slot()
    def _open_study(self) -> None:
        """Show the study that tells of the run in view."""
        known = self._models.gain.known
        if known is not None and known.study:
            self._models.ranking.close()
            self._models.study.replay_at(Path(known.study))
            self.wanted.emit("studies")

    @Slot()
    def _show_pictures(self) -> None:
        """Somebody wants to see the pictures behind a number."""
        self.sections.go("pictures")
