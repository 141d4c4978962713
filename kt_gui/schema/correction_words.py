"""What was corrected in a data set in words, in the terminal and in the window alike."""

from typing import assert_never

from kt_gui.schema.corrections import Addition, Confirmation, Correction, Exclusion, Move
from kt_gui.schema.texts import tr


def say(correction: Correction) -> str:
    """Put a correction into words, without its picture's name."""
    match correction:
        case Exclusion():
            return tr("left out")
        case Move(label=name):
            return tr("moved to {label}", label=name)
        case Addition(label=name):
            return tr("added to {label}", label=name)
        case Confirmation(label=name):
            return tr("is {label}, rightly", label=name)
        case _:
            assert_never(correction)
