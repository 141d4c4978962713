"""What a network makes of a picture just before its head: one vector a picture."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor, nn

from kt_gui.engine.backbones import Network
from kt_gui.engine.blocks import HEAD, last_layer


def head_layer(network: Network) -> nn.Module:
    """Find the layer that turns features into logits; the first, where there are several."""
    own = (part for name, part in network.module.named_modules() if network.owner.get(name) == HEAD)
    found = next((part for part in own if isinstance(part, nn.Linear | nn.Conv2d)), None)
    return found if found is not None else network.module.get_submodule(last_layer(network.module))


@contextmanager
def heard(network: Network) -> Iterator[list[Tensor]]:
    """Note what comes before the head at every pass: [batch, features] each."""
    found: list[Tensor] = []

    def note(_layer: nn.Module, given: tuple[Tensor, ...]) -> None:
        found.append(pooled(given[0]))

    handle = head_layer(network).register_forward_pre_hook(note)
    try:
        yield found
    finally:
        handle.remove()


def pooled(values: Tensor) -> Tensor:
    """Take the mean over places: of [batch, features, height, width], or of [batch, tokens, features]."""
    if values.ndim == 4:
        return values.mean(dim=(2, 3))
    return values.mean(dim=1) if values.ndim == 3 else values
