"""What runs keep for each other, from the settings to the disk."""

from pathlib import Path

import msgspec
import pytest

from kt_gui import session
from kt_gui.schema.choices import Features, LastBlocks
from kt_gui.schema.events import EpochEnded, Event, FeaturesKept
from kt_gui.schema.experiment import Experiment, Transfer
from kt_gui.schema.settings import Settings
from kt_gui.schema.stop import StopToken
from kt_gui.session import cache
from kt_gui.session.doctor import examine
from kt_gui.store import environment, history, preferences
from kt_gui.store.folders import Home
from tests.session.conftest import run, tiny


def frozen(**changes: object) -> Experiment:
    return tiny(transfer=Transfer(freezing=Features(), **changes))  # type: ignore[arg-type]


def kept(folder: Path) -> list[FeaturesKept]:
    return [event for event in history.read(folder) if isinstance(event, FeaturesKept)]


def epochs(folder: Path) -> list[Event]:
    ended = [event for event in history.read(folder) if isinstance(event, EpochEnded)]
    return [msgspec.structs.replace(each, at=0, seconds=0, samples_per_s=0, memory=0) for each in ended]


def test_a_second_run_computes_nothing_of_what_is_frozen_and_ends_the_same(place: Home) -> None:
    first, second = (run(frozen(), place) for _ in range(2))
    assert [event.computed for event in kept(first)] == [kept(first)[0].pictures]
    assert [event.computed for event in kept(second)] == [0]
    assert epochs(first) == epochs(second)
    assert cache.used(place) > 0


def test_another_lambda_and_another_seed_of_the_deal_find_what_is_there(place: Home) -> None:
    run(frozen(views=0, strength=0.1), place)
    other = frozen(views=0, strength=0.2)
    target = msgspec.structs.replace(other.target, split=msgspec.structs.replace(other.target.split, seed=5))
    folder = run(msgspec.structs.replace(other, target=target), place)
    assert not kept(folder)  # pictures vary by chance here: nothing can be kept
    plain = {"strength": 0.1, "views": 1}
    (first,), (second,) = (kept(run(frozen(**plain | {"strength": strength}), place)) for strength in (0.1, 0.2))
    assert first.computed == first.pictures
    assert second.computed == 0


def test_a_cache_of_no_size_keeps_nothing_and_the_run_remembers_that(place: Home) -> None:
    preferences.save(place, Settings(cache_gb=0))
    folder = run(frozen(), place)
    assert kept(folder) == []
    assert cache.used(place) == 0
    assert environment.read(folder).resolved["finetuning"]["reuse"] is False
    (line,) = [check for check in examine(place) if check.name == "Cache"]
    assert line.state == "limited"
    assert "settings" in line.remedy


def test_the_cache_can_be_emptied_and_is_filled_again(place: Home) -> None:
    folder = run(frozen(), place)
    cache.empty(place)
    assert cache.used(place) == 0
    again = run(frozen(), place)
    assert kept(again)[0].computed == kept(again)[0].pictures
    assert epochs(folder) == epochs(again)


def test_a_limit_of_memory_streams_pictures_to_the_same_end(place: Home) -> None:
    whole = run(tiny(), place)
    preferences.save(place, Settings(memory_gb=1e-6))
    streamed = run(tiny(), place)
    assert epochs(whole) == epochs(streamed)
    assert list(place.arrays.glob("pictures-*"))


@pytest.mark.parametrize("choice", [Features(), LastBlocks(blocks=1)])
def test_a_dry_run_leaves_nothing_in_the_cache(choice: Features | LastBlocks, place: Home) -> None:
    experiment = tiny(transfer=Transfer(freezing=choice))
    list(session.rehearse(experiment, StopToken(), place))
    assert cache.used(place) == 0
