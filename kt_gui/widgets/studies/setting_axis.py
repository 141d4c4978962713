"""Where the values of one setting stand along a line: a range by its logarithm with 0 set apart, options evenly."""

import math
from dataclasses import dataclass

from kt_gui.schema import tuning_words
from kt_gui.schema.quantities import logarithmic_share, number
from kt_gui.schema.tuning import Range, Value, Varied
from kt_gui.studies import settings

ZERO = 0.12
"""Share of a line that 0 has for itself."""


@dataclass(frozen=True)
class Axis:
    """The line of one setting."""

    of: Varied

    @property
    def name(self) -> str:
        """What the setting is called; that its scale is logarithmic is said, too."""
        name = tuning_words.name(settings.name_of(self.of))
        return tuning_words.on_log_scale(name) if isinstance(self.of, Range) else name

    @property
    def is_range(self) -> bool:
        """Whether it is a range of numbers."""
        return isinstance(self.of, Range)

    @property
    def has_zero(self) -> bool:
        """Whether 0 stands at its beginning, apart from the others."""
        return isinstance(self.of, Range) and settings.has_zero(self.of)

    def share(self, value: Value) -> float:
        """Where a value stands, from 0 to 1."""
        if not isinstance(self.of, Range):
            options = settings.options(self.of) or ()
            return (options.index(value) + 0.5) / len(options) if value in options else 0.5
        begins = ZERO if self.has_zero else 0.0
        if not isinstance(value, float) or value == 0:
            return begins / 3
        return begins + 0.04 + (0.92 - begins) * logarithmic_share(value, self.of.low, self.of.high)

    def ticks(self) -> list[tuple[Value, str]]:
        """Values to be named: all options; of a range its ends, its powers of ten, and 0."""
        if not isinstance(self.of, Range):
            return [(value, tuning_words.value(value)) for value in settings.options(self.of) or ()]
        first, last = math.ceil(math.log10(self.of.low) - 1e-9), math.floor(math.log10(self.of.high) + 1e-9)
        decades = [float(f"1e{power}") for power in range(first, last + 1)]
        inside = decades if len(decades) > 1 else sorted({self.of.low, *decades, self.of.high})
        return [(value, number(value)) for value in ([0.0] if self.has_zero else []) + inside]
