"""How runs on a target have ended, by what they started from: what scores told before training are held against."""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import EarlierRun, Experiment, Pretrain, Scratch, Target, WeightsFile, Zoo
from kt_gui.schema.rankings import Candidate, Outcome
from kt_gui.session.candidates import experiment_of, settled
from kt_gui.session.sources import suitable_size
from kt_gui.store import environment
from kt_gui.store.folders import Home
from kt_gui.store.runs import Runs

if TYPE_CHECKING:
    from kt_gui.engine.collection import Collection

Origin = Hashable
"""What a run starts from; the same for two runs that start from the same weights."""


def origin_of(candidate: Candidate, size: int) -> Origin:
    """Name what a candidate's weights are; random ones differ with the size that pictures come in."""
    match candidate:
        case Zoo(model=model):
            return "zoo", model
        case EarlierRun(run=run, checkpoint=checkpoint):
            return "run", run, checkpoint
        case WeightsFile(path=path, network=network):
            return "file", path, network
        case Scratch(network=network):
            return "scratch", network, size
        case _:
            assert_never(candidate)


def outcomes(target: Target, collection: "Collection", home: Home) -> Mapping[Origin, Outcome]:
    """Sum up the runs on this very target - the same pictures and labels, dealt alike - by what they started from."""
    from kt_gui.engine.loading import digest

    accuracies: dict[Origin, list[float]] = defaultdict(list)
    known = digest(collection)
    for record in Runs(home).list():
        accuracy = record.outcome.target_accuracy if record.outcome else None
        experiment = experiment_of(record.folder) if accuracy is not None else None
        if accuracy is None or experiment is None or not _is_on(experiment.target, target):
            continue
        if _digest_of(record.folder) == known:
            accuracies[_began_with(record.folder, experiment, collection, home)].append(accuracy)
    return {origin: _mean(found) for origin, found in accuracies.items()}


def _is_on(target: Target, wanted: Target) -> bool:
    return (target.split, target.per_class) == (wanted.split, wanted.per_class)


def _began_with(folder: Path, experiment: Experiment, collection: "Collection", home: Home) -> Origin:
    """Name what a run started from: what it has pretrained itself is the source that lies in its folder."""
    source = experiment.source
    if isinstance(source, Pretrain):
        return origin_of(EarlierRun(run=str(folder), checkpoint="source"), 0)
    with suppress(UserError):  # a run that has gone: it can be no candidate either
        source = settled(source, home)
    size = experiment.training.image_size
    if isinstance(source, Scratch):
        return origin_of(source, suitable_size(source.network, collection, size))
    return origin_of(source, 0)


def _digest_of(folder: Path) -> str | None:
    try:
        return environment.read(folder).data.get("target")
    except UserError:
        return None


def _mean(accuracies: Sequence[float]) -> Outcome:
    return Outcome(runs=len(accuracies), accuracy=sum(accuracies) / len(accuracies))
