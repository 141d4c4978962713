"""What a person says of pictures: leave it out, it is of another class, here is one more. Recorded beside the data."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from kt_gui.schema.datasets import Dataset
from kt_gui.schema.evaluations import Picture
from kt_gui.store.folders import Home


class CorrectionsModel(QObject):
    """Records corrections of a data set, and takes them back.

    Signals:
        changed(): something was recorded or taken back.
        failed(Failure): it could not be written.
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(self, home: Home, parent: QObject, *, is_enabled: bool = True) -> None:
        super().__init__(parent)
        self._home = home
        self._is_enabled = is_enabled

    def exclude(self, data: Dataset, pictures: Sequence[Picture]) -> None:
        """Leave pictures out from now on."""
        raise NotImplementedError

    def move(self, data: Dataset, pictures: Sequence[Picture], label: str) -> None:
        """File pictures under another class from now on."""
        raise NotImplementedError

    def add(self, data: Dataset, png: bytes, name: str, label: str) -> None:
        """Add a picture to learn from; `png` is the whole picture."""
        raise NotImplementedError

    def take_back(self, data: Dataset, digests: Sequence[str]) -> None:
        """Forget what was said of these pictures."""
        raise NotImplementedError
