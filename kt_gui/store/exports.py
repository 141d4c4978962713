"""What is taken along from a run: written out of sight, and put in its place only once it was found right.

An export lies in the run's `exports` folder, or where a person says. Nothing that lies there is ever overwritten: in
the run's folder the next one gets a number, elsewhere the person is told.
"""

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Checkpoint
from kt_gui.schema.texts import tr
from kt_gui.store.files import disk_troubles, make_folder, sync_folder, write_through

FOLDER = "exports"
DATE = re.compile(r"^\d{4}-\d\d-\d\d-")
"""How the folder of a run begins; whoever gets a file does not care."""


def stem(run: Path, checkpoint: Checkpoint) -> str:
    """Name an export after its run, and after the checkpoint where that is not the best."""
    ending = (
        "" if checkpoint == "best" else f"-epoch{checkpoint + 1}" if isinstance(checkpoint, int) else f"-{checkpoint}"
    )
    return DATE.sub("", run.absolute().name) + ending


def place_for(run: Path, out: Path | None, name: str, suffixes: Sequence[str]) -> Path:
    """Say where an export goes, without any of its suffixes: a file of each of these will lie there.

    `out` may be a folder that is there, or a file's name, with the first suffix or without. Raises UserError where
    something lies there already.
    """
    if out is None:
        return _numbered(run / FOLDER, name, suffixes)
    chosen = out.expanduser().absolute()
    place = chosen / name if chosen.is_dir() else chosen.with_name(chosen.name.removesuffix(suffixes[0]))
    taken = [path for path in _paths(place, suffixes) if path.exists()]
    if taken:
        raise UserError(
            tr("{file} is there already, and nothing is overwritten.", file=str(taken[0])),
            tr("Name another file, or move that one away."),
        )
    return place


def _numbered(folder: Path, name: str, suffixes: Sequence[str]) -> Path:
    number, place = 1, folder / name
    while any(path.exists() for path in _paths(place, suffixes)):
        number += 1
        place = folder / f"{name}-{number}"
    return place


def _paths(place: Path, suffixes: Sequence[str]) -> list[Path]:
    return [place.with_name(f"{place.name}{suffix}") for suffix in suffixes]


@contextmanager
def draft(place: Path) -> Iterator[Path]:
    """Give a hidden folder beside a place, on the same disk; it is gone afterwards, with all that was left in it."""
    make_folder(place.parent)
    with disk_troubles(place):
        hidden = Path(tempfile.mkdtemp(prefix=".draft-", dir=place.parent))
    try:
        inside = hidden / "draft"  # with the rights that new folders have; the hidden one is its maker's alone
        inside.mkdir()
        yield inside
    finally:
        shutil.rmtree(hidden, ignore_errors=True)


def put(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a draft, by name. Raises UserError where the disk refuses."""
    for name, content in files.items():
        with disk_troubles(folder / name):
            write_through(folder / name, content)


def publish(folder: Path, place: Path) -> tuple[Path, ...]:
    """Move a draft's files to their place, each called as the place and then its suffix. Gives their paths."""
    found = []
    for path in sorted(folder.iterdir()):
        target = place.with_name(path.name)
        with disk_troubles(target):
            path.rename(target)
        found.append(target)
    sync_folder(place.parent)
    return tuple(found)


def publish_folder(folder: Path, place: Path, first: str) -> tuple[Path, ...]:
    """Make a draft the folder at a place. Gives the paths of its files, the first one first."""
    with disk_troubles(place):
        folder.rename(place)
    sync_folder(place.parent)
    return (place / first, *(path for path in sorted(place.iterdir()) if path.name != first))
