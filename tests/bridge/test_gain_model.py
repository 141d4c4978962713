from collections.abc import Iterator
from pathlib import Path
from unittest.mock import create_autospec

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from kt_gui import session
from kt_gui.bridge.gain_model import GainModel
from kt_gui.bridge.run_model import RunModel
from kt_gui.bridge.viewing import Viewing
from kt_gui.samples import studies
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event
from kt_gui.schema.gains import GainKnown
from kt_gui.schema.stop import StopToken
from kt_gui.store.folders import Home

RUN, OTHER = Path("/runs/one"), Path("/runs/two")


class Asked:
    """Stands for the session: answers at once, and remembers what it was asked."""

    def __init__(self) -> None:
        self.folders: list[Path] = []
        self.error: UserError | None = None

    def __call__(self, folder: Path, _stop: StopToken, _home: Home) -> Iterator[Event]:
        self.folders.append(folder)
        if self.error is not None:
            raise self.error
        yield GainKnown(run=str(folder), study="/studies/1", name="one")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    made = Asked()
    monkeypatch.setattr(session, "known_gain", create_autospec(session.known_gain, side_effect=made))
    return made


@pytest.fixture
def viewing(folders: Home, owner: QObject) -> Viewing:
    made = Viewing(RunModel(folders, owner, is_enabled=False), owner)
    made.folder = RUN
    return made


@pytest.fixture
def model(folders: Home, viewing: Viewing, owner: QObject, asked: Asked) -> GainModel:
    return GainModel(folders, viewing, owner)


def turn(viewing: Viewing, folder: Path) -> None:
    viewing.folder = folder
    viewing.show(())


def test_nobody_is_asked_before_a_page_looks_and_then_once(qtbot: QtBot, model: GainModel, asked: Asked) -> None:
    assert asked.folders == []
    model.look()
    qtbot.waitUntil(lambda: model.known is not None and not model.is_busy)
    model.look()
    assert not model.is_busy
    assert asked.folders == [RUN]


def test_another_run_is_asked_about_while_somebody_looks(
    qtbot: QtBot, model: GainModel, viewing: Viewing, asked: Asked
) -> None:
    model.look()
    qtbot.waitUntil(lambda: not model.is_busy)
    turn(viewing, OTHER)
    assert model.known is None
    qtbot.waitUntil(lambda: model.known is not None)
    assert model.known is not None
    assert model.known.run == str(OTHER)
    model.rest()
    turn(viewing, RUN)
    assert not model.is_busy
    assert asked.folders == [RUN, OTHER]


def test_where_a_gain_study_has_come_or_gone_it_is_looked_for_anew(
    qtbot: QtBot, model: GainModel, asked: Asked
) -> None:
    model.look()
    qtbot.waitUntil(lambda: not model.is_busy)
    model.renew([each for each in studies.records(8) if each.kind == "lambda"])
    assert len(asked.folders) == 1
    model.renew(studies.records(8))
    qtbot.waitUntil(lambda: len(asked.folders) == 2 and not model.is_busy)
    model.renew(studies.records(8))
    assert not model.is_busy


def test_why_they_could_not_be_read_is_told(qtbot: QtBot, model: GainModel, asked: Asked) -> None:
    asked.error = UserError("The disk is gone.", "Put it back.")
    model.look()
    qtbot.waitUntil(lambda: model.failure is not None)
    assert model.failure is not None
    assert model.failure.message == "The disk is gone."
    assert model.known is None
