"""Where networks are cut, and that both parts together are the whole."""

import threading

import pytest
import torch
from torch import Tensor, nn

from kt_gui.engine import backbones, freezing
from kt_gui.engine.backbones import Network
from kt_gui.engine.cutting import WORTH, Cut, cut
from kt_gui.engine.devices import Resolved
from kt_gui.schema.choices import (
    BatchNormOnly,
    BiasOnly,
    Everything,
    Features,
    Freezing,
    FromBlock,
    Gradual,
    HeadFirst,
    LastBlocks,
    OnlyBlock,
)
from tests.engine.small_task import CPU, VIEW, as_network, weights


def frozen(network: Network, choice: Freezing, epoch: int = 0) -> Cut | None:
    """Freeze a network and cut it."""
    freezing.apply(network, choice, epoch, "train")
    return cut(network, freezing.learning_blocks(network, choice, epoch), CPU)


def large_chain(seed: int = 0) -> Network:
    """A chain whose blocks compute enough to be worth a cut, with dropout in the head."""
    torch.manual_seed(seed)
    module = nn.Sequential()
    module.add_module("stem", nn.Sequential(nn.Conv2d(3, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU()))
    module.add_module("middle", nn.Sequential(nn.Conv2d(32, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU()))
    module.add_module("end", nn.Sequential(nn.Conv2d(32, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU()))
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.5), nn.Linear(32, 3))
    module.add_module("head", head)
    return as_network(module)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("small_cnn", 32),
        ("resnet18_cifar", 32),
        ("torchvision/resnet18", 64),
        ("torchvision/mobilenet_v3_small", 64),
        ("torchvision/densenet121", 64),
        ("torchvision/googlenet", 96),
        ("timm/resnet18.a1_in1k", 64),
        ("timm/convnext_atto.d2_in1k", 64),
        ("timm/vit_tiny_patch16_224.augreg_in21k_ft_in1k", 64),
        ("bundled/efficientnet_lite0", 64),
    ],
)
@pytest.mark.parametrize("choice", [Features(), LastBlocks(blocks=1)])
def test_the_parts_of_a_network_give_what_the_whole_gives(name: str, size: int, choice: Freezing) -> None:
    network = backbones.create(name, ("a", "b", "c"), size, seed=0)
    found = frozen(network, choice)
    assert found is not None
    network.module.eval()
    pictures = torch.randn(3, 3, size, size, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        activations = found.front(pictures)
        assert activations.shape[1:] == found.shape
        torch.testing.assert_close(
            found.rest(learning=False)(activations), network.module(pictures), rtol=1e-5, atol=1e-5
        )


def test_the_pooling_of_the_head_lies_in_front_its_dropout_does_not() -> None:
    network = large_chain()
    found = frozen(network, Features())
    assert found is not None
    assert found.shape == (32,)
    assert found.blocks == ("stem", "middle", "end")
    activations = torch.ones(2, 32)
    torch.manual_seed(0)
    first = found.rest(learning=True)(activations)
    assert not torch.equal(first, found.rest(learning=True)(activations))  # the dropout draws anew each time


def test_both_parts_share_the_layers_of_the_network() -> None:
    network = large_chain()
    found = frozen(network, LastBlocks(blocks=1))
    assert found is not None
    found.rest(learning=True)(torch.randn(4, *found.shape)).sum().backward()
    gradients = {name for name, weight in network.module.named_parameters() if weight.grad is not None}
    assert gradients == {name for name, weight in network.module.named_parameters() if weight.requires_grad}
    assert {network.owner[name] for name in gradients} == {"end", "head"}


def test_cutting_leaves_weights_and_modes_as_they_are() -> None:
    network = large_chain()
    freezing.apply(network, LastBlocks(blocks=1), 0, "train")
    before, modes = weights(network), [part.training for part in network.module.modules()]
    assert cut(network, ("end", "head"), CPU) is not None
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.module.state_dict().items())
    assert [part.training for part in network.module.modules()] == modes


