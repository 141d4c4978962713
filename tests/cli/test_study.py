"""`kt study`: from a file to its verdict, gone on with, listed, drafted."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kt_gui import session
from kt_gui.cli import main
from kt_gui.schema import study_words
from kt_gui.schema.codec import decode_event, dump_experiment, dump_study, parse_study
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event, Noticed
from kt_gui.schema.stop import StopToken
from kt_gui.schema.studies import LambdaSearch, Study, TransferGain
from kt_gui.schema.study_answers import Gain, GainVerdict, LambdaVerdict, Point, SavingsVerdict
from kt_gui.schema.study_events import StudyEnded, StudyStarted, TrialTold
from kt_gui.schema.texts import Message
from kt_gui.session import trials
from kt_gui.store.folders import Home
from tests.session.conftest import tiny


@pytest.fixture
def file(tmp_path: Path) -> Path:
    search = LambdaSearch(strengths=(0.0, 1.0), frozen_end=False, folds=2, prune=False)
    path = tmp_path / "study.toml"
    path.write_text(dump_study(Study(name="small", study=search, experiment=tiny())), encoding="utf-8")
    return path


def test_the_last_line_of_json_is_the_verdict_and_the_study_is_listed(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["study", str(file), "--json"]) == 0
    events = [decode_event(line) for line in capsys.readouterr().out.splitlines()]
    assert sum(isinstance(event, StudyEnded) for event in events) == 1
    ended = events[-1]
    assert isinstance(ended, StudyEnded)
    assert isinstance(ended.verdict, LambdaVerdict)
    assert isinstance(events[0], StudyStarted) or any(isinstance(event, StudyStarted) for event in events)
    assert main(["study", "--list"]) == 0
    assert ended.study in capsys.readouterr().out
    assert main(["study", "--list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["verdict"]["field"] == "transfer.lambda"
    assert main(["study", "--resume", "small"]) == 2
    assert "finished already" in capsys.readouterr().err


def test_a_study_of_which_every_trial_fails_is_an_error_with_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_given: object, **_named: object) -> Iterator[Event]:
        raise UserError("The disk is full.", "Free some of it.")
        yield  # a generator

    monkeypatch.setattr(trials, "work", refuse)
    path = tmp_path / "study.toml"
    path.write_text(dump_study(Study(study=TransferGain(seeds=2, forgetting=False), experiment=tiny())), "utf-8")
    assert main(["study", str(path), "--json"]) == 2
    told = capsys.readouterr()
    ended = decode_event(told.out.splitlines()[-1])
    assert isinstance(ended, StudyEnded)
    assert ended.failed == 6
    assert told.err.startswith("error: No trial came to its end: The disk is full.")
    assert f"kt study --resume {ended.study}" in told.err
    assert len(told.err.splitlines()) == 1


def test_what_runs_take_notice_of_is_told_once_in_one_line(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def noticing(_asked: Study, _stop: StopToken, _home: Home, _engage: object) -> Iterator[Event]:
        twice = Noticed(level="warning", message=Message("Some pictures lie twice."), details=("a.png", "b.png"))
        for key in ("0 fold 1", "1 fold 1"):
            yield TrialTold(trial=key, told=twice)
            yield TrialTold(trial=key, told=Noticed(level="warning", message=Message(f"The worker of {key} was lost.")))
        yield twice

    monkeypatch.setattr(session, "study", noticing)
    assert main(["study", str(file)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Warning: Some pictures lie twice.",
        "Warning: The worker of 0 fold 1 was lost.",
        "Warning: The worker of 1 fold 1 was lost.",
    ]


@pytest.mark.parametrize("kind", ["lambda", "gain", "ladder", "savings", "tune"])
def test_a_study_is_drafted_for_an_experiment(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "e.toml"
    path.write_text(dump_experiment(tiny()), encoding="utf-8")
    assert main(["study", "--print", kind, str(path)]) == 0
    study = parse_study(capsys.readouterr().out, "s.toml")
    assert study.experiment == tiny()
    assert study.study.__struct_config__.tag == kind


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--on", "spark"], "cannot run on “spark”"),
        (["--workers", "2"], "Write --on ray, too"),
        (["--on", "ray", "--workers", "0"], "Name 1 or more"),
        (["--on", "ray:nowhere"], "no address of a Ray cluster"),
    ],
)
def test_a_place_that_cannot_be_is_told_and_leaves_no_study(
    words: list[str], said: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["study", str(file), *words]) == 2
    assert said in capsys.readouterr().err
    assert main(["study", "--list"]) == 0
    assert "no study yet" in capsys.readouterr().out


def test_nothing_and_an_unknown_study_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["study"]) == 2
    assert main(["study", "--resume", "nothing"]) == 2
    assert "There is no study “nothing”" in capsys.readouterr().err
    assert main(["study", "--list"]) == 0
    assert "no study yet" in capsys.readouterr().out


# --- what is said ----------------------------------------------------------------------------------------------------


def gain(mean: float, low: float | None, high: float | None) -> Gain:
    p = None if low is None else 0.01
    return Gain(over="scratch", mean=mean, low=low, high=high, p=p, sign_flip=None, pairs=5)


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("helps", "Transfer helps: +7.4 points against the same network from scratch (95 % interval +4.1 to +10.2"),
        ("harms", "Transfer harms (negative transfer)"),
        ("undecided", "cannot be told"),
    ],
)
def test_a_gain_is_said_in_points_with_its_interval(outcome: str, said: str) -> None:
    found = GainVerdict(scores=(), gains=(gain(0.074, 0.041, 0.102),), curve=None, outcome=outcome)  # type: ignore[arg-type]
    assert said in study_words.answer(found)


def test_a_single_pair_is_said_without_an_interval() -> None:
    found = GainVerdict(scores=(), gains=(gain(0.1, None, None),), curve=None, outcome="undecided")
    assert "interval" not in study_words.answer(found)


def test_the_chosen_value_is_said_and_why() -> None:
    points = tuple(
        Point(strength=s, losses=(m,), mean=m, error=0.1, accuracy=0.5, epoch=3, is_complete=True)
        for s, m in ((0.0, 0.5), (0.01, 0.55), (None, 0.56))
    )
    found = LambdaVerdict(field="transfer.lambda", points=points, best=0, chosen=1, value=0.01, epochs=4)
    assert "Use λ = 0.01: of all within one standard error of the best loss (0.5 ± 0.1)" in study_words.answer(found)
    assert len(list(study_words.told(found))) == 4


def test_a_saving_that_is_a_bound_is_said_as_one() -> None:
    found = SavingsVerdict(transfer=(), scratch=(), pictures=(), savings=(), times=6.0, is_bound=True)
    assert "more than 6 times" in study_words.answer(found)
