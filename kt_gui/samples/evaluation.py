"""An invented evaluation of any number of classes and pictures: for pictures of pages, their tests, and benchmarks.

The logits are drawn by chance; every number is worked out from them, so that all of them agree. Nothing here was
measured, and nothing here is shown to a user of the program.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kt_gui import samples
from kt_gui.schema.columns import pack
from kt_gui.schema.datasets import Bundled, Dataset
from kt_gui.schema.evaluations import (
    Bin,
    Calibration,
    Checkpoint,
    ClassScore,
    Evaluated,
    Judged,
    Matching,
    Scores,
)
from kt_gui.schema.events import Event

RUN = "/runs/emoji"
BINS = 15
TEMPERATURES = np.linspace(0.5, 4.0, 36)
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
    labels, logits = _draw(len(classes), pictures, skill)
    temperature = min(TEMPERATURES.tolist(), key=lambda each: _nll(labels, _shares(logits / each)))
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
    calm = _shares(logits / temperature)
    evaluated = Evaluated(
        name="emoji",
        epoch=13,
        title="Noto emoji" if data is None else "More emoji",
        scores=_score(classes, labels, _shares(logits)),
        calibration=Calibration(
            temperature=temperature,
            pictures=84,
            nll=_nll(labels, calm),
            ece=_ece(_bins(labels, calm)),
            bins=_bins(labels, calm),
        ),
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


def _shares(logits: Logits) -> NDArray[np.float64]:
    raised = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
    return shares


def _score(classes: Sequence[str], labels: Labels, shares: NDArray[np.float64]) -> Scores:
    predicted = shares.argmax(axis=1)
    confusion = np.zeros((len(classes), len(classes)), dtype=np.int64)
    np.add.at(confusion, (labels, predicted), 1)
    by_class = tuple(_class_score(name, place, confusion) for place, name in enumerate(classes))
    correct, total = int(np.trace(confusion)), len(labels)
    low, high = _wilson(correct, total)
    bins = _bins(labels, shares)
    order = np.argsort(-shares, axis=1)
    top = tuple((k, float((order[:, :k] == labels[:, None]).any(axis=1).mean())) for k in (1, 3, 5) if k < len(classes))
    return Scores(
        total=total,
        correct=correct,
        accuracy=correct / total,
        low=low,
        high=high,
        balanced_accuracy=_mean([each.recall for each in by_class if each.support]),
        precision=_mean([each.precision or 0.0 for each in by_class]),
        recall=_mean([each.recall or 0.0 for each in by_class]),
        f1=_mean([each.f1 or 0.0 for each in by_class]),
        top=top,
        nll=_nll(labels, shares),
        ece=_ece(bins),
        classes=by_class,
        confusion=tuple(tuple(row) for row in confusion.tolist()),
        bins=bins,
    )


def _class_score(name: str, place: int, confusion: Labels) -> ClassScore:
    hits, support, taken = (
        int(each) for each in (confusion[place, place], confusion[place].sum(), confusion[:, place].sum())
    )
    return ClassScore(
        name=name,
        precision=hits / taken if taken else None,
        recall=hits / support if support else None,
        f1=2 * hits / (support + taken) if support + taken else None,
        support=support,
        predicted=taken,
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _nll(labels: Labels, shares: NDArray[np.float64]) -> float:
    return float(-np.log(shares[np.arange(len(labels)), labels]).mean())


def _wilson(correct: int, total: int) -> tuple[float, float]:
    z, share = 1.959964, correct / total
    middle = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return (middle - spread) / (1 + z * z / total), (middle + spread) / (1 + z * z / total)


def _bins(labels: Labels, shares: NDArray[np.float64]) -> tuple[Bin, ...]:
    confidence, right = shares.max(axis=1), shares.argmax(axis=1) == labels
    made = []
    for place in range(BINS):
        low, high = place / BINS, (place + 1) / BINS
        inside = (confidence > low) & (confidence <= high)
        count = int(inside.sum())
        made.append(
            Bin(
                low=low,
                high=high,
                count=count,
                confidence=float(confidence[inside].mean()) if count else None,
                accuracy=float(right[inside].mean()) if count else None,
            )
        )
    return tuple(made)


def _ece(bins: Sequence[Bin]) -> float:
    total = sum(each.count for each in bins)
    return sum(
        each.count / total * abs(each.accuracy - each.confidence)
        for each in bins
        if each.accuracy is not None and each.confidence is not None
    )
