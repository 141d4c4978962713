"""What a person has said of the pictures of a data set: leave it out, it is of another class, it is right as it is,
here is one more.

Corrections lie beside the data set, never in it. A picture is known by the hash of its content, so that it may be
renamed or moved; where it lies there twice, what is said counts for both.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, assert_never

import msgspec

from kt_gui.schema.datasets import Dataset
from kt_gui.schema.events import Event
from kt_gui.schema.texts import about, mark

VERSION = 1


class Exclusion(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="exclude"):
    """A picture that no one shall learn from, or be judged by."""

    digest: str
    name: str


class Move(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="move"):
    """A picture that is of another class than it is filed under."""

    digest: str
    name: str
    label: Annotated[str, about(mark("Class"))]


class Addition(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="add"):
    """A picture that came later, to learn from only: a copy of it is kept with the corrections."""

    digest: str
    name: str
    label: Annotated[str, about(mark("Class"))]


class Confirmation(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="confirm"):
    """A picture that was looked at and is filed rightly: it changes nothing, but is not called suspicious again."""

    digest: str
    name: str
    label: Annotated[str, about(mark("Class"))]


Correction = Exclusion | Move | Addition | Confirmation


class Corrections(msgspec.Struct, frozen=True, kw_only=True):
    """All that was said of one data set, in the order it was said; of one picture only the last counts."""

    version: int = VERSION
    corrections: tuple[Correction, ...] = ()


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How many pictures were corrected in each way."""

    excluded: int = 0
    moved: int = 0
    added: int = 0

    @property
    def total(self) -> int:
        """How many in all."""
        return self.excluded + self.moved + self.added


class Corrected(Event, frozen=True, kw_only=True, tag="corrected"):
    """What is said of a data set now."""

    data: Dataset
    corrections: tuple[Correction, ...]
    file: str
    """Where it is written."""
    beside: bool
    """Whether that is next to the data, where it goes along when the data is copied."""


class Written(Event, frozen=True, kw_only=True, tag="written"):
    """Corrections were carried out in the user's own files."""

    tally: Tally
    set_aside: str
    """The folder that pictures which were left out lie in now."""


def told(known: Corrections, changes: Iterable[Correction], forgotten: Iterable[str] = ()) -> Corrections:
    """Say more of a data set, and forget what was said of pictures, by their digests."""
    by_digest = {each.digest: each for each in known.corrections}
    for digest in forgotten:
        by_digest.pop(digest, None)
    for change in changes:
        before = by_digest.pop(change.digest, None)
        after = _of_added(before, change) if isinstance(before, Addition) else change
        if after is not None:
            by_digest[change.digest] = after
    return Corrections(corrections=tuple(by_digest.values()))


def _of_added(before: Addition, change: Correction) -> Addition | None:
    """What an added picture becomes: it lies in no class's folder, so that leaving it out takes it back."""
    match change:
        case Exclusion():
            return None
        case Move(label=label) | Addition(label=label) | Confirmation(label=label):
            return msgspec.structs.replace(before, label=label)
        case _:
            assert_never(change)


def is_same(one: Dataset, other: Dataset) -> bool:
    """Whether two records mean the same set, of which other classes may have been asked for."""
    replace = msgspec.structs.replace
    return replace(one, classes=()) == replace(other, classes=())


def tally(corrections: Sequence[Correction]) -> Tally:
    """Count what was corrected."""
    kinds = [type(each) for each in corrections]
    return Tally(excluded=kinds.count(Exclusion), moved=kinds.count(Move), added=kinds.count(Addition))
