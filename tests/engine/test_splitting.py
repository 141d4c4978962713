import dataclasses

import numpy as np
import pytest

from kt_gui.engine.checking import find_duplicates
from kt_gui.engine.collection import Collection
from kt_gui.engine.splitting import Splits, deal
from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import Split
from tests.engine.picture_sets import arrays, given

SHAPES = [(5, 5), (3, 3, 3), (1, 2, 3, 4), (100, 7, 31), (5,) * 14, (1000, 5)]
PARTS = ("train", "validation", "test", "unused")


def counts(collection: Collection, splits: Splits) -> dict[str, list[int]]:
    classes = len(collection.classes)
    return {part: np.bincount(collection.labels[getattr(splits, part)], minlength=classes).tolist() for part in PARTS}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("per_class", [None, 1, 3])
@pytest.mark.parametrize("seed", range(3))
def test_every_picture_is_dealt_exactly_once(shape: tuple[int, ...], per_class: int | None, seed: int) -> None:
    splits = deal(arrays(shape), Split(), per_class, seed)
    dealt = np.concatenate([getattr(splits, part) for part in PARTS])
    assert np.array_equal(np.sort(dealt), np.arange(sum(shape)))
    assert all((np.diff(getattr(splits, part)) > 0).all() for part in PARTS)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("shares", [(0.2, 0.2), (0.05, 0.05), (0.45, 0.45), (0.1, 0.6)])
def test_a_class_of_three_or_more_is_in_every_split(shape: tuple[int, ...], shares: tuple[float, float]) -> None:
    collection = arrays(shape)
    found = counts(collection, deal(collection, Split(validation=shares[0], test=shares[1]), None, 0))
    for label, count in enumerate(shape):
        held = [found[part][label] for part in ("train", "validation", "test")]
        assert min(held) >= 1 if count >= 3 else held[0] >= 1


def test_shares_are_those_of_the_whole_in_every_class() -> None:
    collection = arrays((100, 50, 10))
    found = counts(collection, deal(collection, Split(validation=0.2, test=0.3), None, 0))
    assert found == {"train": [50, 25, 5], "validation": [20, 10, 2], "test": [30, 15, 3], "unused": [0, 0, 0]}


def test_the_same_seed_deals_alike_and_another_does_not() -> None:
    collection = arrays((40, 40))
    one, again, other = (deal(collection, Split(), 5, seed).train.tolist() for seed in (1, 1, 2))
    assert one == again
    assert one != other


def test_the_seed_of_the_split_goes_before_the_experiments() -> None:
    collection = arrays((40, 40))
    fixed = [deal(collection, Split(seed=7), None, seed).test.tolist() for seed in (1, 2)]
    assert fixed[0] == fixed[1] == deal(collection, Split(), None, 7).test.tolist()


def test_dealing_touches_no_global_chance() -> None:
    np.random.seed(5)
    before = np.random.get_state()[1].tolist()
    deal(arrays((40, 40), groups=[str(n % 9) for n in range(80)]), Split(by="group"), 3, 0)
    assert np.random.get_state()[1].tolist() == before


@pytest.mark.parametrize("seed", range(3))
def test_fewer_pictures_a_class_change_neither_validation_nor_test_and_are_among_more(seed: int) -> None:
    collection = arrays((30, 30, 4))
    whole, five, three = (deal(collection, Split(), few, seed) for few in (None, 5, 3))
    for few in (five, three):
        assert few.validation.tolist() == whole.validation.tolist()
        assert few.test.tolist() == whole.test.tolist()
    assert set(three.train) < set(five.train) < set(whole.train)
    assert counts(collection, three)["train"] == [3, 3, 2]
    assert set(three.unused) | set(three.train) == set(whole.train)


