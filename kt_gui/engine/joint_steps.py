"""The gradients of one batch that a team takes together: each process of its share, added up over all.

Not torch's DistributedDataParallel: it would have to be made anew whenever the plan unfreezes a block or the network is
cut where what is frozen ends, it takes the plain mean where shares may differ by a picture, and what it gains - sending
while the backward pass goes on - is little beside a step of the networks this program trains.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor

from kt_gui.engine import devices
from kt_gui.engine.accumulation import Forward, add_up, by_type, has_batch_norm, has_dropout
from kt_gui.engine.synced_norm import SyncedBatchNorm
from kt_gui.engine.task import Task
from kt_gui.engine.team import Dealt, deal
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Noticed
from kt_gui.schema.texts import Message, mark, tr

BUCKET = 2**24
"""Values that are sent at a time: 64 MB in single precision."""


class JointSteps:
    """Stands in for `Accumulation` in a team. The step is that of one process, but for the order of its sums.

    Memory that runs out ends the run: the others are in the middle of a step and cannot be asked to begin it again.
    """

    def __init__(self, task: Task, scaler: torch.amp.GradScaler | None) -> None:
        self.parts = task.training.accumulation
        self.notices: list[Noticed] = []
        self._task = task
        self._scaler = scaler
        self._weights = list(task.network.module.parameters())
        self._has_told = False

    def deal(self, pictures: int) -> Dealt:
        """Deal out a batch: of each part every process has a picture at least."""
        task = self._task
        most = max(1, pictures // 2) if has_batch_norm(task) else pictures
        return deal(task.team, pictures, max(1, min(self.parts, most, pictures // task.team.size)))

    def gradients(self, forward: Forward, inputs: Tensor, labels: Tensor, seed: int, dealt: Dealt) -> Tensor:
        """Compute the gradient of the whole batch's mean loss; `inputs` and `labels` are this process's own.

        Gives the summed loss and the number of right answers, of all processes. Raises UserError where memory runs out,
        Parted.
        """
        task, rank = self._task, self._task.team.rank
        self._tell_of_chance()
        devices.seed_chance(task.resolved.device, devices.derive(seed, "process", rank) if rank else seed)
        for weight in self._weights:
            weight.grad = None
        sizes = [len(part) for part in dealt.parts]
        pieces = zip(torch.split(inputs, sizes), torch.split(labels, sizes), strict=True)
        try:
            with self._synced():
                told = add_up(task, self._scaler, forward, pieces, dealt.pictures)
        except (RuntimeError, MemoryError) as error:
            if devices.is_out_of_memory(error):
                raise _too_large() from error
            raise
        self._sum_([told, *(weight.grad for weight in self._weights if weight.grad is not None)])
        return told

    def _synced(self) -> AbstractContextManager[object]:
        return SyncedBatchNorm(self._task.team) if has_batch_norm(self._task) else nullcontext()

    @torch.no_grad()
    def _sum_(self, tensors: Sequence[Tensor]) -> None:
        """Add tensors up over all processes, in place."""
        for bucket in _buckets(tensors):
            flat = torch.cat([tensor.reshape(-1) for tensor in bucket])
            self._task.team.all_reduce(flat)
            parts = torch.split(flat, [tensor.numel() for tensor in bucket])
            torch._foreach_copy_(bucket, [part.view(tensor.shape) for part, tensor in zip(parts, bucket, strict=True)])

    def _tell_of_chance(self) -> None:
        if not self._has_told and has_dropout(self._task):  # perhaps not before it is unfrozen
            self._has_told = True
            self.notices.append(_own_chance())


def _buckets(tensors: Sequence[Tensor]) -> Iterator[list[Tensor]]:
    """Put together what is sent together: tensors of one type, no more than a bucket holds, but always one."""
    for same in by_type(tensors):
        bucket, held = list[Tensor](), 0
        for tensor in same:
            if bucket and held + tensor.numel() > BUCKET:
                yield bucket
                bucket, held = [], 0
            bucket.append(tensor)
            held += tensor.numel()
        yield bucket


def _own_chance() -> Noticed:
    return Noticed(
        level="information",
        message=Message(
            mark("Dropout draws in each process by itself: results differ a little from those of one process.")
        ),
    )


def _too_large() -> UserError:
    return UserError(
        tr("The memory of a process did not hold its share of a batch."),
        tr("Resume the run on more processes, or begin anew with batches in more parts (training.accumulation)."),
    )
