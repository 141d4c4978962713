"""The list of networks is made from their libraries' registries, quickly and completely."""

from pathlib import Path

import pytest

from kt_gui.engine.backbones import create
from kt_gui.engine.families import view_of
from kt_gui.engine.model_catalogue import licence_of, list_models
from kt_gui.schema.events import ModelCard


@pytest.fixture
def cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, ModelCard]:
    """All cards by name, on a machine where nothing was downloaded but one model."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    listed = list_models(lambda name: name == "timm/resnet18.a1_in1k")
    assert len({card.name for card in listed}) == len(listed)
    return {card.name: card for card in listed}


def test_every_family_is_there(cards):
    families = [card.family for card in cards.values()]
    assert families.count("small") == 3
    assert families.count("bundled") == 1
    assert families.count("torchvision") > 100
    assert families.count("timm") > 1000


def test_torchvision_tells_accuracy_parameters_size_and_licence(cards):
    card = cards["torchvision/resnet18"]
    assert (card.accuracy, card.parameters, card.image_size, card.licence) == (0.69758, 11_689_512, 224, "BSD-3-Clause")
    assert card.size == pytest.approx(4 * 11_689_512, rel=0.01)
    assert cards["torchvision/vit_b_16.IMAGENET1K_SWAG_E2E_V1"].licence == "CC-BY-NC-4.0"
    assert cards["torchvision/vit_b_16.IMAGENET1K_SWAG_E2E_V1"].image_size == 384


def test_the_best_weights_bear_the_plain_name_and_the_others_their_tag(cards):
    assert "torchvision/resnet50" in cards
    assert "torchvision/resnet50.IMAGENET1K_V1" in cards
    assert "torchvision/resnet50.IMAGENET1K_V2" not in cards


def test_timm_tells_size_of_pictures_and_licence(cards):
    card = cards["timm/vit_base_patch16_384.augreg_in21k_ft_in1k"]
    assert (card.image_size, card.licence, card.status) == (384, "apache-2.0", "download")


def test_timm_s_parameters_were_counted(cards):
    card = cards["timm/resnet18.a1_in1k"]
    assert (card.parameters, card.size) == (11_689_512, 4 * 11_689_512)
    known = [card for card in cards.values() if card.family == "timm" and card.parameters is not None]
    assert len(known) > 1_500


def test_what_is_here_is_said(cards):
    assert cards["timm/resnet18.a1_in1k"].status == "cached"
    assert cards["torchvision/resnet18"].status == "download"
    assert cards["bundled/efficientnet_lite0"].status == "offline"
    assert cards["small_cnn"].status == "untrained"


def test_the_bundled_card_tells_the_network_s_true_size(cards):
    network = create("bundled/efficientnet_lite0", tuple(str(number) for number in range(1000)), 224, 0)
    parameters = sum(part.numel() for part in network.module.parameters())
    assert cards["bundled/efficientnet_lite0"].parameters == parameters


@pytest.mark.parametrize("family", ["torchvision", "timm"])
def test_every_listed_network_tells_how_pictures_must_come(cards, family):
    listed = [card for card in cards.values() if card.family == family]
    assert all(view_of(card.name).size == card.image_size for card in listed)


@pytest.mark.parametrize(
    ("name", "licence"),
    [
        ("small_cnn", "Apache-2.0"),
        ("bundled/efficientnet_lite0", "Apache-2.0"),
        ("torchvision/resnet18", "BSD-3-Clause"),
        ("timm/resnet18.a1_in1k", "apache-2.0"),
    ],
)
def test_the_weights_licence_is_known(name: str, licence: str) -> None:
    assert licence_of(name) == licence
