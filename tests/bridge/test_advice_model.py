from unittest.mock import create_autospec

import msgspec
import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from kt_gui import samples, session
from kt_gui.bridge.advice_model import AdviceModel
from kt_gui.bridge.ranking_model import RankingModel
from kt_gui.samples import advice, ranking, studies
from kt_gui.schema.choices import Features
from kt_gui.store.folders import Home


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What the session is asked; it answers with a ranking."""
    made: list[object] = []

    def advise(experiment: object, *_more: object) -> list[object]:
        made.append(experiment)
        return [advice.known()]

    monkeypatch.setattr(session, "advise", create_autospec(session.advise, side_effect=advise))
    return made


@pytest.fixture
def model(folders: Home, owner: QObject, asked: list[object]) -> AdviceModel:
    return AdviceModel(folders, RankingModel(folders, owner, is_enabled=False), owner)


def test_what_is_known_is_collected_once_for_a_target_and_put_together_at_every_edit(
    qtbot: QtBot, model: AdviceModel, asked: list[object]
) -> None:
    base = samples.EXPERIMENT
    with qtbot.waitSignal(model.changed):
        model.ask(base)
    edited = msgspec.structs.replace(base, transfer=msgspec.structs.replace(base.transfer, beta=0.5))
    model.ask(edited)
    assert asked == [base]
    told = model.advice(edited)
    assert told is not None
    assert told.experiment.transfer.beta == 0.5
    assert told.experiment.transfer.freezing == Features()


def test_nothing_is_said_of_another_target(qtbot: QtBot, model: AdviceModel) -> None:
    with qtbot.waitSignal(model.changed):
        model.ask(samples.EXPERIMENT)
    assert model.advice(msgspec.structs.replace(samples.EXPERIMENT, seed=9)) is None


def test_after_a_study_it_is_collected_anew(qtbot: QtBot, model: AdviceModel, asked: list[object]) -> None:
    for _ in range(2):
        with qtbot.waitSignal(model.changed):
            model.ask(samples.EXPERIMENT)
        model.forget()
    assert len(asked) == 2


def test_a_new_ranking_makes_what_was_known_old(folders: Home, owner: QObject) -> None:
    of = RankingModel(folders, owner, is_enabled=False)
    model = AdviceModel(folders, of, owner, is_enabled=False)
    known = advice.known(studies.LAMBDA)
    model.show(samples.EXPERIMENT, known)
    assert known.ranked is not None
    of.show(samples.EXPERIMENT, known.ranked)
    assert model.advice(samples.EXPERIMENT) is not None, "the ranking that advice rests on is not news"
    of.show(samples.EXPERIMENT, ranking.ranked())
    assert model.advice(samples.EXPERIMENT) is None
