"""What is left to the program is measured once for a network on a machine, and never again for a run."""

import json
from pathlib import Path

import msgspec
import pytest

from kt_gui import session
from kt_gui.engine import probing
from kt_gui.engine.devices import Resolved, Way
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Progressed, RunStarted
from kt_gui.schema.experiment import Experiment, Pretrain
from kt_gui.schema.stop import StopToken
from kt_gui.session import resolving
from kt_gui.store import environment
from kt_gui.store.environment import Environment
from kt_gui.store.folders import Home
from tests.session.conftest import run, tiny, work

Asked = list[tuple[str, int]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Which networks were measured, on how many pictures; channels-last is said to be twice as fast."""
    told: Asked = []

    def measure(network: object, options: object, most: int, stop: object) -> dict[Way, float]:
        told.append((network.name, most))  # type: ignore[attr-defined]
        return {way: 1.0 if way[1] == "contiguous" else 0.5 for way in options.ways}  # type: ignore[attr-defined]

    monkeypatch.setattr(probing, "measure", measure)
    return told


def open_to_choice(**changes: object) -> Experiment:
    """The tiny experiment, its memory format left to the program."""
    source, training = tiny().source, tiny().training
    assert isinstance(source, Pretrain)
    free = {"memory_format": "auto", **changes}
    return tiny(
        source=msgspec.structs.replace(source, training=msgspec.structs.replace(source.training, **free)),
        training=msgspec.structs.replace(training, **free),
    )


def resolved(folder: Path) -> dict[str, dict[str, object]]:
    told: dict[str, dict[str, object]] = json.loads((folder / "environment.json").read_text())["resolved"]
    return told


def test_a_network_is_measured_once_and_both_phases_and_later_runs_go_by_it(place: Home, asked: Asked) -> None:
    folder = run(open_to_choice(), place)
    assert asked == [("small_cnn", 4)]
    assert {phase: told["memory_format"] for phase, told in resolved(folder).items()} == {
        "pretraining": "channels_last",
        "finetuning": "channels_last",
    }
    run(open_to_choice(), place)
    list(session.rehearse(open_to_choice(), StopToken(), place))
    assert len(asked) == 1


def test_measuring_is_told(place: Home, asked: Asked) -> None:
    events = list(session.run(open_to_choice(), StopToken(), place))
    told = [event.subject for event in events if isinstance(event, Progressed) and event.activity == "preparing"]
    assert told == ["small_cnn"]


def test_where_nothing_is_left_to_the_program_nothing_is_measured(place: Home, asked: Asked) -> None:
    run(tiny(), place)
    assert asked == []


def test_a_resumed_run_is_not_measured_again_even_where_nothing_is_remembered(place: Home, asked: Asked) -> None:
    events = session.run(open_to_choice(), StopToken(), place)
    started = next(event for event in events if isinstance(event, RunStarted))
    folder = Path(started.folder)
    while "finetuning" not in resolved_so_far(folder):
        next(events)
    events.close()  # type: ignore[attr-defined]
    for path in (place.cache / "measured").iterdir():
        path.unlink()
    asked.clear()
    work(session.resume(folder, StopToken(), place))
    assert asked == []
    assert resolved(folder)["finetuning"]["memory_format"] == "channels_last"


def resolved_so_far(folder: Path) -> dict[str, dict[str, object]]:
    return resolved(folder) if (folder / "environment.json").is_file() else {}


@pytest.mark.parametrize("damage", [{"threads": 99_999}, {"threads": 0}, {"threads": "two"}, {"precision": "fp64"}])
def test_what_no_machine_can_have_done_is_damage(tmp_path: Path, damage: dict[str, str | int]) -> None:
    known: dict[str, str | int | bool] = {
        "device": "cpu",
        "precision": "fp32",
        "memory_format": "contiguous",
        "threads": 2,
    }
    environment.save(tmp_path, Environment(resolved={"finetuning": known}))
    assert resolving.read_back(tmp_path, "pretraining") is None
    assert resolving.read_back(tmp_path, "finetuning") == Resolved("cpu", "fp32", "contiguous", 2, reuse=False)
    environment.save(tmp_path, Environment(resolved={"finetuning": known | damage}))
    with pytest.raises(UserError, match=r"environment\.json is damaged"):
        resolving.read_back(tmp_path, "finetuning")
