"""A learning-rate range test: real steps on a copy of the network, each at a larger rate than the one before.

Source: Smith 2017, arXiv:1506.01186. Deviations: the rate rises geometrically, as is usual since, not linearly; the
training loss is read instead of the validation accuracy, so that each step costs one step.
"""

import copy
import math
from collections.abc import Iterator
from dataclasses import replace

from kt_gui.engine import devices
from kt_gui.engine.task import Task, last_change
from kt_gui.engine.trainer import Trainer
from kt_gui.schema.events import Event
from kt_gui.schema.rates import HIGHEST, LOWEST, STEPS, RateTried
from kt_gui.schema.stop import Stopped, StopToken

MEMORY = 0.8
"""Share of the losses before in the one that decides whether to go on."""
RAN_AWAY = 4.0
"""The loss has run away once it is so many times the lowest, and above the first."""


def climb(task: Task, stop: StopToken, steps: int = STEPS) -> Iterator[Event]:
    """Take so many steps, from the lowest rate to the highest; tell each as `RateTried`, ending where the loss runs
    away. What learns is what learns once all is unfrozen that ever is; each block's rate keeps its share.

    The caller's network, its gradients and modes, and torch's random state stay as they are, between any two events.

    Raises Stopped between steps, UserError, and whatever running out of memory raises.
    """
    network = replace(task.network, module=copy.deepcopy(task.network.module))
    with devices.untouched_chance(task.resolved.device):
        trainer = Trainer(replace(task, network=network))
        trainer.enter_epoch(last_change(task))
    yield from trainer.prepare(stop)
    latest, lowest, first = 0.0, math.inf, math.inf
    for done, rate in enumerate(_rates(steps)):
        if stop.requested():
            raise Stopped
        with devices.untouched_chance(task.resolved.device):
            loss = _step(trainer, done, rate)
        is_number = math.isfinite(loss)
        yield RateTried(rate=rate, loss=loss if is_number else None, done=done + 1, total=steps)
        latest = MEMORY * latest + (1 - MEMORY) * loss
        shown = latest / (1 - MEMORY ** (done + 1))
        first, lowest = first if done else shown, min(lowest, shown)
        if not is_number or shown > max(RAN_AWAY * lowest, first):
            return


def _rates(steps: int) -> Iterator[float]:
    ratio = (HIGHEST / LOWEST) ** (1 / max(steps - 1, 1))
    return (LOWEST * ratio**place for place in range(steps))


def _step(trainer: Trainer, done: int, rate: float) -> float:
    """Learn from the next batch at this rate, epoch after epoch; the last one is followed by the first again."""
    task, first = trainer.task, last_change(trainer.task)
    if done % trainer.steps_per_epoch == 0:
        trainer.enter_epoch(first + done // trainer.steps_per_epoch % (task.training.epochs - first))
    trainer.step(rate / task.training.optimiser.learning_rate)
    return trainer.latest_loss()
