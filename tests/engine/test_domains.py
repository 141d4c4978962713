"""The proxy A-distance, held against what is known of Gaussians, scikit-learn, and what must not change it."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import norm, ortho_group
from sklearn.linear_model import LogisticRegression

from kt_gui.engine.domains import MOST, STRENGTH, Side, proxy_a_distance
from kt_gui.engine.labelling import deal_out
from kt_gui.schema.domains import Distance
from kt_gui.schema.stop import Stopped, StopToken

Values = NDArray[np.float32]


def side(values: NDArray[np.float64], name: str) -> Side:
    return Side(values.astype(np.float32), [f"{name} {place}" for place in range(len(values))])


def gaussian(count: int, name: str, *, shift: float = 0.0, width: int = 6, seed: int = 0) -> Side:
    """Rows about 0, moved along one direction."""
    chance = np.random.default_rng([seed, len(name), ord(name[0])])
    return side(chance.normal(size=(count, width)) + shift * np.eye(width)[0], name)


def apart(source: Side, target: Side, seed: int = 0) -> Distance:
    found = proxy_a_distance(source, target, StopToken(), seed=seed)
    assert found is not None
    return found


# --- what is known ---------------------------------------------------------------------------------------------------


def test_sets_of_one_distribution_are_at_no_distance_within_its_error() -> None:
    found = apart(gaussian(800, "a"), gaussian(800, "b"))
    assert found.low == 0
    assert found.distance < 0.2
    assert found.error == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("shift", [0.5, 1.0, 2.0, 4.0])
def test_the_distance_of_two_gaussians_is_that_of_the_best_classifier_there_is(shift: float) -> None:
    found = apart(gaussian(1000, "a"), gaussian(1000, "b", shift=shift))
    bayes = norm.cdf(-shift / 2)
    assert found.error == pytest.approx(bayes, abs=0.03)
    assert found.distance == pytest.approx(2 * (1 - 2 * found.error))


def test_the_interval_holds_the_known_distance_about_as_often_as_it_says() -> None:
    bayes = norm.cdf(-0.75)
    held = 0
    for seed in range(60):
        source = gaussian(150, "a", width=2, seed=seed)
        found = apart(source, gaussian(150, "b", shift=1.5, width=2, seed=seed), seed)
        held += found.low <= 2 * (1 - 2 * bayes) <= found.high
    assert held >= 53, "of 60 at 95 %, fewer than one time in a hundred"


def test_sets_that_a_plane_divides_are_at_a_distance_of_two_with_an_interval_all_the_same() -> None:
    found = apart(gaussian(60, "a"), gaussian(60, "b", shift=40.0))
    assert (found.distance, found.high, found.error) == (2.0, 2.0, 0.0)
    assert 1.7 < found.low < 2.0


def test_errors_are_those_of_scikit_learns_logistic_regression() -> None:
    source, target = gaussian(90, "a", width=40), gaussian(90, "b", shift=1.5, width=40)
    found = apart(source, target)
    order = [
        np.array(sorted(range(90), key=lambda place, each=each: lot(each.digests[place]))) for each in (source, target)
    ]
    rows = np.concatenate([source.values[order[0]], target.values[order[1]]]).astype(np.float64)
    rows = (rows - rows.mean(0)) / np.sqrt(((rows - rows.mean(0)) ** 2).mean())
    labels = np.repeat(np.arange(2), 90)
    digests = [each.digests[place] for each, places in zip((source, target), order, strict=True) for place in places]
    held = deal_out(labels, digests, 0)
    wrong = 0
    for fold in range(5):
        learns = held != fold
        # ours has two columns of weights w/2 and -w/2: STRENGTH·‖W‖² is half of STRENGTH·‖w‖²
        sklearns = LogisticRegression(C=1 / (STRENGTH * learns.sum()), tol=1e-8, max_iter=1000)
        sklearns.fit(rows[learns], labels[learns])
        wrong += int((sklearns.predict(rows[~learns]) != labels[~learns]).sum())
    assert abs(wrong - found.error * 180) <= 1, "one picture may lie on the plane"


def lot(digest: str) -> bytes:
    return hashlib.blake2b(f"0 {digest}".encode(), digest_size=16).digest()


# --- what must not change it -----------------------------------------------------------------------------------------


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), stretch=st.floats(1e-3, 1e3), shift=st.floats(0, 3))
def test_neither_order_nor_scale_nor_turning_nor_moving_changes_it(seed: int, stretch: float, shift: float) -> None:
    chance = np.random.default_rng(seed)
    source, target = gaussian(40, "a", seed=seed), gaussian(40, "b", shift=shift, seed=seed)
    turn, move = ortho_group.rvs(6, random_state=seed), chance.normal(size=6)
    changed = []
    for each in (source, target):
        order = chance.permutation(40)
        values = stretch * (each.values[order].astype(np.float64) @ turn + move)
        changed.append(Side(values.astype(np.float32), [each.digests[place] for place in order.tolist()]))
    before, after = apart(source, target), apart(*changed)
    assert abs(before.error - after.error) * 80 <= 1, "one picture may lie on the plane"


def test_which_set_is_called_the_source_matters_little() -> None:
    source, target = gaussian(400, "a"), gaussian(400, "b", shift=1.0)
    assert apart(source, target).error == pytest.approx(apart(target, source).error, abs=0.02)


# --- odd sets --------------------------------------------------------------------------------------------------------


def test_pictures_that_are_in_both_sets_do_not_set_them_apart() -> None:
    source = gaussian(200, "a", width=300)
    assert apart(source, source).distance == 0
    half = Side(source.values[:100], source.digests[:100])
    assert apart(half, source).low == 0


def test_of_a_large_and_a_small_set_as_many_pictures_are_told_apart() -> None:
    found = apart(gaussian(900, "a"), gaussian(12, "b", shift=30.0))
    assert found.pictures == 12
    assert found.error == 0
    same = apart(gaussian(900, "a"), gaussian(12, "b"))
    assert same.low == 0
    assert same.high > 0.5, "twelve pictures tell little"


def test_no_more_than_so_many_pictures_are_told_apart() -> None:
    assert apart(gaussian(MOST + 50, "a"), gaussian(MOST + 90, "b")).pictures == MOST


@pytest.mark.parametrize("count", [0, 1, 4])
def test_of_fewer_than_five_pictures_nothing_is_said(count: int) -> None:
    few, many = gaussian(count, "a"), gaussian(50, "b")
    assert proxy_a_distance(few, many, StopToken()) is None
    assert proxy_a_distance(many, few, StopToken()) is None


def test_features_that_are_all_the_same_tell_nothing_apart() -> None:
    source, target = side(np.ones((30, 4)), "a"), side(np.ones((30, 4)), "b")
    assert apart(source, target).low == 0


def test_features_that_are_no_numbers_are_refused() -> None:
    broken = side(np.full((30, 4), np.nan), "a")
    with pytest.raises(ValueError, match="not a finite number"):
        proxy_a_distance(broken, gaussian(30, "b", width=4), StopToken())


def test_it_stops_when_asked_to() -> None:
    stop = StopToken()
    stop.stop("keep")
    with pytest.raises(Stopped):
        proxy_a_distance(gaussian(300, "a"), gaussian(300, "b"), stop)
