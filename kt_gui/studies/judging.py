"""What one candidate was worth over its folds, all of them read at one epoch; how long to train with all pictures."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from kt_gui.schema.experiment import Experiment
from kt_gui.schema.studies import Numbers, Trial
from kt_gui.studies.choosing import standard_error
from kt_gui.studies.trials import Results


@dataclass(frozen=True)
class Judged:
    """A candidate over its folds, at the epoch of the lowest mean."""

    losses: tuple[float | None, ...]
    """Of each fold; None where it was not run or failed."""
    mean: float | None = None
    error: float | None = None
    """Standard error of the mean, n − 1 in the denominator."""
    accuracy: float | None = None
    epoch: int | None = None
    """From 0; None where heads were solved, which takes no epochs."""
    is_complete: bool = False
    steps: float = 0.0
    """Until the end of that epoch; 0 where heads were solved, which take none."""


def judge(row: Sequence[Trial], results: Results) -> Judged:
    """All folds are read at one epoch, that of the lowest mean: an epoch for each would flatter it."""
    numbers = [results.get(trial.key) for trial in row]
    known = [each for each in numbers if each is not None and each.losses]
    epoch = _best_epoch(known)
    if epoch is None:
        return Judged((None,) * len(row))
    losses = [each.losses[epoch] if each is not None and len(each.losses) > epoch else None for each in numbers]
    values = [loss for loss in losses if loss is not None]
    accuracies = [each.accuracies[epoch] for each in known if len(each.accuracies) > epoch]
    steps = sum(each.steps_per_epoch for each in known) / len(known) * (epoch + 1)
    return Judged(
        losses=tuple(losses),
        mean=math.fsum(values) / len(values),
        error=standard_error(values),
        accuracy=math.fsum(accuracies) / len(accuracies) if accuracies else None,
        epoch=epoch if steps else None,
        is_complete=len(values) == len(row),
        steps=steps,
    )


def _best_epoch(known: Sequence[Numbers]) -> int | None:
    """The epoch of the lowest mean loss, of those in which no fold's ran away."""
    columns = list(zip(*(each.losses for each in known), strict=False))
    means = {epoch: sum(column) for epoch, column in enumerate(columns) if None not in column}
    return min(means, key=lambda epoch: means[epoch], default=None)


def whole_epochs(experiment: Experiment, chosen: Judged, pictures: int) -> int | None:
    """How many epochs of all pictures take as many steps as the chosen epoch's end took in a fold."""
    if not chosen.steps:
        return None
    whole = math.ceil(pictures / experiment.training.batch_size)
    return max(1, round(chosen.steps / whole))