@pytest.mark.parametrize(
    ("choice", "epoch", "blocks"),
    [
        (Everything(), 0, None),
        (BatchNormOnly(), 0, None),
        (BiasOnly(), 0, None),
        (OnlyBlock(block="middle"), 0, ("stem",)),
        (FromBlock(block="end"), 0, ("stem", "middle")),
        (HeadFirst(head_epochs=2), 1, ("stem", "middle", "end")),
        (HeadFirst(head_epochs=2), 2, None),
        (Gradual(epochs_per_block=2), 2, ("stem", "middle")),
    ],
)
def test_the_cut_lies_before_the_first_block_that_learns(
    choice: Freezing, epoch: int, blocks: tuple[str, ...] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kt_gui.engine.cutting.WORTH", 0)
    found = frozen(large_chain(), choice, epoch)
    assert (found.blocks if found else None) == blocks


def test_what_saves_less_than_reading_it_takes_is_not_kept() -> None:
    choice = FromBlock(block="middle")  # of the stem alone: 1 728 operations for 128 bytes at each place
    assert WORTH > 1728 / 128
    assert frozen(large_chain(), choice) is None


def test_the_key_is_the_content_of_the_front() -> None:
    def key(network: Network) -> str:
        found = frozen(network, Features())
        assert found is not None
        return found.key

    same, head, weight, buffer, step = (large_chain() for _ in range(5))
    with torch.no_grad():
        head.module.get_parameter("head.3.weight").add_(1)
        weight.module.get_parameter("end.0.weight")[0, 0, 0, 0] += 1e-6
        buffer.module.get_buffer("stem.1.running_mean")[0] += 1e-6
    step.module.get_submodule("middle.0").stride = (2, 2)  # type: ignore[assignment]
    assert key(same) == key(head) == key(large_chain())
    assert len({key(same), key(weight), key(buffer), key(step)}) == 4


class Branching(nn.Module):
    """Takes a way that depends on what it computes: nothing that can be traced."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 32, 3, padding=1)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 3))

    def forward(self, x: Tensor) -> Tensor:
        y = self.stem(x)
        logits: Tensor = self.head(y if y.sum() > 0 else -y)
        return logits


class Chancy(Branching):
    """Draws chance between its blocks while it learns."""

    def forward(self, x: Tensor) -> Tensor:
        y = nn.functional.dropout(self.stem(x), 0.5, self.training)
        logits: Tensor = self.head(y)
        return logits


class Bypassing(Branching):
    """Hands two things over: what the stem gives, and the picture itself."""

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(self.stem(x) + x.mean(1, keepdim=True))
        return logits * x.mean()


@pytest.mark.parametrize("kind", [Branching, Bypassing])
def test_what_cannot_be_cut_is_left_whole(kind: type[nn.Module], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kt_gui.engine.cutting.WORTH", 0)
    assert frozen(as_network(kind()), Features()) is None


def test_chance_between_the_blocks_stays_behind_the_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kt_gui.engine.cutting.WORTH", 0)
    found = frozen(as_network(Chancy()), Features())
    assert found is not None
    assert found.shape == (32, VIEW.size, VIEW.size)  # before the dropout, hence before the pooling


def test_activations_have_the_precision_of_the_run() -> None:
    network = large_chain()
    freezing.apply(network, Features(), 0, "train")
    found = cut(network, ("head",), Resolved("cpu", "bf16", "channels_last", 1))
    assert found is not None
    assert found.dtype == torch.bfloat16
    assert found.bytes_per_picture == 64


def test_other_threads_compute_on_while_a_network_is_traced() -> None:
    """A dry run cuts a network of its own while a run is at work; fx sees all modules that are called meanwhile."""
    other, troubles, stop = large_chain(1), [], threading.Event()

    def compute() -> None:
        while not stop.is_set():
            try:
                other.module(torch.ones(1, 3, 8, 8))
            except Exception as error:  # noqa: BLE001 - whatever it is, there must be none
                troubles.append(error)

    thread = threading.Thread(target=compute)
    other.module.eval()
    thread.start()
    found = [frozen(large_chain(), Features()) for _ in range(5)]
    stop.set()
    thread.join()
    assert troubles == []
    assert len({each.key for each in found if each is not None}) == 1
