import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from torch import Tensor
from torch.nn.functional import cross_entropy

from kt_gui.engine.linear_probes import Effort, Fold, Head, Probe, fit_probes, refit
from kt_gui.schema.stop import Stopped, StopToken

EXACT = Effort(tolerance=1e-10, iterations=2000)
STRENGTHS = (1.0, 0.03, 1e-3, 1e-4)
SHAPES = {"more rows than features": (90, 12), "more features than rows": (60, 200)}


def problem(rows: int, columns: int, classes: int = 3, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Make classes that overlap, in features of very different size, all a little above 0 as a network's are."""
    chance = torch.Generator().manual_seed(seed)
    labels = torch.arange(rows) % classes
    centres = torch.randn(classes, columns, generator=chance, dtype=torch.float64)
    noise = torch.randn(rows, columns, generator=chance, dtype=torch.float64)
    return (0.3 * centres[labels] + noise + 0.5) * torch.logspace(0, -2, columns, dtype=torch.float64), labels


def deal(rows: int, folds: int = 3) -> list[Fold]:
    """Deal rows to folds in blocks of one row of each class or so, the last ones wherever."""
    part = torch.arange(rows) * folds // rows
    return [Fold(torch.nonzero(part != fold)[:, 0], torch.nonzero(part == fold)[:, 0]) for fold in range(folds)]


def judged_by_scikit(
    features: Tensor, labels: Tensor, fold: Fold, strength: float, *, penalise_bias: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Give differences of the classes' weights and biases to the first class, by scikit-learn.

    Rows left out weigh 0: so a class without training rows stays a class. C multiplies the sum over the rows, the
    penalty there has a ½: C = 1/(2·λ·rows). A penalised bias is the weight of a column of ones. Of two classes it
    fits one vector v = w₁ − w₀, and ‖w₀‖² + ‖w₁‖² = ‖v‖²/2: half the λ.
    """
    x, y = features.double().numpy(), labels.numpy()
    weight = np.zeros(len(x))
    weight[fold.training.numpy()] = 1
    share = 1 if len(np.unique(y)) == 2 else 2
    seen = np.column_stack([x, np.ones(len(x))]) if penalise_bias else x
    judge = LogisticRegression(
        C=1 / (share * strength * len(fold.training)),
        fit_intercept=not penalise_bias,
        solver="newton-cg",
        tol=1e-10,
        max_iter=10_000,
    )
    judge.fit(seen, y, sample_weight=weight)
    weights = judge.coef_[:, : x.shape[1]]
    bias = judge.coef_[:, -1] if penalise_bias else judge.intercept_
    if share == 1:
        return np.vstack([0 * weights, weights]), np.array([0, bias[0]])
    return weights - weights[0], bias - bias[0]


def against_first(head: Head) -> tuple[np.ndarray, np.ndarray]:
    return (head.weights - head.weights[0]).numpy(), (head.bias - head.bias[0]).numpy()


def objective(
    features: Tensor, labels: Tensor, fold: Fold, strength: float, head: Head, anchor: Head | None, *, penalise_bias: bool
) -> float:
    """Write the formula down, in float64."""
    weights, bias = head.weights.double(), head.bias.double()
    logits = features.double() @ weights.T + bias
    loss = cross_entropy(logits[fold.training], labels[fold.training])
    moved = weights - (anchor.weights.double() if anchor else 0)
    shifted = bias - (anchor.bias.double() if anchor else 0)
    return float(loss + strength * (moved.square().sum() + (shifted.square().sum() if penalise_bias else 0)))


@pytest.mark.parametrize("penalise_bias", [True, False])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
@pytest.mark.parametrize("classes", [2, 3, 7])
def test_every_probe_is_that_of_scikit_learn(shape: tuple[int, int], classes: int, penalise_bias: bool) -> None:
    features, labels = problem(*shape, classes)
    folds = deal(len(features))
    probes = fit_probes(
        features, labels, folds, STRENGTHS, classes=classes, penalise_bias=penalise_bias, effort=EXACT
    )
    assert [(probe.strength, probe.fold) for probe in probes] == [(s, f) for s in STRENGTHS for f in range(len(folds))]
    for probe in probes:
        fold = folds[probe.fold]
        weights, bias = judged_by_scikit(features, labels, fold, probe.strength, penalise_bias=penalise_bias)
        ours, our_bias = against_first(probe.head)
        assert probe.converged
        assert ours == pytest.approx(weights, abs=1e-4)
        assert our_bias == pytest.approx(bias, abs=1e-4)
        logits = features @ torch.from_numpy(weights).T + torch.from_numpy(bias)
        assert probe.loss == pytest.approx(float(cross_entropy(logits[fold.validation], labels[fold.validation])), abs=1e-6)
        right = logits.argmax(1)[fold.validation] == labels[fold.validation]
        assert probe.accuracy == pytest.approx(float(right.double().mean()), abs=1e-12)
        # Of all heads with these differences, the one whose classes sum to 0 is the shortest.
        centred = Head(torch.from_numpy(weights - weights.mean(0)), torch.from_numpy(bias - bias.mean()))
        least = objective(features, labels, fold, probe.strength, centred, None, penalise_bias=penalise_bias)
        assert probe.objective == pytest.approx(least, abs=1e-6)
        written = objective(features, labels, fold, probe.strength, probe.head, None, penalise_bias=penalise_bias)
        assert probe.objective == pytest.approx(written, abs=1e-9)
