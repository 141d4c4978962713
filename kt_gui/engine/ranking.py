"""How well a network's features suit a task, told before anything is trained: scores of numbers alone.

Features [n, d] are what a network makes of n pictures just before its head; source probabilities [n, z] are what its
own head says of them; labels [n] are whole numbers, and only those that occur count. Every score is a float, higher is
better, and finite whatever comes in: fewer pictures than features, columns that are dead or there twice, classes of one
picture. All work in float64. Raises ValueError for arrays that cannot be meant.

They compare networks on the same pictures; from one set of pictures to another they mean nothing.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

EPSILON = 1e-4
"""Of TransRate: the squared distortion that its code may have, as in the authors' program."""
ROUNDING = 1e-12
"""Noise below this part of the labels' square is taken for rounding: a perfect fit has a large evidence, not an
infinite one."""
RATIOS = np.logspace(-16, 16, 161)
"""Where the evidence is looked at first: α/β, in largest squared singular values."""
SMALLEST_VARIANCE = 1e-6
"""Of a class, in parts of the mean variance of all features: classes that have no width at all would not overlap even
where they lie on each other."""


@dataclass(frozen=True)
class _Classes:
    """Who belongs to which class."""

    index: Labels
    """[n], from 0; no number is left out."""
    counts: Floats
    """[classes]"""

    @property
    def marks(self) -> Floats:
        """[n, classes], 1 where a picture is of the class, else 0."""
        return np.eye(len(self.counts))[self.index]

    def means(self, rows: Floats) -> Floats:
        """Average the rows of each class: [classes, columns]."""
        means: Floats = self.marks.T @ rows / self.counts[:, None]
        return means


def _prepared(rows: NDArray[Any], labels: NDArray[Any], *, what: str = "features") -> tuple[Floats, _Classes]:
    rows, labels = np.asarray(rows, dtype=np.float64), np.asarray(labels)
    if rows.ndim != 2 or labels.shape != (len(rows),) or not rows.size:
        raise ValueError(f"{what} {rows.shape}, labels {labels.shape}: [n, d] and [n] are needed, and none of them 0")
    if not np.isfinite(rows).all():
        raise ValueError(f"among the {what} there is one that is not a finite number")
    _, index, counts = np.unique(labels, return_inverse=True, return_counts=True)
    return rows, _Classes(index.astype(np.int64), counts.astype(np.float64))


def _decomposed(rows: Floats) -> tuple[Floats, Floats]:
    """Left singular vectors [n, k] and squares of singular values [k], the largest first.

    By the eigenvectors of the smaller Gram matrix: at 2 000 pictures of 1 280 features a fifth of the time that a
    singular value decomposition takes. Directions of less than about 1e-7 of the largest value are rounding, for
    features were float32 once; they are left out.
    """
    is_wide = rows.shape[1] > rows.shape[0]
    squares, vectors = np.linalg.eigh(rows @ rows.T if is_wide else rows.T @ rows)
    is_held = squares > squares[-1] * max(rows.shape) * np.finfo(np.float64).eps
    squares, vectors = squares[is_held][::-1], vectors[:, is_held][:, ::-1]
    return (vectors if is_wide else rows @ vectors / np.sqrt(squares)), squares


# --- by features -----------------------------------------------------------------------------------------------------


def log_me(features: NDArray[Any], labels: NDArray[Any]) -> float:
    """Give the mean log evidence, a picture, of Bayesian linear regressions of each class against the others (LogME).

    Source: You, Liu, Wang, Long 2021, arXiv:2102.11005. Of one class, y being 1 on it and 0 elsewhere, with weights
    w ~ N(0, I/α) and noise N(0, 1/β): L = D/2·log α + n/2·log β − β/2·‖y − Fm‖² − α/2·‖m‖² − ½·log det A − n/2·log 2π,
    A = αI + βFᵀF, m = β·A⁻¹Fᵀy, and log det A = Σ_{i≤k} log(α + βs_i²) + (D−k)·log α over the k singular values s of F
    that are not 0. The score is the mean over classes of the largest L, divided by n.

    As implemented: for a ratio t = α/β the best β is n/R(t), R(t) = Σ_i z_i²·t/(s_i² + t) + ‖y − UUᵀy‖², z = Uᵀy. That
    leaves L(t) = ½·(Σ_{i≤k} log(t/(t + s_i²)) + n·log(n/R(t)) − n − n·log 2π), in which D no longer stands, and whose
    maximum is searched for along t. Deviations: it is the global maximum, where the paper's fixed point may end in a
    local one; R is at least 1e-12·‖y‖². The authors' program leaves (D−k)·log α out, which favours wide networks where
    pictures are few.
    """
    rows, classes = _prepared(features, labels)
    left, squares = _decomposed(rows)
    projected = left.T @ classes.marks
    unreached = ((classes.marks - left @ projected) ** 2).sum(axis=0)
    regressions = [
        _Regression(len(rows), squares, projected[:, place] ** 2, rest, count)
        for place, (rest, count) in enumerate(zip(unreached, classes.counts, strict=True))
    ]
    largest = np.mean([_largest_evidence(regression) for regression in regressions])
    return float(largest / len(rows)) - 0.5 * (1 + math.log(2 * math.pi / len(rows)))


