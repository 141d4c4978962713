"""From a diagnosis or an advice to what its button does: an experiment filled in, a study prepared, a page to show."""

from pathlib import Path
from typing import assert_never

from kt_gui.bridge import study_asking
from kt_gui.bridge.models import Models
from kt_gui.schema.advice import Advice, Part
from kt_gui.schema.diagnoses import Diagnosis
from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import Experiment
from kt_gui.store.studies import read_record


def hindrance(models: Models, diagnosis: Diagnosis) -> str:
    """Say why the button does nothing now; empty where it does."""
    if diagnosis.cure == "ladder":
        return study_asking.hindrance(models, diagnosis.experiment)
    return ""


def follow(models: Models, diagnosis: Diagnosis) -> str:
    """Do what the button says; give the page to show, empty where there is none."""
    match diagnosis.cure:
        case "experiment":
            assert diagnosis.experiment is not None
            models.experiment.set(diagnosis.experiment)
            return "transfer"
        case "ladder":
            study_asking.prepare(models, "ladder", diagnosis.experiment)
            return "studies"
        case "labels":
            return "evaluate"
        case "none":
            return ""
        case _:
            assert_never(diagnosis.cure)


def use(models: Models, advice: Advice) -> None:
    """Fill the experiment with what is advised."""
    models.ranking.close()
    models.experiment.set(advice.experiment)


def obstacle(models: Models, advice: Advice) -> str:
    """Say why what is not known yet cannot be asked now; empty where it can."""
    return models.at_work() if advice.next == "ranking" else study_asking.hindrance(models)


def ask_next(models: Models, experiment: Experiment, advice: Advice) -> None:
    """Ask what would tell most: rank the sources for an experiment, or prepare a study of what is advised so far."""
    match advice.next:
        case "ranking":
            models.ranking.ask(experiment)
        case "lambda" | "ladder" | "gain":
            study_asking.prepare(models, advice.next, advice.experiment)
        case "none":
            pass
        case _:
            assert_never(advice.next)


def open_origin(models: Models, experiment: Experiment, part: Part) -> None:
    """Show the ranking or the study that a part of an advice comes from. Raises UserError where a study has gone."""
    if part.basis == "ranking" and models.advice.ranked is not None:
        models.ranking.show(experiment, models.advice.ranked)
    if part.basis == "study":
        try:
            record = read_record(Path(part.study))
        except UserError:
            models.advice.forget()
            raise
        models.ranking.close()
        models.study.replay(record)
