"""Invented maps and explanations: for pictures of pages, their tests, and benchmarks.

Nothing here was measured, and nothing here is shown to a user of the program.
"""

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kt_gui import samples
from kt_gui.engine import overlays
from kt_gui.schema.columns import pack
from kt_gui.schema.evaluations import Checkpoint
from kt_gui.schema.insights import Embedded, Explained, Neighbourhood, Projection
from kt_gui.schema.texts import Message, mark

RUN = "/runs/emoji"
SIDE = 32


def embedded(
    classes: Sequence[str] = samples.CLASSES,
    pictures: int = 207,
    *,
    method: Projection = "pca",
    checkpoint: Checkpoint = "best",
    has_before: bool = True,
) -> Embedded:
    """A map on which each class is a cloud; before, the clouds lie closer together."""
    chance = np.random.default_rng(len(classes) * 1000 + pictures)
    labels = np.sort(chance.integers(0, len(classes), pictures))
    is_wrong = chance.random(pictures) < 0.2
    predicted = np.where(is_wrong, (labels + 1) % len(classes), labels)
    places = _clouds(labels, predicted, len(classes), chance)
    return Embedded(
        run=RUN,
        checkpoint=checkpoint,
        method=method,
        part="test",
        classes=tuple(classes),
        total=pictures,
        names=tuple(f"{classes[label]} {place + 1}" for place, label in enumerate(labels.tolist())),
        digests=tuple(f"{place:032x}" for place in range(pictures)),
        indexes=pack(np.arange(pictures, dtype=np.int64)),
        labels=pack(labels),
        predicted=pack(predicted),
        confidences=pack(chance.uniform(0.4, 0.99, pictures).astype(np.float32)),
        after=pack(places),
        before=pack(_blurred(places, chance)) if has_before else None,
        variance_after=(0.21, 0.14) if method == "pca" else None,
        variance_before=(0.28, 0.11) if method == "pca" and has_before else None,
        neighbours=10,
        chance=0.08,
        apart_after=Neighbourhood(purity=0.71, silhouette=0.22),
        apart_before=Neighbourhood(purity=0.44, silhouette=0.05) if has_before else None,
    )


def _clouds(
    labels: NDArray[np.int64], predicted: NDArray[np.int64], classes: int, chance: np.random.Generator
) -> NDArray[np.float32]:
    turns = 2 * np.pi * np.arange(classes) / classes
    far = 0.7 + 0.5 * (np.arange(classes) % 2)
    middles = far[:, None] * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    spread = chance.normal(0, 0.15, (len(labels), 2))
    places: NDArray[np.float32] = (0.4 * middles[labels] + 0.6 * middles[predicted] + spread).astype(np.float32)
    return places


def _blurred(places: NDArray[np.float32], chance: np.random.Generator) -> NDArray[np.float32]:
    return (0.6 * places + chance.normal(0, 0.35, places.shape)).astype(np.float32)


def explained(png: bytes, index: int, name: str = "heart") -> Explained:
    """What is said of a picture; `png` is the picture."""
    picture = Image.open(io.BytesIO(png)).convert("RGB").resize((SIDE, SIDE))
    pixels = np.asarray(picture, dtype=np.uint8).transpose(2, 0, 1)
    before, after = _heat(10, 22, 7), _heat(17, 15, 5)
    return Explained(
        name=name,
        index=index,
        label="heart",
        picture=overlays.plain(pixels),
        after=overlays.overlay(pixels, after),
        after_map=pack(after),
        before=overlays.overlay(pixels, before),
        before_map=pack(before),
        target="heart",
        probability=0.87,
        predicted="heart",
        confidence=0.87,
        before_target="heart",
        before_probability=0.31,
        question="same",
        method="grad-cam",
        before_method="grad-cam",
        words=(
            Message(
                mark("Grad-CAM on a map of {side} × {side} places ({layer}): what raises the score of “{target}”."),
                {"side": 4, "layer": "block4", "target": "heart"},
            ),
            Message(mark("Before, the network was asked for the same class.")),
        ),
    )


def _heat(x: float, y: float, spread: float) -> NDArray[np.float32]:
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    heat: NDArray[np.float32] = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * spread**2)).astype(np.float32)
    return heat
