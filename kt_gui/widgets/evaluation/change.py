"""What changed: in each block, its weights and what it computes; and what of the source is forgotten."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from kt_gui.bridge.change_model import ChangeModel, Job
from kt_gui.bridge.models import Models
from kt_gui.schema.changes import BlockChange, Changed, Recalled
from kt_gui.schema.checkpoints import say
from kt_gui.schema.datasets import called
from kt_gui.schema.events import BlockDrift
from kt_gui.schema.quantities import percent
from kt_gui.schema.texts import tr, trn
from kt_gui.widgets.block_bars import BlockBar, BlockBars
from kt_gui.widgets.drift_bars import as_bars
from kt_gui.widgets.evaluation.answer import Answer
from kt_gui.widgets.evaluation.forgetting_chart import ForgettingChart
from kt_gui.widgets.legend import Legend
from kt_gui.widgets.parts import Muted, fill, label, row, scrolled
from kt_gui.widgets.theme import GAP, GRID


class Change(QWidget):
    """Two cards. Both ask only while they are looked at, and follow the checkpoint in view."""

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self.blocks, self.forgetting = Blocks(), Forgetting()
        self._answers: dict[Job, Answer] = {
            "changes": Answer(title(None), self.blocks),
            "forgetting": Answer(tr("What is still known of the source"), self.forgetting),
        }
        self._lay_out()
        self._connect()
        self.write()

    def answer(self, job: Job) -> Answer:
        """The card of a job."""
        return self._answers[job]

    def _lay_out(self) -> None:
        inside = QWidget()
        fill(QVBoxLayout(inside), (*self._answers.values(), None), GAP)
        fill(QVBoxLayout(self), (scrolled(inside),), 0)

    def _connect(self) -> None:
        model = self._models.changes
        for job, answer in self._answers.items():
            answer.again.connect(partial(model.begin, job))
            answer.cancelled.connect(partial(model.cancel, job))
        self._models.viewing.changed.connect(self._follow)
        model.changed.connect(self.write)

    def showEvent(self, event: QShowEvent) -> None:
        """Find out what is not known yet."""
        super().showEvent(event)
        self._follow()

    @Slot()
    def _follow(self) -> None:
        if self.isVisible():
            self._models.changes.look()
        self.write()

    @Slot()
    def write(self) -> None:
        """Show what is known."""
        model = self._models.changes
        self._show_state(model, "changes", is_known=model.found is not None)
        self._show_state(model, "forgetting", is_known=bool(model.points))
        self._answers["changes"].rename(title(model.found))
        if model.found is not None:
            self.blocks.show_changes(model.found)
        phases = self._models.run.phases
        validation = [(each.epoch, each.validation_accuracy) for each in phases[-1].epochs] if phases else []
        self.forgetting.show_points(model.points, validation, model.point())

    def _show_state(self, model: ChangeModel, job: Job, *, is_known: bool) -> None:
        self._answers[job].show_state(
            is_busy=model.busy(job),
            is_known=is_known,
            progress=model.progress(job),
            failure=model.failure(job),
            notice=model.notices.get(job),
        )


def title(changed: Changed | None) -> str:
    """Say whose changes these are."""
    if changed is None:
        return tr("What changed in each block")
    if changed.epoch is None:
        return tr("What changed in each block: nothing, this is the source")
    return tr("What changed in each block by {epoch}", epoch=say(changed.checkpoint, changed.epoch))


class Blocks(QWidget):
    """Two charts in line: the weights at the left, what they compute at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.weights = BlockBars(tr("How far the weights of each block have moved"))
        self.function = BlockBars(tr("How much what each block computes has changed"), has_names=False)
        self.note = Muted()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(2 * GAP)
        grid.setVerticalSpacing(GRID // 2)
        grid.setColumnStretch(0, 4)
        grid.setColumnStretch(1, 3)
        heads = (tr("In the weights: ‖θ'−θ‖² / ‖θ‖²"), tr("In what they compute: 1 − CKA"))
        for place, (head, bars) in enumerate(zip(heads, (self.weights, self.function), strict=True)):
            grid.addWidget(label(head, "small"), 0, place)
            grid.addWidget(bars, 1, place)
        grid.addWidget(self.note, 2, 0, 1, 2)

    def show_changes(self, changed: Changed) -> None:
        """Show these blocks."""
        self.weights.show_bars(as_bars([_drift(block) for block in changed.blocks]))
        self.function.show_bars([function_bar(block) for block in changed.blocks])
        self.note.setText(_note(changed))


def _drift(block: BlockChange) -> BlockDrift:
    return BlockDrift(block=block.block, squared=block.relative, anchor_squared=1.0, frozen=block.frozen)


def function_bar(block: BlockChange) -> BlockBar:
    """Draw how much what a block computes has changed. Frozen ones may have, behind others that moved."""
    if block.similarity is None:
        return BlockBar(block.block, 0.0, "–", "faint")
    changed = 1 - block.similarity
    if block.frozen and abs(changed) < 1e-6:
        return BlockBar(block.block, 0.0, tr("unchanged"), is_locked=True)
    return BlockBar(block.block, min(max(changed, 0.0), 1.0), f"{max(changed, 0.0):.3f}")


def _note(changed: Changed) -> str:
    if not changed.pictures:
        return tr("What the blocks compute could not be compared: there are no pictures to show them.")
    return trn(
        "0: the same as the source's but for turning and scaling; 1: nothing in common. "
        "Compared on {count} validation picture of {data}.",
        "0: the same as the source's but for turning and scaling; 1: nothing in common. "
        "Compared on {count} validation pictures of {data}.",
        changed.pictures,
        data=called(changed.data),
    )


class Forgetting(QWidget):
    """The sentence, and the curve it is about."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sentence = label("", "strong", wrap=True)
        self.chart = ForgettingChart()
        self.legend = Legend(
            [("accent", tr("source's test, source's head")), ("validation", tr("target's validation"))]
        )
        head = row(self.sentence, self.legend, spacing=GAP)
        head.setStretch(0, 1)
        fill(QVBoxLayout(self), (head, self.chart))

    def show_points(
        self, points: Sequence[Recalled], validation: Sequence[tuple[int, float]], current: Recalled | None
    ) -> None:
        """Show what is known so far."""
        source = next((each for each in points if each.epoch is None), None)
        self.sentence.setText(sentence(source, current))
        self.chart.show_points(points, validation, current)


def sentence(source: Recalled | None, now: Recalled | None) -> str:
    """Say in words what the checkpoint in view still knows of the source."""
    if source is None:
        return ""
    before = percent(source.accuracy)
    if now is None:
        return tr("Before the transfer, {before} of the source's test pictures were right.", before=before)
    if now.epoch is None:
        return tr("The source itself gets {before} of its test pictures right.", before=before)
    if now.correct >= source.correct:
        return tr(
            "Nothing of the source is forgotten: {now} of its test pictures are right; before it was {before}.",
            now=percent(now.accuracy),
            before=before,
        )
    return tr(
        "It still gets {now} of the source's test pictures right; before it was {before}.",
        now=percent(now.accuracy),
        before=before,
    )
