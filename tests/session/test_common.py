"""What folds of a study have in common is had once, and what is not needed of them is not written."""

from pathlib import Path

import msgspec
import pytest

from kt_gui import session
from kt_gui.engine import loading
from kt_gui.schema.events import CheckpointSaved, Event
from kt_gui.schema.stop import StopToken
from kt_gui.session import pictures, sources, trials
from kt_gui.session.job import Job
from kt_gui.session.trials import numbers
from kt_gui.store import environment, runs
from kt_gui.store.folders import Home
from tests.session.test_studying import asked, short, told
from tests.session.test_studying import trials as ended_of


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Event], Home]:
    """A λ search of two values and two folds; on one thread."""
    import torch

    torch.set_num_threads(1)
    home = Home.under(tmp_path_factory.mktemp("common"))
    return told(session.study(asked(), StopToken(), home)), home


def by_itself(run: Path, home: Home) -> Path:
    """Do a fold's experiment again with the same pictures, as a run like any other."""
    again = runs.Runs(home).create(runs.read_experiment(run))
    known = environment.read(run)
    deal = environment.read_deal(run, "target")
    assert known.fold is not None
    assert deal is not None
    environment.save(again, msgspec.structs.replace(environment.read(again), data={"target": known.data["target"]}))
    environment.save_deal(again, "target", deal)
    for _ in trials.work(again, StopToken(), home):
        pass
    return again


@pytest.mark.parametrize("key", ["10 fold 1", "0 fold 2", "10 fold 2"])
def test_a_fold_finds_out_to_the_last_bit_what_it_would_by_itself(key: str, searched: tuple[list[Event], Home]) -> None:
    events, home = searched
    run = Path(ended_of(events)[key].run)
    again = by_itself(run, home)
    fold, alone = numbers(run), numbers(again)
    assert fold.losses
    assert (fold.losses, fold.accuracies) == (alone.losses, alone.accuracies)
    assert runs.read_file(run).network == runs.read_file(again).network == "small_cnn"
    first, second = runs.read_file(run).result, runs.read_file(again).result
    assert first is not None
    assert second is not None
    assert msgspec.structs.replace(first, seconds=0) == msgspec.structs.replace(second, seconds=0)


def test_a_source_that_keeps_its_head_is_the_same_for_all_folds(place: Home) -> None:
    base = short()
    experiment = msgspec.structs.replace(base, transfer=msgspec.structs.replace(base.transfer, keep_head=True))
    events = told(session.study(asked(experiment=experiment), StopToken(), place))
    run = Path(ended_of(events)["10 fold 2"].run)
    assert numbers(run).losses == numbers(by_itself(run, place)).losses


def test_of_folds_only_a_source_that_was_learnt_is_written(searched: tuple[list[Event], Home]) -> None:
    events, _ = searched
    keys = {Path(event.run).name: key for key, event in ended_of(events).items()}
    saved = {
        (keys[Path(event.path).parents[1].name], event.phase, event.which)
        for event in events
        if isinstance(event, CheckpointSaved)
    }
    folds = {(key, phase) for key, phase, _ in saved if key != "refit"}
    assert folds == {("0 fold 1", "pretraining")}
    assert ("refit", "finetuning", "best") in saved


def test_the_pictures_and_the_source_of_folds_are_read_once(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    read, had, loaded = list[str](), list[str](), list[int]()
    whole, obtain, load = pictures.read, sources.from_run, loading.load

    def watched_read(data, *rest):  # type: ignore[no-untyped-def]
        read.append(data.name)
        return whole(data, *rest)

    def watched_source(job: Job, source):  # type: ignore[no-untyped-def]
        had.append(job.experiment.name)
        return obtain(job, source)

    def watched_load(collection, indexes, *rest, **more):  # type: ignore[no-untyped-def]
        loaded.append(len(indexes))
        return load(collection, indexes, *rest, **more)

    monkeypatch.setattr(loading, "load", watched_load)
    monkeypatch.setattr(pictures, "read", watched_read)
    monkeypatch.setattr(sources, "from_run", watched_source)
    told(session.study(asked(), StopToken(), place))
    assert read.count("emoji-noto") == 3  # to deal out, by the first fold, and by the refit
    assert had == ["tiny 10 fold 1", "tiny refit"]
    assert len(loaded) == 3 + 1 + 3  # the source's parts; all that folds are made of, once; the refit's parts
    assert not {7, 8} & set(loaded)
