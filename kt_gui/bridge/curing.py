"""From a diagnosis or an advice to what its button does: an experiment filled in, a study prepared, a page to show."""

from typing import assert_never

from kt_gui.bridge import study_asking
from kt_gui.bridge.models import Models
from kt_gui.schema.diagnoses import Diagnosis


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
