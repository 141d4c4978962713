"""What a network said of each picture, ready to be asked: which pictures stand behind a number.

It imports numpy, and is imported when the first judgement comes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray

from kt_gui.bridge.selection import Selection
from kt_gui.schema.columns import unpack
from kt_gui.schema.evaluations import Judged, Picture
from kt_gui.session.probabilities import Shares, log_probabilities

ROWS = 4096
"""Pictures whose probabilities are in memory at a time, while a judgement is weighed."""

Indexes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Judgement:
    """A `Judged` event and what follows from it. Positions count the judged pictures, from 0, in their order."""

    judged: Judged
    labels: Indexes
    predicted: Indexes
    confidence: Shares
    """Probability of the predicted class."""
    calibrated: Shares
    """The same after temperature scaling."""
    ranks: Indexes
    """How many classes are more probable than the true one."""
    confusion: Indexes
    """[classes, classes]: pictures by their class (rows) and the class they were taken for."""
    by_confidence: Indexes
    """All positions, the most confident first; equal ones in their order."""
    by_loss: Indexes
    """All positions, the least probable truth first."""

    def __len__(self) -> int:
        return len(self.labels)

    def behind(self, selection: Selection) -> Indexes:
        """The positions of the pictures that a selection means, in its order."""
        holds = self._holds(selection)
        match selection.order:
            case "sure":
                order = self.by_confidence
            case "unsure":
                order = self.by_confidence[::-1]
            case "loss":
                order = self.by_loss
        return order[holds[order]]

    def _holds(self, selection: Selection) -> NDArray[np.bool_]:
        holds = np.ones(len(self), dtype=np.bool_)
        if selection.truth:
            holds &= self.labels == self._place(selection.truth)
        if selection.predicted:
            holds &= self.predicted == self._place(selection.predicted)
        if selection.verdict != "all":
            holds &= (self.labels == self.predicted) == (selection.verdict == "right")
        if selection.confidence is not None:
            low, high = selection.confidence
            shares = self.calibrated if selection.is_calibrated else self.confidence
            holds &= (shares > low) & (shares <= high)
        if selection.beyond is not None:
            holds &= self.ranks >= selection.beyond
        return holds

    def _place(self, name: str) -> int:
        classes = self.judged.classes
        return classes.index(name) if name in classes else -1

    def picture(self, position: int) -> Picture:
        """Describe one picture."""
        judged, confidence = self.judged, float(self.confidence[position])
        return Picture(
            index=int(unpack(judged.indexes)[position]),
            name=judged.names[position],
            digest=judged.digests[position],
            label=judged.classes[self.labels[position]],
            predicted=judged.classes[self.predicted[position]],
            confidence=confidence if np.isfinite(confidence) else None,
            split="test" if judged.part == "test" else "",
        )

    def pictures(self, positions: Indexes) -> "Pictures":
        """Describe several, each when it is asked for."""
        return Pictures(self, positions)

    def find(self, index: int) -> int | None:
        """The position of a picture by its place in the data set; None where it was not judged."""
        found = np.flatnonzero(unpack(self.judged.indexes) == index)
        return int(found[0]) if len(found) else None

    def likeliest(self, position: int, count: int) -> list[tuple[str, float]]:
        """The most probable classes of one picture, with their probabilities; its own class is always among them."""
        shares = np.exp(log_probabilities(unpack(self.judged.logits)[position : position + 1])[0])
        order = np.argsort(-shares, kind="stable")[:count]
        if count > 1 and self.labels[position] not in order:
            order[-1] = self.labels[position]
        return [(self.judged.classes[place], float(shares[place])) for place in order]


class Pictures(Sequence[Picture]):
    """Pictures of a judgement, in some order, described only when they are asked for."""

    def __init__(self, judgement: Judgement, positions: Indexes) -> None:
        self._judgement, self._positions = judgement, positions

    def __len__(self) -> int:
        return len(self._positions)

    @overload
    def __getitem__(self, place: int) -> Picture: ...
    @overload
    def __getitem__(self, place: slice) -> "Pictures": ...
    def __getitem__(self, place: int | slice) -> "Picture | Pictures":
        if isinstance(place, slice):
            return Pictures(self._judgement, self._positions[place])
        return self._judgement.picture(int(self._positions[place]))


def weigh(judged: Judged) -> Judgement:
    """Work out what follows from a network's words. Takes a while for many pictures: done in a worker's thread."""
    labels, logits = unpack(judged.labels), unpack(judged.logits)
    predicted = np.argmax(logits, axis=1) if len(labels) else labels
    parts = list(_weigh_rows(logits, labels, predicted, judged.temperature))
    confidence, calibrated, truth, ranks = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Judgement(
        judged,
        labels,
        predicted,
        confidence,
        calibrated,
        ranks,
        _confuse(labels, predicted, len(judged.classes)),
        by_confidence=np.argsort(-confidence, kind="stable"),
        by_loss=np.argsort(truth, kind="stable"),
    )


def _confuse(labels: Indexes, predicted: Indexes, classes: int) -> Indexes:
    return np.bincount(labels * classes + predicted, minlength=classes * classes).reshape(classes, classes)


def _weigh_rows(
    logits: NDArray[np.float32], labels: Indexes, predicted: Indexes, temperature: float
) -> Iterator[tuple[Shares, Shares, Shares, Indexes]]:
    """Per portion: confidence, calibrated confidence, log-probability of the truth, classes more probable than it."""
    for start in range(0, max(len(labels), 1), ROWS):
        part = slice(start, start + ROWS)
        rows = np.arange(len(labels[part]))
        shares = log_probabilities(logits[part])
        confidence = np.exp(shares[rows, predicted[part]])
        calibrated = confidence
        if temperature != 1.0:
            calibrated = np.exp(log_probabilities(logits[part], temperature)[rows, predicted[part]])
        own = logits[part][rows, labels[part]]
        yield confidence, calibrated, shares[rows, labels[part]], (logits[part] > own[:, None]).sum(axis=1)
