"""Small pictures and data sets made on the spot: what the tests of reading and loading look at."""

import dataclasses
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

from kt_gui.engine.collection import Collection, from_arrays
from kt_gui.engine.images import Places, read
from kt_gui.schema.datasets import Dataset
from kt_gui.schema.events import Event
from kt_gui.schema.stop import StopToken

R = TypeVar("R")

ROOT = Path(__file__).resolve().parents[2]
PLACES = Places(bundled=ROOT / "resources" / "examples", datasets=ROOT / "nowhere")


def finish(work: Generator[Event, None, R]) -> tuple[R, list[Event]]:
    """Let a generator of events run to its end: what it returns, and what it told."""
    events = []
    while True:
        try:
            events.append(next(work))
        except StopIteration as ended:
            return ended.value, events


def collection_of(data: Dataset) -> Collection:
    """Read a data set to its end."""
    return finish(read(data, PLACES, StopToken()))[0]


def noise(seed: int = 0, width: int = 12, height: int = 10) -> Image.Image:
    """A picture that no other seed gives."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def write(path: Path, seed: int = 0) -> Path:
    """Write a picture, in the format its name tells, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise(seed).save(path)
    return path


def write_tree(root: Path, counts: Mapping[str, int]) -> Path:
    """Write so many different pictures into each of these folders."""
    seed = 0
    for folder, count in counts.items():
        (root / folder).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            seed += 1
            write(root / folder / f"{number}.png", seed)
    return root


def arrays(counts: Sequence[int], *, side: int = 6, groups: Sequence[str] | None = None) -> Collection:
    """A collection in memory with so many different pictures of classes a, b, c ..."""
    labels = np.repeat(np.arange(len(counts)), counts)
    pixels = np.random.default_rng(0).integers(0, 256, (len(labels), side, side, 3), dtype=np.uint8)
    whole = from_arrays("arrays", [chr(ord("a") + label) for label in range(len(counts))], pixels, labels)
    return dataclasses.replace(whole, groups=None if groups is None else tuple(groups))


def given(whole: Collection, parts: Sequence[str]) -> Collection:
    """The same collection with a split of its own."""
    return dataclasses.replace(whole, given=tuple(parts))
