"""Linear heads on features that stand still, for every fold and every λ at once. Pure: tensors in, plain values out.

Of each fold and λ: mean cross-entropy on the fold's training rows + λ·(‖W − W₀‖² + ‖b − b₀‖²), no ½ (W₀, b₀ the head's
anchor, zeros for a new one). Convex, so there is one answer: that of scikit-learn's
`LogisticRegression(C=1/(2·λ·rows))` on features with a column of ones.

All models share one copy of the features, turned into their principal directions. A turn changes no length, so the
penalty stays what it is; directions in which no row has a part are left out, for there nothing leaves the anchor: with
fewer rows than features, only as many columns stay as there are rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from kt_gui.engine.probe_descent import HISTORY, Minima, Regression, minimise
from kt_gui.schema.stop import StopToken


@dataclass(frozen=True, eq=False)
class Fold:
    """Which rows learn and which judge: int64 indexes, none twice."""

    training: Tensor
    validation: Tensor


@dataclass(frozen=True, eq=False)
class Head:
    """A linear head: logits = features @ weights.T + bias."""

    weights: Tensor
    """[classes, features]."""
    bias: Tensor
    """[classes]."""


@dataclass(frozen=True, eq=False)
class Probe:
    """The head of one fold and one λ, and what it is worth."""

    fold: int
    strength: float
    head: Head
    objective: float
    """What was minimised, at the end. An infinite λ adds nothing, as what it holds has not moved."""
    loss: float | None
    """Mean cross-entropy on the validation rows, None where there are none."""
    accuracy: float | None
    """Share of the validation rows that is right, None where there are none."""
    converged: bool


@dataclass(frozen=True)
class Effort:
    """How exact, how long and how large."""

    tolerance: float = 1e-6
    """The largest length of a gradient at the end, in root mean square lengths of a row (a 1 for the bias included)."""
    iterations: int = 500
    memory: int = 1 << 30
    """Bytes for the models that are solved together; there is always one."""


def fit_probes(
    features: Tensor,
    labels: Tensor,
    folds: Sequence[Fold],
    strengths: Sequence[float],
    *,
    classes: int,
    anchor: Head | None = None,
    penalise_bias: bool = True,
    effort: Effort | None = None,
    stop: StopToken | None = None,
) -> list[Probe]:
    """Fit a head for every strength and fold: strength by strength in the order given, each with all folds.

    `features` [rows, features] in float32 or float64, in which the work is done too, on their device; read only.
    `labels` int64 [rows]. A λ of infinity leaves the head at its anchor (but for a bias that is not penalised). With a
    λ of 0 and classes that a plane divides there is no least value: the head grows until the gradient is small enough
    or the iterations are used up. Where there is one but the rows do not settle the head, it is the nearest to the
    anchor. Raises Stopped between iterations when asked to, ValueError for what cannot be a problem.
    """
    _check(features, labels, folds, strengths, classes)
    anchor = anchor or Head(features.new_zeros(classes, features.shape[1]), features.new_zeros(classes))
    view = _principal_view(features, penalise_bias=penalise_bias)
    said = anchor.weights.to(features) @ features.T + anchor.bias.to(features)[:, None]
    regression = Regression(view.rows, view.rows.square().mean(0), view.penalised, labels, said)
    models = [(strength, fold) for strength in strengths for fold in range(len(folds))]
    effort = effort or Effort()
    together = _together(regression, effort.memory)
    probes: list[Probe] = []
    for start in range(0, len(models), together):
        chunk = _Chunk(regression, folds, models[start : start + together])
        probes += chunk.judge(chunk.minimise(effort, stop or StopToken()), view, anchor)
    return probes


def refit(
    features: Tensor,
    labels: Tensor,
    strength: float,
    *,
    classes: int,
    anchor: Head | None = None,
    penalise_bias: bool = True,
    effort: Effort | None = None,
    stop: StopToken | None = None,
) -> Probe:
    """Fit one head on all rows: what follows the choice of a strength. As `fit_probes`, without validation."""
    rows = torch.arange(len(features))
    (probe,) = fit_probes(
        features,
        labels,
        [Fold(rows, rows[:0])],
        [strength],
        classes=classes,
        anchor=anchor,
        penalise_bias=penalise_bias,
        effort=effort,
        stop=stop,
    )
    return probe


def _check(features: Tensor, labels: Tensor, folds: Sequence[Fold], strengths: Sequence[float], classes: int) -> None:
    if features.ndim != 2 or features.dtype not in (torch.float32, torch.float64) or len(features) != len(labels):
        raise ValueError(f"features {features.dtype} {list(features.shape)}, labels {list(labels.shape)}")
    if not features.isfinite().all():
        raise ValueError("a feature is not a finite number")
    if len(labels) and not 0 <= int(labels.min()) <= int(labels.max()) < classes:
        raise ValueError(f"labels from {int(labels.min())} to {int(labels.max())}, {classes} classes")
    if not all(strength >= 0 for strength in strengths):
        raise ValueError(f"a λ below 0 among {list(strengths)}")
    if not all(len(fold.training) for fold in folds):
        raise ValueError("a fold has no training rows")


@dataclass(frozen=True)
class _View:
    """The features seen along their principal directions, and the way back."""

    rows: Tensor
    """[rows, columns]."""
    basis: Tensor
    """[features + 1, columns]: a head's weights, then its bias, of a weight in each column."""
    penalised: Tensor
    """[columns]."""


