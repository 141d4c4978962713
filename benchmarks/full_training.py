"""Fine-tuning a whole ResNet-18 with λ, and training it from scratch: the app, plain PyTorch loops, frameworks.

    python -m benchmarks.full_training [--runs N] [--size 64] [--per-class 96] [--epochs 2] [--batch 64] [--peers 0]

Every side takes the same CIFAR-10 pictures in batches of the same size through the same network for as many epochs,
with plain SGD. The clock runs while they learn: in the app from the first step to the end of the last epoch, in the
others around the call that trains.
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch

from benchmarks import cifar, ours, peers
from benchmarks.measuring import Measured, Turn, apart, number, show, take_turns
from benchmarks.peers import BY_HAND, PLAIN, Peer, Precision, Recipe
from kt_gui.schema.choices import Everything
from kt_gui.store.folders import Home

CLASSES = 10
STRENGTH = 0.005
"""λ, the app's default."""
PENALISED = Peer("plain loop with λ", partial(peers.plain_with_penalty, strength=STRENGTH))


@dataclass(frozen=True)
class Options:
    """How much of everything; pictures are counted a class."""

    size: int = 64
    epochs: int = 2
    batch: int = 64
    per_class: int = 96
    peers: int = 1


@dataclass(frozen=True)
class Material:
    """What every side is given."""

    pictures: Path
    weights: Path
    options: Options


# --- the sides, each in a process of its own -------------------------------------------------------------------------


def app(material: Material, strength: float, precision: ours.Precision) -> Turn:
    """The app, with λ in its loss; without, it learns from scratch, as a source is learnt."""
    options = material.options
    what = ours.experiment(
        material.pictures,
        material.weights if strength else None,
        freezing=Everything(),
        size=options.size,
        epochs=options.epochs,
        batch=options.batch,
        strength=strength,
        precision=precision,
    )
    with tempfile.TemporaryDirectory() as home:
        told = ours.run(what, Home.under(Path(home)))
    return _turn(told.learning, options, told.resolved)


def other(material: Material, peer: Peer, precision: Precision, layout: str = "contiguous") -> Turn:
    """A loop or a framework."""
    peer.load()
    options = material.options
    network = cifar.load_source(material.weights)
    pictures = cifar.pictures(material.pictures / "train", options.size)
    recipe = Recipe(options.epochs, options.batch, precision=precision)
    began = time.perf_counter()
    peer.train(network, pictures, recipe)
    seconds = time.perf_counter() - began
    return _turn(seconds, options, f"{precision}, {layout}, threads: {torch.get_num_threads()}")


def _turn(seconds: float, options: Options, how: str) -> Turn:
    learnt = options.epochs * options.per_class * CLASSES
    return Turn(seconds, {"pictures/s": number(learnt / seconds), "how": how})


# --- the measurement -------------------------------------------------------------------------------------------------


def measure(runs: int) -> Measured:
    """Measure with the defaults."""
    return compare(Options(), runs)


def compare(options: Options, runs: int) -> Measured:
    """Let all sides take turns."""
    with tempfile.TemporaryDirectory() as scratch:
        counts = {"train": options.per_class, "validation": 1, "test": 1}
        pictures = cifar.deal(cifar.SOURCE, counts, Path(scratch) / "pictures")
        material = Material(pictures, cifar.save_source(Path(scratch) / "source.safetensors", CLASSES), options)
        turns = take_turns(_sides(material), runs)
    return Measured(_title(options), turns, remarks=_remarks(options))


def _sides(material: Material) -> dict[str, Callable[[], Turn]]:
    own = {
        "app, fine-tuning with λ": partial(app, material, STRENGTH, "auto"),
        "app, fine-tuning with λ, fp32 and contiguous": partial(app, material, STRENGTH, "fp32"),
        "app, from scratch": partial(app, material, 0.0, "auto"),
        "app, from scratch, fp32 and contiguous": partial(app, material, 0.0, "fp32"),
    }
    sides = {
        "plain loop, λ through autograd": partial(other, material, PENALISED, "fp32"),
        "plain loop": partial(other, material, PLAIN, "fp32"),
        "loop by hand, pictures in memory": partial(other, material, BY_HAND, "fp32", "channels_last"),
        "loop by hand, bf16": partial(other, material, BY_HAND, "bf16", "channels_last"),
    }
    frameworks = peers.installed() if material.options.peers else []
    sides |= {peer.name: partial(other, material, peer, "fp32") for peer in frameworks}
    sides |= {
        f"{peer.name}, bf16": partial(other, material, peer, "bf16") for peer in frameworks if peer.trains_in_bf16
    }
    theirs = {name: partial(apart, side) for name, side in sides.items()}
    return {**{name: partial(apart, side, as_app=True) for name, side in own.items()}, **theirs}


def _title(options: Options) -> str:
    return (
        f"Training all of ResNet-18, {options.epochs} epochs of {CLASSES * options.per_class} CIFAR-10 pictures at "
        f"{options.size} px in batches of {options.batch}, CPU"
    )


def _remarks(options: Options) -> list[str]:
    return [
        "The app's time holds validation (10 pictures an epoch) and reports, not the reading of the pictures, which it "
        "does once, nor the saving of checkpoints; the others decode their pictures anew in every epoch, but for the "
        "loops by hand, and neither validate nor save. Frameworks have no λ.",
        *(peers.missing() if options.peers else []),
    ]


if __name__ == "__main__":
    show(compare, Options(), __doc__)
