"""The app's side of the measurements: a whole run through its own pipe, checkpoints and history included."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kt_gui import session
from kt_gui.schema.choices import SGD, Constant, Freezing, NoAugmentation
from kt_gui.schema.datasets import ImageFolder
from kt_gui.schema.events import CheckpointSaved, EpochEnded, Event, PhaseStarted, RunEnded
from kt_gui.schema.experiment import Experiment, Scratch, Target, Training, Transfer, WeightsFile
from kt_gui.schema.stop import StopToken
from kt_gui.store import environment
from kt_gui.store.folders import Home

NETWORK = "torchvision/resnet18"

Precision = Literal["auto", "fp32"]


@dataclass(frozen=True)
class Told:
    """What a run took and found out."""

    seconds: float
    """From reading the pictures to the last test accuracy."""
    learning: float
    """Of it from the first step to the end of the last epoch, validation and reports included, checkpoints left out."""
    accuracy: float
    """On the test pictures, after the epoch that was best on the validation pictures."""
    pictures: int
    """To learn from, in one epoch."""
    resolved: str
    """How it used the machine."""

    def notes(self) -> dict[str, str]:
        """What is worth a column."""
        return {"test accuracy": f"{self.accuracy:.3f}", "how": self.resolved}


def experiment(
    pictures: Path,
    weights: Path | None,
    *,
    freezing: Freezing,
    size: int,
    epochs: int,
    batch: int,
    strength: float = 0.0,
    precision: Precision = "auto",
    network: str = NETWORK,
) -> Experiment:
    """Plain SGD at a constant rate on pictures as they are; without weights, learning from scratch.

    "auto" leaves precision and memory format to the app, "fp32" asks for what every other side does.
    """
    training = Training(
        epochs=epochs,
        batch_size=batch,
        optimiser=SGD(learning_rate=0.01, momentum=0.9),
        schedule=Constant(),
        augmentation=NoAugmentation(),
        image_size=size,
        precision=precision,
        memory_format="auto" if precision == "auto" else "contiguous",
        device="cpu",
    )
    return Experiment(
        source=WeightsFile(path=str(weights), network=network) if weights else Scratch(network=network),
        target=Target(data=ImageFolder(path=str(pictures))),
        transfer=Transfer(freezing=freezing, strength=strength, beta=0.0),
        training=training,
    )


def load() -> None:
    """Load what a run loads on its way, before the clock starts: the other sides have loaded theirs, too."""
    import scipy.stats
    import timm  # noqa: F401

    from kt_gui.engine import backbones, evaluation, images, trainer  # noqa: F401
    from kt_gui.store import checkpoints  # noqa: F401

    assert scipy.stats.binomtest


def run(what: Experiment, home: Home) -> Told:
    """Run an experiment to its end."""
    load()
    began, learning, events = time.perf_counter(), Stopwatch(), []
    for event in session.run(what, StopToken(), home):
        learning.see(event)
        events.append(event)
    seconds = time.perf_counter() - began
    ended, started = events[-1], next(event for event in events if isinstance(event, PhaseStarted))
    assert isinstance(ended, RunEnded)
    assert ended.result.target_accuracy is not None
    return Told(
        seconds, learning.seconds, ended.result.target_accuracy, started.counts[0], _resolved(Path(ended.folder))
    )


class Stopwatch:
    """Times the learning of a run by its events."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._since: float | None = None
        self._waiting = 0.0

    def see(self, event: Event) -> None:
        """Count what went before an event, but for the saving of checkpoints; after the last epoch nothing counts."""
        now = time.perf_counter()
        if self._since is not None and not isinstance(event, CheckpointSaved):
            self._waiting += now - self._since
        if isinstance(event, EpochEnded):
            self.seconds += self._waiting
            self._waiting = 0.0
        if self._since is not None or isinstance(event, PhaseStarted):
            self._since = now


def _resolved(folder: Path) -> str:
    told = environment.read(folder).resolved["finetuning"]
    return f"{told['precision']}, {told['memory_format']}, threads: {told['threads']}"
