import msgspec
import pytest

from kt_gui import samples, scenes
from kt_gui.bridge.failures import Failure
from kt_gui.bridge.models import Models
from kt_gui.bridge.steps import Look, look
from kt_gui.samples import studies
from kt_gui.schema.datasets import Catalogued, ImageFolder
from kt_gui.schema.experiment import EarlierRun, Scratch, Zoo


@pytest.fixture
def models(qapp: object) -> Models:
    return scenes.sample_models()


def test_before_anything_is_opened_every_step_is_empty(models: Models) -> None:
    assert look(models, "source") == look(models, "target") == look(models, "transfer") == Look()


def test_a_chosen_source_is_ready_once_it_is_read(models: Models) -> None:
    models.experiment.set(samples.EXPERIMENT)
    assert look(models, "source") == Look("empty", "Twemoji")
    models.source_data.apply([samples.survey("Twemoji")])
    assert look(models, "source") == Look("ready", "Twemoji")


def test_data_that_cannot_be_read_are_a_warning(models: Models) -> None:
    models.experiment.set(samples.EXPERIMENT)
    models.target_data.fail(Failure("user", "There is no such folder.", "", ""))
    assert look(models, "target").state == "warning"


def test_a_failed_run_is_a_warning(models: Models) -> None:
    scenes.show_failed(models)
    assert look(models, "train") == Look("warning")


def test_a_finished_run_shows_its_accuracy(models: Models) -> None:
    scenes.show_finished(models)
    assert look(models, "evaluate") == Look("ready", "71.0\N{NO-BREAK SPACE}%")
    assert look(models, "use").state == "ready"


@pytest.mark.parametrize(
    ("source", "value"),
    [
        (Zoo(model="timm/resnet18.a1_in1k"), "resnet18.a1_in1k"),
        (EarlierRun(run="/runs/2026-emoji"), "2026-emoji"),
        (Scratch(network="small_cnn"), "from scratch"),
    ],
)
def test_a_source_is_named_in_a_word(models: Models, source: Zoo | EarlierRun | Scratch, value: str) -> None:
    models.experiment.set(msgspec.structs.replace(samples.EXPERIMENT, source=source))
    assert look(models, "source").value == value


@pytest.mark.parametrize(
    ("data", "value"),
    [(ImageFolder(path="/home/me/moths"), "moths, 3 each"), (Catalogued(name="cifar10"), "cifar10, 3 each")],
)
def test_a_target_is_named_in_a_word(models: Models, data: ImageFolder | Catalogued, value: str) -> None:
    models.experiment.set(samples.EXPERIMENT)
    models.experiment.edit("target.data", data)
    assert look(models, "target").value == value


def test_runs_are_counted(models: Models) -> None:
    models.runs.show(samples.records(1204))
    assert look(models, "runs").value == "1\N{NO-BREAK SPACE}204"


def test_an_earlier_run_is_called_as_the_person_calls_it(models: Models) -> None:
    (record,) = samples.records(1)
    models.runs.show([record])
    models.experiment.set(samples.EXPERIMENT)
    models.experiment.edit("source", EarlierRun(run=str(record.folder)))
    assert look(models, "source").value == record.name


def test_a_study_that_goes_on_shows_how_far_it_has_come(models: Models) -> None:
    assert look(models, "studies") == Look()
    models.studies.show(studies.records(3))
    assert look(models, "studies").value == "3"
    models.study.apply(studies.begun(studies.LAMBDA, done=28))
    assert look(models, "studies") == Look("running", "51\N{NO-BREAK SPACE}%")
