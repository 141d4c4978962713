"""The model, fed events, and with a hand-written session behind it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from kt_gui import samples, session
from kt_gui.bridge import evaluation_model
from kt_gui.bridge.evaluation_model import EvaluationModel
from kt_gui.bridge.run_model import RunModel
from kt_gui.bridge.selection import Selection
from kt_gui.bridge.viewing import Viewing
from kt_gui.samples import evaluation as samples_evaluation
from kt_gui.schema.datasets import Dataset, ImageFolder
from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Checkpoint
from kt_gui.schema.events import Event, Progressed
from kt_gui.schema.stop import StopToken
from kt_gui.store.folders import Home

OTHER = ImageFolder(path="/other")


class Evaluations:
    """What is asked of the session, and its answers."""

    def __init__(self) -> None:
        self.asked: list[tuple[Dataset | None, Checkpoint]] = []
        self.fails = False
        self.waits = False

    def __call__(
        self, folder: Path, data: Dataset | None, checkpoint: Checkpoint, stop: StopToken, *_: Any
    ) -> Iterator[Event]:
        self.asked.append((data, checkpoint))
        yield Progressed(activity="testing", done=1, total=2)
        while self.waits and not stop.requested():
            yield Progressed(activity="testing", done=1, total=2)
        if self.fails:
            raise UserError("The checkpoint is damaged.", "Choose another one.")
        if not stop.requested():
            yield from told(checkpoint, data, str(folder))


def told(checkpoint: Checkpoint = "best", data: Dataset | None = None, run: str = "/runs/emoji") -> list[Event]:
    return samples_evaluation.evaluation(("ant", "bee"), 20, checkpoint=checkpoint, data=data, run=run)


@pytest.fixture
def evaluations(monkeypatch: pytest.MonkeyPatch) -> Evaluations:
    made = Evaluations()
    monkeypatch.setattr(session, "evaluate", made)
    monkeypatch.setattr(evaluation_model, "PAUSE_MS", 5)
    return made


@pytest.fixture
def viewing(folders: Home, owner: QObject) -> Viewing:
    run = RunModel(folders, owner, is_enabled=False)
    made = Viewing(run, owner)
    run.apply(samples.finished())
    return made


@pytest.fixture
def model(folders: Home, owner: QObject, viewing: Viewing, evaluations: Evaluations) -> EvaluationModel:
    return EvaluationModel(folders, viewing, owner)


def test_nothing_is_evaluated_that_nobody_looks_at(model: EvaluationModel, evaluations: Evaluations) -> None:
    assert model.question is not None
    assert not model.is_busy
    assert evaluations.asked == []


def test_who_looks_gets_the_numbers(qtbot: QtBot, model: EvaluationModel, owner: QObject) -> None:
    model.watch(owner, is_watching=True)
    qtbot.waitUntil(lambda: model.answer is not None and not model.is_busy)
    assert model.answer is not None
    assert model.answer.evaluated.scores.total == len(model.answer.judgement) == 20


def test_a_checkpoint_that_was_evaluated_is_there_at_once(
    qtbot: QtBot, model: EvaluationModel, viewing: Viewing, owner: QObject, evaluations: Evaluations
) -> None:
    model.watch(owner, is_watching=True)
    qtbot.waitUntil(lambda: model.answer is not None)
    viewing.choose("last")
    assert model.answer is None
    qtbot.waitUntil(lambda: model.answer is not None and not model.is_busy)
    viewing.choose("best")
    assert model.answer is not None
    assert model.answer.evaluated.checkpoint == "best"
    assert not model.is_busy
    assert evaluations.asked == [(None, "best"), (None, "last")]


def test_dragging_past_checkpoints_evaluates_only_where_it_rests(
    qtbot: QtBot, model: EvaluationModel, viewing: Viewing, owner: QObject, evaluations: Evaluations
) -> None:
    model.watch(owner, is_watching=True)
    qtbot.waitUntil(lambda: model.answer is not None and not model.is_busy)
    for epoch in range(6):
        viewing.choose(epoch)
        assert model.shown is not None
    qtbot.waitUntil(lambda: model.answer is not None and not model.is_busy)
    assert evaluations.asked == [(None, "best"), (None, 5)]


def test_while_another_checkpoint_is_evaluated_the_last_numbers_stay(model: EvaluationModel, viewing: Viewing) -> None:
    model.apply(told())
    viewing.choose("last")
    assert model.answer is None
    assert model.shown is not None
    assert model.shown.evaluated.checkpoint == "best"


def test_an_answer_to_an_older_question_is_kept_and_not_shown(model: EvaluationModel, viewing: Viewing) -> None:
    viewing.choose("last")
    model.apply(told("best"))
    assert model.answer is None
    assert model.shown is None
    viewing.choose("best")
    assert model.answer is not None


def test_a_failure_is_told_and_mended_by_trying_again(
    qtbot: QtBot, model: EvaluationModel, owner: QObject, evaluations: Evaluations
) -> None:
    evaluations.fails = True
    model.watch(owner, is_watching=True)
    qtbot.waitUntil(lambda: model.failure is not None and not model.is_busy)
    assert model.failure is not None
    assert model.failure.remedy == "Choose another one."
    model.watch(owner, is_watching=True)
    assert not model.is_busy
    evaluations.fails = False
    model.retry()
    qtbot.waitUntil(lambda: model.answer is not None)
    assert model.failure is None


def test_a_failure_of_one_checkpoint_is_not_told_of_another(
    model: EvaluationModel, viewing: Viewing, evaluations: Evaluations
) -> None:
    from kt_gui.bridge.failures import Failure

    model.fail(Failure("user", "It is damaged.", "", ""))
    assert model.failure is not None
    viewing.choose("last")
    assert model.failure is None


def test_cancelled_it_stays_open_until_somebody_asks_again(
    qtbot: QtBot, model: EvaluationModel, owner: QObject, evaluations: Evaluations
) -> None:
    evaluations.waits = True
    model.watch(owner, is_watching=True)
    qtbot.waitUntil(lambda: model.progress is not None)
    model.cancel()
    qtbot.waitUntil(lambda: not model.is_busy)
    assert model.answer is None
    assert model.failure is None
    evaluations.waits = False
    model.retry()
    qtbot.waitUntil(lambda: model.answer is not None and not model.is_busy)


def test_other_pictures_are_evaluated_and_the_own_ones_are_there_at_once_again(
    qtbot: QtBot, model: EvaluationModel, owner: QObject, evaluations: Evaluations
) -> None:
    model.watch(owner, is_watching=True)
    qtbot.waitUntil(lambda: model.answer is not None and not model.is_busy)
    model.select(Selection(verdict="wrong"))
    model.evaluate_on(OTHER)
    assert model.shown is None
    assert model.selection == Selection()
    qtbot.waitUntil(lambda: model.answer is not None and not model.is_busy)
    assert model.answer is not None
    assert model.answer.evaluated.part == "all"
    model.evaluate_on(None)
    assert model.answer is not None
    assert model.answer.evaluated.part == "test"
    assert evaluations.asked == [(None, "best"), (OTHER, "best")]


def test_another_data_set_chosen_again_is_looked_at_as_it_is_now(
    qtbot: QtBot, model: EvaluationModel, owner: QObject, evaluations: Evaluations
) -> None:
    model.watch(owner, is_watching=True)
    for _ in range(2):
        model.evaluate_on(OTHER)
        assert model.answer is None
        qtbot.waitUntil(lambda: model.answer is not None and not model.is_busy)
    assert evaluations.asked[-2:] == [(OTHER, "best")] * 2


def test_another_run_forgets_the_other_pictures(model: EvaluationModel, viewing: Viewing) -> None:
    model.evaluate_on(OTHER)
    viewing.folder = Path("/runs/another")
    viewing.changed.emit()
    assert model.data is None
    assert model.question is not None
    assert model.question.folder == Path("/runs/another")


def test_without_a_run_there_is_no_question(folders: Home, owner: QObject, evaluations: Evaluations) -> None:
    model = EvaluationModel(folders, Viewing(RunModel(folders, owner, is_enabled=False), owner), owner)
    model.watch(owner, is_watching=True)
    assert model.question is None
    assert model.answer is None
    assert not model.is_busy


def test_memory_for_answers_is_bounded_and_the_newest_stays(
    model: EvaluationModel, viewing: Viewing, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = len(msgspec.msgpack.encode(told()[0]))
    monkeypatch.setattr(evaluation_model, "MEMORY", size // 2)
    for epoch in range(12):
        viewing.choose(epoch)
        model.apply(told(epoch))
    assert model.answer is not None
    assert len(model._answers) < 12


def test_selecting_tells_who_shows_pictures(qtbot: QtBot, model: EvaluationModel) -> None:
    with qtbot.waitSignal(model.selected):
        model.select(Selection(truth="ant"))
    assert model.selection.truth == "ant"
