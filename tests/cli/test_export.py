import json
from pathlib import Path

import pytest

from kt_gui import cli
from kt_gui.store.folders import Home, home
from tests.session.conftest import run, tiny


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(tiny(), Home.under(tmp_path_factory.mktemp("exports")))


def test_an_export_says_where_it_is_and_how_it_was_compared(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "net.safetensors"
    assert cli.main(["export", str(finished), "--format", "safetensors", "--out", str(out)]) == 0
    first, beside, found = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{out} (")
    assert beside == "Beside it: net.json"
    assert found.startswith("Read back and asked")
    assert found.endswith("the same answers, to the last bit.")


def test_what_was_taken_along_is_told_with_the_run(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "net.card.md"
    assert cli.main(["export", str(finished), "--format", "card", "--out", str(out)]) == 0
    capsys.readouterr()
    assert cli.main(["show", str(finished)]) == 0
    assert f"Model card: {out}" in capsys.readouterr().out.splitlines()
    assert cli.main(["show", str(finished), "--json"]) == 0
    assert str(out) in [path for each in json.loads(capsys.readouterr().out)["exports"] for path in each["paths"]]


def test_json_is_one_object(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["export", str(finished), "--format", "card", "--out", str(tmp_path), "--checkpoint", "last", "--json"]
    assert cli.main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["event"], told["format"], told["checkpoint"]) == ("exported", "card", "last")
    assert Path(told["paths"][0]).is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--format", "card", "--with-preprocessing"], "Only an ONNX graph"),
        (["--format", "keras"], "invalid choice"),
        (["--format", "card", "--checkpoint", "worst"], "is no checkpoint"),
        (["--format", "script", "--checkpoint", "last"], "A script is the whole run"),
    ],
)
def test_what_cannot_be_exported_is_one_line(
    finished: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["export", str(finished), *words]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err
    assert len(told.err.splitlines()) == 1


def test_what_is_there_already_is_not_overwritten(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "net.card.md"
    out.write_text("mine")
    assert cli.main(["export", str(finished), "--format", "card", "--out", str(out)]) == 2
    assert "nothing is overwritten" in capsys.readouterr().err
    assert out.read_text() == "mine"


def test_an_unknown_run_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert home().runs.exists() is False
    assert cli.main(["export", "nobody", "--format", "card"]) == 2
    assert "nobody" in capsys.readouterr().err
