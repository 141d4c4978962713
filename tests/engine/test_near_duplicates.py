"""Pictures that are the same to the eye."""

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageEnhance

from kt_gui.engine.collection import Collection, from_arrays
from kt_gui.engine.near_duplicates import Pair, Signatures, describe, find_near, signature
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.store.arrays import Arrays
from tests.engine.picture_sets import finish


def photo(seed: int) -> Image.Image:
    """A smooth picture that no other seed gives: coarse noise, enlarged."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((60, 60), Image.Resampling.BICUBIC)


def signatures(*pictures: Image.Image) -> Signatures:
    return np.stack([signature(picture) for picture in pictures])


def saved_again(picture: Image.Image) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=70)
    return Image.open(file).convert("RGB")


COPIES = {
    "saved with loss": saved_again,
    "scaled": lambda picture: picture.resize((41, 41), Image.Resampling.BICUBIC),
    "stretched a little": lambda picture: picture.resize((60, 56), Image.Resampling.BICUBIC),
    "brighter": lambda picture: ImageEnhance.Brightness(picture).enhance(1.1),
    "grey": lambda picture: picture.convert("L").convert("RGB"),
}


@pytest.mark.parametrize("how", COPIES)
def test_a_changed_copy_is_found_among_others(how: str) -> None:
    originals = signatures(*(photo(seed) for seed in range(40)))
    copies = signatures(*(COPIES[how](photo(seed)) for seed in (7, 31)))
    found = find_near(originals, copies, StopToken())
    assert [(pair.first, pair.second) for pair in found] == [(7, 0), (31, 1)]
    assert all(pair.bits <= 12 for pair in found)


def test_different_pictures_are_not_taken_for_the_same() -> None:
    assert (
        find_near(*(signatures(*map(photo, numbers)) for numbers in (range(100), range(100, 200))), StopToken()) == []
    )


def test_of_several_copies_the_nearest_is_told() -> None:
    worse, same = COPIES["brighter"](saved_again(photo(1))), photo(1)
    assert find_near(signatures(worse, same), signatures(photo(1)), StopToken()) == [Pair(first=1, second=0, bits=0)]


def test_even_pictures_have_no_shape_to_be_alike_in() -> None:
    black, white = (Image.new("RGB", (20, 20), shade) for shade in ("black", "white"))
    assert find_near(signatures(black), signatures(white, black), StopToken()) == []


def test_alike_hashes_of_unlike_pictures_are_not_enough() -> None:
    """Two drawings with one small mark each: most of their pixels are equally bright as their neighbours."""
    drawings = []
    for place in (4, 44):
        pixels = np.zeros((60, 60, 3), dtype=np.uint8)
        pixels[place : place + 6, place : place + 6] = 255
        drawings.append(Image.fromarray(pixels))
    one, other = signatures(*drawings)
    bits = int(np.unpackbits(one[:16] ^ other[:16]).sum())
    assert bits <= 12
    assert find_near(one[None], other[None], StopToken()) == []


def test_many_pictures_are_compared_in_parts() -> None:
    chance = np.random.default_rng(0)
    many: NDArray[np.uint8] = chance.integers(0, 256, (200, 272), dtype=np.uint8)
    found = find_near(many, many[::-1].copy(), StopToken())
    assert [(pair.first, pair.second) for pair in found] == [(199 - place, place) for place in range(200)]


def test_where_there_are_no_pictures_nothing_is_found() -> None:
    none = signatures(photo(0))[:0]
    assert find_near(none, signatures(photo(0)), StopToken()) == []
    assert find_near(signatures(photo(0)), none, StopToken()) == []


def collection() -> Collection:
    pixels = np.random.default_rng(0).integers(0, 256, (6, 20, 20, 3), dtype=np.uint8)
    return from_arrays("pictures", ("one",), pixels, np.zeros(6, dtype=np.int64))


def test_a_set_is_described_once(tmp_path: Path) -> None:
    whole, store = collection(), Arrays(tmp_path, 10**6)
    first, _ = finish(describe(whole, np.array([1, 4]), StopToken(), store))
    assert (first == signatures(whole.picture(1), whole.picture(4))).all()
    again, told = finish(describe(whole, np.array([1, 4]), StopToken(), store))
    assert (again == first).all()
    assert told == []
    other, _ = finish(describe(whole, np.array([4, 1]), StopToken(), store))
    assert (other == first[::-1]).all()


def test_without_room_it_is_described_all_the_same(tmp_path: Path) -> None:
    found, _ = finish(describe(collection(), np.arange(6), StopToken(), Arrays(tmp_path, 0)))
    assert found.shape == (6, 272)
    none, _ = finish(describe(collection(), np.arange(0), StopToken(), Arrays(tmp_path, 10**6)))
    assert none.shape == (0, 272)


def test_describing_and_comparing_can_be_stopped(tmp_path: Path) -> None:
    stop = StopToken()
    stop.stop("keep")
    with pytest.raises(Stopped):
        finish(describe(collection(), np.arange(6), stop, Arrays(tmp_path, 10**6)))
    with pytest.raises(Stopped):
        find_near(signatures(photo(0)), signatures(photo(0)), stop)
