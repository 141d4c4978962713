"""Looks at this machine: what the program can do here, what is missing, and the remedy."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from platform import platform, python_version
from typing import Literal

import msgspec

from kt_gui import __version__, preflight
from kt_gui.schema.errors import UserError
from kt_gui.schema.quantities import gigabytes
from kt_gui.schema.texts import tr, trn
from kt_gui.store import preferences
from kt_gui.store.files import disk_troubles, make_folder
from kt_gui.store.folders import Home, resources

OLDEST, NEWEST = (3, 11), (3, 14)
ROOM = 1_000_000_000
"""Bytes that runs and downloads should find."""


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
    yield from _torch()
    yield from _qt()
    for title, folder in (
        (tr("Data folder"), home.data),
        (tr("Cache folder"), home.cache),
        (tr("Settings folder"), home.config),
        (tr("Log folder"), home.log),
    ):
        yield _folder(title, folder)
    yield _room(home)
    yield _settings(home)
    yield _examples()
    yield _bundled_model()
    yield _fonts()


def _python() -> Check:
    name, remedy = tr("Python"), tr("Use Python 3.{oldest} to 3.{newest}.", oldest=OLDEST[1], newest=NEWEST[1])
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return Check(name, python_version())
    return Check(name, python_version(), "missing", remedy)


def _torch() -> Iterator[Check]:
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
    yield Check(tr("Half precision"), _precision(bool(told["cpu_bf16"]), bool(told.get("accelerator_bf16"))))


def _precision(cpu: bool, accelerator: bool) -> str:
    if accelerator:
        return tr("bf16 on the accelerator")
    return tr("bf16 on the processor") if cpu else tr("none that gains; fp32 is used")


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
