"""The later stages of a run's pipe: one saves checkpoints, one writes the history. They handle an event while the stage
before is suspended, on the same thread, so the network may be read safely."""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Literal

import msgspec

from kt_gui.schema.errors import UserError
from kt_gui.schema.events import CheckpointSaved, EpochEnded, Event, Noticed, Phase, StepEnded
from kt_gui.schema.texts import Message, mark
from kt_gui.session.job import Job
from kt_gui.store.contents import About, path_of, read_contents
from kt_gui.store.history import History

if TYPE_CHECKING:
    from torch import Tensor

    from kt_gui.engine.backbones import Network
    from kt_gui.engine.task import Task
    from kt_gui.engine.trainer import State
    from kt_gui.store.checkpoints import Progress

EPOCHS_APART_S = 2.0
STEPS_APART_S = 30.0
COST_SHARE = 20
"""Saving takes at most about a twentieth of the time."""


def recorded(events: Generator[Event, None, None], history: History) -> Iterator[Event]:
    """Stamp every event with its time and write it down before anyone sees it."""
    with closing(events):
        for event in events:
            stamped = msgspec.structs.replace(event, at=time.time())
            history.append(stamped)
            yield stamped


def checkpointed(
    events: Iterator[Event], state: Callable[[], "State"], keeper: "Keeper"
) -> Generator[Event, None, None]:
    """Save now and then at the end of an epoch, in long epochs also within, and when training ends or is stopped.

    Of a fold that has come to its end nothing is saved: its weights would be removed.
    """
    for event in events:
        yield event
        if isinstance(event, EpochEnded):
            keeper.take(event.epoch)
        if keeper.is_due(event):
            yield from keeper.save(state())
    if keeper.keeps_end:
        yield from keeper.save(state())


class Keeper:
    """Saves the checkpoints of one phase, and with each the epochs that were kept along the way since the last one:
    so the two always fit together, and many quick epochs cost the disk nothing."""

    def __init__(self, job: Job, task: "Task") -> None:
        self._job, self._task = job, task
        self._saved = time.monotonic()
        self._cost_s = 0.0
        self._most = job.experiment.training.snapshots if task.phase == "finetuning" else 0
        self._kept = read_contents(job.folder).along
        self._new: dict[int, dict[str, Tensor]] = {}
        self._is_fold = job.fold is not None and task.phase == "finetuning"

    @property
    def keeps_end(self) -> bool:
        """Whether to save when training is over; a fold that was stopped is gone on with."""
        return not self._is_fold or self._job.stop.verb is not None

    def take(self, epoch: int) -> None:
        """Copy the weights of an epoch that has just ended, where it is one of those to be kept."""
        if not self._most or not self._kept.is_due(epoch):
            return
        from kt_gui.engine.freezing import still_tensors
        from kt_gui.engine.state import keep

        task = self._task
        still = still_tensors(task.network, task.freezing, epoch + 1, task.batch_norm)
        tensors = {name: part for name, part in task.network.module.state_dict().items() if name not in still}
        self._kept = self._kept.including(epoch, sum(part.nbytes for part in tensors.values()), self._most)
        if epoch in self._kept.sizes:
            self._new[epoch] = {name: keep(part) for name, part in tensors.items()}
        self._new = {each: parts for each, parts in self._new.items() if each in self._kept.sizes}

    def is_due(self, event: Event) -> bool:
        """Whether it is time again."""
        since = time.monotonic() - self._saved
        match event:
            case EpochEnded():
                apart = STEPS_APART_S if self._is_fold else EPOCHS_APART_S
                return since >= max(apart, COST_SHARE * self._cost_s)
            case StepEnded():
                return since >= max(STEPS_APART_S, COST_SHARE * self._cost_s)
            case _:
                return False

    def save(self, state: "State") -> Iterator[Event]:
        """Write `last`, `best` where there is a new one, and the epochs kept along the way."""
        from kt_gui.store import checkpoints

        began = time.monotonic()
        best, last = _whole(state.progress["best_epoch"]), _last_epoch(state)
        progress = checkpoints.Progress(
            about=about(self._task.network, self._task.phase, last),
            history=self._job.history.sync(),
            seconds=self._job.seconds,
            model=state.model,
            best=state.best,
            anchor=state.anchor,
            optimiser=state.optimiser,
            numbers=state.progress,
        )
        is_new = yield from self._write(progress, best)
        self._saved = time.monotonic()
        self._cost_s = self._saved - began
        if is_new:
            yield self._told("best", best)
        yield self._told("last", last)

    def _write(self, progress: "Progress", best: int | None) -> Generator[Event, None, bool]:
        """Where the disk refuses them, the run goes on without the epochs along the way."""
        from kt_gui.store import checkpoints

        folder = self._job.folder
        if not self._new:
            along = checkpoints.Along(self._kept, {}) if self._most else None
            return checkpoints.save_progress(folder, progress, best, along)
        try:
            is_new = checkpoints.save_progress(folder, progress, best, checkpoints.Along(self._kept, self._new))
        except UserError as error:
            is_new = checkpoints.save_progress(folder, progress, best)
            self._most = 0
            yield _without(error)
        self._new = {}
        return is_new

    def _told(self, which: Literal["best", "last"], epoch: int | None) -> CheckpointSaved:
        path = path_of(self._job.folder, which)
        return CheckpointSaved(phase=self._task.phase, which=which, epoch=epoch or 0, path=str(path))


def _without(error: UserError) -> Noticed:
    return Noticed(
        level="warning",
        message=Message(
            mark("{problem} The run goes on without keeping epochs along the way."), {"problem": error.message}
        ),
    )


def about(network: "Network", phase: Phase, epoch: int | None) -> About:
    """Say what a network's weights are."""
    return About(phase=phase, epoch=epoch, network=network.name, classes=network.classes, image_size=network.view.size)


def _last_epoch(state: "State") -> int | None:
    """The epoch that ended last; within one, that one."""
    epoch, step = state.progress["epoch"], state.progress["step"]
    assert epoch is not None
    return _whole(epoch if step else epoch - 1) if epoch or step else None


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)
