"""The studies: one folder each, which stands alone, with the runs it took. What it tells is its history.

```
studies/<date>-<name>-<id>/
  study.toml   history.jsonl   split.json   search.log   runs/<date>-<name>-<id>/...
```

`search.log` is what Optuna keeps of a tuning; it follows from the history, and is written anew when a study goes on.
"""

import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from kt_gui.schema.codec import dump_study, load_study
from kt_gui.schema.errors import UserError
from kt_gui.schema.studies import Study
from kt_gui.schema.study_answers import Verdict
from kt_gui.schema.study_events import StudyEnded, StudyStarted
from kt_gui.schema.texts import tr
from kt_gui.store import history, runs
from kt_gui.store.contents import FOLDER as CHECKPOINTS
from kt_gui.store.files import disk_troubles, make_folder, write_through
from kt_gui.store.folders import Home
from kt_gui.store.runs import Runs, is_held, slug

if TYPE_CHECKING:
    from optuna.storages import JournalStorage

FILE, SEARCH = "study.toml", "search.log"

State = Literal["running", "finished", "stopped", "interrupted"]


@dataclass(frozen=True)
class StudyRecord:
    """A study as it is listed."""

    id: str
    name: str
    folder: Path
    state: State
    kind: str
    """Which question, by its tag."""
    started: float
    """Seconds since 1970; 0 where it never was."""
    verdict: Verdict | None


class Studies:
    """All studies of a home."""

    def __init__(self, home: Home) -> None:
        self._folder = home.studies

    def create(self, study: Study) -> Path:
        """Make the folder of a new study; it appears with its file, or not at all."""
        make_folder(self._folder)
        identity = secrets.token_hex(4)
        folder = self._folder / f"{time.strftime('%Y-%m-%d')}-{slug(study.name)}-{identity}"
        hidden = self._folder / f".{identity}.new"
        with disk_troubles(folder):
            hidden.mkdir()
            write_through(hidden / FILE, dump_study(study).encode())
            hidden.rename(folder)
        return folder

    def list(self) -> list[StudyRecord]:
        """List the studies, the newest first; one whose file is damaged is left out."""
        if not self._folder.is_dir():
            return []
        with disk_troubles(self._folder):
            folders = [each for each in self._folder.iterdir() if is_study(each) and not each.name.startswith(".")]
        found = [record for folder in folders if (record := _readable(folder)) is not None]
        return sorted(found, key=lambda record: (_is_beginning(record), record.started, record.id), reverse=True)

    def find(self, text: str) -> StudyRecord:
        """Find a study by its folder, its id or its name. Raises UserError where there is none, or more than one."""
        if is_study(Path(text).expanduser()):
            return read_record(Path(text).expanduser().absolute())
        found = [each for each in self.list() if text in (each.id, each.name, each.folder.name)]
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(each.id for each in found[:8])
            raise UserError(
                tr("{count} studies are called “{text}”.", count=len(found), text=text),
                tr("Use an id instead: {ids}.", ids=ids),
            )
        raise UserError(
            tr("There is no study “{text}” in {folder}.", text=text, folder=str(self._folder)),
            tr("Name its folder, its id or its name."),
        )


def is_study(folder: Path) -> bool:
    """Whether a folder is a study's."""
    return (folder / FILE).is_file()


def read_study(folder: Path) -> Study:
    """Read what a study was asked. Raises UserError."""
    return load_study(folder / FILE)


def read_record(folder: Path) -> StudyRecord:
    """Read what is known of one study, wherever it lies. Raises UserError."""
    study, first = read_study(folder), next(history.read(folder), None)
    last = next(history.read_back(folder), None)
    ended = last if isinstance(last, StudyEnded) else None
    return StudyRecord(
        id=folder.name.rpartition("-")[2],
        name=study.name,
        folder=folder,
        state=_state(folder, ended),
        kind=str(study.study.__struct_config__.tag),
        started=first.at if isinstance(first, StudyStarted) else 0.0,
        verdict=ended.verdict if ended else None,
    )


def _readable(folder: Path) -> StudyRecord | None:
    try:
        return read_record(folder)
    except UserError:
        return None


def _is_beginning(record: StudyRecord) -> bool:
    """Whether it is at work, and has told nothing yet: no other is newer."""
    return record.state == "running" and not record.started


def _state(folder: Path, ended: StudyEnded | None) -> State:
    if is_held(folder):
        return "running"
    if ended is None:
        return "interrupted"
    return "finished" if ended.ended == "finished" else "stopped"


def runs_of(study: Path, home: Home) -> Runs:
    """Give the runs that lie in a study's folder."""
    return Runs(replace(home, data=study))


def forget_weights(run: Path) -> None:
    """Remove the weights of a run that was only to judge a setting; its history stays. Raises UserError."""
    with disk_troubles(run):
        shutil.rmtree(run / CHECKPOINTS, ignore_errors=True)


def search_storage(study: Path) -> "JournalStorage":
    """Give Optuna an empty journal in a study's folder. Raises UserError."""
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

    file = str(study / SEARCH)
    with disk_troubles(study / SEARCH):
        for left in (study / SEARCH, study / f"{SEARCH}.lock"):  # a crash may have left the lock, too
            left.unlink(missing_ok=True)
        return JournalStorage(JournalFileBackend(file, lock_obj=JournalFileOpenLock(file)))


@contextmanager
def working_on(study: Path) -> Iterator[None]:
    """Keep all others from working on a study. Raises UserError where another one does."""
    says = tr("The study is at work in another window or terminal ({folder}).", folder=str(study))
    with runs.working_on(study, says):
        yield


def remove(study: Path) -> None:
    """Remove a study with all its runs, for good. Raises UserError while it is at work."""
    with working_on(study):
        pass  # held no longer when it is removed: some systems keep what is open
    runs.remove(study)
