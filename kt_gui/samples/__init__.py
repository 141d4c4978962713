"""Invented events of a whole run, and what surveys and networks answer: for pictures of pages, and for their tests.

Nothing here was measured, and nothing here is shown to a user of the program.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from random import Random

from kt_gui.schema.choices import FromBlock
from kt_gui.schema.datasets import BUNDLED_TITLES, Bundled
from kt_gui.schema.events import (
    Block,
    BlockDescribed,
    BlockDrift,
    ClassCount,
    DatasetCard,
    EpochEnded,
    Event,
    FeaturesKept,
    ModelCard,
    NetworkDescribed,
    Phase,
    PhaseStarted,
    Rehearsed,
    Result,
    RunEnded,
    RunStarted,
    Skipped,
    StepEnded,
    Surveyed,
    Tested,
    Thumbnail,
)
from kt_gui.schema.experiment import Experiment, Pretrain, Target, Training, Transfer
from kt_gui.schema.texts import Message, mark
from kt_gui.store.runs import RunRecord

CLASSES = (
    "arrow",
    "building",
    "clock",
    "clothing",
    "face",
    "fruit and vegetable",
    "hand",
    "heart",
    "mammal",
    "meal",
    "other animal",
    "person",
    "plant",
    "vehicle",
)
BLOCKS = (
    ("stem", 464),
    ("block1", 4_672),
    ("block2", 13_920),
    ("block3", 27_776),
    ("block4", 36_992),
    ("head", 910),
)
EPOCHS, STEPS = 24, 14
BEGAN = 1_767_000_000.0

EXPERIMENT = Experiment(
    name="emoji",
    source=Pretrain(network="small_cnn", data=Bundled(name="emoji-twemoji"), training=Training(epochs=16)),
    target=Target(data=Bundled(name="emoji-noto"), per_class=3),
    transfer=Transfer(freezing=FromBlock(block="block2")),
    training=Training(epochs=EPOCHS, patience=10),
)
DESCRIBED = NetworkDescribed(
    network="small_cnn",
    blocks=tuple(
        BlockDescribed(name=name, parameters=count, norm_parameters=64, bias_parameters=32, batch_norm=name != "head")
        for name, count in BLOCKS
    ),
    image_size=32,
)
REHEARSED = Rehearsed(
    fits=True,
    memory_needed=400_000_000,
    memory_available=22_000_000_000,
    seconds_per_epoch=1.9,
    seconds_low=40,
    seconds_high=55,
    device="cpu",
    precision="fp32",
    largest_batch=4_100,
)
MODELS = (
    ModelCard(
        name="small_cnn",
        family="small",
        title="Small network",
        parameters=84_734,
        size=None,
        image_size=32,
        accuracy=None,
        licence="Apache-2.0",
        status="untrained",
    ),
    ModelCard(
        name="bundled/efficientnet_lite0",
        family="bundled",
        title="EfficientNet-Lite0",
        parameters=4_652_008,
        size=18_600_000,
        image_size=224,
        accuracy=0.751,
        licence="Apache-2.0",
        status="offline",
    ),
    ModelCard(
        name="torchvision/resnet18",
        family="torchvision",
        title="ResNet-18",
        parameters=11_689_512,
        size=46_830_571,
        image_size=224,
        accuracy=0.698,
        licence="BSD-3-Clause",
        status="download",
    ),
)
DATASETS = (
    DatasetCard(
        name="cifar10",
        title="CIFAR-10",
        classes=10,
        pictures=60_000,
        image_size=32,
        download=170_498_071,
        licence="",
        status="download",
    ),
)


def survey(title: str, *, per_class: int | None = None, thumbnails: tuple[Thumbnail, ...] = ()) -> Surveyed:
    """What a survey of the example's pictures answers."""
    counts = tuple(_count(name, place, per_class) for place, name in enumerate(CLASSES))
    return Surveyed(
        title=title,
        pictures=628,
        classes=counts,
        skipped=(Skipped(name="sketch.psd", reason=Message(mark("Not a picture"))),),
        thumbnails=thumbnails,
        sizes=(32, 32, 32, 32),
        given_split=True,
        all_classes=CLASSES,
        digest="0" * 64,
    )


def running(epochs: int = 17) -> list[Event]:
    """A run in the midst of fine-tuning."""
    return [*_beginning(), *_phase("pretraining", 16), *_phase("finetuning", epochs)]


def finished() -> list[Event]:
    """A run to its end."""
    return [*running(EPOCHS), _tested(), _ended()]


def failed() -> list[Event]:
    """A run up to the step at which it failed."""
    return running(6)


