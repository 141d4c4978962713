"""Heads of all folds and strengths, against scikit-learn on features computed by hand."""

import dataclasses

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from torch import nn

from kt_gui.engine import cutting
from kt_gui.engine.head_search import Turn, search
from kt_gui.engine.linear_probes import Probe
from kt_gui.engine.loading import AS_IS
from kt_gui.engine.task import Task, fixed_look
from kt_gui.schema.choices import Augmentation, CustomAugmentation, Features, NoAugmentation
from kt_gui.schema.experiment import Transfer
from kt_gui.schema.stop import StopToken
from tests.engine.picture_sets import finish
from tests.engine.small_task import small_network, task, training

FLIPS = CustomAugmentation(flip="horizontal", crop="shift")
PLACES = np.arange(18)
TURNS = [Turn(PLACES[fold != PLACES // 3 % 3], PLACES[fold == PLACES // 3 % 3]) for fold in range(3)]


@pytest.fixture(autouse=True)
def cuts_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "WORTH", 0)


def made(augmentation: Augmentation, *, views: int = 2, dropout: float = 0.0, keeps_head: bool = False) -> Task:
    transfer = Transfer(freezing=Features(), views=views, keep_head=keeps_head)
    found = task(small_network(dropout=dropout), transfer, augmentation=augmentation, epochs=4)
    return dataclasses.replace(
        found,
        training=training(augmentation=augmentation, epochs=4),
        new_head=not keeps_head,
        resolved=dataclasses.replace(found.resolved, reuse=True),
    )


def found(of: Task, *strengths: float) -> list[Probe] | None:
    return finish(search(of, TURNS, strengths, StopToken()))[0]


@torch.no_grad()
def features(of: Task, epoch: int | None) -> np.ndarray:
    """What the frozen blocks make of the pictures, as they are or as an epoch looks at them."""
    look = AS_IS if epoch is None else fixed_look(of, epoch)
    assert look is not None
    module = of.network.module.eval()
    assert isinstance(module, nn.Sequential)
    return module[1](module[0](of.train.look(torch.arange(18), look))).mean((2, 3)).numpy()


@pytest.mark.parametrize("augmentation", [NoAugmentation(), FLIPS], ids=["as they are", "in two fixed views"])
def test_heads_are_scikit_learns_on_every_view_of_the_other_folds(augmentation: Augmentation) -> None:
    of, strength = made(augmentation), 0.01
    probes = found(of, strength)
    assert probes is not None
    labels, plain = of.train.labels.numpy(), features(of, None)
    views = [features(of, epoch) for epoch in ((0,) if augmentation == NoAugmentation() else (0, 1))]
    for probe, turn in zip(probes, TURNS, strict=True):
        rows = np.concatenate([view[turn.learns] for view in views])
        wanted = LogisticRegression(C=1 / (2 * strength * len(rows)), fit_intercept=False, tol=1e-10, max_iter=5000)
        wanted.fit(np.c_[rows, np.ones(len(rows))], np.tile(labels[turn.learns], len(views)))
        said = wanted.predict_log_proba(np.c_[plain[turn.judges], np.ones(len(turn.judges))])
        loss = -said[np.arange(len(said)), labels[turn.judges]].mean()
        assert probe.loss == pytest.approx(loss, abs=1e-5)


def test_without_any_pull_the_head_is_what_ever_weaker_pulls_come_to() -> None:
    """Five pictures of nine columns settle no head."""
    of, turn = made(NoAugmentation()), Turn(PLACES[:5], PLACES[5:])
    probes = finish(search(of, [turn], [0.0], StopToken()))[0]
    assert probes is not None
    rows, labels = np.c_[features(of, None), np.ones(18)].astype(np.float64), of.train.labels.numpy()
    wanted = LogisticRegression(C=1 / (2 * 1e-6 * 5), fit_intercept=False, tol=1e-12, max_iter=20000)
    wanted.fit(rows[turn.learns], labels[turn.learns])
    said = wanted.predict_log_proba(rows[turn.judges])
    assert probes[0].strength == 0.0
    assert probes[0].loss == pytest.approx(-said[np.arange(13), labels[turn.judges]].mean(), rel=0.02)


def test_a_head_that_is_kept_is_held_to_where_it_was() -> None:
    of = made(NoAugmentation(), keeps_head=True)
    probes = found(of, 0.0, 1e6)
    assert probes is not None
    layer = of.network.module.get_submodule("head.2")
    assert isinstance(layer, nn.Linear)
    assert torch.allclose(probes[-1].head.weights.float(), layer.weight, atol=1e-4)
    assert not torch.allclose(probes[0].head.weights.float(), layer.weight, atol=1e-2)


def test_a_head_with_dropout_is_left_to_training() -> None:
    of = made(NoAugmentation(), dropout=0.0)
    of.network.module.get_submodule("head")[1] = nn.Dropout(0.5)  # type: ignore[index,operator]
    of.network.module.get_submodule("head")[0] = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())  # type: ignore[index,operator]
    assert found(of, 0.1) is None


def test_pictures_that_vary_by_chance_are_left_to_training() -> None:
    assert found(made(FLIPS, views=0), 0.1) is None


def test_where_nothing_can_be_kept_heads_are_left_to_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "WORTH", 10**9)
    assert found(made(NoAugmentation()), 0.1) is None
