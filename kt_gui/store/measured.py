"""Remembers what was measured on this machine, so that it is measured once: one small file a network and size.

A cache: a file that is broken, missing or refused only means that it is measured again.
"""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from kt_gui.schema.codec import UNDECODABLE
from kt_gui.schema.errors import UserError
from kt_gui.store.files import make_folder, write
from kt_gui.store.folders import Home

FOLDER = "measured"


class Speeds(msgspec.Struct, frozen=True, kw_only=True):
    """How long a training step of one network takes on one machine."""

    machine: str
    """What decides: processor, cores, accelerator, torch."""
    device: str
    network: str
    image_size: int
    pictures: int
    """Of a step, at most."""
    seconds: dict[str, float] = {}
    """Of a step, by precision and memory format, such as "fp32 contiguous"."""


def recall(home: Home, asked: Speeds) -> Speeds:
    """Give what was measured of what is asked for; where it never was, or is no longer readable, what was asked."""
    found = _read(_path(home, asked))
    return found if found is not None and _key(found) == _key(asked) else asked


def recall_all(home: Home, machine: str) -> Iterator[Speeds]:
    """Give everything that was measured on this machine, in a lasting order."""
    found = (_read(path) for path in (home.cache / FOLDER).glob("*.json"))
    yield from sorted((each for each in found if each is not None and each.machine == machine), key=_key)


def remember(home: Home, speeds: Speeds) -> None:
    """Keep what was measured, where the disk takes it."""
    path = _path(home, speeds)
    # Of two programs that measure the same at once, one may find its file moved away by the other: nothing is lost.
    with suppress(UserError, OSError):
        make_folder(path.parent)
        write(path, msgspec.json.format(msgspec.json.encode(speeds)))


def _key(speeds: Speeds) -> tuple[str, str, str, int, int]:
    return (speeds.machine, speeds.network, speeds.device, speeds.image_size, speeds.pictures)


def _path(home: Home, speeds: Speeds) -> Path:
    written = "\n".join(str(part) for part in _key(speeds))
    return home.cache / FOLDER / f"{hashlib.blake2b(written.encode(), digest_size=16).hexdigest()}.json"


def _read(path: Path) -> Speeds | None:
    with suppress(OSError, *UNDECODABLE):
        return msgspec.json.decode(path.read_bytes(), type=Speeds)
    return None
