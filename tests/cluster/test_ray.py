"""Trials on Ray, on this machine: lost workers, stopping, what is missing. Ray itself lives in another process."""

import os
import signal
import socket
import sys
from importlib import util
from multiprocessing import Pipe
from pathlib import Path

import msgspec
import pytest

from kt_gui import session
from kt_gui.cluster import place as places
from kt_gui.cluster import ray_driver
from kt_gui.cluster.place import OnRay
from kt_gui.cluster.ray_crew import RayCrew, on_ray
from kt_gui.cluster.ray_words import Broken, Heed, Order, Seen
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import EpochEnded, Event, Noticed
from kt_gui.schema.stop import StopToken
from kt_gui.schema.studies import LambdaSearch
from kt_gui.schema.study_events import TrialStarted, TrialTold
from kt_gui.store import runs
from kt_gui.store.folders import Home, home
from kt_gui.store.studies import Studies
from tests.session.conftest import tiny
from tests.session.test_crews import outcome
from tests.session.test_studying import asked, ended, trials

HERE = OnRay(workers=2)
LONG = msgspec.structs.replace(tiny(), training=msgspec.structs.replace(tiny().training, epochs=40))
"""Long enough to be lost in its midst."""
EARLY = 10
"""Epochs, of forty."""
STUDY = asked(LambdaSearch(strengths=(0.0, 10.0), frozen_end=False, folds=2), LONG)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    """The same study in this program."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KT_THREADS", "1")
        return list(session.study(STUDY, StopToken(), Home.under(tmp_path_factory.mktemp("here"))))


@pytest.fixture
def place() -> Home:
    """The folders of this test."""
    return home()


@pytest.fixture(autouse=True)
def single(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers on one thread each: what every machine has."""
    monkeypatch.setenv("KT_THREADS", "1")


def lose_a_worker(event: Event, lost: list[str], begun: dict[str, Path]) -> None:
    """Kill the worker of the first run that tells of an epoch's end while another one is at work, as the system
    would.
    """
    if isinstance(event, TrialStarted):
        begun[event.trial.key] = Path(event.run)
    if lost or len(begun) < 2 or not isinstance(event, TrialTold) or not isinstance(event.told, EpochEnded):
        return
    told = runs.read_file(begun[event.trial])
    if event.told.epoch < EARLY and told.state == "running" and told.process is not None:
        os.kill(told.process.pid, signal.SIGKILL)
        lost.append(event.trial)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_study_on_ray_finds_out_what_it_does_here_though_a_worker_is_killed_in_its_midst(
    place: Home, here: list[Event]
) -> None:
    events, lost, begun = list[Event](), list[str](), dict[str, Path]()
    for event in session.study(STUDY, StopToken(), place, on_ray(HERE)):
        events.append(event)
        lose_a_worker(event, lost, begun)
    told = {event.trial for event in events if isinstance(event, TrialTold) and isinstance(event.told, Noticed)}
    assert len(lost) == 1
    assert told == set(lost)
    assert ended(events).failed == 0
    assert outcome(events) == outcome(here)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_study_that_is_stopped_on_ray_goes_on_here(place: Home, here: list[Event]) -> None:
    token, events = StopToken(), list[Event]()
    for event in session.study(STUDY, token, place, on_ray(HERE)):
        events.append(event)
        if sum(isinstance(each, TrialStarted) for each in events) == 2:
            token.stop("keep")
    assert ended(events).ended == "stopped"
    assert "refit" not in trials(events)
    (record,) = Studies(place).list()
    assert record.state == "stopped"
    rest = list(session.resume_study(record.folder, StopToken(), place))
    assert ended(rest).verdict == ended(here).verdict


# --- what is missing -------------------------------------------------------------------------------------------------


def refused(place: Home, on: OnRay) -> str:
    """What a study says that cannot begin; it leaves nothing."""
    with pytest.raises(UserError) as found:
        list(session.study(STUDY, StopToken(), place, on_ray(on)))
    assert not Studies(place).list()
    return str(found.value)


def test_without_ray_it_is_said_how_to_get_it(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    find = util.find_spec
    monkeypatch.setattr(places, "find_spec", lambda name: None if name == "ray" else find(name))
    assert "pip install" in refused(place, HERE)


def test_a_ray_that_cannot_be_loaded_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)  # an import of it fails
    with pytest.raises(UserError, match=r"cannot be loaded.*Install it anew"):
        ray_driver.load()


def test_where_nobody_listens_there_is_no_cluster(place: Home) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
        assert f"no Ray cluster at {address}" in refused(place, OnRay(address=address))


@pytest.mark.parametrize("address", ["somewhere", "ray://head:10001", "head:port"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(UserError, match="is no address"):
        ray_driver.reach(address)


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (Seen("0.0", "2.0", sees_study=True), "has version 0.0 of the program and torch 2.0"),
        (Seen(ray_driver.ours().program, ray_driver.ours().torch, sees_study=False), "cannot write to the folder"),
    ],
)
def test_a_machine_that_lacks_something_is_named(seen: Seen, said: str, place: Home) -> None:
    order = Order(HERE, Path("/studies/one"), place, threads=1, accelerated=False, folder=place.cache)
    with pytest.raises(UserError, match=said):
        ray_driver.accept(seen, "machine-7", order)
    ray_driver.accept(ray_driver.ours(), "machine-7", order)


def test_where_the_driver_goes_the_study_says_so() -> None:
    here, there = Pipe()
    crew = RayCrew(here, 2, StopToken())
    crew.begin("0 fold 1", Path("run"))
    there.close()
    with pytest.raises(UserError, match="connection to Ray was lost"):
        next(crew.listen())


def test_what_the_driver_cannot_do_is_shown_here() -> None:
    here, there = Pipe()
    crew = RayCrew(here, 2, StopToken())
    crew.begin("0 fold 1", Path("run"))
    there.send(Broken("Traceback ... KeyError"))
    with pytest.raises(RuntimeError, match="KeyError"):
        next(crew.listen())


def test_workers_hear_of_a_pause_and_of_the_end() -> None:
    here, there = StopToken(), StopToken()
    here.pause()
    Heed.of(here).tell(there)
    assert there.paused
    here.resume()
    Heed.of(here).tell(there)
    assert not there.paused
    here.stop("discard")
    Heed.of(here).tell(there)
    assert there.verb == "discard"
