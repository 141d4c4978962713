"""The experiment being put together: a frozen record, rebuilt at every edit, and what still keeps it from running."""

from typing import Literal, TypeVar

import msgspec
from PySide6.QtCore import QObject, Signal

from kt_gui.bridge.dataset_model import DatasetModel
from kt_gui.schema.datasets import Bundled, Catalogued, Dataset, ImageArchive, ImageFolder, ImageTable
from kt_gui.schema.experiment import (
    EarlierRun,
    Experiment,
    Pretrain,
    Scratch,
    Source,
    Target,
    Training,
    WeightsFile,
    Zoo,
)
from kt_gui.schema.summaries import describe_data
from kt_gui.schema.texts import tr

R = TypeVar("R", bound=msgspec.Struct)
Step = Literal["source", "target", "transfer"]

NO_DATA = ImageFolder(path="")
"""Stands where no data set was chosen yet."""
OTHER_CLASSES = frozenset({"source", "source.data", "target", "target.data"})
"""What may bring other classes, which a head that is kept does not know."""


class ExperimentModel(QObject):
    """Holds the experiment.

    Signals:
        edited(): it is another one now.
    """

    edited = Signal()

    def __init__(
        self, experiment: Experiment, source_data: DatasetModel, target_data: DatasetModel, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._experiment = experiment
        self._source_data = source_data
        self._target_data = target_data
        self._is_named = False
        self.is_open = False
        """Whether a person has begun or opened an experiment at all."""

    @property
    def experiment(self) -> Experiment:
        """The experiment as it stands."""
        return self._experiment

    def set(self, experiment: Experiment, *, is_named: bool = False) -> None:
        """Put another experiment in place. Where no person has named it, other target data bring another name."""
        self._is_named = is_named
        if experiment != self._experiment or not self.is_open:
            self._experiment, self.is_open = experiment, True
            self.edited.emit()

    def edit(self, path: str, value: object) -> None:
        """Change the field at an attribute path such as "transfer.strength" or "target.data".

        Raises:
            msgspec.ValidationError: the value does not keep the field's bounds.
        """
        changed = _replace(self._experiment, path.split("."), value)
        if path in OTHER_CLASSES and changed.transfer.keep_head:
            changed = _replace(changed, ["transfer", "keep_head"], False)
        if not self._is_named and path in ("target", "target.data"):
            changed = _named_after_data(changed, self._experiment)
        msgspec.convert(msgspec.to_builtins(changed), Experiment)
        self.set(changed, is_named=self._is_named or path == "name")

    def problems(self, step: Step) -> list[str]:
        """Say what keeps a step from being done, in whole sentences; transfer asks for all that Start needs."""
        match step:
            case "source":
                return self._source_problems(self._experiment.source)
            case "target":
                return _data_problems(self._experiment.target.data, self._target_data)
            case "transfer":
                return [*self.problems("source"), *self.problems("target")]

    def _source_problems(self, source: Source) -> list[str]:
        match source:
            case Pretrain():
                return _data_problems(source.data, self._source_data)
            case Zoo():
                return [] if source.model else [tr("No pretrained model is chosen yet.")]
            case EarlierRun():
                return [] if source.run else [tr("No earlier run is chosen yet.")]
            case WeightsFile():
                return [] if source.path else [tr("No file of weights is chosen yet.")]
            case Scratch():
                return []


def has_data(data: Dataset) -> bool:
    """Whether a data set was chosen at all."""
    match data:
        case Bundled() | Catalogued():
            return bool(data.name)
        case ImageFolder() | ImageArchive() | ImageTable():
            return bool(data.path)


def source_data(experiment: Experiment) -> Dataset | None:
    """The data set the source learns from, where it does."""
    source = experiment.source
    return source.data if isinstance(source, Pretrain) else None


def blank(example: Experiment, device: str = "auto") -> Experiment:
    """A new experiment: the example's source, on this device, with no target yet and all else as usual."""
    source = example.source
    if isinstance(source, Pretrain):
        source = msgspec.structs.replace(source, training=msgspec.structs.replace(source.training, device=device))
    return Experiment(source=source, target=Target(data=NO_DATA), training=Training(device=device))


def _named_after_data(changed: Experiment, before: Experiment) -> Experiment:
    """Call an experiment by its target, where that is another one than before: the example's name would mislead."""
    name = describe_data(changed.target.data)
    if not name or name == describe_data(before.target.data):
        return changed
    return msgspec.structs.replace(changed, name=name)


def _data_problems(data: Dataset, model: DatasetModel) -> list[str]:
    if not has_data(data):
        return [tr("No pictures are chosen yet.")]
    if model.failure is not None:
        return [model.failure.message]
    if model.answer is None:
        return [tr("The pictures are still being read.")]
    return [str(problem.message) for problem in model.answer.problems if problem.blocking]


def _replace(record: R, path: list[str], value: object) -> R:
    first, *rest = path
    inner = _replace(getattr(record, first), rest, value) if rest else value
    return msgspec.structs.replace(record, **{first: inner})
