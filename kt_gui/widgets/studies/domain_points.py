"""The points of a map of two sets, the source's first: as rows of a table, as marks, and as pictures to be opened."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kt_gui.schema.columns import unpack
from kt_gui.schema.domains import Domain, Mapped
from kt_gui.schema.evaluations import Picture
from kt_gui.schema.texts import mark, tr
from kt_gui.widgets.card_table import Column

By = Literal["sets", "classes"]
"""What colours tell apart."""


@dataclass(frozen=True)
class DomainPoint:
    """One row of the table."""

    name: str
    """The row on the map, which no other point has."""
    title: str
    domain: str
    label: str
    x: float
    y: float


COLUMNS = (
    Column(mark("Picture"), lambda point: point.title, lambda point: point.title.casefold()),
    Column(mark("Set"), lambda point: tr(point.domain), lambda point: point.domain, width=84),
    Column(mark("Class"), lambda point: point.label, lambda point: point.label.casefold(), width=128),
    Column(mark("x"), lambda point: f"{point.x:.2f}", lambda point: point.x, width=64, is_number=True),
    Column(mark("y"), lambda point: f"{point.y:.2f}", lambda point: point.y, width=64, is_number=True),
)


@dataclass(frozen=True, eq=False)
class Marks:
    """How the points are told apart."""

    names: tuple[str, ...]
    counts: tuple[int, ...]
    labels: NDArray[np.int64]
    """[n], into `names`."""
    filled: NDArray[np.int64]
    """[n], the same for a full point; another number for a hollow one."""


def places_of(mapped: Mapped) -> NDArray[np.float32]:
    """Where the points stand: [n, 2]."""
    places: NDArray[np.float32] = np.concatenate([unpack(mapped.source.places), unpack(mapped.target.places)])
    return places


def marks_of(mapped: Mapped, by: By) -> Marks:
    """A mark a set; or a mark a class, the source's hollow: a class that both sets have has one mark."""
    sides = mapped.source, mapped.target
    if by == "sets":
        labels = np.repeat(np.arange(2), [len(side.names) for side in sides])
        names: tuple[str, ...] = tr("Source"), tr("Target")
        return Marks(names, tuple(np.bincount(labels, minlength=2).tolist()), labels, labels)
    names = tuple(dict.fromkeys((*mapped.target.classes, *mapped.source.classes)))
    place = {name: index for index, name in enumerate(names)}
    found = [np.array([place[name] for name in side.classes])[unpack(side.labels)] for side in sides]
    labels = np.concatenate(found).astype(np.int64)
    filled = np.concatenate([found[0] + 1, found[1]]).astype(np.int64)
    return Marks(names, tuple(np.bincount(labels, minlength=len(names)).tolist()), labels, filled)


def points_of(mapped: Mapped) -> list[DomainPoint]:
    """All points as rows."""
    made: list[DomainPoint] = []
    for title, side in ((mark("Source"), mapped.source), (mark("Target"), mapped.target)):
        numbers = (unpack(column).tolist() for column in (side.labels, side.places))
        for name, label, (x, y) in zip(side.names, *numbers, strict=True):
            made.append(DomainPoint(str(len(made)), name, title, side.classes[label], x, y))
    return made


def side_of(mapped: Mapped, row: int) -> tuple[Domain, int]:
    """Which set a point is of, and which of its pictures it is."""
    first = len(mapped.source.names)
    return (mapped.source, row) if row < first else (mapped.target, row - first)


def pictures_of(domain: Domain) -> list[Picture]:
    """All points of a set as pictures."""
    return [picture_of(domain, place) for place in range(len(domain.names))]


def picture_of(domain: Domain, place: int) -> Picture:
    """One point as a picture."""
    index, label = (unpack(column)[place].item() for column in (domain.indexes, domain.labels))
    return Picture(index=index, name=domain.names[place], digest=domain.digests[place], label=domain.classes[label])
