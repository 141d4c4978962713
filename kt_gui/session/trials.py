"""One trial of a study: a real run in the study's folder, and what is read from it."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

import msgspec

from kt_gui.schema.changes import Forgotten, Recalled
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event, PhaseStarted, Progressed, Result, Tested
from kt_gui.schema.experiment import EarlierRun, Experiment, Pretrain, Scratch
from kt_gui.schema.remembering import Recall
from kt_gui.schema.stop import StopToken
from kt_gui.schema.studies import Numbers, Question, TransferGain, Trial
from kt_gui.schema.texts import tr
from kt_gui.session import pictures, recalling, running
from kt_gui.session.common import Common
from kt_gui.session.folds import Folds
from kt_gui.session.outline import outline
from kt_gui.store import environment, history, runs
from kt_gui.store.contents import read_contents
from kt_gui.store.environment import Fold
from kt_gui.store.folders import Home
from kt_gui.store.studies import runs_of

TAG = "study {id}"


@dataclass
class Sources:
    """Which runs of a study have pretrained which source already: each is learnt once a seed."""

    known: list[tuple[Experiment, Path]] = field(default_factory=list)

    def remember(self, run: Path) -> None:
        """Take note of a run that keeps a source of its own."""
        if self.holds(run):
            return
        experiment = runs.read_experiment(run)
        if isinstance(experiment.source, Pretrain) and "source" in read_contents(run).weights:
            self.known.append((experiment, run))

    def spare(self, experiment: Experiment) -> Experiment:
        """Start from what was pretrained already, where it was."""
        for other, run in self.known:
            if (other.source, other.seed) == (experiment.source, experiment.seed):
                return msgspec.structs.replace(experiment, source=EarlierRun(run=str(run), checkpoint="source"))
        return experiment

    def is_awaited(self, experiment: Experiment, learning: Iterable[Path]) -> bool:
        """Whether one of these runs at work is learning what this experiment could start from."""
        if not isinstance(experiment.source, Pretrain) or self.spare(experiment) != experiment:
            return False
        others = (runs.read_experiment(run) for run in learning)
        return any((other.source, other.seed) == (experiment.source, experiment.seed) for other in others)

    def holds(self, run: Path) -> bool:
        """Whether others may start from this run."""
        return any(run == other for _, other in self.known)


def create(study: Path, experiment: Experiment, trial: Trial, folds: Folds | None, home: Home) -> Path:
    """Make the run of a trial. Raises UserError."""
    run = runs_of(study, home).create(experiment)
    if folds is not None:
        pictures.prescribe(run, "target", experiment.target.data, folds.of(trial), home)
        if trial.role == "cell":
            environment.save(run, msgspec.structs.replace(environment.read(run), fold=Fold()))
    tags = (TAG.format(id=study.name.rpartition("-")[2]), trial.row)
    runs.change(run, tags=tags)
    return run


def like_for_like(
    base: Experiment, experiment: Experiment, stop: StopToken, home: Home
) -> Generator[Event, None, Experiment]:
    """Let a network that learns from scratch be the one that transfer has, and see pictures as that does."""
    if not isinstance(experiment.source, Scratch):
        return experiment
    found = yield from outline(base, home, stop)
    training = msgspec.structs.replace(experiment.training, image_size=found.size)
    return msgspec.structs.replace(experiment, source=Scratch(network=found.name), training=training)


def work(run: Path, stop: StopToken, home: Home, common: Common | None = None) -> Generator[Event, None, None]:
    """Bring a run to its end, from its beginning or from where it was left. Raises UserError."""
    do = running.resume if (run / history.FILE).is_file() else running.begin
    yield from do(run, stop, home, common=common)


def is_finished(run: Path) -> bool:
    """Whether a run has come to its end."""
    return runs.is_run(run) and runs.read_file(run).state == "finished"


def numbers(run: Path) -> Numbers:
    """Read what a run has found out. Raises UserError."""
    told = runs.read_file(run)
    epochs, features = history.read_epochs(run, "finetuning"), history.read_features(run, "finetuning")
    begun = next((each for each in history.read_back(run) if _begins(each)), None)
    tested = next((each for each in history.read_back(run) if _tests(each)), None)
    found = told.result or Result(None, None, None, None, 0, 0, told.seconds)
    low, high = found.target_interval or (None, None)
    return Numbers(
        pictures=begun.counts[0] if isinstance(begun, PhaseStarted) else 0,
        losses=tuple(epoch.validation_loss for epoch in epochs),
        accuracies=tuple(epoch.validation_accuracy for epoch in epochs),
        accuracy=tested.accuracy if isinstance(tested, Tested) else None,
        low=low,
        high=high,
        steps_per_epoch=begun.steps_per_epoch if isinstance(begun, PhaseStarted) else 0,
        seconds=told.seconds,
        seconds_per_epoch=sum(epoch.seconds for epoch in epochs) / len(epochs) if epochs else None,
        times=tuple(accumulate(epoch.seconds + features.get(epoch.epoch, 0.0) for epoch in epochs)),
        source_seconds=_source_seconds(run),
        memory=max((epoch.memory for epoch in epochs), default=0),
        trainable=found.trainable_parameters,
        total=found.total_parameters,
    )


def _begins(event: Event) -> bool:
    return isinstance(event, PhaseStarted) and event.phase == "finetuning"


def _tests(event: Event) -> bool:
    return isinstance(event, Tested) and event.phase == "finetuning"


def _source_seconds(run: Path) -> float | None:
    """Add up the epochs in which the source was learnt, here or in the run that has spared this one its learning."""
    epochs = history.read_epochs(run, "pretraining")
    if epochs:
        return sum(epoch.seconds for epoch in epochs)
    source = runs.read_experiment(run).source
    if isinstance(source, EarlierRun) and source.checkpoint == "source" and runs.is_run(Path(source.run)):
        return _source_seconds(Path(source.run))
    return None


def found(run: Path, question: Question, trial: Trial, stop: StopToken, home: Home) -> Generator[Event, None, Numbers]:
    """Read what a run has found out; of one that has carried a source to its end, also what it knows of that, if asked.

    Raises UserError, Stopped.
    """
    known = numbers(run)
    is_asked = isinstance(question, TransferGain) and question.forgetting and trial.arm == "transfer"
    if not is_asked or not is_finished(run):
        return known
    return msgspec.structs.replace(known, recall=(yield from _recall(run, stop, home)))


def _recall(run: Path, stop: StopToken, home: Home) -> Generator[Event, None, Recall]:
    """Test what the best epoch of a run still knows of the source; or say why that cannot be done."""
    points: tuple[Recalled, ...] = ()
    try:
        for event in recalling.forgetting(run, stop, home):
            if isinstance(event, Progressed):
                yield event
            elif isinstance(event, Forgotten):
                points = event.points
    except UserError as error:
        return Recall(reason=error.message)
    known = {point.checkpoint: point.accuracy for point in points}
    if "source" not in known or "best" not in known:
        return Recall(reason=tr("A checkpoint of the run is missing or damaged."))
    return Recall(before=known["source"], after=known["best"])
