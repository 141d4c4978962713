"""No value is read back from the device but at reports: a meta device stands in for it, which has none to give."""

import dataclasses
from contextlib import nullcontext
from functools import partial

import pytest
import torch

from kt_gui.engine import loading, optimisation
from kt_gui.engine.devices import Resolved
from kt_gui.engine.evaluation import look
from kt_gui.engine.loading import Portion
from kt_gui.engine.trainer import Task, Trainer
from kt_gui.schema.choices import Augmentation, CustomAugmentation, Everything, NoAugmentation
from kt_gui.schema.experiment import Transfer
from tests.engine import small_task

META = Resolved("meta", "fp32", "channels_last", 1)


@pytest.fixture(autouse=True)
def meta_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do without what torch does not have for a meta device: autocast and fused steps, neither of which reads."""
    monkeypatch.setattr(Resolved, "autocast", lambda self: nullcontext())
    monkeypatch.setattr(optimisation, "_is_worth_fusing", lambda groups: False)


def resident() -> Portion:
    whole = torch.empty((18, *small_task.VIEW.shape), dtype=torch.uint8, device="meta")
    labels = torch.empty(18, dtype=torch.int64, device="meta")
    return Portion(labels, small_task.VIEW, partial(loading._pick, whole), resident=True)


def task(augmentation: Augmentation) -> Task:
    network = small_task.small_network(dropout=0.2)
    network.module.to("meta")
    transfer = Transfer(strength=0.1, beta=0.01, freezing=Everything())
    here = small_task.task(network, transfer, augmentation=augmentation, clip=1.0, label_smoothing=0.1)
    return dataclasses.replace(here, train=resident(), validation=resident(), resolved=META)


@pytest.mark.parametrize(
    "recipe",
    [
        NoAugmentation(),
        CustomAugmentation(flip="both", crop="shift", colour=0.3),
        CustomAugmentation(flip="horizontal", crop="zoom", mixup=0.2),
        CustomAugmentation(rand_augment=2, cutmix=1.0),
    ],
    ids=str,
)
def test_a_step_reads_nothing_back(recipe: Augmentation) -> None:
    trainer = Trainer(task(recipe))
    trainer.enter_epoch(0)
    for _ in range(trainer.steps_per_epoch):
        trainer.step()
    with pytest.raises((RuntimeError, NotImplementedError)):
        trainer.state()  # it reads: this is how a read would show


def test_a_look_at_a_batch_reads_nothing_back() -> None:
    here = task(NoAugmentation())
    here.network.module.eval()
    logits = look(here.network, here.validation, torch.arange(9), META)
    assert logits.device.type == "meta"
