"""Tells of a run before it begins: the network and its blocks, and what the run will take."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kt_gui.schema.events import Event, NetworkDescribed, Rehearsed
from kt_gui.schema.experiment import Experiment, Pretrain, Target, Training
from kt_gui.schema.stop import StopToken
from kt_gui.session import resolving, shelf
from kt_gui.session.outline import Outline, outline, outline_source
from kt_gui.session.phases import Plan, build_task, plan_finetuning, plan_pretraining
from kt_gui.session.pictures import Dealt
from kt_gui.store.folders import Home

if TYPE_CHECKING:
    from kt_gui.engine.devices import Resolved
    from kt_gui.engine.rehearsal import Timings
    from kt_gui.engine.task import Task

BATCHES = 4
"""One to warm up, three to be timed."""
START_S = 2.0
"""Reading and testing small sets, beside the epochs."""
SLACK = 1.3
"""What a machine that is used for other things takes longer."""


@dataclass(frozen=True)
class Rehearsal:
    """What one phase takes."""

    training: Training
    timings: "Timings"
    resolved: "Resolved"
    steps_per_epoch: int
    pictures: int
    """Bytes of all its pictures at the network's size."""
    features: float
    """Seconds to compute, once, what frozen blocks make of all pictures."""

    @property
    def needed(self) -> int:
        """Bytes of memory, as it is asked for."""
        at_once = -(-self.training.batch_size // self.training.accumulation)
        return self.timings.held + self.pictures + self.timings.per_picture * at_once

    def fits(self, available: int) -> bool:
        """Whether so much memory is enough."""
        return self.needed <= available and self.timings.parts <= self.training.accumulation

    def most(self, available: int) -> int:
        """How many pictures so much memory holds at once."""
        free = available - self.timings.held - self.pictures
        return max(0, free // max(self.timings.per_picture, 1))

    def parts(self, available: int) -> int:
        """In how many parts each batch fits: as many as asked for, or twice that, and so on."""
        parts, most = max(self.training.accumulation, self.timings.parts), self.most(available)
        while most > 0 and -(-self.training.batch_size // parts) > most:
            parts = min(2 * parts, self.training.batch_size)
        return parts

    def seconds_per_epoch(self, step: float) -> float:
        """How long an epoch takes where a step takes so long."""
        return step * self.steps_per_epoch + self.timings.validation


def describe(experiment: Experiment, stop: StopToken, home: Home) -> Generator[Event, None, None]:
    """Describe the network that learns the target, with its head; ends with `NetworkDescribed`. Raises UserError."""
    from kt_gui.engine import backbones

    found = yield from outline(experiment, home, stop)
    collection = yield from shelf.read(experiment.target.data, home, stop)
    network = backbones.create(found.name, collection.classes, found.size, seed=0)
    yield NetworkDescribed(network=found.name, blocks=backbones.describe(network), image_size=found.size)


def rehearse(experiment: Experiment, stop: StopToken, home: Home) -> Generator[Event, None, None]:
    """Take three real batches of each phase; ends with `Rehearsed`. Raises UserError."""
    from kt_gui.engine import devices

    phases = []
    try:
        if isinstance(experiment.source, Pretrain):
            phases.append((yield from _rehearse_source(experiment, experiment.source, stop, home)))
        phases.append((yield from _rehearse_target(experiment, stop, home)))
    except (RuntimeError, MemoryError) as error:
        if not devices.is_out_of_memory(error):
            raise
        yield _too_large(experiment)
    else:
        yield _summed_up(phases)
    finally:
        devices.let_go()


def _rehearse_source(
    experiment: Experiment, source: Pretrain, stop: StopToken, home: Home
) -> Generator[Event, None, Rehearsal]:
    network = yield from outline_source(source, home, stop)
    data = yield from dealt(source, experiment.seed, home, stop)
    return (yield from _rehearse(plan_pretraining(experiment, source.training), network, data, stop, home))


def _rehearse_target(experiment: Experiment, stop: StopToken, home: Home) -> Generator[Event, None, Rehearsal]:
    network = yield from outline(experiment, home, stop)
    data = yield from dealt(experiment.target, experiment.seed, home, stop)
    return (yield from _rehearse(plan_finetuning(experiment), network, data, stop, home))


def dealt(what: Pretrain | Target, seed: int, home: Home, stop: StopToken) -> Generator[Event, None, Dealt]:
    """Read the pictures of source or target and deal them out. Raises UserError, Stopped."""
    from kt_gui.engine import loading

    collection = yield from shelf.read(what.data, home, stop)
    return Dealt(collection, loading.deal(collection, what.split, what.per_class, seed))


def _rehearse(
    plan: Plan, network: Outline, data: Dealt, stop: StopToken, home: Home
) -> Generator[Event, None, Rehearsal]:
    """Take real batches of the phase, with random weights: what they take does not depend on the weights."""
    from kt_gui.engine import backbones, devices, rehearsal

    built = backbones.create(network.name, data.collection.classes, network.size, seed=0)
    resolved = yield from resolving.resolve(plan.training, built, home, stop)
    batch = plan.training.batch_size
    task: Task = yield from build_task(plan, built, _few(data, batch), resolved, stop, home)
    try:
        timings = rehearsal.rehearse(task, BATCHES - 1, stop)
    finally:  # what its steps took is there for the run again
        devices.free(resolved.device)
        devices.let_go()
    train, validation, _ = data.counts
    timings = replace(timings, validation=timings.validation * validation / len(task.validation))
    pictures = (train + validation) * 3 * network.size**2
    features = timings.features * (timings.looks * train + validation)
    return Rehearsal(plan.training, timings, resolved, -(-train // batch), pictures, features)


def _few(data: Dealt, batch: int) -> Dealt:
    """Only as many pictures as are looked at."""
    splits = data.splits
    return Dealt(
        data.collection, replace(splits, train=splits.train[: BATCHES * batch], validation=splits.validation[:batch])
    )


def _summed_up(phases: list[Rehearsal]) -> Rehearsed:
    from kt_gui.engine.devices import memory_available

    last = phases[-1]
    available = memory_available(last.resolved.device)
    return Rehearsed(
        fits=all(phase.fits(available) for phase in phases),
        memory_needed=max(phase.needed for phase in phases),
        memory_available=available,
        seconds_per_epoch=last.seconds_per_epoch(_median(last)),
        seconds_low=START_S + sum(_seconds(phases, min)),
        seconds_high=START_S + SLACK * sum(_seconds(phases, max)),
        device=last.resolved.device,
        precision=last.resolved.precision,
        largest_batch=min(phase.most(available) for phase in phases),
        parts=max(phase.parts(available) for phase in phases),
    )


def _seconds(phases: list[Rehearsal], choose: Callable[[tuple[float, ...]], float]) -> Iterator[float]:
    for phase in phases:
        yield phase.features + phase.training.epochs * phase.seconds_per_epoch(choose(phase.timings.steps))


def _median(phase: Rehearsal) -> float:
    return sorted(phase.timings.steps)[len(phase.timings.steps) // 2]


def _too_large(experiment: Experiment) -> Rehearsed:
    """Not even one picture fits."""
    from kt_gui.engine import devices

    options = devices.options(experiment.training)
    available = devices.memory_available(options.device)
    return Rehearsed(
        fits=False,
        memory_needed=available,
        memory_available=available,
        seconds_per_epoch=0.0,
        seconds_low=0.0,
        seconds_high=0.0,
        device=options.device,
        precision=options.ways[0][0],
    )
