"""Pictures brought to the size that a network sees: one, many of one size at once, or any part of a collection."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch.nn import functional

from kt_gui.engine.collection import Collection
from kt_gui.engine.pools import MOST, THREADS, Pace, in_order
from kt_gui.engine.splitting import Indexes
from kt_gui.schema.events import Progressed
from kt_gui.schema.stop import Stopped, StopToken

CHUNK = 512
"""Pictures in memory that are resized at a time, where there is room for as many."""

RESAMPLING = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}

Pictures = NDArray[np.uint8]
"""[n, 3, size, size]"""


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

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of one picture, as the network gets it."""
        return (3, self.size, self.size)

    @property
    def bytes(self) -> int:
        """What one picture takes as uint8."""
        return 3 * self.size**2


def hand_on(
    chunks: Generator[Pictures, None, None], total: int, title: str, stop: StopToken, take: Callable[[Pictures], None]
) -> Generator[Progressed, None, None]:
    """Hand pictures on, a few at a time, with progress. Raises Stopped, and whatever making them raises."""
    done, pace = 0, Pace()
    with closing(chunks):
        for chunk in chunks:
            if stop.requested():
                raise Stopped
            take(chunk)
            done += len(chunk)
            if pace.is_due():
                yield Progressed(activity="reading", done=done, total=total, subject=title)
    yield Progressed(activity="reading", done=total, total=total, subject=title)


def fitted(collection: Collection, indexes: Indexes, view: View, room: int) -> Generator[Pictures, None, None]:
    """Bring these pictures to the view's size, in order, a few at a time; about `room` bytes are under way at most.

    Raises UserError for a picture that has gone.
    """
    if collection.pixels is not None:
        for chosen in split(indexes, room // (8 * view.bytes)):  # resized as floats, read from and written to
            yield fit_pixels(collection.pixels[chosen], view)
        return
    work = partial(_fit_one, collection, view)
    with closing(in_order(work, indexes.tolist(), _most(collection, view, room))) as pictures:
        for picture in pictures:
            yield picture[None]


def split(indexes: Indexes, size: int) -> Iterator[Indexes]:
    """Take so many indexes at a time, but 512 at most."""
    size = max(1, min(CHUNK, size))
    return (indexes[start : start + size] for start in range(0, len(indexes), size))


def _most(collection: Collection, view: View, room: int) -> int:
    """How many pictures may be under way at once: each thread has one twice, as its file has it; the others wait."""
    _, width, _, height = collection.sizes
    whole = 2 * 3 * width * height
    waiting = (room - THREADS * whole) // view.bytes
    return max(1, min(MOST, waiting if waiting >= THREADS else room // whole))


def _fit_one(collection: Collection, view: View, index: int) -> Pictures:
    """One picture at the network's size: uint8 [3, size, size]."""
    return fit(collection.at_least(index, view.side), view)


def fit(image: Image.Image, view: View) -> Pictures:
    """Bring one RGB picture to the view's size: uint8 [3, size, size]."""
    height, width = _scaled(image.height, image.width, view.side)
    if (width, height) != image.size:
        image = image.resize((width, height), RESAMPLING[view.interpolation])
    top, left = (height - view.size) // 2, (width - view.size) // 2
    middle = image.crop((left, top, left + view.size, top + view.size))
    return np.asarray(middle, dtype=np.uint8).transpose(2, 0, 1)


def fit_pixels(pixels: NDArray[np.uint8], view: View) -> Pictures:
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
