"""`kt lr`, as a person or a program calls it."""

import json
from pathlib import Path

import pytest

from kt_gui.schema.codec import dump_experiment
from kt_gui.schema.experiment import Experiment, Scratch
from tests.cli.test_cli import Kt, kt
from tests.session.conftest import tiny

__all__ = ["kt"]


def written(folder: Path, experiment: Experiment) -> str:
    path = folder / "experiment.toml"
    path.write_text(dump_experiment(experiment), encoding="utf-8")
    return str(path)


def test_a_person_is_told_the_rate_and_what_it_was_tried_on(kt: Kt, tmp_path: Path) -> None:
    code, told, err = kt("lr", written(tmp_path, tiny()))
    assert (code, err) == (0, "")
    assert len(told.splitlines()) == 5
    assert "It is 0.01 now" in told
    assert "random weights in the source’s place" in told
    assert told.endswith("ask again.\n")


def test_a_program_gets_the_whole_curve(kt: Kt, tmp_path: Path) -> None:
    code, told, _ = kt("lr", written(tmp_path, tiny()), "--set", "training.optimiser.learning_rate=0.5", "--json")
    found = json.loads(told)
    assert code == 0
    assert (found["event"], found["phase"], found["now"]) == ("rate_found", "finetuning", 0.5)
    assert len(found["rates"]) == len(found["losses"]) == len(found["smooth"]) > 20


def test_the_pretraining_can_be_asked_for(kt: Kt, tmp_path: Path) -> None:
    code, told, _ = kt("lr", written(tmp_path, tiny()), "--source", "--json")
    assert (code, json.loads(told)["phase"]) == (0, "pretraining")


@pytest.mark.parametrize("words", [["nowhere.toml"], []])
def test_what_a_person_can_mend_is_one_line(kt: Kt, words: list[str]) -> None:
    code, out, err = kt("lr", *words)
    assert (code, out, err.count("\n")) == (2, "", 1)


def test_a_source_that_is_not_pretrained_has_no_rate(kt: Kt, tmp_path: Path) -> None:
    code, _, err = kt("lr", written(tmp_path, tiny(source=Scratch(network="small_cnn"))), "--source")
    assert code == 2
    assert "not pretrained in this experiment" in err
