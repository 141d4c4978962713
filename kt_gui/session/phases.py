"""The two phases of a run: learning the source, and carrying it to the target."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from kt_gui.schema import freezing
from kt_gui.schema.choices import AutomaticAugmentation
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event, Phase, Result, Tested
from kt_gui.schema.experiment import Experiment, Pretrain, Scratch, Training, Transfer
from kt_gui.schema.stop import StopToken
from kt_gui.schema.texts import tr
from kt_gui.session.cache import cache, memory_limit, reading
from kt_gui.session.common import Common
from kt_gui.session.job import Job
from kt_gui.session.pictures import Dealt
from kt_gui.session.recording import Keeper, checkpointed
from kt_gui.session.sources import Source, at_size, suitable_size
from kt_gui.session.teams import gather, shared_out
from kt_gui.store.folders import Home

if TYPE_CHECKING:
    import torch

    from kt_gui.engine.augmenting import Recipe
    from kt_gui.engine.backbones import Network
    from kt_gui.engine.devices import Resolved
    from kt_gui.engine.images import Collection
    from kt_gui.engine.loading import Portion, View
    from kt_gui.engine.splitting import Indexes
    from kt_gui.engine.task import Task
    from kt_gui.engine.team import Team
    from kt_gui.engine.trainer import Trainer

    Loading = Generator[Event, None, Portion]

LEAST = 2**25
"""Bytes of memory for pictures that each part of a set gets whatever the limit: else it would be read one by one."""


@dataclass(frozen=True)
class Learnt:
    """What came out of a phase; the network holds the weights of its best epoch, if there was one."""

    trainer: "Trainer"
    tested: Tested | None

    @property
    def network(self) -> "Network":
        """What has learnt."""
        return self.trainer.task.network


@dataclass(frozen=True)
class Plan:
    """What of an experiment decides one phase."""

    phase: Phase
    training: Training
    transfer: Transfer | None
    new_head: bool
    seed: int


def plan_pretraining(experiment: Experiment, training: Training) -> Plan:
    """Learning a task from random weights, whichever it is for."""
    return Plan("pretraining", training, None, new_head=True, seed=experiment.seed)


def plan_finetuning(experiment: Experiment) -> Plan:
    """Carrying a source to the target; without a source, learning the target alone."""
    transfer = None if isinstance(experiment.source, Scratch) else experiment.transfer
    return Plan(
        "finetuning", experiment.training, transfer, new_head=not experiment.transfer.keep_head, seed=experiment.seed
    )


def pretrain(job: Job, source: Pretrain, data: Dealt) -> Generator[Event, None, Learnt]:
    """Learn the source from random weights, and test it."""
    from kt_gui.engine import backbones

    size = suitable_size(source.network, data.collection, source.training.image_size)
    network = backbones.create(source.network, data.collection.classes, size, job.experiment.seed)
    _foresee(job.experiment, network)
    return (yield from _learn_from_here(job, plan_pretraining(job.experiment, source.training), network, data))


def _foresee(experiment: Experiment, network: "Network") -> None:
    """Say now, not hours later, that fine-tuning asks for a block or a device that is not there. Raises UserError."""
    from kt_gui.engine import devices

    freezing.plan(network.blocks, experiment.transfer.freezing, 0)
    devices.options(experiment.training)


def finetune(job: Job, source: Source, data: Dealt) -> Generator[Event, None, Learnt]:
    """Carry the source to the target, and test that."""
    network = with_right_head(job.experiment, at_size(source.network, job.experiment.training.image_size), data)
    return (yield from _learn_from_here(job, plan_finetuning(job.experiment), network, data))


def learn_alone(job: Job, name: str, data: Dealt) -> Generator[Event, None, Learnt]:
    """Learn the target from random weights: the baseline."""
    from kt_gui.engine import backbones

    experiment = job.experiment
    size = suitable_size(name, data.collection, experiment.training.image_size)
    network = backbones.create(name, data.collection.classes, size, experiment.seed)
    return (yield from _learn_from_here(job, plan_finetuning(experiment), network, data))


def result(job: Job, source: Source | None, learnt: Learnt | None) -> Result:
    """Sum up what a run has found out; `learnt` is its last phase."""
    from kt_gui.engine.task import announce

    accuracy = source.accuracy if source else None
    if learnt is None:
        return Result(accuracy, None, None, None, 0, 0, job.seconds)
    tested, task = learnt.tested, learnt.trainer.task
    ahead = announce(task, 1)
    found = Result(
        source_accuracy=accuracy,
        target_accuracy=None,
        best_epoch=learnt.trainer.best_epoch,
        drift=_drift(learnt.trainer),
        trainable_parameters=ahead.trainable_parameters,
        total_parameters=ahead.total_parameters,
        seconds=job.seconds,
    )
    if tested is None:
        return found
    if task.phase == "pretraining":
        return msgspec.structs.replace(found, source_accuracy=tested.accuracy)
    interval = (tested.low, tested.high)
    return msgspec.structs.replace(
        found, target_accuracy=tested.accuracy, target_interval=interval, target_tested=tested.total
    )


def build_task(
    plan: Plan,
    network: "Network",
    data: Dealt,
    resolved: "Resolved",
    stop: StopToken,
    home: Home,
    team: "Team | None" = None,
    common: Common | None = None,
) -> Generator[Event, None, "Task"]:
    """Bring the pictures before the network and say what is to be learnt; in a team only the first one writes.

    Folds take them from what they have in common.
    """
    import torch

    from kt_gui.engine import devices, loading
    from kt_gui.engine.task import Task
    from kt_gui.engine.team import ALONE

    devices.prepare(resolved)
    store = reading(home) if team is not None and team.rank else cache(home)
    device, limit = torch.device(resolved.device), memory_limit(home)
    collection, splits, view = data.collection, data.splits, network.view

    def load(indexes: "Indexes", limit: int | None = limit) -> "Loading":
        return loading.load(collection, indexes, view, device, stop, store=store, limit=limit)

    shared = None if common is None else (yield from _shared(common, data, view, device, load))
    if shared is None:
        train = yield from load(splits.train)
        left = None if limit is None else max(LEAST, limit - train.memory)
        shared = train, (yield from load(splits.validation, left))
    train, validation = shared
    return Task(
        phase=plan.phase,
        data=collection.title,
        network=network,
        train=train,
        validation=validation,
        training=msgspec.structs.replace(plan.training, augmentation=recipe_of(plan.training, collection)),
        resolved=resolved,
        seed=plan.seed,
        transfer=plan.transfer,
        new_head=plan.new_head,
        counts=data.counts,
        store=store,
        team=team or ALONE,
    )


def _shared(
    common: Common, data: Dealt, view: "View", device: "torch.device", load: "Callable[[Indexes], Loading]"
) -> "Generator[Event, None, tuple[Portion, Portion] | None]":
    """Give what a fold learns from and judges by as parts of the pictures of all folds; None where these have no room
    at once.
    """
    import numpy as np

    from kt_gui.engine.loading import digest

    splits = data.splits
    every = np.union1d(splits.train, splits.validation)
    key = (digest(data.collection), every.tobytes(), view, device)
    whole = common.pictures.of(key) or common.pictures.keep(key, (yield from load(every)))
    if not whole.is_in_place:
        return None
    return whole.part(np.searchsorted(every, splits.train)), whole.part(np.searchsorted(every, splits.validation))


def recipe_of(training: Training, collection: "Collection") -> "Recipe":
    """Say how pictures are varied; what "automatic" means is the data set's to say."""
    chosen = training.augmentation
    return collection.augmentation if isinstance(chosen, AutomaticAugmentation) else chosen


