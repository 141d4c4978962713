"""Settings that mend what is wrong with a data set, each with the words of its button."""

from collections.abc import Collection as Held
from typing import Literal

from kt_gui.engine.collection import Collection
from kt_gui.schema.events import Mending
from kt_gui.schema.experiment import Split
from kt_gui.schema.texts import Message, mark

FEWEST_CLASSES, FEWEST_GROUPS = 2, 3

_DEAL_BY = {"class": mark("Deal by class"), "group": mark("Deal by group")}


def leave_out(collection: Collection, names: Held[str]) -> Mending | None:
    """Learn without these classes; None where too few would be left."""
    kept = tuple(name for name in collection.classes if name not in names)
    if len(kept) < FEWEST_CLASSES or not names:
        return None
    says = Message(mark("Leave it out")) if len(names) == 1 else _leave_out_many(len(names))
    return Mending(says=says, field="data.classes", value=kept)


def _leave_out_many(count: int) -> Message:
    return Message(mark("Leave out {count} classes"), {"count": count})


def use_all(collection: Collection) -> Mending | None:
    """Use every class the data has; None where that is too few as well."""
    if len(collection.all_classes) < FEWEST_CLASSES:
        return None
    return Mending(says=Message(mark("Use all classes")), field="data.classes", value=())


def deal_by(what: Literal["class", "group"]) -> Mending:
    """Deal by class, or keep each group together."""
    return Mending(says=Message(_DEAL_BY[what]), field="split.by", value=what)


def pass_over_given() -> Mending:
    """Deal anew, whatever the data says."""
    return Mending(says=Message(mark("Do not use the given split")), field="split.given", value=False)


def is_given(collection: Collection, split: Split, part: str) -> bool:
    """Whether the data itself decides on this part; where it decides at all, it does on training."""
    if collection.given is None or not split.given:
        return False
    return part == "train" or part in collection.given
