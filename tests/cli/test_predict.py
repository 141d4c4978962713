"""`kt predict`, as a person or a program calls it."""

import csv
import json
from pathlib import Path

import pytest
from PIL import Image

from kt_gui import cli
from kt_gui.store.folders import Home
from tests.engine.picture_sets import write
from tests.session.conftest import KINDS, run, tiny


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with one run in it, called tiny."""
    place = Home.under(tmp_path_factory.mktemp("home"))
    run(tiny(), place)
    return place


@pytest.fixture(autouse=True)
def at_home(origin: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KT_HOME", str(origin.data.parent))


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    for seed, name in enumerate(("a.png", "蜜蜂.png")):
        write(folder / name, seed)
    (folder / "notes.txt").write_text("no picture")
    return folder


def test_each_picture_has_a_line_and_the_sum_comes_last(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["predict", "tiny", str(pictures), "--top", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("蜜蜂.png: ") and line.count("%") == 1 for line in lines)
    assert "notes.txt could not be read: It is not a picture of a known format." in lines
    assert any(line.startswith("2 pictures: ") for line in lines)
    assert lines[-1] == "1 file could not be read."


def test_json_is_a_line_a_picture_and_ends_with_the_sum(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["predict", "tiny", str(pictures), "--json"]) == 0
    out, err = capsys.readouterr()
    told = [json.loads(line) for line in out.splitlines()]
    rows = [line for line in told if line["event"] == "predicted"]
    assert err == ""
    assert [(row["name"], row["given"]) for row in rows] == [
        (name, {"path": str(pictures / name)}) for name in ("a.png", "蜜蜂.png")
    ]
    assert all({label for label, _ in row["top"]} == set(KINDS) for row in rows)
    assert all(sum(share for _, share in row["top"]) == pytest.approx(1, abs=1e-5) for row in rows)
    assert (told[-1]["event"], told[-1]["predicted"], told[-1]["unread"]) == ("predictions_ended", 2, 1)


def test_a_table_is_written_and_not_overwritten(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "answers.csv"
    words = ["predict", "tiny", str(pictures), "--csv", str(out)]
    assert cli.main(words) == 0
    with out.open(encoding="utf-8", newline="") as file:
        assert [row["name"] for row in csv.DictReader(file)] == ["a.png", "蜜蜂.png"]
    capsys.readouterr()
    assert cli.main(words) == 2
    assert capsys.readouterr().err.startswith(f"error: There is a file {out} already. - ")
    assert cli.main([*words, "--force"]) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nowhere.png"], "nowhere.png: There is no such file."),
        (["--top", "0", "a.png"], "“0” is no number of classes (--top)."),
        (["--checkpoint", "newest", "a.png"], "“newest” is no checkpoint (--checkpoint)."),
    ],
)
def test_what_a_person_can_mend_is_said_in_a_line(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["predict", "tiny", *words]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert len(err.splitlines()) == 1


def test_a_single_file_of_another_shape_is_answered_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("L", (40, 20)).save(tmp_path / "grey.png")
    assert cli.main(["predict", "tiny", str(tmp_path / "grey.png")]) == 0
    assert "1 picture: " in capsys.readouterr().out
