"""Copies weights into the network they were made for: to the last tensor, or not at all."""

from collections.abc import Callable, Iterable, Mapping

import torch
from torch import Tensor, nn

from kt_gui.engine.blocks import HEAD
from kt_gui.engine.small_networks import SMALL_NETWORKS
from kt_gui.schema.errors import UserError
from kt_gui.schema.texts import tr


@torch.no_grad()
def copy_weights(
    module: nn.Module,
    state: Mapping[str, Tensor],
    source: str,
    is_optional: Callable[[str], bool] = lambda _: False,
) -> None:
    """Copy tensors by name: all of the network's must be there, and no others, but for the optional ones.

    Raises:
        UserError: names the first that are missing, left over, of another shape or not finite; nothing was copied then.
    """
    own = module.state_dict()
    counters = {name for name in own if name.endswith(".num_batches_tracked")}  # files older than 2018 lack them
    missing = [name for name in own if name not in state and not is_optional(name) and name not in counters]
    surplus = [name for name in state if name not in own and not is_optional(name)]
    shared = [name for name in own if name in state]
    misshaped = [name for name in shared if own[name].shape != state[name].shape and not is_optional(name)]
    if missing or surplus or misshaped:
        raise misfit(source, _differences(missing, surplus, misshaped), _fitting_network(state))
    _refuse_broken({name: state[name] for name in shared}, source)
    for name in shared:
        if own[name].shape == state[name].shape:
            own[name].copy_(state[name])


def _refuse_broken(weights: Mapping[str, Tensor], source: str) -> None:
    """Weights of a training that ran away would fail at the first step, and the learning rate would be blamed."""
    broken = [name for name, tensor in weights.items() if not tensor.isfinite().all()]
    if broken:
        raise UserError(
            tr(
                "The weights in {source} hold values that are no numbers: {names}.", source=source, names=_first(broken)
            ),
            tr("Use weights from before the training ran away."),
        )


def _differences(missing: list[str], surplus: list[str], misshaped: list[str]) -> str:
    lines = [
        tr("missing: {names}", names=_first(missing)) if missing else "",
        tr("not in the network: {names}", names=_first(surplus)) if surplus else "",
        tr("of another shape: {names}", names=_first(misshaped)) if misshaped else "",
    ]
    return "; ".join(line for line in lines if line)


def misfit(source: str, differences: str, fitting: str = "") -> UserError:
    """Say that weights do not fit a network, how they differ, and which network they fit where that is known."""
    message = tr(
        "The weights in {source} do not fit the network: {differences}.", source=source, differences=differences
    )
    if fitting:
        return UserError(message, tr("Choose the network {name}: these weights fit it.", name=fitting))
    return UserError(message, tr("Choose the network that these weights were made for."))


def _fitting_network(state: Mapping[str, Tensor]) -> str:
    """Find the small network whose tensors have these names and shapes, the head aside."""
    shapes = {name: tensor.shape for name, tensor in state.items() if not name.startswith(HEAD)}
    for name, build in SMALL_NETWORKS.items():
        with torch.device("meta"):
            own = build(2).state_dict()
        if shapes == {key: tensor.shape for key, tensor in own.items() if not key.startswith(HEAD)}:
            return name
    return ""


def _first(names: Iterable[str], most: int = 3) -> str:
    """Write the first few names of a list, and how many more there are."""
    listed = list(names)
    more = len(listed) - most
    shown = ", ".join(listed[:most])
    return tr("{names} and {more} more", names=shown, more=more) if more > 0 else shown
