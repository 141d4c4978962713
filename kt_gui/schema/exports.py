"""What a run can be taken along as, and what is told when one of these lies on disk."""

from typing import Literal

import msgspec

from kt_gui.schema.evaluations import Checkpoint
from kt_gui.schema.events import Event

Format = Literal["safetensors", "torchscript", "torch_export", "onnx", "card", "script", "report"]
FORMATS: tuple[Format, ...] = ("safetensors", "torchscript", "torch_export", "onnx", "card", "script", "report")

Compared = Literal["test", "noise", "numbers"]
"""On what an export was held against the run: its test pictures, noise where the data has gone, its own numbers."""


class Exported(Event, frozen=True, kw_only=True, tag="exported"):
    """An export lies on disk, was read back from there, and gave what the run gives."""

    run: str
    """The run's folder."""
    format: Format
    checkpoint: Checkpoint
    paths: tuple[str, ...]
    """Its files; the one to open first."""
    bytes: int
    largest_difference: float | None = None
    """Between its logits and the run's, over everything that was compared; None where it holds no network."""
    compared: int = 0
    """Pictures, or numbers, that were compared."""
    compared_on: Compared = "test"
    preprocessing_difference: float | None = None
    """Of an ONNX graph that prepares pictures itself: between its probabilities and the run's, from whole pictures."""
    repeated_difference: float | None = None
    """Of a script that was run to its end: between the numbers it ends at and those that the run logged."""


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """Where one phase of a run ended, as its history says: what a script has to end at."""

    phase: Literal["pretraining", "finetuning"]
    epoch: int
    """The last one, from 0."""
    best_epoch: int
    train_loss: float
    validation_loss: float
    validation_accuracy: float
    test_correct: int
    test_total: int
