"""How networks of all kinds fall into blocks. Built on few pixels and, where they allow it, without memory."""

import pytest
import torch
from torch import nn

from kt_gui.engine.blocks import Division, divide, divide_chain, divide_timm
from kt_gui.engine.small_networks import SMALL_NETWORKS

TORCHVISION = [
    "alexnet",
    "convnext_tiny",
    "densenet121",
    "efficientnet_b0",
    "googlenet",
    "inception_v3",
    "maxvit_t",
    "mnasnet0_5",
    "mobilenet_v2",
    "mobilenet_v3_small",
    "regnet_y_400mf",
    "resnet18",
    "shufflenet_v2_x0_5",
    "squeezenet1_1",
    "swin_t",
    "swin_v2_t",
    "vgg11_bn",
    "vit_b_32",
]
TIMM = [
    "convnext_atto",
    "deit_tiny_distilled_patch16_224",
    "densenet121",
    "efficientvit_b0",
    "eva02_tiny_patch14_224",
    "ghostnet_050",
    "levit_128s",
    "mixer_s32_224",
    "mobilenetv3_small_050",
    "mobilevit_xxs",
    "pit_ti_224",
    "rdnet_tiny",
    "regnetx_002",
    "repvgg_a0",
    "resnet18",
    "swin_tiny_patch4_window7_224",
    "tf_efficientnet_lite0",
    "vgg11_bn",
    "vit_tiny_patch16_224",
]
NEED_NUMBERS = {"regnet_y_400mf", "swin_t", "swin_v2_t", "shufflenet_v2_x0_5", "maxvit_t"}
"""Their builders compute with tensors, which the meta device does not."""


def torchvision_model(name: str) -> nn.Module:
    from torchvision.models import get_model

    options = {"aux_logits": False, "init_weights": False} if name in ("googlenet", "inception_v3") else {}
    with torch.device("cpu" if name in NEED_NUMBERS else "meta"):
        return get_model(name, weights=None, num_classes=7, **options)


def timm_model(name: str) -> nn.Module:
    import timm

    with torch.device("meta"):
        return timm.create_model(name, pretrained=False, num_classes=7)


def all_names(module: nn.Module) -> set[str]:
    named = (
        module.named_parameters(remove_duplicate=False),
        module.named_buffers(remove_duplicate=False),
        module.named_modules(remove_duplicate=False),
    )
    return {name for kind in named for name, _ in kind}


def check(module: nn.Module, division: Division) -> None:
    """Every name has one block, every block has parameters, the head is the last layer, order is that of the input."""
    assert set(division.owner) == all_names(module)
    assert set(division.owner.values()) <= set(division.blocks)
    middle = [f"block {index}" for index in range(1, len(division.blocks) - 1)]
    assert division.blocks == ("stem", *middle, "head")
    owned = [division.owner[name] for name, _ in module.named_parameters()]
    assert set(owned) == set(division.blocks)
    head = [part for name, part in module.named_parameters() if division.owner[name] == "head"]
    assert all(part.shape[0] == 7 for part in head if part.ndim >= 2)
    assert 5 <= len(division.blocks) <= 30


@pytest.mark.parametrize("name", SMALL_NETWORKS)
def test_small_networks_fall_into_stem_four_blocks_and_head(name):
    module = SMALL_NETWORKS[name](7)
    division = divide_chain(module)
    check(module, division)
    assert division.blocks == ("stem", "block 1", "block 2", "block 3", "block 4", "head")


@pytest.mark.parametrize("name", TORCHVISION)
def test_every_part_of_a_torchvision_model_has_one_block(name):
    module = torchvision_model(name)
    check(module, divide(module))


@pytest.mark.parametrize("name", TIMM)
def test_every_part_of_a_timm_model_has_one_block(name):
    module = timm_model(name)
    check(module, divide_timm(module))


@pytest.mark.parametrize(
    ("name", "count"),
    [("resnet18", 6), ("vgg11_bn", 7), ("mobilenet_v2", 6), ("densenet121", 6), ("vit_b_32", 14), ("convnext_tiny", 6)],
)
def test_blocks_are_the_stages_that_the_papers_draw(name, count):
    assert len(divide(torchvision_model(name)).blocks) == count


def test_a_resnet_falls_apart_where_its_layers_begin():
    owner = divide(torchvision_model("resnet18")).owner
    assert owner["conv1.weight"] == owner["bn1.running_mean"] == owner["maxpool"] == "stem"
    assert owner["layer1.0.conv1.weight"] == owner["layer1"] == "block 1"
    assert owner["layer4.1.bn2"] == owner["layer4.1.relu"] == "block 4"
    assert owner["fc"] == owner["fc.bias"] == "head"


def test_tokens_and_positions_go_with_the_stem_and_the_last_norm_with_the_last_block():
    owner = divide(torchvision_model("vit_b_32")).owner
    assert owner["class_token"] == owner["encoder.pos_embedding"] == owner["conv_proj.weight"] == "stem"
    assert owner["encoder.ln.weight"] == "block 12"


def test_a_transition_goes_with_the_stage_behind_it():
    owner = divide(torchvision_model("densenet121")).owner
    assert owner["features.transition1.conv.weight"] == owner["features.denseblock2"] == "block 2"
    assert owner["features.norm5.weight"] == "block 4"


def test_the_dropout_of_a_head_belongs_to_the_head():
    assert divide(torchvision_model("efficientnet_b0")).owner["classifier.0"] == "head"


def test_both_heads_of_a_distilled_model_are_the_head():
    owner = divide_timm(timm_model("deit_tiny_distilled_patch16_224")).owner
    assert owner["head.weight"] == owner["head_dist.weight"] == "head"
