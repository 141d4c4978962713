"""Which network a run will use and at which picture size, found out without its weights and without training."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import assert_never

from kt_gui.schema.events import Event
from kt_gui.schema.experiment import EarlierRun, Experiment, Pretrain, Scratch, WeightsFile, Zoo
from kt_gui.schema.stop import StopToken
from kt_gui.session import shelf
from kt_gui.session.sources import file_size, suitable_size
from kt_gui.store.folders import Home
from kt_gui.store.runs import Runs


@dataclass(frozen=True)
class Outline:
    """A network by name, the side it sees in pixels, and the classes of its old head (empty where unknown)."""

    name: str
    size: int
    classes: tuple[str, ...] = ()


def outline_source(source: Pretrain, home: Home, stop: StopToken) -> Generator[Event, None, Outline]:
    """The network that learns the source. Raises UserError, Stopped."""
    collection = yield from shelf.read(source.data, home, stop)
    size = suitable_size(source.network, collection, source.training.image_size)
    return Outline(source.network, size, collection.classes)


def outline(experiment: Experiment, home: Home, stop: StopToken) -> Generator[Event, None, Outline]:
    """The network that learns the target. Raises UserError, Stopped."""
    from kt_gui.engine.families import view_of

    wanted = experiment.training.image_size
    match experiment.source:
        case Pretrain() as source:
            found = yield from outline_source(source, home, stop)
        case Scratch(network=name):
            collection = yield from shelf.read(experiment.target.data, home, stop)
            found = Outline(name, suitable_size(name, collection, wanted))
        case WeightsFile() as source:
            collection = yield from shelf.read(experiment.target.data, home, stop)
            found = Outline(source.network, file_size(source, collection, wanted))
        case Zoo(model=name):
            found = Outline(name, view_of(name).size)
        case EarlierRun() as source:
            found = _outline_run(source, home)
        case _:
            assert_never(experiment.source)
    return Outline(found.name, wanted or found.size, found.classes)


def _outline_run(source: EarlierRun, home: Home) -> Outline:
    from kt_gui.store.contents import look_up

    known = look_up(Runs(home).find(source.run).folder, source.checkpoint)
    return Outline(known.network, known.image_size, known.classes)
