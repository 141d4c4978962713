"""Whether a picture is unlike anything a network was trained on: how far it is from the training pictures, as it sees
them.

Deep nearest neighbours. Source: Sun, Ming, Zhu, Li 2022, "Out-of-Distribution Detection with Deep Nearest Neighbors",
arXiv:2204.06507. Features z before the head are brought to length 1; the score of a picture is r = ‖z − z(k)‖, with
z(k) the k-th nearest training picture's. Deviation: the threshold is the smallest of the validation pictures'
distances below which, by their rank, at least 95 % of further pictures of the same kind lie (split conformal), so that
few validation pictures make it higher, not wrong; with fewer than 19 there is none.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kt_gui.engine.devices import derive
from kt_gui.engine.splitting import Indexes

SHARE = 0.95
"""Of pictures of the usual kind that are taken for such, as in the paper."""
FEWEST = 19
"""Validation pictures; of fewer, none can lie beyond 95 % of what is still to come."""
MOST_TRAINING, MOST_VALIDATION = 2000, 1000
"""Pictures that are looked at; the paper loses little with one training picture in a hundred."""


@dataclass(frozen=True)
class Bank:
    """Training pictures as a network sees them."""

    features: Tensor
    """float32 [pictures, width], each of length 1, in main memory."""
    neighbour: int

    def distances(self, features: Tensor) -> Tensor:
        """Give the distance of each picture to its k-th nearest training picture: [n, width] -> float32 [n], 0 to 2.

        The neighbour is found by the cosine, and its distance then taken from the difference, which is exact for
        near ones.
        """
        asked = unit(features)
        nearest = (asked @ self.features.T).topk(self.neighbour, dim=1).indices[:, -1]
        distances: Tensor = torch.linalg.vector_norm(asked - self.features[nearest], dim=1)
        return distances


def build_bank(features: Tensor) -> Bank:
    """Remember training pictures by their features, float32 [n, width], in main memory."""
    return Bank(unit(features), neighbour_of(len(features)))


def unit(features: Tensor) -> Tensor:
    """Bring features to length 1; nothing but zeros stays as it is."""
    return torch.nn.functional.normalize(features.float(), dim=1)


def neighbour_of(pictures: int) -> int:
    """Choose k: one in a thousand training pictures, as in the paper, but at least the nearest.

    Measured with 195 photos of bees and ants: the nearest one tells more of what is strange than any further one.
    """
    return max(1, round(pictures / 1000))


def threshold(distances: NDArray[np.floating]) -> float | None:
    """Say from where on a picture is unlike, by the distances of validation pictures; None where they are too few."""
    rank = math.ceil(SHARE * (len(distances) + 1))
    if len(distances) < FEWEST:
        return None
    return float(np.sort(distances)[rank - 1])


def draw(indexes: Indexes, most: int, seed: int) -> Indexes:
    """Draw so many pictures of a split, all of them where there are no more; in their order."""
    if len(indexes) <= most:
        return indexes
    chance = np.random.default_rng(derive(seed, "novelty"))
    return np.sort(chance.choice(indexes, most, replace=False))
