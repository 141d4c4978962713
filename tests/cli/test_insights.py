"""`kt explain` and `kt embed`, as a person or a program calls them."""

import csv
import json
from pathlib import Path

import pytest

from kt_gui.store.folders import Home
from tests.cli.test_cli import Kt, kt
from tests.session.conftest import KINDS, run, tiny
from tests.session.test_explaining import picture

__all__ = ["kt"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(run(tiny(), Home.under(tmp_path_factory.mktemp("kept"))))


def test_drawings_are_written_and_told(kt: Kt, folder: str, tmp_path: Path) -> None:
    new, out = tmp_path / "new.png", tmp_path / "out"
    new.write_bytes(picture())
    code, told, err = kt("explain", folder, str(new), "--index", "3", "--out", str(out))
    assert (code, err) == (0, "")
    assert len(told.splitlines()) == 2
    assert "grad-cam" in told
    assert len(list(out.glob("*-after.png"))) == len(list(out.glob("*-before.png"))) == 2


def test_pictures_may_stand_before_or_behind_the_options(kt: Kt, folder: str, tmp_path: Path) -> None:
    new, out = tmp_path / "new.png", tmp_path / "out"
    new.write_bytes(picture())
    for words in (["--out", str(out), str(new)], ["--out", str(out), "--", str(new)], [str(new), "--out", str(out)]):
        code, told, err = kt("explain", folder, *words)
        assert (code, err, len(told.splitlines())) == (0, "", 1)


def test_a_program_gets_a_line_a_picture_and_why_one_is_missing(kt: Kt, folder: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    code, told, _ = kt(
        "explain", folder, str(broken), "--index", "3", "--class", "heart", "--out", str(tmp_path / "out"), "--json"
    )
    lines = [json.loads(line) for line in told.splitlines()]
    assert code == 0
    (drawn,) = [line for line in lines if "target" in line]
    (left_out,) = [line for line in lines if line.get("event") == "noticed"]
    assert (drawn["index"], drawn["target"], drawn["question"], drawn["method"]) == (3, "heart", "same", "grad-cam")
    assert all(Path(path).is_file() for path in drawn["files"].values())
    assert "broken.png" in left_out["message"]["values"]["name"]


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ([], "No picture was named"),
        (["nowhere.png"], "None of the pictures could be read. nowhere.png"),
        (["--index", "9999"], "has no picture 9999"),
        (["--index", "1", "--class", "moth"], "knows no class moth"),
        (["--index", "1", "--method", "magic"], "magic"),
    ],
)
def test_what_a_person_can_mend_is_one_line(kt: Kt, folder: str, tmp_path: Path, words: list[str], part: str) -> None:
    code, out, err = kt("explain", folder, *words, "--out", str(tmp_path / "out"))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert part in err


def test_a_map_is_numbers_and_a_table(kt: Kt, folder: str, tmp_path: Path) -> None:
    table = tmp_path / "map.csv"
    code, out, err = kt("embed", folder, "--csv", str(table))
    assert (code, err) == (0, "")
    assert "pictures nearest to each" in out
    rows = list(csv.DictReader(table.read_text("utf-8").splitlines()))
    assert {row["class"] for row in rows} == set(KINDS)
    assert all(abs(float(row[place])) < 10 for row in rows for place in ("after_x", "after_y", "before_x", "before_y"))
    code, _, err = kt("embed", folder, "--csv", str(table))
    assert code == 2
    assert "--force" in err


def test_a_program_gets_one_object(kt: Kt, folder: str) -> None:
    code, out, _ = kt("embed", folder, "--method", "tsne", "--part", "train", "--json")
    told = json.loads(out)
    assert (code, len(out.splitlines())) == (0, 1)
    assert (told["method"], told["part"], told["pictures"], told["total"]) == ("tsne", "train", 15, 15)
    assert 0 <= told["apart_after"]["purity"] <= 1
