"""Labels that are probably wrong, as a list to check."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from kt_gui.schema.columns import Column, unpack
from kt_gui.schema.datasets import Dataset
from kt_gui.schema.evaluations import Picture
from kt_gui.schema.events import Event

Judge = Literal["source", "own"]
"""Who doubts: probes on the network the run started from, which never saw these labels; or, where there was none, the
run's own network, of the pictures it has not learnt from."""


class Suspect(msgspec.Struct, frozen=True, kw_only=True):
    """One picture whose label is doubted: `predicted` is the class it looks more like."""

    picture: Picture
    probability: float
    """Of the class it is filed under."""


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


def agreement(event: Suspected) -> float:
    """What share of the labels that were judged is the class their pictures look most like; 1 of none."""
    shares = unpack(event.probabilities)
    return float((shares[:, 0] >= shares[:, 1]).mean()) if len(shares) else 1.0


def suspects_of(event: Suspected) -> list[Suspect]:
    """List the pictures whose labels are taken for wrong, the most suspicious first."""
    return suspects_at(event, unpack(event.issues).nonzero()[0].tolist())


def suspects_at(event: Suspected, places: Sequence[int]) -> list[Suspect]:
    """Give some of the pictures that were judged, by their places in the list."""
    indexes, labels, suggested = (unpack(column) for column in (event.indexes, event.labels, event.suggested))
    probabilities = unpack(event.probabilities)
    return [
        Suspect(
            picture=Picture(
                index=int(indexes[place]),
                name=event.names[place],
                digest=event.digests[place],
                label=event.classes[labels[place]],
                predicted=event.classes[suggested[place]],
                confidence=float(probabilities[place, 1]),
                split=event.splits[place],
            ),
            probability=float(probabilities[place, 0]),
        )
        for place in places
    ]
