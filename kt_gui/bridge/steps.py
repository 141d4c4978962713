"""What the rail says of each step: how far it is, and its value in a word or two."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kt_gui.bridge.dataset_model import DatasetModel
from kt_gui.bridge.models import Models
from kt_gui.schema import freezing
from kt_gui.schema.datasets import Bundled, Catalogued, Dataset
from kt_gui.schema.experiment import EarlierRun, Pretrain, Scratch, Source, WeightsFile, Zoo
from kt_gui.schema.quantities import percent
from kt_gui.schema.texts import mark, thousands, tr

Name = Literal["source", "target", "transfer", "train", "evaluate", "use", "runs", "studies"]
State = Literal["empty", "ready", "warning", "running"]
STEPS: tuple[Name, ...] = ("source", "target", "transfer", "train", "evaluate", "use")
LISTS: tuple[Name, ...] = ("runs", "studies")
TITLES: dict[str, str] = {
    "source": mark("Source"),
    "target": mark("Target"),
    "transfer": mark("Transfer"),
    "train": mark("Train"),
    "evaluate": mark("Evaluate"),
    "use": mark("Use"),
    "runs": mark("Runs"),
    "studies": mark("Studies"),
}
_BUNDLED = {"emoji-twemoji": "Twemoji", "emoji-noto": "Noto", "fashion": "Fashion"}


@dataclass(frozen=True)
class Look:
    """How a step stands."""

    state: State = "empty"
    value: str = ""


def look(models: Models, name: Name) -> Look:
    """Tell how a step stands."""
    if name == "runs":
        return Look(value=thousands(len(models.runs.records)) if models.runs.records else "")
    if name == "studies":
        return _studies_look(models)
    if name in ("train", "evaluate", "use"):
        return _run_look(models, name)
    if not models.experiment.is_open:
        return Look()
    return _experiment_look(models, name)


def dataset_name(data: Dataset) -> str:
    """Call a data set by a word or two."""
    match data:
        case Bundled():
            return _BUNDLED.get(data.name, data.name)
        case Catalogued():
            return data.name
        case _:
            return Path(data.path).name


def source_name(source: Source) -> str:
    """Call a source by a word or two."""
    match source:
        case Pretrain():
            return dataset_name(source.data)
        case Zoo():
            return source.model.rpartition("/")[2]
        case EarlierRun():
            return Path(source.run).name
        case WeightsFile():
            return Path(source.path).name
        case Scratch():
            return tr("from scratch")


def _experiment_look(models: Models, name: Name) -> Look:
    experiment = models.experiment.experiment
    match name:
        case "source":
            data = models.source_data if isinstance(experiment.source, Pretrain) else None
            return Look(_state(models, "source", data), _source_value(models, experiment.source))
        case "target":
            shots = experiment.target.per_class
            title = dataset_name(experiment.target.data)
            value = tr("{data}, {count} each", data=title, count=shots) if shots and title else title
            return Look(_state(models, "target", models.target_data), value)
        case _:
            is_ready = not models.experiment.problems("transfer")
            return Look("ready" if is_ready else "empty", freezing.name(experiment.transfer.freezing))


def _source_value(models: Models, source: Source) -> str:
    """Call an earlier run as the person does."""
    if isinstance(source, EarlierRun):
        names = {str(record.folder): record.name for record in models.runs.records}
        return names.get(source.run, source_name(source))
    return source_name(source)


def _state(models: Models, step: Literal["source", "target"], data: DatasetModel | None) -> State:
    if not models.experiment.problems(step):
        return "ready"
    if data is not None and data.busy:
        return "running"
    is_wrong = data is not None and (data.failure is not None or data.answer is not None)
    return "warning" if is_wrong else "empty"


def _run_look(models: Models, name: Name) -> Look:
    run = models.run
    if name == "train":
        return _train_look(models)
    if name == "evaluate" and run.result is not None and run.result.target_accuracy is not None:
        return Look("ready", percent(run.result.target_accuracy))
    return Look("ready" if name == "use" and run.state in ("finished", "stopped") else "empty")


def _train_look(models: Models) -> Look:
    match models.run.state:
        case "running" | "paused" | "stopping":
            return Look("running", "" if models.run.share is None else percent(models.run.share, 0))
        case "finished" | "stopped":
            return Look("ready")
        case "failed" | "interrupted":
            return Look("warning")
        case _:
            return Look()


def _studies_look(models: Models) -> Look:
    if models.study.is_live:
        return Look("running", "" if models.study.share is None else percent(models.study.share, 0))
    return Look(value=thousands(len(models.studies.records)) if models.studies.records else "")
