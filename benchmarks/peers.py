"""What a person would train with instead: each as its own documentation has one write it, with the same recipe.

Every function trains a network in place, on the CPU, with plain SGD at a constant learning rate and without looking at
validation pictures. What may learn is what has `requires_grad`.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Literal

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision.models import ResNet

Pictures = Dataset[tuple[Tensor, int]]
Precision = Literal["fp32", "bf16"]


@dataclass(frozen=True)
class Recipe:
    """What every side does alike, and the precision where it is not fp32."""

    epochs: int
    batch: int
    rate: float = 0.01
    momentum: float = 0.9
    precision: Precision = "fp32"

    def loader(self, pictures: Pictures) -> DataLoader:
        """Batches in a new order each epoch, read by the process that trains.

        Loading processes compete with training for the cores: on two, one or two of them gained nothing.
        """
        return DataLoader(pictures, batch_size=self.batch, shuffle=True)

    def optimiser(self, network: nn.Module) -> torch.optim.SGD:
        """SGD for what learns."""
        learning = [parameter for parameter in network.parameters() if parameter.requires_grad]
        return torch.optim.SGD(learning, lr=self.rate, momentum=self.momentum)


Train = Callable[[nn.Module, Pictures, Recipe], None]


class HeadOnly(nn.Module):
    """A frozen ResNet, in eval mode and without a graph, under a new head that learns: a linear probe done right."""

    def __init__(self, source: ResNet, classes: int) -> None:
        super().__init__()
        self.fc = nn.Linear(source.fc.in_features, classes)
        self.features = source.requires_grad_(False)
        self.features.fc = nn.Identity()

    def train(self, mode: bool = True) -> "HeadOnly":
        super().train(mode)
        self.features.eval()
        return self

    def forward(self, pictures: Tensor) -> Tensor:
        with torch.no_grad():
            features = self.features(pictures)
        return self.fc(features)


@torch.no_grad()
def accuracy(network: nn.Module, pictures: Pictures) -> float:
    """The share of pictures that a network gets right."""
    network.eval()
    right = [network(batch).argmax(1) == labels for batch, labels in DataLoader(pictures, batch_size=64)]
    return torch.cat(right).float().mean().item()


def plain(network: nn.Module, pictures: Pictures, recipe: Recipe) -> None:
    """PyTorch's own tutorial loop."""
    loader, optimiser, criterion = recipe.loader(pictures), recipe.optimiser(network), nn.CrossEntropyLoss()
    network.train()
    for _ in range(recipe.epochs):
        for batch, labels in loader:
            optimiser.zero_grad()
            criterion(network(batch), labels).backward()
            optimiser.step()


def plain_with_penalty(network: nn.Module, pictures: Pictures, recipe: Recipe, strength: float) -> None:
    """The same loop, and λ‖θ'−θ‖² over all but the head added to the loss, as its formula reads."""
    loader, optimiser, criterion = recipe.loader(pictures), recipe.optimiser(network), nn.CrossEntropyLoss()
    shared = [(name, parameter) for name, parameter in network.named_parameters() if not name.startswith("fc.")]
    source = {name: parameter.detach().clone() for name, parameter in shared}
    network.train()
    for _ in range(recipe.epochs):
        for batch, labels in loader:
            optimiser.zero_grad()
            distance = sum((parameter - source[name]).pow(2).sum() for name, parameter in shared)
            (criterion(network(batch), labels) + strength * distance).backward()
            optimiser.step()


def by_hand(network: nn.Module, pictures: Pictures, recipe: Recipe) -> None:
    """What one who knows where the time goes writes: pictures decoded once, channels-last, autocast."""
    batches = list(DataLoader(pictures, batch_size=256))
    whole, classes = (torch.cat(parts) for parts in zip(*batches, strict=True))
    optimiser = recipe.optimiser(network.to(memory_format=torch.channels_last))
    network.train()
    for _ in range(recipe.epochs):
        for chosen in torch.randperm(len(whole)).split(recipe.batch):
            batch = whole[chosen].contiguous(memory_format=torch.channels_last)
            with torch.autocast("cpu", torch.bfloat16, enabled=recipe.precision == "bf16"):
                loss = nn.functional.cross_entropy(network(batch), classes[chosen])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()


def skorch(network: nn.Module, pictures: Pictures, recipe: Recipe) -> None:
    """skorch's NeuralNetClassifier; under a head that learns alone, its Freezer."""
    from skorch import NeuralNetClassifier
    from skorch.callbacks import Freezer

    net = NeuralNetClassifier(
        network,
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.SGD,
        optimizer__momentum=recipe.momentum,
        lr=recipe.rate,
        max_epochs=recipe.epochs,
        batch_size=recipe.batch,
        iterator_train__shuffle=True,
        train_split=None,
        callbacks=[Freezer("features.*")] if isinstance(network, HeadOnly) else None,
        verbose=0,
    )
    net.fit(pictures, y=None)


