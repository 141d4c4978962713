"""What a run can prove: that what was frozen did not move, what it was computed from, and that it comes out again."""

from typing import Literal

import msgspec

from kt_gui.schema.events import Event, Phase

Outcome = Literal["unchanged", "changed", "nothing_frozen", "no_source", "not_transferred"]
"""Of a comparison of what was frozen with the source; the last three say why there is none."""


class BlockProof(msgspec.Struct, frozen=True, kw_only=True):
    """What never learnt of one block, as the source has it and as the run's checkpoints have it."""

    block: str
    tensors: int
    """Parameters and buffers that were compared."""
    is_whole: bool
    """Whether these are all the block has."""
    sums: tuple[tuple[str, str], ...]
    """sha256 of them together, by checkpoint: source, best, last."""

    @property
    def is_equal(self) -> bool:
        """Whether they are the same everywhere, bit for bit."""
        return len({each for _, each in self.sums}) == 1


class Verified(Event, frozen=True, kw_only=True, tag="verified"):
    """What was frozen, compared with the source bit for bit."""

    run: str
    """The run's folder."""
    outcome: Outcome
    blocks: tuple[BlockProof, ...] = ()
    """Those of which something never learnt, from input to head."""


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """How one phase used the machine."""

    phase: Phase
    values: dict[str, str | int | bool]


class Passport(Event, frozen=True, kw_only=True, tag="passport"):
    """What a run was computed from, as it was written down when it began; empty where an older run did not."""

    run: str
    """The run's folder."""
    id: str
    name: str
    started: float
    seeds: dict[str, int]
    """Of the whole run, and where a split has one of its own."""
    data: dict[str, str]
    """Hashes of pictures and labels, by role."""
    splits: dict[str, str]
    """Hashes of who learns, who chooses, who tests, by role."""
    corrections: str
    """Hash of what was said of pictures; empty where nothing was."""
    code: str
    """Hash of the program's own source files."""
    versions: dict[str, str]
    system: str
    settings: tuple[Setting, ...]
    weights: dict[str, str]
    """sha256 of the files, by checkpoint."""


class EpochDifference(msgspec.Struct, frozen=True, kw_only=True):
    """How far one epoch of two runs lies apart; None where only one of them has a number."""

    phase: Phase
    epoch: int
    loss: float | None
    """The larger of the differences of training and validation loss."""
    accuracy: float
    """The larger of the differences of training and validation accuracy."""


class TestDifference(msgspec.Struct, frozen=True, kw_only=True):
    """The test accuracy of one phase, in the first run and in the second."""

    phase: Phase
    before: float
    after: float


class Reproduced(Event, frozen=True, kw_only=True, tag="reproduced"):
    """A run was run again: how far the second lies from the first."""

    run: str
    """The first run's folder."""
    again: str
    """The second run's folder."""
    id: str
    """The second run's."""
    epochs: tuple[EpochDifference, ...]
    missing: int
    """Epochs that only one of them has."""
    tests: tuple[TestDifference, ...]
    weights: float | None
    """Largest difference between weights of their best epochs; None where these are not alike."""
    versions: tuple[tuple[str, str, str], ...]
    """What differs of what computes: its name, then, now."""

    @property
    def is_exact(self) -> bool:
        """Whether everything came out the same, bit for bit."""
        is_same = all(each.loss == each.accuracy == 0 for each in self.epochs)
        return is_same and not self.missing and self.weights == 0 and all(t.before == t.after for t in self.tests)
