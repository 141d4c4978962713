"""What changed in each block, by a real run, against weights and pictures read by hand."""

from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import pytest
import torch

from kt_gui import session
from kt_gui.engine.loading import AS_IS
from kt_gui.engine.similarity import linear_cka
from kt_gui.schema.changes import Changed
from kt_gui.schema.choices import FromBlock
from kt_gui.schema.errors import Lasting, UserError
from kt_gui.schema.evaluations import Checkpoint
from kt_gui.schema.events import Event, Noticed
from kt_gui.schema.experiment import Scratch, Transfer
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.session import changing, opening
from kt_gui.store import checkpoints
from kt_gui.store.folders import Home
from tests.session.conftest import run, tiny

T = TypeVar("T")

FREEZING = Transfer(freezing=FromBlock(block="block 2"), strength=0.01)


@pytest.fixture(scope="module")
def home_of_all(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home.under(tmp_path_factory.mktemp("changing"))


@pytest.fixture(scope="module")
def folder(home_of_all: Home) -> Path:
    return run(tiny(transfer=FREEZING), home_of_all)


def ask(folder: Path, checkpoint: Checkpoint, home: Home) -> tuple[Changed, list[Event]]:
    events = list(session.changes(folder, checkpoint, StopToken(), home))
    assert isinstance(events[-1], Changed)
    return events[-1], events


def test_drift_is_the_distance_of_the_weights_on_the_disk(folder: Path, home_of_all: Home) -> None:
    changed, _ = ask(folder, 0, home_of_all)
    _, before = checkpoints.load_weights(folder, "source")
    _, after = checkpoints.load_weights(folder, 0)
    network = opening.open_run(folder, 0).network
    parameters = dict(network.module.named_parameters())
    for block in changed.blocks:
        names = [name for name in parameters if network.owner[name] == block.block]
        squared = sum(float((after[name].double() - before[name].double()).square().sum()) for name in names)
        size = sum(float(before[name].double().square().sum()) for name in names)
        assert block.distance == pytest.approx(squared**0.5, rel=1e-5)
        assert block.relative == pytest.approx(squared / size, rel=1e-5)
        assert block.frozen == (squared == 0)
    assert [block.frozen for block in changed.blocks] == [True, True, False, False, False]


def test_frozen_blocks_compute_the_same_and_moved_ones_do_not(folder: Path, home_of_all: Home) -> None:
    changed, _ = ask(folder, "last", home_of_all)
    assert changed.pictures == 15
    for block in changed.blocks:
        assert block.similarity is not None
        assert (block.similarity == pytest.approx(1.0, abs=1e-9)) == block.frozen


def test_similarity_is_that_of_the_validation_pictures(folder: Path, home_of_all: Home) -> None:
    """Of the last block before the head, whose mean over all places the head is given."""
    changed, _ = ask(folder, "last", home_of_all)
    stop = StopToken()
    seen = []
    for which in ("source", "last"):
        opened = opening.open_run(folder, which)
        dealt = ended(opening.read_dealt(folder, "target", home_of_all, stop))
        portion = ended(opening.portion_of(opened, dealt.collection, dealt.splits.validation, home_of_all, stop))
        shown = portion.look(torch.arange(15), AS_IS)
        body = torch.nn.Sequential(*list(opened.network.module.children())[:-1])
        with torch.no_grad():
            seen.append(body(shown).mean((2, 3)))
    assert changed.blocks[-1].similarity == pytest.approx(linear_cka(*seen, unbiased=True), abs=1e-5)


def ended(work: Generator[Event, None, T]) -> T:
    """Let work come to its end; give what it returns."""
    try:
        while True:
            next(work)
    except StopIteration as end:
        found: T = end.value
        return found


def test_the_source_itself_has_not_changed(folder: Path, home_of_all: Home) -> None:
    changed, _ = ask(folder, "source", home_of_all)
    assert changed.epoch is None
    assert all(block.distance == 0 and block.similarity == pytest.approx(1.0) for block in changed.blocks)


def test_a_head_that_was_kept_is_compared_too(place: Home) -> None:
    kept = run(tiny(transfer=Transfer(keep_head=True)), place)
    assert ask(kept, "best", place)[0].blocks[-1].block == "head"


def test_the_answer_is_kept_with_the_run(folder: Path, home_of_all: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = ask(folder, 1, home_of_all)
    monkeypatch.setattr(changing, "open_run", None)
    again, events = ask(folder, 1, home_of_all)
    assert (again, len(events)) == (first, 1)


def test_where_the_pictures_have_gone_only_the_weights_are_compared(
    folder: Path, home_of_all: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise UserError("The pictures have gone.", "Put them back.")

    monkeypatch.setattr(changing, "read_dealt", gone)
    monkeypatch.setattr("kt_gui.store.reports.recall", lambda *_: None)
    changed, events = ask(folder, "best", home_of_all)
    assert any(isinstance(event, Noticed) and "have gone" in str(event.message) for event in events)
    assert changed.pictures == 0
    assert all(block.similarity is None for block in changed.blocks)
    assert any(block.relative for block in changed.blocks)


def test_a_run_without_a_source_has_nothing_to_compare(place: Home) -> None:
    scratch = run(tiny(source=Scratch(network="small_cnn")), place)
    with pytest.raises(Lasting, match="random weights"):
        ask(scratch, "best", place)
    with pytest.raises(UserError, match="nothing it could have forgotten"):
        list(session.forgetting(scratch, StopToken(), place))


def test_it_stops_when_asked(folder: Path, home_of_all: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kt_gui.store.reports.recall", lambda *_: None)
    stop = StopToken()
    stop.stop("discard")
    with pytest.raises(Stopped):
        list(session.changes(folder, "best", stop, home_of_all))
