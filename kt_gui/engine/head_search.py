"""Solves the heads of a λ search on a frozen network: every fold and every λ at once, instead of training each.

What a training would come to if it went on for ever: each picture counts in all the fixed ways in which it would look
at it, one after the other. Judged are pictures as they are.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from kt_gui.engine import freezing
from kt_gui.engine.features import head_layer
from kt_gui.engine.linear_probes import Effort, Fold, Head, Probe, fit_probes
from kt_gui.engine.reuse import Reuse
from kt_gui.engine.splitting import Indexes
from kt_gui.engine.task import Task
from kt_gui.schema.events import Event
from kt_gui.schema.stop import StopToken

WEAKEST = 1e-6
"""Stands for a strength of 0. Fewer pictures than features leave it open then what the head says of other pictures; the
limit of ever weaker pulls is what descent would come to (Soudry et al. 2018, arXiv:1710.10345)."""
EFFORT = Effort(tolerance=1e-8, iterations=1000)
"""In float64: the weakest pull has to be felt."""


@dataclass(frozen=True)
class Turn:
    """Which pictures of the training portion learn, and which judge, by their places in it."""

    learns: Indexes
    judges: Indexes


def search(
    task: Task, turns: Sequence[Turn], strengths: Sequence[float], stop: StopToken
) -> Generator[Event, None, list[Probe] | None]:
    """Fit the head for every strength and turn, in the order of `fit_probes`; None where only a training can tell.

    The task's training pictures are all that the turns are made of. Where the head is new, a strength is β/2. None,
    too, where the head is more than one linear layer, or the frozen part cannot be kept. Raises Stopped, UserError.
    """
    network, reuse = task.network, Reuse(task)
    task.resolved.place(network.module)
    freezing.apply(network, task.freezing, 0, task.batch_norm)
    yield from reuse.enter(0, stop)
    if not reuse.is_on or not _is_linear(reuse.rest, head_layer(network)):
        return None
    plain = yield from reuse.as_they_are(task.train, stop)
    if plain is None:
        return None
    every = torch.arange(len(task.train))
    looks = {reuse.look(epoch): epoch for epoch in range(task.training.epochs)}
    features = torch.cat([plain, *(reuse.inputs(every, epoch) for epoch in looks.values())])
    place = "cpu" if features.device.type == "mps" else features.device  # Apple's GPUs have no float64
    probes = fit_probes(
        features.to(place).double(),
        task.train.labels.to(place).repeat(1 + len(looks)),
        [_fold(turn, len(every), len(looks)) for turn in turns],
        [max(strength, WEAKEST) for strength in strengths],
        classes=len(network.classes),
        anchor=None if task.new_head else _head(head_layer(network)),
        penalise_bias=task.new_head or task.transfer is None or task.transfer.penalised == "all",
        effort=EFFORT,
        stop=stop,
    )
    asked = [strength for strength in strengths for _ in turns]
    return [replace(probe, strength=strength) for probe, strength in zip(probes, asked, strict=True)]


def _fold(turn: Turn, pictures: int, looks: int) -> Fold:
    """Rows are the pictures as they are, then all of them once for each way to look at them."""
    learns = torch.from_numpy(turn.learns)
    varied = torch.cat([learns + pictures * (1 + look) for look in range(looks)])
    return Fold(varied, torch.from_numpy(turn.judges))


@torch.no_grad()
def _is_linear(rest: nn.Module, layer: nn.Module) -> bool:
    """Whether what learns is this one layer, also while it learns: dropout would show on noise."""
    if not isinstance(layer, nn.Linear):
        return False
    chance = torch.Generator().manual_seed(0)
    noise = torch.randn((2, layer.in_features), generator=chance).to(layer.weight)
    try:
        found = rest(noise)
    except (RuntimeError, TypeError, IndexError):  # it takes activations of another shape
        return False
    return found.shape == (2, layer.out_features) and bool(torch.allclose(found, layer(noise), rtol=1e-4, atol=1e-5))


def _head(layer: nn.Module) -> Head:
    assert isinstance(layer, nn.Linear)
    weights: Tensor = layer.weight.detach().float()
    return Head(weights, weights.new_zeros(len(weights)) if layer.bias is None else layer.bias.detach().float())
