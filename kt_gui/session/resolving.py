"""How a network uses this machine: as asked, and where that is left to the program, as was measured here, once."""

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kt_gui.schema.events import Event, Phase, Progressed
from kt_gui.schema.experiment import Training
from kt_gui.schema.stop import StopToken
from kt_gui.session import cache
from kt_gui.store import environment, measured
from kt_gui.store.folders import Home
from kt_gui.store.measured import Speeds

if TYPE_CHECKING:
    from kt_gui.engine.backbones import Network
    from kt_gui.engine.devices import Options, Resolved, Way


def resolve(training: Training, network: "Network", home: Home, stop: StopToken) -> Generator[Event, None, "Resolved"]:
    """Choose device, precision, memory format and threads, and whether what is frozen is computed once.

    Raises UserError for what this machine cannot.
    """
    from kt_gui.engine import devices

    options = devices.options(training)
    way = options.ways[0] if len(options.ways) == 1 else (yield from _fastest(training, network, options, home, stop))
    return replace(options.resolved(way), reuse=cache.is_wanted(home))


def _fastest(
    training: Training, network: "Network", options: "Options", home: Home, stop: StopToken
) -> Generator[Event, None, "Way"]:
    from kt_gui.engine import probing

    speeds = recall(training, network, options, home)
    if not is_known(speeds, options):
        yield Progressed(activity="preparing", done=0, total=0, subject=network.name)
        speeds = measure(speeds, network, options, home, stop)
    return probing.choose(options.ways, {way: speeds.seconds[written(way)] for way in options.ways})


def read_back(run: Path, phase: Phase) -> "Resolved | None":
    """Give how a phase of a run used the machine; None where it never began. Raises UserError where that is damaged."""
    from kt_gui.engine.devices import Resolved

    known = environment.read(run).resolved.get(phase)
    if known is None:
        return None
    try:
        return msgspec.convert({"reuse": False, **known}, Resolved)  # older runs reuse nothing
    except msgspec.ValidationError as error:
        raise environment.damaged(run / environment.FILE) from error


def recall(training: Training, network: "Network", options: "Options", home: Home) -> Speeds:
    """Give what was measured of this network here; without any seconds where it never was."""
    from kt_gui.engine import devices, probing

    asked = Speeds(
        machine=devices.machine(),
        device=options.device,
        network=network.name,
        image_size=network.view.size,
        pictures=probing.enough(-(-training.batch_size // training.accumulation), options.device),
    )
    return measured.recall(home, asked)


def is_known(speeds: Speeds, options: "Options") -> bool:
    """Tell whether each of the ways was measured."""
    return all(written(way) in speeds.seconds for way in options.ways)


def measure(speeds: Speeds, network: "Network", options: "Options", home: Home, stop: StopToken) -> Speeds:
    """Measure each of the ways, and remember it. Raises Stopped."""
    from kt_gui.engine import probing

    found = probing.measure(network, options, speeds.pictures, stop)
    seconds = {**speeds.seconds, **{written(way): each for way, each in found.items()}}
    known = msgspec.structs.replace(speeds, seconds=seconds)
    measured.remember(home, known)
    return known


def written(way: "Way") -> str:
    """Write a way as it is remembered."""
    return " ".join(way)
