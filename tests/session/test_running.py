"""Runs from their first step to their last, stopped anywhere and gone on with."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import torch
from safetensors.torch import load_file

from kt_gui import session
from kt_gui.schema.choices import SGD, Features, FromBlock
from kt_gui.schema.codec import dump_experiment, load_experiment
from kt_gui.schema.datasets import Bundled, Catalogued, ImageFolder
from kt_gui.schema.downloads import RemoteFile
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import (
    CheckpointSaved,
    EpochEnded,
    Event,
    Noticed,
    PhaseStarted,
    RunEnded,
    RunStarted,
    StepEnded,
)
from kt_gui.schema.events import (
    Tested as Verdict,
)
from kt_gui.schema.experiment import EarlierRun, Experiment, Scratch, Target, Training, WeightsFile, Zoo
from kt_gui.schema.stop import StopToken
from kt_gui.session import recording
from kt_gui.store import checkpoints, history, runs
from kt_gui.store.folders import Home
from tests.session.conftest import KINDS, run, tiny, work


@pytest.fixture(autouse=True)
def saved_at_every_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkpoints after every step that is told, and every step is told."""
    monkeypatch.setattr(recording, "EPOCHS_APART_S", 0.0)
    monkeypatch.setattr(recording, "STEPS_APART_S", 0.0)
    monkeypatch.setattr(recording, "COST_SHARE", 0)
    monkeypatch.setattr("kt_gui.engine.trainer.REPORT_S", 0.0)


def weights(folder: Path, which: str) -> dict[str, torch.Tensor]:
    return load_file(folder / "checkpoints" / f"{which}.safetensors")


def assert_same(first: Path, second: Path) -> None:
    """Bit-identical weights and buffers, and the same numbers in the history."""
    for which in ("source", "best", "last"):
        one, other = weights(first, which), weights(second, which)
        assert one.keys() == other.keys()
        assert all(torch.equal(one[name], other[name]) for name in one), which
    assert epochs(first) == epochs(second)
    assert runs.read_file(first).result is not None
    assert told(first) == told(second)


def told(folder: Path) -> object:
    result = runs.read_file(folder).result
    assert result is not None
    return msgspec.structs.replace(result, seconds=0.0)


