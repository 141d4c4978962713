"""What looking at pictures has taken, so that a list of candidates can say what ranking them will take.

Only hints: they stand beside what a ranking keeps, and where they have gone nothing is said.
"""

from pathlib import Path

import msgspec

from kt_gui.schema.rankings import Candidate
from kt_gui.store import reports
from kt_gui.store.folders import Home

COST, PACE = "cost", "pace"


class _Pace(msgspec.Struct, frozen=True):
    """Seconds a picture."""

    seconds: float


class _Looked(msgspec.Struct, frozen=True):
    """That a candidate has looked at some pictures, and its scores are kept."""


def folder(home: Home) -> Path:
    """Where rankings keep what they found."""
    return home.cache / "rankings"


def note(candidate: Candidate, pictures: str, home: Home) -> None:
    """Note that a candidate has looked at pictures, named by their key."""
    reports.keep(folder(home), COST, reports.key_of(candidate, pictures), _Looked())


def note_pace(network: str, seconds: float, count: int, home: Home) -> None:
    """Note how long a network has taken for so many pictures."""
    reports.keep(folder(home), PACE, reports.key_of(network), _Pace(seconds / max(count, 1)))


def has_looked(candidate: Candidate, pictures: str, home: Home) -> bool:
    """Whether a candidate's scores on these pictures are kept, unless its weights have changed since."""
    return reports.recall(folder(home), COST, reports.key_of(candidate, pictures), _Looked) is not None


def expected(network: str, count: int, home: Home) -> float | None:
    """Say how many seconds a network will take for so many pictures; None where it never looked at any here."""
    pace = reports.recall(folder(home), PACE, reports.key_of(network), _Pace)
    return None if pace is None else pace.seconds * count
