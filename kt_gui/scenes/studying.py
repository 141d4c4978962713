"""The page Studies: the list, and studies before they start, while they run, and what they say."""

from functools import partial

from PySide6.QtWidgets import QPushButton, QWidget

from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models
from kt_gui.samples import domains, ranking, studies
from kt_gui.scenes import Scene, show_begun, show_nothing
from kt_gui.schema.experiment import Zoo
from kt_gui.schema.insights import Projection
from kt_gui.schema.rankings import Offered
from kt_gui.schema.studies import Question
from kt_gui.schema.texts import tr
from kt_gui.widgets.studies.candidates_dialog import CandidatesDialog
from kt_gui.widgets.studies.ranking_view import RankingView
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
    Scene("studies-ranking-candidates", "studies", show_ranked, choose_candidates),
    Scene("studies-ranking-outcomes", "studies", show_ranked, partial(turn_to, side="outcomes")),
    Scene("studies-ranking-no-outcomes", "studies", show_ranked_first, partial(turn_to, side="outcomes")),
    Scene("studies-ranking-domains", "studies", show_ranked, partial(turn_to, side="domains")),
    Scene("studies-ranking-domains-classes", "studies", show_ranked, turn_to_classes),
    Scene("studies-ranking-no-domain", "studies", show_ranked_first, partial(turn_to, side="domains")),
)
