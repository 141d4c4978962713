"""Which of the pictures that were judged a person wants to see: those behind a number."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["all", "wrong", "right"]
Order = Literal["sure", "unsure", "loss"]
"""By the confidence in what was predicted, falling or rising; or by the loss, the worst first."""


@dataclass(frozen=True)
class Selection:
    """All of what it says must hold of a picture."""

    truth: str = ""
    """Its class; empty for any."""
    predicted: str = ""
    """The class it was taken for; empty for any."""
    verdict: Verdict = "all"
    confidence: tuple[float, float] | None = None
    """Above the first, up to the second."""
    is_calibrated: bool = False
    """Whether that confidence is the one after temperature scaling."""
    beyond: int | None = None
    """Its class is not among so many most probable ones."""
    order: Order = "sure"
