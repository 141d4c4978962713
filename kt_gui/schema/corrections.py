"""What a person has said of the pictures of a data set: leave it out, it is of another class, here is one more.

Corrections lie beside the data set, never in it. A picture is known by the hash of its content, so that it may be
renamed or moved.
"""

from typing import Annotated

import msgspec

from kt_gui.schema.texts import about, mark


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


Correction = Exclusion | Move | Addition


class Corrections(msgspec.Struct, frozen=True, kw_only=True):
    """All that was said of one data set, in the order it was said; of one picture only the last counts."""

    version: int = 1
    corrections: tuple[Correction, ...] = ()
