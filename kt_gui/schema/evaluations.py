"""What a checkpoint of a run is worth on pictures it has not learnt from, and what it said of each of them."""

from typing import Literal

import msgspec

from kt_gui.schema.columns import Column
from kt_gui.schema.datasets import Dataset
from kt_gui.schema.events import Event

Checkpoint = Literal["best", "last", "source"] | int
"""A set of weights of a run: by name, or an epoch of its last phase, from 0, that was kept along the way."""

Part = Literal["test", "all"]
"""Of a data set: the run's own test split, or all of another set."""


class ClassScore(msgspec.Struct, frozen=True, kw_only=True):
    """How one class fared. None where nothing could be counted: no picture of it, or none taken for it."""

    name: str
    precision: float | None
    recall: float | None
    f1: float | None
    support: int
    """Pictures that are of this class."""
    predicted: int
    """Pictures that were taken for it."""


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """One bar of a reliability diagram: the pictures whose confidence lies in (low, high]."""

    low: float
    high: float
    count: int
    confidence: float | None
    """Mean of the highest probability; None in an empty bin."""
    accuracy: float | None


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """All numbers of one evaluation. Shares are of 1; None where a number has no meaning."""

    total: int
    correct: int
    accuracy: float
    low: float
    high: float
    """95 % Wilson interval of the accuracy."""
    balanced_accuracy: float | None
    """Mean recall of the classes that have pictures."""
    precision: float | None
    recall: float | None
    f1: float | None
    """Macro: means over the classes that have pictures or were predicted, as scikit-learn's with zero_division=0."""
    top: tuple[tuple[int, float], ...]
    """(k, share of pictures whose class is among the k most probable), for k of 1, 3, 5 below the number of classes."""
    nll: float
    """Mean −log of the true class's probability."""
    ece: float
    """Expected calibration error, 15 bins of equal width (low, high]."""
    classes: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]
    """Rows are the truth, columns what was predicted, both in the order of `classes`."""
    bins: tuple[Bin, ...]


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """Temperature scaling (Guo et al. 2017, arXiv:1706.04599), fitted on validation pictures only."""

    temperature: float
    pictures: int
    """Validation pictures it was fitted on."""
    nll: float
    ece: float
    """On the judged pictures, with their logits divided by the temperature."""
    bins: tuple[Bin, ...]


class Matching(msgspec.Struct, frozen=True, kw_only=True):
    """How the classes of another data set were matched to the network's, by name."""

    missing: tuple[str, ...] = ()
    """Classes the network knows and the set has no picture of."""
    unknown: tuple[str, ...] = ()
    """Classes of the set the network does not know; their pictures were left out."""
    left_out: int = 0
    """Pictures of unknown classes."""
    learnt: int = 0
    """Pictures of the set that the run learnt from: on them it looks better than it is."""


class Judged(Event, frozen=True, kw_only=True, tag="judged"):
    """What the network said of each picture, in the order of the data set."""

    run: str
    """The run's folder."""
    checkpoint: Checkpoint
    data: Dataset
    part: Part
    classes: tuple[str, ...]
    names: tuple[str, ...]
    digests: tuple[str, ...]
    indexes: Column
    """int64 [n], into the data set as it was read."""
    labels: Column
    """int64 [n], into `classes`."""
    logits: Column
    """float32 [n, classes]."""
    temperature: float = 1.0
    """What the logits are divided by before they become calibrated probabilities; 1 where none was fitted."""


class Evaluated(Event, frozen=True, kw_only=True, tag="evaluated"):
    """The verdict on one checkpoint."""

    run: str
    """The run's folder."""
    name: str
    checkpoint: Checkpoint
    epoch: int | None
    data: Dataset
    title: str
    part: Part
    classes: tuple[str, ...]
    scores: Scores
    calibration: Calibration | None = None
    """None where there are no validation pictures to fit it on."""
    matching: Matching = Matching()


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """One picture of a data set, wherever a page speaks of it: a gallery, a point of a map, a line of a list."""

    index: int
    """Into the data set as it was read."""
    name: str
    digest: str
    label: str
    """The class it is filed under."""
    predicted: str = ""
    confidence: float | None = None
    split: str = ""


class Glimpsed(Event, frozen=True, kw_only=True, tag="glimpsed"):
    """A few pictures of a data set, small or large, as they were asked for."""

    indexes: tuple[int, ...]
    pngs: tuple[bytes, ...]
