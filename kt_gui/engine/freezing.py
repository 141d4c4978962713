"""Making a network learn exactly what the plan says, batch norm included.

Which blocks learn when is decided in `kt_gui.schema.freezing`; here it is done. A frozen parameter has
`requires_grad` off and no gradient, so that neither momentum nor weight decay moves it; a frozen block is in eval mode,
so that its batch-norm statistics and its dropout hold still.
"""

from typing import Literal

from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from kt_gui.engine.backbones import Network
from kt_gui.engine.blocks import is_norm
from kt_gui.schema.choices import BatchNormOnly, BiasOnly, Freezing
from kt_gui.schema.freezing import changes, plan

__all__ = ["apply", "learning_blocks", "learning_parameters", "moved", "plan", "still_tensors"]


def learning_parameters(network: Network, choice: Freezing, epoch: int) -> frozenset[str]:
    """Name the parameters that learn in this epoch: those of the plan's blocks, and of the head all.

    Batch-norm only is narrowed to the normalisation layers' own parameters, biases only to what is called `bias`
    (a batch norm's shift is one).
    """
    moving, head = plan(network.blocks, choice, epoch), network.blocks[-1]
    every = {name: network.owner[name] for name, _ in network.module.named_parameters()}
    allowed = _allowed(network.module, choice) if isinstance(choice, BatchNormOnly | BiasOnly) else every.keys()
    return frozenset(name for name, block in every.items() if block == head or (block in moving and name in allowed))


def _allowed(module: nn.Module, choice: BatchNormOnly | BiasOnly) -> frozenset[str]:
    return frozenset(
        name
        for path, layer in module.named_modules()
        for name, _ in layer.named_parameters(prefix=path, recurse=False)
        if (is_norm(layer) if isinstance(choice, BatchNormOnly) else name.rpartition(".")[2] == "bias")
    )


def learning_blocks(network: Network, choice: Freezing, epoch: int) -> tuple[str, ...]:
    """Name the blocks in which something learns in this epoch, from input to head."""
    moving = {network.owner[name] for name in learning_parameters(network, choice, epoch)}
    return tuple(block for block in network.blocks if block in moving)


def moved(network: Network, choice: Freezing, epoch: int) -> frozenset[str]:
    """Name the parameters and buffers that may be others at the end of this epoch than before the first.

    All that learnt in any epoch until then, and the buffers of every block in which something did.
    """
    starts = [start for start in changes(network.blocks, choice) if start <= epoch]
    learnt = frozenset[str]().union(*(learning_parameters(network, choice, start) for start in starts))
    blocks = {network.owner[name] for name in learnt}
    return learnt | {name for name, _ in network.module.named_buffers() if network.owner[name] in blocks}


def apply(network: Network, choice: Freezing, epoch: int, batch_norm: Literal["train", "eval"]) -> None:
    """Freeze and unfreeze the network for this epoch, and set every layer's mode; call after each evaluation.

    `batch_norm` says what the statistics of blocks that learn do: follow the new data (train) or keep the source's
    (eval). The head's own always follow, for a new head has no source.
    """
    learning = learning_parameters(network, choice, epoch)
    for name, parameter in network.module.named_parameters():
        parameter.requires_grad_(name in learning)
        if name not in learning:
            parameter.grad = None  # a gradient left over would go on moving it by momentum
    _set_modes(network, frozenset(network.owner[name] for name in learning), batch_norm)


def still_tensors(
    network: Network, choice: Freezing, epochs: int, batch_norm: Literal["train", "eval"]
) -> frozenset[str]:
    """Name the parameters and buffers that nothing may move in any of the first so many epochs."""
    kept = {
        name
        for path, layer in network.module.named_modules()
        for name, _ in layer.named_buffers(prefix=path, recurse=False)
        if _keeps_statistics(network, path, layer, batch_norm)
    }
    return frozenset(network.module.state_dict()) - (moved(network, choice, max(epochs, 1) - 1) - kept)


def _set_modes(network: Network, moving: frozenset[str], batch_norm: Literal["train", "eval"]) -> None:
    network.module.train()
    for name, layer in network.module.named_modules():
        block = network.owner.get(name)
        if block is None:  # a container of several blocks, such as the network itself
            continue
        learns = block in moving and not _keeps_statistics(network, name, layer, batch_norm)
        if layer.training is not learns:  # to set it takes much longer than to ask
            layer.training = learns


def _keeps_statistics(network: Network, name: str, layer: nn.Module, batch_norm: Literal["train", "eval"]) -> bool:
    """Whether a layer's statistics stay the source's, although its block learns."""
    is_shared = network.owner.get(name) != network.blocks[-1]
    return batch_norm == "eval" and is_shared and isinstance(layer, _NormBase)
