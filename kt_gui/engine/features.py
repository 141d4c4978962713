"""What a network makes of pictures just before its head: one vector a picture."""

import hashlib
import math
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
from kt_gui.engine.evaluation import look
from kt_gui.engine.loading import AS_IS, Portion
from kt_gui.engine.pools import Pace
from kt_gui.schema.errors import NoRoom
from kt_gui.schema.events import Progressed
from kt_gui.schema.stop import Stopped, StopToken

PIXELS = 4_000_000
"""Of one batch: 512 pictures of 64 px and less, 79 of 224 px."""

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


def pooled(values: Tensor) -> Tensor:
    """Take the mean over places: of [batch, features, height, width], or of [batch, tokens, features]."""
    if values.ndim == 4:
        return values.mean(dim=(2, 3))
    return values.mean(dim=1) if values.ndim == 3 else values


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
    batches = torch.arange(total).tensor_split(math.ceil(total / max(1, min(512, PIXELS // network.view.size**2))))
    rows: list[Tensor] = []
    portion.expect(batches)
    try:
        for batch in batches:
            if stop.requested():
                raise Stopped
            with heard(network) as found:
                logits = look(network, portion, batch, resolved)
            rows.append(torch.cat([found[-1].float(), logits], dim=1).cpu())
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
