"""What to do with a target, by what was measured of it: a source, how much of it learns, how strongly it is held."""

from typing import Literal

import msgspec

from kt_gui.schema.events import Event, Rehearsed
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.rankings import Ranked
from kt_gui.schema.study_answers import Verdict
from kt_gui.schema.texts import Message

Aspect = Literal["source", "freezing", "strength", "rate"]
Basis = Literal["ranking", "study", "rule", "own"]
"""A ranking of sources; a study; a rule of thumb; or nothing: it stays as it was put together."""

Measure = Literal["probe", "folds", "tries", "seeds"]
"""A linear probe of the ranking, a λ search's folds, a tuning's best try: pictures to learn from, each judged by who
has not learnt it. Or test pictures, over a study's seeds."""

Next = Literal["ranking", "lambda", "ladder", "gain", "none"]
"""What would tell most of what is not known yet."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A study of this target that has come to an answer."""

    folder: str
    name: str
    experiment: Experiment
    verdict: Verdict


class Known(Event, frozen=True, kw_only=True, tag="known"):
    """All that was measured of a target so far."""

    pictures: int
    """To learn from."""
    smallest: int
    """Of these, in the smallest class."""
    ranked: Ranked | None = None
    """The newest ranking of sources for it."""
    studies: tuple[Found, ...] = ()
    """Of this very target, the newest first."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One part of an advice, and where it comes from."""

    aspect: Aspect
    value: str
    """In words."""
    basis: Basis
    why: Message
    """Where it comes from, in a sentence."""
    study: str = ""
    """The folder of the study it comes from."""
    name: str = ""
    """The study's name."""


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """The accuracy that was measured for what is advised, never one that was not."""

    accuracy: float
    low: float | None
    high: float | None
    """95 % interval: Wilson's for the pictures; Student's over the seeds, where there are two of them."""
    measure: Measure
    study: str = ""
    """The folder of the study it comes from; empty for the ranking."""


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """What to do."""

    experiment: Experiment
    """The one that was asked about, changed to what is advised."""
    parts: tuple[Part, ...]
    expected: Expected | None
    """None where what is advised was never measured."""
    next: Next
    rehearsed: Rehearsed | None = None
    """The dry run of the experiment as it was asked about."""

    @property
    def is_measured(self) -> bool:
        """Whether any part of it rests on more than a rule."""
        return any(part.basis in ("ranking", "study") for part in self.parts)


class Advised(Event, frozen=True, kw_only=True, tag="advised"):
    """What was found out, put together."""

    advice: Advice
