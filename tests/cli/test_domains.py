"""`kt domains`, as a person or a program calls it."""

import csv
import json
from pathlib import Path

import pytest

from kt_gui.store import folders
from tests.cli.test_cli import Kt, kt
from tests.session.conftest import run, tiny

__all__ = ["kt"]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one run."""
    home = tmp_path_factory.mktemp("kept")
    run(tiny(), folders.Home.under(home))
    return home


@pytest.fixture(autouse=True)
def here(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KT_HOME", str(kept))


def test_a_person_gets_a_verdict_the_distance_and_what_it_rests_on(kt: Kt, tmp_path: Path) -> None:
    table = tmp_path / "map.csv"
    words = ("domains", "emoji-twemoji", "--target", "emoji-noto", "--network", "small_cnn", "--csv", str(table))
    code, told, err = kt(*words)
    assert (code, err) == (0, "")
    verdict, explanation, basis, written = told.splitlines()
    assert verdict.startswith("Emoji as Twemoji draws them and Emoji as Noto draws them ")
    assert explanation.startswith("Proxy A-distance ")
    assert "Seen by random initialisation of small_cnn, 32 px. Source: Emoji as Twemoji draws them, 628" in basis
    assert str(table) in written
    assert len(list(csv.reader(table.read_text("utf-8").splitlines()))) > 628
    assert kt(*words)[0] == 2, "what is there is not overwritten"


def test_a_run_looks_at_what_it_has_learnt_first(kt: Kt) -> None:
    code, told, err = kt("domains", "tiny", "--target", "fashion", "--json")
    assert (code, err) == (0, "")
    found = json.loads(told)
    assert found["event"] == "mapped"
    assert found["candidate"]["kind"] == "run"
    assert found["source"]["data"]["name"] == "emoji-noto", "what it learnt last"
    assert 0 <= found["distance"]["low"] <= found["distance"]["distance"] <= found["distance"]["high"] <= 2
    assert found["source"]["pictures"] > 0
    assert "places" not in found["source"]


def test_another_network_looks_at_the_pictures_of_a_run(kt: Kt) -> None:
    told = json.loads(kt("domains", "tiny", "--target", "fashion", "--network", "small_cnn", "--json")[1])
    assert told["candidate"] == {"kind": "scratch", "network": "small_cnn"}
    assert told["source"]["data"]["name"] == "emoji-noto"


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["nothing"], "“nothing” is no source"),
        (["emoji-twemoji", "--network", "nothing"], "“nothing” is no source"),
        (["emoji-twemoji", "--network", "torchvision/resnet18"], "are not on this machine"),
        (["emoji-twemoji", "--seed", "-1"], "is no whole number from 0 on"),
        (["emoji-twemoji", "--method", "umap"], "umap"),
    ],
)
def test_what_cannot_be_done_is_one_line_with_a_remedy(kt: Kt, words: list[str], part: str) -> None:
    code, told, err = kt("domains", *words, "--target", "emoji-noto")
    assert (code, told) == (2, "")
    assert part in err
    assert len(err.splitlines()) == 1
    assert " - " in err
