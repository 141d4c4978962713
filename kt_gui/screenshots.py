"""Draws every page to pictures, light and dark, in each language, with invented events: to be looked at by a person."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QEventLoop, QIODevice, QRect, QTimer
from PySide6.QtGui import QImage, QImageWriter
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

from kt_gui import (
    samples,
    samples_changes,
    samples_comparison,
    samples_evaluation,
    samples_exports,
    samples_insight,
    samples_labels,
    samples_predictions,
    samples_proof,
)
from kt_gui.bridge.album import LARGE, SIDE
from kt_gui.bridge.experiment_model import blank
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models, build
from kt_gui.bridge.selection import Selection
from kt_gui.pages.evaluate import EvaluatePage
from kt_gui.schema.datasets import ImageFolder
from kt_gui.schema.evaluations import Glimpsed, Matching
from kt_gui.schema.events import BatchShown, Event, Thumbnail
from kt_gui.schema.texts import LANGUAGES, tr
from kt_gui.store.folders import Home, resources
from kt_gui.store.translations import speak
from kt_gui.widgets import theme
from kt_gui.window import MainWindow

SETTLE_MS, ROUNDS = 60, 4
"""Charts are loaded and laid out a few rounds of events after they are shown."""
LOOKS: tuple[theme.Mode, ...] = ("light", "dark")
TILE, COLUMNS = 32, 40
PICTURES = 207
"""Of the invented evaluation."""


@dataclass(frozen=True)
class Scene:
    """A picture's name, the page it shows, and what is put into the models first."""

    name: str
    page: str
    prepare: Callable[[Models], None]
    then: Callable[[Models, MainWindow], QWidget] | None = None
    """What a person does on the page that stands; gives the window to draw."""


def draw_all(app: QApplication, folder: Path) -> int:
    """Draw every scene in each look and language; return the exit code."""
    folder.mkdir(parents=True, exist_ok=True)
    for language in LANGUAGES:
        speak(language)
        for look in LOOKS:
            theme.apply(app, look)
            for scene in SCENES:
                models = sample_models(language, look)
                scene.prepare(models)
                draw(models, scene, folder / f"{scene.name}-{look}-{language}.png")
    return 0


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


def show_changes(models: Models) -> None:
    """What the transfer changed and forgot, and the epochs one can look at."""
    show_finished(models)
    models.viewing.show(samples_changes.SAVED)
    models.changes.apply("changes", [samples_changes.changed()])
    models.changes.apply("forgetting", [samples_changes.forgotten()])


def show_unchanged(models: Models) -> None:
    """A run whose pictures have gone, and whose source came without its own."""
    show_finished(models)
    models.viewing.show(samples_changes.SAVED)
    models.changes.fail(
        "forgetting",
        Failure(
            "user",
            tr("What was forgotten cannot be measured: the pretrained model came without its data."),
            tr("It is measured where the source is pretrained in the run itself, or is an earlier run."),
            "",
        ),
    )


def turn_to(name: str, _models: Models, window: MainWindow) -> QWidget:
    """Turn to a section of the page Evaluate."""
    page = window.stack.currentWidget()
    assert isinstance(page, EvaluatePage)
    page.sections.go(name)
    return window


def show_exported(models: Models) -> None:
    """A finished run, taken along in some forms; one could not be."""
    show_finished(models)
    models.exports.apply(list(samples_exports.EXPORTED))
    refused = tr("It was not written: {reason}", reason="aten::unfold is not supported")
    models.exports.fail("torch_export", Failure("user", refused, tr("Take another form."), ""))


def show_failed(models: Models) -> None:
    """A run that failed."""
    show_begun(models)
    models.run.experiment = samples.EXPERIMENT
    models.run.apply(samples.failed())
    models.run.fail(failure())


def show_evaluated(models: Models, classes: int = 0, pictures: int = 207) -> None:
    """A run whose numbers were worked out."""
    show_finished(models)
    names = samples_evaluation.class_names(classes) if classes else samples.CLASSES
    models.evaluation.apply(samples_evaluation.evaluation(names, pictures))
    show_album(models)


def show_others(models: Models) -> None:
    """The same run, judged by pictures of which some are of classes it does not know."""
    show_finished(models)
    data = ImageFolder(path="/home/kt/more emoji")
    matching = Matching(missing=("meal", "clock"), unknown=("flag", "music"), left_out=41, learnt=3)
    models.evaluation.evaluate_on(data)
    models.evaluation.apply(samples_evaluation.evaluation(pictures=512, data=data, matching=matching, skill=2.0))


def show_gone(models: Models) -> None:
    """A run whose pictures have gone."""
    show_finished(models)
    said = tr("The pictures of {data} are not those the run began with.", data="insects")
    remedy = tr("Put them back as they were, or run the experiment again from its start.")
    models.evaluation.fail(Failure("user", said, remedy, said))


