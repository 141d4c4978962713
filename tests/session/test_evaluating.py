"""A run is made once for all of these; those that change its folder work on a copy."""

import shutil
from pathlib import Path
from unittest.mock import patch

import msgspec
import numpy as np
import pytest
from PIL import Image

from kt_gui import session
from kt_gui.schema.columns import unpack
from kt_gui.schema.datasets import Bundled, Dataset, ImageFolder
from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Checkpoint, Evaluated, Judged
from kt_gui.schema.events import Progressed
from kt_gui.schema.experiment import Split, Target
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.session import evaluating
from kt_gui.store import contents, reports, runs
from kt_gui.store.folders import Home
from tests.session.conftest import KINDS, run, tiny


def draw_pictures(folder: Path, classes: dict[str, int], seed: int = 0) -> Path:
    chance = np.random.default_rng(seed)
    for name, count in classes.items():
        (folder / name).mkdir(parents=True)
        for number in range(count):
            pixels = chance.integers(256, size=(16, 16, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    return folder


@pytest.fixture(scope="module")
def kept_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home.under(tmp_path_factory.mktemp("kept"))


@pytest.fixture(scope="module")
def finished(kept_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose target is a folder of pictures, in which validation and test are given."""
    pictures = tmp_path_factory.mktemp("pictures") / "kinds"
    for part, count in (("train", 5), ("validation", 4), ("test", 6)):
        draw_pictures(pictures / part, dict.fromkeys(KINDS, count), seed=count)
    target = Target(data=ImageFolder(path=str(pictures)), split=Split(given=True))
    return run(tiny(target=target), kept_home)


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    """A copy of the run, without any answer."""
    copy = shutil.copytree(finished, tmp_path / "run")
    shutil.rmtree(copy / reports.FOLDER, ignore_errors=True)
    return copy


def evaluate(
    folder: Path, home: Home, data: Dataset | None = None, checkpoint: Checkpoint = "best"
) -> tuple[Judged, Evaluated]:
    *_, judged, evaluated = session.evaluate(folder, data, checkpoint, StopToken(), home)
    assert isinstance(judged, Judged)
    assert isinstance(evaluated, Evaluated)
    return judged, evaluated


def pictures_of(folder: Path) -> Path:
    data = runs.read_experiment(folder).target.data
    assert isinstance(data, ImageFolder)
    return Path(data.path)


def test_the_accuracy_is_the_one_that_the_run_ended_with(folder: Path, kept_home: Home) -> None:
    logged = runs.read_file(folder).result
    judged, evaluated = evaluate(folder, kept_home)
    assert logged is not None
    assert evaluated.scores.accuracy == logged.target_accuracy
    assert (evaluated.scores.low, evaluated.scores.high) == logged.target_interval
    assert (evaluated.scores.total, evaluated.epoch) == (logged.target_tested, logged.best_epoch)
    assert (judged.part, judged.classes) == ("test", ("clock", "face", "heart"))


def test_every_picture_is_named_with_its_class_and_its_answer(folder: Path, kept_home: Home) -> None:
    judged, evaluated = evaluate(folder, kept_home)
    labels, logits = unpack(judged.labels), unpack(judged.logits)
    assert [name.split("/")[:2] for name in judged.names] == [["test", judged.classes[label]] for label in labels]
    assert (logits.argmax(1) == labels).sum() == evaluated.scores.correct
    assert len(set(judged.digests)) == len(judged.indexes) == len(labels) == 18


def test_the_temperature_is_fitted_on_validation_pictures_alone(folder: Path, kept_home: Home) -> None:
    judged, evaluated = evaluate(folder, kept_home)
    assert evaluated.calibration is not None
    assert evaluated.calibration.pictures == 12
    assert judged.temperature == evaluated.calibration.temperature


def test_progress_is_told_before_the_answer(folder: Path, kept_home: Home) -> None:
    told = list(session.evaluate(folder, None, "last", StopToken(), kept_home))
    assert all(isinstance(event, Progressed) for event in told[:-2])
    assert len(told) > 2


def test_the_second_time_the_answer_comes_out_of_the_folder(folder: Path, kept_home: Home) -> None:
    first = evaluate(folder, kept_home)
    with patch.object(evaluating, "open_run", side_effect=AssertionError("it was computed again")):
        assert evaluate(folder, kept_home) == first


def test_a_kept_answer_outlives_its_pictures_and_follows_its_folder(folder: Path, kept_home: Home) -> None:
    _, first = evaluate(folder, kept_home)
    moved = folder.rename(folder.with_name("moved"))
    pictures = pictures_of(moved)
    away = pictures.rename(pictures.with_name("away"))
    try:
        runs.change(moved, name="another name")
        _, again = evaluate(moved, kept_home)
        assert again == msgspec.structs.replace(first, run=str(moved), name="another name")
        with pytest.raises(UserError, match="does not exist"):
            evaluate(moved, kept_home, checkpoint="last")
    finally:
        away.rename(pictures)


def test_an_answer_for_other_weights_is_not_shown(folder: Path, kept_home: Home) -> None:
    evaluate(folder, kept_home)
    listed = folder / "checkpoints" / "contents.json"
    told = msgspec.json.decode(listed.read_bytes())
    told["sums"]["best.safetensors"] = "0" * 64
    listed.write_bytes(msgspec.json.encode(told))
    with pytest.raises(UserError, match="damaged"):
        evaluate(folder, kept_home)


def test_a_damaged_answer_is_computed_again(folder: Path, kept_home: Home) -> None:
    first = evaluate(folder, kept_home)
    for file in (folder / reports.FOLDER).iterdir():
        file.write_bytes(file.read_bytes()[:100])
    assert evaluate(folder, kept_home) == first


def test_a_folder_that_cannot_be_written_to_is_no_obstacle(folder: Path, kept_home: Home) -> None:
    (folder / reports.FOLDER).write_text("a file in its place")
    assert evaluate(folder, kept_home)[1].scores.total == 18


def test_another_set_is_judged_whole_with_its_classes_matched_by_name(
    folder: Path, kept_home: Home, tmp_path: Path
) -> None:
    other = ImageFolder(path=str(draw_pictures(tmp_path / "other", {"Clock": 3, "heart": 2, "zebra": 4})))
    judged, evaluated = evaluate(folder, kept_home, other)
    assert evaluated.matching.missing == ("face",)
    assert evaluated.matching.unknown == ("zebra",)
    assert (evaluated.matching.left_out, evaluated.matching.learnt) == (4, 0)
    assert unpack(judged.labels).tolist() == [0, 0, 0, 2, 2]
    assert unpack(judged.indexes).tolist() == [0, 1, 2, 3, 4]
    assert (judged.part, evaluated.title, evaluated.scores.total) == ("all", "other", 5)
    assert evaluated.scores.classes[1].support == 0


def test_pictures_that_were_learnt_from_are_counted(folder: Path, kept_home: Home, tmp_path: Path) -> None:
    copy = shutil.copytree(pictures_of(folder) / "train", tmp_path / "copied")
    assert evaluate(folder, kept_home, ImageFolder(path=str(copy)))[1].matching.learnt == 15


def test_pictures_that_the_source_was_learnt_from_are_counted_too(folder: Path, kept_home: Home) -> None:
    source = Bundled(name="emoji-twemoji", classes=KINDS)
    assert evaluate(folder, kept_home, source)[1].matching.learnt == 3 * 8


def test_without_the_runs_own_pictures_another_set_is_judged_uncalibrated(
    folder: Path, kept_home: Home, tmp_path: Path
) -> None:
    other = ImageFolder(path=str(draw_pictures(tmp_path / "other", {"clock": 3, "heart": 2})))
    pictures = pictures_of(folder)
    away = pictures.rename(pictures.with_name("away"))
    try:
        judged, evaluated = evaluate(folder, kept_home, other)
    finally:
        away.rename(pictures)
    assert evaluated.calibration is None
    assert judged.temperature == 1.0


def test_a_set_with_no_class_in_common_is_refused(folder: Path, kept_home: Home, tmp_path: Path) -> None:
    other = ImageFolder(path=str(draw_pictures(tmp_path / "other", {"zebra": 3, "horse": 2})))
    with pytest.raises(UserError, match=r"no class that the network knows.*clock, face, heart"):
        evaluate(folder, kept_home, other)


def test_the_source_is_judged_by_the_targets_pictures(folder: Path, kept_home: Home) -> None:
    _, evaluated = evaluate(folder, kept_home, checkpoint="source")
    assert evaluated.scores.total == 18
    assert evaluated.title == "kinds"


def test_a_bundled_set_needs_no_file(folder: Path, kept_home: Home) -> None:
    _, evaluated = evaluate(folder, kept_home, Bundled(name="emoji-noto", classes=KINDS))
    assert evaluated.scores.total > 18
    assert evaluated.title == "Emoji as Noto draws them"


def test_it_can_be_stopped_and_keeps_nothing_then(folder: Path, kept_home: Home) -> None:
    stop = StopToken()
    stop.stop()
    with pytest.raises(Stopped):
        list(session.evaluate(folder, None, "best", stop, kept_home))
    assert not (folder / reports.FOLDER).exists()


def test_a_checkpoint_that_is_not_there_is_said(folder: Path, kept_home: Home) -> None:
    listed = folder / "checkpoints" / "contents.json"
    told = msgspec.json.decode(listed.read_bytes())
    del told["weights"]["best"]
    listed.write_bytes(msgspec.json.encode(told))
    with pytest.raises(UserError, match="no checkpoint “best”"):
        evaluate(folder, kept_home)


def test_a_run_that_stopped_while_it_learnt_the_source_is_judged_by_the_source(kept_home: Home) -> None:
    stop = StopToken()
    for event in session.run(tiny(), stop, kept_home):
        if type(event).__name__ == "EpochEnded":
            stop.stop("keep")
    _, evaluated = evaluate(Path(event.folder), kept_home)  # type: ignore[attr-defined]
    assert evaluated.title == "Emoji as Twemoji draws them"
    assert evaluated.data == tiny().source.data  # type: ignore[union-attr]


def test_an_epoch_that_was_kept_along_the_way_is_judged_like_any_other(folder: Path, kept_home: Home) -> None:
    epochs = [each.checkpoint for each in contents.saved(folder) if isinstance(each.checkpoint, int)]
    assert epochs
    for epoch in epochs:
        _, first = evaluate(folder, kept_home, checkpoint=epoch)
        assert first.epoch == epoch
        with patch.object(evaluating, "open_run", side_effect=AssertionError("it was computed again")):
            assert evaluate(folder, kept_home, checkpoint=epoch)[1] == first
