"""Head-only fine-tuning of a ResNet-18 for 100 epochs, end to end: the app, the seed text's script, loops, frameworks.

    python -m benchmarks.head_only [--runs N] [--size 64] [--train 10] [--validation 1] [--test 5] [--epochs 100]
        [--batch 64] [--source-epochs 5] [--peers 0]

`--train`, `--validation` and `--test` count pictures a class, of 100 classes of CIFAR-100; `--peers 0` leaves out the
frameworks, and the loop that does what they do. Every side starts from the same network, which has seen a little of
CIFAR-10, and takes the same training pictures in batches of the same size with SGD at a constant rate. Pictures are 64
px: what the app shows this network when it is left to choose, and what its five halvings need to see more than a blot;
`--size 32` feeds them as they are, as a reader of the script might.
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path

import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset
from torchvision.datasets import ImageFolder

from benchmarks import cifar, ours, peers
from benchmarks.measuring import Measured, Turn, apart, number, show, take_turns
from benchmarks.peers import PLAIN, HeadOnly, Peer, Precision, Recipe
from kt_gui.schema.choices import Features
from kt_gui.store.folders import Home

CLASSES = 100
PLAIN_SIDE = "plain loop, eval-mode backbone"


@dataclass(frozen=True)
class Options:
    """How much of everything."""

    size: int = 64
    epochs: int = 100
    batch: int = 64
    train: int = 10
    validation: int = 1
    test: int = 5
    source_epochs: int = 5
    peers: int = 1

    @property
    def recipe(self) -> Recipe:
        """The head's training."""
        return Recipe(self.epochs, self.batch)


@dataclass(frozen=True)
class Material:
    """What every side is given."""

    pictures: Path
    weights: Path
    options: Options

    def part(self, name: str) -> ImageFolder:
        """The pictures of a part, as torchvision reads them."""
        return cifar.pictures(self.pictures / name, self.options.size)


# --- the sides, each in a process of its own -------------------------------------------------------------------------


def app(material: Material, home: Path, precision: ours.Precision) -> Turn:
    """The app: reading, features, 100 epochs with validation, checkpoints, history, the test."""
    options = material.options
    what = ours.experiment(
        material.pictures,
        material.weights,
        freezing=Features(),
        size=options.size,
        epochs=options.epochs,
        batch=options.batch,
        precision=precision,
    )
    told = ours.run(what, Home.under(home))
    return Turn(told.seconds, told.notes())


def seed_script(material: Material) -> Turn:
    """The seed text's fine-tuning stage as it stands there: the frozen network stays in train mode."""
    began = time.perf_counter()
    cifar100_dataloader = DataLoader(material.part("train"), batch_size=material.options.batch, shuffle=True)
    model = cifar.load_source(material.weights)

    for param in model.parameters():
        param.requires_grad = False

    model.fc = nn.Linear(model.fc.in_features, CLASSES)
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(model.fc.parameters(), lr=0.01, momentum=0.9)

    for _epoch in range(material.options.epochs):
        for inputs, labels in cifar100_dataloader:
            optimizer.zero_grad()
            outputs = model(inputs)
            loss = criterion(outputs, labels)
            loss.backward()
            optimizer.step()

    return _tested(model, material, began)


def probe(material: Material, peer: Peer, recipe: Recipe) -> Turn:
    """A frozen network in eval mode under a new head, trained by a loop or a framework."""
    peer.load()
    began = time.perf_counter()
    network = HeadOnly(cifar.load_source(material.weights), CLASSES)
    peer.train(network, material.part("train"), recipe)
    return _tested(network, material, began, recipe.precision)


def features_by_hand(material: Material) -> Turn:
    """What one who knows writes: the frozen network looks at each picture once, the head learns from what it saw."""
    began = time.perf_counter()
    network = HeadOnly(cifar.load_source(material.weights), CLASSES).eval()
    with torch.no_grad():
        seen = [(network.features(batch), labels) for batch, labels in DataLoader(material.part("train"), 64)]
    features, labels = (torch.cat(parts) for parts in zip(*seen, strict=True))
    peers.plain(network.fc, TensorDataset(features, labels), material.options.recipe)
    return _tested(network, material, began)


