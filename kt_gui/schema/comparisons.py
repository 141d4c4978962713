"""Runs held against each other: which settings differ, how far each came, and on which pictures they disagree."""

import msgspec

from kt_gui.schema.datasets import Dataset
from kt_gui.schema.evaluations import Picture
from kt_gui.schema.events import Event

MOST = 8
"""Lines that a chart of several runs holds: more cannot be told apart."""

Value = bool | int | float | str | tuple[str, ...] | None
"""What a field of an experiment file holds; None where it is left out, or belongs to a choice that was not made."""


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """A field in which runs differ, with its value in each."""

    path: str
    """As in an experiment file: `training.optimiser.learning_rate`."""
    titles: tuple[str, ...]
    """English, from the outermost table to the field; translated where they are shown."""
    unit: str
    values: tuple[Value, ...]


class Lines(msgspec.Struct, frozen=True, kw_only=True):
    """The curves of a run's fine-tuning, one value an epoch; None where it was not finite."""

    train_loss: tuple[float | None, ...] = ()
    validation_loss: tuple[float | None, ...] = ()
    train_accuracy: tuple[float | None, ...] = ()
    validation_accuracy: tuple[float | None, ...] = ()


class Contender(msgspec.Struct, frozen=True, kw_only=True):
    """One of the runs. What it has not found out is None."""

    id: str
    name: str
    folder: str
    seed: int
    group: int
    """Which group it is in: runs of one group differ in their seed and their name at most."""
    accuracy: float | None
    """On the test pictures, with the best epoch's weights."""
    low: float | None
    high: float | None
    """95 % Wilson interval."""
    tested: int | None
    best_epoch: int | None
    drift: float | None
    seconds: float
    lines: Lines


class Repeated(msgspec.Struct, frozen=True, kw_only=True):
    """A group of runs that differ in their seed only, and its test accuracy over the seeds."""

    members: tuple[int, ...]
    """Places among the runs that are compared."""
    tested: int
    """Runs that have a test accuracy."""
    mean: float | None
    sd: float | None
    """Standard deviation of one run, n − 1 in the denominator; None below two runs."""
    low: float | None
    high: float | None
    """95 % interval of the mean, Student's t; None below two runs."""


class Contrasted(Event, frozen=True, kw_only=True, tag="contrasted"):
    """The runs side by side: what can be told without looking at a picture."""

    runs: tuple[Contender, ...]
    settings: tuple[Setting, ...]
    """Only those that differ; seed and name are told of each run."""
    groups: tuple[Repeated, ...]


class McNemar(msgspec.Struct, frozen=True, kw_only=True):
    """Two classifiers on the same pictures (McNemar 1947): only those count that one has right and the other wrong."""

    both: int
    neither: int
    only_first: int
    """Right with the first, wrong with the second."""
    only_second: int
    p: float
    """Two-sided, exact: the discordant pictures are tosses of a fair coin where the two are equally good."""
    difference: float
    """Accuracy of the second − accuracy of the first."""
    low: float
    high: float
    """95 % interval of the difference of two paired shares (Newcombe 1998, method 10)."""


class Turned(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that changed sides: what the first run said of it, and the picture as the second one has it."""

    first: str
    """The class that the first run took it for."""
    picture: Picture


class Matched(Event, frozen=True, kw_only=True, tag="matched"):
    """Two runs on the pictures that both were tested on."""

    first: str
    second: str
    """The runs' folders."""
    data: Dataset
    """What the second was tested on; its pictures are told of by their place in it."""
    pictures: int
    """Tested in both, and of the same class in both."""
    left_out: tuple[int, int]
    """Test pictures of each that the other was not tested on, or that stand under another class there."""
    test: McNemar
    gained: tuple[Turned, ...]
    """Wrong with the first, right with the second; the surest first."""
    lost: tuple[Turned, ...]
    """Right with the first, wrong with the second; the surest first."""


class Unmatched(Event, frozen=True, kw_only=True, tag="unmatched"):
    """Two runs that cannot be held against each other picture by picture, and why."""

    first: str
    second: str
    reason: str
    remedy: str
