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
    features: Tensor,
    labels: Tensor,
    fold: Fold,
    strength: float,
    head: Head,
    anchor: Head | None,
    *,
    penalise_bias: bool,
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
    probes = fit_probes(features, labels, folds, STRENGTHS, classes=classes, penalise_bias=penalise_bias, effort=EXACT)
    assert [(probe.strength, probe.fold) for probe in probes] == [(s, f) for s in STRENGTHS for f in range(len(folds))]
    for probe in probes:
        fold = folds[probe.fold]
        weights, bias = judged_by_scikit(features, labels, fold, probe.strength, penalise_bias=penalise_bias)
        ours, our_bias = against_first(probe.head)
        assert probe.converged
        assert ours == pytest.approx(weights, abs=1e-4)
        assert our_bias == pytest.approx(bias, abs=1e-4)
        logits = features @ torch.from_numpy(weights).T + torch.from_numpy(bias)
        assert probe.loss == pytest.approx(
            float(cross_entropy(logits[fold.validation], labels[fold.validation])), abs=1e-6
        )
        right = logits.argmax(1)[fold.validation] == labels[fold.validation]
        assert probe.accuracy == pytest.approx(float(right.double().mean()), abs=1e-12)
        # Of all heads with these differences, the one whose classes sum to 0 is the shortest.
        centred = Head(torch.from_numpy(weights - weights.mean(0)), torch.from_numpy(bias - bias.mean()))
        least = objective(features, labels, fold, probe.strength, centred, None, penalise_bias=penalise_bias)
        assert probe.objective == pytest.approx(least, abs=1e-6)
        written = objective(features, labels, fold, probe.strength, probe.head, None, penalise_bias=penalise_bias)
        assert probe.objective == pytest.approx(written, abs=1e-9)


def least_by_scipy(
    features: Tensor, labels: Tensor, fold: Fold, strength: float, anchor: Head, *, penalise_bias: bool
) -> float:
    """Minimise the formula from the anchor on by SciPy's BFGS, gradients by autograd."""
    shape = anchor.weights.shape

    def head_of(flat: Tensor) -> Head:
        return Head(flat[: shape.numel()].view(shape), flat[shape.numel() :])

    def value(flat: np.ndarray) -> tuple[float, np.ndarray]:
        head = torch.from_numpy(flat).requires_grad_()
        weights, bias = head[: shape.numel()].view(shape), head[shape.numel() :]
        loss = cross_entropy((features @ weights.T + bias)[fold.training], labels[fold.training])
        pull = (weights - anchor.weights).square().sum()
        pull = pull + (bias - anchor.bias).square().sum() if penalise_bias else pull
        total = loss + strength * pull
        total.backward()
        return total.item(), head.grad.numpy()

    start = torch.cat([anchor.weights.flatten(), anchor.bias]).numpy()
    found = minimize(value, start, jac=True, method="L-BFGS-B", options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 5000})
    head = head_of(torch.from_numpy(found.x))
    return objective(features, labels, fold, strength, head, anchor, penalise_bias=penalise_bias)


def an_anchor(columns: int, classes: int = 3) -> Head:
    chance = torch.Generator().manual_seed(7)
    weights = torch.randn(classes, columns, generator=chance, dtype=torch.float64)
    return Head(weights, torch.randn(classes, generator=chance, dtype=torch.float64))


@pytest.mark.parametrize("penalise_bias", [True, False])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_an_anchor_pulls(shape: tuple[int, int], penalise_bias: bool) -> None:
    features, labels = problem(*shape)
    folds, anchor = deal(len(features)), an_anchor(shape[1])
    probes = fit_probes(
        features, labels, folds, [0.03, 1e-3], classes=3, anchor=anchor, penalise_bias=penalise_bias, effort=EXACT
    )
    for probe in probes:
        fold = folds[probe.fold]
        least = least_by_scipy(features, labels, fold, probe.strength, anchor, penalise_bias=penalise_bias)
        written = objective(features, labels, fold, probe.strength, probe.head, anchor, penalise_bias=penalise_bias)
        assert probe.objective == pytest.approx(written, abs=1e-9)
        assert written == pytest.approx(least, abs=1e-6)


def test_an_infinite_strength_leaves_the_anchor_to_the_last_bit() -> None:
    features, labels = problem(60, 20)
    anchor, fold = an_anchor(20), deal(60)[0]
    (probe,) = fit_probes(features, labels, [fold], [math.inf], classes=3, anchor=anchor)
    assert torch.equal(probe.head.weights, anchor.weights)
    assert torch.equal(probe.head.bias, anchor.bias)
    logits = features @ anchor.weights.T + anchor.bias
    assert probe.loss == pytest.approx(
        float(cross_entropy(logits[fold.validation], labels[fold.validation])), abs=1e-12
    )
    assert probe.objective == pytest.approx(
        float(cross_entropy(logits[fold.training], labels[fold.training])), abs=1e-12
    )
    assert probe.converged


