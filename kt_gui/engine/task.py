"""What one phase of training is to do, and what follows from that before the first step."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from kt_gui.engine.array_store import ArrayStore
from kt_gui.engine.backbones import Network
from kt_gui.engine.devices import Resolved, derive
from kt_gui.engine.freezing import learning_parameters
from kt_gui.engine.loading import AS_IS, Look, Portion
from kt_gui.engine.regularisers import Penalty
from kt_gui.engine.team import ALONE, Team
from kt_gui.schema.choices import AutomaticAugmentation, Everything, Freezing, NoAugmentation
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Block, Phase, PhaseStarted
from kt_gui.schema.experiment import Training, Transfer
from kt_gui.schema.freezing import changes
from kt_gui.schema.texts import tr


@dataclass(frozen=True)
class Task:
    """What one phase is to do: all that decides it."""

    phase: Phase
    data: str
    network: Network
    train: Portion
    validation: Portion
    training: Training
    """Its augmentation is resolved: custom or none."""
    resolved: Resolved
    seed: int
    transfer: Transfer | None
    """None where there is no source: everything learns, nothing pulls back."""
    new_head: bool
    counts: tuple[int, int, int]
    store: ArrayStore | None = None
    """Where what frozen blocks compute is kept for later trainings; None keeps it for this one."""
    team: Team = ALONE
    """Who learns it together."""

    @property
    def freezing(self) -> Freezing:
        """What learns when."""
        return self.transfer.freezing if self.transfer else Everything()

    @property
    def batch_norm(self) -> Literal["train", "eval"]:
        """Whose statistics the blocks that learn follow."""
        return self.transfer.batch_norm if self.transfer else "train"

    @property
    def has_own_head(self) -> bool:
        """Whether the head is new to a transfer: β holds it, neither λ nor weight decay."""
        return self.transfer is not None and self.new_head


def fixed_look(task: Task, epoch: int) -> Look | None:
    """Say in which one way all pictures are looked at in an epoch in which a front stays frozen; None where each step
    has to vary them by chance: no fixed views are asked for, or pictures are mixed with each other.
    """
    recipe = task.training.augmentation
    assert not isinstance(recipe, AutomaticAugmentation)
    if isinstance(recipe, NoAugmentation):
        return AS_IS
    views = task.transfer.views if task.transfer else 0
    if not views or recipe.mixup or recipe.cutmix:
        return None
    return Look(recipe, epoch % views, derive(task.seed, task.phase, "views"))


def stage(task: Task, epoch: int) -> range:
    """Give the epochs around this one in which the same is frozen."""
    starts = [*changes(task.network.blocks, task.freezing), task.training.epochs]
    begin = max(start for start in starts if start <= epoch)
    return range(begin, min(start for start in starts if start > epoch))


def check_pictures(task: Task) -> None:
    """Raise UserError where there is nothing to learn from or to validate with."""
    if len(task.train) == 0 or len(task.validation) == 0:
        raise UserError(
            tr("“{data}” leaves no pictures to learn from, or none to validate with.", data=task.data),
            tr("Use more pictures, or change the shares of the split."),
        )


def last_change(task: Task) -> int:
    """Give the last epoch of the training at which something is unfrozen."""
    starts = changes(task.network.blocks, task.freezing)
    return max((epoch for epoch in starts if epoch < task.training.epochs), default=0)


def copy_anchors(task: Task) -> dict[str, Tensor]:
    """Copy the shared parameters as they are now, in at least single precision."""
    if task.transfer is None:
        return {}
    head, owner = task.network.blocks[-1], task.network.owner
    return {
        name: parameter.detach().clone().to(torch.promote_types(parameter.dtype, torch.float32))
        for name, parameter in task.network.module.named_parameters()
        if owner[name] != head or not task.new_head
    }


def build_penalty(task: Task, anchors: dict[str, Tensor]) -> Penalty:
    """Say what is held: by λ every shared parameter or only kernels, by β a new head whole."""
    if task.transfer is None:
        return Penalty()
    parameters = dict(task.network.module.named_parameters())
    held = [name for name in anchors if task.transfer.penalised == "all" or parameters[name].ndim > 1]
    return Penalty(
        shared=[parameters[name] for name in held],
        anchors=[anchors[name] for name in held],
        strength=task.transfer.strength,
        head=[parameter for name, parameter in parameters.items() if name not in anchors],
        beta=task.transfer.beta,
    )


def announce(task: Task, steps_per_epoch: int) -> PhaseStarted:
    """Tell what lies ahead; what learns is counted as it will be when all is unfrozen that ever is."""
    network, training = task.network, task.training
    sizes = {name: parameter.numel() for name, parameter in network.module.named_parameters()}
    learning = learning_parameters(network, task.freezing, last_change(task))
    return PhaseStarted(
        phase=task.phase,
        data=task.data,
        network=network.name,
        classes=network.classes,
        counts=task.counts,
        epochs=training.epochs,
        steps_per_epoch=steps_per_epoch,
        batch_size=training.batch_size,
        blocks=tuple(_count(task, block, sizes) for block in network.blocks),
        trainable_parameters=sum(sizes[name] for name in learning),
        total_parameters=sum(sizes.values()),
        device=task.resolved.device,
        precision=task.resolved.precision,
        patience=training.patience,
    )


def _count(task: Task, block: str, sizes: dict[str, int]) -> Block:
    return Block(block, sum(size for name, size in sizes.items() if task.network.owner[name] == block))
