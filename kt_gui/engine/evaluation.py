"""What a network gets right on pictures it does not learn from, and how sure that number is."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from kt_gui.engine.backbones import Network
from kt_gui.engine.devices import Resolved
from kt_gui.engine.loading import Portion
from kt_gui.engine.optimisation import count_correct, cross_entropy
from kt_gui.schema.choices import NoAugmentation
from kt_gui.schema.stop import Stopped, StopToken

_PIXELS = 4_000_000  # of one batch: 512 pictures of 64 px and less, 79 of 224 px


@dataclass(frozen=True)
class Evaluation:
    """What the network says of every picture of a portion, in order."""

    logits: Tensor
    """float32 [pictures, classes], in main memory."""
    labels: Tensor
    """int64 [pictures], in main memory."""
    correct: int
    loss: float
    """Mean cross-entropy, without label smoothing."""

    @property
    def total(self) -> int:
        """How many pictures there were."""
        return len(self.labels)

    @property
    def accuracy(self) -> float:
        """The share that is right."""
        return self.correct / self.total


@torch.no_grad()
def evaluate(network: Network, portion: Portion, resolved: Resolved, stop: StopToken) -> Evaluation:
    """Show the network every picture as it is. Leaves the network in eval mode.

    Raises Stopped between batches when asked to.
    """
    network.module.eval()
    batches = torch.arange(len(portion)).tensor_split(math.ceil(len(portion) / _batch(network)))
    portion.expect(batches)
    try:
        parts = [look(network, portion, indexes, resolved, stop) for indexes in batches]
    finally:
        portion.expect(())
    logits = torch.cat(parts).to("cpu")
    labels = portion.labels.to("cpu")
    return Evaluation(logits, labels, int(count_correct(logits, labels)), float(cross_entropy(logits, labels)))


@torch.no_grad()
def look(network: Network, portion: Portion, indexes: Tensor, resolved: Resolved, stop: StopToken) -> Tensor:
    """Give the logits of a few pictures, as they are: float32 [pictures, classes], on the device."""
    if stop.requested():
        raise Stopped
    pictures = portion.batch(indexes, NoAugmentation(), 0).contiguous(memory_format=resolved.layout)
    with resolved.autocast():
        logits: Tensor = network.module(pictures)
    return logits.float()


def _batch(network: Network) -> int:
    return max(1, min(512, _PIXELS // network.view.size**2))


def wilson(correct: int, total: int) -> tuple[float, float]:
    """Give the 95 % interval of an accuracy (Wilson 1927): where the true share may well lie.

    Without pictures it is everything: (0, 1).
    """
    from scipy.stats import binomtest  # type: ignore[attr-defined]  # half a second that only the end of a run pays

    if total == 0:
        return (0.0, 1.0)
    interval = binomtest(correct, total).proportion_ci(confidence_level=0.95, method="wilson")
    return (float(interval.low), float(interval.high))
