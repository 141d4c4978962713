from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from kt_gui import samples
from kt_gui.bridge.comparison_model import ComparisonModel
from kt_gui.bridge.failures import Failure
from kt_gui.samples import comparison as samples_comparison
from kt_gui.session import comparing
from kt_gui.store.folders import Home
from tests.session.test_comparing import made, replace, unreadable

FAILURE = Failure("user", "No.", "Choose others.", "")


@pytest.fixture
def model(folders: Home, owner: QObject) -> ComparisonModel:
    return ComparisonModel(folders, owner, is_enabled=False)


@pytest.fixture
def filled(model: ComparisonModel) -> ComparisonModel:
    model.apply([samples_comparison.contrasted(3)])
    return model


def test_the_first_two_are_looked_at(filled: ComparisonModel) -> None:
    assert filled.folders == (Path("/runs/0-0"), Path("/runs/1-0"), Path("/runs/2-0"))
    assert (filled.pair, filled.matched) == ((0, 1), None)
    told = samples_comparison.matched()
    filled.apply([told])
    assert filled.matched is told


def test_of_groups_the_first_of_each_is_looked_at(model: ComparisonModel) -> None:
    model.apply([samples_comparison.contrasted(2, seeds=3)])
    assert model.pair == (0, 3)


def test_what_was_matched_is_kept(filled: ComparisonModel) -> None:
    first, other = samples_comparison.matched(), samples_comparison.matched("/runs/1-0", "/runs/2-0")
    filled.apply([first])
    filled.choose(1, 2)
    assert filled.matched is None
    filled.apply([other])
    assert filled.matched is other
    filled.choose(0, 1)
    assert filled.matched is first


def test_a_failure_belongs_to_its_two_runs(filled: ComparisonModel) -> None:
    filled.fail("match", FAILURE)
    assert filled.failure("match") == FAILURE
    filled.apply([samples_comparison.matched("/runs/1-0", "/runs/2-0")])
    filled.choose(1, 2)
    assert filled.failure("match") is None


def test_other_runs_leave_nothing_of_the_last(filled: ComparisonModel) -> None:
    filled.apply([samples_comparison.matched()])
    filled.open([Path("/runs/7"), Path("/runs/8")])
    assert (filled.contrasted, filled.matched, filled.is_open) == (None, None, True)
    filled.apply([samples_comparison.matched()])  # an answer that comes late
    assert filled.matched is None
    filled.close()
    assert not filled.is_open


def test_runs_are_read_in_the_background_and_what_cannot_be_matched_is_said(
    qtbot: QtBot, folders: Home, owner: QObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "evaluate", unreadable)
    model = ComparisonModel(folders, owner)
    runs = [made(folders, replace(samples.EXPERIMENT, name=name)) for name in "ab"]
    model.open(runs)
    qtbot.waitUntil(lambda: model.failure("match") is not None)
    assert model.contrasted is not None
    assert [run.name for run in model.contrasted.runs] == ["a", "b"]
    assert model.matched is None


def test_a_run_that_was_deleted_meanwhile_is_said(qtbot: QtBot, folders: Home, owner: QObject) -> None:
    model = ComparisonModel(folders, owner)
    model.open([made(folders, samples.EXPERIMENT), folders.runs / "gone"])
    qtbot.waitUntil(lambda: model.failure("contrast") is not None)
    failure = model.failure("contrast")
    assert failure is not None
    assert "gone" in failure.message
    assert model.contrasted is None
