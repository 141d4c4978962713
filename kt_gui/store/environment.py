"""What a run found around it and goes on with: versions, how it uses the machine, which data, how it was dealt out."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from platform import platform, python_version
from typing import Literal

import msgspec

from kt_gui import __version__
from kt_gui.schema.codec import UNDECODABLE
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Phase
from kt_gui.schema.texts import tr
from kt_gui.store.files import write

FILE = "environment.json"
SPLIT = "split.json"
PACKAGES = ("torch", "torchvision", "timm", "numpy", "scipy", "scikit-learn", "pillow", "safetensors", "msgspec")
"""What computes, or reads what is computed with."""

Role = Literal["source", "target"]


class Fold(msgspec.Struct, frozen=True, kw_only=True):
    """That a run is there to judge a setting by a fold: its figures count, its weights go when it has ended."""


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """The surroundings of a run; filled in as the run comes to know them, never asked again when it is resumed."""

    versions: dict[str, str] = {}
    code: str = ""
    """Hash of the program's own source files; empty where an older version did not note it."""
    system: str = ""
    resolved: dict[Phase, dict[str, str | int | bool]] = {}
    """Device, precision, memory format, threads and reuse of each phase."""
    data: dict[Role, str] = {}
    """Hashes of the pictures and labels."""
    splits: dict[Role, str] = {}
    """Hashes of how they were dealt out."""
    fold: Fold | None = None
    """None for a run whose weights are kept."""


class Deal(msgspec.Struct, frozen=True, kw_only=True):
    """Who learns, who chooses, who tests: by name for people, by index for the program."""

    train: Sequence[str]
    validation: Sequence[str]
    test: Sequence[str]
    indexes: dict[str, list[int]]


def around_here() -> Environment:
    """Note the versions of what computes."""
    return Environment(versions=dict(_versions()), code=_code_sum(), system=platform())


@cache
def _code_sum() -> str:
    """Hash the program's own source files, by name and content, whatever system wrote their lines' ends."""
    top, whole = Path(__file__).resolve().parents[1], hashlib.sha256()
    for path in sorted(top.rglob("*.py"), key=lambda path: path.relative_to(top).as_posix()):
        whole.update(path.relative_to(top).as_posix().encode() + b"\0")
        whole.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return whole.hexdigest()


@cache
def _versions() -> Mapping[str, str]:
    from importlib.metadata import PackageNotFoundError, version  # here: slow to import, and not needed by the window

    found = {"kt-gui": __version__, "python": python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def read(run: Path) -> Environment:
    """Read what a run knows; a new one knows its versions. Raises UserError."""
    path = run / FILE
    if not path.is_file():
        return around_here()
    try:
        return msgspec.json.decode(path.read_bytes(), type=Environment)
    except UNDECODABLE as error:
        raise damaged(path) from error


def recorded(run: Path) -> Environment:
    """Read what was written down of a run; nothing of now is taken for then. Raises UserError."""
    return read(run) if (run / FILE).is_file() else Environment()


def save(run: Path, environment: Environment) -> None:
    """Write what a run knows. Raises UserError."""
    write(run / FILE, msgspec.json.format(msgspec.json.encode(environment)))


def read_deal(run: Path, role: Role) -> Deal | None:
    """Read how a data set was dealt out in this run; None where it was not yet. Raises UserError where damaged."""
    deal = _deals(run).get(role)
    noted = read(run).splits.get(role)  # runs of older versions noted none
    if deal is not None and noted not in (None, _sum_of(deal)):
        raise damaged(run / SPLIT)
    return deal


def save_deal(run: Path, role: Role, deal: Deal) -> None:
    """Write how a data set was dealt out, and its hash into what the run knows. Raises UserError."""
    write(run / SPLIT, msgspec.json.encode({**_deals(run), role: deal}))
    known = read(run)
    save(run, msgspec.structs.replace(known, splits={**known.splits, role: _sum_of(deal)}))


def _sum_of(deal: Deal) -> str:
    return hashlib.sha256(msgspec.json.encode(deal.indexes)).hexdigest()


def _deals(run: Path) -> dict[Role, Deal]:
    path = run / SPLIT
    if not path.is_file():
        return {}
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[Role, Deal])
    except UNDECODABLE as error:
        raise damaged(path) from error


def damaged(path: Path) -> UserError:
    """Say that a file is not what was written."""
    return UserError(
        tr("{file} is damaged.", file=str(path)),
        tr("Put it back from a copy, or run the experiment again."),
    )
