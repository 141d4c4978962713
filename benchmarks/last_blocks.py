"""The last block and the last two of a ResNet-18 learn: with the frozen blocks' features reused, and computed anew.

    python -m benchmarks.last_blocks [--runs N] [--network resnet18_cifar] [--size 32] [--per-class 48] [--epochs 10]
        [--batch 32]

Whole runs of the app, from reading the pictures to the test: what is computed to be reused counts. How much there is to
win depends on how much of a network's work lies in front: in `resnet18_cifar` every stage takes as much as the others;
in torchvision's ResNet-18 at 64 px the last has most of the weights, and little of the work.
"""

import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec
from safetensors.torch import save_file

from benchmarks import cifar, ours
from benchmarks.measuring import Measured, Turn, apart, number, show, take_turns
from kt_gui.engine import backbones
from kt_gui.schema.choices import LastBlocks
from kt_gui.schema.settings import Settings
from kt_gui.store import preferences
from kt_gui.store.folders import Home

CLASSES = 10


@dataclass(frozen=True)
class Options:
    """How much of everything; pictures are counted a class."""

    network: str = "resnet18_cifar"
    size: int = 32
    epochs: int = 10
    batch: int = 32
    per_class: int = 48


@dataclass(frozen=True)
class Material:
    """What every side is given."""

    pictures: Path
    weights: Path
    options: Options


def app(material: Material, blocks: int, reuse: bool) -> Turn:
    """A run in a home of its own, where nothing lies from before."""
    options = material.options
    what = ours.experiment(
        material.pictures,
        material.weights,
        freezing=LastBlocks(blocks=blocks),
        size=options.size,
        epochs=options.epochs,
        batch=options.batch,
        network=options.network,
    )
    with tempfile.TemporaryDirectory() as folder:
        home = Home.under(Path(folder))
        choose_reuse(home, reuse)
        told = ours.run(what, home)
    speed = number(options.epochs * told.pictures / told.learning)
    return Turn(told.seconds, {"pictures/s while learning": speed, **told.notes()})


def can_choose_reuse() -> bool:
    """Whether the app has a setting for how much room features may take."""
    return "cache_gb" in {field.name for field in msgspec.structs.fields(Settings)}


def choose_reuse(home: Home, reuse: bool) -> None:
    """Let the runs of a home reuse features, or give them no room to: the one place that knows how."""
    if not reuse and can_choose_reuse():
        preferences.save(home, msgspec.structs.replace(Settings(), cache_gb=0))


def measure(runs: int) -> Measured:
    """Measure with the defaults."""
    return compare(Options(), runs)


def compare(options: Options, runs: int) -> Measured:
    """Let all sides take turns."""
    with tempfile.TemporaryDirectory() as scratch:
        counts = {"train": options.per_class, "validation": 5, "test": 20}
        pictures = cifar.deal(cifar.SOURCE, counts, Path(scratch) / "pictures")
        weights = Path(scratch) / "source.safetensors"
        network = backbones.create(options.network, tuple(map(str, range(CLASSES))), options.size, seed=0)
        save_file(dict(network.module.state_dict()), weights)
        material = Material(pictures, weights, options)
        sides = {
            f"{name}, {how}": partial(apart, app, material, blocks, reuse, as_app=True)
            for name, blocks in (("last block", 1), ("last two blocks", 2))
            for how, reuse in (("features reused", True), ("computed anew", False))
        }
        turns = take_turns(sides, runs)
    title = (
        f"The last blocks of {options.network} learn, {options.epochs} epochs of {CLASSES * options.per_class} "
        f"CIFAR-10 pictures at {options.size} px in batches of {options.batch}, CPU, whole runs"
    )
    remarks = [] if can_choose_reuse() else ["This version of the app reuses nothing: both sides do the same."]
    return Measured(
        title,
        turns,
        remarks=remarks,
        against={"last two blocks, computed anew": "last two blocks, features reused"},
    )


if __name__ == "__main__":
    show(compare, Options(), __doc__)
