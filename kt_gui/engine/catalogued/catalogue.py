"""The catalogue of sets, and reading one of them from a folder that holds it whole."""

import pickle
import zlib
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from kt_gui.engine import images
from kt_gui.engine.catalogued import addresses, arrays, files
from kt_gui.engine.catalogued.found import Arrays, Files, Picture
from kt_gui.engine.collection import Collection, from_arrays
from kt_gui.engine.decoding import opening
from kt_gui.schema.choices import CustomAugmentation
from kt_gui.schema.downloads import RemoteFile
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import DatasetCard, Event, Progressed
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.schema.texts import mark, thousands, tr

Status = Literal["here", "partial", "download"]

SHIFTED = CustomAugmentation(flip="none", crop="shift")
MIRRORED = CustomAugmentation(flip="horizontal", crop="shift")
FROM_ABOVE = CustomAugmentation(flip="both", crop="shift")
ZOOMED = CustomAugmentation(flip="horizontal", crop="zoom", colour=0.1)
UPRIGHT = CustomAugmentation(flip="none", crop="shift", colour=0.2)

RESEARCH = mark("none stated, used for research")
NON_COMMERCIAL = mark("non-commercial research only")


@dataclass(frozen=True)
class CataloguedSet:
    """A classification set: what it is, where it lies, how it is read."""

    title: str
    classes: int
    pictures: int
    image_size: int
    """Typical side in pixels."""
    download: int
    """About so many bytes."""
    licence: str
    augmentation: CustomAugmentation
    addresses: Callable[[], tuple[RemoteFile, ...]]
    read: Callable[[Path], Arrays | Files]

    @property
    def files(self) -> tuple[RemoteFile, ...]:
        """What to download; asks torchvision, which takes seconds to import."""
        return self.addresses()


SETS: Mapping[str, CataloguedSet] = {
    "cifar10": CataloguedSet(
        "CIFAR-10", 10, 60_000, 32, 171_000_000, RESEARCH, MIRRORED, addresses.cifar10, arrays.cifar10
    ),
    "cifar100": CataloguedSet(
        "CIFAR-100", 100, 60_000, 32, 169_000_000, RESEARCH, MIRRORED, addresses.cifar100, arrays.cifar100
    ),
    "mnist": CataloguedSet("MNIST", 10, 70_000, 28, 12_000_000, "CC BY-SA 3.0", SHIFTED, addresses.mnist, arrays.mnist),
    "fashion_mnist": CataloguedSet(
        "Fashion-MNIST", 10, 70_000, 28, 31_000_000, "MIT", MIRRORED, addresses.fashion_mnist, arrays.fashion_mnist
    ),
    "kmnist": CataloguedSet(
        "Kuzushiji-MNIST", 10, 70_000, 28, 21_000_000, "CC BY-SA 4.0", SHIFTED, addresses.kmnist, arrays.kmnist
    ),
    "emnist": CataloguedSet(
        "EMNIST (balanced)", 47, 131_600, 28, 562_000_000, RESEARCH, SHIFTED, addresses.emnist, arrays.emnist
    ),
    "svhn": CataloguedSet("SVHN", 10, 99_289, 32, 246_000_000, NON_COMMERCIAL, SHIFTED, addresses.svhn, arrays.svhn),
    "stl10": CataloguedSet("STL-10", 10, 13_000, 96, 2_640_000_000, RESEARCH, MIRRORED, addresses.stl10, arrays.stl10),
    "eurosat": CataloguedSet(
        "EuroSAT", 10, 27_000, 64, 94_000_000, "MIT", FROM_ABOVE, addresses.eurosat, files.eurosat
    ),
    "flowers102": CataloguedSet(
        "Flowers-102", 102, 8_189, 500, 345_000_000, RESEARCH, ZOOMED, addresses.flowers102, files.flowers102
    ),
    "oxford_pets": CataloguedSet(
        "Oxford Pets",
        37,
        7_349,
        400,
        811_000_000,
        "CC BY-SA 4.0",
        ZOOMED,
        addresses.oxford_pets,
        files.oxford_pets,
    ),
    "dtd": CataloguedSet(
        "Describable Textures", 47, 5_640, 450, 625_000_000, RESEARCH, ZOOMED, addresses.dtd, files.dtd
    ),
    "food101": CataloguedSet(
        "Food-101", 101, 101_000, 512, 4_996_000_000, RESEARCH, ZOOMED, addresses.food101, files.food101
    ),
    "caltech101": CataloguedSet(
        "Caltech-101", 101, 8_677, 300, 137_000_000, "CC BY 4.0", ZOOMED, addresses.caltech101, files.caltech101
    ),
    "gtsrb": CataloguedSet("GTSRB", 43, 39_270, 50, 277_000_000, RESEARCH, UPRIGHT, addresses.gtsrb, files.gtsrb),
    "aircraft": CataloguedSet(
        "FGVC-Aircraft", 100, 10_000, 1000, 2_753_000_000, NON_COMMERCIAL, ZOOMED, addresses.aircraft, files.aircraft
    ),
    "imagenette": CataloguedSet(
        "Imagenette, 320 px", 10, 13_394, 400, 342_000_000, "Apache-2.0", ZOOMED, addresses.imagenette, files.imagenette
    ),
}
"""By the name that an experiment file uses."""


