"""What a training's steps learn from: batches of pictures, or of what frozen blocks made of them, with their labels."""

import torch
from torch import Tensor

from kt_gui.engine import devices
from kt_gui.engine.augmenting import mix
from kt_gui.engine.reuse import Reuse
from kt_gui.engine.task import Task
from kt_gui.engine.team import Dealt
from kt_gui.schema.choices import AutomaticAugmentation, CustomAugmentation


class Feed:
    """Fetches, varies and mixes the pictures of a batch; or looks up their activations, where those are kept."""

    def __init__(self, task: Task, reuse: Reuse) -> None:
        self._task, self._reuse = task, reuse

    @property
    def mixes(self) -> bool:
        """Whether pictures are mixed with others of their batch."""
        recipe = self._task.training.augmentation
        return isinstance(recipe, CustomAugmentation) and bool(recipe.mixup or recipe.cutmix)

    def batch(self, indexes: Tensor, epoch: int, seed: int, only: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Give what the learning part takes, [batch, ...], and the labels; or those at some places only."""
        task, recipe = self._task, self._task.training.augmentation
        assert not isinstance(recipe, AutomaticAugmentation)
        labelled = indexes if only is None else indexes[only]
        labels = task.train.labels[devices.send(labelled, task.train.labels.device)]
        if self._reuse.is_on:
            return self._reuse.inputs(indexes, epoch), labels
        look = self._reuse.look(epoch)
        varied = task.train.look(indexes, look) if look else task.train.batch(indexes, recipe, seed, only)
        pictures = varied.contiguous(memory_format=task.resolved.layout)
        if self.mixes:
            chance = torch.Generator().manual_seed(devices.derive(seed, "mix"))
            return mix(pictures, labels, len(task.network.classes), recipe, chance)
        return pictures, labels

    def own(self, indexes: Tensor, epoch: int, seed: int, dealt: Dealt) -> tuple[Tensor, Tensor]:
        """Give what this process learns from of a batch, as it would be among the whole."""
        if self.mixes:
            inputs, labels = self.batch(indexes, epoch, seed)
            return inputs[dealt.places], labels[dealt.places]
        if self._reuse.is_on or self._reuse.look(epoch):
            return self.batch(indexes[dealt.places], epoch, seed)
        return self.batch(indexes, epoch, seed, dealt.places)
