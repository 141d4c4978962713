"""A run in a team, the members threads of this process: what the first does, and what the others make of it."""

from dataclasses import replace
from pathlib import Path
from threading import get_ident
from typing import Any

import pytest

from kt_gui import session
from kt_gui.engine.team import Team
from kt_gui.schema.choices import Features
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import EpochEnded, Event, FeaturesKept, Noticed
from kt_gui.schema.experiment import Transfer
from kt_gui.schema.stop import StopToken
from kt_gui.store import history, runs
from kt_gui.store.arrays import Arrays
from kt_gui.store.folders import Home
from tests.engine.small_team import together
from tests.session.conftest import tiny


def epochs(events: list[Event]) -> list[EpochEnded]:
    return [event for event in events if isinstance(event, EpochEnded)]


def test_both_phases_are_learnt_together(folder: Path, place: Home) -> None:
    def work(team: Team) -> list[Event]:
        if team.rank:
            session.join(team, place)
            return []
        told = list(session.run(tiny(), StopToken(), place, team))
        team.tell(None)
        return told

    told, silent = together(2, work)
    assert silent == []
    assert [event.message.values for event in told if isinstance(event, Noticed)] == [{"count": 2}] * 2
    alone = epochs(list(history.read(folder)))
    for one, other in zip(alone, epochs(told), strict=True):
        assert one.validation_loss == pytest.approx(other.validation_loss, rel=1e-3)
        assert one.trainable_blocks == other.trainable_blocks


def test_what_is_frozen_is_computed_by_the_first_and_read_by_the_others(
    place: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = tiny(transfer=Transfer(freezing=Features()))
    alone = list(session.run(experiment, StopToken(), place))
    own = replace(place, cache=place.cache / "own")  # nothing is there yet
    made: list[int] = []
    create = Arrays.create
    monkeypatch.setattr(Arrays, "create", lambda *asked: made.append(get_ident()) or create(*asked))

    def work(team: Team) -> tuple[int, list[Event]]:
        if team.rank:
            session.join(team, own)
            return get_ident(), []
        told = list(session.run(experiment, StopToken(), own, team))
        team.tell(None)
        return get_ident(), told

    (first, told), (other, _) = together(2, work)
    assert first in made
    assert other not in made
    assert any(isinstance(event, FeaturesKept) and event.computed for event in told)
    for one, two in zip(epochs(alone), epochs(told), strict=True):
        assert one.validation_loss == pytest.approx(two.validation_loss, rel=1e-3)


def test_one_that_cannot_see_the_run_keeps_it_from_being_learnt(place: Home, tmp_path: Path) -> None:
    said: list[str] = []

    def lost(team: Team) -> Team:
        def share(given: Any) -> Any:
            work = team.share(given)
            return None if work is None else replace(work, folder=tmp_path / "elsewhere")

        return replace(team, share=share)

    def work(team: Team) -> None:
        try:
            if team.rank:
                session.join(lost(team), place)
            else:
                list(session.run(tiny(), StopToken(), place, team))
        except UserError as error:
            said.append(error.message)

    together(2, work)
    assert sorted(said) == [
        "One of the 2 processes cannot join the run; it says why.",
        f"The folder of the run cannot be seen from here ({tmp_path / 'elsewhere'}).",
    ]
    (run,) = (each for each in place.runs.iterdir() if each.is_dir())
    assert runs.read_file(run).state == "failed"


@pytest.mark.parametrize("device", ["mps", "cuda:1"])
def test_a_device_that_is_one_processs_own_is_refused(device: str) -> None:
    from kt_gui.engine.devices import Resolved
    from kt_gui.session.teams import shared_out

    with pytest.raises(UserError, match="cannot share"):
        shared_out(Resolved(device, "fp32", "contiguous", 4), Team(size=2, local=2))


def test_threads_are_shared_out_among_the_processes_of_a_machine() -> None:
    from kt_gui.engine.devices import Resolved
    from kt_gui.session.teams import shared_out

    resolved = Resolved("cpu", "fp32", "contiguous", 8)
    assert shared_out(resolved, None) == resolved
    assert shared_out(resolved, Team(size=6, local=3)).threads == 2
    assert shared_out(resolved, Team(size=16, local=16)).threads == 1
