"""Pictures that are the same to the eye: how many changed copies are found, and how many others are taken for copies.

    python -m benchmarks.near_duplicates [--pictures 500] [--seed 0] FOLDER...

Of each folder, with all below it, so many pictures are drawn. Each is changed in four ways and looked for among all of
them; then all are compared with one another. What is found there may be a mistake, or a copy that the set really holds.
"""

import argparse
import io
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance

from kt_gui.engine.near_duplicates import find_near, signature
from kt_gui.schema.stop import StopToken

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")


def saved_again(picture: Image.Image) -> Image.Image:
    """Lose what a JPEG of quality 70 loses."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=70)
    return Image.open(file).convert("RGB")


def scaled(picture: Image.Image) -> Image.Image:
    """Make it two thirds as large."""
    width, height = (max(8, side * 2 // 3) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.BICUBIC)


def brighter(picture: Image.Image) -> Image.Image:
    """Make it 15 % brighter."""
    return ImageEnhance.Brightness(picture).enhance(1.15)


def cut(picture: Image.Image) -> Image.Image:
    """Cut 2 % off every side, one pixel at least."""
    away = max(1, round(0.02 * picture.width))
    return picture.crop((away, away, picture.width - away, picture.height - away))


WAYS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "JPEG 70": saved_again,
    "two thirds": scaled,
    "15 % brighter": brighter,
    "cut by 2 %": cut,
}


def draw(folder: Path, count: int, seed: int) -> list[Image.Image]:
    """Draw pictures of a folder."""
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    chosen = np.random.default_rng(seed).permutation(len(files))[:count]
    return [Image.open(files[place]).convert("RGB") for place in chosen]


def found(pictures: Sequence[Image.Image], change: Callable[[Image.Image], Image.Image]) -> float:
    """Say which share of changed copies is found, and rightly."""
    known = np.stack([signature(picture) for picture in pictures])
    copies = np.stack([signature(change(picture)) for picture in pictures])
    pairs = find_near(known, copies, StopToken())
    return sum(pair.first == pair.second for pair in pairs) / len(pictures)


def alike(pictures: Sequence[Image.Image]) -> int:
    """Count the pairs of different pictures that are taken for the same."""
    known = np.stack([signature(picture) for picture in pictures])
    return sum(len(find_near(known[:place], known[place : place + 1], StopToken())) for place in range(1, len(known)))


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--pictures", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    print(f"| set | pictures | {' | '.join(WAYS)} | others that look the same |")
    print("| --- " * (len(WAYS) + 3) + "|")
    for folder in asked.folders:
        pictures = draw(folder, asked.pictures, asked.seed)
        shares = " | ".join(f"{found(pictures, change):.0%}" for change in WAYS.values())
        print(f"| {folder.name} | {len(pictures)} | {shares} | {alike(pictures)} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
