"""What a network gets right on pictures it does not learn from, and how sure that number is."""

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from statistics import NormalDist

import torch
from torch import Tensor

from kt_gui.engine.backbones import Network
from kt_gui.engine.devices import Resolved
from kt_gui.engine.loading import Portion
from kt_gui.engine.optimisation import count_correct, cross_entropy
from kt_gui.engine.pools import Pace
from kt_gui.schema.choices import NoAugmentation
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Progressed
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.schema.texts import tr

PIXELS = 4_000_000
"""Of one batch: 512 pictures of 64 px and less, 79 of 224 px."""


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


def evaluate(
    network: Network,
    portion: Portion,
    resolved: Resolved,
    stop: StopToken,
    judge: Callable[[Tensor], Tensor] | None = None,
    at_once: int | None = None,
) -> Evaluation:
    """Do as `watched`, and tell of nothing before the end."""
    work = watched(network, portion, resolved, stop, "", judge, at_once)
    while True:
        try:
            next(work)
        except StopIteration as ended:
            found: Evaluation = ended.value
            return found


def watched(
    network: Network,
    portion: Portion,
    resolved: Resolved,
    stop: StopToken,
    title: str,
    judge: Callable[[Tensor], Tensor] | None = None,
    at_once: int | None = None,
) -> Generator[Progressed, None, Evaluation]:
    """Show the network every picture as it is, or ask `judge` for the logits of `at_once` pictures by index.

    Leaves the network in eval mode.

    Raises Stopped between batches when asked to.
    """
    network.module.eval()
    batches = in_batches(len(portion), network, at_once)
    if judge is None:
        judge = partial(look, network, portion, resolved=resolved)
        portion.expect(batches)
    answers, done, pace = [], 0, Pace()
    try:
        for indexes in batches:
            answers.append(_asked(judge, indexes, stop))
            done += len(indexes)
            if pace.is_due():
                yield Progressed(activity="testing", done=done, total=len(portion), subject=title)
        logits = torch.cat(answers).to("cpu")
    finally:
        portion.expect(())
    labels = portion.labels.to("cpu")
    return Evaluation(logits, labels, int(count_correct(logits, labels)), float(cross_entropy(logits, labels)))


@torch.no_grad()
def _asked(judge: Callable[[Tensor], Tensor], indexes: Tensor, stop: StopToken) -> Tensor:
    if stop.requested():
        raise Stopped
    return judge(indexes)


@torch.no_grad()
def look(network: Network, portion: Portion, indexes: Tensor, resolved: Resolved) -> Tensor:
    """Give the logits of a few pictures, as they are: float32 [pictures, classes], on the device."""
    pictures = portion.batch(indexes, NoAugmentation(), 0).contiguous(memory_format=resolved.layout)
    with resolved.autocast():
        logits: Tensor = network.module(pictures)
    return logits.float()


def in_batches(pictures: int, network: Network, at_once: int | None = None) -> tuple[Tensor, ...]:
    """Deal the indexes of so many pictures out into batches that memory holds, or of so many each."""
    size = at_once or most_at_once(network)
    return torch.arange(pictures).tensor_split(math.ceil(pictures / size))


def most_at_once(network: Network) -> int:
    """Say how many pictures a network judges at a time."""
    return max(1, min(512, PIXELS // network.view.size**2))


def not_finite() -> UserError:
    """Say that a network's weights are of no use: it answers with numbers that are none."""
    return UserError(
        tr("The network answers with numbers that are not finite: its weights have run away."),
        tr("Choose an earlier checkpoint, or train again with a smaller learning rate."),
    )


def wilson(correct: int, total: int) -> tuple[float, float]:
    """Give the 95 % interval of an accuracy (Wilson 1927): where the true share may well lie.

    Without pictures it is everything: (0, 1). Written out here, because SciPy's takes a second to load.
    """
    if total == 0:
        return (0.0, 1.0)
    z, share = NormalDist().inv_cdf(0.975), correct / total
    middle = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return (max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale))
