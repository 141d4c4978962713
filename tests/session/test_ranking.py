"""Sources ranked before training, on runs that end within a second."""

import shutil
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import create_autospec

import msgspec
import numpy as np
import pytest
from PIL import Image
from safetensors.torch import load_file, save_file
from scipy.stats import binomtest

from kt_gui import session
from kt_gui.engine import features
from kt_gui.schema.codec import dump_experiment
from kt_gui.schema.columns import unpack
from kt_gui.schema.datasets import Bundled, Catalogued, ImageFolder
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event
from kt_gui.schema.experiment import EarlierRun, Scratch, Target, WeightsFile, Zoo
from kt_gui.schema.rankings import Candidate, Ranked, Standing, Weighed
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.session import candidates
from kt_gui.session.candidates import named
from kt_gui.store import checkpoints, runs
from kt_gui.store.folders import Home
from tests.session.conftest import KINDS, run, tiny

NOTO = Target(data=Bundled(name="emoji-noto", classes=KINDS), per_class=5)
RANDOM = Scratch(network="small_cnn")
ELSEWHERE = Zoo(model="torchvision/resnet18")
"""Its weights are not here: no test fetches any."""


def events(sources: Sequence[Candidate], place: Home, target: Target = NOTO, **more: int) -> list[Event]:
    return list(session.rank(sources, target, StopToken(), place, **more))


def rank(sources: Sequence[Candidate], place: Home, target: Target = NOTO, **more: int) -> Ranked:
    *_, ranked = events(sources, place, target, **more)
    assert isinstance(ranked, Ranked)
    return ranked


def of(ranked: Ranked, candidate: Candidate) -> Standing:
    (found,) = (standing for standing in ranked.standings if standing.source == candidate)
    return found


def source_of(folder: Path) -> EarlierRun:
    return EarlierRun(run=str(folder), checkpoint="source")


def stripes(root: Path, counts: dict[str, int], seed: int = 0) -> ImageFolder:
    """Noise with upright or lying stripes over it, so many a class and part."""
    chance = np.random.default_rng(seed)
    for part, count in counts.items():
        for name, axis in (("upright", 0), ("lying", 1)):
            (root / part / name).mkdir(parents=True)
            for number in range(count):
                pixels = chance.integers(0, 120, (16, 16, 3))
                lines = np.arange(16) // 2 % 2 * 100
                pixels += np.expand_dims(np.expand_dims(lines, axis), 2)
                Image.fromarray(pixels.astype(np.uint8)).save(root / part / name / f"{number}.png")
    return ImageFolder(path=str(root))


@dataclass(frozen=True)
class Tried:
    """A run, and what was told when its source, its best epoch and a network that is elsewhere were ranked."""

    source: EarlierRun
    learnt: EarlierRun
    place: Home
    told: list[Event]

    @property
    def ranked(self) -> Ranked:
        ended = self.told[-1]
        assert isinstance(ended, Ranked)
        return ended


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Tried:
    place = Home.under(tmp_path_factory.mktemp("kept"))
    folder = run(tiny(), place)
    source, learnt = source_of(folder), EarlierRun(run=str(folder))
    return Tried(source, learnt, place, events([source, learnt, ELSEWHERE], place))


# --- the order -------------------------------------------------------------------------------------------------------


def test_candidates_stand_by_their_probe_with_random_weights_of_their_networks_among_them(tried: Tried) -> None:
    ranked = tried.ranked
    accuracies = [standing.scores.probe for standing in ranked.standings if standing.scores]
    assert accuracies == sorted(accuracies, reverse=True)
    assert [standing.state for standing in ranked.standings] == ["ranked", "ranked", "ranked", "download"]
    assert of(ranked, RANDOM).network == of(ranked, tried.source).network == "small_cnn"
    assert (len(ranked.names), ranked.available, ranked.chance) == (15, 15, pytest.approx(1 / 3))
    assert of(ranked, ELSEWHERE).remedy


def test_every_candidate_is_told_of_as_soon_as_it_has_its_scores(tried: Tried) -> None:
    weighed = [event for event in tried.told if isinstance(event, Weighed)]
    assert [event.standing.source for event in weighed] == [tried.source, RANDOM, tried.learnt, ELSEWHERE]
    assert [(event.done, event.total) for event in weighed] == [(1, 3), (1, 3), (2, 3), (3, 3)]


