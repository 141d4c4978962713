"""A data set that was read: pictures to be asked for one by one, their classes, what the data says of them."""

import hashlib
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kt_gui.schema.choices import CustomAugmentation, NoAugmentation
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Skipped
from kt_gui.schema.texts import tr

SMALL = 64
"""Up to this side, in pixels, a picture is a small one: shifted, where a larger one is cut out and enlarged."""

Recipe = CustomAugmentation | NoAugmentation


@dataclass(frozen=True, eq=False)
class Collection:
    """A data set, read. Immutable; every function in it may be called from several threads."""

    title: str
    classes: tuple[str, ...]
    labels: NDArray[np.int64]
    """[n], indexes into `classes`."""
    names: tuple[str, ...]
    """What a person calls each picture."""
    picture: Callable[[int], Image.Image]
    """Picture by index: RGB and upright. Raises UserError where its file has changed or gone."""
    given: tuple[str, ...] | None
    """"train", "validation" or "test" for each picture, where the data says so."""
    groups: tuple[str, ...] | None
    digests: tuple[str, ...]
    """Equal exactly where pixels (of arrays) or bytes (of files) are equal."""
    sizes: tuple[int, int, int, int]
    """Smallest and largest width, smallest and largest height."""
    skipped: tuple[Skipped, ...]
    augmentation: Recipe
    """What "automatic" means for this set."""
    pixels: NDArray[np.uint8] | None = None
    """[n, h, w] or [n, h, w, 3] where all pictures are in memory already."""
    reduced: Callable[[int, int], Image.Image] | None = None
    """Picture by index with at least so many pixels on its short side: quicker where the format allows it."""
    empty: tuple[str, ...] = ()
    """Classes that were announced, by a folder, but hold no picture."""
    all_classes: tuple[str, ...] = ()
    """Every class the data has, where only some of them were asked for."""
    filed: "Collection | None" = None
    """The set as it lies there, where people have corrected it: by that it is dealt out."""
    excluded: tuple[int, ...] = ()
    """Indexes of pictures that people have left out."""

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def used(self) -> NDArray[np.int64]:
        """Indexes of the pictures that nobody has left out."""
        return np.setdiff1d(np.arange(len(self)), np.array(self.excluded, dtype=np.int64))

    def at_least(self, index: int, side: int) -> Image.Image:
        """Picture by index with at least so many pixels on its short side where it has them; quicker than all of it."""
        return self.picture(index) if self.reduced is None else self.reduced(index, side)


def from_arrays(
    title: str,
    classes: Sequence[str],
    pixels: NDArray[np.uint8],
    labels: NDArray[np.int64],
    *,
    names: Sequence[str] | None = None,
    given: Sequence[str] | None = None,
    augmentation: Recipe | None = None,
) -> Collection:
    """Make a collection of pictures in memory: pixels [n, h, w] (grey) or [n, h, w, 3], labels [n]."""
    height, width = pixels.shape[1:3]
    sizes = (width, width, height, height)

    def picture(index: int) -> Image.Image:
        return Image.fromarray(pixels[index]).convert("RGB")

    return Collection(
        title=title,
        classes=tuple(classes),
        labels=np.asarray(labels, dtype=np.int64),
        names=tuple(names) if names is not None else _numbered(classes, labels),
        picture=picture,
        given=tuple(given) if given is not None else None,
        groups=None,
        digests=tuple(digest_of(one.tobytes()) for one in pixels),
        sizes=sizes,
        skipped=(),
        augmentation=augmentation if augmentation is not None else suit(sizes),
        pixels=pixels,
    )


def _numbered(classes: Sequence[str], labels: NDArray[np.int64]) -> tuple[str, ...]:
    return tuple(f"{classes[label]} {number}" for number, label in enumerate(labels.tolist(), start=1))


def digest_of(content: bytes) -> str:
    """Hash the bytes of a file or of pixels."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def suit(sizes: tuple[int, int, int, int]) -> CustomAugmentation:
    """A mild recipe by picture size, for sets that bring none of their own."""
    if max(sizes) <= SMALL:
        return CustomAugmentation(flip="horizontal", crop="shift")
    return CustomAugmentation(flip="horizontal", crop="zoom", colour=0.1)


def choose(there: Sequence[str], wanted: Sequence[str], title: str) -> tuple[str, ...]:
    """The classes to keep, in the order asked for; all of them where none is asked for.

    Raises UserError for a class that is not there, with the ones that are.
    """
    wanted = [unicodedata.normalize("NFC", name) for name in wanted]
    unknown = sorted(set(wanted) - set(there))
    if unknown:
        raise UserError(
            tr("{title} has no class {unknown} (classes).", title=title, unknown=", ".join(unknown)),
            tr("Choose among its classes: {classes}.", classes=", ".join(there)),
        )
    return tuple(dict.fromkeys(wanted)) or tuple(there)


def keep_classes(whole: Collection, wanted: Sequence[str]) -> Collection:
    """The collection with only these classes, in this order; the whole where none is asked for. Raises UserError."""
    classes = choose(whole.classes, wanted, whole.title)
    return whole if classes == whole.classes else _narrow(whole, classes)


def _narrow(whole: Collection, classes: tuple[str, ...]) -> Collection:
    position = np.array([classes.index(name) if name in classes else -1 for name in whole.classes])
    labels = position[whole.labels]
    kept = np.flatnonzero(labels >= 0)

    def pick(values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(values[index] for index in kept)

    reduced = whole.reduced
    return Collection(
        title=whole.title,
        classes=classes,
        labels=labels[kept].astype(np.int64),
        names=pick(whole.names),
        picture=lambda index: whole.picture(int(kept[index])),
        given=None if whole.given is None else pick(whole.given),
        groups=None if whole.groups is None else pick(whole.groups),
        digests=pick(whole.digests),
        sizes=whole.sizes,
        skipped=whole.skipped,
        augmentation=whole.augmentation,
        pixels=None if whole.pixels is None else whole.pixels[kept],
        reduced=None if reduced is None else lambda index, side: reduced(int(kept[index]), side),
        empty=tuple(name for name in whole.empty if name in classes),
        all_classes=whole.classes,
    )
