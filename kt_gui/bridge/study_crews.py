"""Who does the trials of a study, as a person wants it: this program, or Ray. And how far each trial at work is."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from kt_gui.cluster.place import OnRay, absence
from kt_gui.schema.events import EpochEnded, Event, FeaturesKept, PhaseStarted, Progressed
from kt_gui.schema.studies import Arm, Trial


@dataclass
class AtWork:
    """A trial that runs."""

    trial: Trial
    phase: PhaseStarted | None = None
    epoch: int = 0
    """How many of the phase have ended."""
    clock: tuple[tuple[float, float], ...] = ()
    """Seconds and validation accuracy at the end of each epoch of fine-tuning, features of frozen blocks included."""
    looking: float = 0.0
    """When it began to compute such features, in seconds since 1970; 0 where it does not."""
    looked: float = 0.0
    """Seconds that they have taken since the last epoch, or when those were computed that lay there."""

    @property
    def live(self) -> tuple[Arm, tuple[tuple[float, float], ...]] | None:
        """Its arm and its clock; None where it has none, or no epoch has ended."""
        return (self.trial.arm, self.clock) if self.trial.arm is not None and self.clock else None

    @property
    def share(self) -> float:
        """How much of it is done, from 0 to 1, by its epochs."""
        return min(self.epoch / max(self.phase.epochs, 1), 1.0) if self.phase is not None else 0.0

    def take(self, event: Event) -> None:
        """Take in what its run tells."""
        match event:
            case PhaseStarted():
                self.phase, self.epoch = event, 0
            case Progressed(activity="features", done=0, at=at):
                self.looking = at
            case FeaturesKept(at=at, earlier_s=earlier):
                now = max(0.0, at - self.looking) if self.looking else 0.0
                self.looked, self.looking = now + earlier, 0.0
            case EpochEnded(epoch=epoch):
                self.epoch = epoch + 1
                self._time(event)
            case _:
                pass

    def _time(self, event: EpochEnded) -> None:
        """Take note of when an epoch has ended, unless earlier ones were told at another time."""
        if event.phase == "finetuning" and event.epoch <= len(self.clock):
            known = self.clock[: event.epoch]
            time = (known[-1][0] if known else 0.0) + self.looked + event.seconds
            self.clock, self.looked = (*known, (time, event.validation_accuracy)), 0.0


def done_by(work: Callable[..., Iterator[Event]], on: OnRay | None) -> Callable[..., Iterator[Event]]:
    """Let a study's trials be done where a person wants them."""
    if on is None:
        return work
    from kt_gui.cluster.ray_crew import on_ray  # here: it starts processes, and few ask for it

    return partial(work, engage=on_ray(on))


def usual_address() -> str:
    """The cluster that the environment names, as for all programs of Ray; empty where it names none."""
    return os.environ.get("RAY_ADDRESS", "")


def hindrance() -> str:
    """Say why nothing can run on Ray, and what to do; empty where it can."""
    return str(absence() or "")
