"""The pieces of a script against the engine: the same networks, the same chance, the same pixels."""

import math
from collections import OrderedDict
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional

from kt_gui.engine import augmenting, backbones, devices, optimisation
from kt_gui.engine.backbones import Network
from kt_gui.engine.scripts import legs, networks, pieces
from kt_gui.schema.choices import Constant, Cosine, OneCycle, Step


def run(*texts: str, **known: Any) -> dict[str, Any]:
    """What pieces define."""
    names: dict[str, Any] = {"torch": torch, "nn": nn, "F": functional, "math": math, "OrderedDict": OrderedDict}
    names |= known
    exec("\n".join(texts), names)
    return names


def generator(seed: int = 3) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("name", ["small_cnn", "resnet18_cifar", "torchvision/resnet18", "timm/resnet10t"])
def test_a_script_builds_the_network_the_engine_builds(name: str) -> None:
    import timm
    import torchvision

    network = backbones.create(name, ("a", "b", "c"), 32, seed=5)
    defined = run(*networks.building(network), timm=timm, torchvision=torchvision)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        built = defined["build"](3)
    expected, found = network.module.state_dict(), built.state_dict()
    assert list(found) == list(expected)
    assert all(found[name].equal(tensor) for name, tensor in expected.items())
    shown = torch.randn(2, 3, 32, 32, generator=generator())
    assert built.eval()(shown).equal(network.module.eval()(shown))


@pytest.mark.parametrize("name", ["small_cnn", "torchvision/resnet18", "torchvision/mobilenet_v2", "timm/resnet10t"])
def test_a_script_draws_the_head_the_engine_draws(name: str) -> None:
    network = backbones.create(name, ("a", "b", "c"), 32, seed=5)
    expected = backbones.with_head(network, ("x", "y"), seed=7).module.state_dict()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        run(networks.new_head(network, 2), net=network.module)
    found = network.module.state_dict()
    assert all(found[name].equal(tensor) for name, tensor in expected.items())


@pytest.mark.parametrize(
    "name",
    ["small_cnn", "resnet18_cifar", "torchvision/resnet18", "torchvision/densenet121", "timm/tf_efficientnet_lite0"],
)
def test_the_table_of_blocks_says_what_the_engine_says(name: str) -> None:
    network: Network = backbones.create(name, ("a", "b"), 32, seed=0)
    block_of = run(pieces.BLOCK_OF, BLOCK=legs.table(network))["block_of"]
    named = [name for name, _ in (*network.module.named_modules(), *network.module.named_parameters())]
    assert {each: block_of(each) for each in named} == {each: network.owner.get(each, "head") for each in named}
    assert len(legs.table(network)) < len(named) / 3


def test_seeds_are_derived_alike() -> None:
    import hashlib

    derive = run(pieces.DERIVE, SEED=11, hashlib=hashlib)["derive"]
    assert derive("finetuning", 3, 4) == devices.derive(11, "finetuning", 3, 4)


@pytest.mark.parametrize("side", [16, 33])
def test_pictures_are_varied_alike(side: int) -> None:
    defined = run(pieces.MIRROR, pieces.SHIFT, pieces.ZOOM, pieces.JITTER)
    pixels = torch.randint(0, 256, (6, 3, side, side), generator=generator(), dtype=torch.uint8)
    shares = pixels / 255
    assert defined["mirror"](shares, -1, generator()).equal(augmenting._mirror(pixels, -1, generator()) / 255)
    assert defined["shift"](shares, generator()).equal(augmenting.shift(pixels, generator()) / 255)
    assert defined["zoom"](shares, generator()).equal(augmenting.zoom(shares.clone(), generator()))
    assert defined["jitter"](shares, 0.3, generator()).equal(augmenting.jitter(shares.clone(), 0.3, generator()))


@pytest.mark.parametrize(
    ("schedule", "written"),
    [
        (Constant(warmup_epochs=1.5), "warm(progress, 1.5)"),
        (Step(warmup_epochs=1, every=3, factor=0.5), "step_down(progress, 1, 3, 0.5)"),
        (Cosine(warmup_epochs=2), "cosine(progress, 10, 2)"),
        (OneCycle(climb=0.4), "one_cycle(progress, 10, 0.4)"),
    ],
)
def test_learning_rates_go_alike(schedule: Constant | Step | Cosine | OneCycle, written: str) -> None:
    defined = run(pieces.WARM, pieces.HALF_COSINE, pieces.STEP, pieces.COSINE, pieces.ONE_CYCLE)
    for tenth in range(100):
        progress = tenth / 10
        found = run(f"found = {written}", **defined, progress=progress)["found"]
        assert found == optimisation.learning_rate_factor(schedule, progress, 10)


@pytest.mark.parametrize(
    ("name", "draws"), [("small_cnn", False), ("torchvision/resnet18", False), ("torchvision/mobilenet_v2", True)]
)
def test_only_networks_with_dropout_draw_chance(name: str, draws: bool) -> None:
    network = backbones.create(name, ("a", "b"), 32, seed=0)
    before = {key: tensor.clone() for key, tensor in network.module.state_dict().items()}
    assert legs.draws_chance(network) is draws
    assert all(before[key].equal(tensor) for key, tensor in network.module.state_dict().items())
