"""Weights of epochs kept along the way, in real runs."""

import errno
from pathlib import Path

import msgspec
import pytest
import torch
from safetensors.torch import load_file

from kt_gui import session
from kt_gui.schema.choices import Constant, Features
from kt_gui.schema.events import EpochEnded, Noticed
from kt_gui.schema.experiment import Experiment, Scratch, Training, Transfer
from kt_gui.schema.stop import StopToken
from kt_gui.session import recording
from kt_gui.store import checkpoints, contents
from kt_gui.store.folders import Home
from tests.session.conftest import run, tiny, work


def longer(epochs: int = 5, snapshots: int = 2, **changes: object) -> Experiment:
    base = tiny(**changes)
    training = msgspec.structs.replace(base.training, epochs=epochs, snapshots=snapshots, schedule=Constant())
    return msgspec.structs.replace(base, training=training)


def kept(folder: Path) -> dict[str, dict[str, torch.Tensor]]:
    return {path.name: load_file(path) for path in sorted((folder / "checkpoints" / "epochs").glob("*"))}


def test_an_epoch_is_what_a_run_of_so_many_epochs_ends_with(place: Home) -> None:
    long, short = run(longer(5), place), run(longer(2), place)
    along, last = (checkpoints.load_weights(folder, which)[1] for folder, which in ((long, 1), (short, "last")))
    assert along.keys() == last.keys()
    assert all(torch.equal(along[name], last[name]) for name in last)
    assert [each.epoch for each in contents.saved(long)][-1] == 4


def test_only_what_moved_is_written_and_the_rest_read_from_the_source(place: Home) -> None:
    folder = run(longer(transfer=Transfer(freezing=Features())), place)
    assert all(name.startswith("head") for tensors in kept(folder).values() for name in tensors)
    whole = checkpoints.load_weights(folder, 1)[1]
    source = checkpoints.load_weights(folder, "source")[1]
    assert whole.keys() == checkpoints.load_weights(folder, "last")[1].keys()
    assert torch.equal(whole["stem.0.weight"], source["stem.0.weight"])


def test_from_scratch_all_is_written(place: Home) -> None:
    folder = run(longer(source=Scratch(network="small_cnn")), place)
    assert kept(folder)["1.safetensors"].keys() == checkpoints.load_weights(folder, "last")[1].keys()


def test_nothing_is_kept_where_nothing_is_asked_for(place: Home) -> None:
    folder = run(longer(snapshots=0), place)
    assert kept(folder) == {}
    assert [each.checkpoint for each in contents.saved(folder) if isinstance(each.checkpoint, int)] == []


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nobody interrupted."""
    return run(longer(), Home.under(tmp_path_factory.mktemp("whole")))


@pytest.mark.parametrize("epoch", [0, 2, 3])
def test_a_run_that_was_left_and_resumed_keeps_the_same_files(
    place: Home, monkeypatch: pytest.MonkeyPatch, epoch: int, whole: Path
) -> None:
    monkeypatch.setattr(recording, "EPOCHS_APART_S", 0.0)
    monkeypatch.setattr(recording, "COST_SHARE", 0)
    events = session.run(longer(), StopToken(), place)
    folder = Path(getattr(next(events), "folder"))  # noqa: B009 - the first event is RunStarted
    for event in events:
        if isinstance(event, EpochEnded) and (event.phase, event.epoch) == ("finetuning", epoch):
            break
    events.close()
    work(session.resume(folder, StopToken(), place))
    one, other = kept(whole), kept(folder)
    assert one.keys() == other.keys()
    assert all(torch.equal(one[file][name], other[file][name]) for file in one for name in one[file])


def test_a_full_disk_costs_the_epochs_not_the_run(place: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    write = checkpoints.write_through

    def refuse(path: Path, content: bytes) -> None:
        if path.parent.name == "epochs":
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, content)

    monkeypatch.setattr(checkpoints, "write_through", refuse)
    events = list(session.run(longer(), StopToken(), place))
    notices = [event for event in events if isinstance(event, Noticed)]
    assert len(notices) == 1
    assert "goes on without keeping epochs" in str(notices[0].message)
    assert work(iter(events)).ended == "finished"
    folder = Path(work(iter(events)).folder)
    assert kept(folder) == {}
    assert contents.saved(folder)[0].checkpoint == "source"


def test_a_file_without_the_field_keeps_twelve() -> None:
    assert Training().snapshots == 12
