"""All that speaks for a network on the pictures of a task."""

import numpy as np
import pytest
import torch

from kt_gui.engine import labelling, ranking
from kt_gui.engine.embedding import pca
from kt_gui.engine.features import Features
from kt_gui.engine.weighing import Task, Weight, build_bridge, weigh
from kt_gui.schema.columns import unpack
from kt_gui.schema.stop import Stopped, StopToken

NAMED = ("cat", "dog", "car", "tree")
LABELS = np.repeat(np.arange(2), 20)
TASK = Task(LABELS, [str(number) for number in range(40)], classes=2, seed=0)


def features(width: int = 80, shift: float = 3.0) -> Features:
    chance = np.random.default_rng(0)
    values = chance.normal(size=(40, width)).astype(np.float32)
    values[:, 0] += shift * LABELS
    logits = chance.normal(size=(40, 4)).astype(np.float32)
    logits[np.arange(40), 2 * LABELS] += 4
    return Features(values, logits)


def weighed(found: Features, named: tuple[str, ...] = NAMED) -> Weight:
    return weigh(found, TASK, named, StopToken())


def test_scores_are_those_of_the_features_and_of_what_the_head_says() -> None:
    found = features()
    scores = weighed(found).scores
    shares = np.exp(found.logits.astype(np.float64))
    shares /= shares.sum(axis=1, keepdims=True)
    assert scores.log_me == ranking.log_me(found.values, LABELS)
    assert scores.h_score == ranking.h_score(found.values, LABELS)
    assert scores.knn == ranking.knn_accuracy(found.values, LABELS)
    assert scores.gbc == ranking.gbc(pca(found.values, 64)[0], LABELS)
    assert scores.leep == pytest.approx(ranking.leep(shares, LABELS))
    assert scores.nce == pytest.approx(ranking.nce(shares, LABELS))


def test_the_probe_is_right_about_what_it_has_not_learnt() -> None:
    telling, silent = weighed(features(4)), weighed(features(4, shift=0))
    assert telling.scores.probe == telling.right.mean() > 0.85
    assert 0.2 < silent.scores.probe < 0.8
    assert telling.scores.low < telling.scores.probe < telling.scores.high


def test_of_few_pictures_the_probe_is_chosen_by_what_it_has_right() -> None:
    """Three a class, fourteen classes: the least loss is that of a probe that hardly says anything."""
    labels = np.repeat(np.arange(14), 3)
    values = np.random.default_rng(0).normal(size=(42, 200)).astype(np.float32)
    values += 0.7 * np.random.default_rng(1).normal(size=(14, 200)).astype(np.float32)[labels]
    rows, digests = torch.from_numpy(values), [str(number) for number in range(42)]
    by_loss = labelling.out_of_fold(rows, labels, digests, 14, 0, StopToken())
    found = weigh(Features(values, values[:, :1]), Task(labels, digests, 14, 0), (), StopToken())
    assert found.scores.probe >= (by_loss.argmax(axis=1) == labels).mean()
    assert found.scores.probe > 0.5


def test_a_head_of_which_nobody_knows_the_classes_has_neither_leep_nor_bridge() -> None:
    found = weighed(features(), ())
    assert (found.scores.leep, found.scores.nce, found.bridge) == (None, None, None)


def test_the_bridge_is_the_mean_posterior_of_each_class_of_the_target() -> None:
    shares = np.array([[0.7, 0.1, 0.2, 0], [0.5, 0.3, 0.2, 0], [0.1, 0, 0.9, 0]])
    task = Task(np.array([0, 0, 2]), ["a", "b", "c"], classes=3, seed=0)
    bridge = build_bridge(shares, task, NAMED)
    assert bridge.classes == ("car", "cat", "dog")
    assert bridge.total == 4
    assert unpack(bridge.shares)[0] == pytest.approx([0.2, 0.6, 0.2])
    assert unpack(bridge.shares)[2] == pytest.approx([0.9, 0.1, 0])
    assert np.isnan(unpack(bridge.shares)[1]).all()
    assert unpack(bridge.pictures)[:, 1] == pytest.approx([0.7, 0.5, 0.1])


def test_a_bridge_keeps_the_likeliest_classes_of_a_large_head() -> None:
    shares = np.random.default_rng(0).dirichlet(np.full(1000, 0.01), 40)
    bridge = build_bridge(shares, TASK, [str(number) for number in range(1000)])
    likeliest = {str(shares[label == LABELS].mean(axis=0).argmax()) for label in range(2)}
    assert likeliest <= set(bridge.classes)
    assert len(bridge.classes) <= 6
    assert bridge.total == 1000


def test_very_sure_heads_are_no_trouble() -> None:
    found = features()
    sure = weighed(Features(found.values, 1e4 * found.logits)).scores
    assert sure.leep == pytest.approx(sure.nce)


def test_weighing_can_be_stopped() -> None:
    stop = StopToken()
    stop.stop("keep")
    with pytest.raises(Stopped):
        weigh(features(), TASK, NAMED, stop)
