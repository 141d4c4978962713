"""Runs an experiment again as a new run, on the same data, in the same way, and says how far the two lie apart."""

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Literal

import msgspec

from kt_gui.schema.datasets import Catalogued, Dataset, ImageArchive, ImageFolder, ImageTable
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import EpochEnded, Event, Phase, Tested
from kt_gui.schema.experiment import EarlierRun, Experiment, Pretrain, WeightsFile
from kt_gui.schema.proofs import EpochDifference, Reproduced, TestDifference
from kt_gui.schema.stop import StopToken
from kt_gui.schema.summaries import describe_data
from kt_gui.schema.texts import tr
from kt_gui.session.opening import data_of, read_dealt
from kt_gui.session.pictures import fetch
from kt_gui.session.proving import NEWEST, REPRODUCTION
from kt_gui.session.running import begin
from kt_gui.store import environment, history, reports, runs
from kt_gui.store.corrections import IN_RUN
from kt_gui.store.environment import Environment
from kt_gui.store.files import write
from kt_gui.store.folders import Home
from kt_gui.store.runs import Runs

TAG = "reproduces {id}"
SHORT = 12
"""Letters of a hash that tell two versions of the program apart."""


def reproduce(folder: Path, stop: StopToken, home: Home) -> Generator[Event, None, None]:
    """Run a run's experiment again, as a new run; yields its events, and `Reproduced` last where it came to its end.

    Device, precision, memory format and threads are the first run's, and nothing is measured anew.

    Raises UserError, before anything begins, where the first run has not ended, or where what it was made from has
    gone or is another by now; as `run` besides, and Stopped.
    """
    experiment = runs.read_experiment(folder)
    _check(folder, experiment, home)
    yield from _check_pictures(folder, home, stop)
    again = _prepare(folder, experiment, home)
    yield from begin(again, stop, home)
    if runs.is_run(again) and runs.read_file(again).state == "finished":
        found = compare(folder, again)
        reports.keep(folder, REPRODUCTION, NEWEST, found)
        yield found


def _check(folder: Path, experiment: Experiment, home: Home) -> None:
    """Raise UserError where it is plain that the run cannot be run again."""
    if runs.read_file(folder).state not in ("finished", "stopped"):
        raise UserError(
            tr("The run has not come to its end ({folder}).", folder=str(folder)),
            tr("Resume it first; what has not ended cannot be compared."),
        )
    _check_data(experiment.target.data)
    match experiment.source:
        case Pretrain(data=data):
            _check_data(data)
        case EarlierRun(run=run, checkpoint=checkpoint):
            _check_earlier(run, checkpoint, home)
        case WeightsFile(path=path) if not Path(path).expanduser().is_file():
            raise _gone(path)
        case _:
            pass


def _check_data(data: Dataset) -> None:
    match data:
        case ImageFolder(path=path) | ImageArchive(path=path) | ImageTable(path=path):
            place = path
        case Catalogued(folder=folder) if folder is not None:
            place = folder
        case _:
            return
    if not Path(place).expanduser().exists():
        raise UserError(
            tr("The pictures of {data} have gone ({path}).", data=describe_data(data), path=place),
            tr("Put them back where they were; then the run can be run again."),
        )


def _check_pictures(folder: Path, home: Home, stop: StopToken) -> Generator[Event, None, None]:
    """Read the pictures that a run began with. Raises UserError where they are others by now, Stopped."""
    experiment = runs.read_experiment(folder)
    for role in environment.recorded(folder).data:
        yield from fetch(data_of(experiment, role), home, stop)
        yield from read_dealt(folder, role, home, stop)


def _check_earlier(run: str, checkpoint: Literal["best", "last", "source"], home: Home) -> None:
    from kt_gui.store.checkpoints import look_up

    try:
        look_up(Runs(home).find(run).folder, checkpoint)
    except UserError as error:
        raise UserError(
            tr("The earlier run that this one started from has gone: {problem}", problem=error.message),
            tr("Put its folder back among the runs; or start a new run from this run's own source checkpoint."),
        ) from error


def _gone(path: str) -> UserError:
    return UserError(
        tr("The weights that the run started from have gone ({path}).", path=path),
        tr("Put the file back where it was; then the run can be run again."),
    )


def _prepare(folder: Path, experiment: Experiment, home: Home) -> Path:
    """Make the new run's folder, in which stands how the first used the machine, and which data it had."""
    first = environment.recorded(folder)
    again = Runs(home).create(experiment)
    here = environment.around_here()
    environment.save(again, msgspec.structs.replace(here, resolved=first.resolved, data=first.data))
    if (folder / IN_RUN).is_file():
        write(again / IN_RUN, (folder / IN_RUN).read_bytes())
    runs.change(again, tags=(TAG.format(id=runs.read_file(folder).id),))
    return again


# --- the difference --------------------------------------------------------------------------------------------------


def compare(folder: Path, again: Path) -> Reproduced:
    """Say how far a run lies from the one that it reproduces. Raises UserError where weights are damaged."""
    first, second = _Told(folder), _Told(again)
    both = [key for key in first.epochs if key in second.epochs]
    return Reproduced(
        run=str(folder),
        again=str(again),
        id=runs.read_file(again).id,
        epochs=tuple(_epoch(first.epochs[key], second.epochs[key]) for key in both),
        missing=len(first.epochs.keys() ^ second.epochs.keys()),
        tests=tuple(
            TestDifference(phase=phase, before=first.tests[phase], after=second.tests[phase])
            for phase in first.tests
            if phase in second.tests
        ),
        weights=_weights(folder, again),
        versions=tuple(_versions(environment.recorded(folder), environment.recorded(again))),
    )


class _Told:
    """What a run's history says of its epochs and its tests."""

    def __init__(self, folder: Path) -> None:
        self.epochs: dict[tuple[Phase, int], EpochEnded] = {}
        self.tests: dict[Phase, float] = {}
        for event in history.read(folder):
            match event:
                case EpochEnded(phase=phase, epoch=epoch):
                    self.epochs[phase, epoch] = event
                case Tested(phase=phase, accuracy=accuracy):
                    self.tests[phase] = accuracy
                case _:
                    pass


def _epoch(first: EpochEnded, second: EpochEnded) -> EpochDifference:
    losses = [
        _apart(first.train_loss, second.train_loss),
        _apart(first.validation_loss, second.validation_loss),
    ]
    known = [loss for loss in losses if loss is not None]
    return EpochDifference(
        phase=first.phase,
        epoch=first.epoch,
        loss=max(known) if len(known) == len(losses) else None,
        accuracy=max(
            abs(first.train_accuracy - second.train_accuracy),
            abs(first.validation_accuracy - second.validation_accuracy),
        ),
    )


def _apart(first: float | None, second: float | None) -> float | None:
    """Two losses that both ran away do not differ."""
    if first is None and second is None:
        return 0.0
    return None if first is None or second is None else abs(first - second)


def _weights(folder: Path, again: Path) -> float | None:
    from kt_gui.engine.fingerprints import largest_difference
    from kt_gui.store import checkpoints

    (about, first), (other, second) = (checkpoints.load_weights(each, "best") for each in (folder, again))
    return largest_difference(first, second) if about == other else None


def _versions(first: Environment, second: Environment) -> Iterator[tuple[str, str, str]]:
    """What differs of what computes; of what an older run did not note nothing is said."""
    for name, then in first.versions.items():
        now = second.versions.get(name, "")
        if then != now:
            yield name, then, now
    if first.code and first.code != second.code:
        yield "code", first.code[:SHORT], second.code[:SHORT]
    if first.system != second.system:
        yield "system", first.system, second.system
