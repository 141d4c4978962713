"""Reads what a run that is over has told, and says what went wrong with it. Torch-free: nothing is computed anew."""

from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

import numpy as np

from kt_gui.schema.columns import unpack
from kt_gui.schema.diagnoses import Diagnosed
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event, PhaseStarted
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.stop import StopToken
from kt_gui.schema.study_answers import LadderVerdict
from kt_gui.schema.suspicions import Suspected
from kt_gui.schema.texts import tr
from kt_gui.session.suspecting import known_suspects
from kt_gui.store import history, runs, studies
from kt_gui.store.folders import Home
from kt_gui.store.studies import Studies
from kt_gui.studies.course import Course, Doubts
from kt_gui.studies.diagnosis import diagnose as judge

CLEAR, UNLIKE = 0.5, 0.2
"""What the suggested class must have, and its own may have at most, where a picture looks clearly like another one."""


def diagnose(folder: Path, _stop: StopToken, home: Home) -> Generator[Event, None, None]:
    """Say what the curves of a run tell; ends with `Diagnosed`. Raises UserError, also while the run goes on."""
    record = runs.read_record(folder)
    if record.state == "running":
        raise UserError(tr("The run is not over yet ({folder}).", folder=str(folder)), tr("Wait until it ends."))
    yield Diagnosed(run=str(folder), diagnosis=judge(_course(folder, home)))


def _course(folder: Path, home: Home) -> Course:
    experiment = runs.read_experiment(folder)
    begun = [event for event in history.read(folder) if isinstance(event, PhaseStarted)]
    last = begun[-1] if begun else None
    phase = last.phase if last is not None else "finetuning"
    return Course(
        experiment=experiment,
        epochs=history.read_epochs(folder, phase),
        classes=len(last.classes) if last is not None else 0,
        blocks=[block.name for block in last.blocks] if last is not None else [],
        steps_per_epoch=last.steps_per_epoch if last is not None else 0,
        judges=last.counts[1] if last is not None else 0,
        phase=phase,
        has_run_away=runs.read_file(folder).has_diverged,
        doubts=_doubts(folder, home),
        ladder=_ladder(experiment, home),
    )


def _doubts(folder: Path, home: Home) -> Doubts | None:
    """What is known of its labels; nothing where a run has not come so far that they could be judged."""
    with suppress(UserError):
        found = known_suspects(folder, home)
        return _counted(found) if found is not None else None
    return None


def _counted(found: Suspected) -> Doubts:
    own, other = unpack(found.probabilities).T
    return Doubts(
        labels=int(np.count_nonzero(unpack(found.issues))),
        judged=len(found.names),
        against=int(np.count_nonzero(other > own)),
        firm=int(np.count_nonzero((other > CLEAR) & (own < UNLIKE))),
    )


def _ladder(experiment: Experiment, home: Home) -> LadderVerdict | None:
    """The newest ladder of the same source and target."""
    for record in Studies(home).list():
        if isinstance(record.verdict, LadderVerdict) and _is_of(record.folder, experiment):
            return record.verdict
    return None


def _is_of(folder: Path, experiment: Experiment) -> bool:
    asked = studies.read_study(folder).experiment
    return (asked.source, asked.target) == (experiment.source, experiment.target)
