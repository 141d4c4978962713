"""Pictures of a test that a source has, too: found, and left out of one of both."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from kt_gui import session
from kt_gui.engine import features
from kt_gui.schema.datasets import ImageFolder
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Progressed
from kt_gui.schema.experiment import EarlierRun, Scratch, Target
from kt_gui.schema.overlaps import By, Learner, Overlap, seen_tests
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.session import searching
from kt_gui.store.folders import Home
from tests.session.conftest import run, tiny


def scene(seed: int) -> Image.Image:
    """A picture that no other seed gives: a few coloured shapes on a ground."""
    chance = np.random.default_rng(seed)
    coarse = chance.integers(0, 256, (7, 7, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((96, 96), Image.Resampling.BICUBIC)


def folder_of(root: Path, parts: dict[str, range]) -> ImageFolder:
    for part, seeds in parts.items():
        for seed in seeds:
            place = root / part / ("even" if seed % 2 == 0 else "odd")
            place.mkdir(parents=True, exist_ok=True)
            scene(seed).save(place / f"{seed}.png")
    return ImageFolder(path=str(root))


@dataclass(frozen=True)
class Sets:
    source: ImageFolder
    target: Target


@pytest.fixture
def sets(tmp_path: Path) -> Sets:
    """A source of 16 pictures; in a test of 8 one exact copy, one that was saved again, one mirrored and cut."""
    source = folder_of(tmp_path / "source", {"train": range(12), "val": range(12, 16)})
    data = folder_of(tmp_path / "target", {"train": range(100, 112), "val": range(112, 116), "test": range(116, 124)})
    test = tmp_path / "target" / "test"
    shutil.copy(tmp_path / "source/train/even/4.png", test / "even/116.png")
    scene(7).point(lambda value: min(255, value + 6)).save(test / "odd/117.png")
    mirrored = scene(8).transpose(Image.Transpose.FLIP_LEFT_RIGHT).crop((4, 4, 92, 92))
    mirrored.save(test / "even/118.png")
    return Sets(source, Target(data=data))


def search(source: Learner, target: Target, by: By, place: Home) -> Overlap:
    *_, found = session.overlap(source, target, by, StopToken(), place)
    assert isinstance(found, Overlap)
    return found


def pairs(found: Overlap) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(each.first.name, each.second.name, each.signs) for each in found.pairs]


EXACT = ("train/even/4.png", "test/even/116.png", ("exact",))
SAVED = ("train/odd/7.png", "test/odd/117.png")
MIRRORED = ("train/even/8.png", "test/even/118.png")


def test_a_hash_finds_copies_saved_again(sets: Sets, place: Home) -> None:
    found = search(sets.source, sets.target, "hash", place)
    assert pairs(found) == [EXACT, (*SAVED, ("hash",))]
    assert (found.searched, found.tests, found.own, found.network) == (16, 8, None, "")
    assert found.pairs[0].second.split == "test"


def test_a_network_finds_mirrored_ones_too(sets: Sets, place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "PORTION", 7)
    found = search(sets.source, sets.target, "both", place)
    assert pairs(found) == [EXACT, (*MIRRORED, ("embedding",)), (*SAVED, ("hash", "embedding"))]
    assert found.pairs[0].likeness is None
    assert all(each.likeness is not None and 0.5 < each.likeness <= 1 for each in found.pairs[1:])
    assert found.own == 0
    assert seen_tests(found) == 3


def test_progress_tells_of_all_pictures_not_of_a_portion(
    sets: Sets, place: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "PORTION", 5)
    told = list(session.overlap(sets.source, sets.target, "embedding", StopToken(), place))
    counted = [event for event in told if isinstance(event, Progressed) and event.subject == "source"]
    assert {event.total for event in counted} == {16}
    assert max(event.done for event in counted) == 16


def test_what_is_left_out_of_the_source_is_found_no_more_and_the_test_stays_whole(
    sets: Sets, place: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "PORTION", 4)
    found = search(sets.source, sets.target, "both", place)
    list(session.leave_out(found, found.pairs, "source", StopToken(), place))
    looks = []
    featurise = features._compute
    monkeypatch.setattr(features, "_compute", lambda *asked: looks.append(1) or featurise(*asked))
    again = search(sets.source, sets.target, "both", place)
    assert (again.pairs, again.searched, again.tests) == ((), 13, 8)
    assert len(looks) == 3  # of six portions those that lack a picture now
    assert len(list(Path(sets.source.path).rglob("*.png"))) == 16


def test_what_is_left_out_of_the_test_is_tested_no_more_until_it_is_taken_back(sets: Sets, place: Home) -> None:
    found = search(sets.source, sets.target, "hash", place)
    list(session.leave_out(found, found.pairs[:1], "test", StopToken(), place))
    again = search(sets.source, sets.target, "hash", place)
    assert (len(again.pairs), again.searched, again.tests) == (1, 16, 7)
    forgotten = [found.pairs[0].second.digest]
    list(session.correct(sets.target.data, (), StopToken(), place, forgotten=forgotten))
    assert search(sets.source, sets.target, "hash", place) == found


def test_all_that_a_run_has_learnt_from_is_searched(sets: Sets, place: Home) -> None:
    pretrain = msgspec.structs.replace(tiny().source, data=sets.source, per_class=None)  # type: ignore[type-var]
    folder = run(tiny(source=pretrain), place)
    learner = EarlierRun(run=str(folder))
    first, second = (
        event
        for event in session.overlap(learner, sets.target, "hash", StopToken(), place)
        if isinstance(event, Overlap)
    )
    assert (first.source_title, first.pairs) == ("Emoji as Noto draws them", ())
    assert second.run == str(folder)
    assert pairs(second) == [EXACT, (*SAVED, ("hash",))]
    with pytest.raises(UserError, match="has learnt from source already"):
        list(session.leave_out(second, second.pairs, "source", StopToken(), place))


def test_a_set_is_searched_for_its_own_test_without_that_test(sets: Sets, place: Home) -> None:
    root = Path(sets.source.path)
    (root / "test" / "odd").mkdir(parents=True)
    shutil.copy(root / "train" / "odd" / "3.png", root / "test" / "odd" / "twin.png")
    found = search(sets.source, Target(data=sets.source), "hash", place)
    assert pairs(found) == [("train/odd/3.png", "test/odd/twin.png", ("exact",))]
    with pytest.raises(UserError, match="are the same set"):
        list(session.leave_out(found, found.pairs, "source", StopToken(), place))


def test_random_weights_have_learnt_from_nothing_that_could_be_searched(place: Home) -> None:
    with pytest.raises(UserError, match="is not on this machine"):
        session.learner_named("bundled/efficientnet_lite0", place)
    folder = run(tiny(source=Scratch(network="small_cnn")), place)
    learner = EarlierRun(run=str(folder), checkpoint="source")
    with pytest.raises(UserError, match="is not known"):
        list(session.overlap(learner, tiny().target, "hash", StopToken(), place))


def test_a_source_is_named_by_its_data_or_its_run(sets: Sets, place: Home) -> None:
    assert session.learner_named(sets.source.path, place) == sets.source
    folder = run(tiny(), place)
    assert session.learner_named("tiny", place) == EarlierRun(run=str(folder))
    assert session.learner_named(str(folder), place) == EarlierRun(run=str(folder))
    with pytest.raises(UserError, match="is no source"):
        session.learner_named("nothing at all", place)


def test_the_search_can_be_stopped(sets: Sets, place: Home) -> None:
    stop = StopToken()
    begun = session.overlap(sets.source, sets.target, "both", stop, place)
    next(begun)
    stop.stop("keep")
    with pytest.raises(Stopped):
        list(begun)


def test_a_test_without_pictures_cannot_be_searched_for(sets: Sets, place: Home) -> None:
    found = search(sets.source, sets.target, "hash", place)
    test = Path(found.target.path) / "test"  # type: ignore[union-attr]
    digests = {path.name for path in test.rglob("*.png")}
    list(session.correct_named(found.target, session.Wishes(exclude=sorted(digests)), StopToken(), place))
    with pytest.raises(UserError, match="has no test pictures"):
        search(sets.source, sets.target, "hash", place)
