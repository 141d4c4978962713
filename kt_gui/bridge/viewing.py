"""Which run, and which of its checkpoints, the pages Evaluate and Use look at."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from kt_gui.bridge.run_model import RunModel
from kt_gui.schema.checkpoints import Saved
from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Checkpoint
from kt_gui.store.contents import saved


class Viewing(QObject):
    """Follows the run in view: one that has ended can be looked at. All that looks at checkpoints listens here.

    Signals:
        changed(): another run, another checkpoint, or none.
    """

    changed = Signal()

    def __init__(self, run: RunModel, parent: QObject) -> None:
        super().__init__(parent)
        self._run = run
        self.folder: Path | None = None
        self.checkpoint: Checkpoint = "best"
        self.saved: tuple[Saved, ...] = ()
        run.changed.connect(self.follow)

    @Slot()
    def follow(self) -> None:
        """Look at the run in view, from its best epoch on; at none while it goes on."""
        has_ended = self._run.state in ("finished", "stopped") and not self._run.is_busy
        folder = Path(self._run.folder) if has_ended and self._run.folder else None
        if folder != self.folder:
            self.folder, self.checkpoint = folder, "best"
            self.show(_saved(folder))

    def show(self, saved: tuple[Saved, ...]) -> None:
        """Know which checkpoints there are."""
        self.saved = saved
        self.changed.emit()

    def choose(self, checkpoint: Checkpoint) -> None:
        """Look at another checkpoint of the run."""
        if self.folder is not None and checkpoint != self.checkpoint:
            self.checkpoint = checkpoint
            self.changed.emit()

    @property
    def place(self) -> int | None:
        """Where among the saved ones the checkpoint in view stands; the last epoch is listed as the best if it is."""
        names = [each.checkpoint for each in self.saved]
        if self.checkpoint in names:
            return names.index(self.checkpoint)
        if self.checkpoint == "last":
            return len(names) - 1 if names else None
        epochs = [each.epoch for each in self.saved]
        return epochs.index(self.checkpoint) if self.checkpoint in epochs else None


def _saved(folder: Path | None) -> tuple[Saved, ...]:
    """What a folder holds, as far as it can be read: who opens a checkpoint is told what is wrong with it."""
    try:
        return saved(folder) if folder is not None else ()
    except UserError:
        return ()
