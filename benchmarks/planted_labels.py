"""Wrong labels planted in real sets: how many of them stand at the top of the list of suspicious labels.

    python -m benchmarks.planted_labels [--share 0.05] [--draws 5] [--seed 0] [SET...]

A share of the labels of each set is changed, by chance, to another class. Then every picture is judged as the app does
it: probes on what the bundled ImageNet network says of pictures before its head, by pictures that others have labelled.
Counted is, over several draws, how many of the planted labels stand among as many pictures at the top of the list as
were planted (and among twice as many), and how many of those that the app calls wrong were planted. By chance it would
be that share of them. Sets have wrong labels of their own, too, and classes that overlap: those count as mistakes here.
`KT_DATA` names the developer data's folder, by default `../shared/data` beside the checkout.
"""

import argparse
import os
import sys
import tarfile
import tempfile
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from kt_gui import waiting

os.environ.update(waiting.WAITING)

import numpy as np
import torch
from torch import Tensor

from kt_gui.engine import images, loading
from kt_gui.engine.backbones import Network, pretrained
from kt_gui.engine.collection import Collection
from kt_gui.engine.features import heard
from kt_gui.engine.labelling import Labels, out_of_fold, suspect
from kt_gui.engine.weights import weights_address
from kt_gui.schema.choices import NoAugmentation
from kt_gui.schema.datasets import Bundled, Dataset, ImageFolder
from kt_gui.schema.events import Event
from kt_gui.schema.stop import StopToken
from kt_gui.store.folders import resources

DATA = Path(os.environ.get("KT_DATA") or Path(__file__).parents[2] / "shared" / "data")
NETWORK = "bundled/efficientnet_lite0"
SETS = ("hymenoptera160", "pacs-photo", "emoji-noto", "fashion")
R = TypeVar("R")


@dataclass(frozen=True)
class Found:
    """Of one draw."""

    planted: int
    among: int
    """Planted labels among as many at the top as were planted."""
    twice: int
    """Among twice as many."""
    named: int
    """Labels that are called wrong."""
    rightly: int
    """Of these, planted."""


def plant(labels: Labels, classes: int, share: float, chance: np.random.Generator) -> tuple[Labels, Labels]:
    """Change a share of the labels to another class; give them, and the places that were changed."""
    places = chance.choice(len(labels), round(share * len(labels)), replace=False)
    wrong = labels.copy()
    wrong[places] = (labels[places] + chance.integers(1, classes, len(places))) % classes
    return wrong, places


def search(features: Tensor, collection: Collection, share: float, seed: int) -> Found:
    """Plant, look for them, and count."""
    classes = len(collection.classes)
    labels, places = plant(collection.labels, classes, share, np.random.default_rng(seed))
    found = suspect(out_of_fold(features, labels, collection.digests, classes, seed, StopToken()), labels)
    named = np.flatnonzero(found.issues)
    planted = len(places)
    return Found(
        planted,
        len(np.intersect1d(found.order[:planted], places)),
        len(np.intersect1d(found.order[: 2 * planted], places)),
        len(named),
        len(np.intersect1d(named, places)),
    )


@torch.no_grad()
def features_of(network: Network, collection: Collection) -> Tensor:
    """What the network says of every picture, before its head."""
    everything = np.arange(len(collection))
    portion = ended(loading.load(collection, everything, network.view, torch.device("cpu"), StopToken()))
    network.module.eval()
    with heard(network) as found:
        for few in torch.arange(len(portion)).tensor_split(-(-len(portion) // 64)):
            network.module(portion.batch(few, NoAugmentation(), 0))
    return torch.cat(found)


def ended(work: Generator[Event, None, R]) -> R:
    """Let work come to its end."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: R = end.value
            return result


def data_of(name: str, unpacked: Path) -> Dataset:
    """The data set of a name; those of the developer data as folders."""
    match name:
        case "hymenoptera160":
            return ImageFolder(path=str(unpacked / name))
        case "pacs-photo":
            return ImageFolder(path=str(unpacked / "pacs128" / "photo"))
        case _:
            return Bundled(name=name)


def unpack(folder: Path) -> None:
    """Unpack the photos of the developer data."""
    for name in ("hymenoptera160", "pacs128"):
        archive = DATA / "images" / f"{name}.tar"
        if archive.is_file():
            with tarfile.open(archive) as opened:
                opened.extractall(folder, filter="data")


def rows(names: list[str], share: float, draws: int, seed: int, unpacked: Path) -> Iterator[str]:
    """Lines of a table."""
    weights = weights_address(NETWORK)
    assert isinstance(weights, Path)
    network = pretrained(NETWORK, weights)
    places = images.Places(bundled=resources() / "examples", datasets=unpacked)
    for name in names:
        collection = ended(images.read(data_of(name, unpacked), places, StopToken()))
        features = features_of(network, collection)
        began = time.perf_counter()
        found = [search(features, collection, share, seed + draw) for draw in range(draws)]
        seconds = (time.perf_counter() - began) / draws
        yield line(name, collection, found, seconds)


def line(name: str, collection: Collection, found: list[Found], seconds: float) -> str:
    """Sum up the draws of a set."""
    planted = sum(each.planted for each in found)
    among, twice = (sum(getattr(each, part) for each in found) / planted for part in ("among", "twice"))
    named, rightly = (sum(getattr(each, part) for each in found) for part in ("named", "rightly"))
    cells = (
        name,
        f"{len(collection)}, {len(collection.classes)} classes",
        f"{planted // len(found)}",
        f"{among:.0%} ({min(each.among for each in found)}-{max(each.among for each in found)})",
        f"{twice:.0%}",
        f"{named / len(found):.0f}, {rightly / max(named, 1):.0%} of them planted",
        f"{rightly / planted:.0%}",
        f"{seconds:.1f}",
    )
    return "| " + " | ".join(cells) + " |"


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", metavar="SET", help=", ".join(SETS))
    parser.add_argument("--share", type=float, default=0.05)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    print("| set | pictures | planted | at the top | among twice as many | called wrong | planted ones called so | s |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        unpack(Path(folder))
        for each in rows(asked.sets or list(SETS), asked.share, asked.draws, asked.seed, Path(folder)):
            print(each, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
