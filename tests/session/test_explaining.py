"""A run is made once for all of these; those that change its folder work on a copy."""

import io
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kt_gui import session
from kt_gui.schema.columns import unpack
from kt_gui.schema.datasets import Bundled
from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Judged
from kt_gui.schema.events import Event, Noticed, Progressed
from kt_gui.schema.experiment import EarlierRun, Scratch, Target, WeightsFile
from kt_gui.schema.insights import Explained
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.session.explaining import Asked
from kt_gui.store.checkpoints import FOLDER, path_of
from kt_gui.store.folders import Home
from tests.session.conftest import KINDS, run, tiny


def events(folder: Path, pictures: Sequence[Asked], home: Home, **asked: object) -> list[Event]:
    return list(session.explain(folder, pictures, "best", StopToken(), home, **asked))  # type: ignore[arg-type]


def explained(folder: Path, pictures: Sequence[Asked], home: Home, **asked: object) -> list[Explained]:
    return [each for each in events(folder, pictures, home, **asked) if isinstance(each, Explained)]


def picture(seed: int = 0) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (20, 24, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def size(png: bytes | None) -> tuple[int, int]:
    assert png is not None
    return Image.open(io.BytesIO(png)).size


def test_a_picture_of_the_data_is_explained_by_both_networks(folder: Path, kept_home: Home) -> None:
    (found,) = explained(folder, [4], kept_home)
    assert found.index == 4
    assert found.label in KINDS
    assert found.target == found.predicted
    assert 1 / 3 <= found.probability == found.confidence <= 1
    assert found.method == found.before_method == "grad-cam"
    assert size(found.picture) == size(found.before) == size(found.after)
    heat = unpack(found.after_map)
    assert heat.shape == (16, 16)
    assert 0 <= heat.min() <= heat.max() <= 1


def test_a_source_that_knows_the_class_is_asked_for_the_same(folder: Path, kept_home: Home) -> None:
    (found,) = explained(folder, [4], kept_home, target="heart")
    assert (found.question, found.target, found.before_target) == ("same", "heart", "heart")
    assert found.before_probability is not None
    assert "the same class" in str(found.words[1])


def test_probabilities_are_those_of_the_evaluation(folder: Path, kept_home: Home) -> None:
    judged, _ = list(session.evaluate(folder, None, "best", StopToken(), kept_home))[-2:]
    assert isinstance(judged, Judged)
    index, logits = int(unpack(judged.indexes)[0]), unpack(judged.logits)[0].astype(np.float64)
    (found,) = explained(folder, [index], kept_home, with_source=False)
    shares = np.exp(logits - logits.max())
    assert found.predicted == judged.classes[logits.argmax()]
    assert found.probability == pytest.approx((shares / shares.sum()).max(), abs=1e-5)


def test_new_pictures_come_as_files_or_as_bytes(folder: Path, kept_home: Home, tmp_path: Path) -> None:
    (tmp_path / "new.png").write_bytes(picture())
    first, second = explained(folder, [tmp_path / "new.png", picture()], kept_home)
    assert (first.name, first.path, first.index, first.label) == ("new.png", str(tmp_path / "new.png"), None, "")
    assert (second.name, second.path) == ("", None)
    assert first.after == second.after


def test_what_cannot_be_read_is_left_out_and_told(folder: Path, kept_home: Home, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(picture()[:200])
    found = events(folder, [broken, tmp_path / "nowhere.png", b"", picture()], kept_home)
    notices = [each for each in found if isinstance(each, Noticed)]
    assert len(notices) == 3
    assert "broken.png is left out" in str(notices[0].message)
    assert "There is no such file" in str(notices[1].message)
    assert sum(isinstance(each, Explained) for each in found) == 1


def test_the_source_can_be_left_out(folder: Path, kept_home: Home) -> None:
    (found,) = explained(folder, [0], kept_home, with_source=False)
    assert (found.before, found.question, found.before_method) == (None, None, None)


def test_the_method_can_be_chosen(folder: Path, kept_home: Home) -> None:
    (found,) = explained(folder, [0], kept_home, method="integrated-gradients")
    assert found.method == found.before_method == "integrated-gradients"
    assert "Integrated gradients" in str(found.words[0])


def test_a_run_that_began_with_random_weights_has_no_before(kept_home: Home) -> None:
    alone = run(tiny(source=Scratch(network="small_cnn")), kept_home)
    (found,) = explained(alone, [0], kept_home)
    assert found.before is None
    assert "no network from before" in str(found.words[1])


def test_a_source_of_other_classes_is_asked_for_its_own(folder: Path, kept_home: Home) -> None:
    target = Target(data=Bundled(name="emoji-noto", classes=("hand", "plant")), per_class=5)
    (found,) = explained(run(tiny(source=EarlierRun(run=str(folder)), target=target), kept_home), [0], kept_home)
    assert found.question == "own"
    assert found.before_target in KINDS
    assert found.before_target in str(found.words[1])


def test_a_source_whose_head_nobody_knows_is_asked_for_its_features(folder: Path, kept_home: Home) -> None:
    weights = WeightsFile(network="small_cnn", path=str(path_of(folder, "best")))
    (found,) = explained(run(tiny(source=weights), kept_home), [0], kept_home)
    assert found.question == "response"
    assert (found.before_target, found.before_probability) == ("", None)
    assert found.before is not None


@pytest.mark.parametrize(
    ("pictures", "asked", "words"),
    [
        ([99_999], {}, "has no picture 99999"),
        ([-1], {}, "has no picture -1"),
        ([0], {"target": "moth"}, "knows no class moth"),
    ],
)
def test_what_is_not_there_is_told(
    folder: Path, kept_home: Home, pictures: list[Asked], asked: dict[str, object], words: str
) -> None:
    with pytest.raises(UserError, match=words):
        events(folder, pictures, kept_home, **asked)


def test_a_damaged_checkpoint_is_told(folder: Path, kept_home: Home, tmp_path: Path) -> None:
    copy = shutil.copytree(folder, tmp_path / "run")
    (copy / FOLDER / "best.safetensors").write_bytes(b"nothing")
    with pytest.raises(UserError, match="damaged or missing"):
        events(copy, [picture()], kept_home)


def test_it_tells_how_far_it_has_come_and_stops_between_pictures(folder: Path, kept_home: Home) -> None:
    stop = StopToken()
    work = session.explain(folder, [picture(seed) for seed in range(9)], "best", stop, kept_home)
    begun, first = next(work), next(work)
    stop.stop()
    with pytest.raises(Stopped):
        next(work)
    assert isinstance(begun, Progressed)
    assert (begun.done, begun.total) == (0, 9)
    assert isinstance(first, Explained)
