import pytest
import torch
from torch import nn

from kt_gui.engine import freezing
from kt_gui.engine.backbones import Network
from kt_gui.engine.freezing import apply, learning_blocks, learning_parameters
from kt_gui.engine.trainer import Trainer
from kt_gui.schema.choices import (
    SGD,
    Adam,
    AdamW,
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
    Optimiser,
)
from kt_gui.schema.events import EpochEnded
from kt_gui.schema.experiment import Transfer
from kt_gui.schema.stop import StopToken
from tests.engine.small_task import digest, small_network, task, weights

STRATEGIES: tuple[Freezing, ...] = (
    Features(),
    LastBlocks(blocks=1),
    FromBlock(block="middle"),
    Everything(),
    HeadFirst(head_epochs=1),
    Gradual(),
    OnlyBlock(block="stem"),
    BatchNormOnly(),
    BiasOnly(),
)
OPTIMISERS: tuple[Optimiser, ...] = (
    SGD(learning_rate=0.05, momentum=0.9, nesterov=True, weight_decay=0.1),
    Adam(learning_rate=0.01, weight_decay=0.1),
    AdamW(learning_rate=0.01, weight_decay=0.1),
)


def frozen(network: Network, choice: Freezing, epoch: int) -> set[str]:
    """Name the parameters that must not move, and the buffers of the blocks in which nothing learns."""
    learning, blocks = learning_parameters(network, choice, epoch), learning_blocks(network, choice, epoch)
    parameters = {name for name, _ in network.module.named_parameters() if name not in learning}
    return parameters | {name for name, _ in network.module.named_buffers() if network.owner[name] not in blocks}


@pytest.mark.parametrize("optimiser", OPTIMISERS, ids=lambda choice: type(choice).__name__)
@pytest.mark.parametrize("choice", STRATEGIES, ids=lambda choice: type(choice).__name__)
def test_what_is_frozen_in_an_epoch_keeps_every_bit_buffers_included(choice: Freezing, optimiser: Optimiser) -> None:
    network = small_network()
    trainer = Trainer(task(network, Transfer(freezing=choice, strength=0.1), optimiser=optimiser))
    before, moved = weights(network), 0
    for event in trainer.train(StopToken()):
        if isinstance(event, EpochEnded):
            after = weights(network)
            names = frozen(network, choice, event.epoch)
            assert digest(after[name] for name in sorted(names)) == digest(before[name] for name in sorted(names))
            moved += sum(not torch.equal(after[name], before[name]) for name in after)
            before = after
    assert moved > 0


@pytest.mark.parametrize("optimiser", OPTIMISERS, ids=lambda choice: type(choice).__name__)
def test_a_block_frozen_in_mid_training_stops_at_once(optimiser: Optimiser, monkeypatch: pytest.MonkeyPatch) -> None:
    def freeze_the_stem_after_an_epoch(blocks: tuple[str, ...], choice: Freezing, epoch: int) -> frozenset[str]:
        return frozenset(blocks) if epoch == 0 else frozenset(blocks[1:])

    monkeypatch.setattr(freezing, "plan", freeze_the_stem_after_an_epoch)
    network = small_network()
    trainer = Trainer(task(network, Transfer(strength=0.1), optimiser=optimiser))
    start, seen = weights(network), []
    for event in trainer.train(StopToken()):
        if isinstance(event, EpochEnded):
            seen.append(weights(network))
    stem = [name for name in start if network.owner[name] == "stem"]
    assert digest(seen[0][name] for name in stem) != digest(start[name] for name in stem)
    assert digest(seen[2][name] for name in stem) == digest(seen[0][name] for name in stem)
    assert not torch.equal(seen[2]["middle.0.weight"], seen[0]["middle.0.weight"])


def test_a_gradient_left_over_is_thrown_away_by_freezing() -> None:
    network = small_network()
    for parameter in network.module.parameters():
        parameter.grad = torch.ones_like(parameter)
    apply(network, Features(), 0, "train")
    assert all(parameter.grad is None for name, parameter in network.module.named_parameters() if "head" not in name)
    assert all(parameter.requires_grad == ("head" in name) for name, parameter in network.module.named_parameters())


def test_freezing_is_undone_by_a_later_epoch() -> None:
    network = small_network()
    apply(network, HeadFirst(head_epochs=1), 0, "train")
    apply(network, HeadFirst(head_epochs=1), 1, "train")
    assert all(parameter.requires_grad for parameter in network.module.parameters())
    assert all(layer.training for layer in network.module.modules())


def test_frozen_blocks_are_in_eval_mode_and_return_to_it_after_train() -> None:
    network = small_network()
    apply(network, LastBlocks(blocks=1), 0, "train")
    network.module.train()
    apply(network, LastBlocks(blocks=1), 0, "train")
    modes = {name: layer.training for name, layer in network.module.named_modules() if name}
    assert all(on == (network.owner[name] != "stem") for name, on in modes.items())


def test_batch_norm_of_learning_blocks_keeps_the_source_statistics_where_asked() -> None:
    network = small_network(dropout=0.5)
    apply(network, Everything(), 0, "eval")
    layers = dict(network.module.named_modules())
    assert not layers["middle.1"].training
    assert layers["middle.3"].training, "dropout is not batch norm"
    before = digest(network.module.buffers())
    network.module(torch.randn(4, 3, 8, 8))
    assert digest(network.module.buffers()) == before


@pytest.mark.parametrize(("batch_norm", "moves"), [("train", True), ("eval", False)])
def test_batch_norm_only_moves_statistics_as_the_option_says(batch_norm: str, moves: bool) -> None:
    network = small_network()
    before = digest(network.module.buffers())
    transfer = Transfer(freezing=BatchNormOnly(), batch_norm=batch_norm)  # type: ignore[arg-type]
    list(Trainer(task(network, transfer, epochs=1)).train(StopToken()))
    assert (digest(network.module.buffers()) != before) == moves


def test_batch_norm_only_is_narrowed_to_scales_and_shifts_and_the_whole_head() -> None:
    assert learning_parameters(small_network(), BatchNormOnly(), 0) == {
        *("stem.1.weight", "stem.1.bias", "middle.1.weight", "middle.1.bias"),
        *("head.2.weight", "head.2.bias"),
    }


def test_biases_only_is_narrowed_to_biases_and_the_whole_head() -> None:
    assert learning_parameters(small_network(), BiasOnly(), 0) == {
        *("stem.0.bias", "stem.1.bias", "middle.1.bias"),
        *("head.2.weight", "head.2.bias"),
    }


def test_a_block_without_such_a_parameter_is_frozen_whole() -> None:
    network = small_network()
    network.module.middle[1] = nn.Identity()
    apply(network, BatchNormOnly(), 0, "train")
    assert learning_blocks(network, BatchNormOnly(), 0) == ("stem", "head")
    assert not network.module.middle.training


def test_no_graph_is_built_below_what_learns() -> None:
    network = small_network()
    apply(network, Features(), 0, "train")
    features = network.module.middle(network.module.stem(torch.randn(2, 3, 8, 8)))
    assert not features.requires_grad


def test_learning_blocks_come_from_input_to_head() -> None:
    assert learning_blocks(small_network(), Gradual(), 1) == ("middle", "head")
