"""What a checkpoint is worth, and which pictures stand behind each number: for the checkpoint in view, of the run in
view, on its own test pictures or on others.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from kt_gui import session
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.selection import Selection
from kt_gui.bridge.tasks import Tasks
from kt_gui.bridge.viewing import Viewing
from kt_gui.schema.datasets import Dataset
from kt_gui.schema.evaluations import Checkpoint, Evaluated, Judged
from kt_gui.schema.events import Event, Progressed
from kt_gui.schema.stop import StopToken
from kt_gui.store.folders import Home

if TYPE_CHECKING:
    from kt_gui.bridge.judgement import Judgement

PAUSE_MS = 150
"""While checkpoints are dragged past, none is evaluated before a person pauses this long."""
KEPT, MEMORY = 24, 256_000_000
"""Answers that are kept, and the bytes their logits may take together; the present one is kept whatever it takes."""


@dataclass(frozen=True)
class Question:
    """What is evaluated. Without data it is the run's own test pictures."""

    folder: Path
    checkpoint: Checkpoint
    data: Dataset | None = None


@dataclass(frozen=True, eq=False)
class Answer:
    """The verdict, and what was said of each picture."""

    evaluated: Evaluated
    judgement: "Judgement"


class _Weighed(Event, frozen=True):
    """What a worker's thread made of a judgement, so that the window need not."""

    judgement: "Judgement"


class EvaluationModel(QObject):
    """Evaluates in the background what is looked at, while somebody looks, and keeps the last answers.

    Signals:
        changed(): another question, or one was answered, went on, failed.
        selected(): a person wants to see the pictures behind a number; they are `selection`'s.
    """

    changed = Signal()
    selected = Signal()

    def __init__(self, home: Home, viewing: Viewing, parent: QObject, *, is_enabled: bool = True) -> None:
        super().__init__(parent)
        self._home = home
        self._viewing = viewing
        self._watching: set[int] = set()
        self._answers: OrderedDict[Question, Answer] = OrderedDict()
        self._judgement: Judgement | None = None
        self._asked: Question | None = None
        self._last: Question | None = None
        self._folder: Path | None = viewing.folder
        self._tasks = Tasks(self, is_enabled=is_enabled)
        self._tasks.changed.connect(self.changed)
        self._pause = QTimer(self, singleShot=True)
        self._pause.timeout.connect(self._ask)
        self.data: Dataset | None = None
        self.selection = Selection()
        viewing.changed.connect(self._follow)

    # --- what is known -----------------------------------------------------------------------------------------

    @property
    def question(self) -> Question | None:
        """What is looked at; None while no run is."""
        folder = self._viewing.folder
        return Question(folder, self._viewing.checkpoint, self.data) if folder is not None else None

    @property
    def answer(self) -> Answer | None:
        """The answer to what is looked at; None while there is none yet."""
        question = self.question
        return self._answers.get(question) if question is not None else None

    @property
    def shown(self) -> Answer | None:
        """The answer, or while another checkpoint is evaluated that to the last one: it is better than nothing."""
        question, last = self.question, self._last
        if self.answer is not None or question is None or last is None:
            return self.answer
        is_akin = (last.folder, last.data) == (question.folder, question.data)
        return self._answers.get(last) if is_akin and self.failure is None else None

    @property
    def is_busy(self) -> bool:
        """Whether the question is being answered, or about to be."""
        return self._tasks.busy("evaluate") or self._pause.isActive()

    @property
    def progress(self) -> Progressed | None:
        """How far the answer has come."""
        return self._tasks.progress("evaluate")

    @property
    def failure(self) -> Failure | None:
        """Why there is no answer."""
        return self._tasks.failure("evaluate") if self._asked == self.question else None

    # --- what is asked -----------------------------------------------------------------------------------------

    def watch(self, who: QObject, *, is_watching: bool) -> None:
        """Somebody begins to look, or ceases to. Nothing is evaluated that nobody looks at."""
        (self._watching.add if is_watching else self._watching.discard)(id(who))
        if is_watching and self._asked != self.question:
            self._ask()

    def evaluate_on(self, data: Dataset | None) -> None:
        """Look at another data set, as it is now, or at the run's own test pictures."""
        self.data = data
        self.selection = Selection()
        if data is not None and self.question is not None:
            self._answers.pop(self.question, None)
        self._tasks.cancel()
        self._asked = None
        if self._watching:
            self._ask()
        self.changed.emit()

    def select(self, selection: Selection) -> None:
        """Show the pictures behind a number."""
        self.selection = selection
        self.selected.emit()

    def narrow(self, selection: Selection) -> None:
        """Change which pictures are shown, where they are shown already."""
        self.selection = selection
        self.changed.emit()

    def retry(self) -> None:
        """Ask once more, after a failure or a cancel."""
        self._ask()

    def cancel(self) -> None:
        """Give the question up; what was known stays."""
        self._pause.stop()
        self._tasks.cancel()
        self.changed.emit()

    def rest(self, pause_ms: int) -> None:
        """Ask after a pause, unless the question changes till then."""
        self._pause.start(pause_ms)
        self.changed.emit()

    @Slot()
    def _follow(self) -> None:
        """Another run, or another checkpoint of it: ask for what is not known, once a person has come to rest."""
        if self._folder != self._viewing.folder:
            self._folder, self.data, self.selection = self._viewing.folder, None, Selection()
        self._tasks.cancel()
        self._asked = None
        if self.answer is not None:
            self._remember_last()
            self._pause.stop()
        elif self._watching and self.question is not None:
            self.rest(PAUSE_MS)
            return
        self.changed.emit()

    @Slot()
    def _ask(self) -> None:
        self._pause.stop()
        question = self._asked = self.question
        if question is None or self.answer is not None:
            return
        self._tasks.start("evaluate", lambda stop: self._evaluate(question, stop), self.apply)

    def _evaluate(self, question: Question, stop: StopToken) -> Iterator[Event]:
        from kt_gui.bridge.judgement import weigh

        told = session.evaluate(question.folder, question.data, question.checkpoint, stop, self._home)
        for event in told:
            yield _Weighed(weigh(event)) if isinstance(event, Judged) else event

    # --- answers -----------------------------------------------------------------------------------------------

    def apply(self, events: list[Event]) -> None:
        """Take in what an evaluation tells: first the judgement, then the verdict."""
        from kt_gui.bridge.judgement import weigh

        for event in events:
            match event:
                case Judged():
                    self._judgement = weigh(event)
                case _Weighed():
                    self._judgement = event.judgement
                case Evaluated() if self._judgement is not None:
                    self._keep(Answer(event, self._judgement))
                case _:
                    pass
        self.changed.emit()

    def fail(self, failure: Failure) -> None:
        """Say why there is no answer."""
        self._asked = self.question
        self._tasks.fail("evaluate", failure)

    def _keep(self, answer: Answer) -> None:
        told = answer.evaluated
        question = Question(Path(told.run), told.checkpoint, None if told.part == "test" else told.data)
        self._answers.pop(question, None)
        self._answers[question] = answer
        self._judgement = None
        self._remember_last()
        while len(self._answers) > KEPT or (len(self._answers) > 1 and self._size() > MEMORY):
            self._answers.popitem(last=False)

    def _size(self) -> int:
        return sum(len(answer.judgement.judged.logits.data) for answer in self._answers.values())

    def _remember_last(self) -> None:
        question = self.question
        if question is not None and question in self._answers:
            self._answers.move_to_end(question)
            self._last = question
