"""kt correct and kt suspects, as a person or a program calls them."""

import json
from pathlib import Path

import pytest

from kt_gui import cli
from kt_gui.schema.datasets import ImageFolder
from kt_gui.schema.experiment import Target
from kt_gui.store import folders
from tests.engine.picture_sets import write, write_tree
from tests.session.conftest import run, tiny

Told = tuple[int, str, str]


@pytest.fixture
def bugs(tmp_path: Path) -> Path:
    write_tree(tmp_path / "bugs", {"ants": 8, "bees": 8})
    write(tmp_path / "a=b.jpg", 99)
    return tmp_path / "bugs"


def kt(capsys: pytest.CaptureFixture[str], *words: object) -> Told:
    code = cli.main([str(word) for word in words])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_pictures_are_corrected_listed_and_taken_back(bugs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = kt(capsys, "correct", bugs)
    assert (code, out.strip()) == (0, "Nothing is corrected.")
    words = (
        "--exclude",
        "ants/0.png",
        "bees/0.png",
        "--move",
        "ants/1.png=bees",
        "--add",
        bugs.parent / "a=b.jpg=ants",
    )
    code, out, err = kt(capsys, "correct", bugs, *words)
    assert (code, err) == (0, "")
    assert [line.split() for line in out.splitlines()[1:5]] == [
        ["ants/0.png", "left", "out"],
        ["bees/0.png", "left", "out"],
        ["ants/1.png", "moved", "to", "bees"],
        ["a=b.jpg", "added", "to", "ants"],
    ]
    assert "bugs.corrections.json" in out.splitlines()[5]
    _, out, _ = kt(capsys, "correct", bugs, "--take-back", "ants/0.png", "--json")
    told = json.loads(out)
    assert [each["kind"] for each in told["corrections"]] == ["exclude", "move", "add"]
    assert told["beside"]


def test_they_are_carried_out_in_the_folder(bugs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kt(capsys, "correct", bugs, "--exclude", "ants/0.png")
    code, out, _ = kt(capsys, "correct", bugs, "--move", "ants/1.png=bees", "--write", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["written"]["tally"] == {"excluded": 1, "moved": 1, "added": 0}
    assert told["corrections"] == []
    assert (bugs.parent / "bugs.excluded" / "ants" / "0.png").is_file()
    assert (bugs / "bees" / "1 (2).png").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--move", "ants/1.png"), "“ants/1.png” names no picture and its class."),
        (("--move", "ants/1.png=wasps"), "has no class wasps"),
        (("--exclude", "nothing"), "has no picture nothing"),
    ],
)
def test_what_means_nothing_is_told(
    bugs: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    code, out, err = kt(capsys, "correct", bugs, *words)
    assert (code, out) == (2, "")
    assert said in err
    assert " - " in err


def test_suspects_are_listed_as_text_json_and_a_table(
    bugs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = run(tiny(target=Target(data=ImageFolder(path=str(bugs)))), folders.home())
    code, out, _ = kt(capsys, "suspects", folder, "--csv", tmp_path / "table.csv")
    assert code == 0
    assert "which never saw these labels" in out
    assert len((tmp_path / "table.csv").read_text("utf-8").splitlines()) == 17
    _, out, _ = kt(capsys, "suspects", folder, "--json")
    told = json.loads(out)
    assert (told["judge"], told["pictures"], told["settled"]) == ("source", 16, 0)
    code, _, err = kt(capsys, "suspects", folder, "--csv", tmp_path / "table.csv")
    assert code == 2
    assert "--force" in err
