"""Colours that must be told apart, by everybody: computed by the published models, not looked at."""

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from kt_gui.widgets import theme

Floats = NDArray[np.float64]

VISIONS = {
    "usual": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
"""What people see, on linear RGB (Machado, Oliveira and Fernandes 2009, doi:10.1109/TVCG.2009.113, severity 1)."""
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])

both_looks = pytest.mark.parametrize("look", [theme.LIGHT, theme.DARK], ids=["light", "dark"])


def linear(colour: str) -> Floats:
    shares = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)


def lab(colour: Floats) -> Floats:
    """CIE L*a*b*, in which a distance of 2 is just seen side by side."""
    x = TO_XYZ @ colour.clip(0, 1) / WHITE
    f = np.where(x > 216 / 24389, np.cbrt(x), (24389 / 27 * x + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(one: str, other: str) -> float:
    low, high = sorted(float((TO_XYZ @ linear(each))[1]) for each in (one, other))
    return (high + 0.05) / (low + 0.05)


@both_looks
@pytest.mark.parametrize("vision", VISIONS)
def test_the_lines_of_eight_runs_are_told_apart(look: theme.Theme, vision: str) -> None:
    seen = [lab(np.array(VISIONS[vision]) @ linear(colour)) for colour in look.lines]
    assert min(float(np.linalg.norm(one - other)) for one, other in combinations(seen, 2)) > 20


@both_looks
def test_every_line_stands_out_from_its_card(look: theme.Theme) -> None:
    """As WCAG 2.1 asks of graphics (1.4.11)."""
    assert min(contrast(colour, look.card) for colour in look.lines) >= 3
