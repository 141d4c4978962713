"""What a transfer changed: each block's weights, what each block computes, and what of the source is still known."""

import msgspec

from kt_gui.schema.evaluations import Checkpoint
from kt_gui.schema.events import Event


class BlockChange(msgspec.Struct, frozen=True, kw_only=True):
    """One block of a checkpoint beside the same block of the source."""

    block: str
    frozen: bool
    """Whether it never learnt up to this checkpoint."""
    distance: float | None
    """‖θ'−θ‖ over its weights; None where that is not finite."""
    relative: float | None
    """‖θ'−θ‖² / ‖θ‖²; None where that is not finite."""
    similarity: float | None
    """Linear CKA, without bias, of what both compute for the same pictures: 1 the same, about 0 nothing in common; None
    where there is none to tell."""


class Changed(Event, frozen=True, kw_only=True, tag="changed"):
    """A checkpoint beside the source it came from, from input to head. A new head has nothing to be compared with."""

    run: str
    """The run's folder."""
    checkpoint: Checkpoint
    epoch: int | None
    blocks: tuple[BlockChange, ...]
    data: str = ""
    pictures: int = 0
    """Validation pictures that both looked at; 0 where there were none to be had."""


class Recalled(Event, frozen=True, kw_only=True, tag="recalled"):
    """What the weights of one checkpoint still get right of the source's test pictures, under the source's own head."""

    checkpoint: Checkpoint
    epoch: int | None
    """From 0; None for the source itself."""
    correct: int
    total: int
    accuracy: float
    low: float
    high: float
    """95 % Wilson interval."""


class Forgotten(Event, frozen=True, kw_only=True, tag="forgotten"):
    """What was forgotten along the epochs: the source first, then every epoch that was kept."""

    run: str
    """The run's folder."""
    data: str
    """The source's data."""
    points: tuple[Recalled, ...]