@dataclass(frozen=True)
class _Regression:
    """One class against the others, along the singular vectors of the features."""

    pictures: int
    squares: Floats
    """s² [k], the largest first."""
    projected: Floats
    """z² [k]"""
    unreached: float
    """‖y − UUᵀy‖²"""
    size: float
    """‖y‖²"""

    def evidence(self, ratios: Floats) -> Floats:
        """Give L for each ratio t, but for what is the same at every t: [ratios]."""
        held = ratios[:, None] / (ratios[:, None] + self.squares)
        residual = np.maximum(held @ self.projected + self.unreached, ROUNDING * self.size)
        found: Floats = 0.5 * (np.log(held).sum(axis=1) - self.pictures * np.log(residual))
        return found


def _largest_evidence(regression: _Regression) -> float:
    """Look along all ratios, then closely around the best of them."""
    from scipy.optimize import minimize_scalar

    ratios = RATIOS * (regression.squares[0] if len(regression.squares) else 1.0)
    evidences = regression.evidence(ratios)
    place = int(evidences.argmax())
    low, high = np.log(ratios[[max(0, place - 1), min(len(ratios) - 1, place + 1)]])
    found: Any = minimize_scalar(  # type: ignore[no-untyped-call]
        lambda exponent: -float(regression.evidence(np.exp([exponent]))[0]), bounds=(low, high), method="bounded"
    )
    return max(-float(found.fun), float(evidences[place]))


def h_score(features: NDArray[Any], labels: NDArray[Any], shrink: bool = True) -> float:
    """Give how much of the features' variance the classes explain, direction by direction (H-score).

    Source: Bao et al. 2019, doi:10.1109/ICIP.2019.8803726: tr(Σ⁺Σ_g), Σ the covariance of the features and Σ_g that of
    their class means, both with n in the denominator; it is Pillai's trace, and the number of classes − 1 whatever the
    features are once there are as many of them as pictures. Hence `shrink` (Ibrahim, Ponomareva, Mazumder 2022,
    arXiv:2110.06893): (1−a)·tr(Σ_a⁻¹Σ_g) with Σ_a = (1−a)·Σ + a·tr(Σ)/D·I, a as Ledoit and Wolf 2004 choose it.
    Deviation: Σ_g has each class by its pictures and n in the denominator, as Σ has, where the authors' program has
    n − 1. As implemented, with the centred features USVᵀ and u_c = Uᵀ1_c/n_c:
    Σ_c n_c·Σ_j (1−a)·(S_j·u_cj)² / ((1−a)·S_j² + a·‖S‖²/D).
    """
    rows, classes = _prepared(features, labels)
    rows = rows - rows.mean(axis=0)
    left, squares = _decomposed(rows)
    if not len(squares):
        return 0.0
    shrinkage = _shrinkage(rows) if shrink else 0.0
    kept = (1 - shrinkage) * squares
    shares = kept / (kept + shrinkage * squares.sum() / rows.shape[1])
    between = (left.T @ classes.marks) ** 2 / classes.counts
    return float(shares @ between.sum(axis=1))


def _shrinkage(centred: Floats) -> float:
    from sklearn.covariance import ledoit_wolf_shrinkage

    return float(ledoit_wolf_shrinkage(centred, assume_centered=True))


def trans_rate(features: NDArray[Any], labels: NDArray[Any]) -> float:
    """Give how many nats fewer a code of the features takes where it may know the class (TransRate).

    Source: Huang et al. 2022, arXiv:2106.09735: R(Z) − Σ_c n_c/n·R(Z_c) with the coding rate
    R(Z) = ½·log det(I + ZᵀZ/(n·ε)) of Z [n, d], the features with their mean taken off, and ε = 1e-4. Classes weigh by
    their size, as in the paper; the authors' program weighs them alike. It grows with the features' scale.
    """
    rows, classes = _prepared(features, labels)
    rows = rows - rows.mean(axis=0)
    parts = (rows[classes.index == label] for label in range(len(classes.counts)))
    within = sum(len(part) * _coding_rate(part) for part in parts) / len(rows)
    return _coding_rate(rows) - within


def _coding_rate(rows: Floats) -> float:
    gram = rows @ rows.T if rows.shape[1] > rows.shape[0] else rows.T @ rows
    return 0.5 * float(np.linalg.slogdet(np.eye(len(gram)) + gram / (len(rows) * EPSILON)).logabsdet)


