"""`kt advise` and `kt diagnose`, as a person or a program calls them."""

import json
from pathlib import Path

import pytest

from kt_gui.schema.codec import dump_experiment, load_experiment
from kt_gui.store import folders
from tests.cli.test_cli import Kt, kt
from tests.session.conftest import run, tiny

__all__ = ["kt"]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one run of three epochs."""
    home = tmp_path_factory.mktemp("kept")
    run(tiny(), folders.Home.under(home))
    return home


@pytest.fixture(autouse=True)
def here(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KT_HOME", str(kept))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.toml"
    path.write_text(dump_experiment(tiny()), encoding="utf-8")
    return path


def test_advice_is_a_sentence_with_the_origin_of_each_part(kt: Kt, file: Path) -> None:
    code, told, err = kt("advise", str(file))
    assert (code, err) == (0, "")
    first, *rows, last = told.splitlines()
    assert first == (
        "Nothing was measured for this target yet. By rule of thumb: emoji-twemoji, features only, "
        "β\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}0.01."
    )
    assert [row.split("  ")[0] for row in rows] == ["Source", "What learns", "Pull"]
    assert "rule of thumb" in rows[1]
    assert last == "What would tell more: kt rank SOURCES... --target DATA"


def test_a_program_gets_the_parts_and_the_experiment_is_written(kt: Kt, file: Path, tmp_path: Path) -> None:
    written = tmp_path / "advised.toml"
    code, told, err = kt("advise", str(file), "--json", "--write", str(written))
    assert (code, err) == (0, "")
    found = json.loads(told)
    assert [part["basis"] for part in found["parts"]] == ["own", "rule", "own"]
    assert found["expected"] is None
    assert load_experiment(written).transfer.freezing.__struct_config__.tag == "features"
    code, _, err = kt("advise", str(file), "--write", str(written))
    assert code == 2
    assert "already" in err
    assert kt("advise", str(file), "--write", str(written), "--force")[0] == 0


@pytest.mark.parametrize("where", ["missing/advised.toml", ""])
def test_where_nothing_can_be_written_one_line_says_so(kt: Kt, file: Path, tmp_path: Path, where: str) -> None:
    code, _, err = kt("advise", str(file), "--force", "--write", str(tmp_path / where))
    assert code == 2
    assert err.count("\n") == 1


def test_a_diagnosis_is_a_title_a_sentence_and_what_to_do(kt: Kt, tmp_path: Path) -> None:
    code, told, err = kt("diagnose", "tiny")
    assert (code, err) == (0, "")
    title, why, *_ = told.splitlines()
    assert title.endswith(".")
    assert why
    found = json.loads(kt("diagnose", "tiny", "--json")[1])
    assert found["why"] == why
    written = tmp_path / "next.toml"
    code, _, err = kt("diagnose", "tiny", "--write", str(written))
    if found["cure"] == "experiment":
        assert code == 0
        assert load_experiment(written) != tiny()
    else:
        assert (code, written.exists()) == (2, False)
        assert "no other experiment" in err


def test_a_run_that_is_none_is_told(kt: Kt) -> None:
    code, _, err = kt("diagnose", "nothing")
    assert (code, err.count("\n")) == (2, 1)
