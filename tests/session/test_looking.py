"""Looking at data and networks before a run."""

import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from kt_gui import session
from kt_gui.schema.datasets import Bundled, Catalogued, ImageFolder
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import (
    BatchShown,
    DatasetsListed,
    Event,
    ModelsListed,
    NetworkDescribed,
    PhaseStarted,
    Rehearsed,
    Surveyed,
)
from kt_gui.schema.experiment import EarlierRun, Scratch, Split, Target, Zoo
from kt_gui.schema.freezing import moving
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.session import shelf
from kt_gui.store.folders import Home
from tests.session.conftest import KINDS, run, tiny


def answer(events: Iterator[Event]) -> Event:
    *_, last = events
    return last


def survey(data: Bundled | ImageFolder | Catalogued, place: Home, per_class: int | None = None) -> Surveyed:
    found = answer(session.survey(data, Split(), per_class, 0, StopToken(), place))
    assert isinstance(found, Surveyed)
    return found


# --- data ------------------------------------------------------------------------------------------------------------


def test_a_survey_counts_every_picture_once(place: Home) -> None:
    found = survey(Bundled(name="emoji-noto"), place, per_class=3)
    dealt = [each.train + each.validation + each.test + each.unused for each in found.classes]
    assert sum(dealt) == found.pictures == 628
    assert {each.train for each in found.classes} == {3}
    assert found.given_split
    assert found.digest


def test_a_survey_of_a_few_classes_knows_the_others(place: Home) -> None:
    clothes = ("Coat", "Bag")
    found = survey(Bundled(name="fashion", classes=clothes), place)
    assert tuple(each.name for each in found.classes) == clothes
    assert len(found.all_classes) == 10
    assert set(clothes) < set(found.all_classes)


def test_a_survey_knows_which_parts_the_data_gives(place: Home) -> None:
    assert survey(Bundled(name="emoji-noto"), place).given_parts == ("test", "train")


def test_a_surveys_thumbnails_are_of_every_class_and_split(place: Home) -> None:
    found = survey(Bundled(name="emoji-noto"), place)
    assert len(found.thumbnails) == 60
    assert set(Counter(each.label for each in found.thumbnails)) == {each.name for each in found.classes}
    assert {each.split for each in found.thumbnails} == {"train", "validation", "test"}
    assert len({each.name for each in found.thumbnails}) == 60
    image = Image.open(io.BytesIO(found.thumbnails[0].png))
    assert max(image.size) <= 96


def test_a_survey_can_be_stopped(place: Home) -> None:
    token = StopToken()
    token.stop()
    with pytest.raises(Stopped):
        answer(session.survey(Bundled(name="emoji-noto"), Split(), None, 0, token, place))


def picture(path: Path, shade: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8), (shade, 0, 0)).save(path)


