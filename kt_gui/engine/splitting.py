"""Who learns, who chooses, who tests: a data set dealt out, by seed. Pure: knows labels and groups, no pictures."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kt_gui.engine.collection import Collection
from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import Split
from kt_gui.schema.texts import tr

Indexes = NDArray[np.int64]

GROUP_DRAWS = 100
"""Draws of whole groups, of which the one that keeps the classes' shares best is taken."""


@dataclass(frozen=True, eq=False)
class Splits:
    """Indexes into a collection, each in ascending order; together they are all of it, none twice."""

    train: Indexes
    validation: Indexes
    test: Indexes
    unused: Indexes
    """Pictures left out by "pictures per class", by people, or because they are in the test or validation, too."""

    def part_of(self, pictures: int) -> list[str]:
        """The split of every picture by its index, by name; what is unused is called so."""
        parts = [""] * pictures
        for name in ("train", "validation", "test", "unused"):
            for index in getattr(self, name).tolist():
                parts[index] = name
        return parts


def deal(collection: Collection, split: Split, per_class: int | None, seed: int) -> Splits:
    """Deal a collection out: the same seed, the same deal. The split's own seed goes before the one passed in.

    Shares are kept in every class; a class of three pictures or more is in every split (where groups and a given split
    allow it). Of a given split only what is missing is drawn, from its training pictures.

    A set that people have corrected is dealt out as it lies there, so that no correction changes another picture's
    place: then what they left out is unused, and what they added is learnt from. Raises UserError.
    """
    if collection.filed is None:
        return _deal(collection, split, per_class, seed)
    return _corrected(collection, _deal(collection.filed, split, per_class, seed), split)


def _deal(collection: Collection, split: Split, per_class: int | None, seed: int) -> Splits:
    shares = _shares(split)
    chance = np.random.default_rng([seed if split.seed is None else split.seed, 0x5711])
    groups = _groups(collection, split)
    test, validation, rest = _given(collection, split)
    test_asked, validation_asked = not len(test), not len(validation)
    if test_asked:
        taken = _draw(collection.labels, groups, rest, shares[1], chance, reserve=2 if validation_asked else 1)
        test, rest = rest[taken], rest[~taken]
    if validation_asked:
        share = shares[0] / (1 - shares[1]) if test_asked else shares[0]
        taken = _draw(collection.labels, groups, rest, share, chance, reserve=1)
        validation, rest = rest[taken], rest[~taken]
    if split.drop_duplicates:
        validation = _unseen(collection, validation, test)
        rest = _unseen(collection, rest, np.concatenate([validation, test]))
    train = _few(collection.labels, rest, per_class, chance)
    unused = np.setdiff1d(np.arange(len(collection)), np.concatenate([train, validation, test]))
    return Splits(train=train, validation=validation, test=test, unused=unused)


def _corrected(collection: Collection, splits: Splits, split: Split) -> Splits:
    """Put what was left out with the unused, and what was added with what is learnt."""
    assert collection.filed is not None
    added = np.arange(len(collection.filed), len(collection))
    if split.drop_duplicates:
        added = _unseen(collection, added, np.concatenate([splits.validation, splits.test]))
    train = np.intersect1d(np.concatenate([splits.train, added]), collection.used)
    validation, test = (np.intersect1d(part, collection.used) for part in (splits.validation, splits.test))
    unused = np.setdiff1d(np.arange(len(collection)), np.concatenate([train, validation, test]))
    return Splits(train=train, validation=validation, test=test, unused=unused)


def _shares(split: Split) -> tuple[float, float]:
    if split.validation + split.test >= 1:
        raise UserError(
            tr("Validation and test together take every picture (validation, test)."),
            tr("Leave a share for training: their sum must be below 1."),
        )
    return split.validation, split.test


