"""The networks that learn: made from random weights, or with weights that others trained; their blocks, their head.

What weights there are and where is said in `weights`, what networks there are in `model_catalogue`.
"""

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from kt_gui.engine.blocks import HEAD, Division, divide, divide_chain, divide_timm, is_norm, last_layer
from kt_gui.engine.families import build, resize, restore, view_of
from kt_gui.engine.fitting import copy_weights
from kt_gui.engine.loading import View
from kt_gui.engine.small_networks import SMALL_NETWORKS
from kt_gui.engine.weights import read_weights_file, weights_address
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import BlockDescribed
from kt_gui.schema.texts import tr

__all__ = [
    "Network",
    "at_size",
    "create",
    "describe",
    "load_weights",
    "pretrained",
    "read_weights_file",
    "weights_address",
    "with_head",
]


@runtime_checkable
class Resettable(Protocol):
    """A model of timm that can change its head."""

    def reset_classifier(self, num_classes: int) -> None: ...


@dataclass(frozen=True, eq=False)
class Network:
    """A network and what the rest of the program needs to know of it."""

    name: str
    """As an experiment file says: small_cnn, bundled/..., torchvision/..., timm/..."""
    module: nn.Module
    """[batch, 3, s, s] -> logits [batch, classes]"""
    blocks: tuple[str, ...]
    """Names from input to head; the last is "head"."""
    owner: Mapping[str, str]
    """The block of every parameter, buffer and submodule, by its name."""
    view: View
    """How pictures must come."""
    classes: tuple[str, ...]
    """What the head tells apart; empty where unknown."""


def create(name: str, classes: tuple[str, ...], image_size: int, seed: int) -> Network:
    """Make a network with random weights; the same seed gives the same weights. The head has at least one output.

    Raises:
        UserError: there is no such network, or it cannot take pictures of this size.
    """
    view = view_of(name, image_size)
    with _seeded(seed), _fitting_size(name, image_size):
        module = build(name, max(len(classes), 1), image_size)
        _probe(module, image_size)
    return _network(name, module, view, classes)


def pretrained(name: str, weights: Path, image_size: int | None = None) -> Network:
    """Make a network with the weights its makers trained, and their head; `weights` as `weights_address` says.

    Raises:
        UserError: no such network, weights that do not fit it to the last tensor, or a size it cannot take.
    """
    view = view_of(name, image_size)
    state = read_weights_file(weights)
    with _seeded(0), _fitting_size(name, view.size):
        module, classes = restore(name, state, view.size, weights)
        if image_size is not None:
            _probe(module, image_size)
    return _network(name, module, view, classes)


def with_head(network: Network, classes: tuple[str, ...], seed: int) -> Network:
    """Make a copy of a network with a fresh head for other classes; the given one stays as it is."""
    module = copy.deepcopy(network.module)
    with _seeded(seed):
        if isinstance(module, Resettable):
            module.reset_classifier(len(classes))
        else:
            _replace_last(module, len(classes))
    return _network(network.name, module, network.view, classes)


def at_size(network: Network, image_size: int) -> Network:
    """Make a copy of a network that takes pictures of another size, with the same weights; where it has one, its
    positions are interpolated.

    Raises:
        UserError: it cannot take pictures of this size.
    """
    with _seeded(0), _fitting_size(network.name, image_size):
        module = resize(network.name, network.module, image_size)
        _probe(module, image_size)
    return _network(network.name, module, view_of(network.name, image_size), network.classes)


def load_weights(network: Network, state: Mapping[str, Tensor], *, source: str) -> None:
    """Copy weights into a network: all but the head must fit exactly; the head is taken where it fits.

    Raises:
        UserError: names the first tensors that are missing, left over or of another shape. Nothing was copied then.
    """
    copy_weights(network.module, state, source, is_optional=lambda name: _is_head(network, name))


def describe(network: Network) -> tuple[BlockDescribed, ...]:
    """Tell of each block what freezing strategies need to know."""
    return tuple(_described(network, block) for block in network.blocks)


@contextmanager
def _fitting_size(name: str, image_size: int) -> Iterator[None]:
    """Say in plain words that a network cannot take pictures of a size."""
    native = view_of(name).size
    try:
        yield
    except (RuntimeError, AssertionError, ValueError) as error:
        if image_size == native:
            raise
        raise UserError(
            tr("{network} cannot take pictures of {size} px (training, image_size).", network=name, size=image_size),
            tr("Set the picture size to {native} px, or leave it out.", native=native),
        ) from error


@torch.no_grad()
def _probe(module: nn.Module, image_size: int) -> None:
    """Let one empty picture through: whether a size fits, only the network itself knows."""
    training = module.training
    module.eval()(torch.zeros(1, 3, image_size, image_size))
    module.train(training)


# --- weights and head --------------------------------------------------------------------------------------------


def _network(name: str, module: nn.Module, view: View, classes: tuple[str, ...]) -> Network:
    division = _divided(name, module)
    return Network(name, module, division.blocks, division.owner, view, classes)


def _divided(name: str, module: nn.Module) -> Division:
    if name in SMALL_NETWORKS:
        return divide_chain(module)
    return divide(module) if name.startswith("torchvision/") else divide_timm(module)


def _replace_last(module: nn.Module, classes: int) -> None:
    path = last_layer(module)
    parent, _, name = path.rpartition(".")
    match module.get_submodule(path):
        case nn.Linear() as old:
            new: nn.Module = nn.Linear(old.in_features, classes, bias=old.bias is not None)
        case nn.Conv2d() as old:
            new = nn.Conv2d(old.in_channels, classes, old.kernel_size, bias=old.bias is not None)  # type: ignore[arg-type]
        case other:
            raise TypeError(type(other).__name__)
    setattr(module.get_submodule(parent), name, new)


def _is_head(network: Network, name: str) -> bool:
    parent = name.rpartition(".")[0]
    return network.owner.get(name, network.owner.get(parent)) == HEAD


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Draw from this seed, and leave the world's own chance as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


# --- description -------------------------------------------------------------------------------------------------


def _described(network: Network, block: str) -> BlockDescribed:
    own = {name: part for name, part in network.module.named_parameters() if network.owner[name] == block}
    modules = [part for name, part in network.module.named_modules() if network.owner[name] == block]
    norms = {id(one) for part in modules if is_norm(part) for one in part.parameters(recurse=False)}
    return BlockDescribed(
        name=block,
        parameters=sum(one.numel() for one in own.values()),
        norm_parameters=sum(one.numel() for one in own.values() if id(one) in norms),
        bias_parameters=sum(one.numel() for name, one in own.items() if name.rpartition(".")[2] == "bias"),
        batch_norm=any(isinstance(part, _BatchNorm) for part in modules),
    )
