"""A run as it is shown, fed lists of events; and its worker, fed small generators."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from kt_gui import samples
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.run_model import RunModel
from kt_gui.schema.events import EpochEnded, Event, Progressed, RunEnded, RunStarted, StepEnded
from kt_gui.schema.experiment import Pretrain
from kt_gui.schema.stop import StopToken
from kt_gui.store.folders import Home
from kt_gui.store.history import History
from kt_gui.store.runs import Runs, change

Play = Callable[[list[Event]], None]


@pytest.fixture
def model(folders: Home, owner: QObject) -> RunModel:
    return RunModel(folders, owner)


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Play:
    """Let session.run tell these events, then wait to be stopped."""

    def make(events: list[Event]) -> None:
        def run(_experiment: object, stop: StopToken, _home: Home) -> Iterator[Event]:
            yield from events
            while not stop.requested():
                yield Progressed(activity="preparing", done=0, total=0)

        monkeypatch.setattr("kt_gui.session.run", run, raising=False)

    return make


@pytest.fixture
def folder(folders: Home) -> Path:
    """A run's folder as the store makes it, with the history of a whole run."""
    made = Runs(folders).create(samples.EXPERIMENT)
    write(made, samples.finished())
    change(made, state="finished")
    return made


def write(folder: Path, events: list[Event]) -> None:
    history = History(folder)
    for event in events:
        history.append(event)
    history.close()


def begin(qtbot: QtBot, model: RunModel) -> None:
    with qtbot.waitSignal(model.changed):
        model.start(samples.EXPERIMENT)
    qtbot.waitUntil(lambda: bool(model.folder))


def end(qtbot: QtBot, model: RunModel) -> None:
    with qtbot.waitSignal(model.ended):
        model.cancel_and_discard()


def test_a_run_in_its_midst_knows_its_phases_and_its_place(model: RunModel) -> None:
    model.apply(samples.running(17))
    assert [phase.started.phase for phase in model.phases] == ["pretraining", "finetuning"]
    assert [phase.offset for phase in model.phases] == [0.0, 16.0]
    assert len(model.phases[1].epochs) == 17
    assert model.state == "running"
    assert model.share == 17 / 24


def test_the_time_left_comes_from_the_epochs_times(model: RunModel) -> None:
    model.apply(samples.running(17))
    assert model.eta_s == pytest.approx(7 * 1.9)


def test_before_the_first_epoch_ends_the_time_left_comes_from_the_pace(model: RunModel) -> None:
    events = samples.running(17)
    first = next(place for place, event in enumerate(events) if isinstance(event, StepEnded))
    model.apply(events[: first + 1])
    epochs_left = 16 - 1 / samples.STEPS
    assert model.eta_s == pytest.approx(epochs_left * 337 / 1240)


def test_a_finished_run_has_no_time_left_and_a_result(model: RunModel) -> None:
    model.apply(samples.finished())
    assert (model.state, model.eta_s, model.is_live) == ("finished", None, False)
    assert model.result is not None
    assert model.result.target_accuracy == 0.7101
    assert model.tested["finetuning"].total == 207


def test_a_loss_that_is_not_finite_is_nan(model: RunModel) -> None:
    events = samples.running(1)
    broken = [msgspec.structs.replace(each, loss=None) if isinstance(each, StepEnded) else each for each in events]
    model.apply(broken)
    assert math.isnan(model.phases[0].losses[0])


def test_after_a_resume_what_lay_behind_the_checkpoint_is_drawn_once(model: RunModel) -> None:
    events = samples.running(10)
    again = [each for each in events if isinstance(each, StepEnded | EpochEnded) and each.phase == "finetuning"]
    later = [each for each in again if each.epoch >= 6]
    model.apply(events)
    started = next(each for each in events if isinstance(each, RunStarted))
    phase = model.phases[1].started
    model.apply([msgspec.structs.replace(started, resumed=True), phase, *later])
    curves = model.phases[1]
    assert len(model.phases) == 2
    assert [each.epoch for each in curves.epochs] == list(range(10))
    assert list(curves.positions) == sorted(set(curves.positions))
    assert len(curves.positions) == 10 * samples.STEPS


def test_an_activity_is_over_when_learning_begins(model: RunModel) -> None:
    model.apply([Progressed(activity="reading", done=5, total=10)])
    assert model.share == 0.5
    model.apply(samples.running(1))
    assert model.activity is None


def test_an_event_nobody_knows_is_a_mistake(model: RunModel) -> None:
    with pytest.raises(TypeError):
        model.apply([samples.REHEARSED])


