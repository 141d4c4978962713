"""Which study tells whether the transfer of a run has helped: one of the same experiment, whatever its seeds."""

from collections.abc import Iterator
from pathlib import Path

from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.gains import GainKnown
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.schema.studies import Study
from kt_gui.schema.study_answers import GainVerdict
from kt_gui.store import runs, studies
from kt_gui.store.folders import Home
from kt_gui.store.studies import Studies, StudyRecord
from kt_gui.studies import planning


def known_gain(folder: Path, stop: StopToken, home: Home) -> Iterator[Event]:
    """Look for the newest finished gain study of what a run has done; `GainKnown` tells of it, or that there is none.

    A trial of a study is found by that study, too. Raises UserError where the run cannot be read; Stopped.
    """
    recipe = runs.recipe_of(runs.read_record(folder))
    for record in Studies(home).list():
        if stop.requested():
            raise Stopped
        verdict = record.verdict
        if record.state == "finished" and isinstance(verdict, GainVerdict) and verdict.gains and _is_of(record, recipe):
            yield GainKnown(run=str(folder), study=str(record.folder), name=record.name, verdict=verdict)
            return
    yield GainKnown(run=str(folder))


def _is_of(record: StudyRecord, recipe: str) -> bool:
    """Whether runs of this recipe are what a study asks about, as it was put or as its trials have run it."""
    try:
        asked = studies.read_study(record.folder)
        return recipe in (runs.recipe_for(asked.experiment), runs.recipe_for(_as_tried(asked)))
    except UserError:
        return False


def _as_tried(asked: Study) -> Experiment:
    """What the transfer of a study's trials is: without an early end."""
    transfer = next(trial for trial in planning.plan(asked, folds=2) if trial.arm == "transfer")
    return planning.experiment_of(asked, transfer)
