"""Pictures of a target's test that a source has, too: pair by pair, with who found them."""

from typing import Literal

import msgspec

from kt_gui.schema.datasets import Dataset
from kt_gui.schema.evaluations import Picture
from kt_gui.schema.events import Event
from kt_gui.schema.experiment import EarlierRun

By = Literal["hash", "embedding", "both"]
"""What pictures are compared by: a hash of pixels, a network's features, or one and the other."""

Sign = Literal["exact", "hash", "embedding"]
"""How a pair was found; equal bit for bit is told by neither."""

Side = Literal["source", "test"]
"""Of which set a picture is left out."""
SIDES: tuple[Side, ...] = ("source", "test")

Learner = Dataset | EarlierRun
"""A set to learn from, or a run that has learnt."""


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of the source, and one of the test that is the same."""

    first: Picture
    second: Picture
    signs: tuple[Sign, ...]
    likeness: float | None = None
    """Cosine between the network's features; None where the network did not find it."""


class Overlap(Event, frozen=True, kw_only=True, tag="overlap"):
    """What of the target's test is in one set that the source learns from, or has learnt from."""

    source: Dataset
    target: Dataset
    source_title: str
    target_title: str
    classes: tuple[str, ...]
    """Of the target."""
    run: str = ""
    """The folder of the run that has learnt from the source; empty where none has yet."""
    searched: int
    """Pictures of the source."""
    tests: int
    """Pictures of the test."""
    by: By
    network: str = ""
    """Whose features they were compared by."""
    own: int | None = None
    """Test pictures that the network takes for copies of others in the test, by the same rule: mistakes, or copies that
    the test really holds; None where no network looked."""
    pairs: tuple[Pair, ...]
    """Exact ones before others; in the order of the test's pictures."""


def seen_tests(overlap: Overlap) -> int:
    """Count the test's pictures that are in the source: one may be there several times."""
    return len({pair.second.index for pair in overlap.pairs})
