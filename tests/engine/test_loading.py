import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from kt_gui.engine import loading
from kt_gui.engine.collection import Collection, from_arrays
from kt_gui.engine.loading import Portion, View, as_png, fit, fit_pixels, load
from kt_gui.schema.choices import CustomAugmentation, NoAugmentation
from kt_gui.schema.datasets import ImageFolder
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Progressed
from kt_gui.schema.stop import Stopped, StopToken
from tests.engine.picture_sets import arrays, collection_of, finish, noise, write_tree

CPU = torch.device("cpu")
EVERYTHING = CustomAugmentation(flip="both", crop="zoom", colour=0.5)


def view(size: int, *, crop: float = 1.0, interpolation: str = "bilinear") -> View:
    return View(size=size, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0), interpolation=interpolation, crop=crop)


def loaded(collection: Collection, how: View, indexes: list[int] | None = None) -> Portion:
    chosen = np.arange(len(collection)) if indexes is None else np.array(indexes, dtype=np.int64)
    return finish(load(collection, chosen, how, CPU, StopToken()))[0]


def plain(portion: Portion) -> Tensor:
    return portion.batch(torch.arange(len(portion)), NoAugmentation(), 0)


@pytest.fixture
def folder(tmp_path: Path) -> Collection:
    return collection_of(ImageFolder(path=str(write_tree(tmp_path, {"cat": 3, "dog": 3}))))


def test_pictures_of_the_right_size_reach_the_network_unchanged() -> None:
    collection = arrays((2, 3), side=8)
    portion = loaded(collection, view(8), [4, 1])
    assert portion.labels.tolist() == [1, 0]
    expected = collection.pixels[[4, 1]].transpose(0, 3, 1, 2) / np.float32(255)
    assert np.allclose(plain(portion).numpy(), expected)


def test_grey_pictures_get_three_equal_channels() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (4, 7, 7), dtype=np.uint8)
    for size in (7, 9):
        batch = plain(loaded(from_arrays("grey", ("a", "b"), pixels, np.array([0, 1, 0, 1])), view(size)))
        assert batch.shape == (4, 3, size, size)
        assert torch.equal(batch[:, 0], batch[:, 2])


