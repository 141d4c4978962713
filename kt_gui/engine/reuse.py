"""Lets a training compute what is frozen once: cuts the network where the plan says, and hands out activations.

It changes how fast the training is, and nothing else: the same pictures are learnt in the same order without it.
"""

from collections.abc import Callable, Generator
from functools import partial

import torch
from torch import Tensor, nn

from kt_gui.engine.activations import Filled, Table, Wanted, fill, judged_at_once
from kt_gui.engine.cutting import Cut, cut
from kt_gui.engine.freezing import learning_blocks
from kt_gui.engine.loading import AS_IS, Look, Portion
from kt_gui.engine.task import Task, fixed_look, stage
from kt_gui.schema.events import Event, FeaturesKept, Noticed
from kt_gui.schema.stop import StopToken
from kt_gui.schema.texts import Message, mark

ONE_THREAD = 50_000_000
"""Floating-point operations, forward, of a step that one thread is enough for: 64 pictures, 512 features, 100 classes
are 7 million; one thread takes 0.5 ms for such a step, two that sleep in between take 1.5. At 260 million two gain."""

Judge = Callable[[Tensor], Tensor]
"""Indexes of pictures to their logits, float32 [pictures, classes], on the device."""


class Reuse:
    """The front of one training's network, computed once for as long as the same is frozen.

    While there is a front, pictures are varied in a few fixed ways that take turns: whether or not what it makes of
    them is kept, so that a want of room changes no result.
    """

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
        return self._validation is not None

    def enter(self, epoch: int, stop: StopToken) -> Generator[Event, None, None]:
        """Make ready for an epoch whose blocks are frozen already: look up, or compute, what it and those after it
        need. Raises Stopped, UserError.
        """
        frozen = stage(self._task, epoch)
        if frozen == self._stage:
            return
        # a training that was resumed does not know what was told before
        had_any = self.is_on or (self._stage is None and frozen.start > 0 and self._task.resolved.reuse)
        self._leave()
        self._cut = self._find_cut(frozen, epoch)
        if self._cut is not None and self._task.resolved.reuse:
            yield from self._fill(self._cut, frozen, epoch, stop)
        self._stage = frozen
        if had_any and not self.is_on:
            yield FeaturesKept(phase=self._task.phase, epoch=epoch, blocks=())

    def look(self, epoch: int) -> Look | None:
        """Say in which one way pictures to learn from are looked at; None where each step varies them by chance."""
        return fixed_look(self._task, epoch) if self._cut is not None else None

    def inputs(self, indexes: Tensor, epoch: int) -> Tensor:
        """Give the activations of pictures to learn from: [batch, *shape], on the device."""
        look = self.look(epoch)
        assert look is not None
        return self._tables[look].batch(indexes, self._device)

    def as_they_are(self, portion: Portion, stop: StopToken) -> Generator[Event, None, Tensor | None]:
        """Give the activations of pictures that are not varied: [n, *shape]; None where there is no room.

        Raises Stopped, UserError.
        """
        assert self._cut is not None
        filled = yield from self._look_up(self._cut, [Wanted(portion, AS_IS)], stop)
        return None if filled is None else filled.tables[0].batch(torch.arange(len(portion)), self._device)

    @property
    def rest(self) -> nn.Module:
        """The part of the network that learns: activations to logits."""
        assert self._cut is not None
        return self._cut.rest(learning=True)

    @property
    def threads(self) -> int:
        """How many threads the epoch's steps are worth: to wake another takes longer than a small head's whole step."""
        threads, batch = self._task.resolved.threads, self._task.training.batch_size
        is_small = self.is_on and self._cut is not None and self._cut.work * batch < ONE_THREAD
        return 1 if is_small else threads

    @property
    def judged_at_once(self) -> int:
        """How many pictures may be judged at a time by what is kept of them."""
        assert self._cut is not None
        return judged_at_once(self._cut)

    @property
    def validation(self) -> Judge | None:
        """What the network says of pictures to validate with; None where it must look at the pictures themselves."""
        return self._validation

    def judge(self, portion: Portion, stop: StopToken) -> Generator[Event, None, Judge | None]:
        """Say how other pictures are judged, as they are; None as above. Raises Stopped, UserError."""
        if self._cut is None or not self.is_on:
            return None
        filled = yield from self._look_up(self._cut, [Wanted(portion, AS_IS)], stop)
        return partial(self._judge, self._cut, filled.tables[0]) if filled is not None else None

    def _judge(self, found: Cut, table: Table, indexes: Tensor) -> Tensor:
        with self._task.resolved.autocast():
            logits: Tensor = found.rest(learning=False)(table.batch(indexes, self._device))
        return logits.float()

    def _leave(self) -> None:
        self._stage = self._cut = self._validation = None
        self._tables.clear()

    def _find_cut(self, frozen: range, epoch: int) -> Cut | None:
        """Cut the network where that is worth it: for more than one epoch."""
        task = self._task
        learning = learning_blocks(task.network, task.freezing, epoch)
        return cut(task.network, learning, task.resolved) if len(frozen) > 1 else None

    def _fill(self, found: Cut, frozen: range, epoch: int, stop: StopToken) -> Generator[Event, None, None]:
        task = self._task
        looks = list(dict.fromkeys(self.look(each) for each in frozen[epoch - frozen.start :]))
        if None in looks:
            return
        distinct = [look for look in looks if look is not None]
        wanted = [Wanted(task.validation, AS_IS), *(Wanted(task.train, look) for look in distinct)]
        filled = yield from self._look_up(found, wanted, stop)
        if filled is None:
            yield _no_room()
            return
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
            earlier_s=filled.earlier_s,
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
