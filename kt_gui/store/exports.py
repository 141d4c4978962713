"""What is taken along from a run: written out of sight, and put in its place only once it was found right.

An export lies in the run's `exports` folder, or where a person says. Nothing that lies there is ever overwritten: in
the run's folder the next one gets a number, elsewhere the person is told.
"""

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Place:
    """Where an export goes: one name or several, side by side in a folder."""

    folder: Path
    names: tuple[str, ...]
    """The one that a person opens first."""

    @property
    def taken(self) -> Path | None:
        """What lies there already."""
        return next((self.folder / name for name in self.names if (self.folder / name).exists()), None)


def place_for(run: Path, out: Path | None, name: str, suffixes: Sequence[str]) -> Place:
    """Say where an export of this name goes; each of its files ends in one of the suffixes.

    `out` may be a folder that is there, or the first file's name, with its ending or without. Raises UserError where
    something lies there already.
    """
    if out is None:
        return _numbered(run / FOLDER, name, suffixes)
    chosen = out.expanduser().absolute()
    if chosen.is_dir():
        place = Place(chosen, _named(name, suffixes))
    else:
        place = Place(chosen.parent, _called(chosen.name, suffixes))
    _check_free(place)
    return place


def _check_free(place: Place) -> None:
    if place.taken is not None:
        raise UserError(
            tr("{file} is there already, and nothing is overwritten.", file=str(place.taken)),
            tr("Name another file, or move that one away."),
        )


def _called(name: str, suffixes: Sequence[str]) -> tuple[str, ...]:
    """Keep the name that a person wrote where it ends as it should, if only in its last few letters."""
    first, *others = suffixes
    ending = next((each for each in (first, Path(first).suffix) if each and name.endswith(each)), "")
    return (name if ending else f"{name}{first}", *_named(name.removesuffix(ending), others))


def _named(name: str, suffixes: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{name}{suffix}" for suffix in suffixes)


def _numbered(folder: Path, name: str, suffixes: Sequence[str]) -> Place:
    number, place = 1, Place(folder, _named(name, suffixes))
    while place.taken is not None:
        number += 1
        place = Place(folder, _named(f"{name}-{number}", suffixes))
    return place


@contextmanager
def draft(place: Place) -> Iterator[Path]:
    """Give a hidden folder beside a place, on the same disk; it is gone afterwards, with all that was left in it."""
    make_folder(place.folder)
    with disk_troubles(place.folder):
        hidden = Path(tempfile.mkdtemp(prefix=".draft-", dir=place.folder))
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


def publish(draft: Path, place: Place) -> tuple[Path, ...]:
    """Move a draft's files to their place. Gives their paths, in the order of the place's names.

    Raises UserError where another export has been put there meanwhile.
    """
    _check_free(place)
    found = tuple(place.folder / name for name in place.names)
    for path in found:
        with disk_troubles(path):
            (draft / path.name).rename(path)
    sync_folder(place.folder)
    return found


def publish_folder(draft: Path, place: Place, first: str) -> tuple[Path, ...]:
    """Make a draft the folder at a place. Gives the paths of its files, the first one first.

    Raises UserError where another export has been put there meanwhile.
    """
    _check_free(place)
    folder = place.folder / place.names[0]
    with disk_troubles(folder):
        draft.rename(folder)
    sync_folder(place.folder)
    return (folder / first, *(path for path in sorted(folder.iterdir()) if path.name != first))
