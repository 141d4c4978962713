"""Where picture files lie: in a folder, or in a zip that is read in place. Lists and opens them, decodes nothing."""

import io
import os
import threading
import zipfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from kt_gui.engine.decoding import Open, Unusable, opening
from kt_gui.engine.file_troubles import unreadable
from kt_gui.engine.layout import Parts, is_junk
from kt_gui.engine.pools import Pace
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Progressed, Skipped
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.schema.texts import Message, mark, tr

LARGEST_FILE = 512 * 2**20
"""Bytes of one unpacked file of a zip; a larger one is no picture."""

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
"""Ways of packing that Python can undo."""

BOMB_BYTES = 2**30
BOMB_RATIO = 100
"""A zip that says it unpacks to more than a gigabyte and to a hundred times its size is a trap."""


NAMELESS = Message(mark("Its name is not text in UTF-8: give it another."))


@dataclass(frozen=True)
class PictureFiles:
    """All files of a place, each by its path in it, and all folders; hidden files and junk are left out."""

    title: str
    files: list[Parts]
    opens: list[Open]
    folders: set[Parts]
    skipped: list[Skipped]


def list_folder(path: Path, stop: StopToken) -> Generator[Progressed, None, PictureFiles]:
    """List a folder and all folders in it, links followed once. Raises UserError where it is missing or closed."""
    found = PictureFiles(title=path.name or str(path), files=[], opens=[], folders=set(), skipped=[])
    top = _entries_of_top(path)
    waiting: list[tuple[Parts, list[os.DirEntry[str]]]] = [((), top)]
    seen = {(entry.name, os.path.realpath(path)) for entry in top}
    pace = Pace()
    while waiting:
        if stop.requested():
            raise Stopped
        parts, entries = waiting.pop()
        waiting.extend(_take(found, parts, entries, seen))
        if pace.is_due():
            yield Progressed(activity="reading", done=0, total=0, subject=found.title, unit="files")
    return _sorted(found)


def _entries_of_top(path: Path) -> list[os.DirEntry[str]]:
    remedy = tr("Choose a folder that holds one subfolder per class.")
    try:
        return _entries(path)
    except FileNotFoundError as error:
        raise UserError(tr("Folder {path} does not exist.", path=str(path)), remedy) from error
    except NotADirectoryError as error:
        raise UserError(tr("{path} is not a folder.", path=str(path)), remedy) from error
    except OSError as error:
        raise UserError(
            tr("Folder {path} cannot be read: {details}", path=str(path), details=error.strerror or str(error)),
            tr("Give yourself the right to read it, or choose another folder."),
        ) from error


def _entries(path: Path) -> list[os.DirEntry[str]]:
    with os.scandir(path) as entries:
        return [entry for entry in entries if not is_junk(entry.name)]


def _take(
    found: PictureFiles, parts: Parts, entries: list[os.DirEntry[str]], seen: set[tuple[str, str]]
) -> list[tuple[Parts, list[os.DirEntry[str]]]]:
    """Put a folder's files into `found`; give back its folders with what is in them."""
    deeper = []
    for entry in sorted(entries, key=lambda entry: entry.name):
        inside = (*parts, entry.name)
        if not is_text(entry.name):
            found.skipped.append(Skipped(name=told("/".join(inside)), reason=NAMELESS))
        elif not entry.is_dir():
            found.files.append(inside)
            found.opens.append(opening(entry.path))
        elif _is_new(inside, entry, seen):
            found.folders.add(inside)
            deeper.append((inside, _entries_or_skip(found, inside, Path(entry.path))))
    return deeper


def is_text(name: str) -> bool:
    """Whether a name can be written down; a file of any other can be opened, but not be kept in a run."""
    return told(name) == name


def told(name: str) -> str:
    """Give a name as it can be shown: with a question mark for what is not UTF-8."""
    return name.encode("utf-8", "replace").decode()


def _is_new(inside: Parts, entry: os.DirEntry[str], seen: set[tuple[str, str]]) -> bool:
    """Whether this folder was not met in the same top folder before: links may lead round in a circle."""
    key = (inside[0], os.path.realpath(entry.path))
    known = key in seen
    seen.add(key)
    return not known


