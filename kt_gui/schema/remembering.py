"""What the networks of a study still know of the source: of one trial, and of all of them."""

import msgspec


class Recall(msgspec.Struct, frozen=True, kw_only=True):
    """What a trial's best epoch still gets right of the source's test pictures, under the source's own head."""

    before: float | None = None
    """What the source itself gets right; None, as `after`, where it could not be measured."""
    after: float | None = None
    reason: str = ""
    """Why it could not."""


class Forgetting(msgspec.Struct, frozen=True, kw_only=True):
    """What transfer leaves of the source, mean over seeds, and Student's 95 % interval of the paired difference."""

    before: float
    after: float
    mean: float
    """After − before."""
    low: float | None
    high: float | None
    seeds: int
