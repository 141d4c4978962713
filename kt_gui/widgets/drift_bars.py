"""How far each block has moved from the source: ‖θ'−θ‖² / ‖θ‖² as bars on a log scale, frozen ones locked."""

import math
from collections.abc import Sequence

from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from kt_gui.schema.events import BlockDrift
from kt_gui.schema.quantities import logarithmic_share, number
from kt_gui.schema.texts import tr
from kt_gui.widgets.block_bars import BlockBar, BlockBars
from kt_gui.widgets.parts import fill

DECADES = 3
"""At least so many on the scale."""


def share(drift: BlockDrift) -> float | None:
    """How far a block moved, as a share of its size; None where that is not finite."""
    if drift.squared is None or drift.anchor_squared <= 0:
        return None
    return drift.squared / drift.anchor_squared


def is_unchanged(drift: BlockDrift) -> bool:
    """Whether a block is frozen and where the source left it."""
    return drift.frozen and not drift.squared


def scale(drifts: Sequence[BlockDrift]) -> tuple[float, float]:
    """Find the ends of the log scale: whole decades around what has moved."""
    moved = [each for drift in drifts if (each := share(drift)) is not None and each > 0]
    if not moved:
        return 10.0**-DECADES, 1.0
    high = 10.0 ** math.ceil(math.log10(max(moved)))
    return min(high / 10**DECADES, 10.0 ** math.floor(math.log10(min(moved)))), high


class DriftBars(QWidget):
    """One row a block: its name, a bar, its number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scale = scale(())
        self._bars = BlockBars(tr("How far each block has moved"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        fill(QVBoxLayout(self), (self._bars,))

    def show_drifts(self, drifts: Sequence[BlockDrift]) -> None:
        """Show these blocks, from input to head."""
        self._scale = scale(drifts)
        self._bars.show_bars(as_bars(drifts))
        self.setFixedHeight(self._bars.sizeHint().height())
        self.setAccessibleDescription(self._bars.accessibleDescription())

    @property
    def ends(self) -> tuple[float, float]:
        """The ends of the log scale."""
        return self._scale


def as_bars(drifts: Sequence[BlockDrift]) -> list[BlockBar]:
    """Draw each block's drift on their common scale."""
    ends = scale(drifts)
    return [_bar(drift, ends) for drift in drifts]


def _bar(drift: BlockDrift, ends: tuple[float, float]) -> BlockBar:
    length = logarithmic_share(share(drift) or 0.0, *ends)
    token = "faint" if drift.frozen else "accent"
    return BlockBar(drift.block, length, says(drift), token, is_locked=is_unchanged(drift))


def says(drift: BlockDrift) -> str:
    """Write how far a block moved."""
    moved = share(drift)
    if is_unchanged(drift):
        return tr("unchanged")
    if moved is None:
        return tr("not finite")
    return f"{moved:.3f}" if 0.001 <= moved < 100 else number(moved)
