"""Confident learning against cleanlab, and against labels that are known to be wrong."""

import numpy as np
import pytest
import torch
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores

from kt_gui.engine.labelling import out_of_fold, suspect
from kt_gui.schema.stop import Stopped, StopToken


def drawn(rows: int, classes: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities that lean towards the labels, as often as not."""
    chance = np.random.default_rng(seed)
    labels = chance.integers(0, classes, rows)
    logits = chance.normal(0, 1.5, (rows, classes))
    logits[np.arange(rows), labels] += 1.5
    powers = np.exp(logits)
    return (powers / powers.sum(1, keepdims=True)).astype(np.float32), labels.astype(np.int64)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("classes", [2, 3, 10])
def test_issues_and_their_order_are_those_of_cleanlab(classes: int, seed: int) -> None:
    probabilities, labels = drawn(300, classes, seed)
    found = suspect(probabilities, labels)
    mask = find_label_issues(labels, probabilities.astype(np.float64), filter_by="confident_learning", n_jobs=1)
    # Where a picture is confidently of several classes, cleanlab takes the most probable of all, confident or not.
    confident = probabilities >= found.thresholds
    same = (confident.sum(1) < 2) | confident[np.arange(300), probabilities.argmax(1)]
    assert found.issues[same].tolist() == mask[same].tolist()
    assert same.mean() > 0.98
    assert found.issues.sum() > 10
    scores = get_label_quality_scores(labels, probabilities.astype(np.float64), method="self_confidence")
    assert found.order.tolist() == np.argsort(scores, kind="stable").tolist()


def test_a_class_that_no_picture_is_labelled_is_never_confident() -> None:
    probabilities, labels = drawn(100, 3, 0)
    labels[labels == 2] = 1
    found = suspect(probabilities, labels)
    assert found.thresholds[2] == np.inf
    assert not found.issues[(probabilities.argmax(1) == 2) & (probabilities[:, :2] < found.thresholds[:2]).all(1)].any()


def test_what_is_suggested_is_never_the_label() -> None:
    probabilities, labels = drawn(200, 4, 1)
    assert (suspect(probabilities, labels).suggested != labels).all()


def groups(per_class: int, classes: int, seed: int = 0) -> tuple[torch.Tensor, np.ndarray]:
    """Features that tell the classes apart beyond doubt."""
    chance = torch.Generator().manual_seed(seed)
    labels = np.repeat(np.arange(classes), per_class).astype(np.int64)
    centres = 8 * torch.eye(classes, 16)
    return centres[torch.from_numpy(labels)] + torch.randn(len(labels), 16, generator=chance), labels


def names(count: int) -> list[str]:
    return [str(number) for number in range(count)]


def test_planted_labels_are_all_of_the_top_of_the_list() -> None:
    features, right = groups(60, 4)
    planted = np.random.default_rng(0).choice(len(right), 12, replace=False)
    labels = right.copy()
    labels[planted] = (right[planted] + 1) % 4
    found = suspect(out_of_fold(features, labels, names(len(labels)), 4, 0, StopToken()), labels)
    assert set(found.order[:12].tolist()) == set(planted.tolist())
    named = set(np.flatnonzero(found.issues).tolist())
    assert named <= set(planted.tolist())
    assert len(named) >= 8  # as many again as the average of their class is sure of
    assert (found.suggested[planted] == right[planted]).all()


def test_a_picture_that_is_there_twice_does_not_vouch_for_itself() -> None:
    features, right = groups(20, 2)
    labels = right.copy()
    features[4:8] = features[4]
    features[4:8, 9], labels[4:8] = 40.0, 1  # four times the same, unlike all others, and under the wrong label
    apart = out_of_fold(features, labels, names(40), 2, 0, StopToken())
    digests = [*names(4), *["same"] * 4, *names(40)[8:]]
    together = out_of_fold(features, labels, digests, 2, 0, StopToken())
    assert (apart[4:8, 1] > 0.5).all()
    assert (together[4:8, 1] < 0.5).all()


def test_every_picture_is_judged_even_one_that_is_alone_in_its_class() -> None:
    features, labels = groups(10, 3)
    few = np.array([*range(20), 20])
    said = out_of_fold(features[few], labels[few], names(21), 3, 0, StopToken())
    assert said.shape == (21, 3)
    assert np.allclose(said.sum(1), 1, atol=1e-5)
    assert said[20].argmax() != 2


def test_features_that_never_vary_do_no_harm() -> None:
    features, labels = groups(10, 2)
    features[:, 3] = 7.0
    assert np.isfinite(out_of_fold(features, labels, names(20), 2, 0, StopToken())).all()


def test_judging_can_be_stopped() -> None:
    features, labels = groups(10, 2)
    stop = StopToken()
    stop.stop("keep")
    with pytest.raises(Stopped):
        out_of_fold(features, labels, names(20), 2, 0, stop)
