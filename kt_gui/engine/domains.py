"""How far two sets of pictures lie apart in a network's features: the proxy A-distance. Knows numbers only.

Ben-David, Blitzer, Crammer, Pereira 2007, "Analysis of Representations for Domain Adaptation" (and with others 2010,
doi:10.1007/s10994-009-5152-4): d̂_A = 2(1 − 2ε), ε the error of a linear classifier that tells the sets apart. 2: it
always can; 0: it can only guess.

As implemented: as many pictures of either set, at most `MOST`, drawn by their digests and the seed, so that the order
in which they come changes nothing; features brought about 0 and, all by one factor, to a mean variance of 1, so that
turning and stretching the whole changes nothing either; a logistic regression with the penalty `STRENGTH`·‖W‖², fixed
and not searched for, as what is chosen for few errors has too few; ε is its share of errors on the pictures of five
folds that it did not learn. A picture that is in both sets, or twice in one, is in one fold. An error over one half is
chance, hence no distance is below 0. The interval is Wilson's of ε over all pictures judged: where no fold has an
error, the folds' spread would be none at all.

That the sets have other classes, or other shares of them, sets them apart, too. A classifier that learnt from few errs
more than the best there is, so that the distance is a lower bound (simulated, 200 pictures of 20 features: 0.67 on
average where it is 0.77). The folds' classifiers have learnt from much the same: of two sets of one distribution 7
intervals in 100 lay above 0 where 2.5 are meant.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from kt_gui.engine.evaluation import wilson
from kt_gui.engine.features import Floats
from kt_gui.engine.labelling import EXACT, FOLDS, deal_out
from kt_gui.engine.linear_probes import Fold, fit_probes
from kt_gui.schema.domains import Distance
from kt_gui.schema.stop import StopToken

MOST = 1000
"""Pictures of either set that are told apart: they settle the error to about one and a half in a hundred."""
STRENGTH = 0.1
"""Of the penalty, for features of variance 1 on average."""

Indexes = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Side:
    """One of two sets, as a network sees it."""

    values: Floats
    """[n, features]"""
    digests: Sequence[str]
    """Of the pictures; equal where they are the same."""


def proxy_a_distance(source: Side, target: Side, stop: StopToken, *, seed: int = 0) -> Distance | None:
    """Say how far two sets lie apart; None where one of them has fewer than five pictures.

    Raises Stopped, ValueError for features that are not finite or of unlike widths.
    """
    count = min(len(source.digests), len(target.digests), MOST)
    if count < FOLDS:
        return None
    chosen = [(side, _draw(side.digests, count, seed)) for side in (source, target)]
    values = np.concatenate([side.values[places] for side, places in chosen])
    digests = [side.digests[place] for side, places in chosen for place in places.tolist()]
    labels = np.repeat(np.arange(2), count)
    wrong = _errors(_scaled(values), labels, deal_out(labels, digests, seed), stop)
    low, high = wilson(wrong, len(labels))
    error = wrong / len(labels)
    return Distance(
        distance=_distance(error), low=_distance(high), high=_distance(low), error=error, pictures=count, seed=seed
    )


def _distance(error: float) -> float:
    return max(0.0, 2 * (1 - 2 * error))


def _draw(digests: Sequence[str], count: int, seed: int) -> Indexes:
    """Choose so many pictures, whatever order they come in."""

    def lot(place: int) -> bytes:
        return hashlib.blake2b(f"{seed} {digests[place]}".encode(), digest_size=16).digest()

    return np.array(sorted(range(len(digests)), key=lot)[:count], dtype=np.int64)


def _scaled(values: Floats) -> torch.Tensor:
    """About 0, with a mean variance of 1; features that are all the same stay 0."""
    if not np.isfinite(values).all():
        raise ValueError("among the features there is one that is not a finite number")
    rows = torch.from_numpy(values).double()
    rows = rows - rows.mean(0)
    spread = rows.square().mean().sqrt()
    return rows / spread if spread > 0 else rows


def _errors(rows: torch.Tensor, labels: Indexes, held: Indexes, stop: StopToken) -> int:
    """Count the pictures that are taken for one of the other set by a classifier that learnt from others."""
    folds = [
        Fold(torch.from_numpy(np.flatnonzero(held != fold)), torch.from_numpy(np.flatnonzero(held == fold)))
        for fold in np.unique(held)
    ]
    targets = torch.from_numpy(labels)
    wrong = 0
    probes = fit_probes(rows, targets, folds, (STRENGTH,), classes=2, penalise_bias=False, effort=EXACT, stop=stop)
    for probe in probes:
        judged = folds[probe.fold].validation
        said = (rows[judged] @ probe.head.weights.T + probe.head.bias).argmax(1)
        wrong += int((said != targets[judged]).sum())
    return wrong
