"""The run as one script: alone in a bare folder it ends where the run ended, whatever the run used."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image

from kt_gui import session
from kt_gui.schema import events
from kt_gui.schema.choices import (
    SGD,
    Adam,
    AdamW,
    BatchNormOnly,
    BiasOnly,
    CustomAugmentation,
    Features,
    FromBlock,
    Gradual,
    HeadFirst,
    LastBlocks,
    NoAugmentation,
    OneCycle,
    OnlyBlock,
    Step,
)
from kt_gui.schema.datasets import ImageFolder
from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import Experiment, Scratch, Split, Target, Training, Transfer, Zoo
from kt_gui.schema.exports import Exported
from kt_gui.schema.stop import StopToken
from kt_gui.session import scripting
from kt_gui.store import history, runs
from kt_gui.store.folders import Home, home
from tests.session.conftest import run, tiny

EPOCH = re.compile(r"(\w+), epoch (\d+): loss ([\d.]+), validation ([\d.]+), ([\d.]+)% right")
TEST = re.compile(r"(\w+): epoch (\d+) was the best; (\d+) of (\d+) test pictures are right")
RICH = CustomAugmentation(flip="both", crop="zoom", colour=0.2)


def export(folder: Path) -> Exported:
    *_, last = session.export(folder, "script", StopToken(), home())
    assert isinstance(last, Exported)
    return last


@pytest.fixture
def unrepeated(monkeypatch: pytest.MonkeyPatch) -> None:
    """An export does not run its script: the test does, or need not."""
    monkeypatch.setattr(scripting, "QUICK_S", 0.0)


def changed(training: dict[str, object] | None = None, **transfer: object) -> Experiment:
    base = tiny()
    return msgspec.structs.replace(
        base,
        training=msgspec.structs.replace(base.training, **(training or {})),
        transfer=msgspec.structs.replace(base.transfer, **transfer),
    )


def photos(folder: Path) -> ImageFolder:
    """Two kinds of pictures: light above or light below, not square, as a camera's."""
    chance = np.random.default_rng(0)
    for kind in ("above", "below"):
        (folder / kind).mkdir(parents=True)
        for number in range(16):
            pixels = chance.integers(0, 120, (80, 100, 3), dtype=np.uint8)
            half = slice(0, 40) if kind == "above" else slice(40, 80)
            pixels[half] += 100
            Image.fromarray(pixels).save(folder / kind / f"{number}.png")
    return ImageFolder(path=str(folder))