def long_run(steps: int) -> list[Event]:
    """A run of very many steps."""
    per_epoch = max(1, steps // 40)
    return [*_beginning(), *_phase("pretraining", 16, per_epoch), *_phase("finetuning", EPOCHS, per_epoch)]


def records(count: int) -> list[RunRecord]:
    """Runs in every state, the newest first."""
    states = ("finished", "finished", "stopped", "failed", "finished", "interrupted")
    return [_record(number, states[number % len(states)]) for number in range(count)]


def _beginning() -> Iterator[Event]:
    yield RunStarted(run="1f3a", name="emoji", folder="/runs/emoji")


def _phase(phase: Phase, epochs: int, steps: int = STEPS) -> Iterator[Event]:
    chance = Random(phase)
    is_source = phase == "pretraining"
    yield _phase_started(phase, steps)
    if not is_source:
        kept = ("stem", "block1")
        yield FeaturesKept(phase=phase, epoch=0, blocks=kept, pictures=252, looks=4, computed=252, bytes=3_100_000)
    for epoch in range(epochs):
        for step in range(1, steps + 1):
            loss, accuracy = _point(epoch + step / steps, is_source=is_source)
            yield StepEnded(
                phase=phase,
                epoch=epoch,
                step=step,
                steps=steps,
                loss=loss * chance.uniform(0.85, 1.15),
                accuracy=min(1.0, accuracy * chance.uniform(0.92, 1.06)),
                learning_rate=0.02,
                samples_per_s=1240,
                memory=1_100_000_000,
            )
        yield _epoch_ended(phase, epoch)


def _phase_started(phase: Phase, steps: int) -> PhaseStarted:
    is_source = phase == "pretraining"
    return PhaseStarted(
        phase=phase,
        data=BUNDLED_TITLES["emoji-twemoji" if is_source else "emoji-noto"],
        network="small_cnn",
        classes=CLASSES,
        counts=(337, 84, 207) if is_source else (42, 84, 207),
        epochs=16 if is_source else EPOCHS,
        steps_per_epoch=steps,
        batch_size=32,
        blocks=tuple(Block(name=name, parameters=count) for name, count in BLOCKS),
        trainable_parameters=84_734 if is_source else 79_598,
        total_parameters=84_734,
        device="cpu",
        precision="fp32",
        patience=None if is_source else 10,
    )


def _point(position: float, *, is_source: bool) -> tuple[float, float]:
    """Loss and accuracy at a position in epochs."""
    fall = math.exp(-position / 5)
    return (0.4 + 2.4 * fall, 0.95 - 0.88 * fall) if is_source else (0.35 + 1.4 * fall, 0.84 - 0.42 * fall)


def _epoch_ended(phase: Phase, epoch: int) -> EpochEnded:
    is_source = phase == "pretraining"
    loss, accuracy = _point(epoch + 0.5, is_source=is_source)
    best = epoch if is_source else min(epoch, 13)
    return EpochEnded(
        phase=phase,
        epoch=epoch,
        train_loss=loss,
        train_accuracy=accuracy,
        penalty=0.0 if is_source else 0.07 * (1 - math.exp(-epoch / 5)),
        validation_loss=loss * 1.12 + 0.1 + 0.02 * max(0, epoch - 13),
        validation_accuracy=accuracy * 0.9 - 0.006 * max(0, epoch - 13),
        learning_rate=0.02,
        trainable_blocks=tuple(name for name, _ in BLOCKS[0 if is_source else 2 :]),
        drift=() if is_source else _drift(epoch),
        best=epoch == best,
        best_epoch=best,
        plateau=epoch - best,
        seconds=1.9,
        samples_per_s=1240,
        memory=1_100_000_000,
    )


def _drift(epoch: int) -> tuple[BlockDrift, ...]:
    grown = 1 - math.exp(-(epoch + 1) / 6)
    shares = (0.0, 0.0, 0.012, 0.05, 0.11, 0.9)
    return tuple(
        BlockDrift(block=name, squared=40 * share * grown, anchor_squared=40.0, frozen=share == 0)
        for (name, _), share in zip(BLOCKS, shares, strict=True)
    )


def _tested() -> Tested:
    return Tested(phase="finetuning", accuracy=0.7101, correct=147, total=207, low=0.645, high=0.768)


def _ended() -> RunEnded:
    result = Result(
        source_accuracy=0.932,
        target_accuracy=0.7101,
        best_epoch=13,
        drift=12.3,
        trainable_parameters=79_598,
        total_parameters=84_734,
        seconds=61.0,
        target_interval=(0.645, 0.768),
        target_tested=207,
    )
    return RunEnded(ended="finished", run="1f3a", folder="/runs/emoji", stopped=False, result=result)


def _count(name: str, place: int, per_class: int | None) -> ClassCount:
    train = 18 + 7 * place % 12
    kept = min(train, per_class or train)
    return ClassCount(name=name, train=kept, validation=6, test=15, unused=train - kept)


def _record(number: int, state: str) -> RunRecord:
    accuracy = 0.56 + (number * 7 % 31) / 100
    ended = _ended().result
    result = Result(
        source_accuracy=0.93,
        target_accuracy=accuracy,
        best_epoch=12,
        drift=ended.drift,
        trainable_parameters=ended.trainable_parameters,
        total_parameters=ended.total_parameters,
        seconds=61.0,
        target_interval=(accuracy - 0.06, accuracy + 0.05),
        target_tested=207,
    )
    return RunRecord(
        id=f"{number:04x}",
        name=("emoji", "emoji, frozen", "fashion", "ants and bees", "emoji, λ 0.05")[number % 5],
        folder=Path("/runs") / f"{number:04x}",
        state=state,  # type: ignore[arg-type]
        started=BEGAN - 7_200.0 * number,
        seconds=61.0 + 13 * (number % 9),
        source=("emoji-twemoji", "bundled/efficientnet_lite0")[number % 5 == 3],
        target=("emoji-noto", "emoji-noto", "fashion", "hymenoptera", "emoji-noto")[number % 5],
        network=("small_cnn", "efficientnet_lite0")[number % 5 == 3],
        result=result if state in ("finished", "stopped") else None,
        tags=("baseline",) if number % 7 == 0 else (),
        reason="" if state != "failed" else "The disk is full.",
    )
