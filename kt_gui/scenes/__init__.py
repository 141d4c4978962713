"""What pages are drawn with: models that hold invented events, page by page, and what a person does there."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QEvent, QEventLoop, QObject, QRect, QTimer
from PySide6.QtGui import QImage, QImageWriter
from PySide6.QtWidgets import QApplication, QWidget

from kt_gui import samples
from kt_gui.bridge.experiment_model import blank
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models, build
from kt_gui.schema.events import BatchShown, Thumbnail
from kt_gui.schema.texts import tr
from kt_gui.store.folders import Home, resources
from kt_gui.widgets import theme
from kt_gui.window import MainWindow

ROUND_MS, STILL, MOST = 10, 4, 40
"""A window is drawn to the end once nothing was drawn for so many rounds of events; what moves on is waited for no
longer than the most."""
TILE, COLUMNS = 32, 40


@dataclass(frozen=True)
class Scene:
    """A picture's name, the page it shows, and what is put into the models first."""

    name: str
    page: str
    prepare: Callable[[Models], None]
    then: Callable[[Models, MainWindow], QWidget] | None = None
    """What a person does on the page that stands; gives the window to draw."""


def sample_models(language: str = "en", look: theme.Mode = "light") -> Models:
    """Models that show what they are given and never start work."""
    models = build(Home.under(Path("/home/kt")), blank(samples.EXPERIMENT), is_enabled=False)
    models.preferences.edit(language=language, theme=look)
    models.machine.show("", 1_100_000_000, 22_000_000_000)
    return models


def thumbnails(name: str, count: int = 48) -> tuple[Thumbnail, ...]:
    """Pictures of a bundled mosaic, as a survey gives them."""
    folder = resources() / "examples"
    mosaic = QImage(str(folder / f"{name}.webp"))
    labels = json.loads((folder / f"{name}.json").read_text("utf-8"))["labels"]
    places = range(0, count * 13, 13)
    splits = ("train", "train", "validation", "test")
    return tuple(
        Thumbnail(
            png=_png(mosaic.copy(QRect(place % COLUMNS * TILE, place // COLUMNS * TILE, TILE, TILE))),
            label=samples.CLASSES[labels[place]],
            name=f"emoji {place}",
            split=splits[place % 4],
        )
        for place in places
    )


def show_begun(models: Models) -> None:
    """An experiment that was put together, with what is known of its data and its network."""
    models.experiment.set(samples.EXPERIMENT)
    source, target = thumbnails("emoji-twemoji"), thumbnails("emoji-noto")
    models.source_data.apply([samples.survey("Twemoji emoji", thumbnails=source)])
    models.target_data.apply([samples.survey("Noto emoji", per_class=3, thumbnails=target)])
    models.network.shown["source"] = BatchShown(pictures=source[:12], size=32)
    models.network.shown["target"] = BatchShown(pictures=target[:12], size=32)
    models.network.models, models.network.datasets = samples.MODELS, samples.DATASETS
    models.network.apply([samples.DESCRIBED, samples.REHEARSED])
    models.runs.show(samples.records(12))


def show_opened(models: Models) -> None:
    """A new experiment, without pictures of one's own yet."""
    models.experiment.set(blank(samples.EXPERIMENT))


def show_running(models: Models) -> None:
    """A run in the midst of fine-tuning."""
    show_begun(models)
    models.run.experiment = samples.EXPERIMENT
    models.run.apply(samples.running())


def show_finished(models: Models) -> None:
    """A run to its end."""
    show_begun(models)
    models.run.experiment = samples.EXPERIMENT
    models.run.apply(samples.finished())


def show_failed(models: Models) -> None:
    """A run that failed."""
    show_begun(models)
    models.run.experiment = samples.EXPERIMENT
    models.run.apply(samples.failed())
    models.run.fail(failure())


def show_nothing(_models: Models) -> None:
    """The first start."""


def failure() -> Failure:
    """A run that ran out of memory."""
    return Failure(
        "memory",
        tr("The memory of this device does not hold a batch of this size."),
        tr("Take each batch in more parts (accumulation), choose smaller pictures, or close other programs."),
        "torch.OutOfMemoryError: CUDA out of memory.",
    )


class _Drawing(QObject):
    """Notices when a window is drawn anew."""

    has_drawn = False

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Look for what a window draws itself upon."""
        self.has_drawn |= event.type() in (QEvent.Type.UpdateRequest, QEvent.Type.LayoutRequest)
        return False


def settle() -> None:
    """Let the windows draw themselves to the end: charts are loaded and laid out some rounds after they are shown."""
    drawing, still = _Drawing(), 0
    for window in QApplication.topLevelWidgets():
        window.installEventFilter(drawing)
    for _ in range(MOST):
        drawing.has_drawn = False
        loop = QEventLoop()
        QTimer.singleShot(ROUND_MS, loop.quit)
        loop.exec()
        still = 0 if drawing.has_drawn else still + 1
        if still == STILL:
            break


def _png(image: QImage) -> bytes:
    kept = QByteArray()
    buffer = QBuffer(kept)  # the writer opens it, and does not keep it alive
    QImageWriter(buffer, b"PNG").write(image)
    return bytes(kept.data())