def test_a_given_split_is_obeyed_and_validation_is_taken_from_its_training_pictures() -> None:
    collection = given(arrays((20, 20)), (["train"] * 15 + ["test"] * 5) * 2)
    splits = deal(collection, Split(), None, 0)
    assert splits.test.tolist() == [*range(15, 20), *range(35, 40)]
    assert counts(collection, splits)["validation"] == [3, 3]


def test_a_test_that_is_not_given_is_taken_from_the_training_pictures() -> None:
    collection = given(arrays((20, 20)), (["train"] * 15 + ["validation"] * 5) * 2)
    splits = deal(collection, Split(), None, 0)
    assert splits.validation.tolist() == [*range(15, 20), *range(35, 40)]
    assert counts(collection, splits)["test"] == [3, 3]


def test_a_split_given_whole_is_taken_as_it_is() -> None:
    parts = ["train", "train", "validation", "test"] * 10
    collection = given(arrays((20, 20)), parts)
    assert deal(collection, Split(), None, 0).part_of(40) == parts


def test_a_given_split_can_be_passed_over() -> None:
    collection = arrays((20, 20))
    parts = ["train", "test"] * 20
    ignored = deal(given(collection, parts), Split(given=False), None, 0)
    assert ignored.test.tolist() == deal(collection, Split(), None, 0).test.tolist()


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("many", [3, 5, 40])
def test_a_group_is_never_torn_apart_and_classes_keep_near_their_shares(seed: int, many: int) -> None:
    groups = [f"patient {number % many}" for number in range(200)]
    collection = arrays((100, 100), groups=groups)
    splits = deal(collection, Split(by="group"), None, seed)
    held = [{groups[index] for index in getattr(splits, part)} for part in ("train", "validation", "test")]
    assert sum(len(part) for part in held) == len(set.union(*held)) == many
    found = counts(collection, splits)
    assert all(count > 0 for part in ("train", "validation", "test") for count in found[part])
    if many == 40:
        assert all(abs(count - 20) <= 5 for part in ("validation", "test") for count in found[part])


def test_groups_are_kept_together_within_a_given_split() -> None:
    groups = [str(number // 4) for number in range(80)]
    collection = given(arrays((40, 40), groups=groups), (["train"] * 32 + ["test"] * 8) * 2)
    splits = deal(collection, Split(by="group"), None, 0)
    assert counts(collection, splits)["test"] == [8, 8]
    assert not {groups[index] for index in splits.train} & {groups[index] for index in splits.validation}


def test_dealing_by_group_without_groups_says_so() -> None:
    with pytest.raises(UserError, match=r"\(by\)"):
        deal(arrays((9, 9)), Split(by="group"), None, 0)


def test_fewer_than_three_groups_leave_a_split_empty_rather_than_tear_one_apart() -> None:
    collection = arrays((9, 9), groups=["left", "right"] * 9)
    splits = deal(collection, Split(by="group"), None, 0)
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (9, 9, 0)


def test_duplicates_are_kept_unless_they_are_to_be_left_out_of_learning() -> None:
    whole = arrays((30, 30))
    collection = dataclasses.replace(whole, digests=tuple(str(number % 20) for number in range(60)))
    kept, dropped = (deal(collection, Split(drop_duplicates=drop), None, 0) for drop in (False, True))
    assert len(find_duplicates(collection, kept)) > 0
    assert find_duplicates(collection, dropped) == ()
    assert dropped.test.tolist() == kept.test.tolist()
    assert set(kept.train) - set(dropped.train) <= set(dropped.unused)
    assert "" not in dropped.part_of(60)


def test_shares_that_leave_nothing_to_learn_from_are_refused() -> None:
    with pytest.raises(UserError, match="validation, test"):
        deal(arrays((9, 9)), Split(validation=0.5, test=0.5), None, 0)


def test_dealing_changes_nothing_of_the_collection() -> None:
    collection = arrays((9, 9))
    before = dataclasses.replace(collection, labels=collection.labels.copy())
    deal(collection, Split(), 2, 0)
    assert np.array_equal(before.labels, collection.labels)
