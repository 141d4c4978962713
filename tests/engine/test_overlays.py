import io

import numpy as np
import pytest
from PIL import Image

from kt_gui.engine.overlays import SIDE, colours, overlay, plain
from kt_gui.schema.shades import SCALE


def decoded(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)))


def grey(side: int = 32) -> np.ndarray:
    return np.full((3, side, side), 128, np.uint8)


def test_a_small_picture_is_drawn_large() -> None:
    assert decoded(plain(grey(32))).shape == (SIDE, SIDE, 3)
    assert decoded(plain(grey(300))).shape == (300, 300, 3)


def test_what_is_looked_at_is_brighter_and_yellow() -> None:
    heat = np.zeros((32, 32), np.float32)
    heat[:, 16:] = 1
    drawn = decoded(overlay(grey(), heat)).astype(int)
    left, right = drawn[SIDE // 2, 20], drawn[SIDE // 2, SIDE - 20]
    assert right.sum() > left.sum()
    assert right[0] > right[2]
    assert left[2] > left[1]


def test_the_scale_is_even_to_the_eye() -> None:
    """Lightness, by the relative luminance of sRGB, grows all along it."""
    shares = colours(np.linspace(0, 1, 65, dtype=np.float32)) / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    luminance = linear @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(luminance) > 0).all()


@pytest.mark.parametrize(("value", "place"), [(0.0, 0), (0.5, 4), (1.0, 8)])
def test_colours_are_those_of_the_scale(value: float, place: int) -> None:
    assert colours(np.array([value], np.float32))[0] == pytest.approx(SCALE[place])
