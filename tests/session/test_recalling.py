"""What is still known of the source, by real runs, against the source's head asked by hand."""

from pathlib import Path
from unittest.mock import create_autospec

import pytest
import torch

from kt_gui import session
from kt_gui.engine.evaluation import evaluate, wilson
from kt_gui.engine.loading import AS_IS
from kt_gui.schema.changes import Forgotten, Recalled
from kt_gui.schema.choices import Features
from kt_gui.schema.errors import Lasting, UserError
from kt_gui.schema.evaluations import Checkpoint
from kt_gui.schema.events import Event, Noticed
from kt_gui.schema.experiment import EarlierRun, Transfer, WeightsFile
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.session import opening, recalling
from kt_gui.session.recalling import source_data
from kt_gui.store import checkpoints, contents, runs
from kt_gui.store.folders import Home
from tests.session.conftest import run, tiny
from tests.session.test_changing import ended


def ask(folder: Path, home: Home) -> tuple[Forgotten, list[Event]]:
    events = list(session.forgetting(folder, StopToken(), home))
    assert isinstance(events[-1], Forgotten)
    return events[-1], events


def by_hand(folder: Path, which: Checkpoint, home: Home) -> int:
    """The source's network with all but its head taken from a checkpoint."""
    opened = opening.open_run(folder, "source")
    _, weights = checkpoints.load_weights(folder, which)
    state = opened.network.module.state_dict()
    state.update({name: part for name, part in weights.items() if not name.startswith("head")})
    opened.network.module.load_state_dict(state)
    dealt = ended(opening.read_dealt(folder, "source", home, StopToken()))
    portion = ended(opening.portion_of(opened, dealt.collection, dealt.splits.test, home, StopToken()))
    with torch.no_grad():
        logits = opened.network.module.eval()(portion.look(torch.arange(len(portion)), AS_IS))
    return int((logits.argmax(1) == portion.labels).sum())


def test_every_kept_epoch_is_asked_with_the_sources_head(folder: Path, kept_home: Home) -> None:
    forgotten, _ = ask(folder, kept_home)
    assert [point.epoch for point in forgotten.points] == [None, 0, 1, 2]
    for point in forgotten.points:
        assert point.correct == by_hand(folder, point.checkpoint, kept_home)
        assert point.accuracy == point.correct / point.total
        assert (point.low, point.high) == wilson(point.correct, point.total)


def test_the_source_is_worth_what_its_own_test_said(folder: Path, kept_home: Home) -> None:
    forgotten, _ = ask(folder, kept_home)
    assert forgotten.points[0].accuracy == runs.read_file(folder).source_accuracy


def test_what_the_first_sentence_needs_comes_first(place: Home) -> None:
    _, events = ask(run(tiny(), place), place)
    told = [event.checkpoint for event in events if isinstance(event, Recalled)]
    assert told[:2] == ["source", "best"]


def test_a_backbone_that_stood_still_has_forgotten_nothing_and_is_not_asked_again(
    place: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen = run(tiny(transfer=Transfer(freezing=Features())), place)
    counted = create_autospec(evaluate, side_effect=evaluate)
    monkeypatch.setattr("kt_gui.engine.recalling.evaluate", counted)
    forgotten, _ = ask(frozen, place)
    assert len({point.correct for point in forgotten.points}) == 1
    assert counted.call_count == 1


def test_the_answer_is_kept_with_the_run(folder: Path, kept_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = ask(folder, kept_home)
    monkeypatch.setattr(recalling, "open_run", None)
    assert ask(folder, kept_home)[0] == first


def test_an_earlier_runs_target_is_what_is_forgotten(place: Home) -> None:
    earlier = run(tiny(), place)
    later = run(tiny(source=EarlierRun(run=str(earlier))), place)
    assert source_data(later, place) == (earlier, "target")
    result = runs.read_record(earlier).result
    assert result is not None
    assert ask(later, place)[0].points[0].accuracy == result.target_accuracy


def test_of_an_earlier_runs_own_source_its_pictures_are_known_too(place: Home) -> None:
    earlier = run(tiny(), place)
    later = run(tiny(source=EarlierRun(run=str(earlier), checkpoint="source")), place)
    assert source_data(later, place) == (earlier, "source")
    assert ask(later, place)[0].points[0].accuracy == runs.read_file(earlier).source_accuracy


def test_an_earlier_run_that_has_gone_is_told(place: Home) -> None:
    earlier = run(tiny(), place)
    later = run(tiny(source=EarlierRun(run=runs.read_file(earlier).id)), place)
    session.discard(earlier)
    with pytest.raises(UserError, match="There is no run"):
        ask(later, place)


def test_weights_without_data_cannot_be_asked(place: Home) -> None:
    earlier = run(tiny(), place)
    file = WeightsFile(path=str(checkpoints.path_of(earlier, "best")), network="small_cnn")
    later = run(tiny(source=file), place)
    with pytest.raises(Lasting, match="came without its data"):
        ask(later, place)


def test_a_damaged_epoch_is_left_out_and_told(place: Home) -> None:
    folder = run(tiny(), place)
    contents.path_of(folder, 1).write_bytes(b"no weights")
    forgotten, events = ask(folder, place)
    assert [point.epoch for point in forgotten.points] == [None, 0, 2]
    assert any(isinstance(event, Noticed) and "1.safetensors" in str(event.message) for event in events)


def test_it_stops_when_asked(place: Home) -> None:
    folder, stop = run(tiny(), place), StopToken()
    events = session.forgetting(folder, stop, place)
    assert any(isinstance(event, Recalled) for event in events)
    stop.stop("discard")
    with pytest.raises(Stopped):
        list(events)