def test_a_run_that_is_stopped_keeps_what_it_says_at_its_end(
    qtbot: QtBot, model: RunModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = samples.finished()[-1]
    assert isinstance(ended, RunEnded)

    def run(_experiment: object, stop: StopToken, _home: Home) -> Iterator[Event]:
        yield from samples.running(2)
        while not stop.requested():
            yield Progressed(activity="preparing", done=0, total=0)
        assert stop.verb == "keep"
        yield msgspec.structs.replace(ended, ended="stopped", stopped=True)

    monkeypatch.setattr("kt_gui.session.run", run, raising=False)
    begin(qtbot, model)
    with qtbot.waitSignal(model.ended):
        model.stop_and_keep()
        assert model.state == "stopping"
    assert model.state == "stopped"
    assert model.result is not None


def test_a_run_can_be_paused_and_go_on(qtbot: QtBot, model: RunModel, play: Play) -> None:
    play(samples.running(2))
    begin(qtbot, model)
    model.pause()
    assert model.state == "paused"
    model.go_on()
    assert model.state == "running"
    end(qtbot, model)


def test_a_cancelled_run_is_cancelled(qtbot: QtBot, model: RunModel, play: Play) -> None:
    play(samples.running(2))
    begin(qtbot, model)
    end(qtbot, model)
    assert model.state == "cancelled"


def test_a_second_run_waits_for_nobody_and_does_not_start(qtbot: QtBot, model: RunModel, play: Play) -> None:
    play(samples.running(2))
    begin(qtbot, model)
    model.start(msgspec.structs.replace(samples.EXPERIMENT, name="another"))
    assert model.experiment == samples.EXPERIMENT
    end(qtbot, model)


def test_the_next_run_shows_nothing_of_the_last(qtbot: QtBot, model: RunModel, play: Play) -> None:
    play(samples.running(4))
    begin(qtbot, model)
    end(qtbot, model)
    play(samples.running(4)[:1])
    begin(qtbot, model)
    assert model.phases == []
    end(qtbot, model)


def test_a_failed_run_says_why_and_keeps_its_curves(
    qtbot: QtBot, model: RunModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(_experiment: object, _stop: StopToken, _home: Home) -> Iterator[Event]:
        yield from samples.running(3)
        raise MemoryError

    monkeypatch.setattr("kt_gui.session.run", run, raising=False)
    with qtbot.waitSignal(model.ended):
        model.start(samples.EXPERIMENT)
    assert model.state == "failed"
    assert model.failure is not None
    assert model.failure.kind == "memory"
    assert len(model.phases[1].epochs) == 3


def test_twice_as_many_parts_are_for_both_phases(model: RunModel) -> None:
    model.experiment = samples.EXPERIMENT
    parted = model.in_more_parts()
    assert parted is not None
    assert (parted.training.batch_size, parted.training.accumulation) == (32, 2)
    assert isinstance(parted.source, Pretrain)
    assert (parted.source.training.batch_size, parted.source.training.accumulation) == (32, 2)
    model.experiment = parted
    again = model.in_more_parts()
    assert again is not None
    assert again.training.accumulation == 4


def test_a_batch_of_one_cannot_be_taken_in_parts(model: RunModel) -> None:
    one = msgspec.structs.replace(samples.EXPERIMENT.training, batch_size=1)
    source = samples.EXPERIMENT.source
    assert isinstance(source, Pretrain)
    model.experiment = msgspec.structs.replace(
        samples.EXPERIMENT, training=one, source=msgspec.structs.replace(source, training=one)
    )
    assert model.in_more_parts() is None


def test_a_replayed_run_draws_the_very_curves_of_the_live_one(
    qtbot: QtBot, model: RunModel, folders: Home, owner: QObject, folder: Path
) -> None:
    live = RunModel(folders, owner)
    live.apply(samples.finished())
    with qtbot.waitSignal(model.ended):
        model.replay(folder)
    assert model.state == "finished"
    assert model.phases == live.phases
    assert model.result == live.result
    assert model.experiment == samples.EXPERIMENT


def test_a_thousand_epochs_are_replayed(qtbot: QtBot, model: RunModel, folders: Home) -> None:
    epoch = next(each for each in samples.running(1) if isinstance(each, EpochEnded))
    made = Runs(folders).create(samples.EXPERIMENT)
    epochs = [msgspec.structs.replace(epoch, epoch=number, best=number == 0) for number in range(1000)]
    write(made, [*samples.running(0)[:3], *epochs])
    change(made, state="finished")
    with qtbot.waitSignal(model.ended):
        model.replay(made)
    assert len(model.phases[0].epochs) == 1000


@pytest.mark.parametrize("state", ["interrupted", "failed", "running"])
def test_a_replayed_run_without_an_end_says_what_became_of_it(
    qtbot: QtBot, model: RunModel, folders: Home, state: str
) -> None:
    made = Runs(folders).create(samples.EXPERIMENT)
    write(made, samples.running(7))
    change(made, state=state, reason="The disk is full.", process=None)
    with qtbot.waitSignal(model.ended):
        model.replay(made)
    assert model.state == ("failed" if state == "failed" else "interrupted")
    assert model.failure == (
        Failure("user", "The disk is full.", "", "The disk is full.") if state == "failed" else None
    )


def test_a_resumed_run_shows_what_it_did_before_and_goes_on(
    qtbot: QtBot, model: RunModel, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def resume(_folder: Path, _stop: StopToken, _home: Home) -> Iterator[Event]:
        seen.append(model.state)
        yield RunStarted(run="1f3a", name="emoji", folder=str(folder), resumed=True)
        yield samples.finished()[-1]

    monkeypatch.setattr("kt_gui.session.resume", resume, raising=False)
    with qtbot.waitSignal(model.ended):
        model.resume(folder)
    assert seen == ["running"]
    assert len(model.phases[1].epochs) == samples.EPOCHS
    assert model.state == "finished"


def test_a_folder_that_cannot_be_read_is_shown_as_a_failure(model: RunModel, tmp_path: Path) -> None:
    model.replay(tmp_path)
    assert model.state == "failed"
    assert model.failure is not None
    assert model.failure.kind == "user"


def test_the_run_in_view_follows_its_new_name(qtbot: QtBot, model: RunModel, folder: Path, folders: Home) -> None:
    with qtbot.waitSignal(model.ended):
        model.replay(folder)
    Runs(folders).rename(folder, "another")
    model.follow(Runs(folders).list())
    assert model.name == "another"


def test_the_run_in_view_is_forgotten_when_it_is_deleted(
    qtbot: QtBot, model: RunModel, folder: Path, folders: Home
) -> None:
    with qtbot.waitSignal(model.ended):
        model.replay(folder)
    model.follow(Runs(folders).list())
    Runs(folders).delete(folder)
    model.follow(Runs(folders).list())
    assert (model.state, model.folder, model.phases) == ("idle", "", [])
