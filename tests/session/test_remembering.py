"""What the runs of a gain study still know of the source, and what their clocks say, by real runs."""

from itertools import accumulate
from pathlib import Path

import msgspec
import pytest

from kt_gui import session
from kt_gui.schema.changes import Forgotten
from kt_gui.schema.events import EpochEnded, Event, RunEnded
from kt_gui.schema.experiment import Experiment, WeightsFile
from kt_gui.schema.remembering import Recall
from kt_gui.schema.stop import StopToken
from kt_gui.schema.studies import LabelSavings, Numbers, Study, TransferGain, Trial
from kt_gui.schema.study_answers import GainVerdict
from kt_gui.schema.study_events import StudyForeseen
from kt_gui.session import trials as work
from kt_gui.session.recalling import forgetting
from kt_gui.store import history
from kt_gui.store.folders import Home
from tests.session.conftest import run, tiny
from tests.session.test_changing import ended as returned
from tests.session.test_studying import ended, short, told, trials

TRIAL = Trial(key="transfer seed 0", row="transfer", column=0, seed=0, arm="transfer")


def asked(*, forgetting: bool = True, experiment: Experiment | None = None) -> Study:
    question = TransferGain(seeds=2, forgetting=forgetting)
    return Study(name="small", study=question, experiment=experiment or short())


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Event], Home]:
    """One gain study, looked at by several tests; on one thread, as all of them are."""
    import torch

    torch.set_num_threads(1)
    home = Home.under(tmp_path_factory.mktemp("studied"))
    return told(session.study(asked(), StopToken(), home)), home


def numbers(events: list[Event]) -> dict[str, Numbers]:
    return {key: event.numbers for key, event in trials(events).items() if event.numbers is not None}


def test_each_transfer_is_asked_what_it_still_knows_as_what_changed_asks(studied: tuple[list[Event], Home]) -> None:
    events, home = studied
    for key, event in trials(events).items():
        assert event.numbers is not None
        if not key.startswith("transfer"):
            assert event.numbers.recall is None
            continue
        *_, found = forgetting(Path(event.run), StopToken(), home)
        assert isinstance(found, Forgotten)
        points = {point.checkpoint: point.accuracy for point in found.points}
        assert event.numbers.recall == Recall(before=points["source"], after=points["best"])


def test_the_verdict_sums_up_what_the_seeds_know(studied: tuple[list[Event], Home]) -> None:
    verdict = ended(studied[0]).verdict
    assert isinstance(verdict, GainVerdict)
    recalls = [each.recall for each in numbers(studied[0]).values() if each.recall is not None]
    assert verdict.forgetting is not None
    assert verdict.forgetting.seeds == len(recalls) == 2
    assert verdict.forgetting.after == pytest.approx(sum(each.after or 0.0 for each in recalls) / 2)


def test_the_clock_of_a_trial_is_its_historys_and_the_sources_is_counted_once(
    studied: tuple[list[Event], Home],
) -> None:
    found = numbers(studied[0])
    for key, event in trials(studied[0]).items():
        epochs = history.read_epochs(Path(event.run), "finetuning")
        features = history.read_features(Path(event.run), "finetuning")
        assert bool(features) == key.startswith("features")
        spent = [epoch.seconds + features.get(epoch.epoch, 0.0) for epoch in epochs]
        assert found[key].times == tuple(accumulate(spent))
    learnt = history.read_epochs(Path(trials(studied[0])["transfer seed 0"].run), "pretraining")
    assert found["transfer seed 0"].source_seconds == sum(epoch.seconds for epoch in learnt)
    assert found["features seed 0"].source_seconds == found["transfer seed 0"].source_seconds, "it was spared"
    assert found["scratch seed 0"].source_seconds is None


def test_who_does_not_want_to_know_is_not_told(kept_home: Home, folder: Path) -> None:
    for question in (TransferGain(forgetting=False), LabelSavings()):
        assert returned(work.found(folder, question, TRIAL, StopToken(), kept_home)).recall is None


def test_of_a_pretrained_model_without_data_the_reason_is_told(kept_home: Home, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "source.safetensors"
    file.write_bytes((folder / "checkpoints" / "source.safetensors").read_bytes())
    other = run(tiny(source=WeightsFile(path=str(file), network="small_cnn")), kept_home)
    recall = returned(work.found(other, TransferGain(), TRIAL, StopToken(), kept_home)).recall
    assert recall == Recall(reason="What was forgotten cannot be measured: the pretrained model came without its data.")


def test_what_it_takes_to_ask_is_foreseen(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    from kt_gui.session import foreseeing

    rehearsed = list(session.rehearse(short(), StopToken(), place))
    monkeypatch.setattr(foreseeing, "rehearse", lambda *_: iter(rehearsed))  # so that only the question differs
    found = [told(session.foresee_study(asked(forgetting=each), StopToken(), place))[-1] for each in (True, False)]
    asking, silent = (each for each in found if isinstance(each, StudyForeseen))
    assert asking.seconds_low > silent.seconds_low
    assert asking.seconds_high > silent.seconds_high


def test_studies_of_earlier_versions_are_read(studied: tuple[list[Event], Home]) -> None:
    told = msgspec.to_builtins(ended(studied[0]))
    for name in ("reached", "forgetting", "unrecalled"):
        del told["verdict"][name]
    assert isinstance(msgspec.convert(told, type(ended(studied[0]))).verdict, GainVerdict)
    old = msgspec.to_builtins(numbers(studied[0])["transfer seed 0"])
    for name in ("times", "source_seconds", "recall"):
        del old[name]
    assert msgspec.convert(old, Numbers).times == ()


def test_a_study_stopped_while_it_asks_goes_on_with_the_question_and_not_with_the_learning(place: Home) -> None:
    stop, first = StopToken(), []
    for event in session.study(asked(), stop, place):
        first.append(event)
        if isinstance(event, RunEnded):
            stop.stop("keep")
    assert ended(first).ended == "stopped"
    assert not trials(first), "what it still knows was not found out"
    again = told(session.resume_study(Path(ended(first).folder), StopToken(), place))
    found = trials(again)["transfer seed 0"]
    learnt = [event for event in again if isinstance(event, EpochEnded) and event.phase == "finetuning"]
    assert found.state == "finished"
    assert found.numbers is not None
    assert found.numbers.recall is not None
    assert found.numbers.recall.after is not None
    assert len(learnt) == 2 * (len(trials(again)) - 1)
