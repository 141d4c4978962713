"""Every number is compared with scikit-learn's, torchmetrics' or statsmodels', called as their own handbooks say."""

import math
import warnings
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn import metrics
from statsmodels.stats.proportion import proportion_confint
from torchmetrics.functional import classification as theirs

from kt_gui.engine.scoring import believed, score
from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Scores

CLOSE = 1e-6


@dataclass(frozen=True)
class Answers:
    """Labels, logits, and what they have in particular."""

    name: str
    labels: NDArray[np.int64]
    logits: NDArray[np.float32]

    def __str__(self) -> str:
        return self.name

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(f"class {number}" for number in range(self.logits.shape[1]))

    @property
    def predicted(self) -> NDArray[np.int64]:
        return self.logits.argmax(1)

    def score(self) -> Scores:
        return score(self.labels, self.logits, self.classes)


def drawn(name: str, pictures: int, classes: int, seed: int, skill: float = 1.0) -> Answers:
    chance = np.random.default_rng(seed)
    labels = chance.integers(classes, size=pictures)
    logits = chance.normal(scale=2, size=(pictures, classes))
    logits[np.arange(pictures), labels] += skill
    return Answers(name, labels, logits.astype(np.float32))


def without(given: Answers, name: str, missing: int) -> Answers:
    kept = given.labels != missing
    return Answers(name, given.labels[kept], given.logits[kept])


def never_predicted(given: Answers, label: int) -> Answers:
    logits = given.logits.copy()
    logits[:, label] = -30
    return Answers("a class never predicted", given.labels, logits)


def all_wrong(given: Answers) -> Answers:
    logits = given.logits.copy()
    logits[np.arange(len(logits)), given.labels] = logits.min() - 1
    return Answers("all wrong", given.labels, logits)


ORDINARY = drawn("ordinary", 300, 7, seed=1)
CASES = (
    ORDINARY,
    drawn("two classes", 200, 2, seed=2),
    drawn("many classes, few pictures", 40, 60, seed=3),
    drawn("good", 500, 12, seed=4, skill=6),
    drawn("a single picture", 1, 5, seed=5),
    drawn("more than are looked at together", 9000, 3, seed=6),
    without(ORDINARY, "a class without pictures", 3),
    without(without(drawn("", 90, 3, seed=7), "", 0), "a class alone", 1),
    never_predicted(ORDINARY, 2),
    all_wrong(ORDINARY),
    Answers("all right", ORDINARY.labels, np.eye(7, dtype=np.float32)[ORDINARY.labels] * 9),
    Answers("nothing but ties", ORDINARY.labels, np.zeros((len(ORDINARY.labels), 7), np.float32)),
    Answers("some ties", ORDINARY.labels, ORDINARY.logits.round().clip(-2, 2)),
    Answers("very sure", ORDINARY.labels, ORDINARY.logits * 200),
)

every = pytest.mark.parametrize("given", CASES, ids=str)


@every
def test_the_accuracy_and_its_interval(given: Answers) -> None:
    scores, right = given.score(), int((given.predicted == given.labels).sum())
    assert (scores.correct, scores.total) == (right, len(given.labels))
    assert scores.accuracy == pytest.approx(metrics.accuracy_score(given.labels, given.predicted), abs=CLOSE)
    expected = proportion_confint(right, len(given.labels), alpha=0.05, method="wilson")
    assert (scores.low, scores.high) == pytest.approx(expected, abs=CLOSE)


@every
def test_the_balanced_accuracy(given: Answers) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # scikit-learn warns of predicted classes without pictures
        expected = metrics.balanced_accuracy_score(given.labels, given.predicted)
    assert given.score().balanced_accuracy == pytest.approx(expected, abs=CLOSE)


@every
def test_means_over_classes(given: Answers) -> None:
    scores = given.score()
    labels, predicted = torch.tensor(given.labels), torch.tensor(given.predicted)
    size = given.logits.shape[1]
    for name, ask in (("precision", theirs.multiclass_precision), ("recall", theirs.multiclass_recall)):
        expected = getattr(metrics, f"{name}_score")(given.labels, given.predicted, average="macro", zero_division=0)
        assert getattr(scores, name) == pytest.approx(expected, abs=CLOSE)
        assert getattr(scores, name) == pytest.approx(float(ask(predicted, labels, size, average="macro")), abs=CLOSE)
    expected = metrics.f1_score(given.labels, given.predicted, average="macro", zero_division=0)
    assert scores.f1 == pytest.approx(expected, abs=CLOSE)