@torch.no_grad()
def _principal_view(features: Tensor, *, penalise_bias: bool) -> _View:
    """Turn the features. A bias that is penalised is one more feature that is always 1.

    One that is not gets a column of its own, and the features are centred: that only moves the bias.
    """
    # In float64, as squaring halves the digits; Apple's GPUs have none.
    place = "cpu" if features.device.type == "mps" else features.device
    wide = features.to(device=place).double()
    ones = wide.new_ones(len(wide), 1)
    if penalise_bias:
        rows, basis = _turn(torch.cat([wide, ones], 1))
        penalised = wide.new_ones(rows.shape[1])
    else:
        centre = wide.mean(0)
        rows, turn = _turn(wide - centre)
        rows = torch.cat([rows, ones], 1)
        # A step of `turn` for the weights moves the bias by -centre @ step; the last column is the bias itself.
        basis = torch.cat([turn, -centre[None] @ turn])
        basis = torch.cat([basis, basis.new_zeros(len(basis), 1)], 1)
        basis[-1, -1] = 1
        penalised = wide.new_ones(rows.shape[1])
        penalised[-1] = 0
    return _View(rows.to(features), basis.to(features), penalised.to(features))


def _turn(rows: Tensor) -> tuple[Tensor, Tensor]:
    """Give the rows along their principal directions, and those [features, columns]; empty directions are left out."""
    if rows.shape[1] > rows.shape[0]:
        span, triangle = torch.linalg.qr(rows.mT)
        rows = triangle.mT
    else:
        span = None
    squares, directions = torch.linalg.eigh(rows.mT @ rows)
    directions = directions[:, squares > squares[-1] * rows.shape[1] * torch.finfo(rows.dtype).eps]
    return rows @ directions, directions if span is None else span @ directions


def _together(regression: Regression, memory: int) -> int:
    """Count the models that fit into the memory, as tensors of logits and of weights are made of them."""
    rows, columns = regression.rows.shape
    floats = len(regression.logits) * (6 * rows + (4 * HISTORY + 8) * columns)
    return max(1, memory // (floats * regression.rows.element_size()))


class _Chunk:
    """Models that are solved together."""

    def __init__(self, regression: Regression, folds: Sequence[Fold], models: Sequence[tuple[float, int]]) -> None:
        self._regression, self._models = regression, models
        rows = regression.rows
        chosen = torch.tensor([fold for _, fold in models], device=rows.device)
        self._training = _marks([fold.training for fold in folds], rows)[chosen]
        self._validation = _marks([fold.validation for fold in folds], rows)[chosen]
        self._strengths = torch.tensor([strength for strength, _ in models], dtype=rows.dtype, device=rows.device)

    def minimise(self, effort: Effort, stop: StopToken) -> Minima:
        """Find the least of each."""
        shares = _shares(self._training)
        tolerance, iterations = effort.tolerance, effort.iterations
        return minimise(
            self._regression, shares, self._strengths, tolerance=tolerance, iterations=iterations, stop=stop
        )

    @torch.no_grad()
    def judge(self, minima: Minima, view: _View, anchor: Head) -> list[Probe]:
        """Tell what each is worth."""
        moved, known = minima.weights, self._regression
        logits = (moved.flatten(0, 1) @ view.rows.T).view(len(moved), -1, len(view.rows)) + known.logits
        labels = known.labels.expand(len(moved), -1)
        losses = cross_entropy(logits, labels, reduction="none")
        right = (logits.argmax(1) == labels) & (self._validation > 0)
        finite = self._strengths.where(self._strengths.isfinite(), 0)
        penalties = finite * (moved.square() * view.penalised).sum((1, 2))
        objectives = ((losses * _shares(self._training)).sum(1) + penalties).tolist()
        validation = (losses * _shares(self._validation)).sum(1).tolist()
        correct, counts = right.sum(1).tolist(), self._validation.sum(1).tolist()
        heads = [_head(anchor, change) for change in moved @ view.basis.T]
        return [
            Probe(
                fold,
                strength,
                heads[model],
                objectives[model],
                validation[model] if counts[model] else None,
                correct[model] / counts[model] if counts[model] else None,
                bool(minima.converged[model]),
            )
            for model, (strength, fold) in enumerate(self._models)
        ]


def _head(anchor: Head, change: Tensor) -> Head:
    """Move a head by its change, [classes, features + 1], the bias last."""
    return Head(anchor.weights.to(change) + change[:, :-1], anchor.bias.to(change) + change[:, -1])


def _marks(parts: Sequence[Tensor], rows: Tensor) -> Tensor:
    """Mark the rows of each part: [parts, rows], 1 or 0."""
    marks = rows.new_zeros(len(parts), len(rows))
    for mark, part in zip(marks, parts, strict=True):
        mark[part.to(rows.device)] = 1
    return marks


def _shares(marks: Tensor) -> Tensor:
    """Let what is marked count 1 in sum."""
    return marks / marks.sum(1, keepdim=True).clamp_min(1)