def epochs(folder: Path) -> list[object]:
    """What of the history's epochs can be reproduced."""
    return [
        msgspec.structs.replace(event, at=0.0, seconds=0.0, samples_per_s=0.0, memory=0)
        for event in history.read(folder)
        if isinstance(event, EpochEnded)
    ]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the run that nobody disturbed."""
    return run(tiny(), Home.under(tmp_path_factory.mktemp("whole")))


# --- to the end ------------------------------------------------------------------------------------------------------


def test_a_run_tells_its_story_and_leaves_a_folder_that_stands_alone(place: Home) -> None:
    events = list(session.run(tiny(), StopToken(), place))
    kinds = [type(event) for event in events if not isinstance(event, StepEnded | CheckpointSaved)]
    spoken = [kind for kind in kinds if kind.__name__ != "Progressed"]
    assert spoken == [
        RunStarted,
        PhaseStarted,
        *[EpochEnded] * 2,
        Verdict,
        PhaseStarted,
        *[EpochEnded] * 3,
        Verdict,
        RunEnded,
    ]
    ended = events[-1]
    assert isinstance(ended, RunEnded)
    assert (ended.ended, ended.stopped) == ("finished", False)
    result = ended.result
    assert result.source_accuracy is not None
    assert result.target_accuracy is not None
    assert result.target_interval is not None
    assert result.target_interval[0] < result.target_accuracy < result.target_interval[1]
    assert result.drift is not None
    assert result.drift > 0
    assert result.trainable_parameters == result.total_parameters > 0
    folder = Path(ended.folder)
    assert list(history.read(folder)) == events
    assert load_experiment(folder / "experiment.toml") == tiny()
    assert runs.read_record(folder).state == "finished"
    assert runs.read_record(folder).result == result


def test_the_folder_says_what_was_around_and_how_the_pictures_were_dealt(place: Home) -> None:
    folder = run(tiny(), place)
    around = json.loads((folder / "environment.json").read_text())
    assert torch.__version__.startswith(around["versions"]["torch"])
    assert around["resolved"]["finetuning"]["device"] == "cpu"
    assert around["data"].keys() == {"source", "target"}
    deal = json.loads((folder / "split.json").read_text())["target"]
    assert len(deal["train"]) == 15
    assert not set(deal["train"]) & set(deal["test"])


def test_the_same_seed_gives_the_same_weights_and_another_one_others(place: Home, whole: Path) -> None:
    again, other = (run(tiny(seed=seed), place) for seed in (0, 1))
    assert_same(whole, again)
    assert not torch.equal(weights(whole, "best")["stem.0.weight"], weights(other, "best")["stem.0.weight"])


def test_a_copied_folder_is_a_run_elsewhere(place: Home, tmp_path: Path) -> None:
    folder = run(tiny(), place)
    moved = tmp_path / "数据"
    folder.rename(moved)
    target = tiny(source=EarlierRun(run=str(moved)), training=Training(epochs=1, device="cpu"))
    assert runs.read_record(run(target, place)).network == "small_cnn"


# --- stopped and gone on with ----------------------------------------------------------------------------------------


def stopped_after(place: Home, is_there: Callable[[Event], bool], experiment: Experiment) -> tuple[Path, RunEnded]:
    """Ask to stop at an event; the run ends by itself."""
    token = StopToken()
    events = []
    for event in session.run(experiment, token, place):
        events.append(event)
        if is_there(event):
            token.stop("keep")
    assert isinstance(events[-1], RunEnded)
    return Path(events[-1].folder), events[-1]


def killed_after(place: Home, is_there: Callable[[Event], bool], experiment: Experiment) -> Path:
    """Stop looking at an event: what the run has not told yet never happens."""
    events = session.run(experiment, StopToken(), place)
    started = next(events)
    assert isinstance(started, RunStarted)
    assert any(is_there(event) for event in events)
    events.close()
    return Path(started.folder)


def step(phase: str, epoch: int, number: int) -> Callable[[Event], bool]:
    return lambda event: (
        isinstance(event, StepEnded) and (event.phase, event.epoch, event.step) == (phase, epoch, number)
    )


INSTANTS = {
    "in the middle of pretraining": step("pretraining", 1, 3),
    "after an epoch of pretraining": lambda event: isinstance(event, EpochEnded) and event.phase == "pretraining",
    "after the source was tested": lambda event: isinstance(event, Verdict),
    "after the source was kept": lambda event: isinstance(event, CheckpointSaved) and event.which == "source",
    "when fine-tuning began": lambda event: isinstance(event, PhaseStarted) and event.phase == "finetuning",
    "in the first step of fine-tuning": step("finetuning", 0, 1),
    "in the middle of fine-tuning": step("finetuning", 1, 2),
    "in the last step of an epoch": step("finetuning", 1, 4),
    "after the last epoch": lambda event: isinstance(event, EpochEnded) and event.epoch == 2,
    "after the test": lambda event: isinstance(event, Verdict) and event.phase == "finetuning",
}


@pytest.mark.parametrize("instant", INSTANTS)
def test_a_run_that_was_left_and_resumed_ends_as_if_it_never_had_been(place: Home, whole: Path, instant: str) -> None:
    folder = killed_after(place, INSTANTS[instant], tiny())
    assert work(session.resume(folder, StopToken(), place)).ended == "finished"
    assert_same(whole, folder)


@pytest.mark.parametrize("instant", ["in the middle of pretraining", "in the middle of fine-tuning"])
def test_a_run_that_was_stopped_and_resumed_ends_as_if_it_never_had_been(
    place: Home, whole: Path, instant: str
) -> None:
    folder, _ = stopped_after(place, INSTANTS[instant], tiny())
    assert work(session.resume(folder, StopToken(), place)).ended == "finished"
    assert_same(whole, folder)


def test_a_run_that_is_killed_by_the_system_is_interrupted_and_can_be_resumed(
    place: Home, whole: Path, tmp_path: Path
) -> None:
    file = tmp_path / "tiny.toml"
    file.write_text(dump_experiment(tiny()))
    script = (
        "import sys\nfrom pathlib import Path\nimport kt_gui.engine.trainer as t\nfrom kt_gui import session\n"
        "from kt_gui.session import recording\nfrom kt_gui.schema.codec import encode_event, load_experiment\n"
        "from kt_gui.schema.stop import StopToken\nfrom kt_gui.store.folders import home\n"
        "import torch; torch.set_num_threads(1)\n"
        "t.REPORT_S = recording.EPOCHS_APART_S = recording.STEPS_APART_S = 0.0; recording.COST_SHARE = 0\n"
        "for event in session.run(load_experiment(Path(sys.argv[1])), StopToken(), home()):\n"
        "    print(encode_event(event).decode(), flush=True)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(file)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if '"step_ended"' in line and '"finetuning"' in line and '"epoch":1' in line:
            os.kill(process.pid, signal.SIGKILL)
            break
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL
    record = runs.Runs(place).list()[0]
    assert record.state == "interrupted"
    work(session.resume(record.folder, StopToken(), place))
    assert_same(whole, record.folder)


def test_a_stopped_run_keeps_its_best_checkpoint_tested(place: Home) -> None:
    folder, ended = stopped_after(place, step("finetuning", 1, 2), tiny())
    assert (ended.ended, ended.stopped, ended.result.best_epoch) == ("stopped", True, 0)
    assert ended.result.target_accuracy is not None
    assert (folder / "checkpoints" / "best.safetensors").is_file()
    assert runs.read_record(folder).state == "stopped"


def test_a_run_stopped_in_pretraining_keeps_and_tests_the_source(place: Home) -> None:
    _, ended = stopped_after(place, step("pretraining", 1, 3), tiny())
    assert ended.result.source_accuracy is not None
    assert ended.result.target_accuracy is None


def test_a_run_stopped_before_it_has_learnt_ends_with_nothing_and_can_be_resumed(place: Home) -> None:
    folder, ended = stopped_after(place, lambda event: isinstance(event, RunStarted), tiny())
    assert ended.result.target_accuracy is None
    assert work(session.resume(folder, StopToken(), place)).ended == "finished"


@pytest.mark.parametrize("instant", ["in the middle of pretraining", "in the middle of fine-tuning", "after the test"])
def test_a_cancelled_run_is_gone(place: Home, instant: str) -> None:
    token = StopToken()
    events = []
    for event in session.run(tiny(), token, place):
        events.append(event)
        if INSTANTS[instant](event):
            token.stop("discard")
    assert isinstance(events[-1], RunEnded)
    assert (events[-1].ended, events[-1].stopped) == ("cancelled", True)
    assert not Path(events[-1].folder).exists()
    assert runs.Runs(place).list() == []
    assert list(place.runs.iterdir()) == []


def test_an_interrupted_run_can_be_ended_with_its_best(place: Home) -> None:
    folder = killed_after(place, step("finetuning", 1, 2), tiny())
    assert runs.read_record(folder).state == "interrupted"
    ended = work(session.keep_best(folder, StopToken(), place))
    assert (ended.ended, ended.result.best_epoch) == ("stopped", 0)
    assert ended.result.target_accuracy is not None


def test_an_interrupted_run_can_be_discarded(place: Home) -> None:
    folder = killed_after(place, step("finetuning", 1, 2), tiny())
    session.discard(folder)
    assert runs.Runs(place).list() == []


def test_a_finished_run_is_not_resumed(place: Home, whole: Path) -> None:
    with pytest.raises(UserError, match="finished"):
        next(session.resume(whole, StopToken(), place))


def test_a_run_at_work_is_not_resumed_by_another(place: Home) -> None:
    events = session.run(tiny(), StopToken(), place)
    started = next(events)
    assert isinstance(started, RunStarted)
    with pytest.raises(UserError, match="at work"):
        next(session.resume(Path(started.folder), StopToken(), place))
    assert runs.read_record(Path(started.folder)).state == "running"
    events.close()


def test_resuming_asks_the_machine_nothing_again(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = killed_after(place, step("finetuning", 1, 2), tiny())
    monkeypatch.setattr("kt_gui.engine.devices.options", lambda *_, **__: pytest.fail("the machine was asked"))
    work(session.resume(folder, StopToken(), place))


def test_the_time_before_is_counted(place: Home) -> None:
    folder = killed_after(place, step("finetuning", 2, 2), tiny())
    contents = checkpoints.read_contents(folder)
    assert contents.seconds > 0
    assert work(session.resume(folder, StopToken(), place)).result.seconds > contents.seconds


# --- damage and change -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["last.pt", "last.safetensors", "source.safetensors", "contents.json"])
def test_after_damage_a_resumed_run_begins_a_phase_anew_to_the_same_end_and_says_so(
    place: Home, whole: Path, name: str
) -> None:
    folder = killed_after(place, step("finetuning", 1, 2), tiny())
    (folder / "checkpoints" / name).write_bytes(b"damaged")
    events = list(session.resume(folder, StopToken(), place))
    notices = [event for event in events if isinstance(event, Noticed)]
    assert len(notices) == 1
    assert name in str(notices[0].message)
    assert_same(whole, folder)


def test_a_damaged_earlier_run_is_told_with_its_file(place: Home) -> None:
    folder = run(tiny(), place)
    (folder / "checkpoints" / "best.safetensors").write_bytes(b"damaged")
    with pytest.raises(UserError, match=r"best\.safetensors"):
        run(tiny(source=EarlierRun(run=str(folder))), place)


def pictures(folder: Path, count: int = 10) -> ImageFolder:
    """Two kinds of noise, bright and dark."""
    import numpy as np
    from PIL import Image

    chance = np.random.default_rng(0)
    for kind, low in (("bright", 128), ("dark", 0)):
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for number in range(count):
            pixels = chance.integers(low, low + 128, (16, 16, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / kind / f"{number}.png")
    return ImageFolder(path=str(folder))


def test_a_run_whose_pictures_have_changed_is_not_resumed(place: Home, tmp_path: Path) -> None:
    experiment = tiny(target=Target(data=pictures(tmp_path / "表情")))
    folder = killed_after(place, step("finetuning", 1, 2), experiment)
    pictures(tmp_path / "表情", count=11)
    with pytest.raises(UserError, match="not those"):
        work(session.resume(folder, StopToken(), place))
    assert runs.read_record(folder).state == "failed"


def test_the_same_picture_in_source_and_target_test_is_said(place: Home) -> None:
    same = tiny(target=Target(data=Bundled(name="emoji-twemoji", classes=KINDS)))
    events = list(session.run(same, StopToken(), place))
    assert any(isinstance(event, Noticed) and "in the source" in str(event.message) for event in events)


def test_data_that_cannot_be_learnt_is_refused_before_anything_learns(place: Home, tmp_path: Path) -> None:
    experiment = tiny(target=Target(data=pictures(tmp_path, count=3)))
    events: list[Event] = []
    with pytest.raises(UserError, match=r"^\w+: .*at least 5"):
        events.extend(session.run(experiment, StopToken(), place))
    assert not any(isinstance(event, PhaseStarted) for event in events)


# --- failures --------------------------------------------------------------------------------------------------------


def test_a_loss_that_runs_away_is_told_and_the_run_kept_as_failed(place: Home) -> None:
    wild = Training(epochs=3, optimiser=SGD(learning_rate=100.0), device="cpu")
    with pytest.raises(UserError, match="no longer a number"):
        run(tiny(training=wild, transfer=msgspec.structs.replace(tiny().transfer, strength=100.0)), place)
    record = runs.Runs(place).list()[0]
    assert record.state == "failed"
    assert "no longer a number" in record.reason
    assert (record.folder / "checkpoints" / "source.safetensors").is_file()


def test_a_full_disk_is_told_and_the_run_kept(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno

    def full(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoints, "write_through", full)
    with pytest.raises(UserError, match=r"disk is full.*Make room"):
        run(tiny(), place)
    monkeypatch.undo()
    folder = runs.Runs(place).list()[0].folder
    assert runs.read_record(folder).state == "failed"
    assert work(session.resume(folder, StopToken(), place)).ended == "finished"


def test_a_bug_leaves_the_run_failed_with_its_name(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("once")

    monkeypatch.setattr("kt_gui.engine.evaluation.wilson", broken)
    with pytest.raises(ZeroDivisionError):
        run(tiny(), place)
    assert "ZeroDivisionError" in runs.Runs(place).list()[0].reason


def test_a_block_that_is_not_there_is_told_before_pretraining(place: Home) -> None:
    transfer = msgspec.structs.replace(tiny().transfer, freezing=FromBlock(block="layer9"))
    events: list[Event] = []
    with pytest.raises(UserError, match="layer9"):
        events.extend(session.run(tiny(transfer=transfer), StopToken(), place))
    assert not any(isinstance(event, PhaseStarted) for event in events)


# --- other sources ---------------------------------------------------------------------------------------------------


def test_an_earlier_runs_source_gives_the_same_transfer(place: Home, whole: Path) -> None:
    again = run(tiny(source=EarlierRun(run=str(whole), checkpoint="source")), place)
    assert all(torch.equal(weights(whole, "best")[name], tensor) for name, tensor in weights(again, "best").items())


def test_a_weights_file_is_a_source(place: Home, whole: Path) -> None:
    path = str(whole / "checkpoints" / "source.safetensors")
    again = run(tiny(source=WeightsFile(path=path, network="small_cnn")), place)
    assert all(torch.equal(weights(whole, "best")[name], tensor) for name, tensor in weights(again, "best").items())


def test_a_weights_file_for_another_network_is_refused(place: Home, whole: Path) -> None:
    path = str(whole / "checkpoints" / "source.safetensors")
    with pytest.raises(UserError, match="do not fit"):
        run(tiny(source=WeightsFile(path=path, network="resnet18_cifar")), place)


def test_from_scratch_there_is_no_pretraining_and_nothing_to_be_true_to(place: Home) -> None:
    events = list(session.run(tiny(source=Scratch(network="small_cnn")), StopToken(), place))
    assert [event.phase for event in events if isinstance(event, PhaseStarted)] == ["finetuning"]
    assert any(isinstance(event, Noticed) and "no source" in str(event.message) for event in events)
    ended = events[-1]
    assert isinstance(ended, RunEnded)
    assert ended.result.drift is None
    assert ended.result.source_accuracy is None


def test_from_scratch_too_a_left_run_is_gone_on_with(place: Home) -> None:
    experiment = tiny(source=Scratch(network="small_cnn"))
    whole = run(experiment, place)
    folder = killed_after(place, step("finetuning", 1, 2), experiment)
    work(session.resume(folder, StopToken(), place))
    assert all(torch.equal(weights(whole, "last")[name], tensor) for name, tensor in weights(folder, "last").items())


def test_a_kept_head_needs_the_same_classes(place: Home) -> None:
    keeping = msgspec.structs.replace(tiny().transfer, keep_head=True)
    run(tiny(transfer=keeping), place)
    other = Target(data=Bundled(name="emoji-noto", classes=("clock", "heart")))
    with pytest.raises(UserError, match="keep_head"):
        run(tiny(transfer=keeping, target=other), place)


def test_a_bundled_model_is_a_source_and_the_run_can_be_resumed(place: Home) -> None:
    training = msgspec.structs.replace(tiny().training, image_size=32, epochs=2)
    transfer = msgspec.structs.replace(tiny().transfer, freezing=Features())
    experiment = tiny(source=Zoo(model="bundled/efficientnet_lite0"), training=training, transfer=transfer)
    whole = run(experiment, place)
    assert runs.read_record(whole).network == "bundled/efficientnet_lite0"
    folder = killed_after(place, step("finetuning", 1, 2), experiment)
    work(session.resume(folder, StopToken(), place))
    assert_same(whole, folder)


def test_a_set_that_is_missing_is_downloaded_when_the_run_needs_it(
    place: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(files: tuple[RemoteFile, ...], folder: Path, stop: StopToken) -> None:
        raise UserError(f"{folder.name}: {files[0].filename}", "asked for")

    monkeypatch.setattr("kt_gui.store.downloads.download", refuse)
    with pytest.raises(UserError, match=r"cifar10: cifar-10-.*asked for"):
        run(tiny(target=Target(data=Catalogued(name="cifar10"))), place)
