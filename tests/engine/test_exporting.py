"""Networks as bytes, read back and compared; pictures prepared inside an ONNX graph, compared with Pillow."""

import io
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import pytest
import safetensors
import torch
from PIL import Image
from torch import nn

from kt_gui.engine import backbones, exporting, onnx_graphs
from kt_gui.engine.backbones import Network
from kt_gui.engine.exporting import NetworkFormat
from kt_gui.engine.sizing import View, fit
from kt_gui.schema.errors import UserError

FORMS: tuple[NetworkFormat, ...] = ("safetensors", "torchscript", "torch_export", "onnx")
CARD = {"classes": ["a", "b", "ç"]}


@pytest.fixture(scope="module")
def network() -> Network:
    """A small network whose batch norm has seen something."""
    made = backbones.create("small_cnn", ("a", "b", "ç"), 16, seed=0)
    with torch.no_grad():
        made.module.train()(torch.randn(8, 3, 16, 16, generator=torch.Generator().manual_seed(1)))
    return exporting.plain(made)


def pictures(count: int, size: int = 16) -> torch.Tensor:
    return torch.randn(count, 3, size, size, generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_what_the_network_gives_for_any_number_of_pictures(
    network: Network, form: NetworkFormat
) -> None:
    ask = exporting.decode(form, exporting.encode(form, network, CARD), network)
    for count in (1, 2, 37):
        found = exporting.compare(ask, network, pictures(count))
        assert found.is_tolerable
        assert found.largest < 1e-5


def test_other_weights_are_not_taken_for_the_networks(network: Network) -> None:
    other = exporting.plain(backbones.create("small_cnn", network.classes, 16, seed=1))
    ask = exporting.decode("safetensors", exporting.encode("safetensors", other, CARD), network)
    assert not exporting.compare(ask, network, pictures(4)).is_tolerable


def test_weights_that_are_no_numbers_are_not_taken_for_right(network: Network) -> None:
    found = exporting.compare(lambda some: torch.full((len(some), 3), float("nan")), network, pictures(4))
    assert not found.is_tolerable


def test_the_card_goes_along_inside(network: Network) -> None:
    weights = exporting.encode("safetensors", network, CARD)
    length = int.from_bytes(weights[:8], "little")
    assert json.loads(json.loads(weights[8 : 8 + length])["__metadata__"]["card"]) == CARD
    assert safetensors.deserialize(weights)
    graph = onnx.load_from_string(exporting.encode("onnx", network, CARD))
    assert json.loads({each.key: each.value for each in graph.metadata_props}["card"]) == CARD
    extra = {"card.json": ""}
    with warnings.catch_warnings(action="ignore"):  # torch says that TorchScript is growing old
        torch.jit.load(io.BytesIO(exporting.encode("torchscript", network, CARD)), _extra_files=extra)
    assert json.loads(extra["card.json"]) == CARD


def test_the_network_itself_stays_as_it_was(network: Network) -> None:
    learning = backbones.create("small_cnn", ("a", "b"), 16, seed=0)
    learning.module.train()
    exporting.plain(learning)
    assert learning.module.training
    assert all(parameter.requires_grad for parameter in learning.module.parameters())


def test_a_network_that_cannot_be_traced_is_refused_in_plain_words(network: Network) -> None:
    class Stubborn(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            raise RuntimeError("no way through")

    stubborn = Network("timm/stubborn", Stubborn(), network.blocks, network.owner, network.view, network.classes)
    for form in ("torchscript", "torch_export", "onnx"):
        with pytest.raises(UserError, match=r"timm/stubborn cannot be written as"):
            exporting.encode(form, stubborn, CARD)


@pytest.mark.parametrize(
    "view",
    [
        View(16, (0.5, 0.4, 0.3), (0.2, 0.3, 0.4), "bilinear"),
        View(16, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5), "bicubic", crop=0.75),
    ],
)
@pytest.mark.parametrize("shape", [(40, 57), (57, 40), (16, 16), (9, 31)])
def test_pictures_are_prepared_in_the_graph_as_pillow_does(view: View, shape: tuple[int, int]) -> None:
    chance = np.random.default_rng(0)
    rough = chance.integers(0, 256, (*shape, 3), dtype=np.uint8)
    picture = np.asarray(Image.fromarray(rough).resize((shape[1], shape[0]), Image.Resampling.BOX))
    front = onnx_graphs._front(view, 18, 9)
    ask = onnx_graphs.decode(front.SerializeToString())
    prepared = ask(torch.tensor(picture)[None])[0].numpy()
    mean, std = (np.array(values).reshape(3, 1, 1) for values in (view.mean, view.std))
    expected = fit(Image.fromarray(picture), view).astype(np.float64)
    assert prepared.shape == (3, 16, 16)
    assert np.abs((prepared * std + mean) * 255 - expected).max() <= 2.01  # of 255 steps of brightness


def test_a_graph_that_prepares_pictures_gives_the_networks_probabilities(network: Network) -> None:
    content = onnx_graphs.with_preparation(exporting.encode("onnx", network, CARD), network.view)
    ask = onnx_graphs.decode(content)
    whole = np.random.default_rng(1).integers(0, 256, (5, 16, 16, 3), dtype=np.uint8)  # of its size: nothing is resized
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (network.view.mean, network.view.std))
    seen = (torch.tensor(whole).permute(0, 3, 1, 2) / 255 - mean) / std
    expected = network.module(seen.contiguous()).softmax(1)
    assert torch.allclose(ask(torch.tensor(whole)), expected, atol=1e-6)
    graph = onnx.load_from_string(content)
    assert [each.name for each in graph.graph.input] == [onnx_graphs.WHOLE]
    assert [each.name for each in graph.graph.output] == [onnx_graphs.PROBABILITIES]
    assert "card" in {each.key for each in graph.metadata_props}


TELLING = """
import sys
from pathlib import Path
from kt_gui.engine import onnx_graphs
onnx_graphs.decode(Path(sys.argv[1]).read_bytes())
"""


def test_the_runtime_that_checks_a_graph_reports_to_no_one(network: Network, tmp_path: Path) -> None:
    graph, home = tmp_path / "graph.onnx", tmp_path / "home"
    home.mkdir()
    graph.write_bytes(exporting.encode("onnx", network, CARD))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "ORT_"))}
    subprocess.run([sys.executable, "-c", TELLING, str(graph)], env={**kept, "HOME": str(home)}, check=True)
    assert list(home.rglob("*")) == []
