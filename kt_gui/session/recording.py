"""The later stages of a run's pipe: one saves checkpoints, one writes the history. They handle an event while the stage
before is suspended, on the same thread, so the network may be read safely."""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Literal

import msgspec

from kt_gui.schema.events import CheckpointSaved, EpochEnded, Event, Phase, StepEnded
from kt_gui.session.job import Job
from kt_gui.store.history import History

if TYPE_CHECKING:
    from kt_gui.engine.backbones import Network
    from kt_gui.engine.trainer import State
    from kt_gui.store import checkpoints

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
    """Save now and then at the end of an epoch, in long epochs also within, and when training ends or is stopped."""
    for event in events:
        yield event
        if keeper.is_due(event):
            yield from keeper.save(state())
    yield from keeper.save(state())


class Keeper:
    """Saves the checkpoints of one phase."""

    def __init__(self, job: Job, phase: Phase, network: "Network") -> None:
        self._job, self._phase, self._network = job, phase, network
        self._saved = time.monotonic()
        self._cost_s = 0.0

    def is_due(self, event: Event) -> bool:
        """Whether it is time again."""
        since = time.monotonic() - self._saved
        match event:
            case EpochEnded():
                return since >= max(EPOCHS_APART_S, COST_SHARE * self._cost_s)
            case StepEnded():
                return since >= max(STEPS_APART_S, COST_SHARE * self._cost_s)
            case _:
                return False

    def save(self, state: "State") -> Iterator[Event]:
        """Write `last`, and `best` where there is a new one."""
        from kt_gui.store import checkpoints

        began = time.monotonic()
        best, last = _whole(state.progress["best_epoch"]), _last_epoch(state)
        progress = checkpoints.Progress(
            about=about(self._network, self._phase, last),
            history=self._job.history.sync(),
            seconds=self._job.seconds,
            model=state.model,
            best=state.best,
            anchor=state.anchor,
            optimiser=state.optimiser,
            numbers=state.progress,
        )
        is_new = checkpoints.save_progress(self._job.folder, progress, best)
        self._saved = time.monotonic()
        self._cost_s = self._saved - began
        if is_new:
            yield self._told("best", best)
        yield self._told("last", last)

    def _told(self, which: Literal["best", "last"], epoch: int | None) -> CheckpointSaved:
        from kt_gui.store.checkpoints import path_of

        path = path_of(self._job.folder, which)
        return CheckpointSaved(phase=self._phase, which=which, epoch=epoch or 0, path=str(path))


def about(network: "Network", phase: Phase, epoch: int | None) -> "checkpoints.About":
    """Say what a network's weights are."""
    from kt_gui.store.checkpoints import About

    return About(phase=phase, epoch=epoch, network=network.name, classes=network.classes, image_size=network.view.size)


def _last_epoch(state: "State") -> int | None:
    """The epoch that ended last; within one, that one."""
    epoch, step = state.progress["epoch"], state.progress["step"]
    assert epoch is not None
    return _whole(epoch if step else epoch - 1) if epoch or step else None


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)
