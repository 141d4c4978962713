"""What goes on in a run, by name: its phases, and what it does beside learning."""

from collections.abc import Mapping

from kt_gui.schema.events import Activity
from kt_gui.schema.texts import mark

PHASES = {"pretraining": mark("Pretraining"), "finetuning": mark("Fine-tuning")}
ACTIVITIES: Mapping[Activity, str] = {
    "downloading": mark("Downloading"),
    "unpacking": mark("Unpacking"),
    "reading": mark("Reading pictures"),
    "preparing": mark("Preparing"),
    "features": mark("Computing features"),
    "testing": mark("Testing"),
    "predicting": mark("Predicting"),
    "saving": mark("Saving"),
    "trying": mark("Trying learning rates"),
}
