"""Events of runs as they really look, for tests and pictures of pages: no threads, no torch, always the same."""

import math
import random
from collections.abc import Iterator

from kt_gui.schema.events import (
    Block,
    BlockDescribed,
    BlockDrift,
    EpochEnded,
    Event,
    NetworkDescribed,
    Phase,
    PhaseStarted,
    Result,
    RunEnded,
    RunStarted,
    StepEnded,
    Tested,
)

PARAMETERS = {"stem": 432, "block 1": 4640, "block 2": 18_500, "block 3": 37_000, "block 4": 27_700, "head": 910}
BLOCKS = tuple(Block(name, count) for name, count in PARAMETERS.items())
DESCRIBED = NetworkDescribed(
    network="small_cnn",
    blocks=tuple(
        BlockDescribed(name, count, 0 if name == "head" else 64, 14 if name == "head" else 32, name != "head")
        for name, count in PARAMETERS.items()
    ),
    image_size=32,
)
SOURCE_EPOCHS, TARGET_EPOCHS, STEPS = 17, 24, 12
TRAINED = ("block 2", "block 3", "block 4", "head")


def began() -> RunStarted:
    return RunStarted(run="r1", name="emoji", folder="/home/anna/kt/runs/emoji-r1")


def phase_started(phase: Phase) -> PhaseStarted:
    is_source = phase == "pretraining"
    return PhaseStarted(
        phase=phase,
        data="Twemoji" if is_source else "Noto emoji",
        network="small_cnn",
        classes=tuple(f"kind {number}" for number in range(14)),
        counts=(1200, 300, 310) if is_source else (42, 140, 207),
        epochs=SOURCE_EPOCHS if is_source else TARGET_EPOCHS,
        steps_per_epoch=STEPS,
        batch_size=32,
        blocks=BLOCKS,
        trainable_parameters=89_182 if is_source else 84_110,
        total_parameters=89_182,
        device="cpu",
        precision="bf16",
        patience=None if is_source else 10,
    )


def curve(phase: Phase, position: float) -> tuple[float, float]:
    """Loss and accuracy at a position in epochs."""
    if phase == "pretraining":
        return 2.5 * math.exp(-position / 5) + 0.25, 0.95 - 0.88 * math.exp(-position / 4)
    return 1.75 * math.exp(-position / 4) + 0.3, 0.84 - 0.45 * math.exp(-position / 4.5)


def epoch(phase: Phase, number: int, *, best: int) -> list[Event]:
    """The steps of an epoch and its end."""
    chance = random.Random(f"{phase} {number}")
    events: list[Event] = []
    for step in range(1, STEPS + 1):
        loss, accuracy = curve(phase, number + step / STEPS)
        events.append(
            StepEnded(
                phase=phase,
                epoch=number,
                step=step,
                steps=STEPS,
                loss=loss * math.exp(chance.gauss(0, 0.12)),
                accuracy=min(1.0, max(0.0, accuracy + chance.gauss(0, 0.04))),
                learning_rate=0.02,
                samples_per_s=1240.0,
                memory=1_100_000_000,
            )
        )
    return [*events, epoch_ended(phase, number, best=best)]


def epoch_ended(phase: Phase, number: int, *, best: int) -> EpochEnded:
    loss, accuracy = curve(phase, number + 1)
    wave = 0.02 * math.sin(number * 1.7)
    return EpochEnded(
        phase=phase,
        epoch=number,
        train_loss=loss + wave,
        train_accuracy=accuracy - wave / 2,
        penalty=0.0 if phase == "pretraining" else 0.07 * (1 - math.exp(-(number + 1) / 6)),
        validation_loss=loss * 1.1 + 0.12 + wave,
        validation_accuracy=max(0.02, accuracy - 0.11 + wave),
        learning_rate=0.02,
        trainable_blocks=TRAINED,
        drift=() if phase == "pretraining" else drift(number),
        best=number == min(best, number),
        best_epoch=min(best, number),
        plateau=max(0, number - best),
        seconds=1.9,
        samples_per_s=1240.0,
        memory=1_100_000_000,
    )


def drift(number: int) -> tuple[BlockDrift, ...]:
    grown = 1 - math.exp(-(number + 1) / 8)
    moved = {"stem": 0.0, "block 1": 0.0, "block 2": 0.012, "block 3": 0.05, "block 4": 0.11}
    return tuple(BlockDrift(name, 40 * share * grown, 40.0, frozen=share == 0) for name, share in moved.items())


def running(epochs: int = 17, best: int = 13) -> list[Event]:
    """A run in the middle of fine-tuning."""
    events: list[Event] = [began(), *_source()]
    events.append(phase_started("finetuning"))
    for number in range(epochs):
        events += epoch("finetuning", number, best=best)
    return events


def finished() -> list[Event]:
    """A run from its start to its end."""
    tested = Tested(phase="finetuning", accuracy=0.5604, correct=116, total=207, low=0.492, high=0.6264)
    return [*running(TARGET_EPOCHS, 13), tested, ended()]


def ended() -> RunEnded:
    return RunEnded(
        ended="finished",
        run="r1",
        folder="/home/anna/kt/runs/emoji-r1",
        stopped=False,
        result=Result(
            source_accuracy=0.9097,
            target_accuracy=0.5604,
            best_epoch=13,
            drift=6.2,
            trainable_parameters=84_110,
            total_parameters=89_182,
            seconds=44.0,
            target_interval=(0.492, 0.6264),
            target_tested=207,
        ),
    )


def _source() -> Iterator[Event]:
    yield phase_started("pretraining")
    for number in range(SOURCE_EPOCHS):
        yield from epoch("pretraining", number, best=SOURCE_EPOCHS - 1)
    yield Tested(phase="pretraining", accuracy=0.9097, correct=282, total=310, low=0.873, high=0.937)
