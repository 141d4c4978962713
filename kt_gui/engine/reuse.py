"""Lets a training compute what is frozen once: cuts the network where the plan says, and hands out activations.

It changes how fast the training is, and nothing else: the same pictures are learnt in the same order without it.
"""

from collections.abc import Callable, Generator
from functools import partial

import torch
from torch import Tensor, nn

from kt_gui.engine.activations import Filled, Table, Wanted, fill
from kt_gui.engine.cutting import Cut, cut
from kt_gui.engine.freezing import learning_blocks
from kt_gui.engine.loading import AS_IS, Look, Portion
from kt_gui.engine.task import Task, fixed_look, stage
from kt_gui.schema.events import Event, FeaturesKept, Noticed
from kt_gui.schema.stop import StopToken
from kt_gui.schema.texts import Message, mark

Judge = Callable[[Tensor], Tensor]
"""Indexes of pictures to their logits, float32 [pictures, classes], on the device."""


class Reuse:
    """The front of one training's network, computed once for as long as the same is frozen."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._device = torch.device(task.resolved.device)
        self._stage: range | None = None
        self._cut: Cut | None = None
        self._tables: dict[Look, Table] = {}
        self._validation: Judge | None = None

    @property
    def is_on(self) -> bool:
        """Whether the epoch that was entered reuses anything."""
        return self._cut is not None

    def enter(self, epoch: int, stop: StopToken) -> Generator[Event, None, None]:
        """Make ready for an epoch whose blocks are frozen already: look up, or compute, what it and those after it
        need. Raises Stopped, UserError.
        """
        frozen = stage(self._task, epoch)
        if frozen == self._stage:
            return
        was_on = self.is_on
        self._leave()
        yield from self._fill(frozen, epoch, stop)
        self._stage = frozen
        if was_on and not self.is_on:
            yield FeaturesKept(phase=self._task.phase, epoch=epoch, blocks=())

    def inputs(self, indexes: Tensor, epoch: int) -> Tensor:
        """Give the activations of pictures to learn from: [batch, *shape], on the device."""
        look = fixed_look(self._task, epoch)
        assert look is not None
        return self._tables[look].batch(indexes, self._device)

    @property
    def rest(self) -> nn.Module:
        """The part of the network that learns: activations to logits."""
        assert self._cut is not None
        return self._cut.rest(learning=True)

    @property
    def validation(self) -> Judge | None:
        """What the network says of pictures to validate with; None where it must look at the pictures themselves."""
        return self._validation

    def judge(self, portion: Portion, stop: StopToken) -> Generator[Event, None, Judge | None]:
        """Say how other pictures are judged, as they are; None as above. Raises Stopped, UserError."""
        filled = (yield from self._look_up(self._cut, [Wanted(portion, AS_IS)], stop)) if self._cut else None
        return partial(self._judge, self._cut, filled.tables[0]) if self._cut and filled else None

    def _judge(self, found: Cut, table: Table, indexes: Tensor) -> Tensor:
        with self._task.resolved.autocast():
            logits: Tensor = found.rest(learning=False)(table.batch(indexes, self._device))
        return logits.float()

    def _leave(self) -> None:
        self._stage, self._cut, self._validation = None, None, None
        self._tables.clear()

    def _fill(self, frozen: range, epoch: int, stop: StopToken) -> Generator[Event, None, None]:
        task = self._task
        looks = [look for each in frozen if each >= epoch and (look := fixed_look(task, each)) is not None]
        if not task.resolved.reuse or len(frozen) < 2 or len(looks) < len(frozen) - (epoch - frozen.start):
            return
        found = cut(task.network, learning_blocks(task.network, task.freezing, epoch), task.resolved)
        if found is None:
            return
        distinct = list(dict.fromkeys(looks))
        wanted = [Wanted(task.validation, AS_IS), *(Wanted(task.train, look) for look in distinct)]
        filled = yield from self._look_up(found, wanted, stop)
        if filled is None:
            yield _no_room()
            return
        self._cut = found
        validation, *tables = filled.tables
        self._validation = partial(self._judge, found, validation)
        self._tables = dict(zip(distinct, tables, strict=True))
        yield FeaturesKept(
            phase=task.phase,
            epoch=epoch,
            blocks=found.blocks,
            pictures=filled.rows,
            looks=len(distinct),
            computed=filled.computed,
            bytes=filled.rows * found.bytes_per_picture,
        )

    def _look_up(self, found: Cut, wanted: list[Wanted], stop: StopToken) -> Generator[Event, None, Filled | None]:
        task = self._task
        return (yield from fill(found, wanted, task.store, task.resolved, stop, task.data))


def _no_room() -> Noticed:
    return Noticed(
        level="warning",
        message=Message(mark("There is no room to keep what the frozen blocks compute: every epoch computes it anew.")),
        remedy=Message(mark("Give the cache more room in the settings, or free some of the disk.")),
    )
