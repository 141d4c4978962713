"""Networks of every family: made, given their makers' weights, given a new head. Never a silent random network."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from kt_gui.engine.backbones import at_size, create, describe, load_weights, pretrained, with_head
from kt_gui.engine.weights import read_weights_file, weights_address
from kt_gui.schema.downloads import RemoteFile
from kt_gui.schema.errors import UserError
from kt_gui.schema.stop import StopToken
from kt_gui.store.downloads import fetch
from tests.serving import Server, finish, serving


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


BUNDLED = "bundled/efficientnet_lite0"
CLASSES = ("ant", "bee", "cat")
FAMILIES = [
    "small_cnn",
    "resnet18_cifar",
    BUNDLED,
    "torchvision/resnet18",
    "torchvision/squeezenet1_1",
    "torchvision/mobilenet_v3_small",
    "torchvision/vit_b_32",
    "timm/vit_tiny_patch16_224",
    "timm/deit_tiny_distilled_patch16_224.fb_in1k",
    "timm/convnext_atto.d2_in1k",
    "timm/levit_128s.fb_dist_in1k",
]


def answer(module: nn.Module, size: int) -> Tensor:
    """What a network says, in eval mode, of two fixed pictures."""
    pictures = torch.rand(2, 3, size, size, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        return module.eval()(pictures)  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", FAMILIES)
def test_a_new_head_tells_the_new_classes_apart_and_leaves_the_rest(name):
    size = 224 if "levit" in name else 64
    network = create(name, CLASSES, size, seed=1)
    changed = with_head(network, ("yes", "no"), seed=2)
    assert answer(network.module, size).shape == (2, 3)
    assert answer(changed.module, size).shape == (2, 2)
    assert changed.classes == ("yes", "no")
    assert changed.blocks == network.blocks
    before, after = network.module.state_dict(), changed.module.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[key], after[key]) for key in before if network.owner[key] != "head")


def test_the_same_seed_gives_the_same_weights_and_touches_nobody_s_chance():
    state = torch.get_rng_state()
    first, again, other = (create("small_cnn", CLASSES, 32, seed).module.state_dict() for seed in (5, 5, 6))
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert not torch.equal(first["stem.0.weight"], other["stem.0.weight"])
    assert torch.equal(torch.get_rng_state(), state)


def test_the_small_network_is_small():
    assert sum(part.numel() for part in create("small_cnn", CLASSES, 32, 0).module.parameters()) < 100_000


def test_small_pictures_are_seen_whole_and_large_ones_as_their_makers_say():
    assert create("torchvision/resnet18", CLASSES, 64, 0).view.crop == 1.0
    assert create("torchvision/resnet18", CLASSES, 224, 0).view.crop == 224 / 256


@pytest.mark.parametrize(
    ("name", "needed"), [("timm/mixer_b16_224", 224), ("torchvision/vit_b_32", 224), ("torchvision/maxvit_t", 224)]
)
def test_a_size_that_does_not_fit_names_the_one_that_does(name, needed):
    with pytest.raises(UserError, match="100 px") as caught:
        create(name, CLASSES, 100, 0)
    assert f"{needed} px" in caught.value.remedy


def test_an_unknown_network_is_said():
    with pytest.raises(UserError, match="small_cmm"):
        create("small_cmm", CLASSES, 32, 0)


# --- weights that others trained ---------------------------------------------------------------------------------


def maker_s_model(name: str) -> nn.Module:
    """A model as its makers would save it: built by their own library, with random weights."""
    family, _, model = name.partition("/")
    torch.manual_seed(7)
    if family == "timm":
        import timm

        return timm.create_model(model, pretrained=False)
    from torchvision.models import get_model

    options = {"init_weights": False} if model == "googlenet" else {}
    return get_model(model, weights=None, **options)


def serve(server: Server, name: str, state: dict[str, Tensor], tmp_path: Path) -> RemoteFile:
    """Put a file of weights where the network's address says, as far as this machine goes."""
    address = weights_address(name)
    assert isinstance(address, RemoteFile)
    save_file(state, tmp_path / "made") if name.startswith("timm/") else torch.save(state, tmp_path / "made")
    server.content = {"/weights": (tmp_path / "made").read_bytes()}
    digest = hashlib.sha256(server.content["/weights"]).hexdigest()
    return RemoteFile(filename=address.filename, urls=(server.url("/weights"),), sha256=digest[:8])