def show_album(models: Models) -> None:
    """The pictures of the gallery, small and large."""
    pngs = tuple(each.png for each in thumbnails("emoji-noto"))
    indexes = tuple(range(PICTURES))
    for side in (SIDE, LARGE):
        shown = Glimpsed(indexes=indexes, pngs=tuple(pngs[index % len(pngs)] for index in indexes))
        models.albums.open(Path(samples_evaluation.RUN), side=side).apply([shown])


def show_seen(models: Models) -> None:
    """What a network sees: the map of its test pictures, and one of them explained."""
    from kt_gui.widgets.evaluation.map_points import first_of

    show_finished(models)
    embedded = samples_insight.embedded()
    png = thumbnails("emoji-noto")[10].png
    models.insight.apply([embedded, samples_insight.explained(png, first_of(embedded))])
    show_album(models)


def show_many_seen(models: Models) -> None:
    """A map of many classes and pictures, drawn by t-SNE, of a run that learnt from random weights."""

    show_finished(models)
    names = samples_evaluation.class_names(100)
    models.insight.apply([samples_insight.embedded(names, 5000, method="tsne", has_before=False)])


def go_see(models: Models, window: MainWindow) -> QWidget:
    """Go to what the network sees; the pointer stands at a point."""
    from kt_gui.pages.evaluate import EvaluatePage
    from kt_gui.widgets.evaluation.seeing import Seeing

    page = window.stack.currentWidget()
    assert isinstance(page, EvaluatePage)
    page.sections.go("see")
    settle()
    section = page.sections.made["see"]
    assert isinstance(section, Seeing)
    if section.map.map is not None and models.insight.embedded is not None:
        section.map.map.pointed.emit(75)
    return window


def scroll_down(_models: Models, window: MainWindow) -> QWidget:
    """Scroll to the numbers."""
    for area in window.stack.findChildren(QScrollArea):
        area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
    return window


def drag_on(models: Models, window: MainWindow) -> QWidget:
    """Work the numbers out, which nobody here ever does to the end."""
    models.evaluation.rest(3_600_000)
    return window


def open_mistakes(models: Models, window: MainWindow) -> QWidget:
    """Open the gallery of the mistakes."""
    models.evaluation.select(Selection(verdict="wrong"))
    return window


def open_viewer(models: Models, window: MainWindow) -> QWidget:
    """Open a picture that was not recognised."""
    from kt_gui.widgets.evaluation.viewer import show_pictures

    answer = models.evaluation.answer
    assert answer is not None
    wrong = answer.judgement.behind(Selection(verdict="wrong"))
    return show_pictures(models, answer.judgement.pictures(wrong), 2, window)


def open_proof(models: Models, window: MainWindow, told: Sequence[Event] = samples_proof.FOUND) -> QWidget:
    """Open what a run proves of itself."""
    turn_to("proof", models, window)
    models.proof.apply(list(told))
    return window


def show_predictions(models: Models) -> None:
    """Pictures that a network was asked about, one of them unlike any it knows."""
    show_finished(models)
    models.predictions.apply(samples_predictions.answers(thumbnails("emoji-noto")))


def show_unpredicted(models: Models) -> None:
    """The same, where asking failed half-way."""
    show_finished(models)
    models.predictions.apply(samples_predictions.answers(thumbnails("emoji-noto", 20))[:-1])
    models.predictions.fail(failure())


def show_suspects(models: Models, issues: int = 23) -> None:
    """A run whose labels were judged."""
    show_evaluated(models)
    models.suspects.apply([samples_labels.suspected(issues=issues)])


def show_unjudged(models: Models) -> None:
    """A run whose labels could not be judged."""
    show_finished(models)
    said = tr("The pictures of {data} are not those the run began with.", data="insects")
    remedy = tr("Put them back as they were, or run the experiment again from its start.")
    models.suspects.fail(Failure("user", said, remedy, said))


def show_corrected(models: Models) -> None:
    """Pictures of which some were corrected."""
    show_begun(models)
    models.target_data.apply([samples_labels.corrected(ImageFolder(path="/home/kt/pets"))])


def open_corrections(models: Models, window: MainWindow) -> QWidget:
    """Open the list of corrections."""
    from kt_gui.widgets.corrections_dialog import show_corrections

    assert models.target_data.corrected is not None
    return show_corrections(models.corrections, models.target_data.corrected, window)


def show_nothing(_models: Models) -> None:
    """The first start."""


def show_comparison(models: Models, count: int, seeds: int = 1) -> None:
    """Several runs held against each other, and two of them picture by picture."""
    models.runs.show(samples.records(12))
    told = samples_comparison.contrasted(count, seeds)
    models.comparison.apply([told])
    first, second = (told.runs[place].folder for place in models.comparison.pair)
    models.comparison.apply([samples_comparison.matched(first, second)])