def gbc(features: NDArray[Any], labels: NDArray[Any], spherical: bool = True) -> float:
    """Give minus the sum over ordered pairs of classes of how far they overlap, as Gaussians (GBC).

    Source: Pándy et al. 2022, arXiv:2111.12780: −Σ_{i≠j} exp(−B_ij), Bhattacharyya's distance
    B = ⅛·(μ_i−μ_j)ᵀΣ⁻¹(μ_i−μ_j) + ½·log(|Σ|/√(|Σ_i||Σ_j|)), Σ = (Σ_i+Σ_j)/2, n_c in the denominator of variances. A
    `spherical` class has one variance, the mean over all features, else one for each. The authors bring features down
    to 64 principal directions first; that is the caller's to do. A class of one picture has no variance of its own: it
    takes the mean of the others. None is below 1e-6 of the mean variance of all features.
    """
    rows, classes = _prepared(features, labels)
    means, variances = classes.means(rows), _variances(rows, classes)
    if spherical:
        variances = np.broadcast_to(variances.mean(axis=1, keepdims=True), variances.shape)
    overlaps = [_overlaps(means, variances, place).sum() - 1 for place in range(len(means))]
    return -float(sum(overlaps))


def _variances(rows: Floats, classes: _Classes) -> Floats:
    """[classes, features]"""
    spread = classes.means((rows - classes.means(rows)[classes.index]) ** 2)
    several = classes.counts > 1
    if several.any():
        spread[~several] = spread[several].mean(axis=0)
    least = SMALLEST_VARIANCE * float(rows.var(axis=0).mean()) or 1.0
    return np.maximum(spread, least)


def _overlaps(means: Floats, variances: Floats, place: int) -> Floats:
    """Give the overlap of one class with each, itself included: [classes]."""
    shared = (variances + variances[place]) / 2
    apart = ((means - means[place]) ** 2 / shared).sum(axis=1) / 8
    unlike = (np.log(shared) - (np.log(variances) + np.log(variances[place])) / 2).sum(axis=1) / 2
    overlaps: Floats = np.exp(-apart - unlike)
    return overlaps


def knn_accuracy(features: NDArray[Any], labels: NDArray[Any], k: int = 1) -> float:
    """Give the share of pictures whose k nearest others, by Euclidean distance, vote for their class (leave one out).

    Source: Cover and Hart 1967, doi:10.1109/TIT.1967.1053964. Of classes with as many votes, the one that comes nearest
    wins. Where there are fewer others than k, all of them vote; a picture alone is wrong.
    """
    from sklearn.neighbors import NearestNeighbors

    rows, classes = _prepared(features, labels)
    if len(rows) == 1:
        return 0.0
    nearest: Any = NearestNeighbors(  # type: ignore[no-untyped-call]
        n_neighbors=min(k, len(rows) - 1), algorithm="brute"
    )
    votes = classes.marks[nearest.fit(rows).kneighbors(return_distance=False)]
    places = np.arange(votes.shape[1])[:, None]
    first = np.where(votes > 0, places, votes.shape[1]).min(axis=1)
    won = (votes.sum(axis=1) - first / (votes.shape[1] + 1)).argmax(axis=1)
    return float((won == classes.index).mean())


# --- by what the source's head says ----------------------------------------------------------------------------------


def leep(source_probabilities: NDArray[Any], labels: NDArray[Any]) -> float:
    """Give the mean log probability of the labels, told by way of the source's classes (LEEP).

    Source: Nguyen, Hassner, Seeger, Archambeau 2020, arXiv:2002.12462: 1/n·Σ_i log Σ_z P(y_i|z)·P_iz, with
    P(y|z) = Σ_{i: y_i=y} P_iz / Σ_i P_iz. Source classes that get no probability are passed over. At most 0, which
    certain answers that name the label reach.
    """
    shares, classes = _shares(source_probabilities, labels)
    joint = classes.marks.T @ shares
    mass = joint.sum(axis=0)
    given = np.divide(joint, mass, out=np.zeros_like(joint), where=mass > 0)
    told = (given[classes.index] * shares).sum(axis=1)
    return float(np.log(np.maximum(told, np.finfo(np.float64).tiny)).mean())


def nce(source_probabilities: NDArray[Any], labels: NDArray[Any]) -> float:
    """Give −H(Y|Z), what the likeliest source class leaves open about the label, in nats (NCE).

    Source: Tran, Nguyen, Hassner 2019, arXiv:1908.08142: Σ_{y,z} p(y, z)·log p(y|z), p by counting, Z = argmax P.
    """
    shares, classes = _shares(source_probabilities, labels)
    answers = np.eye(shares.shape[1])[shares.argmax(axis=1)]
    joint = classes.marks.T @ answers
    of_answer = np.broadcast_to(joint.sum(axis=0), joint.shape)
    there = joint > 0
    return float((joint[there] * np.log(joint[there] / of_answer[there])).sum() / len(answers))


def _shares(source_probabilities: NDArray[Any], labels: NDArray[Any]) -> tuple[Floats, _Classes]:
    shares, classes = _prepared(source_probabilities, labels, what="source probabilities")
    if (shares < 0).any() or (shares.sum(axis=1) > 1.001).any():
        raise ValueError("probabilities are not below 0, and those of a picture are not above 1 in sum")
    return shares, classes