def test_pictures_are_normalised_by_mean_and_deviation() -> None:
    collection = arrays((2, 2), side=4)
    how = View(size=4, mean=(0.5, 0.4, 0.3), std=(0.1, 0.2, 0.4), interpolation="bilinear")
    raw, normalised = plain(loaded(collection, view(4))), plain(loaded(collection, how))
    expected = (raw - torch.tensor(how.mean).view(3, 1, 1)) / torch.tensor(how.std).view(3, 1, 1)
    assert torch.allclose(normalised, expected)


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
@pytest.mark.parametrize(("size", "crop"), [(16, 1.0), (16, 0.8), (5, 0.875)])
def test_the_quick_way_for_arrays_agrees_with_pillow(size: int, crop: float, interpolation: str) -> None:
    how = view(size, crop=crop, interpolation=interpolation)
    images = [noise(seed, 12, 9).resize((40, 30)).point(lambda value: 64 + value // 2) for seed in range(3)]
    quick = fit_pixels(np.stack([np.asarray(image) for image in images]), how)
    slow = np.stack([fit(image, how) for image in images])
    assert np.abs(quick.astype(int) - slow.astype(int)).max() <= 1


def test_the_middle_of_an_oblong_picture_is_kept_in_its_proportions() -> None:
    image = Image.new("RGB", (40, 20), "black")
    image.paste("white", (10, 0, 30, 20))
    assert (fit(image, view(20)) == 255).all()
    assert fit(image, view(20, crop=0.5)).shape == (3, 20, 20)


@pytest.mark.parametrize("free", [10**12, 0])
def test_pictures_are_the_same_whether_they_stay_in_memory_or_are_decoded_each_time(
    folder: Collection, free: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = plain(loaded(folder, view(8, crop=0.9)))
    monkeypatch.setattr(loading, "memory_available", lambda device: free)
    portion = loaded(folder, view(8, crop=0.9))
    assert portion.resident == (free > 0)
    assert torch.equal(plain(portion), expected)
    few = torch.tensor([5, 0, 5])
    assert torch.equal(portion.batch(few, EVERYTHING, 3), loaded(folder, view(8, crop=0.9)).batch(few, EVERYTHING, 3))


def test_a_part_of_what_is_loaded_is_what_would_have_been_loaded(folder: Collection) -> None:
    whole, alone = loaded(folder, view(8), [0, 2, 3, 5]), loaded(folder, view(8), [5, 2])
    assert whole.is_in_place
    part = whole.part(np.array([3, 1]))
    order = torch.tensor([1, 0, 1])
    assert len(part) == 2
    assert part.labels.tolist() == alone.labels.tolist()
    assert torch.equal(part.batch(order, EVERYTHING, 7), alone.batch(order, EVERYTHING, 7))
    look = loading.Look(EVERYTHING, 1, 7)
    assert part.keys(look).tolist() == alone.keys(look).tolist()
    assert torch.equal(part.look(order, look), alone.look(order, look))
    assert part.memory == alone.memory


def test_arrays_too_large_for_the_memory_are_fitted_a_batch_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = plain(loaded(arrays((3, 3)), view(8)))
    monkeypatch.setattr(loading, "memory_available", lambda device: 0)
    portion = loaded(arrays((3, 3)), view(8))
    assert not portion.resident
    assert torch.equal(plain(portion), expected)


def test_pictures_stay_where_they_take_at_most_a_quarter_of_the_free_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    needed = 6 * 3 * 8 * 8
    for free, resident in ((4 * needed, True), (4 * needed - 1, False)):
        monkeypatch.setattr(loading, "memory_available", lambda device, free=free: free)
        assert loaded(arrays((3, 3)), view(8)).resident is resident


def test_a_limit_says_how_many_bytes_may_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "memory_available", lambda device: 0)
    needed = 6 * 3 * 8 * 8
    for limit, resident, memory in ((needed, True, needed), (needed - 1, False, (needed - 1) // 2)):
        portion = finish(load(arrays((3, 3)), np.arange(6), view(8), CPU, StopToken(), limit=limit))[0]
        assert (portion.resident, portion.memory) == (resident, memory)


def test_the_same_seed_gives_the_same_pixels_and_another_does_not(folder: Collection) -> None:
    portion, indexes = loaded(folder, view(8)), torch.arange(6)
    first = portion.batch(indexes, EVERYTHING, 1)
    torch.manual_seed(99)
    assert torch.equal(portion.batch(indexes, EVERYTHING, 1), first)
    assert not torch.equal(portion.batch(indexes, EVERYTHING, 2), first)


def test_varying_a_batch_leaves_the_pictures_in_memory_as_they_were(folder: Collection) -> None:
    portion = loaded(folder, view(8))
    before = plain(portion)
    portion.batch(torch.arange(6), EVERYTHING, 1)
    assert torch.equal(plain(portion), before)


@pytest.mark.parametrize("collection", ["arrays", "folder"])
def test_loading_tells_how_far_it_is_and_stops_when_asked(collection: str, request: pytest.FixtureRequest) -> None:
    found = arrays((3, 3)) if collection == "arrays" else request.getfixturevalue("folder")
    _, events = finish(load(found, np.arange(6), view(8), CPU, StopToken()))
    last = events[-1]
    assert isinstance(last, Progressed)
    assert (last.activity, last.done, last.total) == ("reading", 6, 6)
    stop = StopToken()
    stop.stop()
    with pytest.raises(Stopped):
        finish(load(found, np.arange(6), view(8), CPU, stop))


def test_a_picture_that_has_gone_since_is_named(tmp_path: Path, folder: Collection) -> None:
    (tmp_path / "dog" / "1.png").unlink()
    with pytest.raises(UserError, match=r"dog/1\.png"):
        loaded(folder, view(8))


def test_an_empty_split_loads_as_an_empty_portion(folder: Collection) -> None:
    for collection in (folder, arrays((3, 3))):
        assert plain(loaded(collection, view(8), [])).shape == (0, 3, 8, 8)


def test_what_the_network_sees_can_be_shown_again() -> None:
    collection = arrays((2, 2), side=8)
    how = View(size=8, mean=(0.5, 0.4, 0.3), std=(0.1, 0.2, 0.4), interpolation="bilinear")
    shown = as_png(plain(loaded(collection, how))[1], how)
    with Image.open(io.BytesIO(shown)) as image:
        assert np.array_equal(np.asarray(image), collection.pixels[1])


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_an_accelerator_makes_the_same_choices_as_the_cpu() -> None:
    collection, cuda = arrays((8, 8), side=16), torch.device("cuda")
    portion = finish(load(collection, np.arange(16), view(16), cuda, StopToken()))[0]
    assert portion.resident
    assert portion.labels.device.type == "cuda"
    for recipe in (NoAugmentation(), EVERYTHING, CustomAugmentation(flip="both", crop="shift", rand_augment=2)):
        there = portion.batch(torch.arange(16, device=cuda), recipe, 3)
        assert there.device.type == "cuda"
        assert torch.equal(there, portion.batch(torch.arange(16), recipe, 3))
        here = loaded(collection, view(16)).batch(torch.arange(16), recipe, 3)
        assert (there.cpu() - here).abs().mean() < 0.01
