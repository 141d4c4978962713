"""From the experiment in view to a study of it, and from a study's answer back to the experiment."""

from typing import Literal, assert_never

import msgspec

from kt_gui.bridge.models import Models
from kt_gui.schema.experiment import Experiment, Scratch
from kt_gui.schema.studies import FreezingLadder, LabelSavings, LambdaSearch, Question, Study, TransferGain
from kt_gui.schema.study_answers import LadderVerdict, LambdaVerdict
from kt_gui.schema.texts import tr
from kt_gui.schema.tuning import Tuning, TuningVerdict
from kt_gui.studies import freezing_ladder, lambda_search, tuning

Kind = Literal["lambda", "gain", "ladder", "savings", "tune"]
KINDS: tuple[Kind, ...] = ("lambda", "gain", "ladder", "savings", "tune")


def question(kind: Kind, experiment: Experiment | None = None) -> Question:
    """A study of this kind, as usual for an experiment."""
    match kind:
        case "lambda":
            return LambdaSearch()
        case "gain":
            return TransferGain()
        case "ladder":
            return FreezingLadder()
        case "savings":
            return LabelSavings()
        case "tune":
            return tuning.drafted(experiment) if experiment is not None else Tuning()
        case _:
            assert_never(kind)


def hindrance(models: Models, experiment: Experiment | None = None) -> str:
    """Say why no study can be prepared: of this experiment, or of the one that is being put together; empty if one can.

    An experiment that was run once has no problems but those that its study itself will find.
    """
    if models.study.is_live:
        return models.at_work()
    looked = experiment or models.experiment.experiment
    if isinstance(looked.source, Scratch):
        return tr("From scratch there is no source that a study could ask about.")
    problems = models.experiment.problems("transfer") if experiment is None else []
    return problems[0] if problems else ""


def prepare(models: Models, kind: Kind, experiment: Experiment | None = None) -> None:
    """Prepare a study of this experiment, or of the one that is being put together."""
    looked = experiment or models.experiment.experiment
    models.ranking.close()
    models.study.prepare(Study(name=looked.name, study=question(kind, looked), experiment=looked))


def use_point(models: Models, verdict: LambdaVerdict, place: int) -> None:
    """Fill the experiment with a value that was tried; with the chosen one goes how long to train."""
    base = _base(models)
    if base is not None:
        models.experiment.set(lambda_search.at_point(base, verdict, place))


def use_try(models: Models, verdict: TuningVerdict, place: int) -> None:
    """Fill the experiment with settings that were tried; with the chosen ones goes how long to train."""
    base = _base(models)
    if base is not None:
        models.experiment.set(tuning.at_try(base, verdict, place))


def use_rung(models: Models, verdict: LadderVerdict, place: int) -> None:
    """Let as many blocks of the experiment learn as a rung does."""
    base = _base(models)
    if base is not None:
        freezing = freezing_ladder.freezing_of(verdict.rungs[place].blocks)
        transfer = msgspec.structs.replace(base.transfer, freezing=freezing)
        models.experiment.set(msgspec.structs.replace(base, transfer=transfer))


def _base(models: Models) -> Experiment | None:
    """What an answer is filled into: what a person has put together, where it is about the same data; else the
    experiment that was asked about.
    """
    asked, shown = models.study.study, models.experiment.experiment
    if asked is None:
        return None
    of = asked.experiment
    is_same = (shown.source, shown.target) == (of.source, of.target)
    return shown if is_same and models.experiment.is_open else of
