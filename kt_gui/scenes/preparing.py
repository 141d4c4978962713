"""The pages on which a run is put together and watched."""

from PySide6.QtWidgets import QWidget

from kt_gui import samples
from kt_gui.bridge.models import Models
from kt_gui.samples import labels
from kt_gui.scenes import (
    Scene,
    show_begun,
    show_failed,
    show_finished,
    show_nothing,
    show_opened,
    show_running,
)
from kt_gui.schema.datasets import ImageFolder
from kt_gui.window import MainWindow


def show_corrected(models: Models) -> None:
    """Pictures of which some were corrected."""
    show_begun(models)
    models.target_data.apply([labels.corrected(ImageFolder(path="/home/kt/pets"))])


def show_devices(models: Models) -> None:
    """A run about to begin, on a machine with several devices."""
    show_begun(models)
    models.machine.accelerators = 4
    models.machine.changed.emit()


def open_corrections(models: Models, window: MainWindow) -> QWidget:
    """Open the list of corrections."""
    from kt_gui.widgets.corrections_dialog import show_corrections

    assert models.target_data.corrected is not None
    return show_corrections(models.corrections, models.target_data.corrected, window)


SCENES = (
    Scene("start", "start", show_nothing),
    Scene("start-interrupted", "start", lambda models: models.runs.show(samples.records(6), {"0005": 7})),
    Scene("source", "source", show_begun),
    Scene("target", "target", show_begun),
    Scene("target-empty", "target", show_opened),
    Scene("transfer", "transfer", show_begun),
    Scene("transfer-devices", "transfer", show_devices),
    Scene("train-empty", "train", show_nothing),
    Scene("train-running", "train", show_running),
    Scene("train-finished", "train", show_finished),
    Scene("train-failed", "train", show_failed),
    Scene("target-corrected", "target", show_corrected),
    Scene("target-corrections", "target", show_corrected, open_corrections),
)
