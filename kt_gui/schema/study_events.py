"""What a study tells beside the events of its runs. Its history is these, one JSON line each."""

from typing import Literal

from kt_gui.schema.events import Ended, Event, Happening
from kt_gui.schema.studies import Numbers, Question, Trial
from kt_gui.schema.study_answers import Verdict

TrialState = Literal["finished", "failed", "stopped", "pruned"]


class StudyStarted(Event, frozen=True, kw_only=True, tag="study_started"):
    """First of a study, and again when it is resumed."""

    study: str
    """Its id."""
    name: str
    folder: str
    question: Question
    trials: tuple[Trial, ...]
    """All that are planned, in the order in which they run."""
    runs: int
    """How many trainings that takes: none for the folds where heads alone are searched, which are solved together."""
    resumed: bool = False
    data: str = ""
    """Hash of the pictures that folds are made of; empty where there are none."""
    pictures: int = 0
    """How many those are."""


class TrialStarted(Event, frozen=True, kw_only=True, tag="trial_started"):
    """A trial begins; the events of its run follow."""

    trial: Trial
    run: str = ""
    """The folder of its run; empty where it is none."""


class TrialTold(Event, frozen=True, kw_only=True, tag="trial_told"):
    """What the run of a trial tells, where several are at work; where it is one after the other, it tells it itself."""

    trial: str
    """The key of the trial."""
    told: Happening


class TrialEnded(Event, frozen=True, kw_only=True, tag="trial_ended"):
    """A trial has come to its end, and what it found out; a failed or pruned one does not end the study."""

    trial: Trial
    state: TrialState
    run: str = ""
    numbers: Numbers | None = None
    reason: str = ""
    """Why it failed, and what to do."""
    done: int = 0
    """Trials that have ended, this one too."""
    planned: int = 0
    left_s: float | None = None
    """Seconds that the rest takes, by those so far."""


class StudyEnded(Event, frozen=True, kw_only=True, tag="study_ended"):
    """Last of a study."""

    ended: Ended
    study: str
    name: str
    folder: str
    verdict: Verdict | None
    """By the trials so far; None where they tell nothing."""
    failed: int = 0
    """Trials that failed."""
    seconds: float = 0.0
    """Of all its starts together, each until the last that it has told."""


class StudyForeseen(Event, frozen=True, kw_only=True, tag="study_foreseen"):
    """What a study will take, before it starts."""

    trials: tuple[Trial, ...]
    runs: int
    seconds_low: float
    seconds_high: float


StudyEvent = StudyStarted | TrialStarted | TrialEnded | StudyEnded | StudyForeseen
"""What a study tells beside the events of its runs."""
