from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from kt_gui import samples, session
from kt_gui.bridge.domain_model import DomainModel, DomainsAsked
from kt_gui.samples.domains import mapped
from kt_gui.schema.datasets import Bundled
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event, Progressed
from kt_gui.schema.experiment import Scratch
from kt_gui.store.folders import Home

SOURCE = Bundled(name="emoji-twemoji")
ASKED = DomainsAsked(Scratch(network="small_cnn"), SOURCE, samples.EXPERIMENT.target)
OTHER = DomainsAsked(Scratch(network="resnet18_cifar"), SOURCE, samples.EXPERIMENT.target, method="tsne")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What the session was asked, in its place."""
    told: list[object] = []

    def domains(candidate: Scratch, *_: object, method: str, seed: int) -> Iterator[Event]:
        told.append((candidate.network, method, seed))
        yield Progressed(activity="features", done=1, total=2)
        if len(told) == 3:
            raise UserError("Gone.", "Bring it back.")
        yield mapped(method)  # type: ignore[arg-type]

    monkeypatch.setattr(session, "domains", domains)
    return told


@pytest.fixture
def model(folders: Home, owner: QObject) -> DomainModel:
    return DomainModel(folders, owner)


def settled(qtbot: QtBot, model: DomainModel) -> None:
    qtbot.waitUntil(lambda: not model.is_busy)


def test_a_map_is_asked_for_once_and_kept(qtbot: QtBot, model: DomainModel, asked: list[object]) -> None:
    for each in (ASKED, ASKED, OTHER, ASKED, OTHER):
        model.ask(each)
        settled(qtbot, model)
        assert model.mapped is not None
        assert model.mapped.method == each.method
    assert asked == [("small_cnn", "pca", 0), ("resnet18_cifar", "tsne", 0)]


def test_only_the_newest_question_is_answered(qtbot: QtBot, model: DomainModel, asked: list[object]) -> None:
    model.ask(ASKED)
    model.ask(OTHER)
    assert model.mapped is None
    settled(qtbot, model)
    assert model.mapped is not None
    assert model.mapped.method == "tsne"


def test_what_failed_is_asked_again_only_when_a_person_says_so(
    qtbot: QtBot, model: DomainModel, asked: list[object]
) -> None:
    asked += ["one", "two"]
    model.ask(ASKED)
    settled(qtbot, model)
    assert model.failure is not None
    assert model.failure.remedy == "Bring it back."
    model.ask(ASKED)
    assert not model.is_busy
    model.retry()
    settled(qtbot, model)
    assert model.failure is None
    assert model.mapped is not None


def test_a_failure_is_of_its_question_only(qtbot: QtBot, model: DomainModel, asked: list[object]) -> None:
    model.ask(ASKED)
    settled(qtbot, model)
    asked.append("two")
    model.ask(OTHER)
    settled(qtbot, model)
    assert model.failure is not None
    model.ask(ASKED)
    assert model.failure is None
    assert model.mapped is not None


def test_what_was_cancelled_may_be_asked_again(qtbot: QtBot, model: DomainModel, asked: list[object]) -> None:
    model.ask(ASKED)
    model.cancel()
    settled(qtbot, model)
    assert model.asked is None
    model.ask(ASKED)
    settled(qtbot, model)
    assert model.mapped is not None
