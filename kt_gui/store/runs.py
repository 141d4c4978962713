"""The runs: one folder each, which stands alone. What is said of a run lies in its `run.json`; the index is a cache.

```
runs/<date>-<name>-<id>/
  experiment.toml   run.json   environment.json   split.json   history.jsonl   checkpoints/
```
"""

import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec
import psutil
from filelock import FileLock, Timeout

from kt_gui.schema.codec import UNDECODABLE, dump_experiment, load_experiment
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Result
from kt_gui.schema.experiment import EarlierRun, Experiment
from kt_gui.schema.recipes import recipe
from kt_gui.schema.summaries import describe_data, describe_source, network_of
from kt_gui.schema.texts import tr
from kt_gui.store.files import disk_troubles, make_folder, write, write_through
from kt_gui.store.folders import Home
from kt_gui.store.index import Index

FILE = "run.json"
EXPERIMENT = "experiment.toml"
LOCK = ".lock"

State = Literal["running", "finished", "stopped", "cancelled", "interrupted", "failed"]


class Process(msgspec.Struct, frozen=True):
    """Who is at work on a run: a number that comes again needs its time to be known by."""

    pid: int
    started: float


class RunFile(msgspec.Struct, frozen=True, kw_only=True):
    """What `run.json` says."""

    id: str
    name: str
    state: State
    started: float
    """Seconds since 1970."""
    seconds: float = 0.0
    source: str = ""
    target: str = ""
    network: str = ""
    result: Result | None = None
    source_accuracy: float | None = None
    """Found out at the end of pretraining, for a run that is resumed after it."""
    tags: tuple[str, ...] = ()
    reason: str = ""
    """Why it failed, and what to do."""
    has_diverged: bool = False
    """Whether it failed because its loss was no number any more."""
    process: Process | None = None
    recipe: str = ""
    """What it is but for its seed; empty in runs of earlier versions."""


@dataclass(frozen=True)
class RunRecord:
    """A run as it is listed."""

    id: str
    name: str
    folder: Path
    state: State
    started: float
    seconds: float
    source: str
    target: str
    network: str
    result: Result | None
    tags: tuple[str, ...]
    reason: str = ""
    recipe: str = ""

    @property
    def outcome(self) -> Result | None:
        """What it found out; nothing while it goes on: one that was resumed has the result of its first end."""
        return None if self.state in ("running", "interrupted") else self.result


class Runs:
    """All runs of a home."""

    def __init__(self, home: Home) -> None:
        self._folder = home.runs
        self._index = Index(home.index)

    def create(self, experiment: Experiment) -> Path:
        """Make the folder of a new run; it appears with its experiment and its `run.json`, or not at all."""
        make_folder(self._folder)
        identity = secrets.token_hex(4)
        folder = self._folder / f"{time.strftime('%Y-%m-%d')}-{slug(experiment.name)}-{identity}"
        hidden = self._folder / f".{identity}.new"
        with disk_troubles(folder):
            hidden.mkdir()
            write_through(hidden / EXPERIMENT, dump_experiment(experiment).encode())
            write_through(hidden / FILE, msgspec.json.encode(_begun(identity, experiment)))
            hidden.rename(folder)
        return folder

    def list(self) -> list[RunRecord]:
        """List the runs, the newest first. Raises UserError where their folder cannot be read."""
        records = [_record(folder, told) for folder, told in self._read_all()]
        return sorted(records, key=lambda record: (record.started, record.id), reverse=True)

    def find(self, text: str) -> RunRecord:
        """Find a run by its folder, its id, its name or the beginning of either, where only one has it.

        Raises UserError where there is none, or more than one.
        """
        if is_run(Path(text).expanduser()):
            return read_record(Path(text).expanduser().absolute())
        every = self.list()
        for fits in (_is_exactly(text), _begins_with(text)):
            found = [record for record in every if fits(record)]
            if len(found) == 1:
                return found[0]
            if found:
                raise _ambiguous(text, found)
        raise UserError(
            tr("There is no run “{text}” in {folder}.", text=text, folder=str(self._folder)),
            tr("Name its folder, its id or its name; kt runs lists them."),
        )

    def knows(self, text: str) -> bool:
        """Whether a run is called so, or several are."""
        return is_run(Path(text).expanduser()) or any(map(_begins_with(text), self.list()))

    def rename(self, folder: Path, name: str) -> None:
        """Give a run another name; its folder stays where it is."""
        if not name.strip():
            raise UserError(tr("A run needs a name."), tr("Type at least one letter."))
        change(folder, name=name.strip())

    def tag(self, folder: Path, tags: tuple[str, ...]) -> None:
        """Give a run these tags instead of those it has."""
        change(folder, tags=tuple(dict.fromkeys(tag.strip() for tag in tags if tag.strip())))

    def delete(self, folder: Path) -> None:
        """Remove a run for good. Raises UserError while it is at work."""
        with working_on(folder):
            pass  # held no longer when it is removed: some systems keep what is open
        remove(folder)

    def _read_all(self) -> Iterator[tuple[Path, RunFile]]:
        if not self._folder.is_dir():
            return
        stamps = {}
        with disk_troubles(self._folder), os.scandir(self._folder) as entries:
            for entry in entries:
                stamp = _stamp(Path(entry.path)) if not entry.name.startswith(".") else None
                if stamp is not None:
                    stamps[entry.name] = stamp
        for name, content in self._index.refreshed(stamps, lambda name: (self._folder / name / FILE).read_bytes()):
            yield self._folder / name, _decoded(content, name)


