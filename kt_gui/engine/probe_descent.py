"""Many softmax regressions on the same rows, minimised side by side: one wide matrix product serves them all.

Of each model: mean cross-entropy on its own rows + λ·‖θ‖², θ the distance from the anchor. Limited-memory BFGS (Nocedal
1980, doi:10.1090/S0025-5718-1980-0572855-7) with a history, a step length and an end per model. Logits are linear in θ,
so looking along a line costs no matrix product, only sums. Knows no folds and no features: see `linear_probes`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from kt_gui.schema.stop import Stopped, StopToken

HISTORY = 4  # one pair needed as many iterations as eight (within a tenth); four are cheap
_RESCALE_EVERY = 8  # iterations; with it, 1.5 to 2 times fewer at small λ
_LEAST_SPREAD = 0.01  # of the anchor's: a class that is certain by now must not make steps endless
_TRIALS = 20
_STEEPNESS = 0.5  # of the first slope: what may be left where a step ends


@dataclass(frozen=True)
class Regression:
    """What all models have in common."""

    rows: Tensor
    """[rows, columns], the columns orthogonal to each other, none zero: so the curvature is nearly a diagonal."""
    curvature: Tensor
    """[columns], the mean square of each."""
    penalised: Tensor
    """[columns], 1 where λ holds, 0 where not."""
    labels: Tensor
    """int64 [rows]."""
    logits: Tensor
    """[classes, rows], what the anchor says of each row."""


@dataclass(frozen=True)
class Minima:
    """Where each model ended."""

    weights: Tensor
    """[models, classes, columns], the distance from the anchor."""
    converged: Tensor
    """bool [models]."""


@torch.no_grad()
def minimise(
    regression: Regression, shares: Tensor, strengths: Tensor, *, tolerance: float, iterations: int, stop: StopToken
) -> Minima:
    """Minimise all models at once; those that have converged leave the batch.

    `shares` [models, rows] holds how much each row counts, 0 for those left out, 1 in sum; `strengths` [models] the λ.
    What an infinite λ holds does not move. A model has converged when its gradient's length is at most `tolerance`
    times the root mean square length of a row: then its value is above the least by at most gradient²/(4λ).
    Raises Stopped between iterations when asked to.
    """
    batch = _Batch(regression, shares, strengths)
    weights = torch.zeros_like(batch.weights)
    converged = torch.zeros(len(shares), dtype=torch.bool, device=shares.device)
    remaining = torch.arange(len(shares), device=shares.device)
    enough = tolerance * float(regression.curvature.sum().sqrt())
    for iteration in range(iterations):
        if stop.requested():
            raise Stopped
        ended = batch.gradient.flatten(1).norm(dim=1) <= enough
        if ended.any():
            weights[remaining[ended]], converged[remaining[ended]] = batch.weights[ended], True
            remaining = remaining[~ended]
            batch.keep(~ended)
        if not len(remaining):
            break
        if iteration and iteration % _RESCALE_EVERY == 0:
            batch.rescale()
        batch.step()
    weights[remaining] = batch.weights
    return Minima(weights, converged)


class _Batch:
    """The models that still move. All its tensors have the models first."""

    def __init__(self, regression: Regression, shares: Tensor, strengths: Tensor) -> None:
        self._regression = regression
        self._columns = regression.rows.T.contiguous()
        self._shares = shares[:, None, :]
        held = strengths.isinf()[:, None, None] & (regression.penalised > 0)
        self._free = (~held).to(shares.dtype)
        finite = strengths.where(strengths.isfinite(), 0)
        self._pull = 2 * finite[:, None, None] * regression.penalised
        self._logits = regression.logits.expand(len(shares), -1, -1)
        classes, columns = len(regression.logits), regression.rows.shape[1]
        self.weights = shares.new_zeros(len(shares), classes, columns)
        self._history: list[tuple[Tensor, Tensor]] = []
        self._errors = self._errors_at(self._logits)
        self._first_spread = self._spread().clamp_min(1e-6)
        self._scale = self._scale_for(self._first_spread)
        self.gradient = self._gradient()

    def keep(self, staying: Tensor) -> None:
        """Let only these models stay."""
        for name in ("_shares", "_free", "_pull", "_logits", "_errors", "_first_spread", "_scale"):
            setattr(self, name, getattr(self, name)[staying])
        self.weights, self.gradient = self.weights[staying], self.gradient[staying]
        self._history = [(step[staying], change[staying]) for step, change in self._history]

    def rescale(self) -> None:
        """Measure the steps by the curvature that the probabilities of now give; what was learnt stays true."""
        scale = self._scale_for(self._spread().maximum(_LEAST_SPREAD * self._first_spread))
        ratio = scale / self._scale
        self._history = [(step / ratio, change * ratio) for step, change in self._history]
        self._scale = scale

    def step(self) -> None:
        """Move every model along a line of its own, about to the lowest point there."""
        before = self.gradient * self._scale
        direction = _quasi_newton(before, self._history)
        slope = _dot(before, direction)
        direction = torch.where(slope < 0, direction, -before)
        slope = torch.where(slope < 0, slope, -_dot(before, before))
        moved = direction * self._scale
        change = (moved.flatten(0, 1) @ self._columns).view_as(self._logits)
        length = self._search(moved, change, slope)
        self.weights = self.weights + length * moved
        self._logits = torch.addcmul(self._logits, length, change)
        self.gradient = self._gradient()
        self._history.append((length * direction, self.gradient * self._scale - before))
        del self._history[:-HISTORY]

    def _search(self, moved: Tensor, change: Tensor, slope: Tensor) -> Tensor:
        """Find where the slope along each line is small; leaves the errors there.

        By slopes, not by values: near the end a value in float32 no longer changes where its slope still does.
        """
        at_start, growth = _dot(self._pull * self.weights, moved), _dot(self._pull * moved, moved)
        bracket = _Bracket(slope)
        length = torch.ones_like(slope)
        for _ in range(_TRIALS):
            self._errors = self._errors_at(torch.addcmul(self._logits, length, change))
            here = _dot(self._errors, change) + at_start + length * growth
            open_ = here.abs() > _STEEPNESS * slope.abs()
            if not open_.any():
                break
            length = torch.where(open_, bracket.next(length, here), length)
        else:
            self._errors = self._errors_at(torch.addcmul(self._logits, length, change))
        return length

    def _errors_at(self, logits: Tensor) -> Tensor:
        """Give probability minus truth by class and row, times the row's share."""
        labels = self._regression.labels
        errors = logits.softmax(1).mul_(self._shares)
        errors[:, labels, torch.arange(len(labels), device=labels.device)] -= self._shares[:, 0]
        return errors

    def _gradient(self) -> Tensor:
        slopes = (self._errors.flatten(0, 1) @ self._regression.rows).view_as(self.weights)
        return slopes.addcmul_(self._pull, self.weights).mul_(self._free)

    def _spread(self) -> Tensor:
        """Give the mean p(1 - p) of each class: [models, classes, 1]."""
        chances = self._logits.softmax(1)
        return (chances * (1 - chances)).matmul(self._shares.mT)

    def _scale_for(self, spread: Tensor) -> Tensor:
        """Give one over the root of the curvature, off the diagonal left out."""
        return (self._regression.curvature * spread + self._pull).rsqrt_()