def list_sets(status: Callable[[str], Status]) -> tuple[DatasetCard, ...]:
    """Describe all sets; `status` tells by name whether one is here."""
    return tuple(
        DatasetCard(
            name=name,
            title=one.title,
            classes=one.classes,
            pictures=one.pictures,
            image_size=one.image_size,
            download=one.download,
            licence=tr(one.licence),
            status=status(name),
        )
        for name, one in SETS.items()
    )


def find_set(name: str) -> CataloguedSet:
    """Find a set by its name. Raises UserError with the names there are."""
    if name not in SETS:
        raise UserError(
            tr("There is no data set named {name} in the catalogue (data, name).", name=name),
            tr("Choose one of {names}.", names=", ".join(SETS)),
        )
    return SETS[name]


def read_catalogued(name: str, folder: Path, stop: StopToken) -> Generator[Event, None, Collection]:
    """Read a set by its name; `folder` holds it as downloaded here, as torchvision keeps it, or its inner folder.

    Raises:
        UserError: the folder does not hold it, only a part of it, or damaged files.
        Stopped: the stop was requested.
    """
    return (yield from read_set(find_set(name), folder, stop))


def read_set(one: CataloguedSet, folder: Path, stop: StopToken) -> Generator[Event, None, Collection]:
    """Read a set. Raises as `read_catalogued`."""
    _check_folder(one, folder)
    yield Progressed(activity="reading", done=0, total=one.pictures, subject=one.title)
    match _look(one, folder):
        case Arrays() as held:
            _check_whole(one, folder, len(held.labels))
            if stop.requested():
                raise Stopped
            return from_arrays(
                one.title, held.classes, held.pixels, held.labels, given=held.given, augmentation=one.augmentation
            )
        case Files() as listed:
            _check_whole(one, folder, sum(picture.path.is_file() for picture in listed.pictures))
            collection = yield from _collect(one, listed, stop)
            return replace(collection, augmentation=one.augmentation)


def _collect(one: CataloguedSet, listed: Files, stop: StopToken) -> Generator[Event, None, Collection]:
    candidates = [_candidate(picture) for picture in listed.pictures]
    return (yield from images.collect(one.title, listed.classes, candidates, [], stop))


def _candidate(picture: Picture) -> images.Candidate:
    name = "/".join(picture.path.parts[-2:])
    return images.Candidate(name, picture.label, opening(picture.path), picture.given, picture.group)


def _look(one: CataloguedSet, folder: Path) -> Arrays | Files:
    try:
        return one.read(folder)
    except (OSError, EOFError, ValueError, KeyError, IndexError, pickle.UnpicklingError, zlib.error) as error:
        raise UserError(
            tr("{title} in {folder} cannot be read: {reason}", title=one.title, folder=str(folder), reason=str(error)),
            tr("Its files are damaged or missing: delete the folder and get the set again."),
        ) from error


def _check_folder(one: CataloguedSet, folder: Path) -> None:
    if not folder.is_dir():
        raise UserError(
            tr("{title} is not here: there is no folder {folder}.", title=one.title, folder=str(folder)),
            tr("Download the set, or choose the folder that holds it."),
        )


def _check_whole(one: CataloguedSet, folder: Path, found: int) -> None:
    """Do not take a half-unpacked set for a whole one."""
    if found < one.pictures:
        raise UserError(
            tr(
                "{folder} holds only {found} of the {pictures} pictures of {title}.",
                folder=str(folder),
                found=thousands(found),
                pictures=thousands(one.pictures),
                title=one.title,
            ),
            tr("It was not unpacked whole: get the set again. A part of your own choice is used as a folder."),
        )
