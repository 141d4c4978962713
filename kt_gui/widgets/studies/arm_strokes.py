"""How the arms of a study are told apart in its charts: by colour and by dashes."""

from PySide6.QtGui import QColor, QPen

from kt_gui.schema.studies import Arm
from kt_gui.widgets import theme

STYLES: dict[Arm, int] = {"transfer": 0, "scratch": 1, "features": 2}
"""Which of the eight colours is an arm's."""
DASHES: dict[Arm, list[float]] = {"transfer": [], "scratch": [4, 2], "features": [1.5, 2]}


def colour(arm: Arm) -> QColor:
    """The colour of an arm, in the look in use."""
    return QColor(theme.current().lines[STYLES[arm]])


def pen(arm: Arm, width: float) -> QPen:
    """The pen of an arm's line, so many pixels wide."""
    made = QPen(colour(arm), width)
    if DASHES[arm]:
        made.setDashPattern(DASHES[arm])
    return made