def _entries_or_skip(found: PictureFiles, inside: Parts, path: Path) -> list[os.DirEntry[str]]:
    try:
        return _entries(path)
    except OSError as error:
        reason = Message(mark("This folder cannot be read: {details}"), {"details": error.strerror or str(error)})
        found.skipped.append(Skipped(name="/".join(inside), reason=reason))
        return []


def _sorted(found: PictureFiles) -> PictureFiles:
    """The same in the order of the paths, so that every system lists a folder alike."""
    order = sorted(range(len(found.files)), key=lambda index: found.files[index])
    found.files[:], found.opens[:] = [found.files[i] for i in order], [found.opens[i] for i in order]
    return found


def list_archive(path: Path, stop: StopToken) -> Generator[Progressed, None, PictureFiles]:
    """List a zip without unpacking it. Raises UserError where it is missing, broken, locked or a trap."""
    yield Progressed(activity="reading", done=0, total=0, subject=path.name, unit="files")
    archive = _open_archive(path)
    members = archive.infolist()
    _check(path, members)
    if stop.requested():
        raise Stopped
    found = PictureFiles(title=path.stem, files=[], opens=[], folders=set(), skipped=[])
    lock = threading.Lock()
    for member in members:
        parts = _parts(member)
        if not parts or any(is_junk(part) for part in parts):
            continue
        if not member.is_dir():
            found.files.append(parts)
            found.opens.append(_reading(archive, member, lock))
        folder = parts if member.is_dir() else parts[:-1]
        found.folders.update(folder[:depth] for depth in range(1, len(folder) + 1))
    return _sorted(found)


def _open_archive(path: Path) -> zipfile.ZipFile:
    remedy = tr("Choose a zip that holds one folder per class.")
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError) as error:
        raise UserError(
            tr("File {path} is not a whole zip: {details}", path=str(path), details=str(error)),
            tr("Copy or download it again, or unpack it and choose the folder."),
        ) from error
    except OSError as error:
        raise unreadable(path, error, remedy) from error


def _check(path: Path, members: list[zipfile.ZipInfo]) -> None:
    """Refuse what cannot be read, or must not."""
    unpacked = sum(member.file_size for member in members)
    if unpacked > max(BOMB_BYTES, BOMB_RATIO * path.stat().st_size):
        raise UserError(
            tr(
                "{path} would unpack to {size} GB: it looks like a trap.", path=str(path), size=round(unpacked / 1e9, 1)
            ),
            tr("If you trust it, unpack it and choose the folder."),
        )
    locked = next((member for member in members if member.flag_bits & 0x1), None)
    if locked is not None:
        raise UserError(
            tr("{path} is locked with a password (file {name}).", path=str(path), name=locked.filename),
            tr("Unpack it with its password and choose the folder."),
        )
    strange = next((member for member in members if member.compress_type not in METHODS), None)
    if strange is not None:
        raise UserError(
            tr(
                "{path} is packed in a way that cannot be read here (file {name}).",
                path=str(path),
                name=strange.filename,
            ),
            tr("Unpack it and choose the folder."),
        )


def _parts(member: zipfile.ZipInfo) -> Parts:
    """A member's path in folders, whatever system wrote it; what would lead out of the zip is dropped."""
    name = member.filename
    if not member.flag_bits & 0x800:  # no mark of UTF-8: many programs write UTF-8 all the same
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = member.filename
    return tuple(part for part in name.replace("\\", "/").split("/") if part not in ("", ".", ".."))


def _reading(archive: zipfile.ZipFile, member: zipfile.ZipInfo, lock: threading.Lock) -> Open:
    """Open one member. Under a lock: a ZipFile counts its readers without one."""

    def read() -> io.BytesIO:
        if member.file_size > LARGEST_FILE:
            raise Unusable(Message(mark("It is too large for a picture.")))
        with lock:
            return io.BytesIO(archive.read(member))

    return read
