"""What a run asks of its script: its phases, in plain values, and what a script cannot do as the run did it."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch

from kt_gui.engine import freezing
from kt_gui.engine.backbones import Network
from kt_gui.engine.cutting import cut
from kt_gui.engine.families import Resizable
from kt_gui.engine.freezing import learning_blocks, learning_parameters
from kt_gui.engine.loading import Look
from kt_gui.engine.task import Task, fixed_look, last_change
from kt_gui.schema.choices import CustomAugmentation, NoAugmentation
from kt_gui.schema.errors import UserError
from kt_gui.schema.exports import Ending
from kt_gui.schema.freezing import changes
from kt_gui.schema.texts import tr

Recipe = CustomAugmentation | NoAugmentation


@dataclass(frozen=True)
class Leg:
    """One phase of a run."""

    task: Task
    role: str
    """What its pictures are called in the script: source or target."""
    ending: Ending

    @property
    def network(self) -> Network:
        """What learns, as it was before the first step, or with any other weights."""
        return self.task.network

    @property
    def recipe(self) -> Recipe:
        """How pictures are varied."""
        found = self.task.training.augmentation
        assert isinstance(found, Recipe)
        return found

    @property
    def pull(self) -> float:
        """λ; 0 where there is no source."""
        return self.task.transfer.strength if self.task.transfer else 0.0

    @property
    def head_pull(self) -> float:
        """β; 0 where the head is not new to a transfer."""
        return self.task.transfer.beta if self.task.transfer and self.task.has_own_head else 0.0

    @property
    def last_change(self) -> int:
        """The last epoch at which something is unfrozen."""
        return last_change(self.task)


@dataclass(frozen=True)
class Stage:
    """Epochs in which the same is frozen."""

    start: int
    learning: tuple[str, ...]
    """The blocks that learn, from input to head."""
    has_fixed_views: bool


def stages(leg: Leg) -> tuple[Stage, ...]:
    """Say what learns when, and where pictures are varied in fixed ways, as they are while a front is frozen."""
    task = leg.task
    starts = [epoch for epoch in changes(task.network.blocks, task.freezing) if epoch < task.training.epochs]
    ends = [*starts[1:], task.training.epochs]
    return tuple(_stage(task, start, end) for start, end in zip(starts, ends, strict=True))


def _stage(task: Task, start: int, end: int) -> Stage:
    freezing.apply(task.network, task.freezing, start, task.batch_norm)
    learning = learning_blocks(task.network, task.freezing, start)
    found = cut(task.network, learning, task.resolved) if end - start > 1 else None
    look = fixed_look(task, start) if found is not None else None
    return Stage(start, learning, look is not None and not isinstance(look.recipe, NoAugmentation))


def narrowed(leg: Leg) -> frozenset[str]:
    """Name the parameters that learn where not all of a block's do; none where blocks learn whole."""
    task, network = leg.task, leg.network
    learning = learning_parameters(network, task.freezing, leg.last_change)
    moving = {network.owner[name] for name in learning}
    whole = {name for name, _ in network.module.named_parameters() if network.owner[name] in moving}
    return frozenset() if learning == whole else learning


def looks(leg: Leg) -> Iterator[Look]:
    """Give the fixed ways in which pictures are varied."""
    views = leg.task.transfer.views if leg.task.transfer else 0
    for epoch in range(min(views, leg.task.training.epochs)):
        look = fixed_look(leg.task, epoch)
        assert look is not None
        yield look


def seeds(leg: Leg) -> torch.Tensor:
    """Give each picture's chance in each fixed way: int64 [ways, pictures]. As `Portion.look` takes it."""
    rows = ([int.from_bytes(key.tobytes()[:8], "big") >> 1 for key in leg.task.train.keys(look)] for look in looks(leg))
    return torch.tensor(list(rows), dtype=torch.int64)


@torch.no_grad()
def draws_chance(network: Network) -> bool:
    """Whether a network that learns draws chance of its own, as dropout does: asked twice, it answers otherwise."""
    module = copy.deepcopy(network.module).cpu().train()
    shown = torch.randn(2, *network.view.shape, generator=torch.Generator().manual_seed(0))
    answers = []
    with torch.random.fork_rng(devices=[]):
        for seed in (0, 1):
            torch.manual_seed(seed)
            answers.append(module(shown))
    return not answers[0].equal(answers[1])


def table(network: Network) -> dict[str, str]:
    """Say which block everything belongs to, by as few beginnings of names as do: the longest that fits holds.

    A layer of no block, which always learns, goes with the head.
    """
    names = [name for name, _ in network.module.named_modules()]
    names += [name for name, _ in network.module.named_parameters(remove_duplicate=False)]
    found: dict[str, str] = {}
    for name in sorted(names, key=lambda name: (name.count(".") + bool(name), names.index(name))):
        block = network.owner.get(name, network.blocks[-1])
        if _looked_up(found, name) != block:
            found[name] = block
    return found


def _looked_up(found: Mapping[str, str], name: str) -> str | None:
    while name not in found and name:
        name = name.rpartition(".")[0]
    return found.get(name)


def refuse_unwritable(legs: Sequence[Leg]) -> None:
    """Raise UserError for what a short script cannot do exactly as the run did it."""
    for leg in legs:
        for asked, remedy in _obstacles(leg):
            raise UserError(tr("A script cannot reproduce this run: {asked}.", asked=asked), remedy)
    if len(legs) == 2 and legs[0].task.network.view.size != legs[1].task.network.view.size and _has_positions(legs[0]):
        raise UserError(
            tr("A script cannot reproduce this run: its network's positions were fitted to another picture size."),
            tr("Run it with the same picture size in both phases, then export the script of that run."),
        )


def _has_positions(leg: Leg) -> bool:
    return isinstance(leg.network.module, Resizable) or leg.network.name.startswith("torchvision/vit_")


def _obstacles(leg: Leg) -> Iterator[tuple[str, str]]:
    """Name what is in the way, and what to do about it."""
    training, resolved, recipe = leg.task.training, leg.task.resolved, leg.recipe
    if resolved.device != "cpu":
        asked = tr("it learnt on {device}, whose last digits no other machine repeats", device=resolved.device)
        yield asked, _again("training.device = cpu")
    if resolved.precision != "fp32":
        yield tr("it learnt in {precision}", precision=resolved.precision), _again("precision = fp32")
    if isinstance(recipe, CustomAugmentation):
        for field, title in (("rand_augment", "RandAugment"), ("mixup", "Mixup"), ("cutmix", "CutMix")):
            if getattr(recipe, field):
                yield tr("it used {method}", method=title), _again(f"augmentation.{field} = 0")
    if training.accumulation > 1:
        yield tr("its batches were taken in parts"), _again("training.accumulation = 1")


def _again(setting: str) -> str:
    return tr("Run it again with {setting}, then export the script of that run.", setting=setting)
