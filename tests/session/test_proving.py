import hashlib
import shutil
from pathlib import Path

import msgspec
import pytest
import safetensors.torch
import torch

from kt_gui import session
from kt_gui.schema.choices import (
    BatchNormOnly,
    BiasOnly,
    Everything,
    Features,
    Freezing,
    Gradual,
    HeadFirst,
    LastBlocks,
    OnlyBlock,
)
from kt_gui.schema.corrections import Corrections, Exclusion
from kt_gui.schema.errors import UserError
from kt_gui.schema.experiment import Scratch, Transfer
from kt_gui.schema.proofs import Passport, Verified
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.session.sources import restore
from kt_gui.store import checkpoints, environment
from kt_gui.store.corrections import keep_in_run
from kt_gui.store.folders import Home
from tests.session.conftest import run, tiny

EVERY = ["stem", "block 1", "block 2", "block 3", "block 4"]


@pytest.fixture(scope="module")
def kept_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home.under(tmp_path_factory.mktemp("kept"))


@pytest.fixture(scope="module")
def finished(kept_home: Home) -> Path:
    """A run of which two blocks and the head learnt."""
    return run(tiny(transfer=Transfer(freezing=LastBlocks(blocks=2))), kept_home)


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(finished, tmp_path / "run")


def verify(folder: Path, home: Home) -> tuple[Passport, Verified]:
    told = list(session.verify(folder, StopToken(), home))
    assert isinstance(told[0], Passport)
    assert isinstance(told[-1], Verified)
    return told[0], told[-1]


