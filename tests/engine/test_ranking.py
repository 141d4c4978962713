"""Scores of features before training, against independent computations; invariances; degenerate input."""

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from sklearn.covariance import LedoitWolf
from sklearn.linear_model import BayesianRidge
from sklearn.metrics import mutual_info_score
from sklearn.neighbors import NearestNeighbors
from statsmodels.multivariate.manova import MANOVA

from kt_gui.engine.ranking import gbc, h_score, knn_accuracy, leep, log_me, nce, trans_rate

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
Score = Callable[[Floats, Labels], float]

BY_FEATURES: list[Score] = [log_me, h_score, trans_rate, gbc, knn_accuracy]
FEW = settings(max_examples=8, deadline=None)
SEEDS = st.integers(0, 2**20)


def task(seed: int, pictures: int = 60, features: int = 8, classes: int = 3) -> tuple[Floats, Labels]:
    """Normal features around a mean a class; every class is there."""
    chance = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(classes), chance.integers(0, classes, pictures - classes)])
    means = chance.normal(size=(classes, features))
    return means[labels] + chance.normal(size=(pictures, features)), labels


def answers(seed: int, pictures: int = 50, classes: int = 6) -> Floats:
    """Probabilities of a source's head."""
    return np.random.default_rng(seed).dirichlet(np.full(classes, 0.3), pictures)


def turned(features: Floats, seed: int) -> Floats:
    """The features in another orthonormal basis."""
    width = features.shape[1]
    basis, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(width, width)))
    return features @ basis


# --- LogME -----------------------------------------------------------------------------------------------------------


def evidence(features: Floats, target: Floats) -> float:
    """The log evidence of scikit-learn's Bayesian ridge regression with flat priors, at its fixed point."""
    flat = {"alpha_1": 0, "alpha_2": 0, "lambda_1": 0, "lambda_2": 0}
    model = BayesianRidge(fit_intercept=False, compute_score=True, tol=1e-14, max_iter=100_000, **flat)
    return float(model.fit(features, target).scores_[-1])


@pytest.mark.parametrize(("pictures", "features"), [(60, 8), (40, 100), (25, 25), (200, 30)])
def test_log_me_is_the_evidence_of_bayesian_ridge_regression(pictures: int, features: int) -> None:
    rows, labels = task(1, pictures, features)
    expected = np.mean([evidence(rows, (labels == label).astype(float)) for label in range(3)]) / pictures
    assert log_me(rows, labels) == pytest.approx(expected, abs=1e-6)


def test_log_me_with_dead_and_duplicate_columns_is_that_evidence() -> None:
    rows, labels = task(2)
    wide = np.concatenate([rows, rows[:, :3], np.zeros((60, 2))], axis=1)
    expected = np.mean([evidence(wide, (labels == label).astype(float)) for label in range(3)]) / 60
    assert log_me(wide, labels) == pytest.approx(expected, abs=1e-6)


def test_log_me_is_the_largest_evidence_that_a_fine_grid_finds() -> None:
    rows, labels = task(3, 30, 50, classes=2)
    grid = np.logspace(-4, 4, 41)
    best = []
    for label in range(2):
        target = (labels == label).astype(float)
        found = [log_evidence(rows, target, alpha, beta) for alpha in grid for beta in grid]
        best.append(max(found))
    assert np.mean(best) / 30 == pytest.approx(log_me(rows, labels), abs=5e-3)
    assert np.mean(best) / 30 <= log_me(rows, labels) + 1e-9


def log_evidence(features: Floats, target: Floats, alpha: float, beta: float) -> float:
    """log N(target; 0, FFᵀ/α + I/β), which is what the weights leave when they are integrated out."""
    covariance = features @ features.T / alpha + np.eye(len(target)) / beta
    logarithm = np.linalg.slogdet(2 * math.pi * covariance).logabsdet
    return float(-0.5 * (logarithm + target @ np.linalg.solve(covariance, target)))


def test_features_that_say_nothing_do_not_raise_log_me() -> None:
    rows, labels = task(4)
    assert log_me(np.concatenate([rows, np.zeros((60, 500))], axis=1), labels) == pytest.approx(log_me(rows, labels))
    noise = np.random.default_rng(0).normal(size=(60, 500))
    assert log_me(np.concatenate([rows, noise], axis=1), labels) < log_me(rows, labels)