def test_an_infinite_strength_is_where_growing_ones_lead() -> None:
    features, labels = problem(60, 20)
    for penalise_bias in (True, False):
        held, strong = fit_probes(
            features,
            labels,
            deal(60)[:1],
            [math.inf, 1e7],
            classes=3,
            anchor=an_anchor(20),
            penalise_bias=penalise_bias,
            effort=EXACT,
        )
        assert held.head.weights.numpy() == pytest.approx(strong.head.weights.numpy(), abs=1e-6)
        assert held.head.bias.numpy() == pytest.approx(strong.head.bias.numpy(), abs=1e-6)
        assert torch.equal(held.head.bias, an_anchor(20).bias) is penalise_bias


def test_the_more_the_anchor_holds_the_less_the_head_moves() -> None:
    features, labels = problem(60, 200)
    anchor = an_anchor(200)
    probes = fit_probes(features, labels, deal(60)[:1], [1e-3, 1e-2, 0.1, 1, math.inf], classes=3, anchor=anchor)
    moved = [float((probe.head.weights - anchor.weights).norm()) for probe in probes]
    assert all(more > less for more, less in pairwise(moved))


def test_a_feature_given_twice_shares_its_weight_and_a_dead_one_keeps_its_anchor() -> None:
    features, labels = problem(90, 12)
    dead = torch.zeros(90, 1, dtype=torch.float64)
    (twice,) = fit_probes(
        torch.cat([features, features[:, :1], dead], 1), labels, deal(90)[:1], [0.01], classes=3, effort=EXACT
    )
    assert twice.head.weights[:, 0].numpy() == pytest.approx(twice.head.weights[:, 12].numpy(), abs=1e-9)
    assert twice.head.weights[:, 13].abs().max() == 0
    weights, _ = judged_by_scikit(
        torch.cat([features, features[:, :1], dead], 1), labels, deal(90)[0], 0.01, penalise_bias=True
    )
    assert against_first(twice.head)[0] == pytest.approx(weights, abs=1e-4)


def test_a_class_without_training_rows_is_a_class_all_the_same() -> None:
    features, labels = problem(90, 12)
    fold = Fold(torch.nonzero(labels != 2)[:, 0], torch.nonzero(labels == 2)[:, 0])
    (probe,) = fit_probes(features, labels, [fold], [0.01], classes=3, effort=EXACT)
    weights, bias = judged_by_scikit(features, labels, fold, 0.01, penalise_bias=True)
    ours, our_bias = against_first(probe.head)
    assert ours == pytest.approx(weights, abs=1e-4)
    assert our_bias == pytest.approx(bias, abs=1e-4)
    assert probe.accuracy is not None
    assert probe.accuracy < 0.1


def test_more_classes_than_there_are_labels_may_be_asked_for() -> None:
    features, labels = problem(40, 6, classes=2)
    (probe,) = fit_probes(features, labels, deal(40)[:1], [0.01], classes=5)
    assert probe.converged
    assert probe.head.weights[2:].numpy() == pytest.approx(probe.head.weights[2].expand(3, 6).numpy(), abs=1e-6)


def test_without_a_penalty_a_problem_that_rows_settle_is_solved() -> None:
    features, labels = problem(300, 5)
    fold = deal(300)[0]
    (probe,) = fit_probes(features, labels, [fold], [0.0], classes=3, effort=EXACT)
    weights, bias = judged_by_scikit(features, labels, fold, 1e-12, penalise_bias=True)
    ours, our_bias = against_first(probe.head)
    assert probe.converged
    assert ours == pytest.approx(weights, abs=1e-4)
    assert our_bias == pytest.approx(bias, abs=1e-4)


def test_without_a_penalty_classes_that_a_plane_divides_end_all_the_same() -> None:
    features, labels = problem(60, 200)
    probe = fit_probes(features, labels, deal(60)[:1], [0.0], classes=3)[0]
    held = fit_probes(features, labels, deal(60)[:1], [1e-4], classes=3)[0]
    assert probe.objective < 1e-3 < held.objective
    assert probe.head.weights.isfinite().all()
    assert probe.head.weights.norm() > held.head.weights.norm()


def test_too_few_iterations_are_told() -> None:
    features, labels = problem(90, 12)
    (probe,) = fit_probes(features, labels, deal(90)[:1], [1e-4], classes=3, effort=Effort(1e-10, iterations=3))
    assert not probe.converged


def by_name(probes: Sequence[Probe]) -> dict[tuple[float, int], Probe]:
    return {(probe.strength, probe.fold): probe for probe in probes}


def test_neither_order_nor_company_changes_a_probe() -> None:
    features, labels = problem(90, 12)
    folds = deal(90)
    usual = by_name(fit_probes(features, labels, folds, [0.0, *STRENGTHS], classes=3, effort=EXACT))
    turned = by_name(fit_probes(features, labels, folds, [*reversed(STRENGTHS), 0.0], classes=3, effort=EXACT))
    one_by_one = by_name(
        fit_probes(features, labels, folds, [0.0, *STRENGTHS], classes=3, effort=Effort(1e-10, 2000, memory=1))
    )
    for name, probe in usual.items():
        for other in (turned[name], one_by_one[name]):
            assert other.objective == pytest.approx(probe.objective, abs=1e-9)
            assert other.accuracy == probe.accuracy
            if probe.strength:
                assert other.head.weights.numpy() == pytest.approx(probe.head.weights.numpy(), abs=1e-6)


