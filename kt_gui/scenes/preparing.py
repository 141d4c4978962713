"""The pages on which a run is put together and watched."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtWidgets import QWidget

from kt_gui import samples
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models
from kt_gui.pages.transfer import TransferPage
from kt_gui.samples import advice, diagnoses, labels, rates, studies
from kt_gui.scenes import (
    Scene,
    show_begun,
    show_failed,
    show_finished,
    show_nothing,
    show_opened,
    show_running,
)
from kt_gui.schema.choices import Features
from kt_gui.schema.datasets import ImageFolder
from kt_gui.schema.events import Event
from kt_gui.schema.texts import tr
from kt_gui.widgets.rates.dialog import open_search
from kt_gui.window import MainWindow


def show_corrected(models: Models) -> None:
    """Pictures of which some were corrected."""
    show_begun(models)
    models.target_data.apply([labels.corrected(ImageFolder(path="/home/kt/pets"))])


def show_features_only(models: Models) -> None:
    """Show a transfer in which only a new head learns: λ holds nothing."""
    show_begun(models)
    models.experiment.edit("transfer.freezing", Features())


def show_advised(models: Models) -> None:
    """A ranking and a search for λ of the target, and what they come to."""
    show_begun(models)
    source = advice.known().ranked
    assert source is not None
    models.experiment.edit("source", source.standings[0].source)
    experiment = models.experiment.experiment
    models.advice.show(experiment, advice.known(studies.LAMBDA, experiment=experiment))


def show_unadvised(models: Models) -> None:
    """A target of which nothing was measured yet."""
    show_begun(models)
    models.advice.show(models.experiment.experiment, advice.known(is_ranked=False))


def show_diagnosed(models: Models) -> None:
    """A run to its end, and what was found to be wrong with it."""
    show_finished(models)
    models.diagnosis.apply([diagnoses.doubted()])


def show_run_away(models: Models) -> None:
    """A run whose loss was no number any more, and what to try next."""
    show_failed(models)
    said = tr("The loss is no longer a number (epoch {epoch}, step {step}): the steps are too large.", epoch=7, step=3)
    models.run.fail(Failure("user", said, tr("Lower the learning rate; it is {rate} now.", rate="0.01"), said))
    models.diagnosis.apply([diagnoses.run_away()])


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


def show_rates(models: Models, told: Sequence[Event] = rates.FOUND) -> None:
    """A search for a learning rate."""
    show_begun(models)
    models.rates.apply(list(told))


def open_rates(models: Models, window: MainWindow) -> QWidget:
    """Open the window on the search, over the page's optimiser."""
    page = window.stack.currentWidget()
    assert isinstance(page, TransferPage)
    return open_search(models.rates, rates.NOW, lambda _rate: None, page)


SCENES = (
    Scene("start", "start", show_nothing),
    Scene("start-interrupted", "start", lambda models: models.runs.show(samples.records(6), {"0005": 7})),
    Scene("source", "source", show_begun),
    Scene("target", "target", show_begun),
    Scene("target-empty", "target", show_opened),
    Scene("transfer", "transfer", show_begun),
    Scene("transfer-features", "transfer", show_features_only),
    Scene("transfer-rate", "transfer", show_rates, open_rates),
    Scene("transfer-rate-stopped", "transfer", partial(show_rates, told=rates.FOUND[:61]), open_rates),
    Scene("transfer-rate-unclear", "transfer", partial(show_rates, told=rates.UNCLEAR), open_rates),
    Scene("transfer-advised", "transfer", show_advised),
    Scene("transfer-unadvised", "transfer", show_unadvised),
    Scene("transfer-devices", "transfer", show_devices),
    Scene("train-empty", "train", show_nothing),
    Scene("train-running", "train", show_running),
    Scene("train-finished", "train", show_finished),
    Scene("train-failed", "train", show_failed),
    Scene("train-diagnosed", "train", show_diagnosed),
    Scene("train-run-away", "train", show_run_away),
    Scene("evaluate-diagnosed", "evaluate", show_diagnosed),
    Scene("target-corrected", "target", show_corrected),
    Scene("target-corrections", "target", show_corrected, open_corrections),
)
