"""Deals pictures to learn from out to folds that take turns at judging. Pure: knows labels and groups, no pictures."""

from collections.abc import Sequence

import numpy as np

from kt_gui.engine.collection import Collection
from kt_gui.engine.splitting import Indexes
from kt_gui.schema.experiment import Split


def rarest(collection: Collection, pool: Indexes, split: Split) -> int:
    """Count the pictures of the rarest class of the pool; where pictures belong together, its groups."""
    labels, groups = collection.labels[pool], _groups(collection, pool, split)
    return min(len(np.unique(groups[labels == label])) for label in range(len(collection.classes)))


def fold(collection: Collection, pool: Indexes, split: Split, count: int, seed: int) -> Sequence[Indexes]:
    """Deal a pool out: each class evenly, what belongs together to one fold. The same seed, the same folds.

    Equal pictures belong together, and where the split is by group, the pictures of each. Gives each fold's own.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold  # here: it takes a second

    labels, groups = collection.labels[pool], _groups(collection, pool, split)
    if len(np.unique(groups)) == len(pool):
        plain = StratifiedKFold(count, shuffle=True, random_state=seed)  # type: ignore[no-untyped-call]
        return [pool[judges] for _, judges in plain.split(labels, labels)]  # type: ignore[no-untyped-call]
    grouped = StratifiedGroupKFold(count, shuffle=True, random_state=seed)  # type: ignore[no-untyped-call]
    return [pool[judges] for _, judges in grouped.split(labels, labels, groups)]  # type: ignore[no-untyped-call]


def _groups(collection: Collection, pool: Indexes, split: Split) -> Indexes:
    """Number what belongs together; of a picture in a group, its group."""
    groups = collection.groups if split.by == "group" else None
    names = groups or collection.digests
    _, numbers = np.unique(np.array([names[index] for index in pool.tolist()]), return_inverse=True)
    return numbers.astype(np.int64)
