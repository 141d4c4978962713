from pathlib import Path
from unittest.mock import create_autospec

import msgspec
import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from kt_gui import samples, session
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.study_model import Cell, StudyModel
from kt_gui.bridge.study_so_far import SoFar
from kt_gui.cluster import ray_crew
from kt_gui.cluster.place import OnRay
from kt_gui.samples import studies
from kt_gui.schema.events import EpochEnded, Event, FeaturesKept, Noticed, Progressed
from kt_gui.schema.stop import StopToken
from kt_gui.schema.studies import LambdaSearch, Study
from kt_gui.schema.study_answers import LambdaVerdict
from kt_gui.schema.study_events import StudyEnded, TrialEnded, TrialTold
from kt_gui.schema.texts import Message
from kt_gui.store.folders import Home
from kt_gui.store.history import History
from kt_gui.store.studies import Studies, read_record
from tests.session.conftest import tiny

SMALL = Study(
    name="small", study=LambdaSearch(strengths=(0.0, 0.1), folds=2, frozen_end=False, prune=False), experiment=tiny()
)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody loads torch to find out what a study takes."""

    def foresee(asked: Study, stop: StopToken, home: Home) -> list[Event]:
        return [studies.foreseen(asked.study)]

    monkeypatch.setattr(session, "foresee_study", create_autospec(session.foresee_study, side_effect=foresee))


@pytest.fixture
def model(folders: Home, owner: QObject) -> StudyModel:
    return StudyModel(folders, owner, is_enabled=False)


def told(done: int) -> list[Event]:
    return studies.begun(studies.LAMBDA, done)


def test_a_prepared_study_tells_what_it_would_take(model: StudyModel) -> None:
    model.prepare(studies.study(studies.LAMBDA))
    model.apply([studies.foreseen(studies.LAMBDA)])
    assert model.state == "prepared"
    assert model.foreseen is not None
    assert (model.foreseen.runs, len(model.trials)) == (56, 56)


def test_asking_otherwise_forgets_what_was_foreseen(model: StudyModel) -> None:
    model.prepare(studies.study(studies.LAMBDA))
    model.apply([studies.foreseen(studies.LAMBDA)])
    model.ask(msgspec.structs.replace(studies.LAMBDA, folds=3))
    assert model.foreseen is None
    assert model.study is not None
    assert model.study.study == msgspec.structs.replace(studies.LAMBDA, folds=3)


def test_a_study_that_goes_on_knows_how_its_trials_stand(model: StudyModel) -> None:
    model.apply(told(done=23))
    assert model.is_live
    assert model.done == 23
    assert model.single is not None
    assert model.single.trial == model.trials[23]
    assert model.cells[model.trials[23].key].state == "running"
    assert model.cells[model.trials[24].key] == Cell()
    assert model.share is not None
    assert 23 / 56 < model.share < 24 / 56


def test_of_several_at_work_each_counts_as_far_as_it_is(model: StudyModel) -> None:
    model.apply(studies.begun(studies.LAMBDA, done=20, at_once=3))
    at_work = [trial.key for trial in model.trials[20:23]]
    assert list(model.at_work) == at_work
    assert [model.cells[key].state for key in at_work] == ["running"] * 3
    assert model.single is None, "none is the one that runs"
    part = next(iter(model.at_work.values())).share
    assert 0 < part < 1
    assert model.share == pytest.approx((20 + 3 * part) / 56)
    lost = Noticed(level="warning", message=Message("The worker was lost."))
    model.apply([TrialTold(trial=at_work[1], told=lost)])
    assert (model.cells[at_work[1]].state, model.cells[at_work[1]].reason) == ("running", "The worker was lost.")
    model.apply([TrialEnded(trial=model.trials[21], state="finished", done=21, planned=56)])
    model.apply([TrialEnded(trial=model.trials[20], state="finished", done=22, planned=56)])
    assert model.single is not None
    assert model.single.trial == model.trials[22]


def test_where_trials_run_is_told_to_the_session_and_stays(
    qtbot: QtBot, folders: Home, owner: QObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = create_autospec(session.study, return_value=studies.finished(studies.LAMBDA))
    monkeypatch.setattr(session, "study", quick)
    monkeypatch.setattr(ray_crew, "on_ray", create_autospec(ray_crew.on_ray, side_effect=lambda on: ("crew", on)))
    model, on = StudyModel(folders, owner), OnRay(workers=3)
    for place in (on, None):
        model.run_on(place)
        model.prepare(SMALL)
        with qtbot.waitSignal(model.ended):
            model.start()
    first, second = quick.call_args_list
    assert first.kwargs == {"engage": ("crew", on)}
    assert second.kwargs == {}


def test_there_is_a_verdict_before_the_end_and_it_is_of_what_has_ended(model: StudyModel) -> None:
    model.apply(told(done=23))
    verdict = model.verdict
    assert isinstance(verdict, LambdaVerdict)
    assert [sum(loss is not None for loss in point.losses) for point in verdict.points] == [3, *[2] * 10]
    assert verdict.chosen is None, "no value has all of its folds yet"


def test_the_last_verdict_before_the_end_is_that_of_the_end(model: StudyModel) -> None:
    events = studies.finished(studies.LAMBDA)
    model.apply(events[:-1])
    before = model.verdict
    model.apply(events[-1:])
    assert model.state == "finished"
    assert model.verdict == before


def test_a_failed_trial_does_not_end_the_study(model: StudyModel) -> None:
    model.apply(told(done=3))
    trial = model.trials[3]
    model.apply([TrialEnded(trial=trial, state="failed", reason="No memory.", done=4, planned=56)])
    assert model.is_live
    assert (model.failed, model.cells[trial.key].reason) == (1, "No memory.")


def test_what_is_resumed_keeps_what_had_finished(model: StudyModel) -> None:
    events = told(done=3)
    failed = TrialEnded(trial=studies_trials(events)[3], state="failed", reason="No memory.")
    model.apply([*events, failed, events[0]])
    assert [model.cells[trial.key].state for trial in model.trials[:5]] == ["finished"] * 3 + ["waiting"] * 2


def studies_trials(events: list[Event]) -> tuple:  # type: ignore[type-arg]
    return events[0].trials  # type: ignore[attr-defined,no-any-return]


def test_a_failure_is_kept_and_leaves_the_way_to_resume(model: StudyModel) -> None:
    model.apply(told(done=3))
    model.fail(Failure("user", "The folder has gone.", "Put it back.", ""))
    assert (model.state, model.single, model.is_resumable) == ("failed", None, True)


def test_what_a_study_takes_is_found_out_in_the_background_and_it_can_be_closed(
    qtbot: QtBot, folders: Home, owner: QObject
) -> None:
    model = StudyModel(folders, owner)
    model.prepare(studies.study(studies.LAMBDA))
    qtbot.waitUntil(lambda: model.foreseen is not None)
    model.close()
    assert (model.state, model.study) == ("idle", None)


# --- with a folder behind it -----------------------------------------------------------------------------------------


@pytest.fixture
def interrupted(folders: Home) -> Path:
    """A study that a crash has ended after three trials, in the midst of the fourth."""
    folder = Studies(folders).create(studies.study(studies.LAMBDA))
    history = History(folder)
    for event in told(done=3):
        if not isinstance(event, SoFar):
            history.append(event)
    history.close()
    return folder


def test_an_interrupted_study_is_replayed_from_its_folder(
    qtbot: QtBot, folders: Home, owner: QObject, interrupted: Path
) -> None:
    model = StudyModel(folders, owner)
    with qtbot.waitSignal(model.ended):
        model.replay(read_record(interrupted))
    assert model.state == "interrupted"
    assert model.done == 3
    assert model.single is None
    assert model.cells[model.trials[3].key].state == "waiting"
    assert isinstance(model.verdict, LambdaVerdict)
    assert model.is_resumable


def test_resuming_shows_what_was_found_and_goes_on(
    qtbot: QtBot, folders: Home, owner: QObject, interrupted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def goes_on(folder: Path, stop: StopToken, home: Home) -> list[Event]:
        assert (folder, home) == (interrupted, folders)
        return studies.finished(studies.LAMBDA)[-1:]

    monkeypatch.setattr(session, "resume_study", create_autospec(session.resume_study, side_effect=goes_on))
    model = StudyModel(folders, owner)
    with qtbot.waitSignal(model.ended):
        model.resume(read_record(interrupted))
    assert (model.state, model.done) == ("finished", 3)


def test_a_study_whose_file_has_gone_says_so(qtbot: QtBot, folders: Home, owner: QObject, interrupted: Path) -> None:
    record = read_record(interrupted)
    (interrupted / "study.toml").unlink()
    model = StudyModel(folders, owner)
    model.replay(record)
    assert model.state == "failed"
    assert model.failure is not None
    assert "study.toml" in model.failure.message


def test_stopping_keeps_what_was_found(
    qtbot: QtBot, folders: Home, owner: QObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session's study is in the tests of its page; this one only waits to be stopped."""

    def endless(asked: Study, stop: StopToken, home: Home) -> object:
        yield from told(done=2)
        while not stop.requested():
            pass
        yield StudyEnded(ended="stopped", study="5eed", name="emoji", folder="", verdict=None)

    monkeypatch.setattr(session, "study", create_autospec(session.study, side_effect=endless))
    model = StudyModel(folders, owner)
    model.prepare(SMALL)
    model.start()
    qtbot.waitUntil(lambda: model.done == 2)
    model.pause()
    assert model.state == "paused"
    model.go_on()
    assert model.state == "running"
    with qtbot.waitSignal(model.ended):
        model.stop()
        assert model.state == "stopping"
    assert model.state == "stopped"


