"""The model, fed with events, and once with a real run behind it."""

from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from kt_gui import samples
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models, build
from kt_gui.bridge.proof_model import ProofModel
from kt_gui.samples import proof as samples_proof
from kt_gui.schema.choices import LastBlocks
from kt_gui.schema.events import EpochEnded, PhaseStarted
from kt_gui.schema.experiment import Transfer
from kt_gui.store import runs
from kt_gui.store.folders import Home, home
from tests.session.conftest import run, tiny


@pytest.fixture
def place() -> Home:
    return home()


@pytest.fixture
def models(qtbot: QtBot, place: Home) -> Models:
    """Models that work, of a home in which nothing lies yet."""
    return build(place, samples.EXPERIMENT)


def finished(place: Home) -> Path:
    return run(tiny(transfer=Transfer(freezing=LastBlocks(blocks=1))), place)


def look_at(qtbot: QtBot, models: Models, folder: Path) -> None:
    with qtbot.waitSignal(models.run.ended):
        models.run.replay(folder)
    models.viewing.follow()
    assert models.viewing.folder == folder


def wait_until_idle(qtbot: QtBot, proof: ProofModel) -> None:
    qtbot.waitUntil(lambda: not proof.is_verifying and not proof.is_reproducing, timeout=20_000)


def test_a_run_is_verified_when_somebody_looks_and_not_before(qtbot: QtBot, models: Models, place: Home) -> None:
    folder = finished(place)
    look_at(qtbot, models, folder)
    assert not models.proof.is_verifying
    models.proof.watch(is_watching=True)
    assert models.proof.is_verifying
    wait_until_idle(qtbot, models.proof)
    verified, passport = models.proof.verified, models.proof.passport
    assert verified is not None
    assert passport is not None
    assert verified.outcome == "unchanged"
    assert passport.id == runs.read_file(folder).id


def test_a_run_is_run_again_beside_what_is_looked_at(qtbot: QtBot, models: Models, place: Home) -> None:
    folder, other = finished(place), finished(place)
    look_at(qtbot, models, folder)
    with qtbot.waitSignal(models.proof.ended, timeout=20_000):
        models.proof.reproduce()
        assert models.proof.is_reproducing
        look_at(qtbot, models, other)
    assert models.proof.reproduced is None
    look_at(qtbot, models, folder)
    models.proof.watch(is_watching=True)
    wait_until_idle(qtbot, models.proof)
    assert models.proof.reproduced is not None
    assert models.proof.reproduced.is_exact


def test_cancelled_nothing_of_it_is_kept(qtbot: QtBot, models: Models, place: Home) -> None:
    folder = finished(place)
    look_at(qtbot, models, folder)
    with qtbot.waitSignal(models.proof.ended, timeout=20_000):
        models.proof.reproduce()
        models.proof.stop_reproducing()
    assert models.proof.reproduced is None
    assert [record.folder for record in runs.Runs(place).list()] == [folder]


def test_why_it_could_not_be_run_again_is_said_with_its_run(qtbot: QtBot, models: Models, place: Home) -> None:
    folder = finished(place)
    runs.change(folder, state="finished")
    look_at(qtbot, models, folder)
    runs.change(folder, state="failed")
    with qtbot.waitSignal(models.proof.ended, timeout=20_000):
        models.proof.reproduce()
    assert models.proof.reproduction_failure is not None
    look_at(qtbot, models, finished(place))
    assert models.proof.reproduction_failure is None


def test_the_epochs_of_a_reproduction_are_its_progress(qtbot: QtBot) -> None:
    root = QObject()
    models = build(Home.under(Path("/nowhere")), samples.EXPERIMENT, is_enabled=False)
    proof = ProofModel(Home.under(Path("/nowhere")), models.viewing, root, is_enabled=False)
    assert proof.share is None
    told = samples.finished()
    started = next(event for event in told if isinstance(event, PhaseStarted))
    epochs = [event for event in told if isinstance(event, EpochEnded)]
    proof.apply([started, epochs[0]])
    assert proof.share == 1 / started.epochs
    models.root.deleteLater()


def test_another_run_makes_what_was_found_stale(qtbot: QtBot) -> None:
    models = build(Home.under(Path("/nowhere")), samples.EXPERIMENT, is_enabled=False)
    models.run.apply(samples.finished())
    models.proof.watch(is_watching=True)
    models.proof.apply(list(samples_proof.FOUND))
    models.proof.fail(Failure("user", "no", "yes", ""))
    assert models.proof.failure is not None
    models.viewing.folder = None
    models.viewing.changed.emit()
    assert models.proof.passport is models.proof.verified is models.proof.reproduced is None
    models.root.deleteLater()
