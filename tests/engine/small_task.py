"""A network of three blocks, a few generated pictures, and tasks made of them: what the training's tests learn."""

import hashlib
from collections.abc import Iterable

import torch
from torch import Tensor, nn

from kt_gui.engine.backbones import Network
from kt_gui.engine.devices import Resolved
from kt_gui.engine.loading import Portion, View
from kt_gui.engine.trainer import Task
from kt_gui.schema.choices import SGD, Constant, NoAugmentation
from kt_gui.schema.experiment import Training, Transfer

CPU = Resolved("cpu", "fp32", "contiguous", 1)
CLASSES = ("a", "b", "c")
VIEW = View(size=8, mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25), interpolation="bilinear")


def pictures(count: int = 18, seed: int = 0) -> Portion:
    """Make noise in which each class has a channel that is a little brighter."""
    chance = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % len(CLASSES)
    whole = torch.randint(0, 200, (count, 3, 8, 8), generator=chance, dtype=torch.uint8)
    whole[torch.arange(count), labels] += 55
    return Portion(labels, VIEW, lambda indexes: whole[indexes], resident=True)


def small_network(seed: int = 0, *, dropout: float = 0.0) -> Network:
    """Build stem, middle and head, with batch norm and, where asked for, dropout."""
    torch.manual_seed(seed)
    module = nn.Sequential()
    module.add_module("stem", nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU()))
    module.add_module(
        "middle", nn.Sequential(nn.Conv2d(6, 8, 3, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout(dropout))
    )
    module.add_module("head", nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, len(CLASSES))))
    return as_network(module)


def as_network(module: nn.Module) -> Network:
    """Take a chain of blocks as a network."""
    named = [*dict(module.named_modules()), *dict(module.named_parameters()), *dict(module.named_buffers())]
    owner = {name: name.partition(".")[0] for name in named if name}
    blocks = tuple(name for name, _ in module.named_children())
    return Network("small", module, blocks, owner, VIEW, CLASSES)


def training(**choices: object) -> Training:
    """Make a short training: three epochs of three steps, plain SGD with momentum."""
    usual = {
        "epochs": 3,
        "batch_size": 6,
        "optimiser": SGD(learning_rate=0.05, momentum=0.9),
        "schedule": Constant(),
        "augmentation": NoAugmentation(),
    }
    return Training(**{**usual, **choices})  # type: ignore[arg-type]


def task(network: Network | None = None, transfer: Transfer | None = None, **choices: object) -> Task:
    """Make a task of 18 pictures to learn from and 9 to validate with."""
    return Task(
        phase="finetuning" if transfer else "pretraining",
        data="generated pictures",
        network=network or small_network(),
        train=pictures(18, seed=1),
        validation=pictures(9, seed=2),
        training=training(**choices),
        resolved=CPU,
        seed=7,
        transfer=transfer,
        new_head=True,
        counts=(18, 9, 0),
    )


def weights(network: Network) -> dict[str, Tensor]:
    """Copy weights and buffers."""
    return {name: tensor.clone() for name, tensor in network.module.state_dict().items()}


def digest(tensors: Iterable[Tensor]) -> str:
    """Hash tensors, bit for bit."""
    hashed = hashlib.sha256()
    for tensor in tensors:
        hashed.update(tensor.detach().contiguous().numpy().tobytes())
    return hashed.hexdigest()
