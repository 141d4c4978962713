"""Processes that learn one task together: the first decides, the others do what it says (`following`).

Who they are and how they talk is not known here: whoever starts them (`kt_gui.cluster.torchrun`) hands a Team in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from kt_gui.schema.errors import UserError
from kt_gui.schema.texts import tr


def _as_it_is(_tensor: Tensor) -> None:
    """Of one process the sum is what it has."""


def _back(given: Any) -> Any:
    return given


@dataclass(frozen=True)
class Team:
    """One process's place among all of them. All must call the same things in the same order."""

    rank: int = 0
    size: int = 1
    local: int = 1
    """How many of them share this machine."""
    all_reduce: Callable[[Tensor], None] = _as_it_is
    """Adds a contiguous tensor up over all processes, in place, to the same bits everywhere. Raises Parted."""
    share: Callable[[Any], Any] = _back
    """Gives what the first process gives, to all of them. Raises Parted."""

    def tell(self, order: "Order | None") -> None:
        """Tell all others what to do, or that it is over; does nothing but on the first process, nor in a team of one.

        Raises Parted.
        """
        if self.size > 1 and self.rank == 0:
            self.share(order)

    def own(self, indexes: Tensor) -> Tensor:
        """Give this process's share of what is to be done: shares differ by one at most."""
        return indexes.tensor_split(self.size)[self.rank]


ALONE = Team()


class Parted(UserError):  # noqa: N818 - told to people as what it is
    """The other processes cannot be reached any more."""


@dataclass(frozen=True)
class Enter:
    """Begin an epoch, or go on with it where `step` of its steps are done."""

    epoch: int
    step: int


@dataclass(frozen=True)
class Step:
    """Learn from the next batch."""


@dataclass(frozen=True)
class Judge:
    """Say what the network makes of a batch of pictures to validate with."""

    batch: int


Order = Enter | Step | Judge


def check_shares(team: Team, batch: int) -> None:
    """Raise UserError where the smallest batch has not one picture for each process."""
    if batch < team.size:
        raise UserError(
            tr(
                "A batch of {batch} pictures cannot be dealt out to {count} processes (training.batch_size).",
                batch=batch,
                count=team.size,
            ),
            tr("Start fewer processes, or choose a larger batch."),
        )


@dataclass(frozen=True)
class Dealt:
    """What of a batch is this process's."""

    pictures: int
    """Of the whole batch."""
    parts: tuple[Tensor, ...]
    """Places in the batch, part by part."""

    @property
    def places(self) -> Tensor:
        """Its places in all parts."""
        return torch.cat(self.parts)


def deal(team: Team, pictures: int, parts: int) -> Dealt:
    """Deal out a batch that is taken in parts: every process takes its share of each, so that these are the parts that
    one process would take.
    """
    return Dealt(pictures, tuple(team.own(part) for part in torch.arange(pictures).tensor_split(parts)))
