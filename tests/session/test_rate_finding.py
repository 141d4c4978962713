"""A learning rate is found on a copy of what a run starts from."""

from pathlib import Path

import msgspec
import pytest

from kt_gui import session
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event, Progressed
from kt_gui.schema.experiment import EarlierRun, Experiment, Scratch
from kt_gui.schema.rates import RateFound, RateTried
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.store.folders import Home
from kt_gui.store.runs import Runs
from tests.session.conftest import tiny


def search(experiment: Experiment, home: Home, *, is_source: bool = False) -> tuple[RateFound, list[Event]]:
    *told, found = session.find_rate(experiment, StopToken(), home, is_source=is_source)
    assert isinstance(found, RateFound)
    return found, told


def test_the_curve_is_told_step_by_step_and_kept_nowhere(place: Home) -> None:
    found, told = search(tiny(), place)
    tried = [event for event in told if isinstance(event, RateTried)]
    known = [(each.rate, each.loss) for each in tried if each.loss is not None]
    assert known == list(zip(found.rates, found.losses, strict=True))
    assert len(found.smooth) == len(found.rates)
    assert [event.done for event in told if isinstance(event, Progressed) and event.activity == "trying"] == [
        each.done for each in tried
    ]
    assert (found.phase, found.weights, found.now) == ("finetuning", "stand_in", 0.01)
    assert Runs(place).list() == []


def test_what_an_earlier_run_has_pretrained_is_used(folder: Path, kept_home: Home) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    same, _ = search(tiny(name="another", seed=4), kept_home)
    named, _ = search(tiny(source=EarlierRun(run=str(folder), checkpoint="source"), seed=4), kept_home)
    assert same.weights == named.weights == "source"
    assert same.losses == named.losses
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_the_pretraining_has_a_rate_of_its_own(place: Home) -> None:
    found, _ = search(tiny(), place, is_source=True)
    assert (found.phase, found.weights, found.now) == ("pretraining", "start", 0.001)


def test_random_weights_are_what_a_run_from_scratch_starts_from(place: Home) -> None:
    found, _ = search(tiny(source=Scratch(network="small_cnn")), place)
    assert (found.phase, found.weights) == ("finetuning", "start")


def test_the_same_question_has_the_same_answer(place: Home) -> None:
    first, second = (search(tiny(), place)[0] for _ in range(2))
    assert first.losses == second.losses


def test_it_stops_when_asked(place: Home) -> None:
    stop = StopToken()
    events = session.find_rate(tiny(), stop, place)
    for event in events:
        if isinstance(event, RateTried):
            stop.stop()
            break
    with pytest.raises(Stopped):
        list(events)


def test_a_source_that_is_not_there_is_named(place: Home) -> None:
    with pytest.raises(UserError, match="nowhere"):
        search(tiny(source=EarlierRun(run="nowhere")), place)


def test_a_large_set_is_not_read_whole(place: Home) -> None:
    """Batches of one picture: no more than 100 of them are looked at."""
    one = msgspec.structs.replace(tiny().training, batch_size=1)
    found, _ = search(tiny(training=one), place)
    assert len(found.rates) <= 100
