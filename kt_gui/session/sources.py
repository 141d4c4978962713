"""Where the knowledge comes from: a network with weights, and what they were worth on their own task.

Whatever the source, its weights are kept in the run's folder: the run stands alone, and a resumed one starts from them.
"""

from collections.abc import Generator
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kt_gui.schema.downloads import RemoteFile
from kt_gui.schema.events import CheckpointSaved, Event
from kt_gui.schema.experiment import EarlierRun, WeightsFile, Zoo
from kt_gui.schema.stop import StopToken
from kt_gui.session.job import Job
from kt_gui.session.recording import about
from kt_gui.store import runs
from kt_gui.store.folders import Home

if TYPE_CHECKING:
    from kt_gui.engine.backbones import Network
    from kt_gui.engine.images import Collection
    from kt_gui.store.contents import Which

SMALLEST, LARGEST = 64, 224
"""Picture sizes, in pixels, that are chosen for networks made for large pictures."""


@dataclass(frozen=True)
class Source:
    """The network a transfer starts from."""

    network: "Network"
    accuracy: float | None
    """On the test pictures of its own task, where this run knows it."""


def kept(job: Job) -> Source | None:
    """Give the source that this run has had already; None where it has not come so far."""
    from kt_gui.store import checkpoints

    if "source" not in checkpoints.read_contents(job.folder).weights:
        return None
    return Source(restore(job.folder, "source"), runs.read_file(job.folder).source_accuracy)


def keep(job: Job, source: Source) -> CheckpointSaved:
    """Write the source's weights into the run's folder."""
    from kt_gui.store import checkpoints

    network = source.network
    runs.change(job.folder, source_accuracy=source.accuracy, network=network.name)
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in network.module.state_dict().items()}
    history = job.history.sync()
    checkpoints.save_source(job.folder, about(network, "pretraining", None), weights, history, job.seconds)
    path = checkpoints.path_of(job.folder, "source")
    return CheckpointSaved(phase="pretraining", which="source", epoch=0, path=str(path))


def lend(job: Job) -> Source | None:
    """Give a fold the source that the fold before it had; None where that was another, or there was none."""
    network = job.common.source.of(_asked(job))
    if network is None:
        return None
    runs.change(job.folder, network=network.name)
    return Source(_unlearnt(job, network), None)


def lay_by(job: Job, source: Source) -> Source:
    """Remember a fold's source for those after it. Nothing is written: of a fold no weights are kept."""
    runs.change(job.folder, network=source.network.name)
    job.common.source.keep(_asked(job), _unlearnt(job, source.network))
    return source


def _asked(job: Job) -> object:
    return job.experiment.source, job.experiment.training.image_size, job.experiment.seed


def _unlearnt(job: Job, network: "Network") -> "Network":
    """Give a network that this run does not teach: where it gets a new head, that is put on a copy anyway."""
    return replace(network, module=deepcopy(network.module)) if job.experiment.transfer.keep_head else network


def restore(run: Path, which: "Which") -> "Network":
    """Make the network of a run's checkpoint. Raises UserError."""
    from kt_gui.engine import backbones
    from kt_gui.store import checkpoints

    known, weights = checkpoints.load_weights(run, which)
    network = backbones.create(known.network, known.classes, known.image_size, seed=0)
    backbones.load_weights(network, weights, source=str(checkpoints.path_of(run, which)))
    return network


def fetch_zoo(model: str, home: Home, stop: StopToken) -> Generator[Event, None, Path]:
    """Bring the weights of a pretrained network here. Raises UserError, Stopped."""
    from kt_gui.engine.backbones import weights_address
    from kt_gui.store.downloads import fetch

    address = weights_address(model)
    if isinstance(address, RemoteFile):
        return (yield from fetch(address, home.models, stop))
    return address


def from_zoo(job: Job, source: Zoo) -> Generator[Event, None, Source]:
    """A network that others trained."""
    from kt_gui.engine.backbones import pretrained

    weights = yield from fetch_zoo(source.model, job.home, job.stop)
    return Source(pretrained(source.model, weights, job.experiment.training.image_size), None)


def from_run(job: Job, source: EarlierRun) -> Source:
    """The network of an earlier run. Raises UserError."""
    folder = runs.Runs(job.home).find(source.run).folder
    return Source(restore(folder, source.checkpoint), None)


def from_file(job: Job, source: WeightsFile, target: "Collection") -> Source:
    """The network with weights from a file; of its head nobody knows the classes. Raises UserError."""
    size = file_size(source, target, job.experiment.training.image_size)
    return Source(read_file(source, size, job.experiment.seed), None)


def read_file(source: WeightsFile, size: int, seed: int) -> "Network":
    """Make the network whose weights a file holds, for pictures of this size. Raises UserError."""
    from kt_gui.engine import backbones

    network = backbones.create(source.network, (), size, seed=seed)
    backbones.load_weights(network, backbones.read_weights_file(Path(source.path)), source=source.path)
    return network


def file_size(source: WeightsFile, target: "Collection", wanted: int | None) -> int:
    """Say at which size a network from a file sees pictures: its makers', for a small one the data's."""
    from kt_gui.engine.families import view_of

    if "/" in source.network:
        return wanted or view_of(source.network).size
    return suitable_size(source.network, target, wanted)


def at_size(network: "Network", size: int | None) -> "Network":
    """Give a network that sees pictures of this size, with the same weights; the same one where it does already."""
    from kt_gui.engine import backbones

    return network if size in (None, network.view.size) else backbones.at_size(network, size)


def suitable_size(name: str, collection: "Collection", wanted: int | None) -> int:
    """Say at which size a network that starts from random weights sees pictures: the data's, within bounds.

    Small networks take up to 64 px; those made for large pictures from 64 px to 224 px in steps of 32.
    """
    if wanted is not None:
        return wanted
    side = max(collection.sizes)
    if "/" not in name:
        return min(max(4 * round(side / 4), 16), SMALLEST)
    return min(max(32 * round(side / 32), SMALLEST), LARGEST)
