"""Diagnoses of runs that end within a second, and of runs that run away."""

from pathlib import Path

import msgspec
import pytest

from kt_gui import session
from kt_gui.schema.diagnoses import Diagnosed, Diagnosis
from kt_gui.schema.errors import UserError
from kt_gui.schema.stop import StopToken
from kt_gui.session.suspecting import known_suspects
from kt_gui.store import runs
from kt_gui.store.folders import Home
from kt_gui.store.runs import Runs
from tests.session.conftest import run, tiny


def diagnose(folder: Path, place: Home) -> Diagnosis:
    (told,) = session.diagnose(folder, StopToken(), place)
    assert isinstance(told, Diagnosed)
    assert told.run == str(folder)
    return told.diagnosis


def test_a_run_that_ran_away_is_known_as_such_later(place: Home) -> None:
    transfer = msgspec.structs.replace(tiny().transfer, strength=1000.0)
    training = msgspec.structs.replace(tiny().training, epochs=40)
    with pytest.raises(UserError, match="no longer a number"):
        run(tiny(transfer=transfer, training=training), place)
    folder = Runs(place).list()[0].folder
    assert runs.read_file(folder).has_diverged
    found = diagnose(folder, place)
    assert (found.finding, found.cure) == ("rate", "experiment")
    assert found.experiment is not None
    assert found.experiment.transfer.strength == 1.0
    assert "λ = 1000" in str(found.why)


def test_a_run_that_failed_for_another_reason_did_not_run_away(place: Home) -> None:
    folder = Runs(place).create(tiny())
    runs.change(folder, state="failed", reason="The disk is full.")
    assert diagnose(folder, place).finding == "unknown"


def test_a_run_is_diagnosed_from_its_own_epochs(folder: Path, kept_home: Home) -> None:
    found = diagnose(folder, kept_home)
    assert found.finding in ("underfit", "fine")  # three epochs of fifteen pictures
    assert str(found.why)


def test_labels_count_once_somebody_has_looked_at_them(folder: Path, kept_home: Home) -> None:
    assert known_suspects(folder, kept_home) is None
    *_, suspected = session.suspects(folder, StopToken(), kept_home)
    assert known_suspects(folder, kept_home) == msgspec.structs.replace(suspected, at=0.0)  # type: ignore[type-var]
    assert str(diagnose(folder, kept_home).why)


def test_a_run_that_goes_on_is_not_judged(place: Home) -> None:
    folder = Runs(place).create(tiny())
    runs.change(folder, state="running", process=runs.this_process())
    with pytest.raises(UserError, match="not over yet"):
        diagnose(folder, place)
