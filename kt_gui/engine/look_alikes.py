"""Pictures that are the same to a network: cut, mirrored or turned a little, too, where a hash of pixels sees others.

Two pictures are as far apart as one minus the cosine between their features before the head. A picture is taken for a
copy of its nearest one where that is less than half as far as the fifth nearest of all there are, on both sides: those
are other pictures, so that every picture brings its own measure of what another one of its kind looks like, and up to
four copies of it do not hide each other. Source: the ratio test of Lowe 2004, doi:10.1023/B:VISI.0000029664.99615.94,
with the fifth neighbour in the place of the second.

Measured with the bundled network (`benchmarks/near_duplicates.py`): of photos that were cut to 80 % of each side 84 to
97 % are found, of mirrored and turned ones all; of drawings 22 to 68 % and 50 to 100 %. Of pictures that are no copies
0 to 3 % are taken for some where there is much to see, up to 10 % of emoji and letters, which look alike.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from kt_gui.engine.features import Floats
from kt_gui.engine.splitting import Indexes
from kt_gui.schema.stop import Stopped, StopToken

NEIGHBOURS = 5
RATIO = 0.5
ROWS = 1024
"""Pictures that are held against a portion of the others at once."""


class Alike(NamedTuple):
    """A picture that is asked about, and the one it is taken for a copy of, by their places."""

    known: int
    asked: int
    likeness: float
    """Cosine between their features."""


@dataclass(frozen=True, eq=False)
class Nearest:
    """Of each of n pictures, the nearest ones of others, the nearest first; fewer are filled up."""

    places: Indexes
    """[n, NEIGHBOURS], -1 where there are no more."""
    likeness: Floats
    """[n, NEIGHBOURS], cosines; -inf where there are no more."""


def nobody(asked: int) -> Nearest:
    """Begin with no neighbours of so many pictures."""
    return Nearest(np.full((asked, NEIGHBOURS), -1), np.full((asked, NEIGHBOURS), -np.inf, dtype=np.float32))


def add_neighbours(
    before: Nearest, known: Floats, asked: Floats, stop: StopToken, *, start: int = 0, is_own: bool = False
) -> Nearest:
    """Look among more pictures for neighbours. Raises Stopped.

    `known` [m, features] have places from `start` on; `asked` is [n, features]. Where both are the same pictures
    (`is_own`), none is its own neighbour. At most m times ROWS numbers are held at once.
    """
    rows = functional.normalize(torch.from_numpy(known), dim=1)
    places, likeness = [], []
    for begin in range(0, len(asked), ROWS):
        if stop.requested():
            raise Stopped
        found = functional.normalize(torch.from_numpy(asked[begin : begin + ROWS]), dim=1) @ rows.T
        if is_own:
            found[torch.arange(len(found)), begin + torch.arange(len(found))] = -torch.inf
        old = slice(begin, begin + ROWS)
        best = _best(torch.from_numpy(before.likeness[old]), torch.from_numpy(before.places[old]), found, start)
        likeness.append(best[0].numpy())
        places.append(best[1].numpy())
    return Nearest(np.concatenate(places), np.concatenate(likeness)) if places else before


def _best(likeness: Tensor, places: Tensor, found: Tensor, start: int) -> tuple[Tensor, Tensor]:
    """Keep the nearest of those known and those found, [n, m]."""
    more = found.topk(min(NEIGHBOURS, found.shape[1]), dim=1)
    every = torch.cat([likeness, more.values], dim=1)
    chosen = every.topk(NEIGHBOURS, dim=1)
    whose = torch.cat([places, more.indices + start], dim=1)
    return chosen.values, whose.gather(1, chosen.indices)


def find_alike(source: Nearest, own: Nearest) -> list[Alike]:
    """Find pictures that are copies of their nearest in the source; `own` are their neighbours in their own set."""
    return _alike(source, np.concatenate([source.likeness, own.likeness], axis=1))


def find_own(own: Nearest) -> list[Alike]:
    """Find pictures that, by the same rule, are copies of others in their own set."""
    return _alike(own, own.likeness)


def _alike(nearest: Nearest, every: Floats) -> list[Alike]:
    likeness = np.minimum(nearest.likeness[:, 0].astype(np.float64), 1.0)  # rounding goes beyond
    others = _usual(every)
    is_copy = (nearest.places[:, 0] >= 0) & (1 - likeness < RATIO * (1 - others))
    return [
        Alike(int(nearest.places[place, 0]), place, float(likeness[place]))
        for place in np.flatnonzero(is_copy).tolist()
    ]


def _usual(every: Floats) -> Floats:
    """How alike the fifth nearest is, or the last there is; 1, so that nothing is a copy, where there is no second."""
    ordered = -np.sort(-every.astype(np.float64), axis=1)[:, :NEIGHBOURS]
    there = np.isfinite(ordered).sum(axis=1)
    last = ordered[np.arange(len(ordered)), np.maximum(there, 1) - 1]
    usual: Floats = np.where(there > 1, last, 1.0)
    return usual
