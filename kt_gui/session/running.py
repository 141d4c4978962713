"""A run from its first step to its last, begun or gone on with: `recorded(... checkpointed(trainer.train(...)))`."""

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kt_gui.schema.errors import Diverged, UserError
from kt_gui.schema.events import Ended, Event, Noticed, Result, RunEnded, RunStarted
from kt_gui.schema.experiment import EarlierRun, Experiment, Pretrain, Scratch, WeightsFile, Zoo
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.schema.texts import Message, mark, tr
from kt_gui.session import phases, pictures, sources
from kt_gui.session.common import Common
from kt_gui.session.job import Job
from kt_gui.session.phases import Learnt
from kt_gui.session.pictures import Dealt
from kt_gui.session.recording import recorded
from kt_gui.session.sources import Source
from kt_gui.store import environment, runs
from kt_gui.store import history as histories
from kt_gui.store.folders import Home
from kt_gui.store.history import History
from kt_gui.store.runs import Runs

if TYPE_CHECKING:
    from kt_gui.engine.team import Team


def run(
    experiment: Experiment, stop: StopToken, home: Home, team: "Team | None" = None
) -> Generator[Event, None, None]:
    """Do all that an experiment says; the last event is `RunEnded`. A team learns along (`join`).

    Raises UserError for what a person can mend; the run's folder is kept and says why.
    """
    yield from begin(Runs(home).create(experiment), stop, home, team)


def begin(
    run_folder: Path, stop: StopToken, home: Home, team: "Team | None" = None, common: Common | None = None
) -> Generator[Event, None, None]:
    """Do all that the experiment in the folder of a new run says; as `run`. Folds have something in common."""
    yield from _watched(run_folder, stop, home, resumed=False, team=team, common=common)


def resume(
    run_folder: Path, stop: StopToken, home: Home, team: "Team | None" = None, common: Common | None = None
) -> Generator[Event, None, None]:
    """Go on with a run that was interrupted, stopped or has failed, to the same end as if it never had been; in a team
    of any size, whichever it was begun in.

    Raises UserError where it has ended, is at work elsewhere, or its data is another than it was.
    """
    if runs.read_file(run_folder).state == "finished":
        raise UserError(
            tr("The run has been finished already ({folder}).", folder=str(run_folder)),
            tr("Start a new run with its experiment.toml."),
        )
    yield from _watched(run_folder, stop, home, resumed=True, team=team, common=common)


def keep_best(run_folder: Path, stop: StopToken, home: Home) -> Generator[Event, None, None]:
    """End an interrupted run with the best it has: no more training, the test, `RunEnded`. Raises as `resume`."""
    yield from _watched(run_folder, stop, home, resumed=True, learns=False)


def discard(run_folder: Path) -> None:
    """Remove a run for good. Raises UserError while it is at work."""
    with runs.working_on(run_folder):
        pass  # held no longer when it is removed: some systems keep what is open
    runs.remove(run_folder)


@dataclass
class _Outcome:
    """What is known when a run ends, however it ends."""

    source: Source | None = None
    learnt: Learnt | None = None


def _watched(
    folder: Path,
    stop: StopToken,
    home: Home,
    *,
    resumed: bool,
    learns: bool = True,
    team: "Team | None" = None,
    common: Common | None = None,
) -> Generator[Event, None, None]:
    """Hold the run, write its history, and note in its folder how it ended."""
    try:
        with runs.working_on(folder), _noting_failure(folder):
            told = runs.change(folder, state="running", process=runs.this_process(), reason="", has_diverged=False)
            job, notices = _prepared(folder, stop, home, learns=learns) if resumed else (_fresh(folder, stop, home), [])
            job.team, job.fold, job.common = team, environment.read(folder).fold, common or job.common
            started = RunStarted(run=told.id, name=told.name, folder=str(folder), resumed=resumed)
            with closing(job.history):
                yield from recorded(_conducted(job, started, notices), job.history)
    except Stopped:
        runs.remove(folder)
        yield _ended(folder, told.id, "cancelled", Result(None, None, None, None, 0, 0, job.seconds))


@contextmanager
def _noting_failure(folder: Path) -> Iterator[None]:
    """Write down why a run did not come to its end; where even that is refused, it counts as interrupted."""
    try:
        yield
    except (GeneratorExit, KeyboardInterrupt):
        with suppress(UserError):
            if runs.read_file(folder).state == "running":
                runs.change(folder, state="interrupted", process=None)
        raise
    except Stopped:
        raise
    except UserError as error:
        _note(folder, str(error), has_diverged=isinstance(error, Diverged))
        raise
    except Exception as error:
        _note(folder, f"{type(error).__name__}: {error}")
        raise


