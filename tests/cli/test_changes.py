"""`kt changes` and what `kt show` says of checkpoints."""

import json
from pathlib import Path

import pytest

from kt_gui.cli import main
from kt_gui.schema.experiment import Experiment, Scratch, WeightsFile
from kt_gui.store import checkpoints
from kt_gui.store.folders import Home, home
from tests.session.conftest import run, tiny


@pytest.fixture
def place() -> Home:
    return home()


def lines(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert main(list(words)) == 0
    return capsys.readouterr().out.splitlines()


def test_tables_say_what_moved_and_what_was_forgotten(place: Home, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(run(tiny(), place))
    said = lines(capsys, "changes", folder, "--checkpoint", "2")
    assert said[0].split()[0] == "block"
    assert [line.split("  ")[0] for line in said[1:6]] == ["stem", "block 1", "block 2", "block 3", "block 4"]
    assert "Similarity on 15 validation pictures of Emoji as Noto draws them." in said
    assert [line.split("  ")[0].split(" (")[0] for line in said[-4:]] == ["source", "epoch 1", "epoch 2", "epoch 3"]
    told = json.loads(lines(capsys, "changes", folder, "--checkpoint", "2", "--json")[0])
    assert told["changed"]["epoch"] == 1
    assert [point["epoch"] for point in told["forgotten"]["points"]] == [None, 0, 1, 2]
    assert told["notices"] == []


def test_what_cannot_be_measured_hides_nothing_else(place: Home, capsys: pytest.CaptureFixture[str]) -> None:
    weights = checkpoints.path_of(run(tiny(), place), "best")
    folder = str(run(tiny(source=WeightsFile(path=str(weights), network="small_cnn")), place))
    said = lines(capsys, "changes", folder)
    assert said[1].startswith("stem")
    assert said[-1].startswith("Note: What was forgotten cannot be measured")
    told = json.loads(lines(capsys, "changes", folder, "--json")[0])
    assert told["forgotten"] is None
    assert len(told["notices"]) == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--checkpoint", "7"], "error: The weights of epoch 7 were not kept"),
        (["--checkpoint", "nonsense"], "nonsense"),
    ],
)
def test_a_checkpoint_that_is_not_there_is_told_with_those_that_are(
    place: Home, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    folder = str(run(tiny(), place))
    assert main(["changes", folder, *words]) == 2
    assert says in capsys.readouterr().err


def test_from_scratch_there_is_nothing_to_compare(place: Home, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(run(scratch(), place))
    assert main(["changes", folder]) == 2
    assert capsys.readouterr().err.startswith("error: The run learnt from random weights")


def scratch() -> Experiment:
    return tiny(source=Scratch(network="small_cnn"))


def test_show_lists_the_checkpoints(place: Home, capsys: pytest.CaptureFixture[str]) -> None:
    folder: Path = run(tiny(), place)
    listed = next(line for line in lines(capsys, "show", str(folder)) if line.startswith("Checkpoints"))
    assert listed.startswith("Checkpoints: source, epoch 1")
    assert "(best)" in listed
    told = json.loads(lines(capsys, "show", str(folder), "--json")[0])
    assert told["checkpoints"][:2] == [{"checkpoint": "source", "epoch": None}, {"checkpoint": 0, "epoch": 0}]