def _groups(collection: Collection, split: Split) -> Indexes | None:
    """A number for each picture's group where groups are to be kept together."""
    if split.by == "class":
        return None
    if collection.groups is None:
        raise UserError(
            tr("{title} does not say which pictures belong together (by).", title=collection.title),
            tr("Name the group column of a table, or deal by class."),
        )
    _, numbers = np.unique(np.array(collection.groups), return_inverse=True)
    return numbers.astype(np.int64)


def _given(collection: Collection, split: Split) -> tuple[Indexes, Indexes, Indexes]:
    """What the data says is for test and for validation, and the rest to draw from."""
    everything = np.arange(len(collection))
    none = everything[:0]
    if collection.given is None or not split.given:
        return none, none, everything
    given = np.array(collection.given)
    return everything[given == "test"], everything[given == "validation"], everything[given == "train"]


def _draw(
    labels: Indexes, groups: Indexes | None, pool: Indexes, share: float, chance: np.random.Generator, reserve: int
) -> NDArray[np.bool_]:
    """Mark a share of the pool; each class keeps `reserve` pictures unmarked where it can."""
    if groups is None:
        return _draw_by_class(labels[pool], share, chance, reserve)
    return _draw_by_group(labels[pool], groups[pool], share, chance, reserve)


def _draw_by_class(labels: Indexes, share: float, chance: np.random.Generator, reserve: int) -> NDArray[np.bool_]:
    """Mark a share of each class, at least one picture where enough remain.

    Not scikit-learn's stratified split: that one leaves small classes out of a split, and refuses a class of one.
    """
    marked = np.zeros(len(labels), dtype=np.bool_)
    for label in np.unique(labels):
        members = chance.permutation(np.flatnonzero(labels == label))
        wanted = max(1, round(share * len(members)))
        marked[members[: max(0, min(wanted, len(members) - reserve))]] = True
    return marked


def _draw_by_group(
    labels: Indexes, groups: Indexes, share: float, chance: np.random.Generator, reserve: int
) -> NDArray[np.bool_]:
    """Mark whole groups: of many draws the one whose classes come nearest to the share."""
    from sklearn.model_selection import GroupShuffleSplit  # here: it takes a second, and few sets have groups

    there = len(np.unique(groups))
    if there <= reserve:
        return np.zeros(len(labels), dtype=np.bool_)
    count = min(max(1, round(share * there)), there - reserve)
    state = int(chance.integers(2**31))
    draws = GroupShuffleSplit(n_splits=GROUP_DRAWS, test_size=count, random_state=state)  # type: ignore[no-untyped-call]
    classes = np.bincount(labels)
    best, least = np.zeros(len(labels), dtype=np.bool_), np.inf
    for _, taken in draws.split(labels, labels, groups):  # type: ignore[no-untyped-call]
        cost = _cost(classes, np.bincount(labels[taken], minlength=len(classes)), share)
        if cost < least:
            best, least = np.isin(np.arange(len(labels)), taken), cost
    return best


def _cost(classes: Indexes, marked: Indexes, share: float) -> float:
    """How far a draw is from the share in each class; a class wholly on one side weighs more than all else."""
    there = classes > 0
    lost = there & ((marked == 0) | (marked == classes))
    return float(np.abs(marked - share * classes).sum() + classes.sum() * lost.sum())


def _unseen(collection: Collection, pool: Indexes, held: Indexes) -> Indexes:
    """Of the pool, the pictures that are not among the held ones a second time."""
    known = {collection.digests[index] for index in held.tolist()}
    return pool[[collection.digests[index] not in known for index in pool.tolist()]]


def _few(labels: Indexes, pool: Indexes, per_class: int | None, chance: np.random.Generator) -> Indexes:
    """Of the pool, so many pictures of each class: fewer are among more, at the same seed."""
    if per_class is None:
        return pool
    order = chance.permutation(pool)
    kept = [order[labels[order] == label][:per_class] for label in np.unique(labels[pool])]
    return np.sort(np.concatenate(kept)) if kept else pool