def _tested(network: nn.Module, material: Material, began: float, precision: Precision = "fp32") -> Turn:
    reached = peers.accuracy(network, material.part("test"))
    how = f"{precision}, contiguous, threads: {torch.get_num_threads()}"
    return Turn(time.perf_counter() - began, {"test accuracy": f"{reached:.3f}", "how": how})


# --- the measurement -------------------------------------------------------------------------------------------------


def measure(runs: int) -> Measured:
    """Measure with the defaults."""
    return compare(Options(), runs)


def compare(options: Options, runs: int) -> Measured:
    """Let all sides take turns; those that do the script's work in other words take one, as it is long."""
    with tempfile.TemporaryDirectory() as scratch:
        material = prepare(options, Path(scratch))
        frameworks = _frameworks(material) if options.peers else {}
        turns = take_turns({**_sides(material, Path(scratch)), **frameworks}, runs, once={PLAIN_SIDE, *frameworks})
    return Measured(_title(options), turns, remarks=_remarks(options))


def prepare(options: Options, scratch: Path) -> Material:
    """Deal the pictures out, and let the source learn a little of CIFAR-10."""
    counts = {"train": options.train, "validation": options.validation, "test": options.test}
    pictures = cifar.deal(cifar.TARGET, counts, scratch / "target")
    weights = cifar.save_source(scratch / "source.safetensors", classes=10)
    network = cifar.load_source(weights)
    learnt = cifar.deal(cifar.SOURCE, {"train": 150}, scratch / "source")
    peers.plain(network, cifar.pictures(learnt / "train", options.size), Recipe(options.source_epochs, batch=64))
    cifar.save_source(weights, classes=10, state=network.state_dict())
    return Material(pictures, weights, options)


def _sides(material: Material, scratch: Path) -> dict[str, Callable[[], Turn]]:
    homes = (scratch / f"home{number}" for number in count())
    latest: list[Path] = []

    def anew(precision: ours.Precision) -> Turn:
        latest.append(next(homes))
        return _from_start(app, material, latest[-1], precision)

    def again() -> Turn:
        return _from_start(app, material, latest[-1], "auto")

    return {
        "app": partial(anew, "auto"),
        "app, features still there from before": again,
        "app, fp32 and contiguous": partial(anew, "fp32"),
        "seed text's script": partial(_from_start, seed_script, material),
        "plain loop over features computed once": partial(_from_start, features_by_hand, material),
    }


def _frameworks(material: Material) -> dict[str, Callable[[], Turn]]:
    recipe = material.options.recipe
    half = replace(recipe, precision="bf16")
    found = {peer.name: (peer, recipe) for peer in peers.installed()}
    found |= {f"{peer.name}, bf16": (peer, half) for peer in peers.installed() if peer.name == "Lightning"}
    found = {PLAIN_SIDE: (PLAIN, recipe), **found}
    return {name: partial(_from_start, probe, material, *chosen) for name, chosen in found.items()}


def _from_start(work: Callable[..., Turn], *arguments: object) -> Turn:
    """A turn in a process of its own; also says what it takes with Python and its libraries started."""
    began = time.perf_counter()
    turn = apart(work, *arguments, as_app=work is app)
    return replace(turn, notes={**turn.notes, "with start-up, s": number(time.perf_counter() - began)})


def _title(options: Options) -> str:
    return (
        f"Head-only fine-tuning, ResNet-18, {options.epochs} epochs, {CLASSES * options.train} CIFAR-100 pictures at "
        f"{options.size} px in batches of {options.batch}, CPU, end to end"
    )


def _remarks(options: Options) -> list[str]:
    return [
        f"From reading the pictures to the accuracy on {CLASSES * options.test} test pictures; chance is 0.01. "
        f"The app also validates every epoch on {CLASSES * options.validation} further pictures, writes checkpoints "
        "and history, and tests its best epoch; the others only train, and test the last. "
        "The script's batch norm goes on moving while frozen, as the text has it. Its loop in eval mode and the "
        "frameworks took one turn.",
        *(peers.missing() if options.peers else []),
    ]


if __name__ == "__main__":
    show(compare, Options(), __doc__)
