"""The numbers behind the curves, one row an epoch: what a table shows and a CSV file holds."""

import csv
import io
from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from kt_gui.bridge.phase_curves import PhaseCurves
from kt_gui.schema.events import EpochEnded
from kt_gui.schema.quantities import number, percent
from kt_gui.schema.texts import tr

Index = QModelIndex | QPersistentModelIndex
FIELDS = (
    "train_loss",
    "validation_loss",
    "train_accuracy",
    "validation_accuracy",
    "penalty",
    "learning_rate",
    "plateau",
    "seconds",
)
NO_PARENT = QModelIndex()


class CurveTable(QAbstractTableModel):
    """Epochs of all phases, the first on top."""

    def __init__(self) -> None:
        super().__init__()
        self._epochs: list[EpochEnded] = []
        self._best: set[int] = set()

    def show_run(self, phases: Sequence[PhaseCurves]) -> None:
        """Show these phases. Rows that only follow the others are added, so that a person reads on in peace."""
        epochs = [epoch for phase in phases for epoch in phase.epochs]
        known, best = len(self._epochs), {id(phase.best) for phase in phases if phase.best}
        if known and known <= len(epochs) and epochs[0] is self._epochs[0] and epochs[known - 1] is self._epochs[-1]:
            self._append(epochs[known:])
            self._mark(best)
            return
        self.beginResetModel()
        self._epochs, self._best = epochs, best
        self.endResetModel()

    def _append(self, epochs: list[EpochEnded]) -> None:
        if epochs:
            self.beginInsertRows(NO_PARENT, len(self._epochs), len(self._epochs) + len(epochs) - 1)
            self._epochs += epochs
            self.endInsertRows()

    def _mark(self, best: set[int]) -> None:
        """Say which epochs are the best ones."""
        if best != self._best:
            self._best = best
            self.dataChanged.emit(self.index(0, 1), self.index(len(self._epochs) - 1, 1))

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        """One row an epoch."""
        return 0 if parent.isValid() else len(self._epochs)

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        """Phase, epoch, two losses, two accuracies, penalty."""
        return 0 if parent.isValid() else len(self._titles())

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The text of a cell; figures stand at the right."""
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() > 0:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return self._texts(self._epochs[index.row()])[index.column()]

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The titles of the columns."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._titles()[section]
        return None

    def _titles(self) -> tuple[str, ...]:
        return (
            tr("Phase"),
            tr("Epoch"),
            tr("Loss"),
            tr("Validation loss"),
            tr("Accuracy"),
            tr("Validation accuracy"),
            tr("λ‖θ′−θ‖²"),
        )

    def _texts(self, epoch: EpochEnded) -> tuple[str, ...]:
        phase = tr("pretraining") if epoch.phase == "pretraining" else tr("fine-tuning")
        return (
            phase,
            tr("{epoch} (best)", epoch=epoch.epoch + 1) if id(epoch) in self._best else str(epoch.epoch + 1),
            finite(epoch.train_loss),
            finite(epoch.validation_loss),
            percent(epoch.train_accuracy),
            percent(epoch.validation_accuracy),
            finite(epoch.penalty),
        )


def finite(value: float | None) -> str:
    """Write a number; what was not finite as a word."""
    return tr("not finite") if value is None else number(value)


def write_csv(phases: Sequence[PhaseCurves]) -> str:
    """Write epochs and batches as CSV: the kind tells which; epochs count from 1, a batch stands at its part of one."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("phase", "kind", "epoch", *FIELDS))
    for phase in phases:
        name = phase.started.phase
        for epoch in phase.epochs:
            writer.writerow((name, "epoch", epoch.epoch + 1, *(getattr(epoch, field) for field in FIELDS)))
        for position, loss, accuracy in zip(phase.positions, phase.losses, phase.accuracies, strict=True):
            writer.writerow((name, "batch", round(position, 6), loss, "", accuracy, "", "", "", "", ""))
    return text.getvalue()
