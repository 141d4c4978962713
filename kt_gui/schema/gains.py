"""What is known of a run's transfer from a study of many."""

from kt_gui.schema.events import Event
from kt_gui.schema.study_answers import GainVerdict


class GainKnown(Event, frozen=True, kw_only=True, tag="gain_known"):
    """The newest finished gain study of the experiment that a run has done, with whatever seeds."""

    run: str
    """The run's folder."""
    study: str = ""
    """The study's folder; empty where there is none."""
    name: str = ""
    verdict: GainVerdict | None = None
    """None where there is no study."""