def _note(folder: Path, reason: str, *, has_diverged: bool = False) -> None:
    with suppress(UserError):
        runs.change(folder, state="failed", process=None, reason=reason, has_diverged=has_diverged)


def _fresh(folder: Path, stop: StopToken, home: Home) -> Job:
    return Job(runs.read_experiment(folder), folder, home, stop, History(folder))


def _prepared(folder: Path, stop: StopToken, home: Home, *, learns: bool) -> tuple[Job, list[Noticed]]:
    """Go back to the last checkpoint; where it is damaged, to the beginning of its phase."""
    from kt_gui.store import checkpoints

    notices = []
    try:
        progress, length = checkpoints.load_progress(folder), checkpoints.read_contents(folder).history
        checkpoints.check_source(folder)
    except UserError as error:
        if not learns:
            raise
        progress, length = None, histories.begin_of("finetuning", folder) if checkpoints.begin_anew(folder) else 0
        notices.append(_anew(error))
    contents = checkpoints.read_contents(folder)
    if "source" in contents.weights and progress is not None and progress.about.phase == "pretraining":
        progress = None
    histories.cut(folder, length)
    job = Job(runs.read_experiment(folder), folder, home, stop, History(folder), learns, progress, contents.seconds)
    return job, notices


def _anew(error: UserError) -> Noticed:
    return Noticed(
        level="warning",
        message=Message(mark("{problem} The phase begins anew, to the same end."), {"problem": error.message}),
    )


def _conducted(job: Job, started: RunStarted, notices: list[Noticed]) -> Generator[Event, None, None]:
    """Take the steps; a run that is stopped ends with what it has. Raises Stopped where it is to be thrown away."""
    yield started
    yield from notices
    outcome = _Outcome()
    with suppress(Stopped):
        yield from _steps(job, outcome)
    ended: Ended = "stopped" if job.is_ending else "finished"
    found = phases.result(job, outcome.source, outcome.learnt)
    runs.change(job.folder, state=ended, process=None, seconds=found.seconds, result=found)
    yield _ended(job.folder, started.run, ended, found)


def _ended(folder: Path, run: str, ended: Ended, result: Result) -> RunEnded:
    return RunEnded(ended=ended, run=run, folder=str(folder), stopped=ended != "finished", result=result)


def _steps(job: Job, outcome: _Outcome) -> Generator[Event, None, None]:
    """Read, pretrain, carry over, test."""
    experiment = job.experiment
    outcome.source = sources.kept(job)
    source_data = None
    if isinstance(experiment.source, Pretrain) and outcome.source is None:
        what = experiment.source
        source_data = yield from pictures.read_for(job, "source", what.data, what.split, what.per_class)
    target = experiment.target
    data = yield from pictures.read_for(job, "target", target.data, target.split, target.per_class)
    if source_data is not None:
        yield from pictures.notice_overlap(source_data, data)
    if outcome.source is None and not isinstance(experiment.source, Scratch):
        yield from _obtain(job, source_data, data, outcome)
    if job.is_ending and job.learns:
        return
    yield from _carry_over(job, data, outcome)


def _obtain(job: Job, data: Dealt | None, target: Dealt, outcome: _Outcome) -> Generator[Event, None, None]:
    """Get the source and keep it in the run's folder. From there it is read, as it is when the run is resumed.

    A fold of a study gets it from the fold before it, and keeps only what it has learnt itself.
    """
    if job.fold is not None:
        outcome.source = sources.lend(job)
        if outcome.source is not None:
            return
    match job.experiment.source:
        case Pretrain() as what:
            assert data is not None
            outcome.learnt = learnt = yield from phases.pretrain(job, what, data)
            if job.is_ending:
                return
            found = Source(learnt.network, learnt.tested.accuracy if learnt.tested else None)
        case Zoo() as what:
            found = yield from sources.from_zoo(job, what)
        case EarlierRun() as what:
            found = sources.from_run(job, what)
        case WeightsFile() as what:
            found = sources.from_file(job, what, target.collection)
        case Scratch():
            return
    if job.fold is not None and not isinstance(job.experiment.source, Pretrain):
        outcome.source = sources.lay_by(job, found)
        return
    yield sources.keep(job, found)
    outcome.source = sources.kept(job)


def _carry_over(job: Job, data: Dealt, outcome: _Outcome) -> Generator[Event, None, None]:
    experiment = job.experiment
    if isinstance(experiment.source, Scratch):
        if experiment.transfer.strength > 0:
            yield _no_source()
        outcome.learnt = yield from phases.learn_alone(job, experiment.source.network, data)
    elif outcome.source is not None:
        outcome.learnt = yield from phases.finetune(job, outcome.source, data)


def _no_source() -> Noticed:
    return Noticed(
        level="information",
        message=Message(mark("From scratch there is no source: λ, β and the freezing strategy are left aside.")),
    )