def lightning(network: nn.Module, pictures: Pictures, recipe: Recipe) -> None:
    """A LightningModule and its Trainer, without logs and checkpoints."""
    import lightning

    class Learning(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def training_step(self, batch: tuple[Tensor, Tensor]) -> Tensor:
            pictures, labels = batch
            return nn.functional.cross_entropy(self.network(pictures), labels)

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return recipe.optimiser(self.network)

    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    trainer = lightning.Trainer(
        accelerator="cpu",
        max_epochs=recipe.epochs,
        precision="bf16-mixed" if recipe.precision == "bf16" else "32-true",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(Learning(), recipe.loader(pictures))


def accelerate(network: nn.Module, pictures: Pictures, recipe: Recipe) -> None:
    """Hugging Face Accelerate around the plain loop."""
    from accelerate import Accelerator

    accelerator = Accelerator(cpu=True, mixed_precision="bf16" if recipe.precision == "bf16" else "no")
    model, optimiser, loader = accelerator.prepare(network, recipe.optimiser(network), recipe.loader(pictures))
    model.train()
    for _ in range(recipe.epochs):
        for batch, labels in loader:
            optimiser.zero_grad()
            accelerator.backward(nn.functional.cross_entropy(model(batch), labels))
            optimiser.step()


def trainer(network: nn.Module, pictures: Pictures, recipe: Recipe) -> None:
    """Hugging Face's Trainer, with a collator for pictures and no checkpoints; clipping off, which no one else does."""
    from transformers import Trainer, TrainingArguments

    class WithLoss(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, pixel_values: Tensor, labels: Tensor) -> dict[str, Tensor]:
            logits = self.network(pixel_values)
            return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}

    def collate(items: list[tuple[Tensor, int]]) -> dict[str, Tensor]:
        batch, labels = zip(*items, strict=True)
        return {"pixel_values": torch.stack(batch), "labels": torch.tensor(labels)}

    arguments = TrainingArguments(
        per_device_train_batch_size=recipe.batch,
        num_train_epochs=recipe.epochs,
        bf16=recipe.precision == "bf16",
        max_grad_norm=0.0,
        use_cpu=True,
        remove_unused_columns=False,
        save_strategy="no",
        logging_strategy="no",
        report_to="none",
        disable_tqdm=True,
    )
    optimiser = recipe.optimiser(network)
    constant = torch.optim.lr_scheduler.ConstantLR(optimiser, factor=1.0)
    Trainer(WithLoss(), arguments, collate, pictures, optimizers=(optimiser, constant)).train()


def fastai(network: nn.Module, pictures: Pictures, recipe: Recipe) -> None:
    """fastai's Learner over PyTorch's loader, as its page on coming from plain PyTorch shows."""
    from fastai.callback.core import Callback, CancelValidException
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner
    from fastai.optimizer import OptimWrapper

    class NoValidation(Callback):
        def before_validate(self) -> None:
            raise CancelValidException

    loader = recipe.loader(pictures)
    learner = Learner(
        DataLoaders(loader, loader, device=torch.device("cpu")),
        network,
        loss_func=nn.CrossEntropyLoss(),
        opt_func=partial(OptimWrapper, opt=torch.optim.SGD, momentum=recipe.momentum),
        cbs=NoValidation(),
    )
    with learner.no_logging():
        learner.fit(recipe.epochs, recipe.rate)


@dataclass(frozen=True)
class Peer:
    """One way to train, and what it is imported as."""

    name: str
    train: Train
    module: str = "torch"
    trains_in_bf16: bool = False
    """On a CPU, when asked to."""

    @property
    def is_installed(self) -> bool:
        """Whether it is here."""
        return find_spec(self.module.partition(".")[0]) is not None

    def load(self) -> None:
        """Import it, before any clock runs."""
        import_module(self.module)


PLAIN = Peer("plain loop", plain)
BY_HAND = Peer("loop by hand", by_hand)
FRAMEWORKS = (
    Peer("skorch", skorch, "skorch"),
    Peer("Lightning", lightning, "lightning", trains_in_bf16=True),
    Peer("Hugging Face Trainer", trainer, "transformers.trainer", trains_in_bf16=True),
    Peer("Accelerate", accelerate, "accelerate", trains_in_bf16=True),
    Peer("fastai", fastai, "fastai.learner"),
)


def installed() -> list[Peer]:
    """The frameworks that are installed here."""
    return [peer for peer in FRAMEWORKS if peer.is_installed]


def missing() -> list[str]:
    """A remark on those that are not."""
    absent = [peer.name for peer in FRAMEWORKS if not peer.is_installed]
    return [f"Not installed, left out: {', '.join(absent)}."] if absent else []