def _learn_from_here(job: Job, plan: Plan, network: "Network", data: Dealt) -> Generator[Event, None, Learnt]:
    resolved = shared_out((yield from job.resolve(plan.phase, plan.training, network)), job.team)
    common = job.common if job.fold is not None and plan.phase == "finetuning" else None
    task = yield from build_task(plan, network, data, resolved, job.patience(), job.home, job.team, common)
    return (yield from _learn(job, plan, task, data))


def _learn(job: Job, plan: Plan, task: "Task", data: Dealt) -> Generator[Event, None, Learnt]:
    """Train, from the beginning or from where it was left; then test the best epoch."""
    from kt_gui.engine.devices import let_go
    from kt_gui.engine.trainer import State, Trainer

    trainer = Trainer(task)
    if job.progress is not None:
        left, job.progress = job.progress, None
        trainer.load(State(dict(left.model), dict(left.best), dict(left.anchor), left.optimiser, left.numbers))
    if job.learns:
        yield from gather(job.folder, plan, trainer)
        try:
            yield from checkpointed(trainer.train(job.stop), trainer.state, Keeper(job, task))
        finally:
            let_go()
        task.team.tell(None)
    if not trainer.best:
        return Learnt(trainer, None)
    task.network.module.load_state_dict(trainer.best)
    if not len(data.splits.test):  # a fold of a study: whoever chooses by it does not look at the test
        return Learnt(trainer, None)
    return Learnt(trainer, (yield from _test(job, trainer, data)))


def _test(job: Job, trainer: "Trainer", data: Dealt) -> Generator[Event, None, Tested]:
    """Look at the test pictures, once."""
    import torch

    from kt_gui.engine import evaluation, loading

    token, task = job.patience(), trainer.task
    device, store, limit = torch.device(task.resolved.device), task.store, memory_limit(job.home)
    left = None if limit is None else max(LEAST, limit - task.train.memory - task.validation.memory)
    view, indexes = task.network.view, data.splits.test
    portion = yield from loading.load(data.collection, indexes, view, device, token, store=store, limit=left)
    found = yield from trainer.test(portion, token)
    low, high = evaluation.wilson(found.correct, found.total)
    tested = Tested(
        phase=task.phase, accuracy=found.accuracy, correct=found.correct, total=found.total, low=low, high=high
    )
    yield tested
    return tested


def with_right_head(experiment: Experiment, network: "Network", data: Dealt) -> "Network":
    """Give the network a head for the target: a fresh one, or its own where it is for the same classes.

    Raises UserError where it is to keep its own and the classes are others.
    """
    from kt_gui.engine import backbones

    classes = data.collection.classes
    if not experiment.transfer.keep_head:
        return backbones.with_head(network, classes, experiment.seed)
    if classes != network.classes:
        raise UserError(
            tr("Source and target do not have the same classes in the same order (transfer.keep_head)."),
            tr("Turn it off, so that a new head learns; or list the target's classes as the source's."),
        )
    return network


def _drift(trainer: "Trainer") -> float | None:
    """‖θ'−θ‖² in all, of the weights the network holds now; None without a source."""
    from kt_gui.engine import regularisers

    if not trainer.anchors:
        return None
    blocks = regularisers.drift(trainer.task.network, trainer.anchors, ())
    found = [block.squared for block in blocks]
    return None if None in found else sum(value for value in found if value is not None)