def repeat(exported: Exported, bare: Path) -> str:
    """Run a script in a folder that holds nothing else, by a Python that knows no paths of ours."""
    bare.mkdir()
    for path in exported.paths:
        shutil.copy(path, bare)
    script = Path(exported.paths[0]).name
    command = [sys.executable, "-I", "-W", "error", script]
    done = subprocess.run(command, cwd=bare, capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def assert_ends_alike(said: str, folder: Path) -> None:
    """Compare each epoch and test that a script told of with the run's history."""
    epochs = {
        (event.phase, event.epoch): event for event in history.read(folder) if isinstance(event, events.EpochEnded)
    }
    tests = {event.phase: event for event in history.read(folder) if isinstance(event, events.Tested)}
    found = EPOCH.findall(said)
    assert len(found) == len(epochs)
    for phase, epoch, loss, validation, share in found:
        event = epochs[phase, int(epoch) - 1]
        assert float(loss) == pytest.approx(event.train_loss, abs=1e-5)
        assert float(validation) == pytest.approx(event.validation_loss, abs=1e-5)
        assert float(share) == pytest.approx(100 * event.validation_accuracy, abs=0.006)
    for phase, best, right, count in TEST.findall(said):
        assert (int(right), int(count)) == (tests[phase].correct, tests[phase].total)
        assert int(best) - 1 == max(event.best_epoch for key, event in epochs.items() if key[0] == phase)
    assert len(TEST.findall(said)) == len(tests)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("unrepeated")
def test_the_script_of_the_example_ends_alone_where_the_run_ended(tmp_path: Path, place: Home) -> None:
    folder = run(session.example("emoji"), place)
    exported = export(folder)
    assert exported.repeated_difference is None
    assert "kt_gui" not in Path(exported.paths[0]).read_text("utf-8")
    assert_ends_alike(repeat(exported, tmp_path / "bare"), folder)


@pytest.mark.usefixtures("unrepeated")
def test_the_script_of_a_real_fine_tuning_ends_alone_where_the_run_ended(tmp_path: Path, place: Home) -> None:
    exact = {"precision": "fp32", "memory_format": "contiguous", "device": "cpu", "image_size": 64}
    experiment = Experiment(
        name="photos",
        source=Zoo(model="bundled/efficientnet_lite0"),
        target=Target(data=photos(tmp_path / "photos"), split=Split(validation=0.25, test=0.25)),
        transfer=Transfer(freezing=Features(), views=2),
        training=Training(epochs=2, batch_size=8, augmentation=RICH, **exact),  # type: ignore[arg-type]
    )
    folder = run(experiment, place)
    exported = export(folder)
    assert {Path(path).name for path in exported.paths} >= {"pictures.pt", "start.pt"}
    assert_ends_alike(repeat(exported, tmp_path / "bare"), folder)


@pytest.mark.parametrize(
    "experiment",
    [
        changed({"augmentation": RICH, "optimiser": AdamW(weight_decay=0.01)}, freezing=Features()),
        changed(
            {"schedule": OneCycle(), "label_smoothing": 0.1, "clip": 0.5}, freezing=LastBlocks(), batch_norm="eval"
        ),
        changed({"epochs": 7, "patience": 2, "optimiser": Adam()}, freezing=Gradual(epochs_per_block=2), views=2),
        changed({"layer_decay": 0.5, "head_factor": 3.0}, freezing=HeadFirst(head_epochs=2), penalised="weights"),
        changed({"optimiser": SGD(nesterov=True, weight_decay=0.01)}, freezing=OnlyBlock(block="block 2"), beta=0.0),
        changed({"augmentation": NoAugmentation(), "memory_format": "channels_last"}, freezing=BatchNormOnly()),
        changed({"schedule": Step(every=1)}, freezing=BiasOnly(), keep_head=True),
        changed(freezing=FromBlock(block="block 3"), strength=0.0),
        msgspec.structs.replace(tiny(), source=Scratch(network="small_cnn")),
    ],
    ids=["features", "last", "gradual", "head first", "only", "batch norm", "bias", "from", "scratch"],
)
def test_a_script_ends_where_the_run_ended(experiment: Experiment, place: Home) -> None:
    exported = export(run(experiment, place))
    assert exported.largest_difference == 0
    assert exported.repeated_difference is not None
    assert exported.repeated_difference < 1e-5


@pytest.mark.usefixtures("unrepeated")
def test_a_script_says_no_more_than_its_run_needs(place: Home) -> None:
    plain = changed({"augmentation": NoAugmentation()}, strength=0.0, beta=0.0)
    text = Path(export(run(plain, place)).paths[0]).read_text("utf-8")
    for unneeded in (
        "freeze",
        "groups(",
        "def mirror",
        "zoom",
        "jitter",
        "one_cycle",
        "lam=",
        "beta",
        "patience",
        "clip",
    ):
        assert unneeded not in text


@pytest.mark.usefixtures("unrepeated")
def test_the_objective_stands_in_sight(place: Home) -> None:
    text = Path(export(run(tiny(), place)).paths[0]).read_text("utf-8")
    objective = "loss = cross_entropy(net(pictures), labels) + lam * sum((p - p0) ** 2) + beta / 2 * sum(h ** 2)"
    assert f"# {objective}" in text
    assert len(text.splitlines()) < 200


@pytest.mark.parametrize(
    ("training", "named"),
    [
        ({"augmentation": CustomAugmentation(mixup=0.2)}, "Mixup"),
        ({"augmentation": CustomAugmentation(cutmix=1.0)}, "CutMix"),
        ({"augmentation": CustomAugmentation(rand_augment=2)}, "RandAugment"),
        ({"accumulation": 2}, "in parts"),
        ({"precision": "bf16"}, "bf16"),
    ],
)
def test_what_a_script_cannot_repeat_is_named(training: dict[str, object], named: str, place: Home) -> None:
    alone = msgspec.structs.replace(changed({"epochs": 1, **training}), source=Scratch(network="small_cnn"))
    folder = run(alone, place)
    with pytest.raises(UserError, match=named):
        export(folder)
    assert not (folder / "exports").exists()


def test_a_run_that_was_stopped_has_no_script(place: Home) -> None:
    folder = run(tiny(), place)
    runs.change(folder, state="stopped")
    with pytest.raises(UserError, match="did not come to its end"):
        export(folder)


def test_a_script_cannot_be_made_of_another_checkpoint(place: Home) -> None:
    folder = run(tiny(), place)
    with pytest.raises(UserError, match="whole run"):
        list(session.export(folder, "script", StopToken(), home(), checkpoint="last"))
