"""One run on two processes, as torchrun starts them, against the same run on one."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from kt_gui import session
from kt_gui.cli import main
from kt_gui.cluster import torchrun
from kt_gui.schema.codec import dump_experiment
from kt_gui.schema.events import EpochEnded
from kt_gui.schema.stop import StopToken
from kt_gui.store import history, runs
from kt_gui.store.folders import Home, home
from tests.cluster.small_run import changing
from tests.session.conftest import work

ROOT = Path(__file__).resolve().parents[2]
TWO = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "kt_gui"]


@pytest.fixture
def place() -> Home:
    """The folders of this test."""
    return home()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run as one process does it."""
    place = Home.under(tmp_path_factory.mktemp("alone"))
    return Path(work(session.run(changing(), StopToken(), place)).folder)


@contextmanager
def started(*words: str) -> Iterator["subprocess.Popen[str]"]:
    """Start a command on two processes; whatever happens, neither they nor torchrun's own files are left behind."""
    with tempfile.TemporaryDirectory() as files:
        team = subprocess.Popen(
            [*TWO, *words],
            cwd=ROOT,
            env={**os.environ, "TMPDIR": files},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            yield team
        finally:
            if team.poll() is None:
                os.killpg(team.pid, signal.SIGKILL)
            team.communicate()


def ended(team: "subprocess.Popen[str]") -> tuple[list[dict[str, object]], str]:
    """Wait for the end; give the events still to come and what was said of trouble."""
    told, said = team.communicate(timeout=100)
    return [json.loads(line) for line in told.splitlines()], said


def epochs(folder: Path) -> list[EpochEnded]:
    return [event for event in history.read(folder) if isinstance(event, EpochEnded)]


def assert_same_end(one: Path, other: Path) -> None:
    for ours, theirs in zip(epochs(one), epochs(other), strict=True):
        assert (ours.phase, ours.epoch, ours.trainable_blocks) == (theirs.phase, theirs.epoch, theirs.trainable_blocks)
        assert ours.train_loss == pytest.approx(theirs.train_loss, rel=5e-5)
        assert ours.validation_loss == pytest.approx(theirs.validation_loss, rel=5e-5)
        assert ours.penalty == pytest.approx(theirs.penalty, rel=5e-3, abs=1e-7)
    found, expected = runs.read_file(one), runs.read_file(other)
    assert (found.state, expected.state) == ("finished", "finished")
    assert found.result is not None
    assert expected.result is not None
    assert found.result.target_accuracy == expected.result.target_accuracy
    assert found.result.best_epoch == expected.result.best_epoch


@pytest.mark.slow
def test_two_processes_learn_what_one_does_and_tell_of_it_once(whole: Path, tmp_path: Path) -> None:
    file = tmp_path / "experiment.toml"
    file.write_text(dump_experiment(changing()), "utf-8")
    with started("run", str(file), "--json") as team:
        events, said = ended(team)
    assert team.returncode == 0, said
    folder = Path(str(events[-1]["folder"]))
    assert [event["event"] for event in events].count("run_ended") == 1
    assert [event["epoch"] for event in events if event["event"] == "epoch_ended"] == [0, 1, 0, 1, 2, 3]
    assert len(list(folder.parent.iterdir())) == 1, "only the first makes a run"
    assert_same_end(folder, whole)


@pytest.mark.slow
def test_a_run_begun_alone_is_gone_on_with_by_two(whole: Path, place: Home) -> None:
    stop = StopToken()
    for event in session.run(changing(), stop, place):
        if isinstance(event, EpochEnded) and (event.phase, event.epoch) == ("finetuning", 1):
            stop.stop()
    folder = next(each for each in place.runs.iterdir() if each.is_dir())
    assert runs.read_file(folder).state == "stopped"
    with started("resume", str(folder), "--json") as team:
        events, said = ended(team)
    assert team.returncode == 0, said
    assert events[0]["resumed"]
    assert_same_end(folder, whole)


@pytest.mark.slow
def test_a_run_stopped_on_two_is_gone_on_with_alone(whole: Path, place: Home, tmp_path: Path) -> None:
    file = tmp_path / "experiment.toml"
    file.write_text(dump_experiment(changing(epochs=30, rate=0.0005)), "utf-8")
    with started("run", str(file), "--json") as team:
        folder = learning(team)
        psutil.Process(first_of(folder)).send_signal(signal.SIGINT)
        events, said = ended(team)
    assert "what was learnt is kept" in said
    assert (events[-1]["event"], events[-1]["ended"]) == ("run_ended", "stopped")
    work(session.resume(folder, StopToken(), place))
    assert_same_end(folder, Path(work(session.run(changing(30, 0.0005), StopToken(), place)).folder))


@pytest.mark.slow
def test_where_one_dies_the_run_says_so_and_can_be_gone_on_with(place: Home, tmp_path: Path) -> None:
    file = tmp_path / "experiment.toml"
    file.write_text(dump_experiment(changing(epochs=500)), "utf-8")
    with started("run", str(file), "--json") as team:
        folder = learning(team)
        first = first_of(folder)
        (other,) = [each for each in psutil.Process(team.pid).children() if each.pid != first]
        other.kill()
        _, said = ended(team)
    assert team.returncode != 0
    assert "Another process of the run has ended" in said
    assert str(ROOT / "kt_gui") not in said, "no traceback of ours"
    assert runs.read_record(folder).state in ("failed", "interrupted")
    stop = StopToken()
    for event in session.resume(folder, stop, place):
        if isinstance(event, EpochEnded):
            stop.stop()
    assert runs.read_file(folder).state == "stopped"


@pytest.mark.parametrize("words", [["doctor"], ["runs"], ["run", "--example", "--print"]])
def test_what_one_process_does_is_refused(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {"RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "localhost"}.items():
        monkeypatch.setenv(name, value)
    assert main(words) == 2
    assert "which is for one" in capsys.readouterr().err


def test_one_process_needs_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "localhost"}.items():
        monkeypatch.setenv(name, value)
    assert not torchrun.is_one_of_many()
    assert torchrun.is_first()


def learning(team: "subprocess.Popen[str]") -> Path:
    """Wait until fine-tuning has come to its third epoch; give the run's folder."""
    assert team.stdout is not None
    folder = Path()
    for line in team.stdout:
        event = json.loads(line)
        folder = Path(event.get("folder", folder))
        if event["event"] == "epoch_ended" and (event["phase"], event["epoch"]) == ("finetuning", 2):
            return folder
    raise AssertionError("it ended before")


def first_of(folder: Path) -> int:
    """The process that does a run."""
    process = runs.read_file(folder).process
    assert process is not None
    return process.pid