@pytest.mark.parametrize(
    "name",
    [
        "torchvision/resnet18",
        "torchvision/shufflenet_v2_x0_5",
        "torchvision/mnasnet0_5",
        "timm/resnet18.a1_in1k",
        "timm/vit_tiny_patch16_224",
    ],
)
def test_downloaded_weights_make_the_network_they_were_saved_from(server, tmp_path, monkeypatch, name):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    module = maker_s_model(name)
    _, path = finish(fetch(serve(server, name, module.state_dict(), tmp_path), tmp_path / "models", StopToken()))
    network = pretrained(name, path)
    assert network.view.size == 224
    assert len(network.classes) == 1000
    assert torch.equal(answer(network.module, 224), answer(module, 224))
    assert "state_dict" not in getattr(network.module, "pretrained_cfg", {})


def test_extra_heads_that_only_served_training_are_left_out(tmp_path):
    module = maker_s_model("torchvision/googlenet")
    torch.save(module.state_dict(), tmp_path / "weights.pth")
    network = pretrained("torchvision/googlenet", tmp_path / "weights.pth")
    module.transform_input = True  # as their makers' weights need it
    assert torch.equal(answer(network.module, 224), answer(module, 224))
    assert not any("aux" in name for name in network.owner)


def test_old_names_in_densenet_s_files_are_understood(tmp_path):
    module = maker_s_model("torchvision/densenet121")
    state = module.state_dict()
    old = {name.replace(".norm1.", ".norm.1.").replace(".conv2.", ".conv.2."): part for name, part in state.items()}
    assert old.keys() != state.keys()
    torch.save(old, tmp_path / "weights.pth")
    network = pretrained("torchvision/densenet121", tmp_path / "weights.pth")
    assert torch.equal(answer(network.module, 64), answer(module, 64))


@pytest.mark.parametrize("name", ["torchvision/vit_b_32", "timm/vit_tiny_patch16_224"])
def test_positions_are_interpolated_to_another_size(tmp_path, name):
    module = maker_s_model(name)
    torch.save(module.state_dict(), tmp_path / "weights.pth")
    network = pretrained(name, tmp_path / "weights.pth", image_size=96)
    assert network.view.size == 96
    assert answer(network.module, 96).shape == (2, 1000)


@pytest.mark.parametrize("name", ["torchvision/resnet18", "timm/resnet18.a1_in1k", BUNDLED])
@pytest.mark.parametrize("spoil", ["missing", "other shape"])
def test_weights_that_do_not_fit_are_refused(tmp_path, name, spoil):
    state = maker_s_model("timm/tf_efficientnet_lite0" if name == BUNDLED else name).state_dict()
    key = next(key for key in state if "weight" in key)
    if spoil == "missing":
        del state[key]
    else:
        state[key] = torch.zeros(1, 2, 3)
    torch.save(state, tmp_path / "weights.pth")
    with pytest.raises(UserError, match="do not fit"):
        pretrained(name, tmp_path / "weights.pth")


def test_the_bundled_model_comes_with_every_tensor_of_its_file():
    path = weights_address(BUNDLED)
    assert isinstance(path, Path)
    network = pretrained(BUNDLED, path)
    loaded, saved = network.module.state_dict().values(), read_weights_file(path).values()
    assert len(loaded) == 296
    assert all(torch.equal(one, two) for one, two in zip(loaded, saved, strict=True))
    assert network.view.size == 224
    assert network.classes[309] == "bee"


@pytest.mark.needs_data
def test_the_bundled_model_knows_an_ant_from_a_bee(shared_data, tmp_path):
    network, pictures = pretrained(BUNDLED, weights_address(BUNDLED)), hymenoptera(shared_data, tmp_path)
    with torch.no_grad():
        logits = network.module.eval()(pictures)
    bees, ants = logits[12:, [310, 309]].argmax(1), logits[:12, [310, 309]].argmax(1)
    assert (ants == 0).float().mean() >= 0.9
    assert (bees == 1).float().mean() >= 0.9


def hymenoptera(shared_data: Path, tmp_path: Path) -> Tensor:
    """Twelve photographs of ants, then twelve of bees, as the bundled model wants them."""
    import tarfile

    import numpy as np
    from PIL import Image

    with tarfile.open(shared_data / "images/hymenoptera160.tar") as archive:
        archive.extractall(tmp_path, filter="data")
    files = [sorted(tmp_path.glob(f"*/val/{kind}/*"))[:12] for kind in ("ants", "bees")]
    opened = [
        Image.open(file).convert("RGB").resize((224, 224), Image.Resampling.BICUBIC) for kind in files for file in kind
    ]
    return torch.from_numpy(np.stack([np.asarray(one) for one in opened])).permute(0, 3, 1, 2) / 127.5 - 1


