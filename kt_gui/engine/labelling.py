"""Which labels are probably wrong: confident learning on what a probe says of pictures it has not learnt.

Northcutt, Jiang, Chuang 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels" (arXiv:1911.00068), as
implemented: p̂(k | x) of each picture x; the threshold of a class k is t_k = mean of p̂(k | x) over the pictures labelled
k. A picture is confidently of the most probable class among those with p̂(k | x) >= t_k; where that is another than its
label, the label is an issue - unless the label is the most probable class all the same, as in cleanlab (which, where a
picture is confidently of several classes, takes the most probable of all; here as in the paper it is one of those, so
that one in some thousand pictures is judged otherwise). All pictures
are ranked by self-confidence p̂(label | x), lowest first: with two classes the same order as by the normalised margin,
with fourteen, of planted labels, 68 % stood at the top instead of 54 % (`benchmarks/planted_labels.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kt_gui.engine.linear_probes import Effort, Fold, Probe, fit_probes
from kt_gui.schema.stop import StopToken

FOLDS = 5
STRENGTHS = (1e-2, 1e-1, 1.0)
"""Of the probes, for features of variance 1; the one whose folds agree best with the labels is taken."""
EXACT = Effort(tolerance=1e-4, iterations=200)
"""A probability to three digits ranks as well as one to six."""

Labels = NDArray[np.int64]
Probabilities = NDArray[np.float32]
Merit = Literal["loss", "accuracy"]


@dataclass(frozen=True, eq=False)
class Suspicions:
    """What is thought of the label of every picture."""

    order: NDArray[np.int64]
    """[n], the most suspicious first."""
    suggested: Labels
    """[n], the most probable class that is not the label."""
    issues: NDArray[np.bool_]
    """[n], whether confident learning takes the label for wrong."""
    thresholds: NDArray[np.float64]
    """[classes], infinite for a class that no picture is labelled."""


def suspect(probabilities: Probabilities, labels: Labels) -> Suspicions:
    """Judge labels [n] by probabilities [n, classes] that did not learn from them."""
    rows = np.arange(len(labels))
    given = probabilities[rows, labels]
    others = probabilities.copy()
    others[rows, labels] = -1
    suggested = others.argmax(1)
    thresholds = _thresholds(given, labels, probabilities.shape[1])
    confident = np.where(probabilities >= thresholds - 1e-6, probabilities, -1)
    issues = (confident.max(1) >= 0) & (confident.argmax(1) != labels) & (probabilities.argmax(1) != labels)
    return Suspicions(np.argsort(given, kind="stable"), suggested, issues, thresholds)


def _thresholds(given: Probabilities, labels: Labels, classes: int) -> NDArray[np.float64]:
    counts = np.bincount(labels, minlength=classes)
    sums = np.bincount(labels, weights=given.astype(np.float64), minlength=classes)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.inf)


def out_of_fold(
    features: Tensor,
    labels: Labels,
    digests: Sequence[str],
    classes: int,
    seed: int,
    stop: StopToken,
    by: Merit = "loss",
) -> Probabilities:
    """Give each picture's probabilities [n, classes] by a logistic regression that learnt from other pictures.

    `features` [n, features] of a network that never saw the labels. A picture that is there twice is in one fold, or
    it would vouch for itself. The strength is chosen for the least loss on what was not learnt, or `by` accuracy: of a
    few pictures a class the least loss is often that of a probe which says next to nothing. Raises Stopped.
    """
    rows = _standardised(features)
    held = deal_out(labels, digests, seed)
    folds = [
        Fold(torch.from_numpy(np.flatnonzero(held != fold)), torch.from_numpy(np.flatnonzero(held == fold)))
        for fold in np.unique(held)
    ]
    targets = torch.from_numpy(labels)
    probes = fit_probes(rows, targets, folds, STRENGTHS, classes=classes, penalise_bias=False, effort=EXACT, stop=stop)
    said = torch.empty(len(rows), classes)
    for probe in _most_telling(probes, len(folds), by):
        chosen = folds[probe.fold].validation
        said[chosen] = (rows[chosen] @ probe.head.weights.T + probe.head.bias).softmax(1)
    return said.numpy()


def _standardised(features: Tensor) -> Tensor:
    """Give every feature mean 0 and variance 1; no label takes part in that."""
    wide = features.double()
    spread = wide.std(0, correction=0)
    return ((wide - wide.mean(0)) / spread.where(spread > 1e-9, 1)).float()


def deal_out(labels: Labels, digests: Sequence[str], seed: int) -> Labels:
    """Deal every class out evenly: the number of each picture's fold. Equal pictures share one."""
    chance = np.random.default_rng([seed, 0x1ABE1])
    held = np.empty(len(labels), dtype=np.int64)
    turn = 0
    for label in np.unique(labels):
        members = chance.permutation(np.flatnonzero(labels == label))
        held[members] = (turn + np.arange(len(members))) % FOLDS
        turn += len(members)
    first: dict[str, int] = {}
    return np.array([held[first.setdefault(digest, index)] for index, digest in enumerate(digests)], dtype=np.int64)


def _most_telling(probes: Sequence[Probe], folds: int, by: Merit) -> Sequence[Probe]:
    """The probes of the strength that is best on what they did not learn; of equally accurate ones, by loss."""
    by_strength = [probes[start : start + folds] for start in range(0, len(probes), folds)]

    def cost(group: Sequence[Probe]) -> tuple[float, float]:
        right = sum(probe.accuracy or 0.0 for probe in group)
        return (-right if by == "accuracy" else 0.0, sum(probe.loss or 0.0 for probe in group))

    return min(by_strength, key=cost)
