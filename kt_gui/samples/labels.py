"""Invented labels that are probably wrong, and invented corrections: for pictures of pages, and for their tests.

Nothing here was measured, and nothing here is shown to a user of the program.
"""

import numpy as np

from kt_gui import samples
from kt_gui.samples.evaluation import RUN
from kt_gui.schema.columns import pack
from kt_gui.schema.corrections import Addition, Corrected, Correction, Exclusion, Move
from kt_gui.schema.datasets import Bundled, Dataset
from kt_gui.schema.suspicions import Judge, Suspected

NOTO = Bundled(name="emoji-noto")


def suspected(pictures: int = 628, issues: int = 23, *, judge: Judge = "source", run: str = RUN) -> Suspected:
    """What `session.suspects` ends with."""
    chance = np.random.default_rng(4)
    classes = samples.CLASSES
    labels = chance.integers(0, len(classes), pictures)
    suggested = (labels + chance.integers(1, len(classes), pictures)) % len(classes)
    given = np.sort(chance.beta(4, 1, pictures))
    both = np.stack([given, (1 - given) * chance.uniform(0.6, 1.0, pictures)], 1)
    parts = ("train", "validation", "test", "unused")
    return Suspected(
        run=run,
        data=NOTO,
        judge=judge,
        classes=classes,
        names=tuple(f"{classes[label]} {place + 1}" for place, label in enumerate(labels.tolist())),
        digests=tuple(f"{place:032x}" for place in range(pictures)),
        splits=tuple(parts[place] for place in chance.integers(0, 4, pictures)),
        indexes=pack(np.arange(pictures, dtype=np.int64)),
        labels=pack(labels.astype(np.int64)),
        suggested=pack(suggested.astype(np.int64)),
        probabilities=pack(both.astype(np.float32)),
        issues=pack(np.arange(pictures) < issues),
    )


def corrected(data: Dataset = NOTO) -> Corrected:
    """Three left out, two moved, one added."""
    said: tuple[Correction, ...] = (
        *(Exclusion(digest=f"out {number}", name=f"heart {number}") for number in (12, 31, 44)),
        *(Move(digest=f"moved {number}", name=f"meal {number}", label="fruit and vegetable") for number in (7, 19)),
        Addition(digest="added", name="my own clock.png", label="clock"),
    )
    return Corrected(data=data, corrections=said, file="/home/kt/pets.corrections.json", beside=True)
