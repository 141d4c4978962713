"""The page Studies: the list, and studies before they start, while they run, and what they say."""

from functools import partial

from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models
from kt_gui.samples import advice, ranking, studies
from kt_gui.scenes import Scene, show_begun, show_nothing
from kt_gui.schema.studies import Question
from kt_gui.schema.texts import tr


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
    models.advice.show(models.experiment.experiment, advice.known())


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
)
