"""Real pictures for the measurements, dealt into folders that every side reads, and the network all of them start from.

The pictures are two small draws of CIFAR, each a mosaic and a list: `images/<name>.webp` and `.json` in the folder that
`KT_DATA` names, by default `../shared/data` beside the checkout.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import load_file, save_file
from torchvision import transforms
from torchvision.datasets import ImageFolder
from torchvision.models import ResNet, resnet18

from benchmarks.measuring import UnavailableError

SOURCE, TARGET = "cifar10_1500_1000", "cifar100_5000_1000"
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet: what the app shows this network, and what torchvision's examples do."""


def deal(name: str, per_class: Mapping[str, int], into: Path) -> Path:
    """Write so many pictures a class for each part, as into/<part>/<class>/*.png.

    The test pictures are taken from those the data set tests with, all others from those it learns from; no picture is
    dealt out twice.
    """
    pixels, told = _mosaic(name)
    labels, learnt = np.array(told["labels"]), told["split_train"]
    for label, title in enumerate(told["classes"]):
        of_class = np.flatnonzero(labels == label)
        left = {"test": list(of_class[of_class >= learnt]), "other": list(of_class[of_class < learnt])}
        for part, count in per_class.items():
            stock = left["test" if part == "test" else "other"]
            _write(pixels, [stock.pop(0) for _ in range(count)], into / part / title)
    return into


def _mosaic(name: str) -> tuple[NDArray[np.uint8], dict[str, Any]]:
    """All pictures of a mosaic, uint8 [n, side, side, 3], and what its list says."""
    folder = Path(os.environ.get("KT_DATA") or Path(__file__).parents[2] / "shared" / "data") / "images"
    if not (folder / f"{name}.json").exists():
        raise UnavailableError(f"{name} is not in {folder}; KT_DATA names the folder of the pictures")
    told = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    side, columns = told["tile"], told["columns"]
    whole = np.asarray(Image.open(folder / f"{name}.webp").convert("RGB"))
    tiles = whole.reshape(-1, side, columns, side, 3).swapaxes(1, 2).reshape(-1, side, side, 3)
    return tiles[: told["count"]], told


def _write(pixels: NDArray[np.uint8], indexes: list[int], folder: Path) -> None:
    folder.mkdir(parents=True)
    for index in indexes:
        Image.fromarray(pixels[index]).save(folder / f"{index}.png")


def pictures(folder: Path, size: int) -> ImageFolder:
    """A part's pictures as torchvision's own examples read them: decoded whenever they are asked for."""
    steps = [transforms.Resize(size), transforms.ToTensor(), transforms.Normalize(MEAN, STD)]
    return ImageFolder(str(folder), transforms.Compose(steps))


def save_source(into: Path, classes: int, state: Mapping[str, torch.Tensor] | None = None) -> Path:
    """Write the weights of a ResNet-18: these, or random ones."""
    torch.manual_seed(0)
    save_file(dict(state or resnet18(num_classes=classes).state_dict()), into)
    return into


def load_source(weights: Path) -> ResNet:
    """torchvision's ResNet-18 with these weights."""
    state = load_file(weights)
    network = resnet18(num_classes=len(state["fc.bias"]))
    network.load_state_dict(state)
    return network
