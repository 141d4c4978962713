import dataclasses

import numpy as np

from kt_gui.engine.checking import digest, find_duplicates, find_overlap, find_problems
from kt_gui.engine.collection import Collection, from_arrays, keep_classes
from kt_gui.engine.splitting import Splits, deal
from kt_gui.schema.events import Problem
from kt_gui.schema.experiment import Split
from tests.engine.picture_sets import arrays, given


def found(collection: Collection, split: Split | None = None) -> tuple[Problem, ...]:
    split = split or Split()
    return find_problems(collection, deal(collection, split, None, 0), split)


def said(collection: Collection, split: Split | None = None, *, blocking: bool) -> list[str]:
    return [str(problem.message) for problem in found(collection, split) if problem.blocking == blocking]


def mended(collection: Collection, split: Split | None = None) -> list[tuple[str, str, object]]:
    mendings = [problem.mending for problem in found(collection, split) if problem.mending is not None]
    return [(str(mending.says), mending.field, mending.value) for mending in mendings]


def test_a_sound_set_has_no_problems() -> None:
    assert found(arrays((5, 5))) == ()


def test_one_class_cannot_be_told_from_another() -> None:
    assert said(arrays((9,)), blocking=True) == ["There is only one class, a; at least 2 are needed."]


def test_a_class_with_too_few_pictures_is_named_with_its_count() -> None:
    assert said(arrays((9, 1, 4)), blocking=True) == [
        "Class b has 1 picture; at least 5 are needed.",
        "Class c has 4 pictures; at least 5 are needed.",
    ]


def test_of_many_small_classes_the_rest_is_counted() -> None:
    problems = said(arrays((9, *(3,) * 20)), blocking=True)
    assert len(problems) == 9
    assert problems[-1] == "12 more classes have fewer than 5 pictures."


def test_a_class_that_the_given_split_never_trains_blocks_and_one_it_never_tests_is_told() -> None:
    collection = given(arrays((10, 10, 10)), ["train", "test"] * 5 + ["test"] * 10 + ["train"] * 10)
    assert said(collection, blocking=True) == ["Class b has no picture for training."]
    assert said(collection, blocking=False) == [
        "Class b has no picture for validation.",
        "Class c has no picture for the test.",
    ]


def test_a_split_without_any_picture_blocks() -> None:
    collection = given(arrays((10, 10)), ["test"] * 20)
    assert said(collection, blocking=True)[:2] == [
        "No picture is left for training.",
        "No picture is left for validation.",
    ]


def test_classes_that_differ_only_in_capitals_are_both_named() -> None:
    collection = dataclasses.replace(arrays((9, 9)), classes=("Cat", "cat"))
    assert said(collection, blocking=False) == ["Classes Cat, cat differ only in small and capital letters."]


def test_an_empty_class_is_named() -> None:
    collection = dataclasses.replace(arrays((9, 9)), empty=("moth",))
    assert said(collection, blocking=False) == ["Class moth has no picture that can be read; it is left out."]


def test_a_picture_in_two_classes_is_told() -> None:
    collection = arrays((9, 9))
    torn = dataclasses.replace(collection, digests=(*collection.digests[:17], collection.digests[3]))
    assert said(torn, blocking=False) == ["Pictures in more than one class: 1, the first is a 4."]


def test_groups_on_both_sides_of_the_test_are_told_where_dealing_was_by_class() -> None:
    collection = arrays((9, 9), groups=[str(number % 3) for number in range(18)])
    (told,) = said(collection, blocking=False)
    assert told.startswith("Groups in training and in the test: ")
    assert said(collection, Split(by="group"), blocking=False) == []
    assert mended(collection) == [("Deal by group", "split.by", "group")]


def test_small_classes_are_left_out_together_where_two_remain() -> None:
    assert mended(arrays((9, 1, 9))) == [("Leave it out", "data.classes", ("a", "c"))] * 3
    assert mended(arrays((9, 4, 9, 3)))[0] == ("Leave out 2 classes", "data.classes", ("a", "c"))
    assert mended(arrays((9, 4))) == []


def test_one_class_of_several_is_mended_by_all_of_them() -> None:
    one = keep_classes(arrays((9, 9, 9)), ("b",))
    assert mended(one) == [("Use all classes", "data.classes", ())]


def test_a_given_split_that_lacks_classes_can_be_passed_over() -> None:
    collection = given(arrays((10, 10)), ["train", "test"] * 5 + ["test"] * 10)
    assert set(mended(collection)) == {("Do not use the given split", "split.given", False)}
    assert found(collection, Split(given=False)) == ()


def test_a_given_split_that_tears_groups_apart_can_be_passed_over() -> None:
    groups = [str(number // 2) for number in range(40)]
    collection = given(arrays((20, 20), groups=groups), (["train"] * 15 + ["test"] * 5) * 2)
    assert mended(collection, Split(by="group")) == [("Do not use the given split", "split.given", False)]


def test_too_few_groups_block_until_dealing_is_by_class() -> None:
    collection = arrays((9, 9), groups=["left", "right"] * 9)
    assert said(collection, Split(by="group"), blocking=True) == [
        "Dealing by group needs at least 3 groups; arrays has 2."
    ]
    assert mended(collection, Split(by="group"))[0] == ("Deal by class", "split.by", "class")
    assert mended(collection) == []


def doubled() -> tuple[Collection, Splits]:
    """Pictures 0 and 5 are the same, 1 and 6 too, 2 and 3 too."""
    pixels = np.random.default_rng(0).integers(0, 256, (8, 4, 4), dtype=np.uint8)
    pixels[5], pixels[6], pixels[3] = pixels[0], pixels[1], pixels[2]
    collection = from_arrays("doubled", ("a", "b"), pixels, np.array([0, 1] * 4))
    parts = (np.array(part) for part in ([0, 2, 3], [1], [4, 5], [6, 7]))
    return collection, Splits(*parts)


def test_the_same_picture_in_two_splits_is_found_once() -> None:
    (found,) = find_duplicates(*doubled())
    assert (found.first, found.first_split, found.second, found.second_split) == ("a 1", "train", "b 6", "test")


def test_test_pictures_that_the_source_has_seen_are_found() -> None:
    collection, splits = doubled()
    other = from_arrays("other", ("a",), np.stack([collection.pixels[4], collection.pixels[1]]), np.array([0, 0]))
    (found,) = find_overlap(other, collection, splits)
    assert (found.first, found.first_split, found.second, found.second_split) == ("a 1", "source", "a 5", "test")


def test_the_digest_tells_pictures_labels_and_classes_apart_and_nothing_else() -> None:
    collection = arrays((3, 3))
    others = [
        arrays((2, 4)),
        dataclasses.replace(collection, classes=("a", "c")),
        dataclasses.replace(collection, digests=tuple(reversed(collection.digests))),
    ]
    assert len({digest(each) for each in (collection, *others)}) == 4
    assert digest(collection) == digest(dataclasses.replace(arrays((3, 3)), title="another"))
