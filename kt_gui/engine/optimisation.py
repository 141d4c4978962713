"""How weights are moved: optimiser and its groups, learning rates over time, the loss, one update."""

import math
from collections.abc import Iterable
from typing import Any, assert_never

import torch
from torch import Tensor
from torch.nn import functional
from torch.optim import Optimizer

from kt_gui.engine.backbones import Network
from kt_gui.engine.regularisers import Penalty
from kt_gui.schema.choices import SGD, Adam, AdamW, Constant, Cosine, OneCycle, Optimiser, Schedule, Step
from kt_gui.schema.experiment import Training

_WARM_START = 0.01  # share of the learning rate a warm-up climbs from: at 0 the first step would be wasted
_ONE_CYCLE_START, _ONE_CYCLE_END = 1 / 25, 1 / 25 / 1e4  # as torch's OneCycleLR


# --- the optimiser -------------------------------------------------------------------------------------------------


def build_optimiser(network: Network, training: Training, *, spare_head: bool) -> Optimizer:
    """Give every parameter of the network to one optimiser, one group a block, from the start.

    A group's `base` is its learning rate before the schedule: the head's is `head_factor` times higher, each block
    below it gets `layer_decay` of the next one's. Weight decay is (a/2)·‖θ'‖² over every parameter, biases and norms
    too; `spare_head` leaves out a new head that β holds.
    """
    return _optimiser(training.optimiser, list(_groups(network, training, spare_head=spare_head)))


def _groups(network: Network, training: Training, *, spare_head: bool) -> Iterable[dict[str, Any]]:
    head = network.blocks[-1]
    for distance, block in enumerate(reversed(network.blocks)):
        parameters = [p for name, p in network.module.named_parameters() if network.owner[name] == block]
        factor = training.head_factor if block == head else training.layer_decay**distance
        rate = training.optimiser.learning_rate * factor
        decay = 0.0 if block == head and spare_head else training.optimiser.weight_decay
        if parameters:
            yield {"params": parameters, "block": block, "base": rate, "lr": rate, "weight_decay": decay}


def _optimiser(choice: Optimiser, groups: list[dict[str, Any]]) -> Optimizer:
    match choice:
        case SGD(learning_rate=rate, momentum=momentum, nesterov=nesterov):
            ahead = nesterov and momentum > 0
            sgd = torch.optim.SGD(groups, lr=rate, momentum=momentum, nesterov=ahead, fused=_is_worth_fusing(groups))
            return _with_momentum(sgd) if momentum else sgd
        case Adam(learning_rate=rate):
            return torch.optim.Adam(groups, lr=rate, fused=True)
        case AdamW(learning_rate=rate):
            return torch.optim.AdamW(groups, lr=rate, fused=True)
        case _:
            assert_never(choice)


def _is_worth_fusing(groups: list[dict[str, Any]]) -> bool:
    """Tell whether SGD gains by fusion: on a CPU by 1 % of a step only, at the cost of plain torch's last bit.

    Adam gains 15 % there, and is fused everywhere.
    """
    parameter: Tensor = groups[0]["params"][0]
    return parameter.device.type != "cpu"


def _with_momentum(optimiser: torch.optim.SGD) -> torch.optim.SGD:
    """Start every momentum at zero, which is what a first step from none gives, bit for bit.

    WORKAROUND: the fused SGD step fails with "expected Tensor, got NoneType" when some parameters of a group have a
    momentum and others, just unfrozen, have none. Remove when it takes both.
    """
    for group in optimiser.param_groups:
        for parameter in group["params"]:
            optimiser.state[parameter]["momentum_buffer"] = torch.zeros_like(parameter)
    return optimiser


@torch.no_grad()
def update(
    optimiser: Optimizer, penalty: Penalty, *, clip: float | None = None, scaler: torch.amp.GradScaler | None = None
) -> None:
    """Move the weights by the gradients at hand: unscale, clip the data's gradient, add the penalty's, step."""
    if scaler is not None:
        scaler.unscale_(optimiser)
    if clip is not None:
        torch.nn.utils.clip_grad_norm_([p for group in optimiser.param_groups for p in group["params"]], clip)
    penalty.add_gradient_()
    if scaler is None:
        optimiser.step()
    else:
        scaler.step(optimiser)
        scaler.update()


# --- learning rates over time ----------------------------------------------------------------------------------------


def set_learning_rates(optimiser: Optimizer, factor: float) -> None:
    """Set each group's learning rate to this share of its base."""
    for group in optimiser.param_groups:
        group["lr"] = group["base"] * factor


def learning_rate_factor(schedule: Schedule, progress: float, epochs: int) -> float:
    """Give the share of the learning rate at a point of training: `progress` of `epochs`, in epochs, from 0.

    A function of the position alone, so that a resumed run needs no state of a scheduler.
    """
    match schedule:
        case Constant(warmup_epochs=warmup):
            return _warm(progress, warmup)
        case Step(warmup_epochs=warmup, every=every, factor=factor):
            return _warm(progress, warmup) * factor ** int(progress / every)
        case Cosine(warmup_epochs=warmup):
            if progress < warmup:
                return _warm(progress, warmup)
            return _half_cosine(1.0, 0.0, (progress - warmup) / max(epochs - warmup, 1e-9))
        case OneCycle(climb=climb):
            return _one_cycle(progress / epochs, climb)
        case _:
            assert_never(schedule)


def _warm(progress: float, warmup: float) -> float:
    return 1.0 if progress >= warmup else _WARM_START + (1 - _WARM_START) * progress / warmup


def _one_cycle(share: float, climb: float) -> float:
    """Climb to 1 and fall along half cosines, as torch's OneCycleLR; momentum stays as it is.

    Source: Smith & Topin 2018, arXiv:1708.07120 (straight lines there).
    """
    if share < climb:
        return _half_cosine(_ONE_CYCLE_START, 1.0, share / climb)
    return _half_cosine(1.0, _ONE_CYCLE_END, (share - climb) / (1 - climb))


def _half_cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * min(share, 1.0))) / 2


# --- the loss --------------------------------------------------------------------------------------------------------


def cross_entropy(logits: Tensor, labels: Tensor, smoothing: float = 0.0) -> Tensor:
    """Give the mean cross-entropy of a batch, in at least single precision.

    `logits` [batch, classes]; `labels` int64 [batch], or shares [batch, classes] as mixup and CutMix make them.
    """
    precise = logits if logits.dtype == torch.float64 else logits.float()
    return functional.cross_entropy(precise, labels, label_smoothing=smoothing)


def count_correct(logits: Tensor, labels: Tensor) -> Tensor:
    """Count the pictures whose largest logit is their label's, or their largest share's; stays on the device."""
    hard = labels if labels.ndim == 1 else labels.argmax(1)
    return (logits.argmax(1) == hard).sum()
