"""Asking a run's network about pictures it has never seen."""

import csv
import math
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import ExifTags, Image

from kt_gui import session
from kt_gui.engine.bundled import read_bundled
from kt_gui.schema.columns import unpack
from kt_gui.schema.datasets import ImageFolder
from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Judged
from kt_gui.schema.events import Event
from kt_gui.schema.experiment import Experiment, Scratch, Split, Target
from kt_gui.schema.insights import Explained
from kt_gui.schema.predictions import (
    Enlarged,
    Given,
    Predicted,
    PredictionsBegan,
    PredictionsEnded,
    PredictionsSaved,
    Unread,
)
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.session import predicting
from kt_gui.session.opening import Opened, open_run
from kt_gui.store import reports
from kt_gui.store.folders import Home, resources
from tests.session.conftest import KINDS, run, tiny

PER_CLASS = 30
"""Of which nine are for validation: enough, with three classes, to set a threshold by."""


@dataclass(frozen=True)
class Place:
    """A run on a folder of pictures."""

    run: Path
    data: Path
    home: Home


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A run from scratch on emoji as PNG files; never to be changed."""
    root = tmp_path_factory.mktemp("origin")
    write_emoji(root / "data")
    place = Home.under(root / "home")
    return Place(run(from_scratch(root / "data"), place), root / "data", place)


@pytest.fixture
def scene(origin: Place, tmp_path: Path) -> Place:
    """The same, to be changed at will."""
    shutil.copytree(origin.run, tmp_path / "run", ignore=shutil.ignore_patterns(reports.FOLDER))
    return Place(tmp_path / "run", origin.data, Home.under(tmp_path / "home"))


def write_emoji(folder: Path) -> None:
    collection = read_bundled("emoji-noto", resources() / "examples")
    for kind in KINDS:
        (folder / kind).mkdir(parents=True)
        for index in np.flatnonzero(collection.labels == collection.classes.index(kind))[:PER_CLASS]:
            collection.picture(int(index)).save(folder / kind / f"{index}.png")


def from_scratch(data: Path, **changes: object) -> Experiment:
    target = Target(data=ImageFolder(path=str(data)), split=Split(validation=0.3))
    return tiny(source=Scratch(network="small_cnn"), target=target, **changes)


def predict(place: Place, *asked: Path | Given, stop: StopToken | None = None, **how: object) -> Iterator[Event]:
    given = [one if isinstance(one, Given) else Given(path=str(one)) for one in asked]
    return session.predict(place.run, given, "best", stop or StopToken(), place.home, **how)  # type: ignore[arg-type]


def rows(events: list[Event]) -> list[Predicted]:
    return [event for event in events if isinstance(event, Predicted)]


def began(events: list[Event]) -> PredictionsBegan:
    return next(event for event in events if isinstance(event, PredictionsBegan))


def ended(events: list[Event]) -> PredictionsEnded:
    assert isinstance(events[-1], PredictionsEnded)
    return events[-1]


def shares(row: Predicted) -> np.ndarray:
    assert row.probabilities is not None
    return unpack(row.probabilities)


# --- what is answered --------------------------------------------------------------------------------------------


def test_a_picture_is_given_the_probabilities_that_the_evaluation_gives_it(origin: Place) -> None:
    judged = next(
        event
        for event in session.evaluate(origin.run, None, "best", StopToken(), origin.home)
        if isinstance(event, Judged)
    )
    files = [origin.data / name for name in judged.names]
    events = list(predict(origin, *files, every_class=True))
    logits = unpack(judged.logits).astype(np.float64) / judged.temperature
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert len(files) >= 15
    assert began(events).temperature == pytest.approx(judged.temperature, abs=1e-4)
    assert np.abs(np.array([shares(row) for row in rows(events)]) - expected).max() < 1e-5
    best = [judged.classes[index] for index in expected.argmax(axis=1)]
    assert [row.top[0].label for row in rows(events)] == best


def test_the_top_classes_are_the_most_probable_ones(origin: Place) -> None:
    (row,) = rows(list(predict(origin, first_of(origin), top=2, every_class=True)))
    order = np.argsort(-shares(row))[:2]
    assert [guess.label for guess in row.top] == [sorted(KINDS)[index] for index in order]
    assert [guess.probability for guess in row.top] == pytest.approx(shares(row)[order].tolist())
    assert rows(list(predict(origin, first_of(origin))))[0].probabilities is None


def first_of(place: Place) -> Path:
    return sorted(place.data.rglob("*.png"))[0]


def test_a_picture_on_its_side_is_answered_like_the_upright_one(origin: Place, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    with Image.open(first_of(origin)) as image:
        image.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "turned.png", exif=exif)
    upright, turned = rows(list(predict(origin, first_of(origin), tmp_path / "turned.png", every_class=True)))
    assert (shares(upright) == shares(turned)).all()


def test_broken_files_are_told_and_the_others_answered(origin: Place, tmp_path: Path) -> None:
    shutil.copy(first_of(origin), tmp_path / "好.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    events = list(predict(origin, tmp_path, tmp_path / "gone.png"))
    unread = [one.name for event in events if isinstance(event, Unread) for one in event.skipped]
    assert [row.name for row in rows(events)] == ["好.png"]
    assert unread == ["broken.png", "gone.png"]
    assert (ended(events).predicted, ended(events).unread) == (1, 2)
    assert sum(count for _, count in ended(events).counts) == 1


def test_where_nothing_can_be_read_it_says_so(origin: Place, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no picture in what was chosen"):
        list(predict(origin, tmp_path))
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(UserError, match=r"notes\.txt"):
        list(predict(origin, tmp_path))


def test_a_thumbnail_comes_where_it_is_asked_for(origin: Place) -> None:
    (row,) = rows(list(predict(origin, first_of(origin), thumbnail=12)))
    assert row.thumbnail.startswith(b"\x89PNG")
    assert rows(list(predict(origin, first_of(origin))))[0].thumbnail == b""


# --- stopping ----------------------------------------------------------------------------------------------------


def test_a_stop_keeps_what_was_answered_and_the_table_holds_it(origin: Place, tmp_path: Path) -> None:
    stop, events = StopToken(), list[Event]()
    asked = predict(origin, origin.data, stop=stop, every_class=True)
    for event in session.tabulate_predictions(asked, tmp_path / "half.csv", overwrite=False):
        events.append(event)
        if isinstance(event, Predicted):
            stop.stop("keep")
    *_, last, saved = events
    assert isinstance(last, PredictionsEnded)
    assert isinstance(saved, PredictionsSaved)
    assert last.stopped
    assert 0 < last.predicted < 3 * PER_CLASS
    assert len((tmp_path / "half.csv").read_text("utf-8").splitlines()) == 1 + last.predicted == 1 + saved.pictures


def test_a_stop_before_anything_was_answered_ends_with_nothing(origin: Place) -> None:
    stop = StopToken()
    stop.stop("keep")
    assert ended(list(predict(origin, origin.data, stop=stop))).predicted == 0


def test_answers_that_nobody_wants_any_more_are_not_summed_up(origin: Place) -> None:
    stop = StopToken()
    stop.stop("discard")
    with pytest.raises(Stopped):
        list(predict(origin, origin.data, stop=stop))


# --- what is unlike ----------------------------------------------------------------------------------------------


def test_what_it_learnt_from_lies_at_no_distance_and_noise_lies_far(origin: Place, tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "noise.png")
    events = list(predict(origin, origin.data, tmp_path / "noise.png"))
    *known, noise = rows(events)
    threshold = began(events).novelty.threshold
    assert threshold is not None
    assert sum(row.distance is not None and row.distance < 1e-5 for row in known) >= began(events).novelty.pictures
    assert all(row.is_unlike == (row.distance is not None and row.distance > threshold) for row in rows(events))
    assert ended(events).unlike == sum(bool(row.is_unlike) for row in rows(events))
    assert noise.distance is not None
    assert noise.distance > np.median([row.distance for row in known if row.distance is not None])


def test_a_run_whose_data_has_gone_answers_as_before(scene: Place) -> None:
    before = rows(list(predict(scene, first_of(scene))))
    move(scene, to="/nowhere")
    after = rows(list(predict(scene, first_of(scene))))
    assert after == before
    assert after[0].distance is not None


def test_where_the_data_went_before_anyone_asked_it_cannot_be_told_what_is_unlike(scene: Place) -> None:
    move(scene, to="/nowhere")
    events = list(predict(scene, first_of(scene)))
    novelty = began(events).novelty
    assert (novelty.threshold, began(events).temperature) == (None, None)
    assert "/nowhere" in str(novelty.reason)
    assert (rows(events)[0].distance, rows(events)[0].is_unlike, ended(events).unlike) == (None, None, None)


def move(scene: Place, to: str) -> None:
    """Let the run's data lie elsewhere."""
    file = scene.run / "experiment.toml"
    file.write_text(file.read_text("utf-8").replace(str(scene.data), to), "utf-8")


