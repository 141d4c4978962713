"""Training the whole of EfficientNet-Lite0, the bundled network, on pictures of the size of photos: the app and loops.

    python -m benchmarks.photos [--runs N] [--size 224] [--per-class 16] [--epochs 2] [--batch 32]

Every side takes the same pictures (CIFAR-10, enlarged) in batches of the same size through the same network from random
weights for as many epochs, with plain SGD. The clock runs while they learn.
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch

from benchmarks import cifar, ours
from benchmarks.measuring import Measured, Turn, apart, number, show, take_turns
from benchmarks.peers import BY_HAND, PLAIN, Peer, Recipe
from kt_gui.schema.choices import Everything
from kt_gui.store.folders import Home

CLASSES = 10
NETWORK, IN_TIMM = "bundled/efficientnet_lite0", "tf_efficientnet_lite0"


@dataclass(frozen=True)
class Options:
    """How much of everything; pictures are counted a class."""

    size: int = 224
    epochs: int = 2
    batch: int = 32
    per_class: int = 16


def app(pictures: Path, options: Options) -> Turn:
    """The app, as it chooses."""
    what = ours.experiment(
        pictures,
        None,
        freezing=Everything(),
        size=options.size,
        epochs=options.epochs,
        batch=options.batch,
        network=NETWORK,
    )
    with tempfile.TemporaryDirectory() as home:
        told = ours.run(what, Home.under(Path(home)))
    return _turn(told.learning, options, told.resolved)


def loop(pictures: Path, options: Options, peer: Peer, layout: str) -> Turn:
    """A loop."""
    import timm

    network = timm.create_model(IN_TIMM, num_classes=CLASSES)
    began = time.perf_counter()
    peer.train(network, cifar.pictures(pictures / "train", options.size), Recipe(options.epochs, options.batch))
    return _turn(time.perf_counter() - began, options, f"fp32, {layout}, threads: {torch.get_num_threads()}")


def _turn(seconds: float, options: Options, how: str) -> Turn:
    return Turn(seconds, {"pictures/s": number(options.epochs * options.per_class * CLASSES / seconds), "how": how})


def measure(runs: int) -> Measured:
    """Measure with the defaults."""
    return compare(Options(), runs)


def compare(options: Options, runs: int) -> Measured:
    """Let all sides take turns."""
    with tempfile.TemporaryDirectory() as scratch:
        counts = {"train": options.per_class, "validation": 1, "test": 1}
        pictures = cifar.deal(cifar.SOURCE, counts, Path(scratch) / "pictures")
        sides: dict[str, Callable[[], Turn]] = {
            "app": partial(apart, app, pictures, options, as_app=True),
            "plain loop": partial(apart, loop, pictures, options, PLAIN, "contiguous"),
            "loop by hand, pictures in memory": partial(apart, loop, pictures, options, BY_HAND, "channels_last"),
        }
        turns = take_turns(sides, runs)
    learnt = f"{options.epochs} epochs of {CLASSES * options.per_class} pictures at {options.size} px"
    return Measured(f"The whole of EfficientNet-Lite0 learns, {learnt} in batches of {options.batch}, CPU", turns)


if __name__ == "__main__":
    show(compare, Options(), __doc__)
