"""Pictures varied at random, a whole batch at a time, each picture on its own; and batches mixed with soft labels.

All chance comes from the generator passed in and is drawn on the CPU, so that every device makes the same choices and
no global random state is touched.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from kt_gui.engine.devices import send
from kt_gui.schema.choices import CustomAugmentation, NoAugmentation

Recipe = CustomAugmentation | NoAugmentation

SHIFT = 8
"""A shift is at most this part of the side: 4 pixels of 32."""

ZOOM_AREA = (0.35, 1.0)
ZOOM_RATIO = (3 / 4, 4 / 3)
"""Share of the picture's area that a zoom keeps, and its width by its height: milder than ImageNet's 0.08."""

GROUP = 2**19
"""Values worked on at a time on a CPU: 2 MB as floats, which its cache holds from one operation to the next."""

LUMA = (0.299, 0.587, 0.114)
"""What red, green and blue give to the brightness (ITU-R BT.601)."""


def augment(pictures: Tensor, recipe: Recipe, generator: torch.Generator) -> Tensor:
    """Vary pictures, uint8 0 to 255 or float 0 to 1, [b, 3, h, w]; as float 0 to 1. Mixing is not done here."""
    if isinstance(recipe, NoAugmentation):
        return as_float(pictures)
    if recipe.rand_augment:
        from kt_gui.engine.rand_augment import rand_augment  # here: torchvision's transforms take two seconds

        pictures = rand_augment(as_bytes(pictures), recipe.rand_augment, recipe.magnitude, generator)
    pictures = _flip(pictures, recipe.flip, generator)
    if recipe.crop == "shift":
        pictures = shift(pictures, generator)
    varied = as_float(pictures)
    if recipe.crop == "zoom":
        varied = zoom(varied, generator)
    return jitter(varied, recipe.colour, generator) if recipe.colour else varied


def as_float(pictures: Tensor) -> Tensor:
    """Bytes 0 to 255 as float 0 to 1; floats stay."""
    return pictures if pictures.is_floating_point() else pictures.float().div_(255)


def _in_groups(work: Callable[..., Tensor], pictures: Tensor, *drawn: Tensor) -> Tensor:
    """Do the work on pictures and what was drawn for each: on a CPU a few at a time, elsewhere on all at once.

    No group is of one picture: torch would sum that one up in another order.
    """
    groups = len(pictures) // max(2, GROUP // max(1, pictures[:1].numel()))
    if pictures.device.type != "cpu" or groups < 2:
        return work(pictures, *drawn)
    whole = torch.empty_like(pictures)
    split = (values.tensor_split(groups) for values in (whole, pictures, *drawn))
    for place, *few in zip(*split, strict=True):
        place.copy_(work(*few))
    return whole


def as_bytes(pictures: Tensor) -> Tensor:
    """Floats 0 to 1 as bytes 0 to 255; bytes stay."""
    return pictures.mul(255).round().clamp(0, 255).to(torch.uint8) if pictures.is_floating_point() else pictures


def _flip(pictures: Tensor, which: str, generator: torch.Generator) -> Tensor:
    if which == "none":
        return pictures
    pictures = _mirror(pictures, -1, generator)
    return _mirror(pictures, -2, generator) if which == "both" else pictures


def _mirror(pictures: Tensor, axis: int, generator: torch.Generator) -> Tensor:
    """Mirror half of the pictures along an axis."""
    chosen = torch.rand(len(pictures), generator=generator) < 0.5
    places = send(chosen.nonzero().flatten(), pictures.device)
    return pictures.index_copy(0, places, pictures.index_select(0, places).flip(axis))


def shift(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Move each picture by up to an eighth of its side; what comes in is the mirrored edge."""
    count, channels, height, width = pictures.shape
    down, across = _draw_moves(height, count, generator), _draw_moves(width, count, generator)
    places = (torch.arange(height) + down).abs()
    rows = torch.where(places >= height, 2 * (height - 1) - places, places)
    # A row comes as it is from one of the places of a wider one: many times quicker than value by value.
    most = _most_moved(width)
    left, right = pictures[..., 1 : most + 1].flip(-1), pictures[..., width - 1 - most : width - 1].flip(-1)
    windows = torch.cat([left, pictures, right], -1).unfold(-1, width, 1)
    batch = torch.arange(count, device=pictures.device).view(-1, 1, 1)
    channel = torch.arange(channels, device=pictures.device).view(1, -1, 1)
    there = pictures.device
    return windows[batch, channel, send(rows, there)[:, None, :], send(across + most, there)[:, None, :]]


def _draw_moves(side: int, count: int, generator: torch.Generator) -> Tensor:
    """For each of `count` pictures by how many pixels it moves: [count, 1]."""
    most = _most_moved(side)
    return torch.randint(-most, most + 1, (count, 1), generator=generator)