@every
def test_every_class(given: Answers) -> None:
    labels, predicted, size = torch.tensor(given.labels), torch.tensor(given.predicted), given.logits.shape[1]
    found = given.score().classes
    for name, ask in (
        ("precision", theirs.multiclass_precision),
        ("recall", theirs.multiclass_recall),
        ("f1", theirs.multiclass_f1_score),
    ):
        expected = ask(predicted, labels, size, average="none").tolist()
        assert [getattr(each, name) or 0.0 for each in found] == pytest.approx(expected, abs=CLOSE)
    assert [each.support for each in found] == np.bincount(given.labels, minlength=size).tolist()
    assert [each.predicted for each in found] == np.bincount(given.predicted, minlength=size).tolist()
    assert all((each.recall is None) == (each.support == 0) for each in found)
    assert all((each.precision is None) == (each.predicted == 0) for each in found)
    assert all((each.f1 is None) == (each.predicted + each.support == 0) for each in found)


@every
def test_the_confusion(given: Answers) -> None:
    expected = theirs.multiclass_confusion_matrix(
        torch.tensor(given.predicted), torch.tensor(given.labels), given.logits.shape[1]
    )
    assert [list(row) for row in given.score().confusion] == expected.tolist()


@every
def test_the_most_probable_classes(given: Answers) -> None:
    order = np.argsort(-given.logits, axis=1, kind="stable")  # of equal logits the first class first, as argmax does
    found = dict(given.score().top)
    assert list(found) == [k for k in (1, 3, 5) if k < given.logits.shape[1]]
    for k, share in found.items():
        is_among = [label in row[:k] for label, row in zip(given.labels, order, strict=True)]
        assert share == pytest.approx(np.mean(is_among), abs=CLOSE)


@pytest.mark.parametrize("k", [3, 5])
def test_the_most_probable_classes_equal_scikit_learn_where_nothing_ties(k: int) -> None:
    expected = metrics.top_k_accuracy_score(ORDINARY.labels, ORDINARY.logits, k=k)
    assert dict(ORDINARY.score().top)[k] == pytest.approx(expected, abs=CLOSE)


@every
def test_the_loss(given: Answers) -> None:
    expected = torch.nn.functional.cross_entropy(torch.tensor(given.logits).double(), torch.tensor(given.labels))
    assert given.score().nll == pytest.approx(float(expected), rel=CLOSE, abs=CLOSE)


def test_the_loss_equals_scikit_learn() -> None:
    shares = torch.tensor(ORDINARY.logits).double().softmax(1).numpy()
    assert ORDINARY.score().nll == pytest.approx(metrics.log_loss(ORDINARY.labels, shares), abs=CLOSE)


@every
def test_the_calibration_error(given: Answers) -> None:
    """Computed as in the paper's own code, bin after bin, with bins that are open below and closed above."""
    shares = torch.tensor(given.logits).double().softmax(1).numpy()
    sure, is_right = shares.max(1), given.predicted == given.labels
    expected = 0.0
    for place in range(15):
        inside = (sure > place / 15) & (sure <= (place + 1) / 15)
        if inside.any():
            expected += inside.mean() * abs(is_right[inside].mean() - sure[inside].mean())
    scores = given.score()
    assert scores.ece == pytest.approx(expected, abs=CLOSE)
    assert sum(each.count for each in scores.bins) == len(given.labels)


@pytest.mark.parametrize("given", [CASES[0], CASES[1], CASES[6], CASES[9]], ids=str)
def test_the_calibration_error_equals_torchmetrics_where_no_confidence_is_on_an_edge(given: Answers) -> None:
    shares = torch.tensor(given.logits).double().softmax(1)
    expected = theirs.multiclass_calibration_error(shares, torch.tensor(given.labels), shares.shape[1], n_bins=15)
    assert given.score().ece == pytest.approx(float(expected), abs=CLOSE)


def test_complete_confidence_is_in_the_last_bin() -> None:
    confidence, _ = believed(np.array([0, 1]), np.array([[900, 0], [900, 0]], np.float32))
    assert confidence.tolist() == [1.0, 1.0]
    scores = score(np.array([0, 1]), np.array([[900, 0], [900, 0]], np.float32), ("a", "b"))
    assert (scores.bins[-1].count, scores.bins[-1].accuracy, scores.ece) == (2, 0.5, 0.5)


def test_nothing_to_judge_by_is_said() -> None:
    with pytest.raises(UserError, match="no picture"):
        score(np.zeros(0, np.int64), np.zeros((0, 3), np.float32), ("a", "b", "c"))


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_network_that_has_run_away_is_said(value: float) -> None:
    with pytest.raises(UserError, match="not finite"):
        score(np.zeros(1, np.int64), np.array([[value, 0]], np.float32), ("a", "b"))
