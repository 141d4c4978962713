"""Divides a network into blocks, named from input to head; the division comes from the network's own build.

timm's models say it themselves (`group_matcher`). For all others a few rules on the tree of modules do, no table of
models. Every parameter, buffer and submodule belongs to exactly one block.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

from torch import nn
from torch.nn.modules.batchnorm import _NormBase

HEAD = "head"
STEM = "stem"
FEWEST = 4
MANY = 12

Group = tuple[str, ...]
"""Names of the parameters that belong together."""


@runtime_checkable
class Grouped(Protocol):
    """A model of timm that says what belongs together."""

    def group_matcher(self, *, coarse: bool) -> Any: ...


@dataclass(frozen=True)
class Division:
    """Block names from input to head, and the block of every parameter, buffer and submodule by its name."""

    blocks: tuple[str, ...]
    owner: Mapping[str, str]


def divide_chain(module: nn.Module) -> Division:
    """Divide a network that is a chain of its blocks, the last of them the head."""
    *paths, head = (name for name, _ in module.named_children())
    return _division(module, [_parameters(module, path, ()) for path in paths], (head,))


def divide(module: nn.Module) -> Division:
    """Divide any network whose last linear or convolutional layer is its head."""
    head = (last_layer(module),)
    return _division(module, [unit.parameters for unit in _stages(module, head)], head)


def divide_timm(module: nn.Module) -> Division:
    """Divide a model of timm by its own coarse grouping; by the general rules where it has none."""
    head = _timm_head(module)
    groups = _timm_groups(module, head) or [unit.parameters for unit in _stages(module, head)]
    return _division(module, groups, head)


def _timm_groups(module: nn.Module, head: Group) -> list[Group]:
    from timm.models import group_parameters

    if not isinstance(module, Grouped):
        return []
    try:
        grouped = group_parameters(module, module.group_matcher(coarse=True))
    except AssertionError:  # RDNet groups finely only, and says so by an assertion
        return []
    groups = [tuple(name for name in grouped[key] if not _is_below(name, head)) for key in sorted(grouped)]
    return _join_norms(module, [group for group in groups if group])


def last_layer(module: nn.Module) -> str:
    """Name the layer that gives the logits."""
    kinds = (nn.Linear, nn.Conv2d)
    layers: list[str] = [name for name, part in module.named_modules() if isinstance(part, kinds)]
    return layers[-1]


def is_norm(module: nn.Module) -> bool:
    """Tell whether a layer normalises (batch, instance, layer, group, RMS)."""
    return isinstance(module, _NormBase | nn.LayerNorm | nn.GroupNorm | nn.RMSNorm)


def _timm_head(module: nn.Module) -> Group:
    found = module.get_classifier()  # type: ignore[operator]
    parts = tuple(found) if isinstance(found, tuple | list) else (found,)
    return tuple(name for name, part in module.named_modules() if name and any(part is one for one in parts))


# --- the rules for networks that do not say it themselves --------------------------------------------------------


@dataclass(frozen=True)
class _Unit:
    """A run of neighbouring submodules."""

    parent: str
    parameters: Group
    matrices: int
    """How many kernels of convolutions and linear layers it holds."""
    reduces: bool
    """Whether it begins with, or holds, a step that makes the picture smaller."""


def _stages(module: nn.Module, head: Group) -> list[_Unit]:
    """Take the children of the network; open the largest until there are enough; join what belongs together."""
    units = _join_singles(_join_norm_units(_units(module, _opened(module, head), head)))
    singles = sum(unit.matrices == 1 for unit in units)
    if len(units) <= MANY and singles <= len(units) / 2:
        return units
    stages = _join_until_reduced(units)
    return stages if len(stages) >= FEWEST else units


def _opened(module: nn.Module, head: Group) -> list[str]:
    """Find the submodules, in order, that hold the network's parts: at least four with parameters where there are."""
    paths = [name for name, _ in module.named_children()]
    while sum(bool(_parameters(module, path, head)) for path in paths) < FEWEST:
        widest = max(paths, key=lambda path: _matrices(module, _parameters(module, path, head)))
        children = [f"{widest}.{name}" for name, _ in module.get_submodule(widest).named_children()]
        if not children:
            break
        index = paths.index(widest)
        paths[index : index + 1] = children
    return paths


def _units(module: nn.Module, paths: Sequence[str], head: Group) -> list[_Unit]:
    units, pooled = [], False
    for path in paths:
        parameters = _parameters(module, path, head)
        part = module.get_submodule(path)
        if not parameters:
            pooled = pooled or any(_reduces(layer) for layer in part.modules())
            continue
        reduces = pooled or any(_reduces(layer) for layer in part.modules())
        units.append(_Unit(path.rpartition(".")[0], parameters, _matrices(module, parameters), reduces))
        pooled = False
    return units


