"""Label savings: accuracy over pictures per class, by transfer and from scratch; how many labels that saves. Pure."""

import math
import statistics
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.studies import Arm, LabelSavings, Trial
from kt_gui.schema.study_answers import Saving, SavingsVerdict
from kt_gui.schema.texts import tr
from kt_gui.studies import transfer_gain
from kt_gui.studies.trials import Results, require_source, rows, score, seed_of

ARMS: tuple[Arm, ...] = ("transfer", "scratch")


def plan(experiment: Experiment, question: LabelSavings) -> tuple[Trial, ...]:
    """List the trials seed by seed, from few pictures to many. Raises UserError."""
    require_source(experiment)
    sizes = sorted(set(question.per_class))
    if len(sizes) < 2:
        raise UserError(
            tr("A curve needs at least two sizes (study.per_class)."), tr("Write study.per_class = [1, 5, 20].")
        )
    return tuple(
        _trial(experiment, column, size, arm) for column in range(question.seeds) for size in sizes for arm in ARMS
    )


def _trial(experiment: Experiment, column: int, size: int, arm: Arm) -> Trial:
    row, seed = f"{arm} {size}", seed_of(experiment, column)
    return Trial(key=f"{row} seed {seed}", row=row, column=column, seed=seed, arm=arm, per_class=size)


def experiment_of(experiment: Experiment, trial: Trial) -> Experiment:
    """Make the experiment of an arm and a size: of one seed, the smaller draws are parts of the larger."""
    made = transfer_gain.experiment_of(experiment, trial)
    return msgspec.structs.replace(made, target=msgspec.structs.replace(made.target, per_class=trial.per_class))


def verdict(trials: Sequence[Trial], results: Results) -> SavingsVerdict:
    """Sum up the sizes of which both arms have a result."""
    table = rows(trials)
    sizes = dict.fromkeys(trial.per_class for trial in trials)
    pairs = [(table[f"transfer {size}"], table[f"scratch {size}"]) for size in sizes]
    scored = [(score(ours, results), score(theirs, results), _learnt(ours, results)) for ours, theirs in pairs]
    known = [each for each in scored if each[0].mean is not None and each[1].mean is not None]
    pictures = tuple(count for *_, count in known)
    saved = savings(pictures, [each.mean or 0.0 for each, *_ in known], [each.mean or 0.0 for _, each, _ in known])
    times, is_bound = _typical(saved)
    return SavingsVerdict(
        transfer=tuple(each for each, *_ in known),
        scratch=tuple(each for _, each, _ in known),
        pictures=pictures,
        savings=saved,
        times=times,
        is_bound=is_bound,
    )


def _learnt(row: Sequence[Trial], results: Results) -> float:
    """How many labels a row had, mean over the seeds."""
    counts = [results[trial.key].pictures for trial in row if trial.key in results]
    return statistics.mean(counts) if counts else 0.0


def savings(pictures: Sequence[float], transfer: Sequence[float], scratch: Sequence[float]) -> tuple[Saving, ...]:
    """Tell, size by size, with how many labels learning from scratch gets as far as transfer does.

    Between two sizes by a straight line in log n. Where it is as far with the fewest already, nothing is told; where it
    never gets so far, it needs more than the most that were tried.
    """
    return tuple(_saving(*each, pictures, scratch) for each in zip(pictures, transfer, strict=True))


def _saving(own: float, accuracy: float, pictures: Sequence[float], scratch: Sequence[float]) -> Saving:
    needed = equivalent(accuracy, pictures, scratch)
    is_bound = needed is None and max(scratch) < accuracy
    times = pictures[-1] / own if is_bound else needed / own if needed is not None else None
    return Saving(pictures=own, accuracy=accuracy, equivalent=needed, times=times, is_bound=is_bound)


def equivalent(accuracy: float, pictures: Sequence[float], scratch: Sequence[float]) -> float | None:
    """Tell at how many labels a curve first reaches an accuracy; None outside of it."""
    if scratch[0] >= accuracy:
        return pictures[0] if scratch[0] == accuracy else None
    for (fewer, below), (more, above) in pairwise(zip(pictures, scratch, strict=True)):
        if below < accuracy <= above:
            share = (accuracy - below) / (above - below)
            return math.exp(math.log(fewer) + share * (math.log(more) - math.log(fewer)))
    return None


def _typical(saved: Sequence[Saving]) -> tuple[float | None, bool]:
    """The saving of the middle; of two in the middle the smaller one: what is said was measured at one of the sizes."""
    exact = [each.times for each in saved if each.times is not None and not each.is_bound]
    if exact:
        return statistics.median_low(exact), False
    bounds = [each.told for each in saved if each.told is not None]
    return (max(bounds), True) if bounds else (None, False)


def typical(verdict: SavingsVerdict) -> Saving | None:
    """Give the saving that the verdict speaks of; None where it speaks of none."""
    if verdict.times is None:
        return None
    alike = [each for each in verdict.savings if each.is_bound == verdict.is_bound and each.times is not None]
    return min(alike, key=lambda each: abs((each.times or 0.0) - (verdict.times or 0.0)), default=None)
