"""What a backbone still knows of the source: its own head is put back on it, and asked of the source's pictures."""

from collections.abc import Mapping

import torch
from torch import Tensor

from kt_gui.engine.backbones import Network
from kt_gui.engine.devices import Resolved
from kt_gui.engine.evaluation import evaluate
from kt_gui.engine.loading import Portion
from kt_gui.schema.stop import StopToken


class Recaller:
    """The source's network, whose backbone is exchanged for others; batch-norm statistics come with the backbone."""

    def __init__(self, source: Network, portion: Portion, resolved: Resolved) -> None:
        self._network, self._portion, self._resolved = source, portion, resolved
        self._own = {name: part.clone() for name, part in source.module.state_dict().items()}
        self._correct: int | None = None

    def correct(self, weights: Mapping[str, Tensor], stop: StopToken) -> int:
        """Count what the source's head on this backbone gets right. What did not move is not asked twice.

        Raises Stopped.
        """
        backbone = backbone_of(self._network, weights)
        if any(not torch.equal(part, self._own[name].cpu()) for name, part in backbone.items()):
            return self._ask({**self._own, **backbone}, stop)
        if self._correct is None:
            self._correct = self._ask(self._own, stop)
        return self._correct

    def _ask(self, weights: Mapping[str, Tensor], stop: StopToken) -> int:
        self._network.module.load_state_dict(weights)
        return evaluate(self._network, self._portion, self._resolved, stop).correct


def backbone_of(network: Network, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Leave out what belongs to the head."""
    head = network.blocks[-1]
    return {name: part for name, part in weights.items() if network.owner.get(name, head) != head}


def fits(network: Network, weights: Mapping[str, Tensor]) -> bool:
    """Whether a backbone's weights have the shapes of this network's: positions have others at another picture size."""
    own = network.module.state_dict()
    return all(part.shape == own[name].shape for name, part in backbone_of(network, weights).items())
