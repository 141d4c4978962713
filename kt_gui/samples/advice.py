"""Invented knowledge of a target: for pictures of pages, and for their tests. Nothing here was measured."""

from kt_gui import samples
from kt_gui.samples import ranking, studies
from kt_gui.schema.advice import Found, Known
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.studies import Question

PICTURES, SMALLEST = 42, 3


def known(*questions: Question, experiment: Experiment = samples.EXPERIMENT, is_ranked: bool = True) -> Known:
    """A ranking, and the answers of some studies of an experiment."""
    return Known(
        pictures=PICTURES,
        smallest=SMALLEST,
        ranked=ranking.ranked() if is_ranked else None,
        studies=tuple(found(question, experiment) for question in questions),
    )


def found(question: Question, experiment: Experiment = samples.EXPERIMENT) -> Found:
    """What a study has found."""
    verdict = studies.verdict(question)
    assert verdict is not None
    kind = str(question.__struct_config__.tag)
    return Found(folder=f"/studies/{kind}", name=f"emoji {kind}", experiment=experiment, verdict=verdict)
