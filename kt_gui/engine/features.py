"""What a network makes of pictures just before its head: one vector a picture."""

import hashlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from kt_gui.engine.array_store import ArrayStore
from kt_gui.engine.backbones import Network
from kt_gui.engine.blocks import HEAD, last_layer
from kt_gui.engine.devices import Resolved
from kt_gui.engine.evaluation import in_batches, look
from kt_gui.engine.loading import AS_IS, Portion
from kt_gui.engine.pools import Pace
from kt_gui.schema.errors import NoRoom
from kt_gui.schema.events import Progressed
from kt_gui.schema.stop import Stopped, StopToken

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Features:
    """What a network makes of pictures, in order."""

    values: Floats
    """[n, features]"""
    logits: Floats
    """[n, classes]"""


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


def pooled(output: Tensor) -> Tensor:
    """Average an output over its places: [b, c, h, w], [b, h, w, c], [b, tokens, c] or [b, c] to float32 [b, c].

    Pictures are square, so that the channels' place among four dimensions can be told.
    """
    match output.ndim:
        case 4:
            is_last = output.shape[1] == output.shape[2] != output.shape[3]
            return output.float().mean(dim=(1, 2) if is_last else (2, 3))
        case 3:
            return output.float().mean(dim=1)
        case _:
            return output.float().flatten(1)


def observe(network: Network, portion: Portion, indexes: Tensor, resolved: Resolved) -> tuple[Tensor, Tensor]:
    """Give logits, float32 [pictures, classes], as an evaluation gives them, and the features before the head,
    float32 [pictures, width]; both in main memory.
    """
    with heard(network) as found:
        logits = look(network, portion, indexes, resolved)
    return logits.cpu(), found[-1].cpu()


def featurise(
    network: Network, portion: Portion, resolved: Resolved, stop: StopToken, store: ArrayStore
) -> Generator[Progressed, None, Features]:
    """Let a network look at every picture once, unless it did before. Leaves it in eval mode. Raises Stopped."""
    key, classes = _key(network, portion), _classes(network)
    known = next(iter(store.open(key)), None)
    if known is None:
        known = yield from _compute(network, portion, resolved, stop)
        _keep(store, key, known)
    return Features(known[:, :-classes].copy(), known[:, -classes:].copy())  # of a mapped file nothing stays open


def _key(network: Network, portion: Portion) -> str:
    """Name a network's weights and the pictures as it sees them."""
    hashed = hashlib.blake2b(f"features {network.name} {network.view}".encode(), digest_size=16)
    for name, tensor in network.module.state_dict().items():
        hashed.update(name.encode())
        hashed.update(tensor.cpu().contiguous().numpy().tobytes())
    hashed.update(portion.keys(AS_IS).tobytes())
    return hashed.hexdigest()


def _classes(network: Network) -> int:
    return max(1, len(network.classes))


@torch.no_grad()
def _compute(
    network: Network, portion: Portion, resolved: Resolved, stop: StopToken
) -> Generator[Progressed, None, Floats]:
    """Features, then logits, of each picture: [n, features + classes]."""
    network.module.eval()
    total, pace = len(portion), Pace()
    batches = in_batches(total, network)
    rows: list[Tensor] = []
    portion.expect(batches)
    try:
        for batch in batches:
            if stop.requested():
                raise Stopped
            logits, features = observe(network, portion, batch, resolved)
            rows.append(torch.cat([features, logits], dim=1))
            if pace.is_due():
                yield Progressed(activity="features", done=int(batch[-1]) + 1, total=total)
    finally:
        portion.expect(())
    return torch.cat(rows).numpy()


def _keep(store: ArrayStore, key: str, whole: Floats) -> None:
    """Keep what was computed, where there is room: nothing here is worth failing for."""
    draft = store.create(key, whole.shape, whole.dtype)
    if draft is None:
        return
    try:
        draft.write(whole)
        draft.finish()
    except NoRoom:
        draft.drop()
