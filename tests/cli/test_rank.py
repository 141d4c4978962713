"""`kt rank`, as a person or a program calls it."""

import json
import shutil
from pathlib import Path

import pytest

from kt_gui.store import folders
from tests.cli.test_cli import Kt, kt
from tests.session.conftest import run, tiny

__all__ = ["kt"]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one run, already ranked once."""
    home = tmp_path_factory.mktemp("kept")
    run(tiny(), folders.Home.under(home))
    return home


@pytest.fixture(autouse=True)
def here(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KT_HOME", str(kept))


def test_a_person_gets_a_sentence_a_table_and_the_notes(kt: Kt) -> None:
    words = ("rank", "emoji-twemoji", "tiny", "torchvision/resnet18", "--target", "emoji-noto", "--per-class", "3")
    code, told, err = kt(*words)
    assert (code, err) == (0, "")
    first, second, _, heading, *rows = told.splitlines()
    assert "Emoji as Noto draws them" in first
    assert "(chance: 7.1" in first
    assert "42 training pictures" in second
    assert heading.split("  ")[0] == "source"
    assert "LogME" in heading
    assert len(rows) > 4
    assert any(row.startswith("random initialisation of small_cnn") for row in rows)
    assert "torchvision/resnet18: Its weights are not on this machine." in told


def test_a_program_gets_one_object(kt: Kt) -> None:
    code, told, err = kt("rank", "emoji-twemoji", "--target", "emoji-noto", "--per-class", "3", "--json")
    assert (code, err) == (0, "")
    found = json.loads(told)
    assert found["event"] == "ranked"
    assert found["pictures"] == 42
    best, other = (standing["scores"]["probe"] for standing in found["standings"])
    assert best >= other
    (source,) = (each for each in found["standings"] if each["source"]["kind"] == "run")
    assert source["source"]["checkpoint"] == "source"
    assert {"log_me", "leep", "nce", "h_score", "trans_rate", "gbc", "knn"} < set(source["scores"])
    assert len(source["bridge"]["shares"]) == 14
    assert source["is_known"] is True


def test_the_same_seed_draws_the_same_pictures_and_another_one_others(kt: Kt) -> None:
    def scores(seed: str) -> list[float]:
        words = ("rank", "small_cnn", "--target", "emoji-noto", "--per-class", "4", "--seed", seed, "--json")
        return [standing["scores"]["trans_rate"] for standing in json.loads(kt(*words)[1])["standings"]]

    assert scores("3") == scores("3") != scores("4")


def test_the_pictures_of_a_class_are_listed_by_how_like_a_class_of_the_source_they_are(kt: Kt) -> None:
    words = ("rank", "emoji-twemoji", "--target", "emoji-noto", "--per-class", "3", "--like", "face=Heart")
    like = json.loads(kt(*words, "--json")[1])["like"]
    (of_run,) = like
    shares = [picture["confidence"] for picture in of_run["pictures"]]
    assert (len(shares), shares) == (3, sorted(shares, reverse=True))
    assert {picture["label"] for picture in of_run["pictures"]} == {"face"}
    told = kt(*words)[1].splitlines()
    assert told[-4].startswith("face, by how much tiny")
    assert told[-4].endswith("takes each for heart:")
    assert [line.split("  ")[-1] for line in told[-3:]] == [picture["name"] for picture in of_run["pictures"]]


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["nothing"], "“nothing” is no source"),
        (["fashion"], "No run has pretrained a network on fashion"),
        (["small_cnn", "--per-class", "0"], "“0” is no whole number from 1 on"),
        (["small_cnn", "--seed", "-1"], "“-1” is no whole number from 0 on"),
        (["emoji-twemoji", "--like", "face"], "“face” names no class of the target and one of the source"),
        (["emoji-twemoji", "--like", "face=cow"], "No candidate takes pictures for cow"),
        ([], "SOURCE"),
    ],
)
def test_what_a_person_can_mend_is_one_line(kt: Kt, words: list[str], part: str) -> None:
    code, out, err = kt("rank", *words, "--target", "emoji-noto")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert part in err


def test_a_target_that_is_none_is_told(kt: Kt, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path)
    code, _, err = kt("rank", "small_cnn", "--target", str(tmp_path))
    assert code == 2
    assert "no data set" in err


def test_a_file_of_weights_is_named_with_its_network(kt: Kt, kept: Path) -> None:
    (file,) = kept.rglob("checkpoints/source.safetensors")
    words = ("--target", "emoji-noto", "--per-class", "3", "--json")
    standings = json.loads(kt("rank", f"small_cnn={file}", *words)[1])["standings"]
    (found,) = (each for each in standings if each["source"]["kind"] == "file")
    assert found["source"] == {"kind": "file", "path": str(file), "network": "small_cnn"}
    assert found["state"] == "ranked"
    (failed, *_) = json.loads(kt("rank", f"nothing={file}", *words)[1])["standings"]
    assert failed["state"] == "failed"
    assert "nothing" in failed["reason"]
    assert kt("rank", "small_cnn=/nowhere.pt", *words)[0] == 2
