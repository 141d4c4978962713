"""Where one network puts the pictures of two data sets, and how far they lie apart."""

import msgspec

from kt_gui.schema.columns import Column
from kt_gui.schema.datasets import Dataset
from kt_gui.schema.events import Event
from kt_gui.schema.insights import Projection
from kt_gui.schema.rankings import Candidate


class Distance(msgspec.Struct, frozen=True, kw_only=True):
    """The proxy A-distance of two sets of pictures."""

    distance: float
    """From 0, they cannot be told apart, to 2, they always can."""
    low: float
    high: float
    """95 % interval, for the draw of the pictures."""
    error: float
    """Share of pictures that a linear classifier takes for one of the other set."""
    pictures: int
    """Of either set."""
    seed: int
    """Of the draw and the folds."""


class Domain(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two sets."""

    data: Dataset
    title: str
    classes: tuple[str, ...]
    part: str
    """Which pictures they are: train, test; empty where they are of no known part."""
    total: int
    """Pictures of this part; more than there are points where only some of each class were taken."""
    names: tuple[str, ...]
    digests: tuple[str, ...]
    indexes: Column
    """int64 [n], into the data set as it was read."""
    labels: Column
    """int64 [n], into `classes`."""
    places: Column
    """float32 [n, 2], on the map that both share."""


class Mapped(Event, frozen=True, kw_only=True, tag="mapped"):
    """The pictures of two sets on one map."""

    candidate: Candidate
    """Whose features these are."""
    name: str
    """What people call it."""
    method: Projection
    source: Domain
    target: Domain
    distance: Distance | None
    """In all features, not on the map; None where there are too few pictures."""
    variance: tuple[float, float] | None = None
    """Of PCA: the share of all variance that each axis holds."""