def test_a_perfect_fit_has_a_finite_log_me_above_all_others() -> None:
    rows, labels = task(5)
    perfect = log_me(np.eye(3)[labels], labels)
    assert math.isfinite(perfect)
    assert perfect > log_me(rows, labels)


# --- H-score ---------------------------------------------------------------------------------------------------------


def test_the_h_score_without_shrinkage_is_pillais_trace() -> None:
    rows, labels = task(6)
    frame = pd.DataFrame(rows, columns=[f"f{column}" for column in range(8)]).assign(label=labels.astype(str))
    model = MANOVA.from_formula(f"{' + '.join(frame.columns[:8])} ~ label", frame)
    pillai = model.mv_test().results["label"]["stat"].loc["Pillai's trace", "Value"]
    assert h_score(rows, labels, shrink=False) == pytest.approx(float(pillai), abs=1e-6)


def test_without_shrinkage_more_features_than_pictures_always_score_the_most() -> None:
    rows, labels = task(7, 30, 60)
    chance = np.random.default_rng(0).permutation(labels)
    assert h_score(rows, labels, shrink=False) == pytest.approx(2)
    assert h_score(rows, chance, shrink=False) == pytest.approx(2)
    assert h_score(rows, chance) < h_score(rows, labels) < 2


@pytest.mark.parametrize(("pictures", "features"), [(60, 8), (30, 60)])
def test_the_shrunk_h_score_uses_ledoit_and_wolfs_covariance(pictures: int, features: int) -> None:
    rows, labels = task(8, pictures, features)
    shrunk = LedoitWolf().fit(rows)
    means = np.stack([rows[labels == label].mean(axis=0) for label in range(3)])[labels]
    between = np.cov(means, rowvar=False, bias=True)
    expected = (1 - shrunk.shrinkage_) * np.trace(np.linalg.solve(shrunk.covariance_, between))
    assert h_score(rows, labels) == pytest.approx(expected, abs=1e-8)


# --- TransRate, GBC, k-NN --------------------------------------------------------------------------------------------


def coding_rate(rows: Floats) -> float:
    return float(0.5 * np.log(np.linalg.eigvalsh(np.eye(rows.shape[1]) + rows.T @ rows / (len(rows) * 1e-4))).sum())


@pytest.mark.parametrize(("pictures", "features"), [(60, 8), (20, 40)])
def test_trans_rate_weighs_classes_by_their_size(pictures: int, features: int) -> None:
    rows, labels = task(9, pictures, features)
    rows = rows - rows.mean(axis=0)
    within = sum((labels == label).mean() * coding_rate(rows[labels == label]) for label in range(3))
    assert trans_rate(rows, labels) == pytest.approx(coding_rate(rows) - within)


def bhattacharyya(ours: Floats, theirs: Floats, *, spherical: bool) -> float:
    """The coefficient of two Gaussians, by their covariance matrices."""
    one, other = (np.diag(rows.var(axis=0)) for rows in (ours, theirs))
    if spherical:
        one, other = (np.eye(len(each)) * np.trace(each) / len(each) for each in (one, other))
    mean, apart = (one + other) / 2, ours.mean(axis=0) - theirs.mean(axis=0)
    sizes = np.linalg.det(mean) / math.sqrt(np.linalg.det(one) * np.linalg.det(other))
    return math.exp(-apart @ np.linalg.solve(mean, apart) / 8 - 0.5 * math.log(sizes))


@pytest.mark.parametrize("spherical", [True, False])
def test_gbc_is_minus_the_overlap_of_all_ordered_pairs(spherical: bool) -> None:
    rows, labels = task(10, 60, 4)
    classes = [rows[labels == label] for label in range(3)]
    pairs = [(one, other) for one in range(3) for other in range(3) if one != other]
    expected = -sum(bhattacharyya(classes[one], classes[other], spherical=spherical) for one, other in pairs)
    assert gbc(rows, labels, spherical) == pytest.approx(expected)


@pytest.mark.parametrize("k", [1, 5])
def test_k_nn_leaves_each_picture_out_and_lets_the_nearest_break_ties(k: int) -> None:
    rows, labels = task(11)
    distances = cdist(rows, rows)
    np.fill_diagonal(distances, np.inf)
    right = 0
    for place, order in enumerate(distances.argsort(axis=1)[:, :k]):
        votes = np.bincount(labels[order], minlength=3)
        won = next(labels[other] for other in order if votes[labels[other]] == votes.max())
        right += won == labels[place]
    assert knn_accuracy(rows, labels, k) == pytest.approx(right / 60)