def show_unmatched(models: Models) -> None:
    """Two runs on other data: their curves, and why they cannot be matched."""
    models.runs.show(samples.records(12))
    models.comparison.apply([samples_comparison.contrasted(2)])
    reason = tr("The two runs share no test picture.")
    remedy = tr("Picture by picture only runs on the same target data, dealt alike, can be compared.")
    models.comparison.fail("match", Failure("user", reason, remedy, reason))


def failure() -> Failure:
    """A run that ran out of memory."""
    return Failure(
        "memory",
        tr("The memory of this device does not hold a batch of this size."),
        tr("Take each batch in more parts (accumulation), choose smaller pictures, or close other programs."),
        "torch.OutOfMemoryError: CUDA out of memory.",
    )


SCENES = (
    Scene("start", "start", show_nothing),
    Scene("start-interrupted", "start", lambda models: models.runs.show(samples.records(6), {"0005": 7})),
    Scene("source", "source", show_begun),
    Scene("target", "target", show_begun),
    Scene("target-empty", "target", show_opened),
    Scene("transfer", "transfer", show_begun),
    Scene("train-empty", "train", show_nothing),
    Scene("train-running", "train", show_running),
    Scene("train-finished", "train", show_finished),
    Scene("train-failed", "train", show_failed),
    Scene("evaluate", "evaluate", show_finished),
    Scene("evaluate-empty", "evaluate", show_nothing),
    Scene("evaluate-full", "evaluate", show_evaluated),
    Scene("evaluate-findings", "evaluate", show_evaluated, scroll_down),
    Scene("evaluate-two-classes", "evaluate", partial(show_evaluated, classes=2, pictures=80), scroll_down),
    Scene("evaluate-many-classes", "evaluate", partial(show_evaluated, classes=100, pictures=4000), scroll_down),
    Scene("evaluate-busy", "evaluate", show_finished, drag_on),
    Scene("evaluate-failed", "evaluate", show_gone),
    Scene("evaluate-other", "evaluate", show_others),
    Scene("evaluate-pictures", "evaluate", show_evaluated, open_mistakes),
    Scene("evaluate-viewer", "evaluate", show_evaluated, open_viewer),
    Scene("evaluate-proof", "evaluate", show_finished, open_proof),
    Scene("evaluate-proof-broken", "evaluate", show_finished, partial(open_proof, told=samples_proof.BROKEN)),
    Scene("evaluate-change", "evaluate", show_changes, partial(turn_to, "change")),
    Scene("evaluate-change-failed", "evaluate", show_unchanged, partial(turn_to, "change")),
    Scene("evaluate-see", "evaluate", show_seen, go_see),
    Scene("evaluate-see-many", "evaluate", show_many_seen, go_see),
    Scene("evaluate-see-empty", "evaluate", show_finished, go_see),
    Scene("evaluate-labels", "evaluate", show_suspects, partial(turn_to, "labels")),
    Scene("evaluate-labels-fine", "evaluate", partial(show_suspects, issues=0), partial(turn_to, "labels")),
    Scene("evaluate-labels-failed", "evaluate", show_unjudged, partial(turn_to, "labels")),
    Scene("target-corrected", "target", show_corrected),
    Scene("target-corrections", "target", show_corrected, open_corrections),
    Scene("use", "use", show_finished),
    Scene("use-predictions", "use", show_predictions),
    Scene("use-failed", "use", show_unpredicted),
    Scene("use-exported", "use", show_exported),
    Scene("runs", "runs", lambda models: models.runs.show(samples.records(40))),
    Scene("runs-empty", "runs", show_nothing),
    Scene("runs-compare-two", "runs", partial(show_comparison, count=2)),
    Scene("runs-compare-eight", "runs", partial(show_comparison, count=8)),
    Scene("runs-compare-seeds", "runs", partial(show_comparison, count=3, seeds=5)),
    Scene("runs-compare-other-data", "runs", show_unmatched),
)


def draw(models: Models, scene: Scene, file: Path) -> None:
    """Draw a window that shows a scene, and let go of it and its models."""
    window = MainWindow(models, speak)
    window.go(scene.page)
    window.show()
    settle()
    drawn: QWidget = window
    if scene.then is not None:
        drawn = scene.then(models, window)
        settle()
    drawn.grab().save(str(file))
    window.close()
    window.deleteLater()
    models.root.deleteLater()


def settle() -> None:
    """Let the window draw itself to the end."""
    for _ in range(ROUNDS):
        loop = QEventLoop()
        QTimer.singleShot(SETTLE_MS, loop.quit)
        loop.exec()


def _png(image: QImage) -> bytes:
    kept = QByteArray()
    buffer = QBuffer(kept)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, b"PNG").write(image)
    return bytes(kept.data())
