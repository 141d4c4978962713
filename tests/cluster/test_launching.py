"""A run that the window starts on several processes: followed, held, stopped, and told of as any other."""

from pathlib import Path

import msgspec
import psutil
import pytest

from kt_gui.cluster import launching
from kt_gui.schema.datasets import ImageFolder
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import EpochEnded, Event, RunEnded, RunStarted
from kt_gui.schema.experiment import Target
from kt_gui.schema.stop import StopToken
from kt_gui.store import runs
from kt_gui.store.folders import home
from tests.cluster.small_run import changing


def status_of(folder: Path) -> str:
    """What the system says of the process that does a run."""
    process = runs.read_file(folder).process
    assert process is not None
    return str(psutil.Process(process.pid).status())


@pytest.mark.slow
def test_a_run_on_two_processes_is_held_and_stopped_as_any_other() -> None:
    stop, events, folder = StopToken(), list[Event](), Path()
    for event in launching.run(changing(epochs=2000), 2, stop, home()):
        events.append(event)
        if isinstance(event, RunStarted):
            folder = Path(event.folder)
        if isinstance(event, EpochEnded) and (event.phase, event.epoch) == ("finetuning", 2):
            stop.pause()
            while status_of(folder) != psutil.STATUS_STOPPED:
                pass
            stop.resume()
            stop.stop("keep")
    assert isinstance(events[0], RunStarted)
    assert not events[0].resumed
    assert isinstance(events[-1], RunEnded)
    assert events[-1].ended == "stopped"
    assert runs.read_file(folder).state == "stopped"


@pytest.mark.slow
def test_a_run_that_is_cancelled_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # where torchrun would keep what it logs
    stop, last = StopToken(), None
    for last in launching.run(changing(epochs=2000), 2, stop, home()):
        if isinstance(last, EpochEnded):
            stop.stop("discard")
    assert isinstance(last, RunEnded)
    assert last.ended == "cancelled"
    assert [each.name for each in home().runs.iterdir() if not each.name.startswith(".")] == []
    assert not list(tmp_path.glob("torchelastic*"))


@pytest.mark.slow
def test_what_a_person_can_mend_is_said(tmp_path: Path) -> None:
    absent = msgspec.structs.replace(changing(), target=Target(data=ImageFolder(path=str(tmp_path / "absent"))))
    with pytest.raises(UserError, match="absent"):
        list(launching.run(absent, 2, StopToken(), home()))
