"""Draws what a network looks at over the picture: grey where it does not, bright and in colour where it does."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kt_gui.engine.decoding import encode_png
from kt_gui.schema.shades import SCALE

if TYPE_CHECKING:
    from kt_gui.engine.explaining import Heat

SIDE = 224
"""Pixels that a drawing has at least: of a picture of 32, places would be drawn as blocks."""
FAINT, STRONG = 0.25, 0.7
"""How much the colours cover the picture, where nothing and where most is looked at."""

Bytes = NDArray[np.uint8]


def plain(pixels: Bytes) -> bytes:
    """Draw a picture, [3, s, s], as the network sees it: PNG."""
    return encode_png(_enlarged(pixels))


def overlay(pixels: Bytes, heat: "Heat") -> bytes:
    """Draw a picture, [3, s, s], and over it a map from 0 to 1, [s, s]: PNG."""
    picture = _enlarged(pixels)
    fine = np.asarray(Image.fromarray(heat).resize(picture.size, Image.Resampling.BICUBIC)).clip(0, 1)
    grey = np.repeat(np.asarray(picture.convert("L"), np.float32)[..., None], 3, axis=2)
    cover = (FAINT + (STRONG - FAINT) * fine)[..., None]
    mixed = (1 - cover) * grey + cover * colours(fine)
    return encode_png(Image.fromarray(mixed.round().astype(np.uint8)))


def colours(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give values from 0 to 1 their colours on the scale: [..., 3], 0 to 255."""
    scale = np.array(SCALE, np.float32)
    places = np.linspace(0, 1, len(scale))
    return np.stack([np.interp(values, places, scale[:, part]) for part in range(3)], axis=-1).astype(np.float32)


def _enlarged(pixels: Bytes) -> Image.Image:
    picture = Image.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0)))
    side = max(SIDE, picture.width)
    return picture if picture.width == side else picture.resize((side, side), Image.Resampling.BICUBIC)
