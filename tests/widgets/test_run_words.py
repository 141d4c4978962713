import msgspec
import pytest
from PySide6.QtWidgets import QApplication

from kt_gui import samples
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models
from kt_gui.bridge.run_model import RunModel, State
from kt_gui.schema.events import FeaturesKept, Progressed, RunEnded, RunStarted
from kt_gui.screenshots import sample_models
from kt_gui.widgets.run_words import line, reuse, source_verdict, title, verdict


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture
def models(qapp: QApplication) -> Models:
    return sample_models()


@pytest.fixture
def run(models: Models) -> RunModel:
    return models.run


def test_phases_have_names_before_the_first_epoch(run: RunModel) -> None:
    run.apply([RunStarted(run="1", name="emoji", folder="/runs/1")])
    assert title(run) == "Preparing"
    run.apply([Progressed(activity="reading", done=340, total=850)])
    assert (title(run), plain(line(run))) == ("Reading pictures", "40 %")
    run.apply([Progressed(activity="downloading", done=7, total=0, subject="resnet18")])
    assert (title(run), line(run)) == ("Downloading", "resnet18")


def test_a_running_phase_says_pace_and_time_left(run: RunModel) -> None:
    run.apply(samples.running(17))
    assert title(run) == "Fine-tuning on Emoji as Noto draws them"
    assert plain(line(run)) == "Epoch 18 of 24 · 1.9 s an epoch · about 13 s left · 1 240 pictures/s · features reused"


def test_pretraining_says_so(run: RunModel) -> None:
    run.apply(samples.running(17)[:100])
    assert title(run) == "Pretraining on Emoji as Twemoji draws them"


def test_what_is_reused_is_said_with_its_size_and_what_of_it_was_there(run: RunModel) -> None:
    kept = FeaturesKept(
        phase="finetuning", epoch=0, blocks=("stem", "block1"), pictures=2520, looks=4, computed=2520, bytes=250_000_000
    )
    run.apply([*samples.running(3), kept])
    frozen = "What 2 frozen blocks make of the pictures is computed once and used in every epoch."
    assert plain(reuse(run)) == f"{frozen} It takes 0.2 GB."
    run.apply([msgspec.structs.replace(kept, computed=20)])
    assert plain(reuse(run)) == (
        f"{frozen} 20 of 2 520 views of pictures were computed now, the rest was there (0.2 GB)."
    )
    run.apply([msgspec.structs.replace(kept, computed=0)])
    assert plain(reuse(run)) == f"{frozen} All of it (0.2 GB) was there from an earlier run."


def test_nothing_is_said_of_reuse_once_all_blocks_learn(run: RunModel) -> None:
    run.apply([*samples.running(3), FeaturesKept(phase="finetuning", epoch=3, blocks=())])
    assert reuse(run) == ""
    assert "reused" not in line(run)


@pytest.mark.parametrize(("state", "said"), [("paused", "Paused · Epoch 18"), ("stopping", "Stopping after this step")])
def test_a_held_run_says_so(run: RunModel, state: State, said: str) -> None:
    run.apply(samples.running(17))
    run.state = state
    assert line(run).startswith(said)


def test_a_finished_run_says_what_it_took(run: RunModel) -> None:
    run.apply(samples.finished())
    assert title(run) == "emoji is finished"
    assert plain(line(run)) == "24 epochs · best epoch 14 · 61 s in all · features reused"


@pytest.mark.parametrize("state", ["stopped", "cancelled", "failed", "interrupted"])
def test_every_end_has_its_words(run: RunModel, state: State) -> None:
    run.apply(samples.running(3))
    run.failure = Failure("user", "", "", "")
    run.state = state
    assert state in title(run)


def test_the_verdict_is_a_sentence_with_its_interval() -> None:
    ended = samples.finished()[-1]
    assert isinstance(ended, RunEnded)
    assert plain(verdict(ended.result)) == "71.0 % of 207 test pictures are right (95 % interval 64.5–76.8)"
    assert plain(source_verdict(ended.result)) == "On the source's own test pictures it had 93.2 %."
    bare = msgspec.structs.replace(
        ended.result, source_accuracy=None, target_accuracy=None, target_interval=None, target_tested=None
    )
    assert verdict(bare) == "The test pictures were not looked at."
    assert source_verdict(bare) == ""
