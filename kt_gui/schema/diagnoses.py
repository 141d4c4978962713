"""What the curves of a run that is over say of it: one thing that went wrong, and one thing to do about it."""

from typing import Literal

import msgspec

from kt_gui.schema.events import Event
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.texts import Message

Finding = Literal["rate", "noise", "overfit", "underfit", "frozen", "fine", "unknown"]
"""The learning rate does not suit it; labels are wrong; it learnt by heart; it learnt too little; too much was frozen;
nothing stands out; it tells too little of itself."""

Cure = Literal["experiment", "ladder", "labels", "none"]
"""Another experiment to run; a freezing ladder; a look at the labels; nothing to be done."""


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """One finding, why it is one, and what the button beside it does."""

    finding: Finding
    why: Message
    """A sentence with the numbers of this very run."""
    cure: Cure = "none"
    says: Message | None = None
    """What the button says; None where there is nothing to be done."""
    experiment: Experiment | None = None
    """The run's own, changed in one setting; None where the cure is none."""


class Diagnosed(Event, frozen=True, kw_only=True, tag="diagnosed"):
    """A run was looked at."""

    run: str
    """Its folder."""
    diagnosis: Diagnosis
