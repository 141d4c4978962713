"""All that a card or a report tells of a run, gathered once."""

from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Checkpoint, Evaluated
from kt_gui.schema.events import EpochEnded, Event, Phase, PhaseStarted
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.stop import StopToken
from kt_gui.session.evaluating import evaluate
from kt_gui.store import contents, environment, history, runs
from kt_gui.store.environment import Environment
from kt_gui.store.folders import Home
from kt_gui.store.runs import RunRecord

if TYPE_CHECKING:
    from kt_gui.store.checkpoints import About


@dataclass(frozen=True)
class Story:
    """One run, with an eye on one of its checkpoints."""

    folder: Path
    checkpoint: Checkpoint
    record: RunRecord
    experiment: Experiment
    surroundings: Environment
    about: "About"
    weights: str
    """Hash of the checkpoint's weights."""
    started: dict[Phase, PhaseStarted] = field(default_factory=dict)
    epochs: dict[Phase, list[EpochEnded]] = field(default_factory=dict)
    evaluated: Evaluated | None = None
    """None where the pictures have gone and were never judged, or nobody asked."""

    @property
    def is_learnt_here(self) -> bool:
        """Whether the checkpoint came out of this run's last phase, and is no source of it."""
        return self.checkpoint != "source"


def tell(
    folder: Path, checkpoint: Checkpoint, home: Home, stop: StopToken, *, is_short: bool = False
) -> Generator[Event, None, Story]:
    """Gather what is known; where it is to be short, nothing is judged anew. Raises UserError, Stopped."""
    from kt_gui.store import checkpoints

    story = Story(
        folder=folder,
        checkpoint=checkpoint,
        record=runs.read_record(folder),
        experiment=runs.read_experiment(folder),
        surroundings=environment.read(folder),
        about=checkpoints.load_weights(folder, checkpoint)[0],
        weights=contents.sum_of(folder, checkpoint),
        evaluated=None if is_short else (yield from _judged(folder, checkpoint, home, stop)),
    )
    for event in history.read(folder):
        match event:
            case PhaseStarted():
                story.started[event.phase] = event
                story.epochs[event.phase] = []
            case EpochEnded():
                story.epochs.setdefault(event.phase, []).append(event)
            case _:
                pass
    return story


def _judged(
    folder: Path, checkpoint: Checkpoint, home: Home, stop: StopToken
) -> Generator[Event, None, Evaluated | None]:
    """Ask for the verdict; None where the run's pictures have gone."""
    found: Evaluated | None = None
    try:
        for event in evaluate(folder, None, checkpoint, stop, home):
            if isinstance(event, Evaluated):
                found = event
            else:
                yield event
    except UserError:
        return None
    return found
