"""The search for a learning rate, as the window holds it."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from kt_gui import samples
from kt_gui.bridge.rate_model import RateModel
from kt_gui.samples import rates
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.rates import RateFound, RateTried
from kt_gui.schema.stop import StopToken
from kt_gui.store.folders import Home


@pytest.fixture
def model(folders: Home, owner: QObject) -> RateModel:
    return RateModel(folders, owner)


def told(experiment: Experiment, stop: StopToken, home: Home, *, is_source: bool) -> Iterator[Event]:
    yield from rates.FOUND


def test_the_curve_grows_and_ends_with_the_answer(
    qtbot: QtBot, model: RateModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kt_gui.session.find_rate", told, raising=False)
    model.ask(samples.EXPERIMENT)
    qtbot.waitUntil(lambda: model.found is not None and not model.is_busy)
    found = rates.FOUND[-1]
    assert isinstance(found, RateFound)
    assert (model.rates, model.losses, model.smooth) == (found.rates, found.losses, found.smooth)
    model.again()
    assert model.found is None
    qtbot.waitUntil(lambda: model.found is not None and not model.is_busy)


def test_what_was_tried_so_far_is_smoothed(model: RateModel) -> None:
    model.apply(list(rates.FOUND[:10]))
    model.apply(list(rates.FOUND[10:30]))
    assert len(model.rates) == len(model.losses) == len(model.smooth) == 30
    model.apply([RateTried(rate=0.1, loss=None, done=31, total=100)])
    assert len(model.rates) == 30, "a loss that is no number is no point of the curve"


def test_a_failure_is_told(qtbot: QtBot, model: RateModel, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> Iterator[Event]:
        yield from ()
        raise UserError("no pictures", "add some")

    monkeypatch.setattr("kt_gui.session.find_rate", refuse, raising=False)
    model.ask(samples.EXPERIMENT)
    qtbot.waitUntil(lambda: model.failure is not None and not model.is_busy)
    assert model.failure is not None
    assert model.failure.message == "no pictures"
    assert model.found is None
