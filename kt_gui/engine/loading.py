"""From a collection to batches for the network: pictures brought to its size once, then kept where they fit."""

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional

from kt_gui.engine.augmenting import Recipe, as_float, augment
from kt_gui.engine.checking import digest, find_duplicates, find_overlap, find_problems
from kt_gui.engine.collection import Collection, digest_of
from kt_gui.engine.decoding import encode_png, thumbnail
from kt_gui.engine.devices import memory_available
from kt_gui.engine.pools import Pace, in_order, work_through
from kt_gui.engine.splitting import Indexes, Splits, deal
from kt_gui.schema.choices import NoAugmentation
from kt_gui.schema.events import Event, Progressed
from kt_gui.schema.stop import Stopped, StopToken

__all__ = [
    "AS_IS",
    "Keys",
    "Look",
    "Portion",
    "Splits",
    "View",
    "as_png",
    "deal",
    "digest",
    "find_duplicates",
    "find_overlap",
    "find_problems",
    "load",
    "thumbnail",
]

CHUNK = 512
"""Pictures in memory that are resized at a time."""

RESAMPLING = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}

Fetch = Callable[[Tensor], Tensor]
"""Indexes into a portion to pictures, uint8 [b, 3, size, size], on the device."""

Keys = NDArray[np.void]
"""[n], 16 bytes each."""


@dataclass(frozen=True)
class View:
    """How pictures come to a network: the short side to `size` / `crop`, the middle cut out, then normalised.

    `mean` and `std` are for pictures of 0 to 1.
    """

    size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    interpolation: Literal["bilinear", "bicubic"] = "bilinear"
    crop: float = 1.0

    @property
    def side(self) -> int:
        """The short side in pixels before the middle is cut out."""
        return max(self.size, round(self.size / self.crop))


@dataclass(frozen=True)
class Look:
    """One fixed way to look at pictures: as they are, or each varied by a chance that only the seed, the number of the
    look and the picture itself decide.
    """

    recipe: Recipe
    number: int = 0
    seed: int = 0


AS_IS = Look(NoAugmentation())


class Portion:
    """One split, ready for the network. `labels` is int64 [n] on the device."""

    def __init__(
        self, labels: Tensor, view: View, fetch: Fetch, *, resident: bool, digests: Sequence[str] | None = None
    ) -> None:
        """`digests` are hashes of the pictures, in hex; left out, they are made of the pixels when first asked for."""
        self.labels = labels
        self.view = view
        self.resident = resident
        self._fetch = fetch
        self._digests = digests
        self._keys: dict[Look, Keys] = {}
        self._mean = torch.tensor(view.mean, device=labels.device).view(1, 3, 1, 1)
        self._std = torch.tensor(view.std, device=labels.device).view(1, 3, 1, 1)

    def __len__(self) -> int:
        return len(self.labels)

    def batch(self, indexes: Tensor, augmentation: Recipe, seed: int) -> Tensor:
        """Pictures by index, varied by chance from the seed and normalised: float32 [b, 3, size, size] on the device.

        The same indexes and seed give the same pixels; mixing (mixup, CutMix) is the caller's.
        """
        generator = torch.Generator().manual_seed(seed)
        return self._normalise(augment(self._fetch(indexes), augmentation, generator))

    def look(self, indexes: Tensor, look: Look) -> Tensor:
        """Pictures by index, in one fixed way, normalised: float32 [b, 3, size, size] on the device.

        A picture looks the same whichever others are asked for with it.
        """
        pictures = self._fetch(indexes)
        if isinstance(look.recipe, NoAugmentation):
            return self._normalise(as_float(pictures))
        seeds = (int.from_bytes(key.tobytes()[:8], "big") >> 1 for key in self.keys(look)[indexes.cpu().numpy()])
        varied = [
            augment(pictures[place : place + 1], look.recipe, torch.Generator().manual_seed(seed))
            for place, seed in enumerate(seeds)
        ]
        return self._normalise(torch.cat(varied))

    def keys(self, look: Look) -> Keys:
        """Name what each picture is, looked at in this way: equal exactly where the pixels will be."""
        if look not in self._keys:
            digests: Iterable[str] = self._digests if self._digests is not None else self._hash_pixels()
            if not isinstance(look.recipe, NoAugmentation):
                digests = (digest_of(f"{digest} {look}".encode()) for digest in digests)
            self._keys[look] = np.frombuffer(b"".join(map(bytes.fromhex, digests)), dtype="V16")
        return self._keys[look]

    def _hash_pixels(self) -> list[str]:
        pixels = self._fetch(torch.arange(len(self))).cpu().numpy()
        return [digest_of(picture.tobytes()) for picture in pixels]

    def _normalise(self, pictures: Tensor) -> Tensor:
        return pictures.sub_(self._mean).div_(self._std)


