"""Maps and measures are compared with scikit-learn's, scipy's, and with what was planted."""

import numpy as np
import pytest
from scipy.spatial import procrustes
from sklearn.decomposition import PCA
from sklearn.metrics import silhouette_score
from sklearn.neighbors import NearestNeighbors

from kt_gui.engine.embedding import align, centre, chance_of, nearest_of, neighbourhood, pca, sample, tsne

CHANCE = np.random.default_rng(0)


def floats(*shape: int) -> np.ndarray:
    return CHANCE.normal(size=shape).astype(np.float32)


def clusters(classes: int = 3, each: int = 20, apart: float = 8.0) -> tuple[np.ndarray, np.ndarray]:
    labels = np.repeat(np.arange(classes), each)
    return floats(len(labels), 5) + apart * np.eye(classes, 5, dtype=np.float32)[labels], labels


# --- PCA -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(40, 6), (8, 30)])
def test_pca_is_scikit_learns_but_for_the_sign(shape: tuple[int, int]) -> None:
    values = floats(*shape) * np.linspace(1, 3, shape[1], dtype=np.float32)
    places, shares = pca(values)
    theirs = PCA(2, svd_solver="full").fit(values.astype(np.float64))
    expected = theirs.transform(values)
    expected *= np.sign((expected * places).sum(axis=0))
    np.testing.assert_allclose(places, expected, atol=1e-4)
    np.testing.assert_allclose(shares, theirs.explained_variance_ratio_, atol=1e-6)


def test_the_sign_of_pca_does_not_hang_on_chance() -> None:
    values = floats(30, 5)
    places, _ = pca(values)
    again, _ = pca(values[::-1].copy())
    np.testing.assert_allclose(places, again[::-1], atol=1e-4)
    directions = np.linalg.lstsq(values - values.mean(0), places, rcond=None)[0]
    largest = np.take_along_axis(directions, np.abs(directions).argmax(axis=0)[None], axis=0)
    assert (largest > 0).all()


@pytest.mark.parametrize("values", [np.zeros((5, 3)), np.ones((1, 4)), np.arange(6.0)[:, None]])
def test_degenerate_features_have_a_map_too(values: np.ndarray) -> None:
    places, shares = pca(values.astype(np.float32))
    assert places.shape == (len(values), 2)
    assert np.isfinite(places).all()
    assert len(shares) == 2
    assert 0 <= sum(shares) <= 1 + 1e-9


# --- t-SNE -----------------------------------------------------------------------------------------------------------


def test_tsne_keeps_neighbours_together_and_gives_the_same_map_again() -> None:
    values, labels = clusters()
    start, _ = pca(values)
    places = tsne(values, start)
    assert (tsne(values, start) == places).all()
    found = neighbourhood(places, labels)
    assert found.purity is not None
    assert found.purity > 0.95


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7])
def test_tsne_takes_few_pictures(count: int) -> None:
    values = floats(count, 5)
    places = tsne(values, pca(values)[0])
    assert places.shape == (count, 2)
    assert np.isfinite(places).all()


def test_tsne_of_equal_pictures_leaves_them_where_they_are() -> None:
    values = np.ones((6, 4), np.float32)
    assert not tsne(values, pca(values)[0]).any()


# --- aligned ---------------------------------------------------------------------------------------------------------


def test_a_map_that_was_only_turned_mirrored_and_moved_comes_back() -> None:
    fixed = centre(floats(25, 2))
    turn = np.array([[np.cos(2), -np.sin(2)], [np.sin(2), np.cos(2)]]) @ np.diag([1, -1])
    moved = (3 * fixed @ turn + 5).astype(np.float32)
    np.testing.assert_allclose(align(moved, fixed), fixed, atol=1e-5)


def test_alignment_turns_as_scipys_procrustes_does() -> None:
    first, second = floats(30, 2), floats(30, 2)
    _, theirs, _ = procrustes(first.astype(np.float64), second.astype(np.float64))
    ours = align(second, centre(first))
    np.testing.assert_allclose(ours / np.linalg.norm(ours), theirs / np.linalg.norm(theirs), atol=1e-5)


def test_a_centred_map_has_a_mean_square_distance_of_one() -> None:
    places = centre(floats(50, 2) * 7 + 3)
    np.testing.assert_allclose(places.mean(axis=0), 0, atol=1e-6)
    assert (places**2).sum(axis=1).mean() == pytest.approx(1, abs=1e-5)
    assert not centre(np.full((4, 2), 3, np.float32)).any()


# --- how well the classes lie apart ----------------------------------------------------------------------------------


def test_purity_and_silhouette_are_scikit_learns() -> None:
    values, labels = clusters(apart=2.0)
    found = neighbourhood(values, labels)
    _, others = NearestNeighbors(n_neighbors=11).fit(values).kneighbors(values)
    assert found.purity == pytest.approx((labels[others[:, 1:]] == labels[:, None]).mean(), abs=1e-9)
    assert found.silhouette == pytest.approx(silhouette_score(values, labels), abs=1e-6)


@pytest.mark.parametrize("labels", [[0], [0, 0, 0], [0, 1, 2]])
def test_where_a_number_means_nothing_there_is_none(labels: list[int]) -> None:
    found = neighbourhood(floats(len(labels), 3), np.array(labels))
    assert found.silhouette is None
    assert (found.purity is None) == (len(labels) < 2)


def test_chance_is_how_often_another_picture_is_of_the_same_class() -> None:
    labels = np.array([0, 0, 0, 1])
    pairs = [labels[i] == labels[j] for i in range(4) for j in range(4) if i != j]
    assert chance_of(labels) == pytest.approx(np.mean(pairs))
    assert chance_of(labels[:1]) is None
    assert (nearest_of(labels), nearest_of(labels[:1]), nearest_of(np.zeros(50, int))) == (3, 0, 10)


# --- sampled ---------------------------------------------------------------------------------------------------------


def test_of_many_pictures_each_class_gives_its_share_and_at_least_one() -> None:
    labels = np.repeat([0, 1, 2, 3], [600, 300, 99, 1])
    chosen = sample(labels, 100, seed=0)
    assert len(chosen) == len(set(chosen.tolist())) == 100
    assert (np.diff(chosen) > 0).all()
    counts = np.bincount(labels[chosen], minlength=4)
    assert counts[3] == 1
    np.testing.assert_allclose(counts[:3], [60, 30, 10], atol=2)
    assert (sample(labels, 100, seed=0) == chosen).all()
    assert (sample(labels, 100, seed=1) != chosen).any()


def test_few_pictures_are_all_taken() -> None:
    assert sample(np.array([1, 0, 1]), 3, seed=0).tolist() == [0, 1, 2]
