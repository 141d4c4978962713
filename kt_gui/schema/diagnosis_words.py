"""How findings about a run are called: the same in the terminal and the window."""

from kt_gui.schema.diagnoses import Diagnosis, Finding
from kt_gui.schema.texts import mark, tr

TITLES: dict[Finding, str] = {
    "rate": mark("The learning rate does not suit it"),
    "noise": mark("Some labels are probably wrong"),
    "overfit": mark("It learnt by heart (over-fit)"),
    "underfit": mark("It learnt too little (under-fit)"),
    "frozen": mark("Too much was frozen"),
    "fine": mark("Nothing stands out"),
    "unknown": mark("There is nothing to judge it by"),
}


def title(diagnosis: Diagnosis) -> str:
    """Name what was found in a few words."""
    return tr(TITLES[diagnosis.finding])


def button(diagnosis: Diagnosis) -> str:
    """Say what the button does; empty where there is none."""
    return str(diagnosis.says) if diagnosis.says is not None else ""
