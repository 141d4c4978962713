"""An invented evaluation of any number of classes and pictures: for pictures of pages, their tests, and benchmarks.

The logits are drawn by chance; the engine works every number out from them, so that all of them agree. Nothing here was
measured, and nothing here is shown to a user of the program.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kt_gui import samples
from kt_gui.schema.columns import pack
from kt_gui.schema.datasets import Bundled, Dataset
from kt_gui.schema.evaluations import Checkpoint, Evaluated, Judged, Matching
from kt_gui.schema.events import Event

RUN = "/runs/emoji"
Logits = NDArray[np.float32]
Labels = NDArray[np.int64]


def evaluation(
    classes: Sequence[str] = samples.CLASSES,
    pictures: int = 207,
    *,
    checkpoint: Checkpoint = "best",
    data: Dataset | None = None,
    matching: Matching | None = None,
    skill: float = 3.2,
    run: str = RUN,
) -> list[Event]:
    """What `session.evaluate` ends with; `skill` is how far the true class stands out."""
    from kt_gui.engine import calibration, scoring

    labels, logits = _draw(len(classes), pictures, skill)
    temperature = calibration.fit_temperature(labels, logits)
    told = {
        "run": run,
        "checkpoint": checkpoint,
        "data": data or Bundled(name="emoji-noto"),
        "part": "test" if data is None else "all",
        "classes": tuple(classes),
    }
    judged = Judged(
        names=tuple(f"{classes[label]} {place + 1}" for place, label in enumerate(labels.tolist())),
        digests=tuple(f"{place:032x}" for place in range(pictures)),
        indexes=pack(np.arange(pictures, dtype=np.int64)),
        labels=pack(labels),
        logits=pack(logits),
        temperature=temperature,
        **told,  # type: ignore[arg-type]
    )
    evaluated = Evaluated(
        name="emoji",
        epoch=13,
        title="Noto emoji" if data is None else "More emoji",
        scores=scoring.score(labels, logits, classes),
        calibration=calibration.calibrate(temperature, 84, labels, logits),
        matching=matching or Matching(),
        **told,  # type: ignore[arg-type]
    )
    return [judged, evaluated]


def class_names(count: int) -> tuple[str, ...]:
    """As many class names as are wanted, some of them long."""
    long = ("", " of the northern woods", " (juvenile)", "")
    return tuple(f"species {place + 1:03d}{long[place % 4]}" for place in range(count))


def _draw(classes: int, pictures: int, skill: float) -> tuple[Labels, Logits]:
    """Each class has a neighbour it is often taken for."""
    chance = np.random.default_rng(classes * 1000 + pictures)
    labels = np.sort(chance.integers(0, classes, pictures))
    logits = chance.normal(0, 1.0, (pictures, classes)).astype(np.float32)
    rows = np.arange(pictures)
    logits[rows, labels] += chance.normal(skill, 1.2, pictures).astype(np.float32)
    logits[rows, (labels + 1) % classes] += np.float32(1.1)
    return labels, (4.0 * logits).astype(np.float32)
