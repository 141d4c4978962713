"""Labels that are probably wrong, as a list to check."""

from typing import Literal

import msgspec

from kt_gui.schema.columns import Column
from kt_gui.schema.datasets import Dataset
from kt_gui.schema.events import Event

Judge = Literal["source", "own"]
"""Who doubts: probes on the network the run started from, which never saw these labels; or, where there was none, the
run's own network, of the pictures it has not learnt from."""


class Suspect(msgspec.Struct, frozen=True, kw_only=True):
    """One picture whose label is doubted."""

    index: int
    """Into the data set as it was read."""
    name: str
    digest: str
    label: str
    """The class it is filed under."""
    suggested: str
    """The class it looks more like."""
    probability: float
    """Of the class it is filed under."""
    suggested_probability: float
    split: str


class Suspected(Event, frozen=True, kw_only=True, tag="suspected"):
    """Every picture that was judged, the most suspicious label first."""

    run: str
    """The run's folder."""
    data: Dataset
    judge: Judge
    classes: tuple[str, ...]
    names: tuple[str, ...]
    digests: tuple[str, ...]
    splits: tuple[str, ...]
    indexes: Column
    """int64 [n], into the data set as it was read."""
    labels: Column
    """int64 [n], into `classes`: what each is filed under."""
    suggested: Column
    """int64 [n], into `classes`: what each looks like most, of the others."""
    probabilities: Column
    """float32 [n, 2]: of the label, and of what is suggested."""
    issues: Column
    """bool [n]: whether confident learning takes the label for wrong."""
    settled: int = 0
    """Pictures that are left out here, for a person has decided on them."""


def suspects_of(event: Suspected) -> list[Suspect]:
    """List the pictures whose labels are taken for wrong, the most suspicious first."""
    from kt_gui.schema.columns import unpack

    chosen = unpack(event.issues).nonzero()[0].tolist()
    return [suspect_at(event, place) for place in chosen]


def suspect_at(event: Suspected, place: int) -> Suspect:
    """Give one of the pictures that were judged, by its place in the list."""
    from kt_gui.schema.columns import unpack

    probability, suggested = unpack(event.probabilities)[place].tolist()
    return Suspect(
        index=int(unpack(event.indexes)[place]),
        name=event.names[place],
        digest=event.digests[place],
        label=event.classes[int(unpack(event.labels)[place])],
        suggested=event.classes[int(unpack(event.suggested)[place])],
        probability=probability,
        suggested_probability=suggested,
        split=event.splits[place],
    )