def test_one_nearest_neighbour_is_scikit_learns() -> None:
    rows, labels = task(12, 200, 5)
    nearest = NearestNeighbors(n_neighbors=1).fit(rows).kneighbors(return_distance=False)[:, 0]
    assert knn_accuracy(rows, labels) == pytest.approx((labels[nearest] == labels).mean())


# --- LEEP and NCE ----------------------------------------------------------------------------------------------------


def test_leep_is_its_formula_picture_by_picture() -> None:
    shares, labels = answers(0), task(0, 50)[1]
    expected = []
    for picture, label in zip(shares, labels, strict=True):
        given = [shares[labels == label, source].sum() / shares[:, source].sum() for source in range(6)]
        expected.append(math.log(sum(part * share for part, share in zip(given, picture, strict=True))))
    assert leep(shares, labels) == pytest.approx(np.mean(expected))


def test_nce_is_mutual_information_less_the_entropy_of_the_labels() -> None:
    shares, labels = answers(1), task(1, 50)[1]
    frequencies = np.bincount(labels) / 50
    entropy = -(frequencies * np.log(frequencies)).sum()
    assert nce(shares, labels) == pytest.approx(mutual_info_score(shares.argmax(axis=1), labels) - entropy)


def test_certain_and_right_answers_score_nothing_less() -> None:
    labels = task(2, 50)[1]
    assert leep(np.eye(3)[labels], labels) == 0
    assert nce(np.eye(3)[labels], labels) == 0


def test_a_source_class_that_is_never_answered_changes_nothing() -> None:
    shares, labels = answers(3), task(3, 50)[1]
    wider = np.insert(shares, 2, 0, axis=1)
    assert leep(wider, labels) == pytest.approx(leep(shares, labels))
    assert nce(wider, labels) == pytest.approx(nce(shares, labels))


def test_a_source_class_that_was_struck_out_is_passed_over() -> None:
    shares, labels = answers(5), task(5, 50)[1]
    shares[:, 2] = 0
    left_out = np.delete(shares, 2, axis=1)
    assert leep(shares, labels) == pytest.approx(leep(left_out, labels))
    assert nce(shares, labels) == pytest.approx(nce(left_out, labels))
    assert math.isfinite(leep(np.zeros((4, 3)), np.array([0, 0, 1, 1])))


def test_where_answers_are_certain_leep_is_nce() -> None:
    shares, labels = answers(4), task(4, 50)[1]
    certain = np.eye(6)[shares.argmax(axis=1)]
    assert leep(certain, labels) == pytest.approx(nce(certain, labels))