def test_one_kind_of_random_weights_stands_once_however_often_it_is_asked_for(place: Home) -> None:
    first, second = run(tiny(), place), run(tiny(seed=1), place)
    asked = [source_of(first), source_of(first), source_of(second), RANDOM]
    kinds = [type(standing.source).__name__ for standing in rank(asked, place).standings]
    assert sorted(kinds) == ["EarlierRun", "EarlierRun", "Scratch", "Scratch"]  # at 16 px, and at the data's 32 px


def test_the_best_is_the_first_that_has_not_learnt_from_these_very_pictures(tried: Tried) -> None:
    ranked = tried.ranked
    assert of(ranked, tried.learnt).own == 15
    assert of(ranked, tried.source).own == of(ranked, RANDOM).own == 0
    assert ranked.best is not None
    assert ranked.standings[ranked.best].own == 0
    assert ranked.standings[ranked.best].p is None


def test_every_other_probe_is_held_against_the_best_one_picture_by_picture(tried: Tried) -> None:
    ranked = tried.ranked
    assert ranked.best is not None
    rights = {each.source: unpack(each.right) for each in ranked.standings if each.right is not None}
    best = rights[ranked.standings[ranked.best].source]
    for standing in ranked.standings:
        if standing.scores is None or standing.p is None:
            continue
        right = rights[standing.source]
        assert right.mean() == pytest.approx(standing.scores.probe)
        lost, gained = int((best & ~right).sum()), int((right & ~best).sum())
        expected = binomtest(gained, gained + lost).pvalue if gained + lost else 1.0
        assert standing.p == pytest.approx(expected)
    assert len(rights) == 3


def test_a_named_head_makes_a_bridge_and_random_weights_make_none(tried: Tried) -> None:
    ranked = tried.ranked
    bridge = of(ranked, tried.source).bridge
    assert bridge is not None
    assert set(bridge.classes) == set(KINDS)
    shares, pictures, labels = (unpack(each) for each in (bridge.shares, bridge.pictures, ranked.labels))
    for label in range(3):
        assert shares[label] == pytest.approx(pictures[labels == label].mean(axis=0), abs=1e-6)
    random = of(ranked, RANDOM)
    assert random.bridge is None
    assert random.scores is not None
    assert random.scores.leep is None


