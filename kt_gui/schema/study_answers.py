"""What a study answers: one verdict for each question, of plain numbers."""

from typing import Literal

import msgspec

from kt_gui.schema.remembering import Forgetting
from kt_gui.schema.studies import Arm
from kt_gui.schema.texts import Message
from kt_gui.schema.tuning import TuningVerdict

LambdaField = Literal["transfer.lambda", "transfer.beta"]
Outcome = Literal["helps", "harms", "undecided"]


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """What a λ was worth over the folds."""

    strength: float | None
    """None at the frozen end."""
    losses: tuple[float | None, ...]
    """Mean validation cross-entropy of each fold; None where it was not run or failed."""
    mean: float | None
    error: float | None
    """Standard error of the mean over the folds, n − 1 in the denominator."""
    accuracy: float | None
    """Mean over the folds, at the same epoch."""
    epoch: int | None
    """The epoch, from 0, of all folds, whose mean loss is the lowest; None where heads were solved."""
    is_complete: bool
    """Whether every fold has a loss: only such points can be chosen."""


class LambdaVerdict(msgspec.Struct, frozen=True, kw_only=True, tag="lambda"):
    """Which λ to use."""

    field: LambdaField
    """The setting that was searched: with features only and a new head, λ holds nothing and β/2 takes its place."""
    points: tuple[Point, ...]
    """From the weakest to the strongest; the frozen end is the last."""
    best: int | None
    """The point of the lowest mean; None where no point is complete."""
    chosen: int | None
    """The strongest within one standard error of it."""
    value: float | None
    """What to set the field to; None where the frozen end was chosen: then `transfer.freezing` is features only."""
    epochs: int | None
    """To train with all pictures for as many steps as the folds took; None where heads were solved."""
    pictures: int = 0
    """That the folds are made of."""


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a study over its seeds: test accuracies, and Student's 95 % interval of their mean."""

    name: str
    """The row of its trials."""
    accuracies: tuple[float | None, ...]
    """By seed."""
    mean: float | None
    low: float | None
    high: float | None
    curve: tuple[float, ...] = ()
    """Mean validation accuracy, epoch by epoch."""


class Gain(msgspec.Struct, frozen=True, kw_only=True):
    """A paired difference over seeds: mean, 95 % t interval, its p, and from six pairs on the exact sign-flip p."""

    over: Arm
    """What transfer is held against."""
    mean: float
    low: float | None
    high: float | None
    p: float | None
    sign_flip: float | None
    pairs: int


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """Transfer's mean curve against that from scratch (Taylor & Stone 2009), in shares of 1 and epochs."""

    jumpstart: float
    asymptotic_gain: float
    area_ratio: float | None
    threshold: float
    """What learning from scratch ends with."""
    time_to_threshold: float | None
    """Epochs until transfer reaches it; None where it does not."""
    scratch_time: float | None


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """When the mean curve of an arm has what learning from scratch ends with; None where it never does."""

    arm: Arm
    epochs: float | None
    seconds: float | None
    """Of learning; None also where no times are known."""
    source_seconds: float | None = None
    """What its source took before that, where it is known and was used."""


class GainVerdict(msgspec.Struct, frozen=True, kw_only=True, tag="gain"):
    """Whether transfer helps."""

    scores: tuple[Score, ...]
    gains: tuple[Gain, ...]
    """Over learning from scratch first."""
    curve: Curve | None
    outcome: Outcome
    """By the interval over learning from scratch: above 0, below 0 (negative transfer), or neither."""
    advice: tuple[Message, ...] = ()
    """What to try where transfer harms, or nothing can be told."""
    reached: tuple[Reached, ...] = ()
    """Of each arm; none where nothing was learnt from scratch."""
    forgetting: Forgetting | None = None
    unrecalled: str = ""
    """Why what was forgotten could not be measured."""


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the ladder."""

    score: Score
    blocks: int | None
    trainable: int
    total: int
    seconds: float
    """Mean of what a run took to learn the target."""
    seconds_per_epoch: float | None
    memory: int
    validation: float | None = None
    """Mean over seeds of the best epoch's validation accuracy; None in studies of earlier versions."""
    error: float | None = None
    """Standard error of that mean, n − 1 in the denominator."""


class LadderVerdict(msgspec.Struct, frozen=True, kw_only=True, tag="ladder"):
    """What it costs to let more blocks learn, and what it brings."""

    rungs: tuple[Rung, ...]
    best: int | None
    """The rung of the highest mean validation accuracy; in studies of earlier versions, test accuracy."""
    chosen: int | None
    """The one of the fewest learning parameters that is within one standard error of it."""


class Saving(msgspec.Struct, frozen=True, kw_only=True):
    """How many labels learning from scratch needs for what transfer reaches with fewer."""

    pictures: float
    """Labels that transfer learnt from."""
    accuracy: float
    equivalent: float | None
    """Labels from scratch, interpolated in log n; None outside of what was tried."""
    times: float | None
    is_bound: bool
    """Whether scratch never got so far: then it needs more than `times` times as many."""

    @property
    def told(self) -> float | None:
        """`times`; None where it says nothing, as a bound of 1 does: no more labels were tried than these."""
        return None if self.is_bound and self.times is not None and self.times <= 1 else self.times


class SavingsVerdict(msgspec.Struct, frozen=True, kw_only=True, tag="savings"):
    """How many labels transfer saves."""

    transfer: tuple[Score, ...]
    scratch: tuple[Score, ...]
    pictures: tuple[float, ...]
    """Labels of each, mean over the seeds."""
    savings: tuple[Saving, ...]
    times: float | None
    """Median of the savings that are no bounds, the lower of two; where all are, the largest of them."""
    is_bound: bool


Verdict = LambdaVerdict | GainVerdict | LadderVerdict | SavingsVerdict | TuningVerdict
