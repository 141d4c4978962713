"""Where things lie."""

from pathlib import Path

import pytest

from kt_gui.store import folders


def test_kt_home_moves_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KT_HOME", str(tmp_path / "Größe"))
    home = folders.home()
    every = (home.runs, home.models, home.datasets, home.index, home.settings, home.cache, home.log)
    assert all(path.is_relative_to(tmp_path / "Größe") for path in every)
    assert not (tmp_path / "Größe").exists()


def test_a_relative_kt_home_starts_where_the_program_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KT_HOME", "here")
    assert folders.home().data == tmp_path / "here" / "data"


def test_without_kt_home_the_system_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KT_HOME")
    assert folders.home().data.name == "kt-gui"


def test_the_resources_are_found() -> None:
    assert (folders.resources() / "examples" / "emoji-noto.json").is_file()
