"""What a network makes of pictures just before its head: the features from which the last layer reads the class."""

import hashlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from kt_gui.engine import evaluation
from kt_gui.engine.backbones import Network
from kt_gui.engine.blocks import last_layer
from kt_gui.engine.cutting import hash_tensors
from kt_gui.engine.devices import Resolved
from kt_gui.engine.loading import Portion
from kt_gui.engine.pools import Pace
from kt_gui.schema.events import Progressed
from kt_gui.schema.stop import Stopped, StopToken

AT_ONCE = 32
"""Pictures that a network looks at together: more are hardly quicker, and a person sees answers sooner."""


def observe(network: Network, portion: Portion, indexes: Tensor, resolved: Resolved) -> tuple[Tensor, Tensor]:
    """Give logits, float32 [pictures, classes], and features, float32 [pictures, width], of a few pictures.

    The logits are those that an evaluation gives. Both are on the device.
    """
    with _overheard(network.module) as heard:
        logits = evaluation.look(network, portion, indexes, resolved)
    return logits, heard[-1]


@contextmanager
def _overheard(module: nn.Module) -> Iterator[list[Tensor]]:
    """Listen to what comes into the last layer."""
    heard: list[Tensor] = []

    def listen(_layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        heard.append(_flat(inputs[0].detach()))

    hook = module.get_submodule(last_layer(module)).register_forward_pre_hook(listen)
    try:
        yield heard
    finally:
        hook.remove()


def _flat(features: Tensor) -> Tensor:
    """Average over places, where a head looks at several: [batch, width, h, w] -> [batch, width]."""
    return (features.mean(dim=(2, 3)) if features.ndim == 4 else features).float()


def observe_all(
    network: Network, portion: Portion, resolved: Resolved, subject: str, stop: StopToken
) -> Generator[Progressed, None, tuple[Tensor, Tensor]]:
    """Give logits and features of all pictures of a portion, in main memory. Raises Stopped, UserError."""
    batches = torch.split(torch.arange(len(portion)), AT_ONCE)
    pieces, done, pace = list[tuple[Tensor, Tensor]](), 0, Pace()
    portion.expect(batches)
    try:
        for indexes in batches:
            if stop.requested():
                raise Stopped
            pieces.append(observe(network, portion, indexes, resolved))
            done += len(indexes)
            if pace.is_due():
                yield Progressed(activity="features", done=done, total=len(portion), subject=subject)
    finally:
        portion.expect(())
    logits, features = zip(*pieces, strict=True)
    return torch.cat(logits).cpu(), torch.cat(features).cpu()


def fingerprint(network: Network) -> str:
    """Hash all weights and buffers of a network, and how pictures come to it."""
    hashed = hashlib.blake2b(f"{network.name} {network.classes} {network.view}".encode(), digest_size=16)
    hash_tensors(hashed, network.module.state_dict())
    return hashed.hexdigest()
