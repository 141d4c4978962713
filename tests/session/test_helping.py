"""Which study tells of a run: found by what both have asked for, among studies that are written by hand."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from kt_gui import session
from kt_gui.samples import studies as samples
from kt_gui.schema.choices import Features
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Ended
from kt_gui.schema.experiment import EarlierRun, Experiment, Transfer
from kt_gui.schema.gains import GainKnown
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.schema.studies import LambdaSearch, Question, Study, TransferGain
from kt_gui.schema.study_answers import GainVerdict
from kt_gui.schema.study_events import StudyEnded, StudyStarted
from kt_gui.store.folders import Home
from kt_gui.store.history import History
from kt_gui.store.runs import Runs
from kt_gui.store.studies import Studies
from kt_gui.studies import planning
from tests.session.conftest import tiny

TOLD = samples.verdict(TransferGain())
assert isinstance(TOLD, GainVerdict)


def studied(
    place: Home,
    experiment: Experiment | None = None,
    *,
    question: Question | None = None,
    ended: Ended = "finished",
    verdict: GainVerdict | None = TOLD,
    at: float = 1.0,
) -> Path:
    """Write a study that has ended."""
    asked = Study(name="asked", study=question or TransferGain(), experiment=experiment or tiny())
    folder = Studies(place).create(asked)
    history = History(folder)
    begun = StudyStarted(study="1", name="asked", folder=str(folder), question=asked.study, trials=(), runs=0, at=at)
    history.append(begun)
    history.append(StudyEnded(ended=ended, study="1", name="asked", folder=str(folder), verdict=verdict))
    history.close()
    return folder


@pytest.fixture
def told(place: Home) -> Callable[[Experiment], GainKnown]:
    """What is known of a run of an experiment."""

    def ask(experiment: Experiment) -> GainKnown:
        folder = Runs(place).create(experiment)
        (found,) = session.known_gain(folder, StopToken(), place)
        assert isinstance(found, GainKnown)
        assert found.run == str(folder)
        return found

    return ask


Told = Callable[[Experiment], GainKnown]


def test_a_run_is_told_of_by_a_study_of_its_experiment_whatever_its_seed_and_name(place: Home, told: Told) -> None:
    folder = studied(place)
    found = told(tiny(seed=31, name="another"))
    assert (found.study, found.name, found.verdict) == (str(folder), "asked", TOLD)


def test_a_run_of_another_experiment_is_not(place: Home, told: Told) -> None:
    studied(place)
    found = told(tiny(transfer=Transfer(strength=0.5)))
    assert (found.study, found.verdict) == ("", None)


def test_the_trials_of_a_study_are_told_of_by_it_but_not_those_it_is_held_against(place: Home, told: Told) -> None:
    patient = msgspec.structs.replace(tiny(), training=msgspec.structs.replace(tiny().training, patience=2))
    folder = studied(place, patient)
    asked = Study(study=TransferGain(), experiment=patient)
    found = {trial.arm: told(planning.experiment_of(asked, trial)) for trial in planning.plan(asked, 0)[:3]}
    assert found["transfer"].study == str(folder)
    assert told(patient).study == str(folder)
    assert (found["features"].study, found["scratch"].study) == ("", "")


def test_the_newest_that_has_come_to_its_end_counts(place: Home, told: Told) -> None:
    studied(place, at=1.0)
    newest = studied(place, at=5.0)
    studied(place, at=7.0, ended="stopped")
    studied(place, at=8.0, verdict=None)
    studied(place, at=9.0, question=LambdaSearch(), verdict=None)
    (studied(place, at=10.0) / "study.toml").write_text("no study", encoding="utf-8")
    assert told(tiny()).study == str(newest)


def test_a_study_without_a_pair_tells_nothing(place: Home, told: Told) -> None:
    studied(place, verdict=msgspec.structs.replace(TOLD, gains=()))
    assert told(tiny()).study == ""


def test_runs_from_repetitions_of_one_earlier_run_are_of_one_experiment(place: Home, told: Told) -> None:
    first, second, other = (Runs(place).create(each) for each in (tiny(), tiny(seed=9), tiny(transfer=frozen())))
    folder = studied(place, tiny(source=EarlierRun(run=str(first))))
    assert told(tiny(source=EarlierRun(run=str(second)))).study == str(folder)
    assert told(tiny(source=EarlierRun(run=str(other)))).study == ""


def frozen() -> Transfer:
    return Transfer(freezing=Features())


def test_it_stops_when_asked_and_refuses_what_is_no_run(place: Home, tmp_path: Path) -> None:
    studied(place)
    folder, stop = Runs(place).create(tiny()), StopToken()
    stop.stop("discard")
    with pytest.raises(Stopped):
        list(session.known_gain(folder, stop, place))
    with pytest.raises(UserError, match="not the folder of a run"):
        list(session.known_gain(tmp_path, StopToken(), place))
