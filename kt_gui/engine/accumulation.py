"""The gradients of one batch, taken in parts: the same step with less memory; in more parts once memory runs out."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd

from kt_gui.engine import devices
from kt_gui.engine.optimisation import count_correct, cross_entropy
from kt_gui.engine.task import Task
from kt_gui.schema.events import Noticed
from kt_gui.schema.texts import Message, mark

Forward = Callable[[Tensor], Tensor]


class Accumulation:
    """Adds up gradients part by part. `parts` are as many as the task asks for, or as memory made of them since."""

    def __init__(self, task: Task, scaler: torch.amp.GradScaler | None) -> None:
        self.parts = task.training.accumulation
        self.notices: list[Noticed] = []
        """What is yet to be told."""
        self._task = task
        self._scaler = scaler
        self._weights = list(task.network.module.parameters())
        self._buffers = [_Copy(tensors) for tensors in by_type(task.network.module.buffers())]

    def gradients(self, forward: Forward, inputs: Tensor, labels: Tensor, seed: int) -> Tensor:
        """Compute the gradient of a batch's mean loss; `inputs` are pictures, or what frozen blocks made of them.

        Gives the summed loss and the number of right answers. Every try begins with the same chance, buffers and empty
        gradients: one that ran out of memory leaves no trace. Raises whatever running out of memory raises where a
        single picture is too much.
        """
        for copy in self._buffers:
            copy.keep()
        while True:
            devices.seed_chance(self._task.resolved.device, seed)
            self._forget_gradients()
            try:
                return self._add_up(forward, inputs, labels)
            except (RuntimeError, MemoryError) as error:
                if not devices.is_out_of_memory(error) or self.parts >= self._most(len(inputs)):
                    raise
            # Only here, after the error and with it its frames are gone, is there memory to be freed.
            self._take_more_parts(self._most(len(inputs)))

    def _add_up(self, forward: Forward, inputs: Tensor, labels: Tensor) -> Tensor:
        count = min(self.parts, self._most(len(inputs)))
        pieces = zip(inputs.tensor_split(count), labels.tensor_split(count), strict=True)
        return add_up(self._task, self._scaler, forward, pieces, len(inputs))

    def _forget_gradients(self) -> None:
        """As the module's own `zero_grad`, without walking through all its parts: a fifth of a quick step."""
        for weight in self._weights:
            weight.grad = None

    def _most(self, pictures: int) -> int:
        """In how many parts a batch can be taken: batch norm that learns has no statistics of one picture."""
        return max(1, pictures // 2) if has_batch_norm(self._task) else pictures

    def _take_more_parts(self, most: int) -> None:
        self._forget_gradients()
        for copy in self._buffers:
            copy.restore_()
        devices.free(self._task.resolved.device)
        self.parts = min(2 * self.parts, most)
        self.notices.append(_notice(self._task, self.parts))


def add_up(
    task: Task,
    scaler: torch.amp.GradScaler | None,
    forward: Forward,
    pieces: Iterable[tuple[Tensor, Tensor]],
    pictures: int,
) -> Tensor:
    """Add the gradients of a batch's pieces, inputs and labels, to those at hand; it has so many pictures in all.

    Gives the summed loss and the number of right answers.
    """
    told = []
    for some, theirs in pieces:
        with task.resolved.autocast():
            logits = forward(some)
        loss = cross_entropy(logits, theirs, task.training.label_smoothing)
        share = loss * (len(some) / pictures)
        torch.autograd.backward(scaler.scale(share) if scaler else share)
        told.append(torch.stack([loss.detach() * len(some), count_correct(logits, theirs)]))
    return torch.stack(told).sum(0)


class _Copy:
    """Tensors of one type, and what they were."""

    def __init__(self, tensors: Sequence[Tensor]) -> None:
        self._tensors = list(tensors)
        self._kept = [tensor.clone() for tensor in tensors]

    def keep(self) -> None:
        torch._foreach_copy_(self._kept, self._tensors)

    def restore_(self) -> None:
        torch._foreach_copy_(self._tensors, self._kept)


def by_type(tensors: Iterable[Tensor]) -> Iterable[list[Tensor]]:
    """Group tensors by their type: a GPU copies those of one type at once."""
    grouped: dict[torch.dtype, list[Tensor]] = {}
    for tensor in tensors:
        grouped.setdefault(tensor.dtype, []).append(tensor)
    return grouped.values()


def _active(task: Task) -> Iterator[nn.Module]:
    return (part for part in task.network.module.modules() if part.training)


def has_batch_norm(task: Task) -> bool:
    """Whether batch norm learns at present."""
    return any(isinstance(part, _BatchNorm) for part in _active(task))


def has_dropout(task: Task) -> bool:
    """Whether anything is dropped by chance at present."""
    return any(isinstance(part, _DropoutNd) and part.p > 0 for part in _active(task))


def _notice(task: Task, parts: int) -> Noticed:
    follows = has_dropout(task) or has_batch_norm(task)
    same = mark("Each step stays the same; it only takes a little longer.")
    nearly = mark("Each step stays nearly the same: batch norm and dropout now work on each part by itself.")
    return Noticed(
        level="warning" if follows else "information",
        message=Message(
            mark("The memory did not hold a batch of {batch}: from now on it is taken in {parts} parts."),
            {"batch": task.training.batch_size, "parts": parts},
        ),
        remedy=Message(nearly if follows else same),
    )
