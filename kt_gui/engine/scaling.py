"""The scale of the loss that keeps small gradients from vanishing in fp16, and what of it moves."""

from collections.abc import Mapping

import torch
from torch.amp import GradScaler

from kt_gui.engine.devices import Resolved

MOVING = ("scale", "_growth_tracker")
"""Of the scaler's state; the rest are its settings."""

Number = int | float | bool | None


def scaler_for(resolved: Resolved) -> GradScaler | None:
    """Make a scaler where one is needed: the other precisions reach as far down as fp32."""
    kind = torch.device(resolved.device).type
    return GradScaler(kind) if resolved.precision == "fp16" else None


def keep_scale(scaler: GradScaler | None) -> dict[str, Number]:
    """Give what a scaler must remember; without one, the same names with nothing."""
    state = scaler.state_dict() if scaler else {}
    return {key: state.get(key) for key in MOVING}


def restore_scale_(scaler: GradScaler | None, kept: Mapping[str, Number]) -> None:
    """Give a scaler back what was kept."""
    if scaler:
        scaler.load_state_dict({**scaler.state_dict(), **{key: kept[key] for key in MOVING}})
