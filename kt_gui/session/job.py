"""A run at work: what all its steps share."""

import time
from collections.abc import Generator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kt_gui.schema.events import Event, Phase
from kt_gui.schema.experiment import Experiment, Training
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.session import resolving
from kt_gui.session.common import Common
from kt_gui.store import environment
from kt_gui.store.environment import Fold
from kt_gui.store.folders import Home
from kt_gui.store.history import History

if TYPE_CHECKING:
    from kt_gui.engine.backbones import Network
    from kt_gui.engine.devices import Resolved
    from kt_gui.engine.team import Team
    from kt_gui.store.checkpoints import Progress


@dataclass
class Job:
    """One run, from its first step or from where it was left."""

    experiment: Experiment
    folder: Path
    home: Home
    stop: StopToken
    history: History
    learns: bool = True
    """Whether it trains; where not, it ends with the best it has."""
    progress: "Progress | None" = None
    """Where training was left; None where no phase is to be gone on with."""
    before_s: float = 0.0
    """What the run had taken before it was left."""
    began: float = field(default_factory=time.monotonic)
    team: "Team | None" = None
    """Who learns along; None where nobody does."""
    fold: Fold | None = None
    """Set where the run only judges a setting of a study."""
    common: Common = field(default_factory=Common)
    """What it has in common with other folds."""

    @property
    def seconds(self) -> float:
        """What the run has taken, pauses included."""
        return self.before_s + time.monotonic() - self.began

    @property
    def is_ending(self) -> bool:
        """Whether the run is to end with what it has. Raises Stopped where it is to be thrown away."""
        if self.stop.verb == "discard":
            raise Stopped
        return self.stop.verb == "keep" or not self.learns

    def patience(self) -> StopToken:
        """Give a token for what is still done after a stop: it heeds only `discard`, between steps."""
        return StopToken() if self.is_ending else self.stop

    def resolve(self, phase: Phase, training: Training, network: "Network") -> Generator[Event, None, "Resolved"]:
        """Say how a phase uses the machine: as it did before, else chosen now and written down."""
        before = resolving.read_back(self.folder, phase)
        if before is not None:
            return before
        chosen = yield from resolving.resolve(training, network, self.home, self.patience())
        known = environment.read(self.folder)
        environment.save(
            self.folder, msgspec.structs.replace(known, resolved={**known.resolved, phase: asdict(chosen)})
        )
        return chosen
