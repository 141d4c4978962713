"""What people corrected, applied to a set that was read."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from kt_gui.engine.checking import digest, find_problems
from kt_gui.engine.collection import Collection, keep_classes
from kt_gui.engine.correcting import correct
from kt_gui.engine.decoding import encode_png
from kt_gui.engine.splitting import Splits, deal
from kt_gui.schema.corrections import Addition, Confirmation, Correction, Exclusion, Move
from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import Split
from tests.engine.picture_sets import arrays, given, noise

PARTS = ("train", "validation", "test", "unused")


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    """Copies of two added pictures."""
    for seed in (1, 2):
        (tmp_path / f"new{seed}.png").write_bytes(encode_png(noise(seed)))
    return tmp_path


def corrected(filed: Collection, said: list[Correction], copies: Path) -> Collection:
    return correct(filed, said, lambda name: copies / f"{name}.png")


def exclusion(filed: Collection, index: int) -> Exclusion:
    return Exclusion(digest=filed.digests[index], name=filed.names[index])


def move(filed: Collection, index: int, label: str) -> Move:
    return Move(digest=filed.digests[index], name=filed.names[index], label=label)


def addition(seed: int, label: str) -> Addition:
    return Addition(digest=f"new{seed}", name=f"new{seed}.jpg", label=label)


def parts(splits: Splits, pictures: int) -> list[str]:
    return splits.part_of(pictures)


@pytest.mark.parametrize("seed", range(12))
def test_corrections_change_nobody_elses_place(copies: Path, seed: int) -> None:
    chance = np.random.default_rng(seed)
    filed = arrays(tuple(chance.integers(5, 40, 4)))
    if seed % 2:
        filed = given(filed, [PARTS[k] for k in chance.integers(0, 3, len(filed))])
    split, per_class = Split(), [None, 3][seed % 3 == 0]
    touched = chance.permutation(len(filed))[:8].tolist()
    said: list[Correction] = [exclusion(filed, index) for index in touched[:4]]
    said += [move(filed, index, filed.classes[int(chance.integers(4))]) for index in touched[4:]]
    said += [addition(1, filed.classes[0]), addition(2, filed.classes[3])]
    after = corrected(filed, said, copies)
    before_parts = parts(deal(filed, split, per_class, seed), len(filed))
    after_parts = parts(deal(after, split, per_class, seed), len(after))
    left_out = set(touched[:4])
    assert after_parts[: len(filed)] == [
        "unused" if index in left_out else part for index, part in enumerate(before_parts)
    ]
    assert after_parts[len(filed) :] == ["train", "train"]
    assert after.names[: len(filed)] == filed.names
    assert after.digests[: len(filed)] == filed.digests


def test_a_moved_picture_is_learnt_under_its_new_class_and_dealt_by_its_old_one(copies: Path) -> None:
    filed = arrays((10, 10))
    after = corrected(filed, [move(filed, 0, filed.classes[1])], copies)
    assert after.labels.tolist() == [1, *filed.labels.tolist()[1:]]
    assert np.array_equal(deal(after, Split(), None, 3).test, deal(filed, Split(), None, 3).test)


def test_an_added_picture_is_the_one_that_was_kept(copies: Path) -> None:
    filed = arrays((5, 5))
    after = corrected(filed, [addition(1, filed.classes[1])], copies)
    assert len(after) == 11
    assert after.labels[-1] == 1
    assert np.array_equal(np.asarray(after.picture(10)), np.asarray(noise(1)))
    assert np.array_equal(np.asarray(after.picture(3)), np.asarray(filed.picture(3)))
    assert after.at_least(10, 4).size >= (4, 4)
    assert after.sizes == filed.sizes
    assert after.augmentation == filed.augmentation


def test_what_lies_in_the_set_already_is_not_added_again(copies: Path) -> None:
    filed = arrays((5, 5))
    again = Addition(digest=filed.digests[2], name="again.png", label=filed.classes[1])
    assert corrected(filed, [again], copies) is filed


def test_a_picture_that_is_there_twice_is_corrected_in_both_places(copies: Path) -> None:
    filed = arrays((5, 5))
    twice = dataclasses.replace(filed, digests=(*filed.digests[:9], filed.digests[0]))
    assert corrected(twice, [exclusion(twice, 0)], copies).excluded == (0, 9)


def test_what_concerns_no_picture_changes_nothing(copies: Path) -> None:
    filed = arrays((5, 5))
    gone = [Exclusion(digest="gone", name="gone.png"), Move(digest="gone too", name="a", label="no such class")]
    right = Confirmation(digest=filed.digests[0], name=filed.names[0], label=filed.classes[0])
    assert corrected(filed, [*gone, right], copies) is filed


def test_a_class_that_was_not_asked_for_leaves_a_moved_picture_out(copies: Path) -> None:
    whole = arrays((5, 5, 5))
    few = keep_classes(whole, whole.classes[:2])
    after = corrected(few, [move(few, 0, whole.classes[2]), addition(1, whole.classes[2])], copies)
    assert after.excluded == (0,)
    assert len(after) == len(few)


def test_a_class_that_has_gone_is_named(copies: Path) -> None:
    filed = arrays((5, 5))
    with pytest.raises(UserError, match="has no class moth any more"):
        corrected(filed, [move(filed, 0, "moth")], copies)


@pytest.mark.parametrize("damage", [None, b"", b"no picture"])
def test_a_copy_that_has_gone_or_is_damaged_is_named(tmp_path: Path, damage: bytes | None) -> None:
    filed = arrays((5, 5))
    if damage is not None:
        (tmp_path / "new1.png").write_bytes(damage)
    with pytest.raises(UserError, match=r"new1\.jpg cannot be read \(new1\.png\)"):
        corrected(filed, [addition(1, filed.classes[0])], tmp_path)


def test_every_correction_changes_what_the_set_is_known_by(copies: Path) -> None:
    filed = arrays((5, 5))
    ways: list[list[Correction]] = [
        [],
        [exclusion(filed, 0)],
        [exclusion(filed, 1)],
        [move(filed, 0, filed.classes[1])],
        [addition(1, filed.classes[0])],
        [addition(1, filed.classes[1])],
    ]
    assert len({digest(corrected(filed, said, copies)) for said in ways}) == len(ways)


def test_pictures_that_were_left_out_do_not_count_where_problems_are_sought(copies: Path) -> None:
    filed = arrays((5, 9))
    after = corrected(filed, [exclusion(filed, 0)], copies)
    found = find_problems(after, deal(after, Split(), None, 0), Split())
    assert [str(each.message) for each in found if each.blocking] == [
        f"Class {filed.classes[0]} has 4 pictures; at least 5 are needed."
    ]


def test_an_added_picture_that_is_in_the_test_is_not_learnt_where_duplicates_are_dropped(copies: Path) -> None:
    filed = arrays((10, 10))
    after = corrected(filed, [addition(1, filed.classes[0])], copies)
    test = deal(after, Split(), None, 0).test[0]
    doubled = dataclasses.replace(after, digests=(*after.digests[:-1], after.digests[test]))
    assert 20 in deal(doubled, Split(), None, 0).train
    assert 20 in deal(doubled, Split(drop_duplicates=True), None, 0).unused
