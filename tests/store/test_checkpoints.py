"""Checkpoints survive a death at any instant, and damage is seen."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Phase
from kt_gui.store import checkpoints, files
from kt_gui.store.checkpoints import About, Progress


def about(epoch: int | None, phase: Phase = "finetuning") -> About:
    return About(phase=phase, epoch=epoch, network="small_cnn", classes=("a", "b"), image_size=8)


def progress(epoch: int, phase: Phase = "finetuning") -> Progress:
    """A checkpoint whose every number is its epoch's, the best one's the epoch before."""
    return Progress(
        about=about(epoch, phase),
        history=100 * epoch,
        seconds=float(epoch),
        model={"w": torch.full((2, 2), float(epoch))},
        best={"w": torch.full((2, 2), float(epoch - 1))},
        anchor={"w": torch.zeros(2, 2)},
        optimiser={"state": {0: {"momentum_buffer": torch.full((2,), float(epoch))}}, "param_groups": [{"lr": 0.1}]},
        numbers={"epoch": epoch, "step": 0, "best_epoch": epoch - 1, "scale": None},
    )


def save(run: Path, epoch: int, phase: Phase = "finetuning") -> bool:
    return checkpoints.save_progress(run, progress(epoch, phase), best_epoch=epoch - 1)


def assert_is(found: Progress | None, epoch: int) -> None:
    """All parts are of one checkpoint."""
    assert found is not None
    assert found.about.epoch == epoch
    assert found.history == 100 * epoch
    assert float(found.model["w"][0, 0]) == epoch
    assert float(found.best["w"][0, 0]) == epoch - 1
    assert float(found.optimiser["state"][0]["momentum_buffer"][0]) == epoch
    assert found.numbers["epoch"] == epoch


def test_a_checkpoint_comes_back_whole(tmp_path: Path) -> None:
    assert checkpoints.load_progress(tmp_path) is None
    assert save(tmp_path, 3)
    assert_is(checkpoints.load_progress(tmp_path), 3)


def test_the_best_weights_are_written_only_when_they_are_new(tmp_path: Path) -> None:
    save(tmp_path, 3)
    before = checkpoints.path_of(tmp_path, "best").stat().st_mtime_ns
    assert not checkpoints.save_progress(tmp_path, progress(4), best_epoch=2)
    assert checkpoints.path_of(tmp_path, "best").stat().st_mtime_ns == before


def test_weights_are_safetensors_that_hold_weights_and_nothing_else(tmp_path: Path) -> None:
    save(tmp_path, 3)
    assert load_file(checkpoints.path_of(tmp_path, "last")).keys() == {"w"}


def test_the_best_of_pretraining_is_not_taken_for_that_of_finetuning(tmp_path: Path) -> None:
    save(tmp_path, 5, "pretraining")
    started = progress(0)
    checkpoints.save_progress(tmp_path, Progress(**{**vars(started), "best": {}}), best_epoch=None)
    found = checkpoints.load_progress(tmp_path)
    assert found is not None
    assert found.best == {}
    assert checkpoints.load_weights(tmp_path, "best")[0] == about(4, "pretraining")


class Killed(BaseException):
    """Stands for a process that is gone: nothing catches it."""


def dying(after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Die instead of doing the so-many-th thing to the disk; a write dies halfway."""
    left = after

    def counted(act: Callable[..., object]) -> Callable[..., object]:
        def acting(*arguments: object) -> object:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed
            return act(*arguments)

        return acting

    def write_through(path: Path, content: bytes) -> None:
        nonlocal left
        left -= 1
        path.write_bytes(content[: len(content) // 2] if left < 0 else content)
        if left < 0:
            raise Killed

    monkeypatch.setattr(Path, "replace", counted(Path.replace))
    monkeypatch.setattr(Path, "unlink", counted(Path.unlink))
    monkeypatch.setattr(checkpoints, "sync_folder", counted(checkpoints.sync_folder))
    monkeypatch.setattr(checkpoints, "write_through", write_through)
    monkeypatch.setattr(files, "write_through", write_through)


@pytest.mark.parametrize("instant", range(13))
def test_whatever_instant_the_process_dies_at_one_whole_checkpoint_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, instant: int
) -> None:
    save(tmp_path, 3)
    with monkeypatch.context() as patch:
        dying(instant, patch)
        try:
            save(tmp_path, 4)
            died = False
        except Killed:
            died = True
    weights, _ = checkpoints.load_weights(tmp_path, "last")  # by one who only reads
    found = checkpoints.load_progress(tmp_path)
    assert found is not None
    assert found.about == weights
    assert_is(found, found.about.epoch or 0)
    assert died == (instant < 12)
    assert found.about.epoch == (3 if instant <= 5 else 4)
    save(tmp_path, 5)
    assert_is(checkpoints.load_progress(tmp_path), 5)
    assert not list((tmp_path / checkpoints.FOLDER).glob("*.new"))


@pytest.mark.parametrize("name", ["last.safetensors", "last.pt", "best.safetensors", "anchor.safetensors"])
@pytest.mark.parametrize("damage", ["flipped", "cut", "gone"])
def test_damage_is_seen_and_named(tmp_path: Path, name: str, damage: str) -> None:
    save(tmp_path, 3)
    path = tmp_path / checkpoints.FOLDER / name
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    match damage:
        case "flipped":
            path.write_bytes(content)
        case "cut":
            path.write_bytes(content[:10])
        case "gone":
            path.unlink()
    with pytest.raises(UserError, match=name):
        checkpoints.load_progress(tmp_path)


def test_after_damage_a_phase_begins_anew_from_its_source(tmp_path: Path) -> None:
    checkpoints.save_source(tmp_path, about(9, "pretraining"), {"w": torch.ones(2)}, history=50, seconds=1.0)
    save(tmp_path, 3)
    (tmp_path / checkpoints.FOLDER / "last.pt").write_bytes(b"")
    assert checkpoints.begin_anew(tmp_path)
    assert checkpoints.load_progress(tmp_path) is None
    assert checkpoints.load_weights(tmp_path, "source")[0].epoch == 9


def test_after_damage_of_the_source_or_the_contents_nothing_is_left(tmp_path: Path) -> None:
    checkpoints.save_source(tmp_path, about(9, "pretraining"), {"w": torch.ones(2)}, history=50, seconds=1.0)
    (tmp_path / checkpoints.FOLDER / checkpoints.CONTENTS).write_bytes(b"{")
    with pytest.raises(UserError, match=checkpoints.CONTENTS):
        checkpoints.load_progress(tmp_path)
    assert not checkpoints.begin_anew(tmp_path)
    assert checkpoints.load_progress(tmp_path) is None


def test_a_checkpoint_that_was_never_saved_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="source"):
        checkpoints.load_weights(tmp_path, "source")
