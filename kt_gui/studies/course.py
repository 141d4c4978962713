"""How a training went, epoch by epoch, as far as what went wrong with it can be read from that. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from kt_gui.schema.choices import CustomAugmentation
from kt_gui.schema.events import EpochEnded, Phase
from kt_gui.schema.experiment import Experiment, Pretrain, Training
from kt_gui.schema.study_answers import LadderVerdict

WINDOW = 3
"""Epochs that are averaged where a level is meant: one alone swings with few pictures."""


@dataclass(frozen=True)
class Doubts:
    """What a look at the labels has found."""

    labels: int
    """That are taken for wrong."""
    judged: int
    against: int
    """Pictures that look more like another class than like their own."""
    firm: int
    """Of these, how many look like it clearly."""


@dataclass(frozen=True)
class Course:
    """The last phase of a run, and what else is known that bears on it. Losses are mean cross-entropies in nats."""

    experiment: Experiment
    epochs: Sequence[EpochEnded]
    classes: int
    blocks: Sequence[str]
    """All of the network's, from input to head."""
    steps_per_epoch: int
    judges: int
    """Validation pictures."""
    phase: Phase = "finetuning"
    has_run_away: bool = False
    """Whether it ended because its loss was no number any more."""
    doubts: Doubts | None = None
    """None where nobody has looked at the labels."""
    ladder: LadderVerdict | None = None
    """Of a freezing ladder on the same source and target; None where there is none."""

    @cached_property
    def training(self) -> Training:
        """The settings of the phase."""
        source = self.experiment.source
        if self.phase == "pretraining" and isinstance(source, Pretrain):
            return source.training
        return self.experiment.training

    @cached_property
    def chance(self) -> float:
        """The loss of guessing, all classes alike."""
        return math.log(max(self.classes, 2))

    @cached_property
    def train(self) -> list[float]:
        """Training losses; infinity where one was no number."""
        return [_finite(epoch.train_loss) for epoch in self.epochs]

    @cached_property
    def validation(self) -> list[float]:
        """Validation losses; infinity where one was no number."""
        return [_finite(epoch.validation_loss) for epoch in self.epochs]

    @cached_property
    def _end(self) -> int:
        """How many of the last epochs count as the end: of few only the very last, for they differ much."""
        return min(WINDOW, max(1, len(self.epochs) // WINDOW))

    @cached_property
    def level(self) -> float:
        """The training loss that it ended with."""
        return mean(self.train[-self._end :])

    @cached_property
    def right(self) -> float:
        """The share of training pictures it was right about in the end, while it learnt from them."""
        return mean([epoch.train_accuracy for epoch in self.epochs[-self._end :]])

    @cached_property
    def judged(self) -> float:
        """The share of validation pictures it was right about in the end."""
        return mean([epoch.validation_accuracy for epoch in self.epochs[-self._end :]])

    @cached_property
    def frozen(self) -> int:
        """How many blocks never learnt."""
        learnt = {block for epoch in self.epochs for block in epoch.trainable_blocks}
        return len([block for block in self.blocks if block not in learnt])

    @cached_property
    def is_plain(self) -> bool:
        """Whether training pictures are shown as themselves: what is mixed cannot be got right."""
        recipe = self.training.augmentation
        is_mixed = isinstance(recipe, CustomAugmentation) and bool(recipe.mixup or recipe.cutmix)
        return not is_mixed and not self.training.label_smoothing

    def begins_anew(self, epoch: int) -> bool:
        """Whether other blocks began to learn in this epoch: its loss may leap for that."""
        return epoch > 0 and self.epochs[epoch].trainable_blocks != self.epochs[epoch - 1].trainable_blocks


def mean(values: Sequence[float]) -> float:
    """Give the arithmetic mean."""
    return sum(values) / len(values)


def smooth(values: Sequence[float]) -> list[float]:
    """Average each value with the one before and the one after it, where there are such."""
    half = WINDOW // 2
    return [mean(values[max(0, place - half) : place + half + 1]) for place in range(len(values))]


def _finite(loss: float | None) -> float:
    return math.inf if loss is None else loss
