"""The page Studies: the list, and studies before they start, while they run, and what they say."""

from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QWidget

from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models
from kt_gui.samples import overlaps, ranking, studies
from kt_gui.scenes import Scene, show_begun, show_nothing, thumbnails
from kt_gui.schema.corrections import Corrected, Exclusion
from kt_gui.schema.evaluations import Glimpsed
from kt_gui.schema.studies import Question
from kt_gui.schema.texts import tr
from kt_gui.widgets.studies.bridge_dialog import show_bridge
from kt_gui.widgets.studies.overlap_dialog import show_overlap
from kt_gui.window import MainWindow


def show_prepared(models: Models, question: Question = studies.LAMBDA) -> None:
    """A study before it starts."""
    show_begun(models)
    models.study.prepare(studies.study(question))
    models.study.apply([studies.foreseen(question)])


def show_studying(models: Models, question: Question = studies.LAMBDA, done: int = 23) -> None:
    """A study in its midst."""
    show_begun(models)
    models.study.study = studies.study(question)
    models.study.apply(studies.begun(question, done))


def show_studied(models: Models, question: Question = studies.LAMBDA, *, is_harmful: bool = False) -> None:
    """A study to its end."""
    show_begun(models)
    models.study.study = studies.study(question)
    models.study.apply(studies.finished(question, is_harmful=is_harmful))


def show_broken(models: Models) -> None:
    """A study whose data has gone in its midst."""
    show_studying(models)
    message = tr("There is no file {file}.", file="/home/kt/pets")
    models.study.fail(Failure("user", message, tr("Check the name and the folder."), message))


def show_list(models: Models) -> None:
    """Studies of all kinds."""
    show_begun(models)
    models.studies.show(studies.records(14))


def show_ranked(models: Models) -> None:
    """Candidates for a source, ranked."""
    show_begun(models)
    models.ranking.ask(models.experiment.experiment)
    models.ranking.apply([ranking.ranked()])


def show_pngs(models: Models) -> None:
    """Pictures of the source and of the target, small."""
    found = overlaps.overlap()
    for data, name in ((found.source, "emoji-twemoji"), (found.target, "emoji-noto")):
        pngs = tuple(each.png for each in thumbnails(name))
        models.albums.open(Path(), data).apply([Glimpsed(indexes=tuple(range(len(pngs))), pngs=pngs)])


def show_found(models: Models, count: int = 7) -> None:
    """A ranking, and pictures of the test that were searched for in the source; one is left out by now."""
    show_ranked(models)
    found = overlaps.overlap(count)
    models.overlap.by = found.by
    models.overlap.apply([found])
    first = [Exclusion(digest=pair.first.digest, name=pair.first.name) for pair in found.pairs[1:2]]
    models.corrections.apply([Corrected(data=found.source, corrections=tuple(first), file="", beside=True)])
    show_pngs(models)


def open_overlap(models: Models, window: MainWindow) -> QWidget:
    """Look at the pairs, one of which is chosen."""
    dialog = show_overlap(models, window)
    if models.overlap.rows:
        dialog.list.setCurrentIndex(dialog.list.model().index(0, 0))
    return dialog


def open_bridge(models: Models, window: MainWindow) -> QWidget:
    """Look at what the best source takes the classes for."""
    ranked = models.ranking.ranked
    assert ranked is not None
    best = ranked.standings[0]
    assert best.bridge is not None
    show_pngs(models)
    return show_bridge(models, ranked, best.name, best.bridge, window)


SCENES = (
    Scene("studies", "studies", show_list),
    Scene("studies-empty", "studies", show_nothing),
    Scene("studies-prepared", "studies", show_prepared),
    Scene("studies-prepared-gain", "studies", partial(show_prepared, question=studies.GAIN)),
    Scene("studies-running", "studies", show_studying),
    Scene("studies-failed", "studies", show_broken),
    Scene("studies-lambda", "studies", show_studied),
    Scene("studies-gain", "studies", partial(show_studied, question=studies.GAIN)),
    Scene("studies-harm", "studies", partial(show_studied, question=studies.GAIN, is_harmful=True)),
    Scene("studies-ladder", "studies", partial(show_studied, question=studies.LADDER)),
    Scene("studies-savings", "studies", partial(show_studied, question=studies.SAVINGS)),
    Scene("studies-ranking", "studies", show_ranked),
    Scene("studies-bridge", "studies", show_ranked, open_bridge),
    Scene("studies-overlap", "studies", show_found, open_overlap),
    Scene("studies-overlap-none", "studies", partial(show_found, count=0), open_overlap),
)
