import msgspec
import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from kt_gui import samples, session
from kt_gui.bridge.dataset_model import DatasetModel
from kt_gui.bridge.experiment_model import ExperimentModel, blank
from kt_gui.bridge.failures import Failure
from kt_gui.schema.choices import SGD, Features
from kt_gui.schema.datasets import ImageFolder
from kt_gui.schema.events import Problem
from kt_gui.schema.experiment import EarlierRun, Pretrain, Scratch, Training, Transfer, WeightsFile, Zoo
from kt_gui.schema.texts import Message, mark
from kt_gui.store.folders import Home


@pytest.fixture
def source(folders: Home, owner: QObject) -> DatasetModel:
    return DatasetModel(folders, owner, is_enabled=False)


@pytest.fixture
def target(folders: Home, owner: QObject) -> DatasetModel:
    return DatasetModel(folders, owner, is_enabled=False)


@pytest.fixture
def model(owner: QObject, source: DatasetModel, target: DatasetModel) -> ExperimentModel:
    return ExperimentModel(samples.EXPERIMENT, source, target, owner)


def test_an_edit_by_path_rebuilds_the_record_and_leaves_the_old_one(qtbot: QtBot, model: ExperimentModel) -> None:
    before = model.experiment
    with qtbot.waitSignal(model.edited):
        model.edit("transfer.strength", 0.5)
    assert model.experiment.transfer.strength == 0.5
    assert before.transfer.strength == 0.005


def test_other_target_data_bring_another_name(model: ExperimentModel) -> None:
    model.edit("target.data", ImageFolder(path="/home/ada/bees"))
    assert model.experiment.name == "bees"
    model.edit("target.data", ImageFolder(path="/home/ada/bees", classes=("wild",)))
    assert model.experiment.name == "bees"
    model.edit("target.data", ImageFolder(path=""))
    assert model.experiment.name == "bees"


def test_a_name_that_a_person_gave_stays(model: ExperimentModel) -> None:
    model.edit("name", "my own")
    model.edit("transfer.strength", 0.5)
    model.edit("target.data", ImageFolder(path="/home/ada/bees"))
    assert model.experiment.name == "my own"
    model.set(samples.EXPERIMENT, is_named=True)
    model.edit("target.data", ImageFolder(path="/home/ada/wasps"))
    assert model.experiment.name == samples.EXPERIMENT.name


def test_an_edit_reaches_into_a_choice(model: ExperimentModel) -> None:
    model.edit("training.optimiser.momentum", 0.5)
    assert model.experiment.training.optimiser == SGD(momentum=0.5)


def test_an_edit_can_put_another_choice_in_place(model: ExperimentModel) -> None:
    model.edit("transfer.freezing", Features())
    assert model.experiment.transfer.freezing == Features()


def test_an_edit_that_changes_nothing_is_silent(qtbot: QtBot, model: ExperimentModel) -> None:
    model.set(samples.EXPERIMENT)
    with qtbot.assertNotEmitted(model.edited):
        model.edit("transfer.strength", 0.005)


def test_an_edit_out_of_bounds_is_refused(model: ExperimentModel) -> None:
    with pytest.raises(msgspec.ValidationError):
        model.edit("transfer.strength", -1.0)
    assert model.experiment == samples.EXPERIMENT


def test_a_field_that_is_not_there_is_a_mistake(model: ExperimentModel) -> None:
    with pytest.raises(TypeError):
        model.edit("transfer.pull", 1.0)


def test_a_first_experiment_is_open_even_where_it_is_the_default(qtbot: QtBot, model: ExperimentModel) -> None:
    assert not model.is_open
    with qtbot.waitSignal(model.edited):
        model.set(samples.EXPERIMENT)
    assert model.is_open


def test_a_new_experiment_has_the_examples_settings_and_no_target(model: ExperimentModel) -> None:
    model.set(blank(samples.EXPERIMENT))
    assert model.experiment.source == samples.EXPERIMENT.source
    assert model.problems("target") == ["No pictures are chosen yet."]


def test_pictures_being_read_are_a_reason_to_wait(model: ExperimentModel) -> None:
    assert model.problems("target") == ["The pictures are still being read."]


def test_a_survey_without_problems_lets_a_step_be_done(
    model: ExperimentModel, source: DatasetModel, target: DatasetModel
) -> None:
    source.apply([samples.survey("Twemoji")])
    target.apply([samples.survey("Noto")])
    assert model.problems("transfer") == []


def test_a_blocking_problem_is_told_with_its_counts(model: ExperimentModel, target: DatasetModel) -> None:
    text = Message(mark("Class {name} has {count} picture; at least 5 are needed."), {"name": "moth", "count": 1})
    hint = Message(mark("Add more."))
    blocking = Problem(message=text, remedy=hint, blocking=True)
    mild = Problem(message=Message(mark("Classes differ in size.")), remedy=hint)
    target.apply([msgspec.structs.replace(samples.survey("Noto"), problems=(mild, blocking))])
    assert model.problems("target") == ["Class moth has 1 picture; at least 5 are needed."]


def test_data_that_could_not_be_read_are_told(model: ExperimentModel, target: DatasetModel) -> None:
    target.fail(Failure("user", "There is no folder /pictures.", "Choose another one.", ""))
    assert model.problems("target") == ["There is no folder /pictures."]


@pytest.mark.parametrize(
    ("source", "sentences"),
    [
        (Zoo(model=""), ["No pretrained model is chosen yet."]),
        (Zoo(model="bundled/efficientnet_lite0"), []),
        (EarlierRun(run=""), ["No earlier run is chosen yet."]),
        (EarlierRun(run="1f3a"), []),
        (WeightsFile(path="", network="small_cnn"), ["No file of weights is chosen yet."]),
        (Scratch(network="small_cnn"), []),
    ],
)
def test_a_source_that_is_not_chosen_is_a_problem(
    model: ExperimentModel, source: Zoo | EarlierRun | WeightsFile | Scratch, sentences: list[str]
) -> None:
    model.edit("source", source)
    assert model.problems("source") == sentences


def test_a_new_experiment_learns_a_new_head_as_usual() -> None:
    made = blank(session.example("emoji"), "cpu")
    assert isinstance(made.source, Pretrain)
    assert made.source.training.device == "cpu"
    assert (made.transfer, made.training) == (Transfer(), Training(device="cpu"))


@pytest.mark.parametrize(
    ("path", "value"),
    [("target.data", ImageFolder(path="/ants")), ("source", Zoo(model="bundled/efficientnet_lite0"))],
)
def test_other_classes_do_not_keep_the_head(model: ExperimentModel, path: str, value: object) -> None:
    model.set(session.example("emoji"))
    assert model.experiment.transfer.keep_head
    model.edit(path, value)
    assert not model.experiment.transfer.keep_head
