"""Epochs kept along the way: which ones, in how much room, and whole whatever happens."""

import math
from pathlib import Path

import pytest
import torch

from kt_gui.schema.checkpoints import Saved
from kt_gui.schema.errors import UserError
from kt_gui.store import checkpoints, contents, snapshots
from kt_gui.store.checkpoints import Along
from kt_gui.store.snapshots import Snapshots
from tests.store.test_checkpoints import Killed, about, dying, progress


def after(epochs: int, most: int = 12, size: int = 1) -> tuple[Snapshots, int]:
    """What is kept after so many epochs, and how many were ever written."""
    kept, written = Snapshots(), 0
    for epoch in range(epochs):
        if kept.is_due(epoch):
            kept = kept.including(epoch, size, most)
            written += epoch in kept.sizes
    return kept, written


@pytest.mark.parametrize("epochs", [1, 5, 12, 13, 24, 25, 40, 200, 1000])
def test_the_kept_epochs_are_evenly_spaced_and_few_but_not_too_few(epochs: int) -> None:
    kept, written = after(epochs)
    assert list(kept.sizes) == list(range(kept.spacing - 1, epochs, kept.spacing))
    assert min(epochs, 6) <= len(kept.sizes) <= 12
    assert written <= 12 + 6 * math.ceil(math.log2(max(1, epochs / 12)) + 1)


def test_large_weights_take_no_more_room_than_there_is() -> None:
    kept, _ = after(50, size=snapshots.ROOM // 5)
    assert sum(kept.sizes.values()) <= snapshots.ROOM
    assert len(kept.sizes) >= 2
    assert after(50, size=snapshots.ROOM + 1)[0].sizes == {}


def test_where_one_goes_on_does_not_matter() -> None:
    """A run that was left after epoch 20 and goes back to epoch 10 ends as one that never was."""
    left, _ = after(20)
    back = Snapshots(spacing=left.spacing, sizes={each: 1 for each in left.sizes if each < 10})
    for epoch in range(10, 40):
        if back.is_due(epoch):
            back = back.including(epoch, 1, 12)
    assert back == after(40)[0]


def save(run: Path, epoch: int, kept: Snapshots, *new: int) -> None:
    """Save a checkpoint, and with it epochs whose every number is theirs."""
    tensors = {each: {"w": torch.full((2, 2), float(each))} for each in new}
    checkpoints.save_progress(run, progress(epoch), epoch - 1, Along(kept, tensors))


def keeping(*epochs: int, spacing: int = 1) -> Snapshots:
    return Snapshots(spacing=spacing, sizes=dict.fromkeys(epochs, 16))


def files(run: Path) -> list[str]:
    return sorted(path.name for path in (run / "checkpoints" / "epochs").glob("*"))


def test_an_epoch_comes_back_with_what_did_not_move_from_the_source(tmp_path: Path) -> None:
    source = {"w": torch.zeros(2, 2), "frozen": torch.ones(3)}
    checkpoints.save_source(tmp_path, about(None, "pretraining"), source, history=0, seconds=0.0)
    save(tmp_path, 4, keeping(1, 3), 1, 3)
    known, weights = checkpoints.load_weights(tmp_path, 1)
    assert known == about(1)
    assert torch.equal(weights["w"], torch.ones(2, 2))
    assert torch.equal(weights["frozen"], source["frozen"])


def test_the_best_and_the_last_epoch_are_found_by_their_numbers_too(tmp_path: Path) -> None:
    save(tmp_path, 4, keeping(1), 1)
    assert float(checkpoints.load_weights(tmp_path, 3)[1]["w"][0, 0]) == 3
    assert float(checkpoints.load_weights(tmp_path, 4)[1]["w"][0, 0]) == 4
    with pytest.raises(UserError, match="epoch 3 were not kept"):
        checkpoints.load_weights(tmp_path, 2)


def test_all_that_can_be_looked_at_is_listed_in_order(tmp_path: Path) -> None:
    assert contents.saved(tmp_path) == ()
    checkpoints.save_source(tmp_path, about(None, "pretraining"), {"w": torch.ones(1)}, history=0, seconds=0.0)
    save(tmp_path, 4, keeping(1, 3), 1, 3)
    assert contents.saved(tmp_path) == (
        Saved(checkpoint="source", epoch=None),
        Saved(checkpoint=1, epoch=1),
        Saved(checkpoint="best", epoch=3),
        Saved(checkpoint="last", epoch=4),
    )


def test_the_best_of_pretraining_is_no_epoch_of_the_last_phase(tmp_path: Path) -> None:
    checkpoints.save_progress(tmp_path, progress(4, "pretraining"), best_epoch=3)
    assert contents.saved(tmp_path) == ()


def test_what_is_kept_no_longer_goes_from_the_disk(tmp_path: Path) -> None:
    save(tmp_path, 4, keeping(0, 1, 2, 3), 0, 1, 2, 3)
    save(tmp_path, 6, keeping(1, 3, 5, spacing=2), 5)
    assert files(tmp_path) == ["1.safetensors", "3.safetensors", "5.safetensors"]
    assert not any("epochs/0" in name for name in contents.read_contents(tmp_path).sums)


@pytest.mark.parametrize("instant", range(18))
def test_whatever_instant_the_process_dies_at_the_epochs_fit_the_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, instant: int
) -> None:
    save(tmp_path, 3, keeping(0, 1, 2), 0, 1, 2)
    with monkeypatch.context() as patch:
        dying(instant, patch)
        try:
            save(tmp_path, 4, keeping(1, 3, spacing=2), 3)
            died = False
        except Killed:
            died = True
    is_new = contents.look_up(tmp_path, "last").epoch == 4
    for epoch in (1, 3) if is_new else (0, 1, 2):
        assert float(checkpoints.load_weights(tmp_path, epoch)[1]["w"][0, 0]) == epoch
    found = checkpoints.load_progress(tmp_path)
    assert found is not None
    assert found.about.epoch == (4 if is_new else 3)
    assert died == (instant < 17)
    save(tmp_path, 5, keeping(1, 3, spacing=2), 3)
    assert files(tmp_path) == ["1.safetensors", "3.safetensors"]


def test_damage_of_an_epoch_is_seen_and_named(tmp_path: Path) -> None:
    save(tmp_path, 4, keeping(1), 1)
    (tmp_path / "checkpoints" / "epochs" / "1.safetensors").write_bytes(b"no weights")
    with pytest.raises(UserError, match=r"1\.safetensors"):
        checkpoints.load_weights(tmp_path, 1)
    assert checkpoints.load_progress(tmp_path) is not None


def test_a_phase_that_begins_anew_forgets_its_epochs(tmp_path: Path) -> None:
    checkpoints.save_source(tmp_path, about(9, "pretraining"), {"w": torch.ones(2)}, history=50, seconds=1.0)
    save(tmp_path, 4, keeping(1), 1)
    checkpoints.begin_anew(tmp_path)
    assert contents.saved(tmp_path) == (Saved(checkpoint="source", epoch=None),)
    assert files(tmp_path) == []