def is_run(folder: Path) -> bool:
    """Whether a folder is a run's."""
    return (folder / FILE).is_file()


def read_record(folder: Path) -> RunRecord:
    """Read what is said of one run, wherever it lies. Raises UserError."""
    return _record(folder, read_file(folder))


def read_file(folder: Path) -> RunFile:
    """Read `run.json`. Raises UserError."""
    try:
        return _decoded((folder / FILE).read_bytes(), folder.name)
    except OSError as error:
        raise UserError(
            tr("{folder} is not the folder of a run.", folder=str(folder)),
            tr("Name a folder that holds a run.json; kt runs lists the runs."),
        ) from error


def read_experiment(folder: Path) -> Experiment:
    """Read what a run was asked to do. Raises UserError."""
    return load_experiment(folder / EXPERIMENT)


def change(folder: Path, **changes: Any) -> RunFile:
    """Change what is said of a run. Raises UserError."""
    told = msgspec.structs.replace(read_file(folder), **changes)
    write(folder / FILE, msgspec.json.encode(told))
    return told


def this_process() -> Process:
    """Say who we are."""
    return Process(os.getpid(), psutil.Process().create_time())


@contextmanager
def working_on(folder: Path, says: str = "") -> Iterator[None]:
    """Keep all others from working on a run. Raises UserError, which may say it in other words, where another one does.

    The system lets go of the lock when the process dies, however it dies.
    """
    lock = FileLock(folder / LOCK, thread_local=False)
    try:
        with disk_troubles(folder / LOCK):
            lock.acquire(timeout=0)
    except Timeout as error:
        raise UserError(
            says or tr("The run is at work in another window or terminal ({folder}).", folder=str(folder)),
            tr("Wait until it ends, or stop it there."),
        ) from error
    try:
        yield
    finally:
        lock.release()


def is_held(folder: Path) -> bool:
    """Whether somebody works on it, or may not be asked."""
    try:
        with working_on(folder):
            return False
    except UserError:
        return True


def remove(folder: Path) -> None:
    """Remove the folder of a run: it is gone at once for all who look, then piece by piece."""
    hidden = folder.with_name(f".{folder.name}.deleted")
    with disk_troubles(folder):
        folder.rename(hidden)
        shutil.rmtree(hidden, ignore_errors=True)


def _begun(identity: str, experiment: Experiment) -> RunFile:
    return RunFile(
        id=identity,
        name=experiment.name,
        state="running",
        started=time.time(),
        source=describe_source(experiment.source),
        target=describe_data(experiment.target.data),
        network=network_of(experiment.source),
        process=this_process(),
        recipe=recipe_for(experiment),
    )


def recipe_of(record: RunRecord) -> str:
    """Say what a run is but for its seed: runs of one recipe are repetitions. Its own, where nobody can tell."""
    try:
        return record.recipe or recipe_for(read_experiment(record.folder))
    except UserError:
        return record.id


def recipe_for(experiment: Experiment) -> str:
    """Say what runs of an experiment are but for their seeds; an earlier run stands for what that one is."""
    source = experiment.source
    if not isinstance(source, EarlierRun) or not is_run(Path(source.run)):
        return recipe(experiment)
    return recipe(experiment, read_file(Path(source.run)).recipe)


def slug(name: str) -> str:
    """Give what of a name may stand in the name of a folder on every system."""
    kept = "-".join(re.findall(r"\w+", name))
    return kept.encode()[:60].decode(errors="ignore") or "run"


def _stamp(folder: Path) -> str | None:
    """What changes whenever `run.json` does; None where there is none."""
    try:
        status = (folder / FILE).stat()
    except OSError:
        return None
    return f"{status.st_mtime_ns}-{status.st_size}-{status.st_ino}"


def _decoded(content: bytes, name: str) -> RunFile:
    """A run is never lost: of one whose `run.json` is damaged its folder's name is shown."""
    try:
        return msgspec.json.decode(content, type=RunFile)
    except UNDECODABLE:
        return RunFile(
            id=name.rpartition("-")[2],
            name=name,
            state="failed",
            started=0.0,
            reason=tr("{file} is damaged.", file=FILE),
        )


def _record(folder: Path, told: RunFile) -> RunRecord:
    return RunRecord(
        id=told.id,
        name=told.name,
        folder=folder,
        state=_state(told),
        started=told.started,
        seconds=told.seconds,
        source=told.source,
        target=told.target,
        network=told.network,
        result=told.result,
        tags=told.tags,
        reason=told.reason,
        recipe=told.recipe,
    )


def _state(told: RunFile) -> State:
    """A run that says it is running, but whose process is gone, was interrupted."""
    if told.state == "running" and not (told.process and _is_alive(told.process)):
        return "interrupted"
    return told.state


def _is_alive(process: Process) -> bool:
    try:
        return bool(abs(psutil.Process(process.pid).create_time() - process.started) < 1.0)
    except psutil.Error:
        return False


def _is_exactly(text: str) -> Callable[[RunRecord], bool]:
    return lambda record: text in (record.id, record.name, record.folder.name)


def _begins_with(text: str) -> Callable[[RunRecord], bool]:
    return lambda record: bool(text) and (record.id.startswith(text) or record.name.startswith(text))


def _ambiguous(text: str, found: list[RunRecord]) -> UserError:
    return UserError(
        tr("{count} runs are called “{text}”.", count=len(found), text=text),
        tr("Use an id instead: {ids}.", ids=", ".join(record.id for record in found[:8])),
    )