def test_many_pictures_are_drawn_from_each_class_its_share(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kt_gui.session.ranking.MOST", 9)
    ranked = rank([RANDOM], place)
    assert ranked.available == 15
    assert np.bincount(unpack(ranked.labels)).tolist() == [3, 3, 3]


def test_a_picture_that_is_there_twice_is_asked_about_once(place: Home, tmp_path: Path) -> None:
    data = stripes(tmp_path / "stripes", {"train": 6, "test": 3})
    shutil.copy(tmp_path / "stripes/train/lying/0.png", tmp_path / "stripes/train/lying/again.png")
    ranked = rank([RANDOM], place, Target(data=data))
    digests = {(tmp_path / "stripes/train" / name.removeprefix("train/")).read_bytes() for name in ranked.names}
    assert len(digests) == len(ranked.names)


# --- the test pictures -----------------------------------------------------------------------------------------------


def test_swapping_the_labels_of_the_test_pictures_changes_no_score(place: Home, tmp_path: Path) -> None:
    data = stripes(tmp_path / "stripes", {"train": 8, "val": 3, "test": 4})
    folder = run(tiny(), place)
    before = rank([source_of(folder)], place, Target(data=data))
    parts = tmp_path / "stripes" / "test"
    for old, new in (("upright", "kept"), ("lying", "upright"), ("kept", "lying")):
        (parts / old).rename(parts / new)
    shutil.rmtree(place.cache)
    after = rank([source_of(folder)], place, Target(data=data))
    assert [each.scores for each in after.standings] == [each.scores for each in before.standings]
    assert [each.source for each in after.standings] == [each.source for each in before.standings]
    assert after.names == before.names


def test_no_test_picture_is_among_those_that_are_asked_about(place: Home, tmp_path: Path) -> None:
    data = stripes(tmp_path / "stripes", {"train": 8, "val": 3, "test": 4})
    ranked = rank([RANDOM], place, Target(data=data))
    assert {name.partition("/")[0] for name in ranked.names} == {"train"}


def test_pictures_of_the_source_that_are_in_the_test_are_told_exact_and_near(place: Home, tmp_path: Path) -> None:
    source = stripes(tmp_path / "source", {"train": 8, "val": 2, "test": 2}, seed=1)
    data = stripes(tmp_path / "target", {"train": 8, "val": 2, "test": 4}, seed=2)
    there, here = tmp_path / "source" / "train" / "lying", tmp_path / "target" / "test" / "lying"
    shutil.copy(there / "3.png", here / "0.png")
    Image.open(there / "5.png").save(here / "1.png", compress_level=1)
    Image.open(there / "6.png").point(lambda value: value + 5).save(here / "2.png")
    pretrain = msgspec.structs.replace(tiny().source, data=source, per_class=None)  # type: ignore[type-var]
    folder = run(tiny(source=pretrain, target=Target(data=data)), place)
    standing = of(rank([source_of(folder)], place, Target(data=data)), source_of(folder))
    (learnt,) = standing.learnt
    assert standing.is_known
    assert (learnt.exact, learnt.near, learnt.pictures) == (1, 2, 20)
    assert {(twin.first, twin.second) for twin in learnt.twins} == {
        (f"train/lying/{one}.png", f"test/lying/{other}.png") for one, other in ((3, 0), (5, 1), (6, 2))
    }


def test_the_past_of_a_run_goes_back_to_the_runs_it_started_from(place: Home) -> None:
    folder = run(tiny(source=RANDOM), place)
    again = run(tiny(source=EarlierRun(run=str(folder))), place)
    scratch, second = EarlierRun(run=str(folder)), EarlierRun(run=str(again))
    ranked = rank([scratch, second], place)
    assert of(ranked, scratch).is_known
    assert of(ranked, second).is_known
    assert len(of(ranked, second).learnt) == 2


def test_a_run_that_names_itself_as_its_source_is_no_endless_story(place: Home) -> None:
    folder = run(tiny(source=RANDOM), place)
    itself = EarlierRun(run=str(folder))
    (folder / "experiment.toml").write_text(dump_experiment(tiny(source=itself)), encoding="utf-8")
    standing = of(rank([itself], place), itself)
    assert standing.scores is not None
    assert (standing.is_known, len(standing.learnt)) == (False, 1)


# --- what was found before, and what came of it ----------------------------------------------------------------------


def test_what_was_found_is_kept_and_looked_up(tried: Tried, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "featurise", create_autospec(features.featurise, side_effect=AssertionError))
    assert rank([tried.source, tried.learnt, ELSEWHERE], tried.place).standings == tried.ranked.standings


def test_another_seed_asks_about_other_pictures(tried: Tried) -> None:
    assert rank([tried.source], tried.place, seed=1).names != tried.ranked.names


def test_runs_that_started_from_a_candidate_are_its_outcome(place: Home) -> None:
    first = run(tiny(), place)
    second = run(tiny(source=source_of(first), seed=0), place)
    scratch = run(tiny(source=RANDOM), place)
    run(tiny(source=RANDOM, target=msgspec.structs.replace(NOTO, per_class=4)), place)
    ranked = rank([source_of(first)], place)
    outcome, random = of(ranked, source_of(first)).outcome, of(ranked, RANDOM).outcome
    assert outcome is not None
    assert random is not None
    assert outcome.accuracy == pytest.approx(np.mean([accuracy_of(first), accuracy_of(second)]))
    assert (outcome.runs, random.runs, random.accuracy) == (2, 1, accuracy_of(scratch))
    (probe,) = (each for each in ranked.trust if each.score == "probe")
    assert probe.candidates == 2
    assert probe.pairs == (outcome.accuracy != random.accuracy)


def accuracy_of(folder: Path) -> float:
    result = runs.read_record(folder).result
    assert result is not None
    assert result.target_accuracy is not None
    return result.target_accuracy


# --- what goes wrong -------------------------------------------------------------------------------------------------


def test_a_candidate_that_cannot_be_opened_is_told_and_the_others_are_ranked(place: Home, tmp_path: Path) -> None:
    damaged, gone, whole = run(tiny(), place), run(tiny(seed=1), place), run(tiny(seed=2), place)
    checkpoints.path_of(damaged, "source").write_bytes(b"nothing")
    shutil.rmtree(gone)
    file = WeightsFile(path=str(tmp_path / "none.pt"), network="small_cnn")
    ranked = rank([source_of(damaged), source_of(gone), file, source_of(whole)], place)
    failed = [standing for standing in ranked.standings if standing.state == "failed"]
    assert {standing.source for standing in failed} == {source_of(damaged), source_of(gone), file}
    assert all(standing.reason and standing.remedy for standing in failed)
    assert of(ranked, source_of(whole)).state == "ranked"


def test_where_the_sources_pictures_have_gone_its_past_is_not_known(place: Home, tmp_path: Path) -> None:
    source = stripes(tmp_path / "source", {"train": 8, "val": 2, "test": 2}, seed=1)
    pretrain = msgspec.structs.replace(tiny().source, data=source, per_class=None)  # type: ignore[type-var]
    folder = run(tiny(source=pretrain), place)
    shutil.rmtree(tmp_path / "source")
    standing = of(rank([source_of(folder)], place), source_of(folder))
    assert standing.scores is not None
    assert (standing.is_known, standing.learnt) == (False, ())


def test_weights_that_are_not_numbers_any_more_are_told(place: Home) -> None:
    folder = run(tiny(), place)
    path = checkpoints.path_of(folder, "source")
    state = {
        name: tensor * float("nan") if tensor.is_floating_point() else tensor
        for name, tensor in load_file(path).items()
    }
    save_file(state, path)
    standing = of(rank([source_of(folder)], place), source_of(folder))
    assert standing.state == "failed"


def test_nothing_that_can_be_ranked_is_said(place: Home) -> None:
    ranked = rank([ELSEWHERE], place)
    assert (ranked.best, len(ranked.standings)) == (None, 1)
    assert rank([], place).standings == ()


@pytest.mark.parametrize(
    "data", [Bundled(name="emoji-noto", classes=("clock",)), Catalogued(name="cifar10"), ImageFolder(path="nowhere")]
)
def test_a_target_that_cannot_be_ranked_for_is_an_error(data: Bundled, place: Home) -> None:
    with pytest.raises(UserError):
        rank([RANDOM], place, Target(data=data))


def test_ranking_stops_when_asked_to(place: Home) -> None:
    stop = StopToken()
    work = session.rank([RANDOM], NOTO, stop, place)
    next(work)
    stop.stop("keep")
    with pytest.raises(Stopped):
        list(work)


# --- what people call them -------------------------------------------------------------------------------------------


def test_names_of_networks_runs_and_sets_are_understood(tried: Tried) -> None:
    assert named("bundled/efficientnet_lite0", tried.place) == (Zoo(model="bundled/efficientnet_lite0"),)
    assert named("small_cnn", tried.place) == (RANDOM,)
    assert named("tiny", tried.place) == named(tried.learnt.run, tried.place) == (tried.learnt,)


def test_a_data_set_means_the_newest_run_of_each_network_that_has_pretrained_on_it(place: Home) -> None:
    run(tiny(), place)
    run(tiny(source=RANDOM), place)
    newest = run(tiny(seed=1), place)
    assert named("emoji-twemoji", place) == (source_of(newest),)


@pytest.mark.parametrize("text", ["nothing", "fashion", "bundled/other", "timm/none"])
def test_a_name_that_means_nothing_is_an_error(text: str, place: Home) -> None:
    with pytest.raises(UserError):
        named(text, place)


def test_candidates_have_names_for_people(tried: Tried) -> None:
    names = [candidates.name_of(each) for each in (tried.learnt, tried.source, ELSEWHERE, RANDOM)]
    assert len(set(names)) == 4
    assert names[0].startswith("tiny")
    assert names[3] == "random initialisation of small_cnn"
    assert candidates.name_of(RANDOM, 28) == "random initialisation of small_cnn, 28 px"


# --- real photos -----------------------------------------------------------------------------------------------------


@pytest.mark.needs_data
def test_for_bees_and_ants_what_photos_have_taught_is_better_than_nothing(
    place: Home, shared_data: Path, tmp_path: Path
) -> None:
    with tarfile.open(shared_data / "images" / "hymenoptera160.tar") as photos:
        photos.extractall(tmp_path, filter="data")
    lite = Zoo(model="bundled/efficientnet_lite0")
    target = Target(data=ImageFolder(path=str(tmp_path / "hymenoptera160")), per_class=12)
    ranked = rank([lite], place, target)
    first, second = ranked.standings
    assert (first.source, ranked.best, first.is_known) == (lite, 0, False)
    assert first.scores is not None
    assert second.scores is not None
    assert first.scores.probe > 0.75 > second.scores.probe
    assert first.scores.log_me > second.scores.log_me
    assert first.bridge is not None
    likened = dict(zip(ranked.classes, unpack(first.bridge.shares), strict=True))
    ant, bee = (
        next(at for at, name in enumerate(first.bridge.classes) if name.startswith(insect))
        for insect in ("ant,", "bee")
    )
    assert likened["ants"][ant] > likened["bees"][ant]
    assert likened["bees"][bee] > likened["ants"][bee]
