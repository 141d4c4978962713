"""Everything that speaks for a network on pictures it shall learn: scores, and what its own head takes them for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from kt_gui.engine import labelling, ranking
from kt_gui.engine.embedding import pca
from kt_gui.engine.evaluation import wilson
from kt_gui.engine.features import Features
from kt_gui.schema.columns import Column, pack
from kt_gui.schema.rankings import Bridge, Scores
from kt_gui.schema.stop import Stopped, StopToken

DIRECTIONS = 64
"""Principal directions that GBC is given, as in its paper: among thousands of features no two Gaussians overlap."""
NAMED, WIDEST = 3, 16
"""Source classes of a bridge: the likeliest of each target class, but no more than so many together."""

Labels = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Task:
    """What is to be told apart."""

    labels: Labels
    """[n], indexes into the target's classes."""
    digests: Sequence[str]
    classes: int
    seed: int
    """Of the folds."""


@dataclass(frozen=True, eq=False)
class Weight:
    """What was found."""

    scores: Scores
    right: NDArray[np.bool_]
    """[n], what the probe had right."""
    bridge: Bridge | None


def weigh(features: Features, task: Task, named: Sequence[str], stop: StopToken) -> Weight:
    """Score features and logits of n pictures; `named` are the classes of the network's head, none where unknown.

    Raises Stopped.
    """
    right = _probe(features, task, stop)
    shares = _softmax(features.logits) if len(named) > 1 else None
    scores = _scores(features.values, shares, task.labels, right, stop)
    return Weight(scores, right, None if shares is None else build_bridge(shares, task, named))


def _probe(features: Features, task: Task, stop: StopToken) -> NDArray[np.bool_]:
    """Tell which pictures a linear probe has right that has learnt from others only."""
    rows = torch.from_numpy(features.values)
    told = labelling.out_of_fold(rows, task.labels, task.digests, task.classes, task.seed, stop, by="accuracy")
    right: NDArray[np.bool_] = told.argmax(axis=1) == task.labels
    return right


def _scores(
    values: NDArray[np.float32], shares: Floats | None, labels: Labels, right: NDArray[np.bool_], stop: StopToken
) -> Scores:
    low, high = wilson(int(right.sum()), len(right))

    def told(score: Callable[..., float], rows: NDArray[np.float32] | Floats) -> float:
        if stop.requested():
            raise Stopped
        return score(rows, labels)

    return Scores(
        probe=float(right.mean()),
        low=low,
        high=high,
        knn=told(ranking.knn_accuracy, values),
        log_me=told(ranking.log_me, values),
        h_score=told(ranking.h_score, values),
        trans_rate=told(ranking.trans_rate, values),
        gbc=told(ranking.gbc, pca(values, DIRECTIONS)[0]),
        leep=None if shares is None else told(ranking.leep, shares),
        nce=None if shares is None else told(ranking.nce, shares),
    )


def _softmax(logits: NDArray[np.float32]) -> Floats:
    wide = logits.astype(np.float64)
    powers = np.exp(wide - wide.max(axis=1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares


def build_bridge(shares: Floats, task: Task, named: Sequence[str]) -> Bridge:
    """Average what the head says of each target class's pictures: the likeliest source classes, most frequent first."""
    means = np.full((task.classes, shares.shape[1]), np.nan)
    for label in np.unique(task.labels):
        means[label] = shares[task.labels == label].mean(axis=0)
    kept = _telling(means)
    return Bridge(
        classes=tuple(named[place] for place in kept),
        total=len(named),
        shares=_packed(means[:, kept]),
        pictures=_packed(shares[:, kept]),
    )


def _telling(means: Floats) -> list[int]:
    """The source classes that are among the first of any target class; at most so many, by their largest share."""
    there = means[~np.isnan(means).any(axis=1)]
    first = np.unique(np.argsort(-there, axis=1, kind="stable")[:, :NAMED])
    largest = first[np.argsort(-there[:, first].max(axis=0), kind="stable")][:WIDEST]
    kept: list[int] = largest[np.argsort(-there[:, largest].sum(axis=0), kind="stable")].tolist()
    return kept


def _packed(values: Floats) -> Column:
    return pack(values.astype(np.float32))
