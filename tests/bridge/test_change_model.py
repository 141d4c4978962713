"""Which checkpoint is looked at, and what is known of it."""

from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QObject
from pytestqt.qtbot import QtBot

from kt_gui import samples
from kt_gui.bridge.change_model import ChangeModel
from kt_gui.bridge.run_model import RunModel
from kt_gui.bridge.viewing import Viewing
from kt_gui.samples import changes as samples_changes
from kt_gui.store.folders import Home, home
from tests.session.conftest import run, tiny


@pytest.fixture
def viewing(qapp: QCoreApplication) -> Viewing:
    """A finished run in view, with invented checkpoints."""
    model = RunModel(home(), QObject(qapp), is_enabled=False)
    made = Viewing(model, model.parent())
    model.apply(samples.finished())
    made.show(samples_changes.SAVED)
    return made


@pytest.fixture
def model(viewing: Viewing) -> ChangeModel:
    return ChangeModel(home(), viewing, viewing.parent(), is_enabled=False)


def test_a_checkpoint_is_found_by_name_and_by_number(viewing: Viewing) -> None:
    places = {}
    for checkpoint in ("best", "source", "last", 3, 4):
        viewing.choose(checkpoint)  # type: ignore[arg-type]
        places[checkpoint] = viewing.place
    assert places == {"best": 7, "source": 0, "last": 12, 3: 2, 4: None}


def test_a_last_epoch_that_is_the_best_is_found_too(viewing: Viewing) -> None:
    viewing.show(samples_changes.SAVED[:8])
    viewing.choose("last")
    assert viewing.place == 7


def test_answers_are_held_and_the_point_in_view_is_found(viewing: Viewing, model: ChangeModel) -> None:
    forgotten = samples_changes.forgotten()
    model.apply("changes", [samples_changes.changed()])
    model.apply("forgetting", list(forgotten.points[:3]))
    assert model.found == samples_changes.changed()
    assert model.points == forgotten.points[:3]
    assert model.point() is None
    model.apply("forgetting", [forgotten])
    assert model.point() == forgotten.points[7]
    viewing.choose("source")
    assert model.point() == forgotten.points[0]


def test_another_run_makes_answers_stale(viewing: Viewing, model: ChangeModel) -> None:
    viewing.changed.emit()
    model.apply("changes", [samples_changes.changed()])
    model.apply("forgetting", [samples_changes.forgotten()])
    viewing.folder = Path("/runs/another")
    viewing.show(())
    assert (model.found, model.points, model.forgotten) == (None, (), None)


def test_a_real_run_is_looked_at_in_the_background(qtbot: QtBot, qapp: QCoreApplication) -> None:
    place: Home = home()
    folder = run(tiny(), place)
    root = QObject(qapp)
    shown = RunModel(place, root)
    viewing = Viewing(shown, root)
    model = ChangeModel(place, viewing, root)
    with qtbot.waitSignal(viewing.changed):
        shown.replay(folder)
    assert [each.checkpoint for each in viewing.saved][:3] == ["source", 0, 1]
    model.look()
    qtbot.waitUntil(lambda: model.forgotten is not None and model.found is not None, timeout=20_000)
    viewing.choose(0)
    model.look()
    qtbot.waitUntil(lambda: model.found is not None and model.found.epoch == 0, timeout=20_000)
    qtbot.waitUntil(lambda: not model.busy("changes") and not model.busy("forgetting"), timeout=20_000)
    assert model.failure("changes") is None
