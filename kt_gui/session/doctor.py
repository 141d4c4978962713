"""Looks at this machine: what the program can do here, what is missing, and the remedy."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from platform import platform, python_version
from typing import TYPE_CHECKING, Literal

import msgspec

from kt_gui import __version__, preflight
from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import Training
from kt_gui.schema.quantities import gigabytes, number
from kt_gui.schema.stop import StopToken
from kt_gui.schema.texts import tr, trn
from kt_gui.session import cache, resolving
from kt_gui.store import measured, preferences
from kt_gui.store.files import disk_troubles, make_folder
from kt_gui.store.folders import Home, resources

if TYPE_CHECKING:
    from kt_gui.engine.devices import Options

OLDEST, NEWEST = (3, 11), (3, 14)
ROOM = 1_000_000_000
"""Bytes that runs and downloads should find."""
USUAL, USUAL_SIZE = "resnet18_cifar", 32
"""What half precision is tried on."""


class Check(msgspec.Struct, frozen=True):
    """One line of the report: `missing` keeps the main job from working, `limited` only a part of it."""

    name: str
    found: str
    state: Literal["fine", "limited", "missing"] = "fine"
    remedy: str = ""


def examine(home: Home) -> Iterator[Check]:
    """Look at one thing after the other."""
    yield Check(tr("Program"), tr("version {version} on {system}", version=__version__, system=platform()))
    yield _python()
    yield from _torch(home)
    yield from _qt()
    for title, folder in (
        (tr("Data folder"), home.data),
        (tr("Cache folder"), home.cache),
        (tr("Settings folder"), home.config),
        (tr("Log folder"), home.log),
    ):
        yield _folder(title, folder)
    yield _room(home)
    yield _cache(home)
    yield _settings(home)
    yield _examples()
    yield _bundled_model()
    yield _fonts()


def _python() -> Check:
    name, remedy = tr("Python"), tr("Use Python 3.{oldest} to 3.{newest}.", oldest=OLDEST[1], newest=NEWEST[1])
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return Check(name, python_version())
    return Check(name, python_version(), "missing", remedy)


def _torch(home: Home) -> Iterator[Check]:
    try:
        from kt_gui.engine import devices
    except (ImportError, OSError) as error:
        remedy = tr("Set the program up again: python3 start.py")
        yield Check("torch", tr("cannot be loaded: {reason}", reason=str(error)), "missing", remedy)
        return
    told = devices.describe_machine()
    yield Check("torch", str(told["torch"]))
    yield Check(
        tr("Processor"),
        trn("{name}, {count} core", "{name}, {count} cores", int(told["cores"]), name=str(told["processor"])),
    )
    yield Check(
        tr("Memory"),
        tr(
            "{free} of {total} free",
            free=gigabytes(int(told["memory_available"])),
            total=gigabytes(int(told["memory"])),
        ),
    )
    yield Check(tr("Accelerator"), str(told["accelerator"]) or tr("none: networks learn on the processor"))
    yield from _speeds(home)


def _speeds(home: Home) -> Iterator[Check]:
    """Tell what was measured on this machine; a usual network is measured now where it never was."""
    from kt_gui.engine import devices

    name = tr("Half precision")
    options = devices.options(Training())
    if len({precision for precision, _ in options.ways}) == 1:
        yield Check(name, tr("none that gains; fp32 is used"))
    else:
        yield Check(name, _half_precision(_usual_speeds(options, home), options))
    for speeds in measured.recall_all(home, devices.machine()):
        yield Check(tr("Measured"), _measured(speeds))


def _usual_speeds(options: "Options", home: Home) -> measured.Speeds:
    from kt_gui.engine import backbones

    network = backbones.create(USUAL, (), USUAL_SIZE, seed=0)
    speeds = resolving.recall(Training(), network, options, home)
    if resolving.is_known(speeds, options):
        return speeds
    return resolving.measure(speeds, network, options, home, StopToken())


def _half_precision(speeds: measured.Speeds, options: "Options") -> str:
    """Compare the best half precision does with the best fp32 does."""
    from kt_gui.engine.probing import GAIN

    half = options.ways[-1][0]
    quickest = {name: min(s for way, s in speeds.seconds.items() if way.startswith(name)) for name in ("fp32", half)}
    times = quickest["fp32"] / quickest[half]
    values: dict[str, str | int] = {
        "precision": half,
        "times": number(round(times, 2)),
        "network": speeds.network,
        "size": speeds.image_size,
    }
    if times >= GAIN:
        return tr("{precision} is {times} times as fast as fp32 ({network} at {size} px, measured here)", **values)
    return tr(
        "{precision} has {times} times the speed of fp32: no gain ({network} at {size} px, measured here)", **values
    )


def _measured(speeds: measured.Speeds) -> str:
    """Say in which way a network learns here, and what it gains by that."""
    from kt_gui.engine.probing import choose

    simplest, *_ = ways = list(speeds.seconds)
    way = choose(ways, speeds.seconds)
    values: dict[str, str | int] = {
        "network": speeds.network,
        "size": speeds.image_size,
        "device": speeds.device,
        "way": way.replace("_", " "),
        "times": number(round(speeds.seconds[simplest] / speeds.seconds[way], 2)),
    }
    if way == simplest:
        return tr("{network} at {size} px on {device}: {way}, nothing else gains", **values)
    return tr("{network} at {size} px on {device}: {way}, {times} times as fast as the simplest way", **values)


def _qt() -> Iterator[Check]:
    obstacles = preflight.find_obstacles()
    if not obstacles:
        yield Check(tr("Window"), tr("Qt can start on {platform}", platform=preflight.platform_name()))
    for obstacle in obstacles:
        yield Check(tr("Window"), obstacle.message, "limited", obstacle.remedy)


def _folder(title: str, folder: Path) -> Check:
    try:
        make_folder(folder)
        with disk_troubles(folder), tempfile.TemporaryFile(dir=folder):
            return Check(title, tr("{folder} can be written to", folder=str(folder)))
    except UserError as error:
        return Check(title, error.message, "missing", error.remedy)


def _room(home: Home) -> Check:
    place = next(folder for folder in (home.data, *home.data.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    found = tr("{free} free", free=gigabytes(free))
    if free >= ROOM:
        return Check(tr("Disk"), found)
    return Check(tr("Disk"), found, "limited", tr("Make room, or set KT_HOME to a folder on another disk."))


def _cache(home: Home) -> Check:
    used, room = gigabytes(cache.used(home)), gigabytes(cache.room(home))
    if cache.is_wanted(home):
        return Check(tr("Cache"), tr("{used} of {room} used", used=used, room=room))
    remedy = tr("Give it some room in the settings: what frozen blocks compute is then computed once.")
    return Check(tr("Cache"), tr("switched off, {used} used", used=used), "limited", remedy)


def _settings(home: Home) -> Check:
    _, notice = preferences.load(home)
    if notice is None:
        return Check(tr("Settings"), tr("can be read"))
    return Check(tr("Settings"), str(notice.message), "limited", str(notice.remedy))


def _examples() -> Check:
    needed = (
        "examples/emoji-twemoji.json",
        "examples/emoji-noto.json",
        "examples/fashion.json",
        "experiments/emoji.toml",
    )
    absent = [name for name in needed if not (resources() / name).is_file()]
    if not absent:
        return Check(tr("Examples"), str(resources()))
    return Check(tr("Examples"), tr("missing: {names}", names=", ".join(absent)), "missing", tr("Install it again."))


def _bundled_model() -> Check:
    name = tr("Bundled model")
    try:
        from kt_gui.engine.weights import weights_address

        return Check(name, str(weights_address("bundled/efficientnet_lite0")))
    except (ImportError, OSError, UserError) as error:
        return Check(name, str(error), "limited", tr("Set the program up again: python3 start.py"))


def _fonts() -> Check:
    found = sorted(path.stem for path in (resources() / "fonts").glob("*.[ot]tf"))
    if found:
        return Check(tr("Fonts"), ", ".join(found))
    return Check(tr("Fonts"), tr("none comes along"), "limited", tr("Install it again, or install Noto Sans CJK."))