def change_weights(folder: Path, which: checkpoints.Which, name: str) -> None:
    """Change one number of a checkpoint by the least there is, and its sum with it: nobody sees it but the proof."""
    path = checkpoints.path_of(folder, which)
    tensors = safetensors.torch.load_file(path)
    flat = tensors[name].flatten()
    flat[0] = torch.nextafter(flat[0], torch.tensor(9.0)) if flat.is_floating_point() else flat[0] + 1
    path.write_bytes(safetensors.torch.save(tensors))
    contents = folder / "checkpoints" / "contents.json"
    told = msgspec.json.decode(contents.read_bytes())
    told["sums"][path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    contents.write_bytes(msgspec.json.encode(told))


@pytest.mark.parametrize(
    ("freezing", "batch_norm", "blocks"),
    [
        (Features(), "train", EVERY),
        (LastBlocks(blocks=1), "train", EVERY[:4]),
        (OnlyBlock(block="block 2"), "train", ["stem", "block 1", "block 3", "block 4"]),
        (Gradual(epochs_per_block=1), "train", EVERY[:3]),
        (HeadFirst(head_epochs=3), "train", EVERY),
        (HeadFirst(head_epochs=1), "train", []),
        (Everything(), "train", []),
        (Everything(), "eval", EVERY),
        (BiasOnly(), "train", EVERY),
        (BatchNormOnly(), "eval", EVERY),
    ],
)
def test_what_never_learnt_is_bit_for_bit_the_sources(
    place: Home, freezing: Freezing, batch_norm: str, blocks: list[str]
) -> None:
    transfer = Transfer(freezing=freezing, batch_norm=batch_norm, strength=0.01)  # type: ignore[arg-type]
    _, verified = verify(run(tiny(transfer=transfer), place), place)
    assert verified.outcome == ("unchanged" if blocks else "nothing_frozen")
    assert [block.block for block in verified.blocks] == blocks
    assert all([which for which, _ in block.sums] == ["source", "best", "last"] for block in verified.blocks)


def test_the_blocks_that_learnt_did_change(folder: Path) -> None:
    """The proof is worth something only where training moves what is not frozen."""
    owner = restore(folder, "source").owner
    (_, source), (_, best) = (checkpoints.load_weights(folder, which) for which in ("source", "best"))
    moved = {owner[name] for name in source if not torch.equal(source[name], best[name])}
    assert moved == {"block 3", "block 4", "head"}


def test_parts_of_a_block_are_told_from_whole_ones(place: Home) -> None:
    transfer = Transfer(freezing=BiasOnly(), strength=0.0)
    _, partly = verify(run(tiny(transfer=transfer), place), place)
    assert not any(block.is_whole for block in partly.blocks)


@pytest.mark.parametrize("which", ["best", "last", "source"])
@pytest.mark.parametrize("kind", ["weight", "running_mean", "num_batches_tracked"])
def test_the_smallest_change_of_a_parameter_or_a_buffer_is_found(
    folder: Path, kept_home: Home, which: checkpoints.Which, kind: str
) -> None:
    names = sorted(checkpoints.load_weights(folder, which)[1])
    change_weights(folder, which, next(name for name in names if name.endswith(kind)))
    _, verified = verify(folder, kept_home)
    assert verified.outcome == "changed"
    assert [block.is_equal for block in verified.blocks].count(False) == 1


def test_a_damaged_checkpoint_proves_nothing_and_is_said(folder: Path, kept_home: Home) -> None:
    path = checkpoints.path_of(folder, "best")
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(UserError, match="damaged"):
        verify(folder, kept_home)


def test_from_scratch_there_is_no_source(place: Home) -> None:
    experiment = tiny(source=Scratch(network="small_cnn"))
    assert verify(run(experiment, place), place)[1].outcome == "no_source"


def test_a_run_that_only_learnt_the_source_says_so(place: Home) -> None:
    stop = StopToken()
    folders = []
    for event in session.run(tiny(), stop, place):
        folders.append(getattr(event, "folder", ""))
        if type(event).__name__ == "EpochEnded":
            stop.stop("keep")
    assert verify(Path(folders[0]), place)[1].outcome == "not_transferred"


def test_it_can_be_stopped(folder: Path, kept_home: Home) -> None:
    stop = StopToken()
    stop.stop()
    with pytest.raises(Stopped):
        list(session.verify(folder, stop, kept_home))


# --- the passport ----------------------------------------------------------------------------------------------------


def test_the_passport_says_what_was_written_down_when_the_run_began(folder: Path, kept_home: Home) -> None:
    told, _ = verify(folder, kept_home)
    known = environment.recorded(folder)
    assert told.data == known.data
    assert told.data.keys() == told.splits.keys() == {"source", "target"}
    assert {"torch", "numpy", "scikit-learn", "pillow", "kt-gui", "python"} <= told.versions.keys()
    assert (len(told.code), told.seeds, told.corrections) == (64, {"run": 0}, "")
    assert [setting.phase for setting in told.settings] == ["pretraining", "finetuning"]
    assert told.settings[0].values["precision"] == "fp32"
    assert told.weights["best"] == checkpoints.read_contents(folder).sums["best.safetensors"]


def test_another_deal_has_another_hash(folder: Path, kept_home: Home, place: Home) -> None:
    other = run(tiny(transfer=Transfer(freezing=LastBlocks(blocks=2)), seed=1), place)
    first, second = verify(folder, kept_home)[0], verify(other, place)[0]
    assert first.data == second.data
    assert first.splits["target"] != second.splits["target"]
    assert first.code == second.code


def test_what_an_older_run_did_not_note_is_not_made_up(folder: Path, kept_home: Home) -> None:
    (folder / environment.FILE).write_text('{"versions": {"torch": "2.0"}}')
    told, _ = verify(folder, kept_home)
    assert (told.versions, told.code, told.splits, told.system) == ({"torch": "2.0"}, "", {}, "")
    (folder / environment.FILE).unlink()
    assert verify(folder, kept_home)[0].versions == {}


def test_corrections_are_part_of_the_passport(folder: Path, kept_home: Home) -> None:
    keep_in_run(folder, "target", Corrections())
    assert verify(folder, kept_home)[0].corrections == ""
    keep_in_run(folder, "target", Corrections(corrections=(Exclusion(digest="0", name="a"),)))
    assert len(verify(folder, kept_home)[0].corrections) == 64


def test_a_run_that_has_ended_without_weights_is_damaged_not_early(place: Home) -> None:
    folder = run(tiny(), place)
    shutil.rmtree(folder / checkpoints.FOLDER)
    with pytest.raises(UserError, match="no checkpoint “last”"):
        list(session.verify(folder, StopToken(), place))
