"""The page Studies: the list, and studies before they start, while they run, and what they say."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import structs
from PySide6.QtWidgets import QPushButton, QWidget

from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models
from kt_gui.cluster.place import OnRay
from kt_gui.samples import advice, domains, overlaps, ranking, studies, tuning
from kt_gui.scenes import Scene, show_begun, show_nothing, thumbnails
from kt_gui.schema.corrections import Corrected, Exclusion
from kt_gui.schema.evaluations import Glimpsed
from kt_gui.schema.experiment import Zoo
from kt_gui.schema.insights import Projection
from kt_gui.schema.rankings import Offered
from kt_gui.schema.studies import Question
from kt_gui.schema.texts import tr
from kt_gui.widgets.notices import Fold
from kt_gui.widgets.studies.bridge_dialog import show_bridge
from kt_gui.widgets.studies.candidates_dialog import CandidatesDialog
from kt_gui.widgets.studies.overlap_dialog import show_overlap
from kt_gui.widgets.studies.ranking_view import RankingView
from kt_gui.window import MainWindow

if TYPE_CHECKING:
    from kt_gui.widgets.studies.findings import GainFindings


def show_prepared(models: Models, question: Question = studies.LAMBDA) -> None:
    """A study before it starts."""
    show_begun(models)
    models.study.prepare(studies.study(question))
    models.study.apply([studies.foreseen(question)])


def show_studying(models: Models, question: Question = studies.LAMBDA, done: int = 23, *, at_once: int = 1) -> None:
    """A study in its midst."""
    show_begun(models)
    models.study.study = studies.study(question)
    models.study.apply(studies.begun(question, done, at_once=at_once))


def show_prepared_for_ray(models: Models) -> None:
    """A study whose trials are to run on a cluster."""
    models.study.run_on(OnRay(address="10.0.0.5:6379", workers=4))
    show_prepared(models)


def show_studied(models: Models, question: Question = studies.LAMBDA, *, is_harmful: bool = False) -> None:
    """A study to its end."""
    show_begun(models)
    models.study.study = studies.study(question)
    models.study.apply(studies.finished(question, is_harmful=is_harmful))


def race_on(_models: Models, window: MainWindow) -> QWidget:
    """Hold the race in its midst; what the source took counts."""
    found = _gain(window)
    found.race.count.setChecked(True)
    found.race.chart.moved.emit(0.78)
    return window


def show_pairs(_models: Models, window: MainWindow) -> QWidget:
    """Show the differences seed by seed."""
    _gain(window).show_view("pairs")
    return window


def _gain(window: MainWindow) -> "GainFindings":
    """The findings of a gain study, on the page that is shown."""
    from kt_gui.widgets.studies.findings import GainFindings

    return window.stack.findChildren(GainFindings)[0]


def show_broken(models: Models) -> None:
    """A study whose data has gone in its midst."""
    show_studying(models)
    message = tr("There is no file {file}.", file="/home/kt/pets")
    models.study.fail(Failure("user", message, tr("Check the name and the folder."), message))


def open_settings(_models: Models, window: MainWindow) -> QWidget:
    """See which settings vary, and within which ranges."""
    for fold in window.findChildren(Fold):
        fold.button.setChecked(fold.isVisible())
    return window


def show_list(models: Models) -> None:
    """Studies of all kinds."""
    show_begun(models)
    models.studies.show(studies.records(14))


def show_ranked(models: Models) -> None:
    """Candidates for a source, ranked."""
    show_begun(models)
    models.ranking.ask(models.experiment.experiment)
    models.ranking.apply([ranking.ranked()])
    models.advice.show(models.experiment.experiment, advice.known())


def show_ranked_after_study(models: Models) -> None:
    """Candidates for a source, ranked, after a search for λ of the best of them."""
    show_ranked(models)
    best = structs.replace(models.experiment.experiment, source=ranking.ranked().standings[0].source)
    models.advice.show(models.experiment.experiment, advice.known(studies.LAMBDA, experiment=best))


def turn_to(models: Models, window: MainWindow, side: str, method: Projection = "pca") -> QWidget:
    """Turn to another side of the ranking."""
    view = window.findChild(RankingView)
    assert view is not None
    view.sides.show_side(side)
    models.domains.apply([domains.mapped(method)])
    return window


def turn_to_classes(models: Models, window: MainWindow) -> QWidget:
    """Tell the classes of both sets apart on the map."""
    turn_to(models, window, "domains")
    segments = {each.text(): each for each in window.findChildren(QPushButton) if each.isVisible()}
    segments[tr("Classes")].click()
    return window


def choose_candidates(models: Models, window: MainWindow) -> QWidget:
    """Open the window in which candidates are chosen."""
    models.offers.apply([Offered(offers=ranking.offers())])
    view = window.findChild(RankingView)
    assert view is not None
    view.pick.click()
    dialog = window.findChild(CandidatesDialog)
    assert dialog is not None
    return dialog


def show_ranked_first(models: Models) -> None:
    """Candidates of which none has been run yet, for a source without pictures."""
    show_begun(models)
    models.experiment.edit("source", Zoo(model="bundled/efficientnet_lite0"))
    models.ranking.ask(models.experiment.experiment)
    models.ranking.apply([ranking.ranked_first()])


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
    Scene("studies-prepared-ray", "studies", show_prepared_for_ray),
    Scene("studies-running", "studies", show_studying),
    Scene("studies-running-ray", "studies", partial(show_studying, at_once=4)),
    Scene("studies-failed", "studies", show_broken),
    Scene("studies-lambda", "studies", show_studied),
    Scene("studies-gain", "studies", partial(show_studied, question=studies.GAIN)),
    Scene("studies-gain-running", "studies", partial(show_studying, question=studies.GAIN, done=10), race_on),
    Scene("studies-gain-pairs", "studies", partial(show_studied, question=studies.GAIN), show_pairs),
    Scene("studies-harm", "studies", partial(show_studied, question=studies.GAIN, is_harmful=True)),
    Scene("studies-ladder", "studies", partial(show_studied, question=studies.LADDER)),
    Scene("studies-savings", "studies", partial(show_studied, question=studies.SAVINGS)),
    Scene("studies-prepared-tune", "studies", partial(show_prepared, question=tuning.TUNE), open_settings),
    Scene("studies-tuning", "studies", partial(show_studying, question=tuning.TUNE, done=50)),
    Scene("studies-tune", "studies", partial(show_studied, question=tuning.TUNE)),
    Scene("studies-tune-one", "studies", partial(show_studied, question=tuning.TUNE_ONE)),
    Scene("studies-ranking", "studies", show_ranked),
    Scene("studies-ranking-advised", "studies", show_ranked_after_study),
    Scene("studies-ranking-candidates", "studies", show_ranked, choose_candidates),
    Scene("studies-ranking-outcomes", "studies", show_ranked, partial(turn_to, side="outcomes")),
    Scene("studies-ranking-no-outcomes", "studies", show_ranked_first, partial(turn_to, side="outcomes")),
    Scene("studies-ranking-domains", "studies", show_ranked, partial(turn_to, side="domains")),
    Scene("studies-ranking-domains-classes", "studies", show_ranked, turn_to_classes),
    Scene("studies-ranking-no-domain", "studies", show_ranked_first, partial(turn_to, side="domains")),
    Scene("studies-bridge", "studies", show_ranked, open_bridge),
    Scene("studies-overlap", "studies", show_found, open_overlap),
    Scene("studies-overlap-none", "studies", partial(show_found, count=0), open_overlap),
)