@pytest.mark.parametrize(
    "name", ["small_cnn", "torchvision/vit_b_32", "timm/vit_tiny_patch16_224", "timm/resnet18.a1_in1k"]
)
def test_a_network_is_carried_to_another_size(name):
    network = create(name, CLASSES, 64, 1)
    larger = at_size(network, 96)
    assert larger.view.size == 96
    assert answer(larger.module, 96).shape == (2, 3)
    back = at_size(network, 64)
    assert torch.allclose(answer(back.module, 64), answer(network.module, 64), atol=1e-4)


def test_a_network_whose_classes_are_unknown_takes_weights_all_the_same():
    source, target = create("timm/resnet18.a1_in1k", CLASSES, 64, 1), create("timm/resnet18.a1_in1k", (), 64, 2)
    load_weights(target, source.module.state_dict(), source="file")
    assert torch.equal(target.module.state_dict()["conv1.weight"], source.module.state_dict()["conv1.weight"])


def test_a_network_made_anew_takes_the_weights_of_a_pretrained_one_and_says_the_same(tmp_path):
    torch.save(maker_s_model("torchvision/googlenet").state_dict(), tmp_path / "weights.pth")
    network = pretrained("torchvision/googlenet", tmp_path / "weights.pth")
    again = create(network.name, network.classes, 224, 3)
    load_weights(again, network.module.state_dict(), source="an earlier run")
    assert torch.equal(answer(again.module, 224), answer(network.module, 224))


# --- weights into a network --------------------------------------------------------------------------------------


def test_weights_are_taken_over_and_a_head_of_other_classes_stays():
    source, target = create("small_cnn", CLASSES, 32, 1), create("small_cnn", ("yes", "no"), 32, 2)
    head = target.module.state_dict()["head.2.weight"].clone()
    load_weights(target, source.module.state_dict(), source="an earlier run")
    state = target.module.state_dict()
    assert torch.equal(state["block4.0.weight"], source.module.state_dict()["block4.0.weight"])
    assert torch.equal(state["head.2.weight"], head)


def test_a_head_that_fits_is_taken_over_too():
    source, target = create("small_cnn", CLASSES, 32, 1), create("small_cnn", CLASSES, 32, 2)
    load_weights(target, source.module.state_dict(), source="an earlier run")
    assert torch.equal(answer(source.module, 32), answer(target.module, 32))


def test_weights_of_another_network_are_refused_with_the_one_they_fit():
    source, target = create("resnet34_cifar", CLASSES, 32, 1), create("resnet18_cifar", CLASSES, 32, 2)
    before = {name: part.clone() for name, part in target.module.state_dict().items()}
    with pytest.raises(UserError, match=r"best\.safetensors do not fit.*not in the network: .* more") as caught:
        load_weights(target, source.module.state_dict(), source="best.safetensors")
    assert "resnet34_cifar" in caught.value.remedy
    after = target.module.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_missing_and_misshapen_tensors_are_named():
    network = create("small_cnn", CLASSES, 32, 1)
    state = dict(network.module.state_dict())
    state["block1.0.weight"] = torch.zeros(3)
    del state["block2.0.weight"]
    with pytest.raises(UserError, match=r"missing: block2\.0\.weight; of another shape: block1\.0\.weight"):
        load_weights(network, state, source="file")


def test_weights_of_a_training_that_ran_away_are_refused():
    network = create("small_cnn", CLASSES, 32, 1)
    state = {name: tensor.clone() for name, tensor in network.module.state_dict().items()}
    state["block1.0.weight"][0] = torch.nan
    with pytest.raises(UserError, match=r"no numbers: block1\.0\.weight"):
        load_weights(network, state, source="file")
    assert all(parameter.isfinite().all() for parameter in network.module.parameters())


# --- description -------------------------------------------------------------------------------------------------


def test_blocks_are_described_with_what_they_hold():
    network = create("small_cnn", CLASSES, 32, 0)
    stem, *_, head = describe(network)
    assert (stem.name, stem.parameters, stem.norm_parameters, stem.bias_parameters) == ("stem", 3 * 16 * 9 + 32, 32, 16)
    assert stem.batch_norm
    assert (head.name, head.parameters, head.norm_parameters, head.bias_parameters) == ("head", 64 * 3 + 3, 0, 3)
    assert not head.batch_norm
    total = sum(part.numel() for part in network.module.parameters())
    assert sum(block.parameters for block in describe(network)) == total
