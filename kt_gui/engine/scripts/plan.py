"""What of a run is put down in its script, once for all of its phases."""

from collections.abc import Sequence
from dataclasses import dataclass

from kt_gui.engine.scripts.legs import Leg, Stage, narrowed
from kt_gui.schema.choices import CustomAugmentation

PICTURES, START = "pictures.pt", "start.pt"
"""What lies beside a script: the pictures as the network sees them, and the weights it starts from."""


@dataclass(frozen=True)
class About:
    """What the top of a script says."""

    name: str
    identity: str
    versions: dict[str, str]
    has_start: bool
    """Whether the first phase begins with weights that lie beside the script, not with random ones."""


@dataclass(frozen=True)
class Plan:
    """What is written down, once for all phases."""

    about: About
    legs: Sequence[Leg]
    stages: dict[str, tuple[Stage, ...]]
    """By role."""

    @property
    def last(self) -> Leg:
        """The phase that learns the target."""
        return self.legs[-1]

    @property
    def is_frozen(self) -> bool:
        """Whether something stands still at some time, were it only batch norm's statistics."""
        return any(self.holds_still(leg) for leg in self.legs)

    def holds_still(self, leg: Leg) -> bool:
        """Whether something stands still in a phase."""
        whole = all(stage.learning == leg.network.blocks for stage in self.stages[leg.role])
        return not whole or leg.task.batch_norm == "eval" or bool(narrowed(leg))

    @property
    def has_groups(self) -> bool:
        """Whether blocks differ in how they are moved, or are counted one after the other."""
        return any(_has_groups(leg) for leg in self.legs)

    @property
    def needs_table(self) -> bool:
        """Whether blocks are told apart at all."""
        return self.is_frozen or self.has_groups

    def fixed(self, leg: Leg) -> list[range]:
        """The epochs in which pictures are varied in fixed ways."""
        known = self.stages[leg.role]
        ends = [*(stage.start for stage in known[1:]), leg.task.training.epochs]
        return [range(stage.start, end) for stage, end in zip(known, ends, strict=True) if stage.has_fixed_views]

    @property
    def layouts(self) -> set[str]:
        """In which orders pictures lie in memory."""
        return {str(leg.task.resolved.layout) for leg in self.legs}

    @property
    def has_layout(self) -> bool:
        """Whether that is not the usual one."""
        return self.layouts != {"torch.contiguous_format"}

    def vary(self, leg: Leg) -> str:
        """Name the function that varies a phase's pictures; none where they stay as they are."""
        if not isinstance(leg.recipe, CustomAugmentation):
            return ""
        return "vary" if len({each.recipe for each in self.legs}) == 1 else f"vary_{leg.role}"

    @property
    def varies(self) -> set[str]:
        """Those functions, of all phases."""
        return {self.vary(leg) for leg in self.legs}

    def any(self, what: str) -> bool:
        """Whether a setting of training is used in some phase."""
        return any(getattr(leg.task.training, what) for leg in self.legs)

    @property
    def keeps_statistics(self) -> bool:
        """Whether batch norm of blocks that learn keeps the source's statistics."""
        return self.last.task.batch_norm == "eval"


def _has_groups(leg: Leg) -> bool:
    training = leg.task.training
    spares = leg.task.has_own_head and training.optimiser.weight_decay > 0
    return training.head_factor != 1 or training.layer_decay != 1 or spares or training.clip is not None
