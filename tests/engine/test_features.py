from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from kt_gui.engine import backbones, evaluation, features
from kt_gui.engine.backbones import Network
from kt_gui.engine.features import Features, featurise, head_layer, heard, pooled
from kt_gui.engine.loading import AS_IS
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.store.arrays import Arrays
from tests.engine.picture_sets import finish
from tests.engine.small_task import CPU, pictures, small_network


@pytest.fixture
def store(tmp_path: Path) -> Arrays:
    return Arrays(tmp_path, 10_000_000)


def asked(network: Network, store: Arrays, count: int = 9) -> Features:
    return finish(featurise(network, pictures(count), CPU, StopToken(), store))[0]


def test_features_are_what_comes_before_the_head(store: Arrays, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "PIXELS", 4 * 8 * 8)
    network, portion = small_network(), pictures(9)
    found = asked(network, store)
    with torch.no_grad():
        maps = network.module.eval().middle(network.module.stem(portion.look(torch.arange(9), AS_IS)))
        logits = network.module.head(maps)
    np.testing.assert_allclose(found.values, maps.mean(dim=(2, 3)).numpy(), atol=1e-6)
    np.testing.assert_allclose(found.logits, logits.numpy(), atol=1e-6)


def test_what_is_known_is_not_computed_again(store: Arrays, monkeypatch: pytest.MonkeyPatch) -> None:
    network = small_network()
    first = asked(network, store)
    monkeypatch.setattr(features, "_compute", lambda *_: pytest.fail("computed again"))
    again = asked(small_network(), store)
    assert (again.values == first.values).all()
    assert (again.logits == first.logits).all()


def test_other_weights_or_pictures_are_another_question(store: Arrays) -> None:
    first = asked(small_network(), store)
    network = small_network()
    with torch.no_grad():
        network.module.stem[0].bias += 1
    assert not np.allclose(asked(network, store).values, first.values)
    assert len(asked(small_network(), store, count=12).values) == 12


def test_without_room_nothing_is_kept_and_all_goes_on(tmp_path: Path) -> None:
    none = Arrays(tmp_path, 0)
    assert asked(small_network(), none).values.shape == (9, 8)
    assert none.size == 0


def test_it_stops_between_batches_and_leaves_no_hook(store: Arrays) -> None:
    network, stop = small_network(), StopToken()
    stop.stop()
    with pytest.raises(Stopped):
        finish(featurise(network, pictures(9), CPU, stop, store))
    assert not head_layer(network)._forward_pre_hooks


def test_the_hook_goes_whatever_happens() -> None:
    network = small_network()
    with pytest.raises(ZeroDivisionError), heard(network):
        raise ZeroDivisionError
    assert not head_layer(network)._forward_pre_hooks


def test_features_are_averaged_over_places_wherever_the_channels_stand() -> None:
    map_, tokens, plain = (torch.randn(*shape) for shape in ((2, 5, 4, 4), (2, 7, 5), (2, 5)))
    assert torch.allclose(pooled(map_), map_.flatten(2).mean(2))
    assert torch.allclose(pooled(map_.permute(0, 2, 3, 1)), pooled(map_), atol=1e-6)
    assert torch.allclose(pooled(tokens), tokens.sum(1) / 7)
    assert torch.equal(pooled(plain), plain)


HEADS = (
    ("small_cnn", 16, 64),
    ("torchvision/resnet18", 64, 512),
    ("torchvision/squeezenet1_1", 64, 512),
    ("bundled/efficientnet_lite0", 64, 1280),
    ("timm/vit_tiny_patch16_224", 64, 192),
)


@pytest.mark.parametrize(("name", "size", "width"), HEADS)
def test_of_every_family_the_last_layer_is_found(name: str, size: int, width: int) -> None:
    network = backbones.create(name, ("a", "b", "c"), size, seed=0)
    layer = head_layer(network)
    assert isinstance(layer, nn.Linear | nn.Conv2d)
    with torch.no_grad(), heard(network) as found:
        network.module.eval()(torch.zeros(2, 3, size, size))
    assert [tuple(each.shape) for each in found] == [(2, width)]