# --- what must not matter --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("score", BY_FEATURES)
@FEW
@given(seed=SEEDS)
def test_neither_the_order_of_pictures_nor_the_numbers_of_classes_matter(score: Score, seed: int) -> None:
    rows, labels = task(seed, 40, 6)
    chance = np.random.default_rng(seed)
    order, renamed = chance.permutation(40), chance.permutation(3) * 7 - 3
    assert score(rows[order], renamed[labels][order]) == pytest.approx(score(rows, labels), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("score", BY_FEATURES)
@FEW
@given(seed=SEEDS, is_wide=st.booleans())
def test_turned_features_score_the_same(score: Score, seed: int, is_wide: bool) -> None:
    rows, labels = task(seed, 30, 45 if is_wide else 6)
    assert score(turned(rows, seed), labels) == pytest.approx(score(rows, labels), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("score", [log_me, h_score, gbc, knn_accuracy])
@FEW
@given(seed=SEEDS, scale=st.floats(1e-4, 1e4))
def test_scaled_features_score_the_same(score: Score, seed: int, scale: float) -> None:
    rows, labels = task(seed, 40, 6)
    assert score(scale * rows, labels) == pytest.approx(score(rows, labels), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("score", [h_score, trans_rate, gbc, knn_accuracy])
@FEW
@given(seed=SEEDS)
def test_shifted_features_score_the_same(score: Score, seed: int) -> None:
    rows, labels = task(seed, 40, 6)
    assert score(rows + 3, labels) == pytest.approx(score(rows, labels), rel=1e-6, abs=1e-9)


@FEW
@given(seed=SEEDS)
def test_answers_score_the_same_in_any_order(seed: int) -> None:
    shares, labels = answers(seed, 40), task(seed, 40)[1]
    chance = np.random.default_rng(seed)
    order, source, renamed = chance.permutation(40), chance.permutation(6), chance.permutation(3) + 5
    for score in (leep, nce):
        other = score(shares[order][:, source], renamed[labels][order])
        assert other == pytest.approx(score(shares, labels), abs=1e-9)
        assert other <= 0


@pytest.mark.parametrize("score", [log_me, h_score, trans_rate, knn_accuracy, gbc])
def test_features_of_the_labels_score_higher_than_features_of_others(score: Score) -> None:
    rows, labels = task(13, 120, 6)
    assert score(rows, labels) > score(rows, np.random.default_rng(0).permutation(labels))


# --- degenerate input ------------------------------------------------------------------------------------------------

CHANCE = np.random.default_rng(0)
ODD: dict[str, tuple[Floats, list[int]]] = {
    "fewer pictures than features": (CHANCE.normal(size=(6, 50)), [0, 0, 1, 1, 2, 2]),
    "a class of one picture": (CHANCE.normal(size=(6, 3)), [0, 0, 0, 1, 1, 2]),
    "each picture a class": (CHANCE.normal(size=(4, 3)), [0, 1, 2, 3]),
    "one class": (CHANCE.normal(size=(5, 3)), [4, 4, 4, 4, 4]),
    "one picture": (CHANCE.normal(size=(1, 3)), [0]),
    "dead features": (np.zeros((6, 3)), [0, 0, 0, 1, 1, 1]),
    "constant features": (np.full((6, 3), 2.5), [0, 0, 0, 1, 1, 1]),
    "the same picture twice, under two labels": (np.ones((4, 2)) * [[0], [0], [1], [1]], [0, 1, 0, 1]),
    "a perfect fit": (np.eye(2)[[0, 0, 1, 1]], [0, 0, 1, 1]),
    "huge features": (1e30 * CHANCE.normal(size=(6, 3)), [0, 0, 0, 1, 1, 1]),
    "tiny features": (1e-30 * CHANCE.normal(size=(6, 3)), [0, 0, 0, 1, 1, 1]),
}


@pytest.mark.parametrize("case", ODD)
@pytest.mark.parametrize("score", [*BY_FEATURES, lambda f, y: h_score(f, y, False), lambda f, y: gbc(f, y, False)])
def test_odd_features_have_a_finite_score(score: Score, case: str) -> None:
    features, labels = ODD[case]
    assert math.isfinite(score(features, np.array(labels)))


@pytest.mark.parametrize(
    ("labels", "best"), [([0, 0, 1, 1], 0), ([0, 1, 0, 1], -math.log(2)), ([3, 3, 3, 3], 0), ([0, 1, 2, 3], None)]
)
def test_odd_answers_have_a_finite_score(labels: list[int], best: float | None) -> None:
    certain = np.eye(4)[[0, 0, 2, 2]]
    for score in (leep, nce):
        found = score(certain, np.array(labels))
        assert found == pytest.approx(-math.log(2) if best is None else best)


def test_single_precision_is_worked_on_in_double() -> None:
    rows, labels = task(14)
    single = rows.astype(np.float32)
    for score in BY_FEATURES:
        assert score(single, labels) == score(single.astype(np.float64), labels)


@pytest.mark.parametrize(
    ("features", "labels"),
    [
        (np.zeros((3, 2)), [0, 1]),
        (np.zeros(3), [0, 1, 1]),
        (np.zeros((0, 2)), []),
        (np.zeros((2, 0)), [0, 1]),
        (np.array([[np.nan], [0.0]]), [0, 1]),
        (np.array([[np.inf], [0.0]]), [0, 1]),
    ],
)
def test_arrays_that_cannot_be_meant_are_refused(features: Floats, labels: list[int]) -> None:
    for score in (*BY_FEATURES, leep, nce):
        with pytest.raises(ValueError):
            score(features, np.array(labels))


def test_logits_are_not_taken_for_probabilities() -> None:
    for score in (leep, nce):
        for logits in ([[2.0, -1.0], [0.5, 0.5]], [[2.0, 1.0], [0.5, 0.5]]):
            with pytest.raises(ValueError, match="in sum"):
                score(np.array(logits), np.array([0, 1]))
