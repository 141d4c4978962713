"""What a person says of pictures, one thing after the other; and the labels that wait for an answer."""

from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from kt_gui import scenes
from kt_gui.bridge.corrections_model import CorrectionsModel
from kt_gui.bridge.experiment_model import blank
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models, build
from kt_gui.samples import labels as samples_labels
from kt_gui.scenes import evaluation as evaluation_scenes
from kt_gui.schema.corrections import Confirmation, Exclusion, Move
from kt_gui.schema.datasets import ImageFolder
from kt_gui.schema.evaluations import Picture
from kt_gui.schema.experiment import Experiment, Pretrain, Target
from kt_gui.store import corrections as store
from kt_gui.store.folders import Home
from kt_gui.store.folders import home as home_of
from tests.engine.picture_sets import collection_of, write_tree


@pytest.fixture
def place() -> Home:
    return home_of()


@pytest.fixture
def bugs(tmp_path: Path) -> ImageFolder:
    write_tree(tmp_path / "bugs", {"ants": 6, "bees": 6})
    return ImageFolder(path=str(tmp_path / "bugs"))


def pictures(data: ImageFolder) -> list[Picture]:
    whole = collection_of(data)
    return [
        Picture(index=index, name=name, digest=digest, label=whole.classes[int(whole.labels[index])])
        for index, (name, digest) in enumerate(zip(whole.names, whole.digests, strict=True))
    ]


def quiet(qtbot: QtBot, model: CorrectionsModel) -> None:
    qtbot.waitUntil(lambda: not model.busy, timeout=20_000)


def test_what_is_said_quickly_is_all_recorded_in_order(qtbot: QtBot, bugs: ImageFolder, place: Home) -> None:
    parent = QObject()
    model, seen = CorrectionsModel(place, parent), pictures(bugs)
    for each in seen[:5]:
        model.exclude(bugs, [each])
    model.move(bugs, [seen[0], seen[6]], "bees")
    model.confirm(bugs, [seen[7]])
    model.take_back(bugs, [seen[1].digest])
    quiet(qtbot, model)
    said = {each.name: type(each) for each in store.read(bugs, place).corrections}
    assert said == {
        **{seen[place].name: Exclusion for place in (2, 3, 4)},
        seen[0].name: Move,
        seen[7].name: Confirmation,
    }
    assert model.latest is not None
    assert model.latest.corrections == store.read(bugs, place).corrections


def test_what_fails_is_told_once_and_the_rest_is_done(qtbot: QtBot, bugs: ImageFolder, place: Home) -> None:
    parent = QObject()
    model, seen, told = CorrectionsModel(place, parent), pictures(bugs), list[Failure]()
    model.failed.connect(told.append)
    model.move(bugs, [seen[0]], "wasps")
    model.exclude(bugs, [seen[1]])
    quiet(qtbot, model)
    assert [each.message for each in told] == ["bugs has no class wasps."]
    assert [each.name for each in store.read(bugs, place).corrections] == [seen[1].name]


def test_a_data_set_is_surveyed_anew_when_it_was_corrected(qtbot: QtBot, bugs: ImageFolder, place: Home) -> None:
    experiment = Experiment(name="bugs", source=Pretrain(network="small_cnn", data=bugs), target=Target(data=bugs))
    models = build(place, blank(experiment))
    models.experiment.set(experiment)
    models.survey()
    qtbot.waitUntil(lambda: models.target_data.answer is not None and not models.target_data.busy, timeout=20_000)
    before = models.target_data.answer
    models.corrections.exclude(bugs, [pictures(bugs)[0]])
    qtbot.waitUntil(lambda: models.target_data.answer is not before and not models.target_data.busy, timeout=20_000)
    assert models.target_data.corrected is not None
    assert len(models.target_data.corrected.corrections) == 1
    after = models.target_data.answer
    assert before is not None
    assert after is not None
    assert sum(each.unused for each in after.classes) == 1
    assert after.digest != before.digest
    models.cancel()
    qtbot.waitUntil(lambda: not models.workers(), timeout=20_000)
    models.root.deleteLater()


@pytest.fixture
def models(qtbot: QtBot) -> Models:
    made = scenes.sample_models()
    evaluation_scenes.show_suspects(made)
    return made


def test_a_label_that_was_decided_on_waits_no_more(models: Models) -> None:
    first = models.suspects.waiting[0]
    assert len(models.suspects.waiting) == 23
    models.suspects.settle(first.picture.digest)
    assert len(models.suspects.waiting) == 22
    assert first not in models.suspects.waiting


def test_another_run_has_other_labels_and_another_checkpoint_has_not(models: Models) -> None:
    models.suspects.look()
    models.viewing.choose("last")
    assert models.suspects.found is not None
    models.viewing.folder = Path("/runs/other")
    models.viewing.changed.emit()
    assert models.suspects.found is None
    assert models.suspects.waiting == []


def test_an_answer_that_comes_is_held(models: Models) -> None:
    models.suspects.apply([samples_labels.suspected(issues=2)])
    assert len(models.suspects.waiting) == 2


def test_labels_of_data_that_is_another_by_now_are_shown_no_more(models: Models) -> None:
    models.suspects.fail(Failure("user", "Not those the run began with.", "Run it again.", ""))
    assert models.suspects.found is None
    assert models.suspects.waiting == []
