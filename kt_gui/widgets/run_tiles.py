"""Four figures over the charts: validation accuracy, loss, what moves, and for how long nothing got better."""

from PySide6.QtWidgets import QHBoxLayout, QWidget

from kt_gui.bridge.phase_curves import PhaseCurves
from kt_gui.schema import freezing
from kt_gui.schema.choices import Freezing
from kt_gui.schema.events import EpochEnded
from kt_gui.schema.quantities import percent, short
from kt_gui.schema.texts import tr
from kt_gui.widgets.parts import Tile, fill
from kt_gui.widgets.theme import GAP

NOTHING = "–"


class RunTiles(QWidget):
    """The row of tiles."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.accuracy = Tile(tr("Validation accuracy"))
        self.loss = Tile(tr("Loss"))
        self.moving = Tile(tr("Moving"))
        self.plateau = Tile(tr("Plateau"))
        layout = QHBoxLayout(self)
        fill(layout, (), GAP)
        for tile in (self.accuracy, self.loss, self.moving, self.plateau):
            layout.addWidget(tile, 1)
        self.show_phase(None, None)

    def show_phase(self, phase: PhaseCurves | None, choice: Freezing | None) -> None:
        """Show the figures of a phase; `choice` is the freezing strategy, where it is known and in force."""
        epoch = phase.epochs[-1] if phase is not None and phase.epochs else None
        best = phase.best if phase is not None else None
        note = (
            ""
            if best is None
            else tr(
                "best {accuracy} at epoch {epoch}", accuracy=percent(best.validation_accuracy), epoch=best.epoch + 1
            )
        )
        self.accuracy.write(percent(epoch.validation_accuracy) if epoch else NOTHING, note)
        self.loss.write(*_loss(phase, epoch))
        self.moving.write(*_moving(phase, choice))
        self.plateau.write(_plateau(phase, epoch), tr("epochs without a better one"))


def _loss(phase: PhaseCurves | None, epoch: EpochEnded | None) -> tuple[str, str]:
    is_source = phase is not None and phase.started.phase == "pretraining"
    note = tr("cross-entropy") if is_source else tr("cross-entropy + λ‖θ′−θ‖²")
    if epoch is None:
        return NOTHING, note
    entropy = _figure(epoch.train_loss)
    return (entropy if is_source else f"{entropy} + {_figure(epoch.penalty)}"), note


def _figure(value: float | None) -> str:
    if value is None:
        return tr("not finite")
    return f"{value:.2f}" if value >= 0.005 or value == 0 else f"{value:.1g}"


def _moving(phase: PhaseCurves | None, choice: Freezing | None) -> tuple[str, str]:
    if phase is None:
        return NOTHING, tr("parameters")
    started = phase.started
    values = {"moving": short(started.trainable_parameters), "total": short(started.total_parameters)}
    note = tr("parameters, {strategy}", strategy=freezing.name(choice)) if choice is not None else tr("parameters")
    return tr("{moving} of {total}", **values), note


def _plateau(phase: PhaseCurves | None, epoch: EpochEnded | None) -> str:
    if phase is None or epoch is None:
        return NOTHING
    if phase.started.patience is None:
        return str(epoch.plateau)
    return tr("{plateau} of {patience}", plateau=epoch.plateau, patience=phase.started.patience)
