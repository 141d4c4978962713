"""Saliency is compared with gradients written out by hand, and with what a network was built to look at."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from kt_gui.engine import backbones, explaining
from kt_gui.engine.backbones import Network
from kt_gui.engine.explaining import Means, attribute, choose, find_map, normalise
from kt_gui.schema.errors import UserError
from kt_gui.schema.stop import Stopped, StopToken
from tests.engine.small_task import VIEW, as_network, digest, small_network

SIZE = VIEW.size


def noise(seed: int = 0, size: int = SIZE) -> Tensor:
    return torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(seed))


def saliency(network: Network, picture: Tensor, target: int | None, means: Means) -> np.ndarray:
    return attribute(network, picture, target, means, StopToken())


def corner_network() -> Network:
    """Its first class is decided by how bright the upper left corner is, by nothing else."""
    convolution = nn.Conv2d(3, 2, 1, bias=False)
    nn.init.constant_(convolution.weight, 1.0)
    linear = nn.Linear(2 * SIZE * SIZE, 2, bias=False)
    with torch.no_grad():
        mask = torch.zeros(2, 2, SIZE, SIZE)
        mask[0, :, : SIZE // 4, : SIZE // 4] = 1
        linear.weight.copy_(mask.flatten(1))
    module = nn.Sequential()
    module.add_module("stem", nn.Sequential(convolution, nn.ReLU(inplace=True)))
    module.add_module("head", nn.Sequential(nn.Flatten(), linear))
    return as_network(module)


# --- Grad-CAM --------------------------------------------------------------------------------------------------------


def test_grad_cam_is_the_one_worked_out_by_hand() -> None:
    """The head is a mean over places and a linear layer: the gradient of a map is its weight over the places."""
    network, picture = small_network(seed=3), noise(1)
    network.module.eval()
    with torch.no_grad():
        maps = network.module.middle(network.module.stem(picture))[0]
    places = maps.shape[1] * maps.shape[2]
    weights = network.module.head[2].weight[1].detach() / places
    by_hand = functional.relu((weights[:, None, None] * maps).sum(0))
    large = functional.interpolate(by_hand[None, None], (SIZE, SIZE), mode="bilinear")[0, 0].numpy()
    found = saliency(network, picture, 1, Means("grad-cam", "middle", 6))
    assert large.max() > 0
    np.testing.assert_allclose(found, large, atol=1e-6)


def test_the_last_map_before_the_head_is_taken() -> None:
    assert find_map(small_network()) == ("middle", SIZE - 2)


def test_a_map_of_few_places_is_passed_over_for_a_finer_one() -> None:
    module = nn.Sequential()
    module.add_module("stem", nn.Conv2d(3, 4, 3, padding=1))
    module.add_module("small", nn.Sequential(nn.Conv2d(4, 4, 3, padding=1), nn.MaxPool2d(4)))
    module.add_module("head", nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3)))
    assert find_map(as_network(module)) == ("small.0", SIZE)


def test_a_part_that_is_used_twice_is_not_asked() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.convolution = nn.Conv2d(3, 3, 3, padding=1)
            self.activation = nn.ReLU(inplace=True)

        def forward(self, x: Tensor) -> Tensor:
            x = self.activation(self.convolution(x))
            return self.activation(-x).flatten(1)

    module = nn.Sequential()
    module.add_module("stem", Twice())
    module.add_module("head", nn.Linear(3 * SIZE * SIZE, 3))
    assert find_map(as_network(module)) == ("stem.convolution", SIZE)


# --- integrated gradients --------------------------------------------------------------------------------------------


def test_integrated_gradients_add_up_to_the_difference_of_the_scores() -> None:
    network, picture = small_network(seed=4), noise(2)
    network.module.eval()
    found = saliency(network, picture, 2, Means("integrated-gradients"))
    with torch.no_grad():
        score = network.module(picture)[0, 2] - network.module(torch.zeros_like(picture))[0, 2]
    assert found.sum() == pytest.approx(float(score), abs=0.02 * max(1.0, abs(float(score))))


def test_of_a_linear_network_integrated_gradients_are_weight_times_picture() -> None:
    linear = nn.Linear(3 * SIZE * SIZE, 3)
    module = nn.Sequential()
    module.add_module("stem", nn.Flatten())
    module.add_module("head", linear)
    picture = noise(5)
    found = saliency(as_network(module), picture, 1, Means("integrated-gradients"))
    by_hand = (linear.weight[1].detach().view(3, SIZE, SIZE) * picture[0]).sum(0)
    np.testing.assert_allclose(found, by_hand.numpy(), atol=1e-5)


def test_a_network_that_keeps_no_map_is_asked_by_integrated_gradients() -> None:
    module = nn.Sequential()
    module.add_module("stem", nn.Flatten())
    module.add_module("head", nn.Linear(3 * SIZE * SIZE, 3))
    network = as_network(module)
    assert choose(network, "auto") == Means("integrated-gradients")
    with pytest.raises(UserError, match="keeps no map of places"):
        choose(network, "grad-cam")


# --- what is looked at -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["grad-cam", "integrated-gradients"])
def test_a_corner_that_decides_lights_up(method: str) -> None:
    network = corner_network()
    picture = noise(6).abs()
    means = choose(network, method)  # type: ignore[arg-type]
    found = saliency(network, picture, 0, means)
    if method == "grad-cam":  # it weighs whole maps: of two equal ones, by where the class looks on the mean
        assert found.min() >= 0
        assert means.layer == "stem"
        return
    corner = found[: SIZE // 4, : SIZE // 4]
    assert (corner > 0).all()
    assert np.abs(found).sum() == pytest.approx(np.abs(corner).sum())


def test_grad_cam_lights_up_where_the_class_is() -> None:
    """One map sees red, one sees blue; the class is red; red stands in one corner."""
    module = nn.Sequential()
    eyes = nn.Conv2d(3, 2, 1, bias=False)
    linear = nn.Linear(2, 2, bias=False)
    with torch.no_grad():
        eyes.weight.copy_(torch.tensor([[1.0, -1, -1], [-1, -1, 1]]).view(2, 3, 1, 1))
        linear.weight.copy_(torch.eye(2))
    module.add_module("stem", nn.Sequential(eyes, nn.ReLU(inplace=True)))
    module.add_module("head", nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), linear))
    network = as_network(module)
    picture = torch.zeros(1, 3, SIZE, SIZE)
    picture[0, 0, :2, :2] = 1
    picture[0, 2, -2:, -2:] = 1
    found = saliency(network, picture, 0, choose(network, "auto"))
    assert found[:2, :2].min() > 0
    assert found[2:].max() == found[:, 2:].max() == 0


def test_without_a_class_the_length_of_the_features_is_explained() -> None:
    network, picture = small_network(seed=7), noise(3)
    network.module.eval()
    with torch.no_grad():
        maps = network.module.middle(network.module.stem(picture))[0]
    features = maps.mean(dim=(1, 2))
    weights = features / features.norm() / maps[0].numel()
    by_hand = functional.relu((weights[:, None, None] * maps).sum(0))
    large = functional.interpolate(by_hand[None, None], (SIZE, SIZE), mode="bilinear")[0, 0].numpy()
    np.testing.assert_allclose(saliency(network, picture, None, choose(network, "grad-cam")), large, atol=1e-6)


# --- the network afterwards ------------------------------------------------------------------------------------------


def hooks(module: nn.Module) -> int:
    kinds = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return sum(len(getattr(part, kind)) for part in module.modules() for kind in kinds)


@pytest.mark.parametrize("method", ["grad-cam", "integrated-gradients"])
@pytest.mark.parametrize("target", [1, None])
def test_a_network_is_afterwards_what_it_was(method: str, target: int | None) -> None:
    network = small_network(dropout=0.5)
    frozen = [name for name, part in network.module.named_parameters() if name.startswith("stem")]
    network.module.stem.requires_grad_(False)
    before = digest(network.module.state_dict().values())
    first = saliency(network, noise(), target, choose(network, method))  # type: ignore[arg-type]
    again = saliency(network, noise(), target, choose(network, method))  # type: ignore[arg-type]
    assert (first == again).all()
    assert digest(network.module.state_dict().values()) == before
    assert hooks(network.module) == 0
    assert all(part.grad is None for part in network.module.parameters())
    assert frozen == [name for name, part in network.module.named_parameters() if not part.requires_grad]
    assert not network.module.training


def test_it_can_be_stopped_and_leaves_no_hook() -> None:
    network, stop = small_network(), StopToken()
    means = choose(network, "integrated-gradients")
    stop.stop()
    with pytest.raises(Stopped):
        attribute(network, noise(), 0, means, stop)
    with pytest.raises(Stopped):
        attribute(network, noise(), 0, choose(network, "grad-cam"), stop)
    assert hooks(network.module) == 0


# --- every family ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "size", "method"),
    [
        ("small_cnn", 32, "grad-cam"),
        ("resnet18_cifar", 32, "grad-cam"),
        ("torchvision/resnet18", 64, "grad-cam"),
        ("torchvision/mobilenet_v3_small", 128, "grad-cam"),
        ("torchvision/densenet121", 64, "grad-cam"),
        ("torchvision/squeezenet1_1", 64, "grad-cam"),
        ("bundled/efficientnet_lite0", 128, "grad-cam"),
        ("timm/vit_tiny_patch16_224", 64, "integrated-gradients"),
        ("timm/swin_tiny_patch4_window7_224", 224, "integrated-gradients"),
    ],
)
def test_every_family_explains(name: str, size: int, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explaining, "STEPS", 2)
    network = backbones.create(name, ("a", "b", "c"), size, seed=0)
    means = choose(network, "auto")
    assert means.method == method
    if method == "grad-cam":
        assert means.side >= 2
    found = saliency(network, noise(size=size), 1, means)
    assert found.shape == (size, size)
    assert np.isfinite(found).all()
    response = saliency(network, noise(size=size), None, means)
    assert np.isfinite(response).all()
    assert response.any()


# --- as it is drawn --------------------------------------------------------------------------------------------------


def test_a_drawn_map_goes_from_nothing_to_one() -> None:
    heat = np.array([[-2.0, 0.0], [1.0, 4.0]], np.float32)
    assert normalise(heat, "grad-cam").tolist() == [[0.0, 0.0], [0.25, 1.0]]


@pytest.mark.parametrize("method", ["grad-cam", "integrated-gradients"])
def test_where_nothing_speaks_for_a_class_nothing_is_drawn(method: str) -> None:
    for heat in (np.full((8, 8), -1.0), np.zeros((8, 8)), np.full((8, 8), np.nan)):
        assert not normalise(heat.astype(np.float32), method).any()  # type: ignore[arg-type]


def test_a_few_pixels_do_not_leave_the_rest_dark() -> None:
    heat = np.ones((64, 64), np.float32)
    heat[0, 0] = 1e4
    drawn = normalise(heat, "integrated-gradients")
    assert np.median(drawn) == pytest.approx(drawn[40, 40])
    assert drawn.max() == 1.0
