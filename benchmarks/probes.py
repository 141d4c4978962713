"""Fifty linear probes, ten strengths by five folds: as one batch, one by one, by scikit-learn, by vmap.

    python -m benchmarks.probes [--runs N] [--only NAME...]

Each side gets the same features in float32 and minimises the same: mean cross-entropy + λ·(‖W‖² + ‖b‖²), λ in 0 and
logspace(-4, 0, 9), five folds. Real features: what the bundled ImageNet model says, before its head, of the bundled
emoji (fewer rows than features) and clothes (more). Per set, a note holds the seconds and the largest excess of any
objective over the least that any side has found (λ > 0: without λ there may be none). scikit-learn stops where its
default tolerance says, with up to 1 000 iterations instead of 100.
"""

import argparse
import os
import time
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kt_gui import waiting

os.environ.update(waiting.WAITING)

import numpy as np
import torch
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits
from torch import Tensor, func
from torch.nn.functional import cross_entropy

from benchmarks.measuring import Measured, Turn, number, surroundings, table, take_turns
from kt_gui.engine.backbones import pretrained
from kt_gui.engine.bundled import read_bundled
from kt_gui.engine.linear_probes import Effort, Fold, fit_probes
from kt_gui.engine.loading import Portion, load
from kt_gui.engine.weights import weights_address
from kt_gui.schema.choices import NoAugmentation
from kt_gui.schema.events import Event
from kt_gui.schema.stop import StopToken
from kt_gui.store.folders import resources

STRENGTHS = (0.0, *np.logspace(-4, 0, 9).tolist())
FOLDS, SIDE, STEPS, CORES = 5, 64, 300, torch.get_num_threads()


@dataclass(frozen=True)
class Grid:
    """The models of one set."""

    features: Tensor
    labels: Tensor
    folds: Sequence[Fold]

    @property
    def classes(self) -> int:
        return int(self.labels.max()) + 1

    @property
    def models(self) -> list[tuple[float, Fold]]:
        """Strength by strength, each with all folds."""
        return [(strength, fold) for strength in STRENGTHS for fold in self.folds]

    def __str__(self) -> str:
        rows, columns = self.features.shape
        return f"{rows} x {columns}, {self.classes} classes"


def grid(features: Tensor, labels: Tensor) -> Grid:
    """Deal a set to folds, each with its share of every class."""
    dealt = StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(features, labels)
    return Grid(features, labels, [Fold(torch.from_numpy(train), torch.from_numpy(held)) for train, held in dealt])


def pictures(name: str) -> Grid:
    """What the bundled model says of the training pictures of a bundled set, before its head."""
    weights = weights_address("bundled/efficientnet_lite0")
    assert isinstance(weights, Path)
    network = pretrained("bundled/efficientnet_lite0", weights, SIDE)
    collection = read_bundled(name, resources() / "examples")
    training = np.flatnonzero(np.array(collection.given) == "train")
    portion = _loaded(load(collection, training, network.view, torch.device("cpu"), StopToken()))
    module = network.module.eval()
    with torch.inference_mode():
        parts = [
            module.forward_head(module.forward_features(portion.batch(few, NoAugmentation(), 0)), pre_logits=True)
            for few in torch.arange(len(portion)).split(250)
        ]
    return grid(torch.cat(parts).clone(), portion.labels)


def _loaded(events: Generator[Event, None, Portion]) -> Portion:
    while True:
        try:
            next(events)
        except StopIteration as ended:
            portion: Portion = ended.value
            return portion


def drawn(rows: int, columns: int, classes: int) -> Grid:
    """Classes that overlap, in features as networks give them: none below 0, a few directions hold most."""
    chance = torch.Generator().manual_seed(0)
    labels = torch.arange(rows) % classes
    hidden = 0.5 * torch.randn(classes, 64, generator=chance)[labels] + torch.randn(rows, 64, generator=chance)
    mixed = hidden @ (torch.randn(64, columns, generator=chance) * torch.logspace(0, -1.5, 64)[:, None])
    noisy = mixed + 0.3 * torch.randn(rows, columns, generator=chance)
    return grid(torch.relu(noisy / noisy.std()), labels)


GRIDS: dict[str, Callable[[], Grid]] = {
    "emoji": lambda: pictures("emoji-noto"),
    "clothes": lambda: pictures("fashion"),
    "two classes": lambda: drawn(200, 512, 2),
    "a hundred classes": lambda: drawn(1000, 512, 100),
}

USUAL = ("emoji", "clothes", "two classes")
"""The others take a long time."""

Heads = list[Tensor]
"""Of every model: [classes, features + 1], the bias last."""


def batched(grid: Grid, memory: int = Effort().memory) -> Heads:
    """The app's way."""
    probes = fit_probes(
        grid.features, grid.labels, grid.folds, STRENGTHS, classes=grid.classes, effort=Effort(memory=memory)
    )
    return [torch.cat([probe.head.weights, probe.head.bias[:, None]], 1) for probe in probes]


def one_by_one(grid: Grid) -> Heads:
    """The app's method, a model at a time; the features are still turned once for all."""
    return batched(grid, memory=1)


def scikit(grid: Grid) -> Heads:
    """scikit-learn, a model after the other; one thread, for on small matrices NumPy's threads mostly wait."""
    rows, labels = _with_ones(grid).numpy(), grid.labels.numpy()
    with threadpool_limits(1):
        return [_fit(rows, labels, fold.training.numpy(), strength) for strength, fold in grid.models]


