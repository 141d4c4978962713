"""A dry run: a few real steps on a copy of the network, to tell what a training will take."""

import copy
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from kt_gui.engine import devices
from kt_gui.engine.evaluation import look
from kt_gui.engine.task import Task, last_change
from kt_gui.engine.trainer import Trainer
from kt_gui.schema.events import FeaturesKept, Progressed
from kt_gui.schema.stop import Stopped, StopToken


@dataclass(frozen=True)
class Timings:
    """What a training takes, in an epoch in which as much learns as ever will."""

    steps: tuple[float, ...]
    """Seconds of the steps taken, the first left out: it warms up."""
    steps_per_epoch: int
    validation: float
    """Seconds that a look at all validation pictures takes."""
    held: int
    """Bytes that are there between two steps, beside the pictures: weights, gradients, optimiser, anchors."""
    per_picture: int
    """Bytes that a step keeps for its way back, for each picture of the part of a batch that is taken at once."""
    parts: int = 1
    """In how many parts each batch was taken: more than asked for, where memory ran out."""
    features: float = 0.0
    """Seconds to compute what frozen blocks make of one picture looked at in one way; 0 where nothing is reused."""
    looks: int = 0
    """Ways in which each picture to learn from is looked at."""


def rehearse(task: Task, batches: int = 3, stop: StopToken | None = None) -> Timings:
    """Take one step to warm up and `batches` more, of the epoch in which most learns, and look at a few pictures.

    The caller's network, its gradients and modes, and torch's random state stay as they are.

    Raises Stopped between steps, and whatever running out of memory raises (`devices.is_out_of_memory`).
    """
    asked = stop or StopToken()
    network = replace(task.network, module=copy.deepcopy(task.network.module))
    copied = replace(task, network=network, store=None)
    with devices.untouched_chance(task.resolved.device):
        devices.prepare(task.resolved)
        trainer = Trainer(copied)
        trainer.enter_epoch(last_change(task))
        features, looks = _time_features(trainer, asked)
        kept = _bytes_kept(partial(_step, trainer, 0, asked), trainer.learner)
        if trainer.parts > task.training.accumulation:  # count again without what a try kept until memory ran out
            kept = _bytes_kept(partial(_step, trainer, 0, asked), trainer.learner)
        steps = tuple(_time(partial(_step, trainer, index, asked), task) for index in range(1, batches + 1))
        validation = _time_validation(trainer)
    at_once = math.ceil(len(task.train) / trainer.steps_per_epoch / trainer.parts)
    return Timings(
        steps=steps,
        steps_per_epoch=trainer.steps_per_epoch,
        validation=validation,
        held=_bytes_held(trainer),
        per_picture=math.ceil(kept / at_once),
        parts=trainer.parts,
        features=features,
        looks=looks,
    )


def _time_features(trainer: Trainer, stop: StopToken) -> tuple[float, int]:
    """Let frozen blocks compute these few pictures; give the seconds for each, and how many looks there are."""
    begun = time.perf_counter()
    for event in trainer.prepare(stop):
        if isinstance(event, Progressed) and event.done == 0:
            begun = time.perf_counter()  # the network was cut before: that is done once
        if isinstance(event, FeaturesKept):
            return (time.perf_counter() - begun) / max(event.computed, 1), event.looks
    return 0.0, 0


def _step(trainer: Trainer, index: int, stop: StopToken) -> None:
    if stop.requested():
        raise Stopped
    if index % trainer.steps_per_epoch == 0:
        trainer.enter_epoch(last_change(trainer.task))
    trainer.step()


def _time(work: Callable[[], object], task: Task) -> float:
    devices.synchronise(task.resolved.device)
    begun = time.perf_counter()
    work()
    devices.synchronise(task.resolved.device)
    return time.perf_counter() - begun


def _time_validation(trainer: Trainer) -> float:
    """Time a batch, and reckon what all validation pictures take."""
    task = trainer.task
    task.network.module.eval()
    total = len(task.validation)
    indexes = torch.arange(min(total, task.training.batch_size))
    judge = trainer.judge or partial(look, task.network, task.validation, resolved=task.resolved)
    seconds = _time(partial(judge, indexes), task)
    return seconds * total / len(indexes)


def _bytes_kept(work: Callable[[], object], module: nn.Module) -> int:
    """Count what autograd keeps for the way back of one part of a batch, each piece of memory once.

    Weights and buffers are left out: they are there anyway.
    """
    own = {tensor.untyped_storage().data_ptr() for tensor in module.state_dict(keep_vars=True).values()}
    sizes: dict[int, int] = {}
    most = 0

    def begin(*_: object) -> None:
        nonlocal most
        most = max(most, sum(sizes.values()))
        sizes.clear()

    def note(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            sizes[storage.data_ptr()] = storage.nbytes()
        return tensor.detach()

    each_part = module.register_forward_pre_hook(begin)
    try:
        with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
            work()
    finally:
        each_part.remove()
    return max(most, sum(sizes.values()))


def _bytes_held(trainer: Trainer) -> int:
    """Count what is there between two steps: weights, buffers, gradients, anchors, the optimiser's state."""
    state = trainer.state()
    gradients = (weight.grad for weight in trainer.task.network.module.parameters() if weight.grad is not None)
    held = [*_tensors(state.model), *_tensors(state.anchor), *_tensors(state.optimiser), *gradients]
    return sum(tensor.nbytes for tensor in held)


def _tensors(values: Any) -> Iterator[Tensor]:
    """Find the tensors in nested dictionaries."""
    if isinstance(values, Tensor):
        yield values
    elif isinstance(values, dict):
        for value in values.values():
            yield from _tensors(value)
