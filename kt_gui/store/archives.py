"""Unpacks tar, zip and gzip files: nothing lands outside the folder, and the folder comes whole or not at all."""

import gzip
import lzma
import shutil
import tarfile
import time
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import BinaryIO

from kt_gui.schema.downloads import RemoteFile
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event, Progressed
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.schema.texts import tr

BLOCK = 1 << 20
INTERVAL_S = 0.05


def unpack(archive: Path, folder: Path, stop: StopToken) -> Generator[Event, None, None]:
    """Unpack an archive into a new folder.

    Raises:
        UserError: the archive is broken, or one of its members would land outside the folder.
        Stopped: the stop was requested; nothing is left behind.
    """
    with _whole_or_nothing(folder) as staging:
        yield from _unpack_into(archive, staging, stop)


def unpack_all(
    fetched: tuple[tuple[Path, RemoteFile], ...], folder: Path, stop: StopToken
) -> Generator[Event, None, None]:
    """Bring the files of one set together in a new folder, archives unpacked. Raises as `unpack`."""
    with _whole_or_nothing(folder) as staging:
        for path, file in fetched:
            if file.unpack:
                yield from _unpack_into(path, staging, stop)
            else:
                shutil.copyfile(path, staging / file.filename)
            for inner in file.inner:
                yield from _unpack_into(staging / inner, staging, stop)
                (staging / inner).unlink()


@contextmanager
def _whole_or_nothing(folder: Path) -> Iterator[Path]:
    """Give a folder beside the wanted one; it takes the wanted one's name only if all went well."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(mkdtemp(prefix=f".{folder.name}.", suffix=".unpacking", dir=folder.parent))
    try:
        yield staging
        staging.chmod(0o755)
        staging.rename(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _unpack_into(archive: Path, folder: Path, stop: StopToken) -> Generator[Event, None, None]:
    with _broken_archives(archive), archive.open("rb") as raw:
        total, last = archive.stat().st_size, 0.0
        for _ in _members(archive, raw, folder):
            if stop.requested():
                raise Stopped
            if time.monotonic() - last >= INTERVAL_S:
                last = time.monotonic()
                yield Progressed(
                    activity="unpacking", done=min(raw.tell(), total), total=total, subject=archive.name, unit="bytes"
                )


def _members(archive: Path, raw: BinaryIO, folder: Path) -> Iterator[None]:
    """Unpack member by member; `raw` stands where reading has come to."""
    if zipfile.is_zipfile(archive):
        return _zip_members(raw, folder)
    if tarfile.is_tarfile(archive):
        return _tar_members(raw, folder)
    return _gzip_member(raw, folder / archive.stem)


def _zip_members(raw: BinaryIO, folder: Path) -> Iterator[None]:
    with zipfile.ZipFile(raw) as opened:
        for member in opened.infolist():
            opened.extract(member, folder)  # drops drive letters, leading slashes and ".."
            yield


def _tar_members(raw: BinaryIO, folder: Path) -> Iterator[None]:
    with tarfile.open(fileobj=raw, mode="r:*") as opened:
        for member in opened:
            opened.extract(member, folder, filter="data")
            yield
        while opened.fileobj and opened.fileobj.read(BLOCK):  # tarfile stops early: a cut end shows only here
            yield


def _gzip_member(raw: BinaryIO, target: Path) -> Iterator[None]:
    with gzip.open(raw) as opened, target.open("wb") as out:
        while block := opened.read(BLOCK):
            out.write(block)
            yield


@contextmanager
def _broken_archives(archive: Path) -> Iterator[None]:
    try:
        yield
    except tarfile.FilterError as error:
        raise UserError(
            tr("{file} was not unpacked: it wants to write outside its folder.", file=archive.name),
            tr("Do not use this file; get it from its makers again."),
        ) from error
    except (tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, EOFError, zlib.error, lzma.LZMAError) as error:
        raise UserError(
            tr("{file} is damaged and cannot be unpacked.", file=archive.name),
            tr("Delete {path} and download it again.", path=str(archive)),
        ) from error
