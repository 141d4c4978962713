from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from kt_gui import session
from kt_gui.bridge.insight_model import InsightModel, LookAsked, MapAsked
from kt_gui.samples import insight as samples_insight
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event, Noticed, Progressed
from kt_gui.schema.insights import Embedded, Explained
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.schema.texts import Message
from kt_gui.store.folders import Home
from tests.session.test_explaining import picture

RUN = Path("/runs/emoji")
MAP = MapAsked(RUN, "best")
LOOK = LookAsked(RUN, "best", 3)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What the session was asked, in its place."""
    told: list[object] = []

    def embed(folder: Path, checkpoint: object, method: str, part: str, stop: StopToken, home: Home) -> Iterator[Event]:
        told.append((checkpoint, method, part))
        yield Progressed(activity="features", done=1, total=2)
        yield samples_insight.embedded(method=method)  # type: ignore[arg-type]

    def explain(folder: Path, pictures: list[int], checkpoint: object, *_: object, **how: object) -> Iterator[Event]:
        told.append((checkpoint, *pictures, how["method"], how["target"]))
        yield samples_insight.explained(picture(), pictures[0])

    monkeypatch.setattr(session, "embed", embed)
    monkeypatch.setattr(session, "explain", explain)
    return told


@pytest.fixture
def model(folders: Home, owner: QObject) -> InsightModel:
    return InsightModel(folders, owner)


def settled(qtbot: QtBot, model: InsightModel) -> None:
    qtbot.waitUntil(lambda: not model.busy("map") and not model.busy("explain"))


def test_a_map_is_asked_for_and_kept(qtbot: QtBot, model: InsightModel, asked: list[object]) -> None:
    model.embed(MAP)
    model.embed(MAP)
    settled(qtbot, model)
    assert isinstance(model.embedded, Embedded)
    assert asked == [("best", "pca", "test")]


def test_what_is_known_is_there_at_once(qtbot: QtBot, model: InsightModel, asked: list[object]) -> None:
    for question in (LOOK, LookAsked(RUN, "best", 7), LOOK):
        model.explain(question)
        settled(qtbot, model)
    assert [each[1] for each in asked] == [3, 7]  # type: ignore[index]
    assert model.explained is not None
    assert model.explained.index == 3


def test_only_the_newest_question_is_answered(qtbot: QtBot, model: InsightModel, asked: list[object]) -> None:
    seen: list[int | None] = []
    model.changed.connect(lambda: seen.append(model.explained.index) if model.explained else None)
    for index in range(5):
        model.explain(LookAsked(RUN, "best", index))
    settled(qtbot, model)
    assert set(seen) == {4}


def test_the_last_map_stays_until_the_next_is_there_but_not_that_of_another_run(
    qtbot: QtBot, model: InsightModel, asked: list[object]
) -> None:
    model.embed(MAP)
    settled(qtbot, model)
    model.embed(MapAsked(RUN, "last"))
    assert model.embedded is not None
    settled(qtbot, model)
    model.embed(MapAsked(Path("/runs/other"), "best"))
    assert model.embedded is None
    settled(qtbot, model)


def test_a_failure_is_told_and_can_be_tried_again(
    qtbot: QtBot, model: InsightModel, asked: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    embed = session.embed

    def failing(*_: object) -> Iterator[Event]:
        raise UserError("The data has gone.", "Put it back.")
        yield

    monkeypatch.setattr(session, "embed", failing)
    model.embed(MAP)
    settled(qtbot, model)
    failure = model.failure("map")
    assert failure is not None
    assert failure.remedy == "Put it back."
    monkeypatch.setattr(session, "embed", embed)
    model.retry("map")
    settled(qtbot, model)
    assert model.failure("map") is None
    assert model.embedded is not None


def test_a_known_answer_hides_an_older_failure(
    qtbot: QtBot, model: InsightModel, asked: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    model.embed(MAP)
    settled(qtbot, model)

    def failing(*_: object) -> Iterator[Event]:
        raise UserError("No such epoch.", "Choose another.")
        yield

    monkeypatch.setattr(session, "embed", failing)
    model.embed(MapAsked(RUN, 3))
    settled(qtbot, model)
    assert model.failure("map") is not None
    model.embed(MAP)
    assert model.failure("map") is None


def test_what_was_cancelled_can_be_asked_again(
    qtbot: QtBot, model: InsightModel, asked: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = session.embed

    def endless(*asked: object) -> Iterator[Event]:
        stop = asked[4]
        assert isinstance(stop, StopToken)
        while not stop.requested():
            yield Progressed(activity="features", done=1, total=2)
        raise Stopped

    monkeypatch.setattr(session, "embed", endless)
    model.embed(MAP)
    qtbot.waitUntil(lambda: model.progress("map") is not None)
    model.cancel("map")
    settled(qtbot, model)
    assert model.embedded is None
    assert model.failure("map") is None
    monkeypatch.setattr(session, "embed", quick)
    model.embed(MAP)
    settled(qtbot, model)
    assert model.embedded is not None


def test_why_a_picture_could_not_be_read_is_kept_until_the_next_question(model: InsightModel) -> None:
    model.apply([Noticed(level="warning", message=Message("It has gone."))])
    assert model.notice is not None
    model.explain(LOOK)
    assert model.notice is None


def test_answers_come_by_events(model: InsightModel) -> None:
    explained = samples_insight.explained(picture(), 3)
    model.apply([samples_insight.embedded(), explained])
    assert isinstance(model.explained, Explained)
    assert model.explained is explained