def test_what_was_kept_for_other_weights_or_is_damaged_is_not_used(scene: Place) -> None:
    before = rows(list(predict(scene, first_of(scene))))
    (kept,) = (scene.run / reports.FOLDER).glob("yardstick-*")
    kept.write_bytes(kept.read_bytes()[:100])
    assert rows(list(predict(scene, first_of(scene)))) == before
    list(session.predict(scene.run, [Given(path=str(first_of(scene)))], "last", StopToken(), scene.home))
    assert len(list((scene.run / reports.FOLDER).glob("yardstick-*"))) == 2


def test_too_few_validation_pictures_set_no_threshold(tmp_path: Path) -> None:
    place = Home.under(tmp_path / "home")
    write_emoji(tmp_path / "data")
    for path in (path for kind in KINDS for path in sorted((tmp_path / "data" / kind).iterdir())[12:]):
        path.unlink()
    folder = run(from_scratch(tmp_path / "data"), place)
    novelty = began(list(predict(Place(folder, tmp_path / "data", place), tmp_path / "data"))).novelty
    assert novelty.threshold is None
    assert str(novelty.reason) == "the run has 12 validation pictures, and 19 are needed"


def test_a_network_that_kept_its_head_answers_and_so_does_its_source(place: Home, origin: Place) -> None:
    kept = tiny(transfer=msgspec.structs.replace(tiny().transfer, keep_head=True))
    folder = run(kept, place)
    for checkpoint in ("best", "source"):
        given = [Given(path=str(first_of(origin)))]
        events = list(session.predict(folder, given, checkpoint, StopToken(), place))  # type: ignore[arg-type]
        assert set(began(events).classes) == set(KINDS)
        assert len(rows(events)) == 1


