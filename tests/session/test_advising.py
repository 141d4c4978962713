"""Advice from what lies on this machine, on runs that end within a second."""

import msgspec
import pytest

from kt_gui import session
from kt_gui.schema.advice import Advice, Advised, Known
from kt_gui.schema.choices import Features
from kt_gui.schema.events import Rehearsed
from kt_gui.schema.experiment import EarlierRun, Experiment
from kt_gui.schema.rankings import Ranked
from kt_gui.schema.stop import StopToken
from kt_gui.schema.studies import LambdaSearch, Study
from kt_gui.schema.study_answers import LambdaVerdict
from kt_gui.schema.study_events import StudyEnded
from kt_gui.store import reports
from kt_gui.store.folders import Home
from kt_gui.studies.advice import best_of
from tests.session.conftest import run, tiny


@pytest.fixture(scope="module")
def asked(kept_home: Home) -> Experiment:
    """The head alone learns, on what an earlier run has pretrained."""
    folder = run(tiny(), kept_home)
    transfer = msgspec.structs.replace(tiny().transfer, freezing=Features())
    return tiny(name="head", source=EarlierRun(run=str(folder), checkpoint="source"), transfer=transfer)


def advise(asked: Experiment, place: Home, **more: bool) -> Advice:
    *_, told = session.advise(asked, StopToken(), place, **more)
    assert isinstance(told, Advised)
    return told.advice


def rank(asked: Experiment, place: Home) -> Ranked:
    assert isinstance(asked.source, EarlierRun)
    *_, ranked = session.rank([asked.source], asked.target, StopToken(), place, seed=asked.seed)
    assert isinstance(ranked, Ranked)
    return ranked


def test_where_nothing_was_measured_the_ranking_is_asked_for(asked: Experiment, place: Home) -> None:
    advice = advise(asked, place)
    assert advice.next == "ranking"
    assert advice.expected is None
    assert advice.experiment == asked


def test_a_ranking_and_a_search_are_found_again_and_tell_what_to_expect(asked: Experiment, kept_home: Home) -> None:
    ranked = rank(asked, kept_home)
    advice = advise(asked, kept_home)
    best = best_of(ranked)
    assert best is not None
    assert best.scores is not None
    assert advice.expected is not None
    assert (advice.expected.accuracy, advice.expected.measure) == (best.scores.probe, "probe")
    assert advice.next == "lambda"

    search = LambdaSearch(strengths=(0.001, 0.1), folds=2, prune=False)
    *_, ended = session.study(Study(name="search", study=search, experiment=advice.experiment), StopToken(), kept_home)
    assert isinstance(ended, StudyEnded)
    assert isinstance(ended.verdict, LambdaVerdict)
    later = advise(asked, kept_home)
    assert later.experiment.transfer.beta == ended.verdict.value
    assert {part.study for part in later.parts if part.basis == "study"} == {ended.folder}
    assert later.expected is not None
    assert later.expected.measure == "folds"
    assert later.next == "gain"


@pytest.mark.parametrize("change", ["per_class", "seed"])
def test_what_was_measured_of_other_pictures_says_nothing(asked: Experiment, kept_home: Home, change: str) -> None:
    rank(asked, kept_home)
    target = msgspec.structs.replace(asked.target, per_class=4)
    other = tiny(seed=5) if change == "seed" else tiny(target=target)
    advice = advise(msgspec.structs.replace(other, source=asked.source), kept_home)
    assert not advice.is_measured
    assert advice.next == "ranking"


def test_a_damaged_ranking_is_as_if_there_were_none(asked: Experiment, kept_home: Home) -> None:
    rank(asked, kept_home)
    (kept,) = (kept_home.cache / "rankings" / reports.FOLDER).glob("ranked-*")
    kept.write_bytes(b"torn")
    assert advise(asked, kept_home).next == "ranking"


def test_the_dry_run_is_done_only_where_it_is_asked_for(asked: Experiment, place: Home) -> None:
    told = list(session.advise(asked, StopToken(), place, rehearses=True))
    assert any(isinstance(event, Known) for event in told)
    (rehearsed,) = (event for event in told if isinstance(event, Rehearsed))
    assert isinstance(told[-1], Advised)
    assert told[-1].advice.rehearsed == rehearsed
    assert advise(asked, place).rehearsed is None