class _Bracket:
    """Between which lengths the lowest point of each line lies, and the slopes there."""

    def __init__(self, slope: Tensor) -> None:
        self._low, self._slope_low = torch.zeros_like(slope), slope
        self._high, self._slope_high = torch.full_like(slope, torch.inf), torch.full_like(slope, torch.inf)

    def next(self, length: Tensor, slope: Tensor) -> Tensor:
        """Take in the slope at a length; give the next one to look at."""
        beyond = length - slope * (length - self._low) / (slope - self._slope_low)
        falls = slope < 0
        self._low = torch.where(falls, length, self._low)
        self._slope_low = torch.where(falls, slope, self._slope_low)
        self._high = torch.where(falls, self._high, length)
        self._slope_high = torch.where(falls, self._slope_high, slope)
        width = self._high - self._low
        between = self._low - self._slope_low * width / (self._slope_high - self._slope_low)
        between = between.clamp(self._low + 0.1 * width, self._high - 0.1 * width)
        beyond = beyond.nan_to_num(torch.inf).clamp(1.5 * length, 8 * length)
        return torch.where(self._high.isinf(), beyond, between)


def _quasi_newton(gradient: Tensor, history: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
    """Give the direction of limited-memory BFGS.

    The usual two loops run on the products of all vectors with each other, and so on a few numbers a model: one product
    reads each vector once (Chen, Wang, Zhou 2014, "Large-scale L-BFGS using MapReduce").
    """
    if not history:
        return -gradient
    pairs = len(history)
    vectors = [*(step for step, _ in history), *(change for _, change in history), gradient]
    stacked = torch.stack(vectors, 1).flatten(2)
    shares = _two_loops(stacked @ stacked.mT, pairs)
    return (-shares[:, None] @ stacked).view_as(gradient)


def _two_loops(products: Tensor, pairs: int) -> Tensor:
    """Give how much of each vector the direction holds: [models, steps, then changes, then the gradient]."""
    steps, changes = range(pairs), range(pairs, 2 * pairs)
    curvature = [products[:, step, change] for step, change in zip(steps, changes, strict=True)]
    inverse = [torch.where(each > 0, 1 / each, 0) for each in curvature]  # a pair that says nothing counts nothing
    shares = torch.zeros_like(products[:, 0])
    shares[:, -1] = 1
    taken = [torch.zeros_like(shares[:, 0])] * pairs
    for pair in reversed(range(pairs)):
        taken[pair] = inverse[pair] * (products[:, steps[pair]] * shares).sum(1)
        shares[:, changes[pair]] -= taken[pair]
    latest = products[:, changes[-1], changes[-1]]
    shares *= torch.where(curvature[-1] > 0, curvature[-1] / latest, 1)[:, None]
    for pair in range(pairs):
        shares[:, steps[pair]] += taken[pair] - inverse[pair] * (products[:, changes[pair]] * shares).sum(1)
    return shares


def _dot(one: Tensor, other: Tensor) -> Tensor:
    """Give the product of each model's two vectors: [models, 1, 1]."""
    return (one * other).sum((1, 2), keepdim=True)
