"""What the folds of a study have in common, read once by whoever does them. Nothing they find out depends on it."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from kt_gui.engine.backbones import Network
    from kt_gui.engine.images import Collection
    from kt_gui.engine.loading import Portion

Value = TypeVar("Value")


@dataclass
class Last(Generic[Value]):
    """The value that was made last, and what it was made of."""

    key: object = None
    value: Value | None = None

    def of(self, key: object) -> Value | None:
        """Give the value, where it was made of this."""
        return self.value if self.key == key else None

    def keep(self, key: object, value: Value) -> Value:
        """Remember a value instead of the one before."""
        self.key, self.value = key, value
        return value


@dataclass
class Common:
    """One of each is enough: the folds of a study learn the same pictures, from the same source."""

    collection: "Last[Collection]" = field(default_factory=Last)
    source: "Last[Network]" = field(default_factory=Last)
    """As it was had; each run takes a copy."""
    pictures: "Last[Portion]" = field(default_factory=Last)
    """All that folds are made of."""
