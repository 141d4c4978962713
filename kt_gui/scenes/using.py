"""The page Use: pictures that were asked about, and what was taken along."""

from PySide6.QtWidgets import QWidget

from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models
from kt_gui.pages.use import UsePage
from kt_gui.samples import exports, predictions
from kt_gui.scenes import Scene, failure, show_finished, thumbnails
from kt_gui.schema.texts import tr
from kt_gui.window import MainWindow


def show_predictions(models: Models) -> None:
    """Pictures that a network was asked about, one of them unlike any it knows."""
    show_finished(models)
    models.predictions.apply(predictions.answers(thumbnails("emoji-noto")))


def show_unpredicted(models: Models) -> None:
    """The same, where asking failed half-way."""
    show_finished(models)
    models.predictions.apply(predictions.answers(thumbnails("emoji-noto", 20))[:-1])
    models.predictions.fail(failure())


def show_exported(models: Models) -> None:
    """A finished run, taken along in some forms; one could not be."""
    show_finished(models)
    models.exports.apply(list(exports.EXPORTED))
    refused = tr("It was not written: {reason}", reason="aten::unfold is not supported")
    models.exports.fail("torch_export", Failure("user", refused, tr("Take another form."), ""))


def take_along(_models: Models, window: MainWindow) -> QWidget:
    """Turn to what can be taken along."""
    page = window.stack.currentWidget()
    assert isinstance(page, UsePage)
    page.sections.go("take")
    return window


SCENES = (
    Scene("use", "use", show_finished),
    Scene("use-predictions", "use", show_predictions),
    Scene("use-failed", "use", show_unpredicted),
    Scene("use-exported", "use", show_exported, take_along),
)
