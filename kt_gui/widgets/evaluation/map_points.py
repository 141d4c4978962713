"""The points of a map one by one: as rows of the table behind it, and as pictures that can be opened."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kt_gui.schema.columns import unpack
from kt_gui.schema.evaluations import Picture
from kt_gui.schema.insights import Embedded, Side
from kt_gui.schema.quantities import percent
from kt_gui.schema.texts import mark
from kt_gui.widgets.card_table import Column


@dataclass(frozen=True)
class Point:
    """One row of the table."""

    name: str
    """The row on the map, which no other point has."""
    title: str
    label: str
    predicted: str
    confidence: float
    x: float
    y: float


COLUMNS = (
    Column(mark("Picture"), lambda point: point.title, lambda point: point.title.casefold()),
    Column(mark("Class"), lambda point: point.label, lambda point: point.label.casefold(), width=112),
    Column(mark("Said"), lambda point: point.predicted, lambda point: point.predicted.casefold(), width=112),
    Column(
        mark("Sure"),
        lambda point: percent(point.confidence, 0),
        lambda point: point.confidence,
        width=64,
        is_number=True,
    ),
    Column(mark("x"), lambda point: f"{point.x:.2f}", lambda point: point.x, width=64, is_number=True),
    Column(mark("y"), lambda point: f"{point.y:.2f}", lambda point: point.y, width=64, is_number=True),
)


def places_of(embedded: Embedded, side: Side) -> NDArray[np.float32]:
    """Where the points stand: [n, 2]; where there is no map from before, on the one from after."""
    chosen = embedded.after if side == "after" or embedded.before is None else embedded.before
    places: NDArray[np.float32] = unpack(chosen)
    return places


def points_of(embedded: Embedded, side: Side) -> list[Point]:
    """All points as rows."""
    columns = (unpack(each).tolist() for each in (embedded.labels, embedded.predicted, embedded.confidences))
    rows = zip(embedded.names, *columns, places_of(embedded, side).tolist(), strict=True)
    classes = embedded.classes
    return [
        Point(str(row), name, classes[label], classes[said] if said >= 0 else "", sure, x, y)
        for row, (name, label, said, sure, (x, y)) in enumerate(rows)
    ]


def pictures_of(embedded: Embedded) -> list[Picture]:
    """All points as pictures."""
    columns = (embedded.indexes, embedded.labels, embedded.predicted, embedded.confidences)
    rows = zip(embedded.names, embedded.digests, *(unpack(each).tolist() for each in columns), strict=True)
    return [_picture(embedded, *row) for row in rows]


def picture_of(embedded: Embedded, row: int) -> Picture:
    """One point as a picture."""
    columns = (embedded.indexes, embedded.labels, embedded.predicted, embedded.confidences)
    index, label, said, sure = (unpack(each)[row].item() for each in columns)
    return _picture(embedded, embedded.names[row], embedded.digests[row], index, label, said, sure)


def _picture(embedded: Embedded, name: str, digest: str, index: int, label: int, said: int, sure: float) -> Picture:
    return Picture(
        index=index,
        name=name,
        digest=digest,
        label=embedded.classes[label],
        predicted=embedded.classes[said] if said >= 0 else "",
        confidence=sure if said >= 0 else None,
        split=embedded.part,
    )


def first_of(embedded: Embedded) -> int:
    """The row to begin with: what it is wrong about and surest of, else the first."""
    labels, predicted = unpack(embedded.labels), unpack(embedded.predicted)
    is_wrong = (predicted >= 0) & (predicted != labels)
    return int(np.where(is_wrong, unpack(embedded.confidences), -1.0).argmax())


def counts_of(embedded: Embedded) -> list[int]:
    """How many points each class has."""
    counts: list[int] = np.bincount(unpack(embedded.labels), minlength=len(embedded.classes)).tolist()
    return counts