def load(
    collection: Collection, indexes: Indexes, view: View, device: torch.device, stop: StopToken
) -> Generator[Event, None, Portion]:
    """Bring these pictures of a collection to the network's size.

    They stay on the device where they fit in a quarter of its free memory, else in main memory by the same rule, else
    each batch is decoded when it is asked for. Raises UserError for a picture that has gone, Stopped.
    """
    labels = torch.from_numpy(collection.labels[indexes]).to(device)
    size = len(indexes) * 3 * view.size**2
    fits = 4 * size <= memory_available(str(device))
    digests = [collection.digests[index] for index in indexes]
    if not fits and 4 * size > memory_available("cpu"):
        fetch = _decoding(collection, indexes, view, device)
        return Portion(labels, view, fetch, resident=False, digests=digests)
    whole = torch.from_numpy((yield from _fit_all(collection, indexes, view, stop)))
    if fits:
        whole = whole.to(device)
    return Portion(labels, view, partial(_pick, whole, device), resident=True, digests=digests)


def _pick(whole: Tensor, device: torch.device, indexes: Tensor) -> Tensor:
    return whole[indexes.to(whole.device)].to(device)


def _decoding(collection: Collection, indexes: Indexes, view: View, device: torch.device) -> Fetch:
    """Decode each batch in a few threads when it is asked for."""

    def fetch(asked: Tensor) -> Tensor:
        chosen = indexes[asked.cpu().numpy()]
        if collection.pixels is not None:
            pictures = fit_pixels(collection.pixels[chosen], view)
        else:
            pictures = np.stack(list(in_order(partial(_fit_one, collection, view), chosen.tolist())))
        return torch.from_numpy(pictures).to(device)

    return fetch


def _fit_all(
    collection: Collection, indexes: Indexes, view: View, stop: StopToken
) -> Generator[Event, None, NDArray[np.uint8]]:
    """All pictures at the network's size: uint8 [n, 3, size, size]."""
    if collection.pixels is not None:
        return (yield from _fit_chunks(collection.pixels, indexes, view, collection.title, stop))
    whole = np.empty((len(indexes), 3, view.size, view.size), dtype=np.uint8)

    def place(position: int) -> None:
        whole[position] = _fit_one(collection, view, int(indexes[position]))

    yield from work_through(place, range(len(indexes)), "reading", collection.title, stop)
    return whole


def _fit_chunks(
    pixels: NDArray[np.uint8], indexes: Indexes, view: View, title: str, stop: StopToken
) -> Generator[Event, None, NDArray[np.uint8]]:
    """The quick way for pictures in memory: no picture is touched on its own."""
    whole = np.empty((len(indexes), 3, view.size, view.size), dtype=np.uint8)
    pace = Pace()
    for start in range(0, len(indexes), CHUNK):
        if stop.requested():
            raise Stopped
        whole[start : start + CHUNK] = fit_pixels(pixels[indexes[start : start + CHUNK]], view)
        if pace.is_due():
            yield Progressed(activity="reading", done=start, total=len(indexes), subject=title)
    yield Progressed(activity="reading", done=len(indexes), total=len(indexes), subject=title)
    return whole


def fit_pixels(pixels: NDArray[np.uint8], view: View) -> NDArray[np.uint8]:
    """Bring pictures of one size, [n, h, w] or [n, h, w, 3], to the view's: uint8 [n, 3, size, size]."""
    pictures = pixels[:, None] if pixels.ndim == 3 else pixels.transpose(0, 3, 1, 2)
    height, width = _scaled(pictures.shape[2], pictures.shape[3], view.side)
    if (height, width) != pictures.shape[2:]:
        pictures = _resize(pictures, height, width, view)
    top, left = (height - view.size) // 2, (width - view.size) // 2
    middle = pictures[:, :, top : top + view.size, left : left + view.size]
    return np.repeat(middle, 3 // middle.shape[1], axis=1)


def _resize(pictures: NDArray[np.uint8], height: int, width: int, view: View) -> NDArray[np.uint8]:
    floats = torch.from_numpy(np.ascontiguousarray(pictures)).float()
    resized = functional.interpolate(
        floats, (height, width), mode=view.interpolation, align_corners=False, antialias=True
    )
    return resized.round_().clamp_(0, 255).to(torch.uint8).numpy()


def _scaled(height: int, width: int, side: int) -> tuple[int, int]:
    """Height and width once the short side is `side`."""
    short = min(height, width)
    return max(side, round(height * side / short)), max(side, round(width * side / short))


def _fit_one(collection: Collection, view: View, index: int) -> NDArray[np.uint8]:
    """One picture at the network's size: uint8 [3, size, size]."""
    return fit(collection.at_least(index, view.side), view)


def fit(image: Image.Image, view: View) -> NDArray[np.uint8]:
    """Bring one RGB picture to the view's size: uint8 [3, size, size]."""
    height, width = _scaled(image.height, image.width, view.side)
    if (width, height) != image.size:
        image = image.resize((width, height), RESAMPLING[view.interpolation])
    top, left = (height - view.size) // 2, (width - view.size) // 2
    middle = image.crop((left, top, left + view.size, top + view.size))
    return np.asarray(middle, dtype=np.uint8).transpose(2, 0, 1)


def as_png(picture: Tensor, view: View) -> bytes:
    """A normalised picture, float [3, h, w], as a person sees it: PNG."""
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (view.mean, view.std))
    values = (picture.detach().float().cpu() * std + mean).mul(255).round().clamp(0, 255)
    return encode_png(Image.fromarray(values.to(torch.uint8).permute(1, 2, 0).numpy()))
