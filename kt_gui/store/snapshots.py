"""Which epochs' weights are kept along the way: evenly spaced ones, in bounded room, however long the training is.

Of the epochs those are kept whose number, from 1, the spacing divides. When there are more than wanted, or they take
too much room, the spacing doubles and every second one goes: so after any number of epochs the same ones are kept,
whether the run was stopped meanwhile or not, and the number of writes grows with the logarithm of the epochs.
"""

from collections.abc import Mapping

import msgspec

ROOM = 2**28
"""Bytes that all kept epochs of a run may take: a quarter of a gigabyte."""
FOLDER = "epochs"


class Snapshots(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a phase, so far."""

    spacing: int = 1
    """Every so-many-th epoch is kept."""
    sizes: Mapping[int, int] = {}
    """Bytes by epoch, from 0."""

    def is_due(self, epoch: int) -> bool:
        """Whether this epoch stands at the right distance."""
        return (epoch + 1) % self.spacing == 0

    def including(self, epoch: int, size: int, most: int) -> "Snapshots":
        """Keep one more epoch, of so many bytes; of all at most so many, and no more than there is room for."""
        spacing, sizes = self.spacing, {**self.sizes, epoch: size}
        while sizes and (len(sizes) > most or sum(sizes.values()) > ROOM):
            spacing *= 2
            sizes = {each: size for each, size in sizes.items() if (each + 1) % spacing == 0}
        return Snapshots(spacing=spacing, sizes=sizes)


def name_of(epoch: int) -> str:
    """Tell where an epoch's weights lie in the folder of checkpoints."""
    return f"{FOLDER}/{epoch}.safetensors"