def test_a_checkpoint_that_is_not_there_is_named(origin: Place) -> None:
    with pytest.raises(UserError, match="source"):
        list(session.predict(origin.run, [Given(path=str(first_of(origin)))], "source", StopToken(), origin.home))


def test_a_network_that_diverged_is_told_instead_of_asked(origin: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def open_broken(*asked: object) -> Opened:
        opened = open_run(*asked)  # type: ignore[arg-type]
        next(opened.network.module.parameters()).data.fill_(math.nan)
        return opened

    monkeypatch.setattr(predicting, "open_run", open_broken)
    with pytest.raises(UserError, match="not finite"):
        list(predict(origin, first_of(origin)))


# --- tables ------------------------------------------------------------------------------------------------------


def test_a_table_holds_every_answer(origin: Place, tmp_path: Path) -> None:
    shutil.copy(first_of(origin), tmp_path / "蜜蜂, 好.png")
    out = tmp_path / "answers.csv"
    asked = predict(origin, tmp_path / "蜜蜂, 好.png", first_of(origin), every_class=True)
    events = list(session.tabulate_predictions(asked, out, overwrite=False))
    with out.open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    first, second = rows(events)
    assert list(read[0]) == ["name", "path", "predicted", "probability", "unlike", "distance", *sorted(KINDS)]
    assert [row["name"] for row in read] == [first.name, second.name] == ["蜜蜂, 好.png", first_of(origin).name]
    assert read[0]["path"] == str(tmp_path / "蜜蜂, 好.png")
    assert read[0]["predicted"] == first.top[0].label
    assert float(read[0]["probability"]) == pytest.approx(first.top[0].probability, rel=1e-5)
    assert float(read[0][first.top[0].label]) == float(read[0]["probability"])
    assert sum(float(read[0][kind]) for kind in KINDS) == pytest.approx(1, abs=1e-5)
    assert read[0]["unlike"] == ("yes" if first.is_unlike else "no")
    assert events[-1] == PredictionsSaved(path=str(out), pictures=2)
    assert first.probabilities is None


def test_a_table_that_cannot_be_written_is_refused_before_anything_is_asked(origin: Place, tmp_path: Path) -> None:
    asked = predict(origin, first_of(origin), every_class=True)
    with pytest.raises(UserError):
        next(session.tabulate_predictions(asked, tmp_path, overwrite=False))
    assert isinstance(list(asked)[-1], PredictionsEnded)


# --- one picture -------------------------------------------------------------------------------------------------


def test_a_picture_is_enlarged_wherever_it_lies(origin: Place, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        archive.write(first_of(origin), "in/one.png")
    kinds = (
        Given(path=str(first_of(origin))),
        Given(path=str(tmp_path / "set.zip"), inside="in/one.png"),
        Given(content=first_of(origin).read_bytes(), name="pasted"),
    )
    found = [next(session.enlarge(given, None, StopToken())) for given in kinds]
    assert all(isinstance(one, Enlarged) and one.png == found[0].png for one in found if isinstance(found[0], Enlarged))
    with pytest.raises(UserError, match="no such file"):
        next(session.enlarge(Given(path=str(tmp_path / "gone.png")), None, StopToken()))


def test_a_new_picture_is_explained_wherever_it_lies(origin: Place, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        archive.write(first_of(origin), "in/one.png")
    for given in (Given(path=str(first_of(origin))), Given(path=str(tmp_path / "set.zip"), inside="in/one.png")):
        events = list(session.explain_given(origin.run, given, "heart", "best", StopToken(), origin.home))
        (explained,) = [event for event in events if isinstance(event, Explained)]
        assert explained.target == "heart"