def test_the_order_of_the_rows_changes_nothing() -> None:
    features, labels = problem(90, 12)
    fold, order = deal(90)[0], torch.randperm(90, generator=torch.Generator().manual_seed(1))
    place = order.argsort()
    moved = Fold(place[fold.training], place[fold.validation])
    (one,) = fit_probes(features, labels, [fold], [0.01], classes=3, effort=EXACT)
    (other,) = fit_probes(features[order], labels[order], [moved], [0.01], classes=3, effort=EXACT)
    assert other.head.weights.numpy() == pytest.approx(one.head.weights.numpy(), abs=1e-7)
    assert other.loss == pytest.approx(one.loss, abs=1e-8)


def test_validation_rows_teach_nothing() -> None:
    features, labels = problem(60, 200)
    fold = deal(60)[0]
    wrong = labels.clone()
    wrong[fold.validation] = (wrong[fold.validation] + 1) % 3
    (one,) = fit_probes(features, labels, [fold], [0.01], classes=3)
    (other,) = fit_probes(features, wrong, [fold], [0.01], classes=3)
    assert torch.equal(one.head.weights, other.head.weights)
    assert one.loss != other.loss


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_single_precision_finds_the_same_values(shape: tuple[int, int]) -> None:
    features, labels = problem(*shape)
    features, folds = features.float(), deal(len(features))
    single = fit_probes(features, labels, folds, STRENGTHS, classes=3)
    double = fit_probes(features.double(), labels, folds, STRENGTHS, classes=3, effort=EXACT)
    for one, other in zip(single, double, strict=True):
        assert one.converged
        assert one.head.weights.dtype == torch.float32
        assert one.objective == pytest.approx(other.objective, abs=1e-6)
        assert one.loss == pytest.approx(other.loss, abs=1e-3)


def test_refitting_is_a_fold_of_all_rows() -> None:
    features, labels = problem(90, 12)
    probe = refit(features, labels, 0.01, classes=3, effort=EXACT)
    rows = torch.arange(90)
    weights, _ = judged_by_scikit(features, labels, Fold(rows, rows[:0]), 0.01, penalise_bias=True)
    assert against_first(probe.head)[0] == pytest.approx(weights, abs=1e-4)
    assert (probe.loss, probe.accuracy) == (None, None)


def test_the_same_call_gives_the_same_bits() -> None:
    features, labels = problem(60, 200)
    first, second = (fit_probes(features.float(), labels, deal(60), STRENGTHS, classes=3) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        assert torch.equal(one.head.weights, other.head.weights)
        assert (one.objective, one.loss) == (other.objective, other.loss)


class Impatient(StopToken):
    """Asks to stop at the n-th question."""

    def __init__(self, questions: int) -> None:
        super().__init__()
        self.left = questions

    def requested(self) -> bool:
        self.left -= 1
        return self.left <= 0


def test_it_stops_between_iterations() -> None:
    features, labels = problem(90, 12)
    stop = Impatient(4)
    with pytest.raises(Stopped):
        fit_probes(features, labels, deal(90), [1e-4], classes=3, effort=EXACT, stop=stop)
    assert stop.left == 0


def test_features_on_disk_are_read_and_left_as_they_were(tmp_path_factory: pytest.TempPathFactory) -> None:
    features, labels = problem(60, 200)
    path = tmp_path_factory.mktemp("features") / "features.bin"
    written = np.memmap(path, dtype=np.float32, mode="w+", shape=(60, 200))
    written[:] = features.numpy()
    before = written.copy()
    on_disk = fit_probes(torch.from_numpy(written), labels, deal(60), [0.01], classes=3)
    in_memory = fit_probes(torch.from_numpy(before), labels, deal(60), [0.01], classes=3)
    assert np.array_equal(written, before)
    assert [probe.objective for probe in on_disk] == [probe.objective for probe in in_memory]


def call(**changes: object) -> Callable[[], object]:
    features, labels = problem(30, 4)
    usual = {"features": features, "labels": labels, "folds": deal(30), "strengths": [0.1], "classes": 3}
    return lambda: fit_probes(**(usual | changes))  # type: ignore[arg-type]


def impossible() -> Iterator[tuple[str, Callable[[], object]]]:
    features, labels = problem(30, 4)
    yield "λ below 0", call(strengths=[0.1, -0.1])
    yield "λ below 0", call(strengths=[math.nan])
    yield "not a finite number", call(features=features.index_fill(1, torch.tensor([2]), math.nan))
    yield "classes", call(classes=2)
    yield "labels", call(labels=labels[1:])
    yield "float16", call(features=features.half())
    yield "no training rows", call(folds=[Fold(labels[:0], labels[:3])])


@pytest.mark.parametrize(("said", "ask"), list(impossible()))
def test_what_is_no_problem_is_refused(said: str, ask: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=said):
        ask()
