"""Fetches files from elsewhere: with progress, resumable, checked, whole or not at all. Unpacking is in `archives`."""

import errno
import hashlib
import re
import shutil
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from filelock import FileLock, Timeout

from kt_gui.schema.downloads import RemoteFile
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Activity, Event, Progressed
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.schema.texts import thousands, tr
from kt_gui.store.archives import unpack_all

BLOCK = 1 << 18
INTERVAL_S = 0.05
TIMEOUT_S = 20.0
TRIES = 3


def fetch(file: RemoteFile, folder: Path, stop: StopToken) -> Generator[Event, None, Path]:
    """Download a file into a folder, once; what lies there already under its name is whole.

    What a broken or stopped download got is kept beside it as `.part`, and the next call goes on from there.
    A second process waits for the first and takes its file.

    Raises:
        UserError: no address answers, the sum is wrong (what came is thrown away), the disk is full or closed.
        Stopped: the stop was requested.
    """
    target = folder / file.filename
    if target.is_file():
        return target
    part = target.with_name(f"{target.name}.part")
    with _disk_troubles(file, folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = yield from _locked(target, stop)
        try:
            if not target.is_file():
                yield from _receive_from_any(file, part, stop)
                part.replace(target)
        finally:
            lock.release()
    return target


def download(files: tuple[RemoteFile, ...], folder: Path, stop: StopToken) -> Generator[Event, None, None]:
    """Fetch a set's files and unpack its archives; `folder` comes to be whole or not at all.

    Raises:
        UserError, Stopped: as in `fetch` and `archives.unpack`.
    """
    with _disk_troubles(files[0], folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock = yield from _locked(folder, stop)
        try:
            if not folder.is_dir():
                yield from _install(files, folder, stop)
        finally:
            lock.release()


def _install(files: tuple[RemoteFile, ...], folder: Path, stop: StopToken) -> Generator[Event, None, None]:
    waiting = waiting_folder(folder)
    fetched = []
    for file in files:
        path = yield from fetch(file, waiting, stop)
        fetched.append((path, file))
    _check_space(files[0], waiting, sum(_size(path) for path, _ in fetched))
    yield from unpack_all(tuple(fetched), folder, stop)
    shutil.rmtree(waiting, ignore_errors=True)


def waiting_folder(folder: Path) -> Path:
    """Tell where a set's files gather until they are unpacked; where it exists, the download is partial."""
    return folder.with_name(f"{folder.name}.download")


def _locked(target: Path, stop: StopToken) -> Generator[Event, None, FileLock]:
    """Wait until no other process writes this file."""
    lock = FileLock(target.with_name(f".{target.name}.lock"))
    while True:
        try:
            lock.acquire(timeout=0.2)
        except Timeout:
            yield Progressed(activity="downloading", done=0, total=0, subject=target.name, unit="bytes")
        else:
            return lock
        if stop.requested():
            raise Stopped


def _receive_from_any(file: RemoteFile, part: Path, stop: StopToken) -> Generator[Event, None, None]:
    """Try the addresses in turn, each again while it gives bytes; leave the whole, checked file in `part`."""
    failure: httpx.HTTPError | _WrongSumError | None = None
    for url in file.urls:
        for _ in range(TRIES):
            before = _size(part)
            try:
                promised = yield from _receive(url, file, part, stop)
                yield from _check(file, promised, part, stop)
            except httpx.HTTPError as error:
                failure, again = error, _size(part) > before
            except _WrongSumError as error:
                failure, again = error, before > 0  # what an earlier try left may be to blame
            else:
                return
            if not again:
                break
    raise _explained(failure, file, part.parent)


def _receive(url: str, file: RemoteFile, part: Path, stop: StopToken) -> Generator[Event, None, str]:
    """Append to `part` what is missing; returns the sha256 the server promises, or an empty string."""
    done = _size(part)
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={done}-"} if done else {})
    with httpx.stream("GET", url, headers=headers, follow_redirects=True, timeout=TIMEOUT_S) as response:
        if done and response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            if _whole_size(response) != done:
                part.unlink()
                raise _WrongSumError
            return _promised_sum(response)
        response.raise_for_status()
        if response.status_code != httpx.codes.PARTIAL_CONTENT:
            done = 0
        total = done + int(response.headers.get("Content-Length", 0))
        _check_space(file, part.parent, max(total, file.size or 0) - done)
        yield from _write(response, part, done, total, file.filename, stop)
        return _promised_sum(response)


def _write(
    response: httpx.Response, part: Path, done: int, total: int, name: str, stop: StopToken
) -> Generator[Event, None, None]:
    pace = _Pace("downloading", name, total)
    with part.open("ab" if done else "wb") as out:
        for block in response.iter_raw(BLOCK):
            out.write(block)
            done += len(block)
            yield from pace.tell(done)
            if stop.requested():
                raise Stopped
    yield Progressed(activity="downloading", done=done, total=total or done, subject=name, unit="bytes")


def _check(file: RemoteFile, promised: str, part: Path, stop: StopToken) -> Generator[Event, None, None]:
    """Compare size and sum; a file that is not the right one is thrown away."""
    kind, expected = ("md5", file.md5) if file.md5 else ("sha256", file.sha256 or promised)
    actual = (yield from _sum(kind, part, file.filename, stop)) if expected else ""
    if not actual.startswith(expected.lower()) or file.size not in (None, _size(part)):
        part.unlink()
        raise _WrongSumError


def _sum(kind: str, path: Path, name: str, stop: StopToken) -> Generator[Event, None, str]:
    digest = hashlib.new(kind, usedforsecurity=False)
    pace, done, total = _Pace("preparing", name, _size(path)), 0, _size(path)
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
            done += len(block)
            yield from pace.tell(min(done, total))
            if stop.requested():
                raise Stopped
    return digest.hexdigest()


class _WrongSumError(Exception):
    """What came is not what was asked for."""


class _Pace:
    """Tells of progress in bytes, at most every 50 ms."""

    def __init__(self, activity: Activity, subject: str, total: int) -> None:
        self._activity, self._subject, self._total = activity, subject, total
        self._last = 0.0

    def tell(self, done: int) -> Iterator[Event]:
        now = time.monotonic()
        if now - self._last >= INTERVAL_S:
            self._last = now
            yield Progressed(activity=self._activity, done=done, total=self._total, subject=self._subject, unit="bytes")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _whole_size(response: httpx.Response) -> int | None:
    found = re.fullmatch(r"bytes \*/(\d+)", response.headers.get("Content-Range", ""))
    return int(found[1]) if found else None


def _promised_sum(response: httpx.Response) -> str:
    """Read the sum that the Hugging Face hub sends along with the way to a large file."""
    tags = [answer.headers.get("X-Linked-Etag", "").strip('"') for answer in (*response.history, response)]
    return next((tag for tag in tags if re.fullmatch(r"[0-9a-f]{64}", tag)), "")


def _check_space(file: RemoteFile, folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise _full_disk(file, folder, needed, free)


def _full_disk(file: RemoteFile, folder: Path, needed: int, free: int) -> UserError:
    return UserError(
        tr(
            "{file} does not fit on the disk: {needed} MB are needed in {folder}, {free} MB are free.",
            file=file.filename,
            needed=_megabytes(needed),
            free=_megabytes(free),
            folder=str(folder),
        ),
        tr("Make room and try again; what is already here is kept."),
    )


def _megabytes(size: int) -> str:
    return thousands(-(-size // 1_000_000))


@contextmanager
def _disk_troubles(file: RemoteFile, folder: Path) -> Iterator[None]:
    """Say in plain words what the disk refuses."""
    try:
        yield
    except PermissionError as error:
        raise UserError(
            tr("{file} cannot be written to {folder}: no permission.", file=file.filename, folder=str(folder)),
            tr("Allow writing there, or choose another folder for the program's data."),
        ) from error
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise UserError(
            tr("The disk is full: {file} could not be written to {folder}.", file=file.filename, folder=str(folder)),
            tr("Make room and try again; what is already here is kept."),
        ) from error


def _explained(failure: Exception | None, file: RemoteFile, folder: Path) -> UserError:
    """Turn the last address's failure into words."""
    host = httpx.URL(file.urls[-1]).host
    match failure:
        case _WrongSumError():
            return UserError(
                tr("{file} arrived damaged or is another file than expected; it was thrown away.", file=file.filename),
                tr("Try again. If it happens again, the file at {host} has changed.", host=host),
            )
        case httpx.HTTPStatusError():
            return UserError(
                tr(
                    "{host} does not give {file} (answer {code}).",
                    file=file.filename,
                    host=host,
                    code=failure.response.status_code,
                ),
                tr("Try again later, or put the file into {folder} by hand.", folder=str(folder)),
            )
        case httpx.ConnectError() | httpx.ConnectTimeout():
            return UserError(
                tr("{file} cannot be downloaded: {host} cannot be reached.", file=file.filename, host=host),
                tr("Check the connection to the internet and try again; what is already here is kept."),
            )
        case _:
            return UserError(
                tr("The download of {file} from {host} broke off.", file=file.filename, host=host),
                tr("Try again: it goes on where it stopped."),
            )
