"""The page Evaluate: all its sections, full, busy, failed and empty."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QScrollArea, QWidget

from kt_gui import samples
from kt_gui.bridge.album import LARGE, SIDE
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models
from kt_gui.bridge.selection import Selection
from kt_gui.pages.evaluate import EvaluatePage
from kt_gui.samples import changes, evaluation, insight, labels, proof, studies
from kt_gui.scenes import Scene, settle, show_finished, show_nothing, thumbnails
from kt_gui.schema.corrections import Corrected, Exclusion
from kt_gui.schema.datasets import ImageFolder
from kt_gui.schema.evaluations import Glimpsed, Judged, Matching
from kt_gui.schema.events import Event
from kt_gui.schema.gains import GainKnown
from kt_gui.schema.study_answers import GainVerdict
from kt_gui.schema.texts import tr
from kt_gui.window import MainWindow

PICTURES = 207
"""Of the invented evaluation."""


def show_evaluated(models: Models, classes: int = 0, pictures: int = 207) -> None:
    """A run whose numbers were worked out."""
    show_finished(models)
    names = evaluation.class_names(classes) if classes else samples.CLASSES
    models.evaluation.apply(evaluation.evaluation(names, pictures))
    show_album(models)


def show_gained(models: Models, *, is_harmful: bool = False) -> None:
    """A run whose transfer a study has measured."""
    show_evaluated(models)
    told = studies.verdict(studies.GAIN, is_harmful=is_harmful)
    assert isinstance(told, GainVerdict)
    models.gain.apply([GainKnown(run=evaluation.RUN, study=studies.FOLDER, name="emoji", verdict=told)])


def show_others(models: Models) -> None:
    """The same run, judged by pictures of which some are of classes it does not know."""
    show_finished(models)
    data = ImageFolder(path="/home/kt/more emoji")
    matching = Matching(missing=("meal", "clock"), unknown=("flag", "music"), left_out=41, learnt=3)
    models.evaluation.evaluate_on(data)
    models.evaluation.apply(evaluation.evaluation(pictures=512, data=data, matching=matching, skill=2.0))


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
        models.albums.open(Path(evaluation.RUN), side=side).apply([shown])


def show_left_out(models: Models) -> None:
    """The same run, of whose pictures some were left out since."""
    show_evaluated(models)
    judged = next(event for event in evaluation.evaluation() if isinstance(event, Judged))
    said = tuple(Exclusion(digest=digest, name="") for digest in judged.digests[::4])
    models.corrections.apply([Corrected(data=judged.data, corrections=said, file="", beside=True)])


def show_suspects(models: Models, issues: int = 23) -> None:
    """A run whose labels were judged."""
    show_evaluated(models)
    models.suspects.apply([labels.suspected(issues=issues)])


def show_unjudged(models: Models) -> None:
    """A run whose labels could not be judged."""
    show_finished(models)
    said = tr("The pictures of {data} are not those the run began with.", data="insects")
    remedy = tr("Put them back as they were, or run the experiment again from its start.")
    models.suspects.fail(Failure("user", said, remedy, said))


def show_seen(models: Models) -> None:
    """What a network sees: the map of its test pictures, and one of them explained."""
    from kt_gui.widgets.evaluation.map_points import first_of

    show_finished(models)
    embedded = insight.embedded()
    png = thumbnails("emoji-noto")[10].png
    models.insight.apply([embedded, insight.explained(png, first_of(embedded))])
    show_album(models)


def show_many_seen(models: Models) -> None:
    """A map of many classes and pictures, drawn by t-SNE, of a run that learnt from random weights."""

    show_finished(models)
    names = evaluation.class_names(100)
    models.insight.apply([insight.embedded(names, 5000, method="tsne", has_before=False)])


def show_changes(models: Models) -> None:
    """What the transfer changed and forgot, and the epochs one can look at."""
    show_finished(models)
    models.viewing.show(changes.SAVED)
    models.changes.apply("changes", [changes.changed()])
    models.changes.apply("forgetting", [changes.forgotten()])


def show_unchanged(models: Models) -> None:
    """A run whose pictures have gone, and whose source came without its own."""
    show_finished(models)
    models.viewing.show(changes.SAVED)
    models.changes.fail(
        "forgetting",
        Failure(
            "user",
            tr("What was forgotten cannot be measured: the pretrained model came without its data."),
            tr("It is measured where the source is pretrained in the run itself, or is an earlier run."),
            "",
            is_lasting=True,
        ),
    )


def turn_to(name: str, _models: Models, window: MainWindow) -> QWidget:
    """Turn to a section of the page Evaluate."""
    page = window.stack.currentWidget()
    assert isinstance(page, EvaluatePage)
    page.sections.go(name)
    return window


def go_see(models: Models, window: MainWindow) -> QWidget:
    """Go to what the network sees; the pointer stands at a point."""
    from kt_gui.widgets.evaluation.seeing import Seeing

    turn_to("see", models, window)
    settle()
    page = window.stack.currentWidget()
    assert isinstance(page, EvaluatePage)
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


def open_proof(models: Models, window: MainWindow, told: Sequence[Event] = proof.FOUND) -> QWidget:
    """Open what a run proves of itself."""
    turn_to("proof", models, window)
    models.proof.apply(list(told))
    return window


SCENES = (
    Scene("evaluate", "evaluate", show_finished),
    Scene("evaluate-empty", "evaluate", show_nothing),
    Scene("evaluate-full", "evaluate", show_evaluated),
    Scene("evaluate-gain", "evaluate", show_gained),
    Scene("evaluate-harm", "evaluate", partial(show_gained, is_harmful=True)),
    Scene("evaluate-findings", "evaluate", show_evaluated, scroll_down),
    Scene("evaluate-two-classes", "evaluate", partial(show_evaluated, classes=2, pictures=80), scroll_down),
    Scene("evaluate-many-classes", "evaluate", partial(show_evaluated, classes=100, pictures=4000), scroll_down),
    Scene("evaluate-busy", "evaluate", show_finished, drag_on),
    Scene("evaluate-failed", "evaluate", show_gone),
    Scene("evaluate-other", "evaluate", show_others),
    Scene("evaluate-pictures", "evaluate", show_evaluated, open_mistakes),
    Scene("evaluate-left-out", "evaluate", show_left_out, open_mistakes),
    Scene("evaluate-viewer", "evaluate", show_evaluated, open_viewer),
    Scene("evaluate-proof", "evaluate", show_finished, open_proof),
    Scene("evaluate-proof-broken", "evaluate", show_finished, partial(open_proof, told=proof.BROKEN)),
    Scene("evaluate-change", "evaluate", show_changes, partial(turn_to, "change")),
    Scene("evaluate-change-failed", "evaluate", show_unchanged, partial(turn_to, "change")),
    Scene("evaluate-see", "evaluate", show_seen, go_see),
    Scene("evaluate-see-many", "evaluate", show_many_seen, go_see),
    Scene("evaluate-see-empty", "evaluate", show_finished, go_see),
    Scene("evaluate-labels", "evaluate", show_suspects, partial(turn_to, "labels")),
    Scene("evaluate-labels-fine", "evaluate", partial(show_suspects, issues=0), partial(turn_to, "labels")),
    Scene("evaluate-labels-failed", "evaluate", show_unjudged, partial(turn_to, "labels")),
)