def test_another_split_is_dealt_without_reading_the_pictures_again(
    place: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(10):
        picture(tmp_path / "a" / f"{number}.png", number)
        picture(tmp_path / "b" / f"{number}.png", 100 + number)
    data = ImageFolder(path=str(tmp_path))
    first = survey(data, place)
    with monkeypatch.context() as patch:
        patch.setattr(shelf.pictures, "read", lambda *_: pytest.fail("the pictures were read again"))
        assert survey(data, place, per_class=2).digest == first.digest
    picture(tmp_path / "b" / "new.png", 200)
    assert survey(data, place).pictures == 21


def test_a_set_that_is_not_here_is_told_and_not_downloaded(place: Home) -> None:
    with pytest.raises(UserError, match=r"CIFAR-10 is not on this machine.*Download"):
        survey(Catalogued(name="cifar10"), place)
    with pytest.raises(UserError, match="no data set named cifar11"):
        survey(Catalogued(name="cifar11"), place)


@pytest.mark.parametrize("part", ["source", "target"])
def test_the_first_batch_is_shown_as_the_network_will_see_it(place: Home, part: str) -> None:
    found = answer(session.preview(tiny(), "source" if part == "source" else "target", StopToken(), place))
    assert isinstance(found, BatchShown)
    assert found.size == 16
    assert {each.label for each in found.pictures} <= set(KINDS)
    assert 1 <= len(found.pictures) <= 4
    assert Image.open(io.BytesIO(found.pictures[0].png)).size == (16, 16)


# --- networks --------------------------------------------------------------------------------------------------------


def described(experiment: object, place: Home) -> NetworkDescribed:
    found = answer(session.describe(experiment, StopToken(), place))  # type: ignore[arg-type]
    assert isinstance(found, NetworkDescribed)
    return found


def test_the_network_is_described_as_the_run_will_use_it(place: Home) -> None:
    found = described(tiny(), place)
    begun = [event for event in session.run(tiny(), StopToken(), place) if isinstance(event, PhaseStarted)]
    assert [block.name for block in found.blocks] == [block.name for block in begun[1].blocks]
    assert sum(block.parameters for block in found.blocks) == begun[1].total_parameters
    assert moving(found.blocks, tiny().transfer.freezing) == begun[1].trainable_parameters
    assert found.image_size == 16


def test_networks_of_all_sources_are_described(place: Home) -> None:
    folder = run(tiny(), place)
    names = [
        described(tiny(source=source), place).network
        for source in (
            Scratch(network="small_cnn"),
            EarlierRun(run=str(folder)),
            Zoo(model="bundled/efficientnet_lite0"),
        )
    ]
    assert names == ["small_cnn", "small_cnn", "bundled/efficientnet_lite0"]


def test_a_rehearsal_says_what_a_run_will_take(place: Home) -> None:
    found = answer(session.rehearse(tiny(), StopToken(), place))
    assert isinstance(found, Rehearsed)
    assert found.fits
    assert 0 < found.memory_needed < found.memory_available
    assert 0 < found.seconds_low <= found.seconds_high
    assert found.device == "cpu"
    assert not place.runs.exists()


def test_a_rehearsal_that_does_not_fit_says_so(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_much(*_: object) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes.")

    monkeypatch.setattr("kt_gui.engine.rehearsal.rehearse", too_much)
    found = answer(session.rehearse(tiny(), StopToken(), place))
    assert isinstance(found, Rehearsed)
    assert not found.fits


def test_a_rehearsal_says_how_large_a_batch_may_be(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    found = answer(session.rehearse(tiny(), StopToken(), place))
    assert isinstance(found, Rehearsed)
    assert found.largest_batch > 1000
    assert found.parts == 1
    needed, per_picture = found.memory_needed, memory_per_picture(place)
    monkeypatch.setattr("kt_gui.engine.devices.memory_available", lambda _device: needed - 2 * per_picture)
    short = answer(session.rehearse(tiny(), StopToken(), place))
    assert isinstance(short, Rehearsed)
    assert (short.fits, short.largest_batch, short.parts) == (False, 2, 2), "of four pictures a batch"
    monkeypatch.setattr("kt_gui.engine.devices.memory_available", lambda _device: 10)
    nothing = answer(session.rehearse(tiny(), StopToken(), place))
    assert isinstance(nothing, Rehearsed)
    assert (nothing.fits, nothing.largest_batch) == (False, 0)


def memory_per_picture(place: Home) -> int:
    """What a batch of one picture more would take."""
    four, eight = (
        answer(session.rehearse(tiny(training=training, source=Scratch(network="small_cnn")), StopToken(), place))
        for training in (tiny().training, msgspec.structs.replace(tiny().training, batch_size=8))
    )
    assert isinstance(four, Rehearsed)
    assert isinstance(eight, Rehearsed)
    return (eight.memory_needed - four.memory_needed) // 4


def test_a_wrong_device_is_told_by_the_rehearsal(place: Home) -> None:
    training = msgspec.structs.replace(tiny().training, device="tpu")
    with pytest.raises(UserError, match="tpu"):
        answer(session.rehearse(tiny(training=training), StopToken(), place))


# --- lists -----------------------------------------------------------------------------------------------------------


def test_data_sets_are_listed_with_what_is_here(place: Home) -> None:
    (place.datasets / "mnist").mkdir(parents=True)
    (place.datasets / "svhn.download").mkdir()
    found = answer(session.list_datasets(StopToken(), place))
    assert isinstance(found, DatasetsListed)
    status = {card.name: card.status for card in found.datasets}
    assert (status["mnist"], status["svhn"], status["cifar10"]) == ("here", "partial", "download")


def test_models_are_listed(place: Home) -> None:
    found = answer(session.list_models(StopToken(), place))
    assert isinstance(found, ModelsListed)
    assert {"small", "bundled", "torchvision", "timm"} == {card.family for card in found.models}


def test_a_bundled_model_needs_no_download(place: Home) -> None:
    assert list(session.fetch_model("bundled/efficientnet_lite0", StopToken(), place)) == []


def test_examples_are_named_the_first_try_first() -> None:
    assert session.examples()[0] == "emoji"
    assert all(session.example(name).name for name in session.examples())


def test_a_target_of_its_own_is_surveyed_as_it_is_learnt(place: Home) -> None:
    target = Target(data=Bundled(name="emoji-noto", classes=KINDS), per_class=5)
    found = survey(Bundled(name="emoji-noto", classes=KINDS), place, per_class=5)
    begun = next(
        event
        for event in session.run(tiny(target=target), StopToken(), place)
        if isinstance(event, PhaseStarted) and event.phase == "finetuning"
    )
    counts = [sum(getattr(each, part) for each in found.classes) for part in ("train", "validation", "test")]
    assert tuple(counts) == begun.counts
