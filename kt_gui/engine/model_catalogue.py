"""All networks one can start from: small ones of our own, the bundled one, torchvision's and timm's.

What stands in their libraries' own registries is told; no network is built for it.
"""

import json
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

from kt_gui.engine.small_networks import SMALL_NETWORKS
from kt_gui.engine.weights import timm_configuration, torchvision_weights, weights_address
from kt_gui.schema.events import ModelCard
from kt_gui.schema.texts import mark, tr

BUNDLED_PARAMETERS = 4_652_008
BUNDLED_ACCURACY = 0.748
"""Top-1 that timm's table of results gives for tf_efficientnet_lite0, whose weights of Google's these are."""

LICENCES = {"https://github.com/facebookresearch/SWAG/blob/main/LICENSE": "CC-BY-NC-4.0"}
"""What torchvision says by an address only."""

NOT_STATED = mark("not stated")
SMALL_TITLES = {
    "small_cnn": mark("Small convolutional net"),
    "resnet18_cifar": mark("ResNet-18 for small pictures"),
    "resnet34_cifar": mark("ResNet-34 for small pictures"),
}


def list_models(is_cached: Callable[[str], bool]) -> tuple[ModelCard, ...]:
    """Describe all networks; `is_cached` tells by name whether the program has downloaded the weights already.

    What the hubs of torch and Hugging Face have in their own caches counts as cached too.
    """
    return (*_small_cards(), _bundled_card(), *_torchvision_cards(is_cached), *_timm_cards(is_cached))


def licence_of(name: str) -> str:
    """Say under which licence a pretrained network's weights came; those learnt here are nobody else's."""
    family, _, model = name.partition("/")
    match family:
        case "torchvision":
            licence: str = torchvision_weights(model).meta.get("license", "BSD-3-Clause")
            return LICENCES.get(licence, licence)
        case "timm":
            return timm_configuration(model).license or tr(NOT_STATED)
        case _:
            return "Apache-2.0"


def _small_cards() -> Iterator[ModelCard]:
    import torch

    for name, build in SMALL_NETWORKS.items():
        with torch.device("meta"):
            parameters = sum(part.numel() for part in build(10).parameters())
        yield ModelCard(
            name=name,
            family="small",
            title=tr(SMALL_TITLES[name]),
            parameters=parameters,
            size=None,
            image_size=32,
            accuracy=None,
            licence="Apache-2.0",
            status="untrained",
        )


def _bundled_card() -> ModelCard:
    path = weights_address("bundled/efficientnet_lite0")
    return ModelCard(
        name="bundled/efficientnet_lite0",
        family="bundled",
        title="EfficientNet-Lite0",
        parameters=BUNDLED_PARAMETERS,
        size=path.stat().st_size if isinstance(path, Path) else None,
        image_size=224,
        accuracy=BUNDLED_ACCURACY,
        licence="Apache-2.0",
        status="offline",
    )


def _torchvision_cards(is_cached: Callable[[str], bool]) -> Iterator[ModelCard]:
    """A card for each model's best weights under its plain name, and one for each other with its tag."""
    from torchvision import models
    from torchvision.models._api import get_model_weights, list_models

    for model in list_models(module=models):
        entries: Any = get_model_weights(model)
        classifying = [entry for entry in entries if entry.meta["categories"]]  # VGG-16 also has weights of features
        for entry in sorted(classifying, key=lambda entry: entry != entries.DEFAULT):
            tag = "" if entry == entries.DEFAULT else f".{entry.name}"
            yield _torchvision_card(f"torchvision/{model}{tag}", entry, is_cached)


def _torchvision_card(name: str, entry: Any, is_cached: Callable[[str], bool]) -> ModelCard:
    licence = entry.meta.get("license", "BSD-3-Clause")
    return ModelCard(
        name=name,
        family="torchvision",
        title=name.partition("/")[2],
        parameters=entry.meta["num_params"],
        size=round(entry.meta["_file_size"] * 2**20),
        image_size=entry.transforms.keywords["crop_size"],
        accuracy=round(entry.meta["_metrics"]["ImageNet-1K"]["acc@1"] / 100, 5),
        licence=LICENCES.get(licence, licence),
        status="cached" if is_cached(name) or _is_here(name) else "download",
    )


def _timm_cards(is_cached: Callable[[str], bool]) -> Iterator[ModelCard]:
    """timm tells accuracy on its hub only; parameters were counted, and each is taken for four bytes."""
    from timm.models import list_models

    counted = _timm_parameters()
    for model in list_models(pretrained=True):
        parameters = counted.get(model)
        told = timm_configuration(model)
        name = f"timm/{model}"
        yield ModelCard(
            name=name,
            family="timm",
            title=model,
            parameters=parameters,
            size=4 * parameters if parameters is not None else None,
            image_size=told.input_size[-1],
            accuracy=None,
            licence=told.license or tr(NOT_STATED),
            status="cached" if is_cached(name) or _is_here(name) else "download",
        )


def _timm_parameters() -> dict[str, int]:
    """Read what packaging/timm_parameters.py has counted; a model that came later is not in it."""
    table = resources.files("kt_gui.engine").joinpath("timm_parameters.json").read_text(encoding="utf-8")
    counted: dict[str, int] = json.loads(table)
    return counted


def _is_here(name: str) -> bool:
    return isinstance(weights_address(name), Path)