def test_the_run_at_work_is_timed_by_its_epochs(model: StudyModel) -> None:
    model.apply(studies.begun(studies.GAIN, 10))
    assert model.single is not None
    assert model.single.live is not None
    arm, clock = model.single.live
    epochs = [event for event in samples.running() if isinstance(event, EpochEnded) and event.phase == "finetuning"]
    assert arm == "features"
    assert [value for _, value in clock] == [each.validation_accuracy for each in epochs]
    assert clock[-1][0] == pytest.approx(len(epochs) * studies.PACE["features"])


def test_a_run_whose_beginning_was_told_at_another_time_is_not_timed(model: StudyModel) -> None:
    events = studies.begun(studies.GAIN, 10)
    first = next(e for e in events if isinstance(e, EpochEnded) and e.epoch == 0)
    model.apply([event for event in events if event is not first])
    assert model.single is not None
    assert model.single.live is None
    model.apply(studies.begun(studies.LAMBDA, 3))
    assert model.single is not None
    assert model.single.live is None, "a λ search has no arms"


def test_what_computing_features_takes_counts_for_the_run_at_work(model: StudyModel) -> None:
    events = studies.begun(studies.GAIN, 10)
    first = next(place for place, event in enumerate(events) if isinstance(event, EpochEnded))
    looking = Progressed(activity="features", done=0, total=80, at=1000.0)
    kept = FeaturesKept(phase="finetuning", epoch=0, blocks=("stem",), at=1007.5)
    model.apply([*events[:first], looking, kept, *events[first:]])
    assert model.single is not None
    pace = studies.PACE["features"]
    assert [time for time, _ in model.single.clock[:2]] == pytest.approx([7.5 + pace, 7.5 + 2 * pace])


def test_features_that_lay_there_count_what_they_took_then(model: StudyModel) -> None:
    events = studies.begun(studies.GAIN, 10)
    first = next(place for place, event in enumerate(events) if isinstance(event, EpochEnded))
    kept = FeaturesKept(phase="finetuning", epoch=0, blocks=("stem",), pictures=80, earlier_s=6.5, at=1007.5)
    model.apply([*events[:first], kept, *events[first:]])
    assert model.single is not None
    pace = studies.PACE["features"]
    assert [time for time, _ in model.single.clock[:2]] == pytest.approx([6.5 + pace, 6.5 + 2 * pace])


def test_a_study_that_has_gone_says_why_it_cannot_be_shown(model: StudyModel, tmp_path: Path) -> None:
    model.replay_at(tmp_path / "gone")
    assert model.state == "failed"
    assert model.failure is not None
    assert "study.toml" in model.failure.message
