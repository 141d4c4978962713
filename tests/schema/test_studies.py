"""Study files in and out, and what a wrong one is told."""

import random
from pathlib import Path

import msgspec
import pytest

from kt_gui.schema import fields
from kt_gui.schema.codec import decode_event, dump_experiment, dump_study, encode_event, load_study, parse_study
from kt_gui.schema.datasets import ImageFolder
from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import Target
from kt_gui.schema.studies import LabelSavings, LambdaSearch, Study, Trial
from kt_gui.schema.study_events import StudyStarted
from kt_gui.schema.tuning import Tuning
from tests.schema.test_codec import drawn, small


@pytest.mark.parametrize("seed", range(60))
def test_any_study_comes_back_from_its_file_as_it_was(seed: int) -> None:
    study = msgspec.convert(drawn(fields.form(Study), random.Random(seed)), Study)
    assert parse_study(dump_study(study), "s.toml") == study


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ('kind = "lambda"', 'kind = "lamda"', ["“lamda”", "s.toml, study.kind", "“lambda”"]),
        ("folds = 5", "folds = 1", ["study.folds", "a whole number ≥ 2"]),
        ("folds = 5", "fold = 5", ["“fold”", "study.fold", "“folds”"]),
        ("strengths = [", "strengths = [-1.0,", ["-1.0", "study.strengths.0", "≥ 0"]),
        ("strengths = [", "strengths = [nan,", ["nan", "study.strengths.0"]),
        ("strengths = [", "strengths = ['x',", ["“x”", "study.strengths.0", "a number"]),
        ('network = "small_cnn"', "network = 3", ["3", "experiment.source.network", "text"]),
        ("version = 1\n", "version = 9\n", ["newer version", "s.toml", "Update"]),
        ("version = 2\n", "version = 9\n", ["newer version", "s.toml", "Update"]),
    ],
)
def test_a_wrong_file_is_told_what_where_and_what_to_do(before: str, after: str, expected: list[str]) -> None:
    text = dump_study(Study(study=LambdaSearch(), experiment=small()))
    assert before in text
    with pytest.raises(UserError) as raised:
        parse_study(text.replace(before, after, 1), "s.toml")
    assert all(part in str(raised.value) for part in expected), str(raised.value)


def test_an_experiment_in_the_place_of_a_study_is_told() -> None:
    with pytest.raises(UserError, match=r"e\.toml holds an experiment.*--print"):
        parse_study(dump_experiment(small()), "e.toml")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ('kind = "learning_rate"', 'kind = "learning_rat"', ["study.first.kind", "“learning_rate”"]),
        ("low = 0.001", "low = 0.0", ["study.first.low", "> 0"]),
        ("last = 2", "last = -1", ["study.second.last", "≥ 0"]),
        ("gradual = false", "gradual = 'no'", ["study.second.gradual", "true or false"]),
        ("tries = 16", "tries = 1", ["study.tries", "≥ 2"]),
    ],
)
def test_a_wrong_tuning_is_told_where(before: str, after: str, expected: list[str]) -> None:
    text = dump_study(Study(study=Tuning(), experiment=small()))
    assert before in text
    with pytest.raises(UserError) as raised:
        parse_study(text.replace(before, after, 1), "s.toml")
    assert all(part in str(raised.value) for part in expected), str(raised.value)


def test_an_experiment_of_an_older_version_is_brought_to_this_one() -> None:
    text = dump_study(Study(study=LabelSavings(), experiment=small()))
    old = text.replace("version = 2\n", "version = 1\n", 1).replace("views = 4\n", "")
    assert parse_study(old, "s.toml").experiment.transfer.views == 0


def test_relative_paths_start_at_the_files_folder(tmp_path: Path) -> None:
    experiment = small(target=Target(data=ImageFolder(path="pictures")))
    (tmp_path / "s.toml").write_text(dump_study(Study(study=LabelSavings(), experiment=experiment)), encoding="utf-8")
    assert load_study(tmp_path / "s.toml").experiment.target.data == ImageFolder(path=str(tmp_path / "pictures"))


def test_an_event_of_a_study_comes_back_as_it_was() -> None:
    trial = Trial(key="0 fold 1", row="0", column=0, seed=3, strength=0.0, fold=0)
    event = StudyStarted(study="1", name="s", folder="f", question=LambdaSearch(), trials=(trial,), runs=1)
    assert decode_event(encode_event(event)) == event