def _join_norm_units(units: Iterable[_Unit]) -> list[_Unit]:
    """Let a lone normalisation go with what it follows."""
    joined: list[_Unit] = []
    for unit in units:
        if joined and not unit.matrices:
            joined[-1] = _joined(joined[-1], unit)
        else:
            joined.append(unit)
    return joined


def _join_singles(units: Sequence[_Unit]) -> list[_Unit]:
    """Let a lone convolution before a stage (downsampling, transition) go with that stage; the first is the stem."""
    joined: list[_Unit] = []
    for unit in reversed(units[1:]):
        following = joined[-1] if joined else None
        if following and unit.matrices == 1 < following.matrices and unit.parent == following.parent:
            joined[-1] = _joined(unit, following)
        else:
            joined.append(unit)
    return [*units[:1], *reversed(joined)]


def _join_until_reduced(units: Sequence[_Unit]) -> list[_Unit]:
    """Let a new stage begin only where the picture gets smaller."""
    stages = [units[0]]
    for unit in units[1:]:
        if unit.reduces or unit.parent != stages[-1].parent:
            stages.append(unit)
        else:
            stages[-1] = _joined(stages[-1], unit)
    return stages


def _joined(first: _Unit, second: _Unit) -> _Unit:
    return replace(
        first,
        parameters=first.parameters + second.parameters,
        matrices=first.matrices + second.matrices,
        reduces=first.reduces or second.reduces,
    )


def _parameters(module: nn.Module, path: str, head: Group) -> Group:
    names = (f"{path}.{name}" for name, _ in module.get_submodule(path).named_parameters(remove_duplicate=False))
    return tuple(name for name in names if not _is_below(name, head))


def _matrices(module: nn.Module, parameters: Group) -> int:
    return sum(module.get_parameter(name).ndim >= 2 for name in parameters)


def _reduces(layer: nn.Module) -> bool:
    stride = getattr(layer, "stride", 1)
    return max(stride if isinstance(stride, tuple) else (stride,)) > 1 if stride else False


def _join_norms(module: nn.Module, groups: Sequence[Group]) -> list[Group]:
    """Let a group of normalisations alone go with the group it follows."""
    joined: list[Group] = []
    for group in groups:
        if joined and not _matrices(module, group):
            joined[-1] += group
        else:
            joined.append(group)
    return joined


# --- who owns what -----------------------------------------------------------------------------------------------


def _division(module: nn.Module, groups: Sequence[Group], head: Group) -> Division:
    names = (STEM, *(f"block {index}" for index in range(1, len(groups))), HEAD)
    owner = {name: block for block, group in zip(names, groups, strict=False) for name in group}
    for name, _ in module.named_parameters(remove_duplicate=False):
        owner.setdefault(name, HEAD if _is_below(name, head) else STEM)  # tokens and positions stand outside
    held = _held_blocks(owner)
    modules = _module_owners(module, held, names, head)
    buffers = {
        name: _buffer_owner(name.rpartition(".")[0], held, modules)
        for name, _ in module.named_buffers(remove_duplicate=False)
    }
    return Division(names, owner | modules | buffers)


def _module_owners(
    module: nn.Module, held: Mapping[str, set[str]], names: Sequence[str], head: Group
) -> dict[str, str]:
    """Find each submodule's block: its parameters' one, the last of them where it spans several.

    Without parameters (activations, dropout) it goes with the smallest enclosing part that lies in one block, else with
    the submodule before it.
    """
    modules: dict[str, str] = {}
    before = names[0]
    for name, _ in module.named_modules(remove_duplicate=False):
        if _is_below(name, head):
            before = HEAD
        elif name in held:
            before = max(held[name], key=names.index)
        else:
            enclosing = next((held[path] for path in _ancestors(name) if path in held), set())
            before = next(iter(enclosing)) if len(enclosing) == 1 else before
        modules[name] = before
        if len(held.get(name, ())) > 1:
            before = min(held[name], key=names.index)
    return modules


def _held_blocks(owner: Mapping[str, str]) -> dict[str, set[str]]:
    """Name the blocks that have parameters in each part of the network."""
    held: dict[str, set[str]] = {}
    for parameter, block in owner.items():
        for path in _ancestors(parameter):
            held.setdefault(path, set()).add(block)
    return held


def _buffer_owner(path: str, held: Mapping[str, set[str]], modules: Mapping[str, str]) -> str:
    return STEM if len(held.get(path, ())) > 1 else modules[path]


def _ancestors(name: str) -> Iterable[str]:
    """All paths above a name, the nearest first, the whole network ("") last."""
    parts = name.split(".")[:-1]
    return (".".join(parts[:length]) for length in range(len(parts), -1, -1))


def _is_below(name: str, paths: Iterable[str]) -> bool:
    return any(not path or name == path or name.startswith(f"{path}.") for path in paths)