def scikit_in_processes(grid: Grid) -> Heads:
    """scikit-learn, a process a core."""
    rows, labels = _with_ones(grid).numpy(), grid.labels.numpy()
    work = (delayed(_fit)(rows, labels, fold.training.numpy(), strength) for strength, fold in grid.models)
    return list(Parallel(n_jobs=CORES)(work))


def _fit(rows: NDArray[np.float32], labels: NDArray[np.int64], training: NDArray[np.int64], strength: float) -> Tensor:
    # Of two classes, scikit-learn fits v = w₁ − w₀, and ‖w₀‖² + ‖w₁‖² = ‖v‖²/2.
    halves = 1 if labels.max() == 1 else 2
    inverse = 1 / (halves * strength * len(training)) if strength else np.inf
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = LogisticRegression(C=inverse, fit_intercept=False, max_iter=1000).fit(rows[training], labels[training])
    head = torch.from_numpy(found.coef_)
    return torch.cat([-head, head]) / 2 if halves == 1 else head


def vmapped(grid: Grid) -> Heads:
    """Nesterov's accelerated gradient with the safe step, mapped over the models by torch.func; a fixed time."""
    rows, labels = _with_ones(grid), grid.labels
    shares = torch.stack([_share(grid, fold) for _, fold in grid.models])
    strengths = torch.tensor([strength for strength, _ in grid.models])

    def objective(head: Tensor, share: Tensor, strength: Tensor) -> Tensor:
        losses = cross_entropy(rows @ head.T, labels, reduction="none")
        return losses @ share + strength * head.square().sum()

    gradient = func.vmap(func.grad(objective))
    largest = torch.linalg.matrix_norm(rows, 2).square() / len(rows) * FOLDS / (FOLDS - 1)
    step = 1 / (largest / 2 + 2 * strengths)[:, None, None]
    heads = ahead = torch.zeros(len(shares), grid.classes, rows.shape[1])
    for turn in range(STEPS):
        before, heads = heads, ahead - step * gradient(ahead, shares, strengths)
        ahead = heads + turn / (turn + 3) * (heads - before)
    return list(heads)


SIDES: dict[str, Callable[[Grid], Heads]] = {
    "the app, one batch": batched,
    "the app's method, one by one": one_by_one,
    "scikit-learn, one by one, one thread": scikit,
    f"scikit-learn, joblib with {CORES} processes": scikit_in_processes,
    f"torch.func.vmap, {STEPS} accelerated steps": vmapped,
}


class Side:
    """One way to fit all grids, and what it found last."""

    def __init__(self, fit: Callable[[Grid], Heads], grids: dict[str, Grid]) -> None:
        self._fit, self._grids = fit, grids
        self.seconds: dict[str, float] = {}
        self.objectives: dict[str, Tensor] = {}

    def turn(self) -> Turn:
        for name, one in self._grids.items():
            began = time.perf_counter()
            heads = self._fit(one)
            self.seconds[name] = time.perf_counter() - began
            self.objectives[name] = objectives(one, heads)
        return Turn(sum(self.seconds.values()), {name: f"{number(value)} s" for name, value in self.seconds.items()})


def objectives(grid: Grid, heads: Heads) -> Tensor:
    """What each model reaches, in float64."""
    rows = _with_ones(grid).double()
    return torch.stack(
        [
            cross_entropy(rows[fold.training] @ head.double().T, grid.labels[fold.training])
            + strength * head.double().square().sum()
            for (strength, fold), head in zip(grid.models, heads, strict=True)
        ]
    )


def agreement(sides: dict[str, Side], name: str, one: Grid) -> Iterator[str]:
    """Say by how much each side's worst model of a set is above the least found."""
    held = torch.tensor([strength > 0 for strength, _ in one.models])
    least = torch.stack([side.objectives[name] for side in sides.values()]).amin(0)
    worst = {label: float((side.objectives[name] - least)[held].max()) for label, side in sides.items()}
    told = "; ".join(f"{label} {value:.0e}" for label, value in worst.items())
    yield f"{name} ({one}): largest excess of an objective over the least found: {told}."


def measure(runs: int, names: Sequence[str] = USUAL) -> Measured:
    """Let all sides fit all grids of these sets; the processes are started before."""
    grids = {name: GRIDS[name]() for name in names}
    Parallel(n_jobs=CORES)(delayed(_fit)(np.eye(2, dtype=np.float32), np.arange(2), np.arange(2), 1.0) for _ in "12345")
    sides = {name: Side(fit, grids) for name, fit in SIDES.items()}
    turns = take_turns({name: side.turn for name, side in sides.items()}, runs)
    remarks = [remark for name, one in grids.items() for remark in agreement(sides, name, one)]
    return Measured(f"{len(STRENGTHS) * FOLDS} linear probes: {FOLDS} folds by {len(STRENGTHS)} λ", turns, "s", remarks)


def _with_ones(grid: Grid) -> Tensor:
    return torch.cat([grid.features, torch.ones(len(grid.features), 1)], 1)


def _share(grid: Grid, fold: Fold) -> Tensor:
    return torch.zeros(len(grid.labels)).index_fill(0, fold.training, 1 / len(fold.training))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=GRIDS, default=USUAL)
    asked = parser.parse_args()
    print(surroundings(), end="\n\n")
    print(table(measure(asked.runs, asked.only)))


if __name__ == "__main__":
    main()