def _most_moved(side: int) -> int:
    return max(1, side // SHIFT) if side > 1 else 0


def zoom(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Cut a random part out of each picture and enlarge it to the whole, bilinearly (float pictures).

    Source: the random resized crop of Szegedy et al. 2015 (arXiv:1409.4842), with a larger least area.
    """
    count = len(pictures)
    area = torch.empty(count).uniform_(*ZOOM_AREA, generator=generator)
    low, high = (float(np.log(ratio)) for ratio in ZOOM_RATIO)
    ratio = torch.empty(count).uniform_(low, high, generator=generator).exp()
    width, height = (area * ratio).sqrt().clamp(max=1), (area / ratio).sqrt().clamp(max=1)
    across = (2 * torch.rand(count, generator=generator) - 1) * (1 - width)
    down = (2 * torch.rand(count, generator=generator) - 1) * (1 - height)
    frames = torch.zeros(count, 2, 3)
    frames[:, 0, 0], frames[:, 0, 2], frames[:, 1, 1], frames[:, 1, 2] = width, across, height, down
    return _in_groups(_enlarge, pictures, send(frames, pictures.device))


def _enlarge(pictures: Tensor, frames: Tensor) -> Tensor:
    grid = functional.affine_grid(frames, list(pictures.shape), align_corners=False)
    enlarged: Tensor = functional.grid_sample(
        pictures, grid, mode="bilinear", padding_mode="border", align_corners=False
    )
    return enlarged


def jitter(pictures: Tensor, strength: float, generator: torch.Generator) -> Tensor:
    """Vary brightness, contrast and saturation of each picture by a factor of 1 ± strength (float pictures)."""
    factors = torch.empty(3, len(pictures), 1, 1, 1).uniform_(1 - strength, 1 + strength, generator=generator)
    return _in_groups(_jitter, pictures, *send(factors, pictures.device))


def _jitter(pictures: Tensor, brightness: Tensor, contrast: Tensor, saturation: Tensor) -> Tensor:
    varied = (pictures * brightness).clamp_(0, 1)
    mean = _grey(varied).mean(dim=(2, 3), keepdim=True)
    varied.sub_(mean).mul_(contrast).add_(mean).clamp_(0, 1)
    grey = _grey(varied)
    return varied.sub_(grey).mul_(saturation).add_(grey).clamp_(0, 1)


def _grey(pictures: Tensor) -> Tensor:
    """Luma, [b, 1, h, w]."""
    red, green, blue = (pictures[:, channel, None] * share for channel, share in enumerate(LUMA))
    return red.add_(green).add_(blue)


def mix(
    pictures: Tensor, labels: Tensor, classes: int, recipe: Recipe, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Mix each picture with another of the batch; give back pictures and soft labels, float [b, classes].

    Where mixup and CutMix are both asked for, each batch gets one of them by a toss. With neither, only the labels
    change their form. Source: Zhang et al. 2018 (arXiv:1710.09412), Yun et al. 2019 (arXiv:1905.04899): one λ a batch.
    """
    soft = functional.one_hot(labels, classes).float()
    if isinstance(recipe, NoAugmentation) or not (recipe.mixup or recipe.cutmix):
        return pictures, soft
    chance = np.random.default_rng(int(torch.randint(2**62, (), generator=generator)))
    cut = recipe.cutmix > 0 and (recipe.mixup == 0 or chance.random() < 0.5)
    partner = send(torch.randperm(len(pictures), generator=generator), pictures.device)
    if cut:
        mixed, share = _cut_in(pictures, partner, chance.beta(recipe.cutmix, recipe.cutmix), chance)
    else:
        share = chance.beta(recipe.mixup, recipe.mixup)
        mixed = share * pictures + (1 - share) * pictures[partner]
    return mixed, share * soft + (1 - share) * soft[partner]


def _cut_in(pictures: Tensor, partner: Tensor, share: float, chance: np.random.Generator) -> tuple[Tensor, float]:
    """Paste a box of the partner, of about 1 - share of the area; give back the share that truly stayed."""
    height, width = pictures.shape[-2:]
    side = (1 - share) ** 0.5
    top, bottom = _stretch(height, side, chance)
    left, right = _stretch(width, side, chance)
    mixed = pictures.clone()
    mixed[..., top:bottom, left:right] = pictures[partner, :, top:bottom, left:right]
    return mixed, 1 - (bottom - top) * (right - left) / (height * width)


def _stretch(length: int, share: float, chance: np.random.Generator) -> tuple[int, int]:
    """A stretch of this share of a length about a random middle, cut off at the ends."""
    middle, half = int(chance.integers(length)), round(length * share / 2)
    return max(0, middle - half), min(length, middle + half)
