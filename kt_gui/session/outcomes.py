"""How runs on a target have ended, by what they started from: what scores told before training are held against."""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import assert_never

from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import EarlierRun, Pretrain, Scratch, Source, Target, WeightsFile, Zoo
from kt_gui.schema.rankings import Outcome
from kt_gui.session.candidates import experiment_of
from kt_gui.store import environment
from kt_gui.store.folders import Home
from kt_gui.store.runs import RunRecord, Runs

Origin = Hashable
"""What a run starts from; the same for two runs that start from the same weights."""


def origin_of(source: Source, run: Path | None = None, home: Home | None = None) -> Origin:
    """Name what a source's weights are; `run` is the run whose source it is, for what it has pretrained itself."""
    match source:
        case Zoo(model=model):
            return "zoo", model
        case EarlierRun(run=text, checkpoint=checkpoint):
            return "run", _folder(text, home), checkpoint
        case Pretrain():
            return "run", str(run), "source"
        case WeightsFile(path=path, network=network):
            return "file", str(Path(path).expanduser().absolute()), network
        case Scratch(network=network):
            return "scratch", network
        case _:
            assert_never(source)


def _folder(text: str, home: Home | None) -> str:
    try:
        return str(Runs(home).find(text).folder) if home is not None else text
    except UserError:
        return text


def outcomes(target: Target, digest: str, home: Home) -> Mapping[Origin, Outcome]:
    """Sum up the runs on this very target - the same pictures and labels, dealt alike - by what they started from."""
    accuracies: dict[Origin, list[float]] = defaultdict(list)
    for record in Runs(home).list():
        for origin, accuracy in _outcome(record, target, digest, home):
            accuracies[origin].append(accuracy)
    return {origin: _mean(found) for origin, found in accuracies.items()}


def _outcome(record: RunRecord, target: Target, digest: str, home: Home) -> Iterator[tuple[Origin, float]]:
    accuracy = record.outcome.target_accuracy if record.outcome else None
    experiment = experiment_of(record.folder) if accuracy is not None else None
    if accuracy is None or experiment is None:
        return
    asked = experiment.target
    is_alike = (asked.split, asked.per_class) == (target.split, target.per_class)
    if is_alike and _digest_of(record.folder) == digest:
        yield origin_of(experiment.source, record.folder, home), accuracy


def _digest_of(folder: Path) -> str | None:
    try:
        return environment.read(folder).data.get("target")
    except UserError:
        return None


def _mean(accuracies: Sequence[float]) -> Outcome:
    return Outcome(runs=len(accuracies), accuracy=sum(accuracies) / len(accuracies))
