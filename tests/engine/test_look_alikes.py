"""Pictures that are the same to a network."""

import numpy as np
import pytest

from kt_gui.engine import look_alikes
from kt_gui.engine.features import Floats
from kt_gui.engine.look_alikes import Alike, Nearest, add_neighbours, find_alike, find_own, nobody
from kt_gui.schema.stop import Stopped, StopToken


def features(count: int, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).normal(size=(count, 32)).astype(np.float32)


def near(rows: Floats, much: float = 0.1, seed: int = 9) -> Floats:
    """The same, changed a little, and longer: only the direction counts."""
    return (3 * (rows + much * features(len(rows), seed))).astype(np.float32)


def neighbours(known: Floats, asked: Floats, *, is_own: bool = False) -> Nearest:
    return add_neighbours(nobody(len(asked)), known, asked, StopToken(), is_own=is_own)


def found(known: Floats, asked: Floats) -> list[Alike]:
    return find_alike(neighbours(known, asked), neighbours(asked, asked, is_own=True))


def cosines(known: Floats, asked: Floats) -> Floats:
    ones, others = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (asked, known))
    return np.asarray(ones @ others.T)


def test_the_nearest_are_those_that_sorting_all_of_them_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look_alikes, "ROWS", 7)
    known, asked = features(50), features(20, seed=1)
    nearest, every = nobody(20), cosines(known, asked)
    for start in (0, 13, 14, 48):
        end = {0: 13, 13: 14, 14: 48, 48: 50}[start]
        nearest = add_neighbours(nearest, known[start:end], asked, StopToken(), start=start)
    np.testing.assert_array_equal(nearest.places, np.argsort(-every, axis=1)[:, :5])
    np.testing.assert_allclose(nearest.likeness, -np.sort(-every, axis=1)[:, :5], atol=1e-6)


def test_no_picture_is_its_own_neighbour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look_alikes, "ROWS", 4)
    rows = features(10)
    nearest = neighbours(rows, rows, is_own=True)
    assert not (nearest.places == np.arange(10)[:, None]).any()
    assert (nearest.places >= 0).all()


def test_a_changed_copy_is_found_and_others_are_not() -> None:
    known, asked = features(60), features(20, seed=1)
    asked[[3, 11]] = near(known[[40, 7]])
    pairs = found(known, asked)
    assert [(pair.known, pair.asked) for pair in pairs] == [(40, 3), (7, 11)]
    assert [pair.likeness for pair in pairs] == pytest.approx(cosines(known, asked)[[3, 11], [40, 7]], abs=1e-6)


def test_up_to_four_copies_do_not_hide_each_other() -> None:
    asked = features(20, seed=1)
    for copies, is_found in ((1, True), (4, True), (5, False)):
        known = np.concatenate([features(60), np.repeat(near(asked[:1]), copies, axis=0)])
        assert any(pair.asked == 0 for pair in found(known, asked)) is is_found


def test_what_is_near_to_all_its_kind_is_no_copy() -> None:
    """Drawings of one style lie close together, and every one has its own measure."""
    style = features(1, seed=5)
    crowd = near(np.repeat(style, 40, axis=0), 0.3)
    asked = near(np.repeat(style, 10, axis=0), 0.3, seed=11)
    assert cosines(crowd, asked).min() > 0.8
    assert found(crowd, asked) == []


def test_copies_within_the_test_are_told_by_the_same_rule() -> None:
    rows = features(20)
    rows[4] = near(rows[9:10])[0]
    assert {(pair.known, pair.asked) for pair in find_own(neighbours(rows, rows, is_own=True))} == {(9, 4), (4, 9)}


@pytest.mark.parametrize(("known", "asked"), [(0, 5), (5, 0), (1, 1), (0, 0)])
def test_where_there_is_nothing_to_measure_by_nothing_is_found(known: int, asked: int) -> None:
    assert found(features(known), features(asked)) == []


def test_pictures_without_any_features_are_no_copies() -> None:
    blank = np.zeros((8, 32), dtype=np.float32)
    assert found(blank, blank) == []


def test_comparing_can_be_stopped() -> None:
    stop = StopToken()
    stop.stop("keep")
    with pytest.raises(Stopped):
        add_neighbours(nobody(3), features(3), features(3), stop)
