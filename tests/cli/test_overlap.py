"""`kt overlap`, as a person or a program calls it."""

import json
import shutil
from pathlib import Path

import pytest

from kt_gui.store import folders
from tests.cli.test_cli import Kt, kt
from tests.session.conftest import run, tiny
from tests.session.test_searching import folder_of

__all__ = ["kt"]


@pytest.fixture
def words(tmp_path: Path) -> tuple[str, ...]:
    """A test that holds a picture of the source as it is, and the source that picture twice, once renamed."""
    source, target = tmp_path / "pets", tmp_path / "own"
    folder_of(source, {"train": range(6)})
    folder_of(target, {"train": range(100, 106), "val": range(106, 110), "test": range(110, 116)})
    shutil.copy(source / "train/odd/3.png", target / "test/even/110.png")
    shutil.copy(source / "train/odd/3.png", source / "train/odd/more.png")
    return ("overlap", str(source), "--target", str(target), "--by", "hash")


def test_a_person_gets_a_sentence_and_the_pairs(kt: Kt, words: tuple[str, ...]) -> None:
    code, told, err = kt(*words)
    assert (code, err) == (0, "")
    first, second, heading, *rows = told.splitlines()
    assert first == "1 picture of the test of own is in pets, too."
    assert second == "6 test pictures were held against 7."
    assert heading.split() == ["test", "source", "found", "by"]
    assert [row.split("  ")[:2] for row in rows] == [["test/even/110.png", "train/odd/3.png"]]
    assert rows[0].endswith("the same bit for bit")


def test_what_is_left_out_of_the_source_is_gone_at_once_and_comes_back(
    kt: Kt, words: tuple[str, ...], tmp_path: Path
) -> None:
    code, told, _ = kt(*words, "--exclude", "source")
    assert code == 0
    assert "1 picture is left out now. Written in" in told
    assert kt(*words)[1].splitlines() == [
        "No picture of the test of own was found in pets.",
        "6 test pictures were held against 5.",
    ]
    assert len(list((tmp_path / "pets").rglob("*.png"))) == 7
    kt("correct", words[1], "--take-back", "3.png")
    assert kt(*words)[1].startswith("1 picture of the test")


def test_a_program_gets_one_object_and_where_it_is_written(kt: Kt, words: tuple[str, ...], tmp_path: Path) -> None:
    code, told, err = kt(*words, "--exclude", "test", "--json")
    assert (code, err) == (0, "")
    found = json.loads(told)
    assert (found["excluded"], found["file"]) == (1, str(tmp_path / "own.corrections.json"))
    (overlap,) = found["overlaps"]
    (pair,) = overlap["pairs"]
    assert (pair["first"]["name"], pair["second"]["name"]) == ("train/odd/3.png", "test/even/110.png")
    assert (pair["signs"], overlap["searched"], overlap["tests"]) == (["exact"], 7, 6)
    assert json.loads(kt(*words, "--json")[1])["overlaps"][0]["tests"] == 5


def test_what_a_run_has_learnt_is_not_unlearnt(kt: Kt, words: tuple[str, ...]) -> None:
    run(tiny(), folders.home())
    target = ("--target", "emoji-twemoji", "--by", "hash", "--exclude", "source")
    code, out, err = kt("overlap", "tiny", *target)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "has learnt from Emoji as Twemoji draws them already" in err
    assert "--exclude" not in err.partition(" - ")[0]


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        (["nothing"], "“nothing” is no source"),
        (["bundled/efficientnet_lite0"], "is not on this machine"),
        (["emoji-twemoji", "--by", "eye"], "eye"),
        (["emoji-twemoji", "--exclude", "all"], "all"),
        (["emoji-twemoji", "--seed", "-1"], "“-1” is no whole number from 0 on"),
        ([], "SOURCE"),
    ],
)
def test_what_a_person_can_mend_is_one_line(kt: Kt, asked: list[str], part: str) -> None:
    code, out, err = kt("overlap", *asked, "--target", "emoji-noto")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert part in err
