"""What could be ranked, and what it takes."""

from pathlib import Path
from unittest.mock import create_autospec

import pytest

from kt_gui import samples, session
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import ModelsListed
from kt_gui.schema.experiment import EarlierRun, Experiment, Scratch, WeightsFile, Zoo
from kt_gui.schema.rankings import Candidate, Offer, Offered
from kt_gui.schema.stop import StopToken
from kt_gui.session import catalogue
from kt_gui.store import runs
from kt_gui.store.folders import Home
from tests.session.conftest import run, tiny

RANDOM = Scratch(network="small_cnn")


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the pretrained networks those of the samples."""

    def listed(*_: object) -> object:
        return iter([ModelsListed(models=samples.MODELS)])

    spec = create_autospec(catalogue.list_models, side_effect=listed)
    monkeypatch.setattr("kt_gui.session.offering.list_models", spec)


def offers(place: Home, experiment: Experiment | None = None) -> dict[Candidate, Offer]:
    *_, told = session.offer(experiment or tiny(), StopToken(), place)
    assert isinstance(told, Offered)
    made = {each.source: each for each in told.offers}
    assert len(made) == len(told.offers), "each once"
    return made


def test_what_is_ranked_as_a_matter_of_course_is_offered_first(place: Home) -> None:
    usual = list(session.usual(tiny(), StopToken(), place))
    found = offers(place)
    assert list(found)[: len(usual)] == usual
    assert all(each.is_usual for each in found.values())
    here = {card.name for card in samples.MODELS if card.status in ("offline", "cached")}
    assert {each.model for each in found if isinstance(each, Zoo)} == here


def test_the_source_of_a_run_is_offered_beside_it_unticked(place: Home) -> None:
    folder = run(tiny(), place)
    found = offers(place)
    best, source = EarlierRun(run=str(folder)), EarlierRun(run=str(folder), checkpoint="source")
    assert (found[best].is_usual, found[source].is_usual) == (True, False)
    assert found[best].origin == "has learnt emoji-noto"
    assert found[source].origin == "has learnt emoji-twemoji"


def test_a_run_named_by_its_id_is_listed_once(place: Home) -> None:
    folder = run(tiny(), place)
    named = tiny(source=EarlierRun(run=runs.read_file(folder).id))
    found = offers(place, named)
    assert [each for each in found if isinstance(each, EarlierRun) and each.checkpoint == "best"] == [
        EarlierRun(run=str(folder))
    ]


def test_what_a_ranking_took_is_told_the_next_time(place: Home) -> None:
    assert (offers(place)[RANDOM].is_known, offers(place)[RANDOM].seconds) == (False, None)
    list(session.rank([RANDOM], tiny().target, StopToken(), place))
    known = offers(place)[RANDOM]
    assert known.is_known
    assert known.seconds is not None
    other = offers(place, tiny(seed=5))[RANDOM]
    assert not other.is_known, "other pictures are drawn by another seed"
    assert other.seconds is not None
    assert 0 < other.seconds < 60


def test_a_name_means_what_it_means_in_the_terminal(place: Home) -> None:
    folder = run(tiny(), place)
    *_, told = session.offer_named("emoji-twemoji", tiny(), StopToken(), place)
    assert isinstance(told, Offered)
    assert [each.source for each in told.offers] == [EarlierRun(run=str(folder), checkpoint="source")]
    with pytest.raises(UserError, match="“nothing” is no source"):
        list(session.offer_named("nothing", tiny(), StopToken(), place))


def test_a_name_of_two_runs_is_told_with_their_ids(place: Home) -> None:
    ids = {runs.read_record(runs.Runs(place).create(tiny())).id for _ in range(2)}
    with pytest.raises(UserError, match="2 runs are called “tiny”") as told:
        list(session.offer_named("tiny", tiny(), StopToken(), place))
    assert all(each in told.value.remedy for each in ids)


def test_a_target_that_cannot_be_read_leaves_the_list(place: Home, tmp_path: Path) -> None:
    asked = tiny(source=WeightsFile(path=str(tmp_path / "w.pt"), network="small_cnn"))
    gone = tiny(source=asked.source, target=samples.EXPERIMENT.target)
    found = offers(place, gone)
    weights = next(each for each in found if isinstance(each, WeightsFile))
    assert found[weights].name == "w.pt"
    assert not found[weights].is_known
