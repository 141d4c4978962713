"""What a network looks at in a picture: Grad-CAM where it keeps a map of places, integrated gradients for any network.

Works on a network as it is: weights, buffers, gradients' flags and hooks are afterwards what they were before.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from kt_gui.engine.backbones import Network
from kt_gui.engine.blocks import HEAD
from kt_gui.engine.features import heard
from kt_gui.schema.errors import UserError
from kt_gui.schema.insights import Method, Way
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.schema.texts import tr

FINE = 4
"""Places a side that a map should have: one of fewer says hardly where."""
STEPS, AT_ONCE = 32, 8
"""Of integrated gradients: points on the way from the baseline, and how many of them are computed together."""
BLUR = 56
"""What integrated gradients say of single pixels is blurred over this part of a side before it is drawn."""
BRIGHT = 99.5
"""Percentile of them that is drawn brightest: a few pixels would leave the rest dark."""

Heat = NDArray[np.float32]
"""[height, width]"""
Score = Callable[[Tensor], Tensor]
"""Pictures [batch, 3, s, s] to the number that is explained, [batch]."""


@dataclass(frozen=True)
class Means:
    """How one network is asked."""

    method: Way
    layer: str = ""
    """Of Grad-CAM: the part whose output it looks at."""
    side: int = 0
    """Places a side of that output."""


def choose(network: Network, method: Method) -> Means:
    """Choose how to ask a network. Raises UserError where Grad-CAM is asked for and it keeps no map of places."""
    if method == "integrated-gradients":
        return Means(method)
    found = find_map(network)
    if found is not None:
        return Means("grad-cam", *found)
    if method == "auto":
        return Means("integrated-gradients")
    raise UserError(
        tr("{network} keeps no map of places that Grad-CAM could look at (method).", network=network.name),
        tr("Choose integrated gradients, or leave the choice to the program."),
    )


def find_map(network: Network) -> tuple[str, int] | None:
    """Find the last part before the head whose output is a map, [batch, channels, side, side], and its side.

    A map of fewer than four places a side is passed over for the next finer one. None where what comes before the head
    is no map any more, but tokens, or channels come last.
    """
    calls = _calls(network)
    times = Counter(name for name, _ in calls)
    maps = [(name, shape[2]) for name, shape in takewhile(_is_map, reversed(calls)) if times[name] == 1]
    return next((found for found in maps if found[1] >= FINE), maps[0] if maps else None)


def _is_map(call: tuple[str, torch.Size]) -> bool:
    _, shape = call
    return len(shape) == 4 and shape[2] == shape[3]


@torch.no_grad()
def _calls(network: Network) -> list[tuple[str, torch.Size]]:
    """Name the parts before the head whose output has places, in the order in which they are done with a picture."""
    calls: list[tuple[str, torch.Size]] = []
    handles = [
        part.register_forward_hook(_noting(calls, name))
        for name, part in network.module.named_modules()
        if name and network.owner.get(name) != HEAD
    ]
    try:
        device = next(network.module.parameters()).device
        network.module.eval()(torch.zeros(1, *network.view.shape, device=device))
    finally:
        for handle in handles:
            handle.remove()
    return calls


def _noting(calls: list[tuple[str, torch.Size]], name: str) -> Callable[[nn.Module, Any, Any], None]:
    def note(_part: nn.Module, _given: Any, output: Any) -> None:
        if isinstance(output, Tensor) and output.ndim >= 3 and len(output) == 1 and output[0, 0].numel() > 1:
            calls.append((name, output.shape))

    return note


def attribute(network: Network, picture: Tensor, target: int | None, means: Means, stop: StopToken) -> Heat:
    """Say how much each place of a picture, [1, 3, s, s] as the network gets it, speaks for a class: [s, s].

    Without a target: how much it adds to the length of the features before the head. Of Grad-CAM all is ≥ 0; of
    integrated gradients what speaks against is < 0, and all together is the score less that of the baseline.
    Leaves the network in eval mode. Raises Stopped.
    """
    network.module.eval()
    score = _scoring(network, target, stop)
    with torch.enable_grad():
        asked = picture.detach().clone().requires_grad_()
        if means.method == "grad-cam":
            found = grad_cam(score, network.module.get_submodule(means.layer), asked)
        else:
            found = integrated_gradients(score, asked)
    return cast(Heat, found.detach().float().cpu().numpy())


def grad_cam(score: Score, layer: nn.Module, picture: Tensor) -> Tensor:
    """Weigh the channels of a map by their mean gradient and add up what speaks for the score: [s, s], ≥ 0.

    Source: Selvaraju et al. 2017, arXiv:1610.02391, on the score before the softmax; brought to the picture's size
    bilinearly. The picture must require a gradient: a network may change its maps in place.
    """
    from captum.attr import LayerAttribution, LayerGradCam

    coarse = LayerGradCam(score, layer).attribute(picture, relu_attributions=True)
    return cast(Tensor, LayerAttribution.interpolate(coarse, tuple(picture.shape[2:]), "bilinear")[0, 0])


def integrated_gradients(score: Score, picture: Tensor) -> Tensor:
    """Add up the gradients on the straight way from a plain picture to this one, over the colours: [s, s].

    Source: Sundararajan et al. 2017, arXiv:1703.01365, by Gauss-Legendre quadrature; the plain picture is of the mean
    colour that pictures are normalised by.
    """
    from captum.attr import IntegratedGradients

    found = IntegratedGradients(score).attribute(picture, n_steps=STEPS, internal_batch_size=AT_ONCE)
    return cast(Tensor, found[0].sum(dim=0))


def _scoring(network: Network, target: int | None, stop: StopToken) -> Score:
    def score(pictures: Tensor) -> Tensor:
        if stop.requested():
            raise Stopped
        with heard(network) as features:
            logits: Tensor = network.module(pictures)
        return features[-1].norm(dim=1) if target is None else logits[:, target]

    return score


def normalise(heat: Heat, method: Way) -> Heat:
    """Bring what speaks for a class to 0 to 1, as it is drawn; what speaks against it is 0."""
    positive = np.maximum(np.nan_to_num(heat, nan=0.0, posinf=0.0, neginf=0.0), 0.0)
    if method == "integrated-gradients":
        from scipy import ndimage  # here: it takes a while to load

        positive = cast(Any, ndimage).gaussian_filter(positive, positive.shape[0] / BLUR)
    most = _brightest(positive.ravel(), method)
    return np.clip(positive / most, 0.0, 1.0).astype(np.float32) if most > 0 else np.zeros_like(positive)


def _brightest(values: NDArray[np.float32], method: Way) -> float:
    chosen = np.percentile(values, BRIGHT) if method == "integrated-gradients" else values.max()
    return float(chosen if chosen > 0 else values.max())
