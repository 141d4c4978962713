"""What people have said of the pictures of a data set, as a file beside it; never in it.

```
pets/   pets.corrections.json   pets.additions/<digest>.png   pets.excluded/<class>/   (the last only where one asks)
```

Where nothing can be written there, and for sets that come along or were downloaded, it lies in the user's own folder;
what lies there counts. Every change is made under a lock, so that two windows at once lose nothing.
"""

import hashlib
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

import msgspec
from filelock import FileLock, Timeout

from kt_gui.schema.codec import UNDECODABLE
from kt_gui.schema.corrections import VERSION, Corrections
from kt_gui.schema.datasets import Bundled, Catalogued, Dataset, ImageArchive, ImageFolder, ImageTable
from kt_gui.schema.errors import UserError
from kt_gui.schema.texts import tr
from kt_gui.store.environment import Role
from kt_gui.store.files import make_folder, write
from kt_gui.store.folders import Home

FILE, ADDITIONS, EXCLUDED = ".corrections.json", ".additions", ".excluded"
IN_RUN = "corrections.json"
PATIENCE_S = 10.0
"""How long another window may take for its change."""


@dataclass(frozen=True)
class Place:
    """Where the corrections of a data set may lie."""

    beside: Path | None
    """The path next to the data that names of files start with; None for data that is not the user's own."""
    own: Path
    """The same in the user's own folder."""

    @property
    def files(self) -> tuple[Path, ...]:
        """The files, the one that counts first."""
        return tuple(_named(stem, FILE) for stem in (self.own, self.beside) if stem is not None)

    def copies(self, digest: str) -> tuple[Path, ...]:
        """Where the copy of an added picture may lie."""
        stems = (stem for stem in (self.own, self.beside) if stem is not None)
        return tuple(_named(stem, ADDITIONS) / f"{digest}.png" for stem in stems)


def place_of(data: Dataset, home: Home) -> Place:
    """Say where the corrections of a data set may lie. A table read by other columns is the same set."""
    match data:
        case Bundled(name=name):
            return Place(None, home.data / "corrections" / name)
        case Catalogued(name=name, folder=folder):
            return Place(None, home.data / "corrections" / name) if folder is None else _beside(Path(folder), home)
        case ImageFolder(path=path) | ImageArchive(path=path) | ImageTable(path=path):
            return _beside(Path(path), home)
        case _:
            assert_never(data)


def _beside(data: Path, home: Home) -> Place:
    full = data.expanduser().absolute()
    sign = hashlib.blake2b(str(full).encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
    plain = re.sub(r"[^\w.-]", "_", full.name)[:60]
    return Place(full if full.name else None, home.data / "corrections" / f"{plain}-{sign}")


def file_of(data: Dataset, home: Home) -> Path:
    """Tell where what is said of a data set is written, or would be."""
    place = place_of(data, home)
    there = next((file for file in place.files if file.is_file()), None)
    if there is not None or place.beside is None:
        return there or place.files[0]
    return _named(place.beside if _is_open(place.beside.parent) else place.own, FILE)


def is_beside(data: Dataset, file: Path, home: Home) -> bool:
    """Whether a file of corrections lies next to the data, where it goes along when that is copied."""
    beside = place_of(data, home).beside
    return beside is not None and file.parent == beside.parent


def read(data: Dataset, home: Home) -> Corrections:
    """Read what was said of a data set. Raises UserError where its file is damaged, or a newer program's."""
    return _read(file_of(data, home))


def change(data: Dataset, home: Home, deed: Callable[[Corrections], Corrections]) -> Corrections:
    """Change what is said of a data set; nobody else does meanwhile. Raises UserError; nothing is written then."""
    with _held(place_of(data, home), home):
        file = file_of(data, home)
        before = _read(file)
        after = deed(before)
        if after != before:
            _save(data, home, file, msgspec.json.format(msgspec.json.encode(after)))
        return after


def keep_copy(data: Dataset, home: Home, digest: str, png: bytes) -> Path:
    """Keep a copy of an added picture, beside the corrections. It is never removed: runs have learnt from it."""
    own, *beside = place_of(data, home).copies(digest)
    wanted = beside[0] if beside and _is_open(beside[0].parent.parent) else own
    if not wanted.is_file():
        make_folder(wanted.parent)
        write(wanted, png)
    return wanted


def copy_of(data: Dataset, home: Home, digest: str) -> Path:
    """Tell where the copy of an added picture lies, or should."""
    own, *beside = place_of(data, home).copies(digest)
    return next((path for path in (own, *beside) if path.is_file()), beside[0] if beside else own)


def read_in_run(run: Path, role: Role) -> Corrections | None:
    """Read the corrections a run began with; None where it has not read its data yet. Raises UserError."""
    return _in_run(run).get(role)


def keep_in_run(run: Path, role: Role, corrections: Corrections) -> None:
    """Write the corrections a run begins with into its folder. Raises UserError."""
    write(run / IN_RUN, msgspec.json.encode({**_in_run(run), role: corrections}))


def _in_run(run: Path) -> dict[Role, Corrections]:
    path = run / IN_RUN
    if not path.is_file():
        return {}
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[Role, Corrections])
    except UNDECODABLE as error:
        raise _damaged(path) from error


def _save(data: Dataset, home: Home, file: Path, content: bytes) -> None:
    """Write; where what lies beside the data has been closed since, into the user's own folder, which counts."""
    if is_beside(data, file, home) and not _is_open(file.parent):
        file = place_of(data, home).files[0]
    make_folder(file.parent)
    write(file, content)


def _read(file: Path) -> Corrections:
    try:
        found = msgspec.json.decode(file.read_bytes(), type=Corrections)
    except FileNotFoundError:
        return Corrections()
    except UNDECODABLE as error:
        raise _damaged(file) from error
    except OSError as error:
        raise UserError(
            tr("{file} cannot be read: {reason}.", file=str(file), reason=error.strerror or str(error)),
            tr("Allow reading it, or move it away to begin without corrections."),
        ) from error
    if found.version > VERSION:
        raise UserError(
            tr("{file} was written by a newer version of the program.", file=str(file)), tr("Update the program.")
        )
    return found


@contextmanager
def _held(place: Place, home: Home) -> Iterator[None]:
    """Hold a data set's corrections. The lock lies in the user's own folder, to leave the data's folder tidy."""
    folder = home.data / "corrections"
    make_folder(folder)
    lock = FileLock(folder / f".{place.own.name}.lock", timeout=PATIENCE_S)
    try:
        lock.acquire()
    except Timeout as error:
        raise UserError(
            tr("Another window is changing the corrections of {data}.", data=(place.beside or place.own).name),
            tr("Try again when it has finished."),
        ) from error
    try:
        yield
    finally:
        lock.release()


def _named(stem: Path, ending: str) -> Path:
    return stem.with_name(stem.name + ending)


def _is_open(folder: Path) -> bool:
    """Whether files can be made there: only trying tells on every system."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _damaged(file: Path) -> UserError:
    return UserError(
        tr("{file} is damaged; it holds what was corrected in the data set.", file=str(file)),
        tr("Put it back from a copy, or move it away to begin without corrections."),
    )
