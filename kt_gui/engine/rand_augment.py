"""RandAugment on a batch: a few random changes for each picture (Cubuk et al. 2020, arXiv:1909.13719).

The changes and their strengths are torchvision's; unlike there, chance comes from a generator that is passed in, each
picture of a batch has its own draw, and what a turned picture leaves free is grey instead of black.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as untyped

from kt_gui.engine.devices import send

functional: Any = untyped
LEVELS = 30
GREY = [128.0]

Change = Callable[[Tensor, float], Tensor]


def _affine(pictures: Tensor, *, move: tuple[int, int] = (0, 0), shear: tuple[float, float] = (0.0, 0.0)) -> Tensor:
    changed: Tensor = functional.affine(
        pictures,
        angle=0.0,
        translate=list(move),
        scale=1.0,
        shear=list(shear),
        interpolation=InterpolationMode.NEAREST,
        fill=GREY,
        center=[0.0, 0.0] if any(shear) else None,
    )
    return changed


def _degrees(tangent: float) -> float:
    return float(torch.tensor(tangent).atan().rad2deg())


SIGNED: tuple[Change, ...] = (
    lambda pictures, level: _affine(pictures, shear=(_degrees(0.3 * level), 0.0)),
    lambda pictures, level: _affine(pictures, shear=(0.0, _degrees(0.3 * level))),
    lambda pictures, level: _affine(pictures, move=(int(150 / 331 * pictures.shape[-1] * level), 0)),
    lambda pictures, level: _affine(pictures, move=(0, int(150 / 331 * pictures.shape[-2] * level))),
    lambda pictures, level: functional.rotate(pictures, 30 * level, fill=GREY),
    lambda pictures, level: functional.adjust_brightness(pictures, 1 + 0.9 * level),
    lambda pictures, level: functional.adjust_saturation(pictures, 1 + 0.9 * level),
    lambda pictures, level: functional.adjust_contrast(pictures, 1 + 0.9 * level),
    lambda pictures, level: functional.adjust_sharpness(pictures, 1 + 0.9 * level),
)
"""Changes that go one way or the other: the level is between -1 and 1."""

UNSIGNED: tuple[Change, ...] = (
    lambda pictures, _: pictures,
    lambda pictures, level: functional.posterize(pictures, 8 - round(4 * level)),
    lambda pictures, level: functional.solarize(pictures, 255 * (1 - level)),
    lambda pictures, _: functional.autocontrast(pictures),
    lambda pictures, _: functional.equalize(pictures),
)
"""Changes that know one direction: the level is between 0 and 1."""


def rand_augment(pictures: Tensor, changes: int, magnitude: int, generator: torch.Generator) -> Tensor:
    """Change each picture so many times, uint8 [b, 3, h, w]; magnitude 0 to 30."""
    level = magnitude / LEVELS
    table: list[tuple[Change, float]] = [
        *((change, sign * level) for change in SIGNED for sign in (-1.0, 1.0)),
        *((change, level) for change in UNSIGNED for _ in range(2)),
    ]
    for _ in range(changes):
        drawn = torch.randint(len(table), (len(pictures),), generator=generator)
        pictures = _apply(pictures, table, drawn)
    return pictures


def _apply(pictures: Tensor, table: list[tuple[Change, float]], drawn: Tensor) -> Tensor:
    """Apply to each picture the change drawn for it, all pictures of one change at once."""
    changed = pictures.clone()
    for number in sorted(set(drawn.tolist())):
        change, level = table[number]
        members = send((drawn == number).nonzero().flatten(), pictures.device)
        changed[members] = change(pictures[members], level)
    return changed
