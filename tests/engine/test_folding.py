"""Folds: whole, disjoint, stratified, and with what belongs together in one."""

from dataclasses import replace

import numpy as np
import pytest

from kt_gui.engine.collection import Collection, from_arrays
from kt_gui.engine.folding import fold, rarest
from kt_gui.schema.experiment import Split


def collection(count: int = 60, *, twice: bool = False) -> Collection:
    """Noise of three classes, the last a quarter as frequent; `twice` repeats the first half as the second."""
    chance = np.random.default_rng(0)
    labels = np.array([index % 9 // 4 for index in range(count // 2)] * 2)
    pixels = chance.integers(0, 256, (count, 4, 4), dtype=np.uint8)
    if twice:
        pixels[count // 2 :] = pixels[: count // 2]
    return from_arrays("noise", ("a", "b", "c"), pixels, labels)


POOL = np.arange(5, 60)


def test_every_picture_of_the_pool_judges_once() -> None:
    parts = fold(collection(), POOL, Split(), 3, seed=1)
    assert np.sort(np.concatenate(parts)).tolist() == POOL.tolist()


def test_each_class_is_dealt_out_evenly() -> None:
    labels = collection().labels
    counts = np.array([np.bincount(labels[part], minlength=3) for part in fold(collection(), POOL, Split(), 3, seed=1)])
    assert (counts.max(0) - counts.min(0) <= 1).all()


def test_a_seed_gives_the_same_folds_and_another_one_others() -> None:
    first, again, other = (fold(collection(), POOL, Split(), 3, seed=seed) for seed in (1, 1, 2))
    assert all((one == two).all() for one, two in zip(first, again, strict=True))
    assert any((one.shape != two.shape) or (one != two).any() for one, two in zip(first, other, strict=True))


def test_equal_pictures_are_in_one_fold() -> None:
    parts = fold(collection(twice=True), np.arange(60), Split(), 3, seed=1)
    assert all(set(part % 30) == set(part[part < 30]) for part in parts)


def test_pictures_of_a_group_are_in_one_fold_where_the_split_is_by_group() -> None:
    grouped = replace(collection(), groups=tuple(f"patient {index % 12}" for index in range(60)))
    parts = fold(grouped, POOL, Split(by="group"), 3, seed=1)
    assert sum(len(set(part % 12)) for part in parts) == 12
    assert rarest(grouped, POOL, Split(by="group")) < rarest(grouped, POOL, Split())


@pytest.mark.parametrize(("twice", "wanted"), [(False, 6), (True, 3)])
def test_the_rarest_class_is_counted_in_different_pictures(twice: bool, wanted: int) -> None:
    assert rarest(collection(twice=twice), np.arange(60), Split()) == wanted
