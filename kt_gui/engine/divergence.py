"""Says that a training ran away, and which of its settings drove it."""

from kt_gui.engine.task import Task
from kt_gui.schema.errors import Diverged
from kt_gui.schema.texts import tr

LARGEST_PULL = 1.0  # λ times the learning rate, from which on plain SGD swings ever further around the source


def ran_away(task: Task, epoch: int, step: int) -> Diverged:
    """Say that the loss or the weights are no numbers any more; `epoch` counts from 0, `step` from 1."""
    rate = task.training.optimiser.learning_rate
    message = tr(
        "The loss is no longer a number (epoch {epoch}, step {step}): the steps are too large.",
        epoch=epoch + 1,
        step=step,
    )
    pull = rate * task.transfer.strength if task.transfer else 0.0
    if pull >= LARGEST_PULL:
        remedy = tr("Lower λ or the learning rate: their product, {pull}, must stay well below 1.", pull=f"{pull:g}")
        return Diverged(message, remedy)
    return Diverged(message, tr("Lower the learning rate; it is {rate} now.", rate=f"{rate:g}"))
