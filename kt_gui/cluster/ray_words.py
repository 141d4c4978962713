"""What the program and its driver of Ray say to each other, and what the driver tells a worker. Plain records."""

from dataclasses import dataclass
from pathlib import Path

from kt_gui.cluster.place import OnRay
from kt_gui.schema.events import Event
from kt_gui.schema.stop import StopToken, Verb
from kt_gui.session.crews import Over
from kt_gui.store.folders import Home


@dataclass(frozen=True)
class Order:
    """What the driver is started with."""

    on: OnRay
    study: Path
    home: Home
    threads: int
    """Of each run: as many as it would have here, for the last bits of its sums depend on that."""
    accelerated: bool
    """Whether runs may use an accelerator."""
    folder: Path
    """For the files of a cluster on this machine; whoever starts the driver removes it, for Ray writes to its last."""


@dataclass(frozen=True)
class Ready:
    """The driver has found its workers."""

    workers: int


@dataclass(frozen=True)
class Refused:
    """It cannot begin, or go on: a UserError in two sentences."""

    message: str
    remedy: str


@dataclass(frozen=True)
class Broken:
    """The driver has a bug; what Python says of it."""

    report: str


@dataclass(frozen=True)
class Begin:
    """Take on the run of a trial."""

    key: str
    run: Path


@dataclass(frozen=True)
class Heed:
    """How the study was asked to pause, to go on or to end."""

    paused: bool = False
    verb: Verb | None = None

    @classmethod
    def of(cls, stop: StopToken) -> "Heed":
        """What a token says now."""
        return cls(stop.paused, stop.verb)

    def tell(self, stop: StopToken) -> None:
        """Let another token say the same."""
        if self.verb is not None:
            stop.stop(self.verb)
        elif self.paused:
            stop.pause()
        else:
            stop.resume()


@dataclass(frozen=True)
class Told:
    """What the run of a trial tells."""

    key: str
    told: Event | Over


@dataclass(frozen=True)
class Seen:
    """What a machine of the cluster has of what a trial needs."""

    program: str
    torch: str
    sees_study: bool
