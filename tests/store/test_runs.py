"""Runs are folders; the index is a cache of them."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from kt_gui.schema.datasets import Bundled
from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import Experiment, Pretrain, Target
from kt_gui.store import folders, runs
from kt_gui.store.runs import Runs


def experiment(name: str = "emoji") -> Experiment:
    source = Pretrain(network="small_cnn", data=Bundled(name="emoji-twemoji"))
    return Experiment(name=name, source=source, target=Target(data=Bundled(name="emoji-noto")))


@pytest.fixture
def every() -> Runs:
    return Runs(folders.home())


def test_a_new_run_is_a_folder_with_its_experiment(every: Runs) -> None:
    folder = every.create(experiment("Größe / 大小"))
    assert runs.read_experiment(folder) == experiment("Größe / 大小")
    assert folder.parent == folders.home().runs
    assert "Größe-大小" in folder.name
    (record,) = every.list()
    assert (record.name, record.state, record.source, record.target, record.network) == (
        "Größe / 大小",
        "running",
        "emoji-twemoji",
        "emoji-noto",
        "small_cnn",
    )


def test_a_very_long_name_still_makes_a_folder(every: Runs) -> None:
    assert every.create(experiment("é" * 400)).is_dir()


def test_a_run_whose_process_is_gone_was_interrupted(every: Runs) -> None:
    folder = every.create(experiment())
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    runs.change(folder, process=runs.Process(gone.pid, 1.0))
    assert every.list()[0].state == "interrupted"


def test_a_process_number_that_came_again_is_another_process(every: Runs) -> None:
    folder = every.create(experiment())
    runs.change(folder, process=runs.Process(runs.this_process().pid, 1.0))
    assert every.list()[0].state == "interrupted"


def test_runs_are_found_by_folder_id_name_and_unique_beginning(every: Runs) -> None:
    folder = every.create(experiment("first one"))
    every.create(experiment("second"))
    identity = runs.read_file(folder).id
    for text in (str(folder), identity, identity[:5], "first one", "fir", folder.name):
        assert every.find(text).folder == folder


def test_a_name_that_two_runs_have_is_refused_with_their_ids(every: Runs) -> None:
    ids = [runs.read_file(every.create(experiment("twin"))).id for _ in range(2)]
    with pytest.raises(UserError) as raised:
        every.find("twin")
    assert all(identity in raised.value.remedy for identity in ids)


def test_a_run_that_is_not_there_is_told(every: Runs) -> None:
    with pytest.raises(UserError, match="nothing"):
        every.find("nothing")


def test_runs_are_renamed_tagged_and_deleted(every: Runs) -> None:
    folder = every.create(experiment())
    every.rename(folder, " 新名 ")
    every.tag(folder, ("good", "good", " "))
    record = every.list()[0]
    assert (record.name, record.tags, record.folder) == ("新名", ("good",), folder)
    every.delete(folder)
    assert every.list() == []
    assert not folder.exists()


def test_a_run_needs_a_name(every: Runs) -> None:
    with pytest.raises(UserError, match="name"):
        every.rename(every.create(experiment()), "  ")


def test_a_run_at_work_is_neither_deleted_nor_worked_on_twice(every: Runs) -> None:
    folder = every.create(experiment())
    with runs.working_on(folder), pytest.raises(UserError, match="at work"):
        every.delete(folder)
    assert folder.is_dir()
    every.delete(folder)


def test_a_run_moved_elsewhere_is_still_a_run(every: Runs, tmp_path: Path) -> None:
    folder = every.create(experiment())
    shutil.move(folder, tmp_path / "moved")
    assert every.list() == []
    assert every.find(str(tmp_path / "moved")).name == "emoji"


def test_a_damaged_run_is_listed_and_not_lost(every: Runs) -> None:
    folder = every.create(experiment())
    (folder / runs.FILE).write_bytes(b"{")
    (record,) = every.list()
    assert (record.name, record.state) == (folder.name, "failed")


def test_a_folder_that_is_no_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not the folder of a run"):
        runs.read_file(tmp_path)


def test_a_broken_index_is_made_again(every: Runs) -> None:
    every.create(experiment())
    every.list()
    folders.home().index.write_bytes(b"this is no database" * 100)
    assert len(every.list()) == 1
    assert folders.home().index.read_bytes().startswith(b"SQLite")


def test_without_an_index_the_folders_are_read(every: Runs) -> None:
    every.create(experiment())
    folders.home().index.mkdir()
    assert len(every.list()) == 1


def test_two_thousand_runs_are_read_once(every: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    told = runs.read_file(every.create(experiment()))
    for number in range(2000):
        folder = folders.home().runs / f"run-{number}"
        folder.mkdir()
        (folder / runs.FILE).write_bytes(
            msgspec.json.encode(msgspec.structs.replace(told, id=str(number), state="finished"))
        )
    assert len(every.list()) == 2001
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"{path} was read again"))
    assert len(every.list()) == 2001


def test_a_home_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(UserError, match="KT_HOME"):
        Runs(folders.Home.under(tmp_path / "home")).create(experiment())


def test_run_json_says_in_plain_words_what_a_run_is(every: Runs) -> None:
    told = json.loads((every.create(experiment()) / runs.FILE).read_text())
    assert told["name"] == "emoji"
    assert told["state"] == "running"
