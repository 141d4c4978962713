import numpy as np
import pytest
from PIL import Image

from kt_gui.schema.datasets import Bundled
from kt_gui.schema.errors import UserError
from tests.engine.picture_sets import PLACES, collection_of


@pytest.mark.parametrize(
    ("name", "pictures", "classes"), [("emoji-twemoji", 628, 14), ("emoji-noto", 628, 14), ("fashion", 3000, 10)]
)
def test_the_bundled_sets_are_there_with_their_split(name: str, pictures: int, classes: int) -> None:
    found = collection_of(Bundled(name=name))
    assert (len(found), len(found.classes)) == (pictures, classes)
    assert found.given is not None
    assert set(found.given) == {"train", "test"}
    assert found.picture(0).mode == "RGB"
    assert not any("_" in name for name in found.classes)


def test_both_drawings_of_the_emoji_have_the_same_order_and_split() -> None:
    ours, theirs = collection_of(Bundled(name="emoji-twemoji")), collection_of(Bundled(name="emoji-noto"))
    assert ours.names == theirs.names
    assert ours.given == theirs.given
    assert ours.labels.tolist() == theirs.labels.tolist()


def test_a_bundled_picture_is_the_tile_of_the_mosaic() -> None:
    found = collection_of(Bundled(name="emoji-noto"))
    with Image.open(PLACES.bundled / "emoji-noto.webp") as mosaic:
        tile = mosaic.convert("RGB").crop((32 * 5, 32 * 2, 32 * 6, 32 * 3))
    assert np.array_equal(np.asarray(found.picture(2 * 40 + 5)), np.asarray(tile))


def test_classes_are_kept_in_the_order_asked_for() -> None:
    found = collection_of(Bundled(name="fashion", classes=("Bag", "Ankle boot")))
    assert found.classes == ("Bag", "Ankle boot")
    assert np.bincount(found.labels).tolist() == [300, 300]
    whole = collection_of(Bundled(name="fashion"))
    first_boot = whole.labels.tolist().index(whole.classes.index("Ankle boot"))
    boot = found.labels.tolist().index(1)
    assert found.digests[boot] == whole.digests[first_boot]
    assert found.picture(boot) == whole.picture(first_boot)


def test_a_class_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(UserError, match="Sock") as raised:
        collection_of(Bundled(name="fashion", classes=("Bag", "Sock")))
    assert "Ankle boot" in raised.value.remedy


def test_a_bundled_set_that_is_none_is_answered_with_the_names_there_are() -> None:
    with pytest.raises(UserError, match="emoji-noto"):
        collection_of(Bundled(name="emoji"))
