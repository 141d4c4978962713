"""Settings found by cross-validation beyond λ: which of them vary, what was tried, what came out."""

from typing import Annotated, Literal

import msgspec

from kt_gui.schema.choices import Choice, Freezing
from kt_gui.schema.texts import about, mark

Penalised = Literal["all", "weights"]
SettingName = Literal["learning_rate", "freezing", "lambda", "beta", "weight_decay", "penalised"]
"""Settings that may vary; they are called as in the files of experiments."""

_LOWEST, _HIGHEST = mark("Lowest"), mark("Highest")
_FROM, _TO = mark("Where the range begins; it is searched by the logarithm."), mark("Where the range ends.")
_ZERO = about(mark("Also 0"), mark("Below the range, one more decade stands for 0."))


class LearningRates(Choice, frozen=True, kw_only=True, tag="learning_rate"):
    """The learning rate, between two bounds, by its logarithm."""

    low: Annotated[float, about(_LOWEST, _FROM, gt=0, le=100)] = 0.001
    high: Annotated[float, about(_HIGHEST, _TO, gt=0, le=100)] = 0.1


class Freezings(Choice, frozen=True, kw_only=True, tag="freezing"):
    """How much learns, and when: the strategies that are chosen here."""

    features: Annotated[bool, about(mark("Features only"), mark("Every block stays, and the head learns."))] = True
    last: Annotated[
        int, about(mark("Last blocks"), mark("The last block, the last two, … up to so many; 0 for none."), ge=0, le=20)
    ] = 2
    everything: Annotated[bool, about(mark("Everything"), mark("The whole network learns from the start."))] = True
    head_first: Annotated[bool, about(mark("Head first"), mark("The head learns first, then everything."))] = False
    gradual: Annotated[bool, about(mark("Gradual"), mark("One more block learns each stage."))] = False
    batch_norm: Annotated[bool, about(mark("Batch norm only"), mark("Scales and shifts learn, and the head."))] = False
    bias: Annotated[bool, about(mark("Biases only"), mark("Biases learn, and the head."))] = False


class Strengths(Choice, frozen=True, kw_only=True, tag="lambda"):
    """λ, the pull back to the source, between two bounds, by its logarithm."""

    low: Annotated[float, about(_LOWEST, _FROM, gt=0, le=1000)] = 0.0001
    high: Annotated[float, about(_HIGHEST, _TO, gt=0, le=1000)] = 1.0
    zero: Annotated[bool, _ZERO] = True


class Betas(Choice, frozen=True, kw_only=True, tag="beta"):
    """β, the pull of a new head towards zero, between two bounds, by its logarithm."""

    low: Annotated[float, about(_LOWEST, _FROM, gt=0, le=1000)] = 0.0001
    high: Annotated[float, about(_HIGHEST, _TO, gt=0, le=1000)] = 1.0
    zero: Annotated[bool, _ZERO] = True


class WeightDecays(Choice, frozen=True, kw_only=True, tag="weight_decay"):
    """Weight decay, the pull of all weights towards zero, between two bounds, by its logarithm."""

    low: Annotated[float, about(_LOWEST, _FROM, gt=0, le=10)] = 0.00001
    high: Annotated[float, about(_HIGHEST, _TO, gt=0, le=10)] = 0.1
    zero: Annotated[bool, _ZERO] = True


class Penalties(Choice, frozen=True, kw_only=True, tag="penalised"):
    """What λ holds: every parameter that moves, or only kernels."""


class Nothing(Choice, frozen=True, kw_only=True, tag="nothing"):
    """Only one setting varies."""


Range = LearningRates | Strengths | Betas | WeightDecays
Varied = Range | Freezings | Penalties


class Tuning(Choice, frozen=True, kw_only=True, tag="tune"):
    """One or two settings by k-fold cross-validation on the pictures to learn from.

    What is tried next follows from what was tried (tree-structured Parzen estimator: Bergstra et al. 2011; Akiba et al.
    2019, arXiv:1907.10902).
    """

    first: Annotated[Varied, about(mark("Setting"))] = LearningRates()
    second: Annotated[Varied | Nothing, about(mark("Second setting"))] = Freezings()
    tries: Annotated[int, about(mark("Tries"), mark("How many settings are tried."), ge=2, le=200)] = 16
    folds: Annotated[
        int,
        about(
            mark("Folds"),
            mark("Parts that take turns at judging; three at most where a class has fewer than five pictures."),
            ge=2,
            le=20,
        ),
    ] = 5
    prune: Annotated[
        bool,
        about(
            mark("Stop hopeless tries"),
            mark("From the fourth fold on, let go of a try that is clearly behind the best."),
        ),
    ] = True
    full_grid: Annotated[
        bool,
        about(
            mark("Full grid"),
            mark("Every combination on every fold instead of so many tries; nothing is let go of."),
        ),
    ] = False
    values: Annotated[
        int, about(mark("Values per range"), mark("Of the full grid, evenly apart by the logarithm."), ge=2, le=50)
    ] = 5


# --- what was tried, and what came out -------------------------------------------------------------------------------

Value = float | str | Freezing


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """A setting and what it was set to."""

    name: SettingName
    value: Value


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """What some settings were worth over the folds."""

    number: int
    """Which try, from 1."""
    settings: tuple[Setting, ...]
    losses: tuple[float | None, ...]
    """Mean validation cross-entropy of each fold; None where it was not run or failed."""
    mean: float | None
    error: float | None
    """Standard error of the mean over the folds, n − 1 in the denominator."""
    accuracy: float | None
    """Mean over the folds, at the same epoch."""
    epoch: int | None
    """The epoch, from 0, of all folds, whose mean loss is the lowest."""
    is_complete: bool
    """Whether every fold has a loss: only such tries can be chosen."""
    trainable: int = 0
    """Parameters that learn."""


class TuningVerdict(msgspec.Struct, frozen=True, kw_only=True, tag="tune"):
    """Which settings to use."""

    names: tuple[SettingName, ...]
    """What varied, one or two."""
    tries: tuple[Try, ...]
    """Those that have begun, in the order in which they were asked for."""
    best: int | None
    """The try of the lowest mean, by its place; None where none is complete."""
    chosen: int | None
    """The best; but where one pull alone varies (λ, β, weight decay), the strongest within one standard error of it."""
    simpler: tuple[int, ...] = ()
    """Tries within one standard error of the best that are simpler than the chosen one in some setting, and in none
    less simple: fewer parameters learn, the pull is stronger, the learning rate is lower."""
    epochs: int | None = None
    """To train with all pictures for as many steps as the folds took."""
    pictures: int = 0
    """That the folds are made of."""
