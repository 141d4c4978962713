"""The settings that a tuning may vary: what each may be, where it stands in an experiment, which of two is simpler.

A range is searched by its logarithm; where 0 is wanted too, the decade below the range stands for it. Pure.
"""

import math
from typing import assert_never

import msgspec

from kt_gui.schema.choices import (
    BatchNormOnly,
    BiasOnly,
    Everything,
    Features,
    Freezing,
    Gradual,
    HeadFirst,
    LastBlocks,
)
from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.texts import tr
from kt_gui.schema.tuning import (
    Freezings,
    LearningRates,
    Nothing,
    Penalties,
    Range,
    Setting,
    SettingName,
    Try,
    Tuning,
    Value,
    Varied,
)
from kt_gui.studies.trials import with_freezing

PULLS: tuple[SettingName, ...] = ("lambda", "beta", "weight_decay")
"""Settings that hold weights back: the larger, the simpler what is learnt."""
_DIGITS = 3


def varied(question: Tuning) -> tuple[Varied, ...]:
    """List what varies, one or two settings. Raises UserError where that is no search."""
    found = (question.first,) if isinstance(question.second, Nothing) else (question.first, question.second)
    if len({name_of(each) for each in found}) < len(found):
        raise UserError(
            tr("The same setting would vary twice (study.second)."), tr("Choose another one, or only one setting.")
        )
    for each in found:
        if isinstance(each, Range) and not each.low < each.high:
            raise UserError(
                tr("The range of {name} ends where it begins, or before.", name=name_of(each)),
                tr("Let its highest value be larger than its lowest."),
            )
    choices = [options(each) for each in found]
    if () in choices or all(each is not None and len(each) == 1 for each in choices):
        raise UserError(
            tr("A search needs at least two settings to choose between."), tr("Choose more freezing strategies.")
        )
    return found


def name_of(each: Varied) -> SettingName:
    """Name a setting as files do."""
    name: SettingName = each.__struct_config__.tag  # type: ignore[assignment]
    return name


def options(each: Varied) -> tuple[Value, ...] | None:
    """List what a setting may be; None of a range."""
    match each:
        case Freezings():
            return _strategies(each)
        case Penalties():
            return ("all", "weights")
        case _:
            return None


def _strategies(asked: Freezings) -> tuple[Freezing, ...]:
    """From the fewest parameters that learn to the most."""
    found: tuple[tuple[bool, Freezing], ...] = (
        (asked.features, Features()),
        (asked.bias, BiasOnly()),
        (asked.batch_norm, BatchNormOnly()),
        *((True, LastBlocks(blocks=count)) for count in range(1, asked.last + 1)),
        (asked.gradual, Gradual()),
        (asked.head_first, HeadFirst()),
        (asked.everything, Everything()),
    )
    return tuple(strategy for is_asked, strategy in found if is_asked)


# --- ranges ----------------------------------------------------------------------------------------------------------


def has_zero(each: Range) -> bool:
    """Whether a range holds 0, too."""
    return not isinstance(each, LearningRates) and each.zero


def bounds(each: Range) -> tuple[float, float]:
    """Between which numbers a range is searched."""
    return (each.low / 10 if has_zero(each) else each.low), each.high


def value_at(each: Range, position: float) -> float:
    """Give the value that a number within the bounds stands for, with three digits."""
    if has_zero(each) and position < each.low:
        return 0.0
    return min(max(float(f"{position:.{_DIGITS}g}"), each.low), each.high)


def position_of(each: Range, value: float) -> float:
    """Give a number that stands for a value."""
    return value if value else math.sqrt(bounds(each)[0] * each.low)


def grid(each: Varied, count: int) -> tuple[Value, ...]:
    """List the values of a full grid: all options, or so many of a range, evenly by the logarithm, and 0."""
    if not isinstance(each, Range):
        return options(each) or ()
    ratio = each.high / each.low
    values = [value_at(each, each.low * ratio ** (place / (count - 1))) for place in range(count)]
    return tuple(dict.fromkeys([*([0.0] if has_zero(each) else []), *values]))


def holds(each: Varied, value: Value) -> bool:
    """Whether a value is one of those that are searched."""
    if not isinstance(each, Range):
        return value in (options(each) or ())
    return isinstance(value, float) and (each.low <= value <= each.high or (has_zero(each) and value == 0))


# --- in an experiment ------------------------------------------------------------------------------------------------


def value_of(experiment: Experiment, name: SettingName) -> Value:
    """Read a setting."""
    transfer, optimiser = experiment.transfer, experiment.training.optimiser
    match name:
        case "learning_rate":
            return optimiser.learning_rate
        case "weight_decay":
            return optimiser.weight_decay
        case "freezing":
            return transfer.freezing
        case "lambda":
            return transfer.strength
        case "beta":
            return transfer.beta
        case "penalised":
            return transfer.penalised
        case _:
            assert_never(name)


def with_settings(experiment: Experiment, settings: tuple[Setting, ...]) -> Experiment:
    """The same experiment with these settings."""
    for setting in settings:
        experiment = _with(experiment, setting.name, setting.value)
    return experiment


def _with(experiment: Experiment, name: SettingName, value: Value) -> Experiment:
    replace = msgspec.structs.replace
    match name:
        case "learning_rate" | "weight_decay":
            optimiser = replace(experiment.training.optimiser, **{name: value})
            return replace(experiment, training=replace(experiment.training, optimiser=optimiser))
        case "freezing":
            assert isinstance(value, Freezing)
            return with_freezing(experiment, value)
        case "lambda":
            return replace(experiment, transfer=replace(experiment.transfer, strength=value))
        case "beta" | "penalised":
            return replace(experiment, transfer=replace(experiment.transfer, **{name: value}))
        case _:
            assert_never(name)


# --- which is simpler ------------------------------------------------------------------------------------------------


def is_simpler(one: Try, other: Try) -> bool:
    """Whether one is simpler in some setting and in none less simple: fewer parameters learn, the pull is stronger or
    holds more, the learning rate is lower.
    """
    pairs = [
        (_ease(mine, one.trainable), _ease(theirs, other.trainable))
        for mine, theirs in zip(one.settings, other.settings, strict=True)
    ]
    return all(mine >= theirs for mine, theirs in pairs) and any(mine > theirs for mine, theirs in pairs)


def _ease(setting: Setting, trainable: int) -> float:
    """Larger is simpler."""
    match setting.value:
        case float(value):
            return value if setting.name in PULLS else -value
        case str(value):
            return float(value == "all")
        case _:
            return -float(trainable)
