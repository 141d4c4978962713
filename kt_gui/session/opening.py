"""A run that has ended, opened again: its network at any of its checkpoints, and its data as it was dealt out."""

from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kt_gui.schema.datasets import Dataset
from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Checkpoint
from kt_gui.schema.events import Event
from kt_gui.schema.experiment import Experiment, Pretrain, Scratch
from kt_gui.schema.stop import StopToken
from kt_gui.schema.texts import tr
from kt_gui.session import pictures, resolving, shelf
from kt_gui.session.cache import cache, memory_limit
from kt_gui.session.pictures import Dealt
from kt_gui.session.sources import at_size, restore
from kt_gui.store import contents, runs
from kt_gui.store.environment import Role
from kt_gui.store.folders import Home

if TYPE_CHECKING:
    from kt_gui.engine.backbones import Network
    from kt_gui.engine.collection import Collection
    from kt_gui.engine.devices import Resolved
    from kt_gui.engine.loading import Portion
    from kt_gui.engine.splitting import Indexes
    from kt_gui.store.contents import About


@dataclass(frozen=True)
class Opened:
    """One checkpoint of a run, ready to be asked: the network is in eval mode and on the run's device."""

    folder: Path
    name: str
    experiment: Experiment
    checkpoint: Checkpoint
    about: "About"
    network: "Network"
    resolved: "Resolved"


def open_run(folder: Path, checkpoint: Checkpoint = "best") -> Opened:
    """Make the network of a run's checkpoint. Raises UserError where the run has none, or it is damaged."""
    from kt_gui.engine import backbones, devices
    from kt_gui.store import checkpoints

    record, experiment = runs.read_record(folder), runs.read_experiment(folder)
    about, weights = checkpoints.load_weights(folder, checkpoint)
    network = backbones.create(about.network, about.classes, about.image_size, seed=0)
    backbones.load_weights(network, weights, source=str(folder))
    resolved = _resolved(folder, about, experiment)
    devices.prepare(resolved)
    resolved.place(network.module)
    network.module.eval()
    return Opened(folder, record.name, experiment, checkpoint, about, network, resolved)


def _resolved(folder: Path, about: "About", experiment: Experiment) -> "Resolved":
    """Use the machine as the run did, but in full precision: what is read off a network should not depend on speed.

    A device that this machine does not have, for the run was made on another, is replaced by the best it has.
    """
    from kt_gui.engine import devices

    training = msgspec.structs.replace(experiment.training, precision="fp32", memory_format="contiguous")
    known = resolving.read_back(folder, about.phase)
    if known is not None:
        with suppress(UserError):
            devices.options(msgspec.structs.replace(training, device=known.device))
            return replace(known, precision="fp32")
    options = devices.options(msgspec.structs.replace(training, device="auto"))
    return options.resolved(options.ways[0])


def beside(opened: Opened, network: "Network", size: int) -> "Network":
    """Bring another network to where an opened one is: on its device, in eval mode, seeing pictures of this size."""
    made = at_size(network, size)
    opened.resolved.place(made.module)
    made.module.eval()
    return made


def source_beside(opened: Opened) -> "Network | None":
    """Give the network that a run started from, ready to be asked as its own; None where it began with random weights.

    Raises UserError where it is damaged.
    """
    has_source = "source" in contents.read_contents(opened.folder).weights
    if isinstance(opened.experiment.source, Scratch) or not has_source:
        return None
    return beside(opened, restore(opened.folder, "source"), opened.about.image_size)


def data_of(experiment: Experiment, role: Role) -> Dataset:
    """Say which data set a run learnt in a role. Raises UserError where its source came without data."""
    if role == "target":
        return experiment.target.data
    if isinstance(experiment.source, Pretrain):
        return experiment.source.data
    raise UserError(
        tr("The run's source came without its pictures."),
        tr("Only a source that this run learnt itself can be looked at."),
    )


def read_dealt(folder: Path, role: Role, home: Home, stop: StopToken) -> Generator[Event, None, Dealt]:
    """Read a run's data as it was dealt out then; remembered for a while, for pages ask again and again.

    Raises UserError where it has gone, or is another than it was, Stopped.
    """
    data, corrections = data_of(runs.read_experiment(folder), role), pictures.corrections_of(folder, role)
    collection = yield from shelf.read(data, home, stop, corrections)
    return pictures.dealt_in(folder, role, collection)


def portion_of(
    opened: Opened, collection: "Collection", indexes: "Indexes", home: Home, stop: StopToken
) -> Generator[Event, None, "Portion"]:
    """Bring pictures before an opened network, as it sees them. Raises UserError, Stopped."""
    import torch

    from kt_gui.engine import loading

    device = torch.device(opened.resolved.device)
    view, limit = opened.network.view, memory_limit(home)
    return (yield from loading.load(collection, indexes, view, device, stop, store=cache(home), limit=limit))
