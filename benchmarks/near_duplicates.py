"""Pictures that are the same to the eye: how many changed copies are found, and how many others are taken for copies.

    python -m benchmarks.near_duplicates [--pictures 600] [--seed 0] FOLDER...

Of each folder, with all below it, so many pictures are drawn. Two thirds of them are the source. Of half of those,
copies are changed in each of six ways; the copies of a way and the last third are the test, which is searched for in
the source by the hash of pixels and by the network's features. A cell is the share of copies that the hash, the
network, and either of both find, and rightly; the last column is the share of other pictures that are taken for copies:
by mistake, or because the set really holds them twice.
"""

import argparse
import io
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageEnhance

from kt_gui.engine import backbones
from kt_gui.engine.backbones import Network
from kt_gui.engine.features import Floats, heard
from kt_gui.engine.look_alikes import add_neighbours, find_alike, nobody
from kt_gui.engine.near_duplicates import Signatures, find_near, signature
from kt_gui.engine.sizing import fit
from kt_gui.engine.weights import weights_address
from kt_gui.schema.stop import StopToken
from kt_gui.session.searching import NETWORK

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
BATCH = 32

Pictures = Sequence[Image.Image]


def saved_again(picture: Image.Image) -> Image.Image:
    """Lose what a JPEG of quality 30 loses."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=30)
    return Image.open(file).convert("RGB")


def scaled(picture: Image.Image) -> Image.Image:
    """Make it half as large."""
    width, height = (max(8, side // 2) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.BICUBIC)


def brighter(picture: Image.Image) -> Image.Image:
    """Make it 30 % brighter."""
    return ImageEnhance.Brightness(picture).enhance(1.3)


def cut(picture: Image.Image) -> Image.Image:
    """Keep the middle 80 % of each side."""
    across, down = round(0.1 * picture.width), round(0.1 * picture.height)
    return picture.crop((across, down, picture.width - across, picture.height - down))


def mirrored(picture: Image.Image) -> Image.Image:
    """Swap left and right."""
    return picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def turned(picture: Image.Image) -> Image.Image:
    """Turn it by 5 degrees, on a ground of its first pixel's colour."""
    corner = tuple(np.asarray(picture)[0, 0].tolist())
    return picture.rotate(5, Image.Resampling.BICUBIC, fillcolor=corner)


WAYS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "JPEG 30": saved_again,
    "half the size": scaled,
    "30 % brighter": brighter,
    "cut to 80 %": cut,
    "mirrored": mirrored,
    "turned 5°": turned,
}


def draw(folder: Path, count: int, seed: int) -> list[Image.Image]:
    """Draw pictures of a folder."""
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    chosen = np.random.default_rng(seed).permutation(len(files))[:count]
    return [Image.open(files[place]).convert("RGB") for place in chosen]


@dataclass(frozen=True)
class Seen:
    """Pictures as either method sees them."""

    signatures: Signatures
    features: Floats

    def and_more(self, other: "Seen") -> "Seen":
        """Put others after them."""
        both = zip((self.signatures, self.features), (other.signatures, other.features), strict=True)
        return Seen(*(np.concatenate(each) for each in both))


@torch.no_grad()
def look(pictures: Pictures, network: Network) -> Seen:
    """Describe pictures."""
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (network.view.mean, network.view.std))
    features = []
    for start in range(0, len(pictures), BATCH):
        fitted = np.stack([fit(picture, network.view) for picture in pictures[start : start + BATCH]])
        with heard(network) as found:
            network.module((torch.from_numpy(fitted).float() / 255 - mean) / std)
        features.append(found[-1].numpy())
    return Seen(np.stack([signature(picture) for picture in pictures]), np.concatenate(features))


def find(source: Seen, test: Seen) -> tuple[dict[int, int], dict[int, int]]:
    """Tell, by the hash and by the network, which pictures of the test are taken for which of the source."""
    stop = StopToken()
    by_hash = {pair.second: pair.first for pair in find_near(source.signatures, test.signatures, stop)}
    nearest = add_neighbours(nobody(len(test.features)), source.features, test.features, stop)
    own = add_neighbours(nobody(len(test.features)), test.features, test.features, stop, is_own=True)
    return by_hash, {pair.asked: pair.known for pair in find_alike(nearest, own)}


def row(pictures: Pictures, network: Network) -> list[str]:
    """Give the cells of one set."""
    third = len(pictures) // 3
    originals, test = pictures[:third], look(pictures[2 * third :], network)
    source = look(pictures[: 2 * third], network)
    cells = []
    for change in WAYS.values():
        copies = look([change(picture) for picture in originals], network)
        found = find(source, copies.and_more(test))
        right = [{place for place in range(third) if each.get(place) == place} for each in found]
        cells.append(_shares(right, third))
    wrong = find(source, test)
    return [*cells, _shares([set(each) for each in wrong], len(pictures) - 2 * third)]


def _shares(sets: Sequence[set[int]], of: int) -> str:
    """Say what each found, and what they found together."""
    return " / ".join(f"{100 * len(each) / of:.0f}" for each in (*sets, set.union(*sets)))


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--pictures", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    weights = weights_address(NETWORK)
    assert isinstance(weights, Path)
    network = backbones.pretrained(NETWORK, weights)
    network.module.eval()
    print("In per cent, by the hash / by the network / by either.\n")
    print(f"| set | pictures | {' | '.join(WAYS)} | others taken for copies |")
    print("| --- " * (len(WAYS) + 3) + "|")
    for folder in asked.folders:
        pictures = draw(folder, asked.pictures, asked.seed)
        print(f"| {folder.name} | {len(pictures)} | {' | '.join(row(pictures, network))} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
