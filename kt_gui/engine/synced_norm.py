"""Batch norm that learns, over the batch of a whole team: every process normalises by the statistics of all pictures.

torch's own SyncBatchNorm takes CUDA tensors only, and would put other layers into the network.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from kt_gui.engine.team import Team


class SyncedBatchNorm(TorchFunctionMode):
    """While it is entered, every batch norm in training mode takes its mean and variance from all processes.

    On the thread that entered it; whichever layer asks (torch's, timm's), for all of them call the same function.
    """

    def __init__(self, team: Team) -> None:
        super().__init__()
        self._team = team

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Do what was called, batch norm in our way."""
        named = kwargs or {}
        if func is functional.batch_norm:
            return _batch_norm(self._team, *args, **named)
        return func(*args, **named)


def _batch_norm(
    team: Team,
    values: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """As torch's `batch_norm`; `values` are [batch, channels, ...]."""
    if not training:
        return functional.batch_norm(values, running_mean, running_var, weight, bias, training, momentum, eps)
    precise = values.float() if values.dtype in (torch.float16, torch.bfloat16) else values
    mean, variance, count = _statistics(team, precise)
    _follow_(running_mean, mean, momentum)
    _follow_(running_var, variance * (count / (count - 1).clamp(min=1)), momentum)
    scale = torch.rsqrt(variance + eps)
    if weight is not None:
        scale = scale * weight
    offset = -mean * scale if bias is None else bias - mean * scale
    shape = (1, -1, *(1,) * (values.ndim - 2))
    return torch.addcmul(offset.view(shape), precise, scale.view(shape)).to(values.dtype)


def _statistics(team: Team, values: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Give each channel's mean and (biased) variance over all processes, and how many values they are of.

    Means and variances of the processes are put together, not sums of squares, which would cancel out. Source: Chan,
    Golub, LeVeque 1983, doi:10.1080/00031305.1983.10483115.
    """
    over = [axis for axis in range(values.ndim) if axis != 1]
    variance, mean = torch.var_mean(values, over, correction=0)
    count = mean.new_full((1,), values.numel() // values.shape[1])
    rows = [torch.zeros(2 * len(mean) + 1, dtype=mean.dtype, device=mean.device)] * team.size
    rows[team.rank] = torch.cat([mean, variance, count])
    every: Tensor = _Sum.apply(torch.stack(rows), team)
    means, variances, counts = torch.split(every, [len(mean), len(mean), 1], dim=1)
    total = counts.detach().sum()
    shares = counts.detach() / total
    whole = (shares * means).sum(0)
    return whole, (shares * (variances + (means - whole).square())).sum(0), total


@torch.no_grad()
def _follow_(running: Tensor | None, now: Tensor, momentum: float) -> None:
    if running is not None:
        running.mul_(1 - momentum).add_(now.to(running.dtype), alpha=momentum)


class _Sum(torch.autograd.Function):
    """Adds up over all processes; so does its gradient, for each process's loss is a part of the whole."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, team: Team) -> Tensor:
        ctx.team = team
        summed = values.clone()
        team.all_reduce(summed)
        return summed

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        summed = gradients[0].clone(memory_format=torch.contiguous_format)
        ctx.team.all_reduce(summed)
        return summed, None
