"""Where a network puts pictures among each other: features brought down to places on a map, and how well classes
lie apart. Knows numbers only.
"""

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from kt_gui.engine.features import Floats
from kt_gui.schema.insights import Neighbourhood

NEAREST = 10
"""Neighbours that the purity looks at."""
PERPLEXITY = 30.0
"""Of t-SNE: about how many neighbours each point minds; the authors' middle value."""
ROWS = 1024
"""Pictures whose distances to all others are held at once."""
DIRECTIONS = 50
"""Of PCA, that t-SNE is given at most: the rest is mostly noise, and costs time."""
FEWEST = 4
"""Points below which there is nothing for t-SNE to arrange."""

Labels = NDArray[np.int64]


def pca(values: Floats, directions: int = 2) -> tuple[Floats, tuple[float, ...]]:
    """Project onto the directions of largest variance: [n, directions], and the share of all variance of each.

    By the eigenvectors of the smaller of covariance and Gram matrix, in double precision. The sign is the one that
    makes each direction's largest entry positive, so that the same features always give the same map.
    """
    rows = torch.from_numpy(values).double()
    rows = rows - rows.mean(dim=0)
    is_wide = rows.shape[1] > rows.shape[0]
    variances, vectors = torch.linalg.eigh(rows @ rows.T if is_wide else rows.T @ rows)
    found = vectors[:, -directions:].flip(1)
    if is_wide:
        found = functional.normalize(rows.T @ found, dim=0)
    largest = found.abs().argmax(dim=0, keepdim=True)
    places = rows @ (found * found.gather(0, largest).sign())
    lacking = directions - places.shape[1]
    shares = _shares(variances.flip(0)[:directions], variances, lacking)
    return functional.pad(places, (0, lacking)).float().numpy(), shares


def _shares(largest: Tensor, variances: Tensor, lacking: int) -> tuple[float, ...]:
    whole = float(variances.clamp(min=0).sum())
    shares = (largest.clamp(min=0) / whole).tolist() if whole > 0 else [0.0] * len(largest)
    return (*shares, *[0.0] * lacking)


def tsne(values: Floats, start: Floats, seed: int = 0) -> Floats:
    """Put pictures that lie near each other near each other, whatever lies far: [n, 2].

    Source: van der Maaten and Hinton 2008, JMLR 9:2579, in Barnes and Hut's approximation (scikit-learn), on at most 50
    directions of PCA. It begins with the places `start`: from PCA's it keeps the large order (Kobak and Berens 2019,
    doi:10.1038/s41467-019-13056-x).
    """
    from sklearn.manifold import TSNE

    count, spread = len(values), float(start[:, 0].std())
    if count < FEWEST or spread == 0:
        return start
    method: Any = TSNE(  # type: ignore[no-untyped-call]
        perplexity=min(PERPLEXITY, (count - 1) / 3), init=1e-4 * start / spread, learning_rate="auto", random_state=seed
    )
    few = pca(values, DIRECTIONS)[0] if values.shape[1] > DIRECTIONS else values
    places: Floats = method.fit_transform(few)
    return places


def align(places: Floats, onto: Floats) -> Floats:
    """Turn and mirror places so that they lie as close to others of the same pictures as can be (Procrustes): [n, 2].

    Both are centred and brought to a mean square distance of 1 first, for maps of two networks have no common unit.
    Source: Schönemann 1966, doi:10.1007/BF02289451.
    """
    moved, fixed = centre(places).astype(np.float64), centre(onto).astype(np.float64)
    left, _, right = np.linalg.svd(moved.T @ fixed)
    turned: Floats = (moved @ left @ right).astype(np.float32)
    return turned


def centre(places: Floats) -> Floats:
    """Bring places about 0, at a mean square distance of 1 from it; all in one place stay there: [n, 2]."""
    moved = places.astype(np.float64) - places.mean(axis=0, dtype=np.float64)
    spread = float(np.sqrt((moved**2).sum(axis=1).mean()))
    scaled: Floats = (moved / spread if spread > 0 else moved).astype(np.float32)
    return scaled


# --- how well the classes lie apart ----------------------------------------------------------------------------------


def nearest_of(labels: Labels) -> int:
    """Say how many neighbours there are to look at: ten, or all the others where there are fewer."""
    return max(0, min(NEAREST, len(labels) - 1))


def chance_of(labels: Labels) -> float | None:
    """Give the purity that places would have by chance: how often another picture, any, is of the same class."""
    count = len(labels)
    if count < 2:
        return None
    sizes = np.bincount(labels)
    return float((sizes * (sizes - 1)).sum() / (count * (count - 1)))


def neighbourhood(values: Floats, labels: Labels) -> Neighbourhood:
    """Say how well the classes lie apart, in all features, not on the map: by Euclidean distance."""
    from sklearn.metrics import silhouette_score

    classes = len(np.unique(labels))
    is_meaningful = 2 <= classes < len(labels) and bool(np.isfinite(values).all())
    silhouette = float(silhouette_score(values, labels)) if is_meaningful else None
    return Neighbourhood(purity=_purity(values, labels), silhouette=silhouette)


def _purity(values: Floats, labels: Labels) -> float | None:
    nearest = nearest_of(labels)
    if nearest == 0 or not np.isfinite(values).all():
        return None
    rows, kinds = torch.from_numpy(values), torch.from_numpy(labels)
    found = [
        _same(rows, kinds, chunk, nearest)
        for chunk in torch.arange(len(rows)).tensor_split(math.ceil(len(rows) / ROWS))
    ]
    return float(torch.cat(found).mean())


def _same(rows: Tensor, kinds: Tensor, chunk: Tensor, nearest: int) -> Tensor:
    """The share of the nearest others of a few pictures that is of their class: [chunk]."""
    distances = torch.cdist(rows[chunk], rows)
    distances[torch.arange(len(chunk)), chunk] = torch.inf
    others = distances.topk(nearest, largest=False).indices
    return (kinds[others] == kinds[chunk, None]).double().mean(dim=1)


def sample(labels: Labels, most: int, seed: int) -> NDArray[np.int64]:
    """Choose at most so many pictures, of each class its share and at least one: their positions, in order."""
    count = len(labels)
    if count <= most:
        return np.arange(count, dtype=np.int64)
    order = np.random.default_rng(seed).permutation(count)
    by_class = order[np.argsort(labels[order], kind="stable")]
    sizes = np.bincount(labels)
    starts = np.cumsum(sizes) - sizes
    rank = np.arange(count) - np.repeat(starts, sizes)
    share = (rank + 0.5) / np.repeat(sizes, sizes)
    chosen = by_class[np.argsort(np.where(rank == 0, -1.0, share), kind="stable")[:most]]
    return np.sort(chosen).astype(np.int64)
