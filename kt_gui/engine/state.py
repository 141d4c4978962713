"""What training must remember to go on to the same end, in main memory and apart from the tensors that live on."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer


@dataclass(frozen=True)
class State:
    """Everything to go on from: tensors by name, and plain numbers."""

    model: dict[str, Tensor]
    """Weights and buffers now."""
    best: dict[str, Tensor]
    """Weights and buffers of the best epoch; empty before the first has ended."""
    anchor: dict[str, Tensor]
    """The shared parameters as they came from the source, by name."""
    optimiser: dict[str, Any]
    """As torch's `state_dict`."""
    progress: dict[str, int | float | bool | None]


def keep(tensor: Tensor) -> Tensor:
    """Copy a tensor into main memory, contiguous as files want it."""
    return tensor.detach().to("cpu", copy=True, memory_format=torch.contiguous_format)


def keep_all(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Copy tensors into main memory."""
    return {name: keep(tensor) for name, tensor in tensors.items()}


def keep_optimiser(optimiser: Optimizer) -> dict[str, Any]:
    """Copy an optimiser's state into main memory."""
    whole = optimiser.state_dict()
    state = {
        index: {name: keep(value) if isinstance(value, Tensor) else value for name, value in values.items()}
        for index, values in whole["state"].items()
    }
    return {"state": state, "param_groups": copy.deepcopy(whole["param_groups"])}


def restore_optimiser_(optimiser: Optimizer, kept: dict[str, Any]) -> None:
    """Give an optimiser its state back, laid out in memory as its parameters are.

    Fused steps walk through parameter and momentum side by side: one of them channels-last and the other not would mix
    up the weights without a word.
    """
    optimiser.load_state_dict(kept)
    for parameter, values in optimiser.state.items():
        for name, value in values.items():
            if isinstance(value, Tensor) and value.shape == parameter.shape:
                values[name] = torch.empty_like(parameter, dtype=value.dtype).copy_(value)
