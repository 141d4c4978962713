from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from kt_gui import samples, session
from kt_gui.bridge.offers_model import OffersModel
from kt_gui.samples import ranking
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event
from kt_gui.schema.experiment import WeightsFile
from kt_gui.schema.rankings import Offered
from kt_gui.store.folders import Home

FIRST, *_, LAST = ranking.offers()


@pytest.fixture
def model(folders: Home, owner: QObject, monkeypatch: pytest.MonkeyPatch) -> OffersModel:
    def offer(*_: object) -> Iterator[Event]:
        yield Offered(offers=(FIRST,))

    def offer_named(text: str, *_: object) -> Iterator[Event]:
        if text != "flowers":
            raise UserError("That is no source.", "Name another.")
        yield Offered(offers=(LAST,))

    monkeypatch.setattr(session, "offer", offer)
    monkeypatch.setattr(session, "offer_named", offer_named)
    return OffersModel(folders, owner)


def test_what_is_added_by_hand_stays_when_the_list_is_made_anew(qtbot: QtBot, model: OffersModel) -> None:
    model.look(samples.EXPERIMENT)
    with qtbot.waitSignal(model.added) as added:
        model.add("flowers")
    assert added.args == [(LAST.source,)]
    model.add_file(WeightsFile(path="/far/w.pt", network="small_cnn"))
    model.look(samples.EXPERIMENT)
    qtbot.waitUntil(lambda: not model.is_busy)
    assert [each.name for each in model.offers] == [FIRST.name, LAST.name, "w.pt"]


def test_what_is_no_source_is_said_until_the_list_is_opened_again(qtbot: QtBot, model: OffersModel) -> None:
    model.look(samples.EXPERIMENT)
    model.add("nothing")
    qtbot.waitUntil(lambda: not model.is_busy)
    assert model.failure is not None
    assert model.failure.message == "That is no source."
    assert [each.name for each in model.offers] == [FIRST.name]
    model.look(samples.EXPERIMENT)
    assert model.failure is None
    qtbot.waitUntil(lambda: not model.is_busy)
