"""Two sets on one map, for networks of runs that end within a second."""

import csv
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import create_autospec

import numpy as np
import pytest

from kt_gui import session
from kt_gui.engine import features
from kt_gui.schema.columns import unpack
from kt_gui.schema.datasets import Bundled, Dataset, ImageFolder
from kt_gui.schema.domains import Mapped
from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import EarlierRun, Scratch, Target, Zoo
from kt_gui.schema.rankings import Candidate
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.store.folders import Home
from tests.session.conftest import KINDS, run, tiny

NOTO = Target(data=Bundled(name="emoji-noto", classes=KINDS), per_class=5)
TWEMOJI = Bundled(name="emoji-twemoji", classes=KINDS)
RANDOM = Scratch(network="small_cnn")


def mapped(
    candidate: Candidate, source: Dataset | EarlierRun, place: Home, target: Target = NOTO, **more: str
) -> Mapped:
    *_, told = session.domains(candidate, source, target, StopToken(), place, **more)  # type: ignore[arg-type]
    assert isinstance(told, Mapped)
    return told


def test_a_run_is_held_against_the_pictures_it_learnt_first(folder: Path, kept_home: Home) -> None:
    candidate = EarlierRun(run=str(folder))
    told = mapped(candidate, candidate, kept_home)
    assert (told.source.data, told.target.data) == (TWEMOJI, NOTO.data)
    assert told.candidate == candidate
    assert (len(told.target.names), told.target.part) == (15, "train")
    assert told.distance is not None
    assert told.distance.pictures == 15
    places = np.concatenate([unpack(side.places) for side in (told.source, told.target)])
    assert places.mean(axis=0) == pytest.approx(0, abs=1e-5)
    assert (places**2).sum(axis=1).mean() == pytest.approx(1, abs=1e-4), "both on one map"


def test_of_a_source_that_was_tested_the_test_pictures_are_looked_at(
    folder: Path, kept_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = EarlierRun(run=str(folder), checkpoint="source")
    assert mapped(asked, asked, kept_home).source.part == ""
    monkeypatch.setattr("kt_gui.session.mapping.ENOUGH", 3)
    told = mapped(asked, asked, kept_home)
    assert told.source.part == "test"
    assert 3 <= told.source.total < 137


def test_any_set_can_be_the_source_and_random_weights_may_look(kept_home: Home) -> None:
    told = mapped(RANDOM, TWEMOJI, kept_home)
    assert told.name == "random initialisation of small_cnn, 32 px"
    assert (told.source.part, told.source.total) == ("", len(told.source.names))


def test_a_set_is_at_no_distance_from_itself(kept_home: Home) -> None:
    every = Target(data=Bundled(name="emoji-noto"))
    told = mapped(RANDOM, every.data, kept_home, every)
    assert told.distance is not None
    assert told.distance.low == 0


def test_what_was_computed_once_is_used_again(kept_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    first = mapped(RANDOM, TWEMOJI, kept_home)
    monkeypatch.setattr(features, "_compute", create_autospec(features._compute, side_effect=AssertionError))
    second = mapped(RANDOM, TWEMOJI, kept_home, method="tsne")
    assert second.distance == first.distance
    assert second.variance is None
    assert not np.allclose(unpack(second.source.places), unpack(first.source.places))


def test_a_ranking_has_looked_at_the_target_already(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    list(session.rank([RANDOM], NOTO, StopToken(), place))
    looked = []

    def count(network: object, portion: object, *rest: object) -> Iterator[object]:
        looked.append(len(portion))  # type: ignore[arg-type]
        return compute(network, portion, *rest)  # type: ignore[arg-type]

    compute = features._compute
    monkeypatch.setattr(features, "_compute", count)
    told = mapped(RANDOM, TWEMOJI, place)
    assert looked == [len(told.source.names)], "only at the source"


def test_what_has_learnt_nothing_here_has_no_pictures_of_its_own(place: Home) -> None:
    scratch = run(tiny(source=RANDOM), place)
    asked = EarlierRun(run=str(scratch))
    with pytest.raises(UserError, match=r"No pictures that tiny .* has learnt from are known here") as told:
        mapped(asked, asked, place)
    assert told.value.remedy == "Choose the source's pictures yourself."


@pytest.mark.parametrize(
    ("candidate", "source", "what"),
    [
        (Zoo(model="torchvision/resnet18"), TWEMOJI, "The weights of torchvision/resnet18 are not on this machine."),
        (EarlierRun(run="gone"), TWEMOJI, "There is no run “gone”"),
        (RANDOM, EarlierRun(run="gone"), "No pictures that gone"),
        (RANDOM, ImageFolder(path="/nowhere"), "nowhere"),
    ],
)
def test_what_is_not_there_is_said(candidate: Candidate, source: Dataset, what: str, place: Home) -> None:
    with pytest.raises(UserError, match=what):
        mapped(candidate, source, place)


def test_it_stops_when_asked_to(kept_home: Home) -> None:
    stop = StopToken()
    stop.stop("keep")
    with pytest.raises(Stopped):
        list(session.domains(RANDOM, TWEMOJI, Target(data=NOTO.data, per_class=4), stop, kept_home))


def test_the_table_has_a_row_for_each_picture_of_both_sets(kept_home: Home, tmp_path: Path) -> None:
    told = mapped(RANDOM, TWEMOJI, kept_home)
    session.tabulate_domains(told, tmp_path / "map.csv", overwrite=False)
    rows = list(csv.DictReader((tmp_path / "map.csv").read_text("utf-8").splitlines()))
    assert [row["set"] for row in rows].count("target") == 15
    assert len(rows) == len(told.source.names) + 15
    assert float(rows[0]["x"]) == pytest.approx(unpack(told.source.places)[0, 0], rel=1e-5)
    assert rows[-1]["class"] in KINDS
