"""The folds of a search: a run's pictures to learn from, dealt out to judge in turns; its test is not looked at."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kt_gui.schema.events import Event
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.stop import StopToken
from kt_gui.schema.studies import Folded, Study, Trial
from kt_gui.session import pictures
from kt_gui.session.phases import build_task, plan_finetuning
from kt_gui.session.pictures import Dealt
from kt_gui.session.resolving import resolve
from kt_gui.session.sources import at_size, restore
from kt_gui.store.folders import Home
from kt_gui.studies.lambda_search import fold_count

if TYPE_CHECKING:
    from kt_gui.engine.linear_probes import Probe
    from kt_gui.engine.splitting import Indexes


@dataclass(frozen=True)
class Folds:
    """A data set as the experiment deals it out, and its pictures to learn from in parts."""

    dealt: Dealt
    parts: "Sequence[Indexes]"
    """Indexes into the collection; together the pictures to learn from."""
    digest: str

    @property
    def pictures(self) -> int:
        """How many pictures the folds are made of."""
        return len(self.dealt.splits.train)

    def of(self, trial: Trial) -> Dealt:
        """Deal out for a trial: a fold judges and the others learn; the refit learns from all, and is tested."""
        if trial.role == "refit":
            return self.dealt
        import numpy as np

        judges, splits = self.parts[trial.fold or 0], self.dealt.splits
        learns = np.setdiff1d(splits.train, judges)
        unused = np.concatenate([splits.unused, splits.validation, splits.test])
        return Dealt(
            self.dealt.collection,
            replace(splits, train=learns, validation=judges, test=splits.test[:0], unused=np.sort(unused)),
        )


def fold(study: Study, question: Folded, stop: StopToken, home: Home) -> Generator[Event, None, Folds]:
    """Read a study's target and deal it out. Raises UserError, Stopped."""
    from kt_gui.engine import folding, loading

    experiment, target = study.experiment, study.experiment.target
    yield from pictures.fetch(target.data, home, stop)
    collection = yield from pictures.read(target.data, home, stop)
    dealt = Dealt(collection, loading.deal(collection, target.split, target.per_class, experiment.seed))
    pictures.require_learnable(dealt, target.split)
    splits = dealt.splits
    count = fold_count(question.folds, folding.rarest(collection, splits.train, target.split))
    parts = folding.fold(collection, splits.train, target.split, count, experiment.seed)
    return Folds(dealt, parts, loading.digest(collection))


def solve(
    experiment: Experiment, source: Path, folds: Folds, strengths: Sequence[float], stop: StopToken, home: Home
) -> "Generator[Event, None, list[Probe] | None]":
    """Find the heads of all strengths and folds at once, on the source that lies in a run's folder; None where heads
    must be trained. Raises UserError, Stopped.
    """
    from kt_gui.engine import backbones, devices, head_search

    network, classes = (
        at_size(restore(source, "source"), experiment.training.image_size),
        folds.dealt.collection.classes,
    )
    if not experiment.transfer.keep_head:
        network = backbones.with_head(network, classes, experiment.seed)
    resolved = yield from resolve(experiment.training, network, home, stop)
    task = yield from build_task(plan_finetuning(experiment), network, folds.dealt, resolved, stop, home)
    places = {index: place for place, index in enumerate(folds.dealt.splits.train.tolist())}
    turns = [head_search.Turn(*_placed(folds, number, places)) for number in range(len(folds.parts))]
    try:
        return (yield from head_search.search(task, turns, strengths, stop))
    finally:
        devices.let_go()


def _placed(folds: Folds, number: int, places: dict[int, int]) -> "tuple[Indexes, Indexes]":
    """Which places of the pictures to learn from learn, and which judge."""
    import numpy as np

    judges = np.array([places[index] for index in folds.parts[number].tolist()], dtype=np.int64)
    return np.setdiff1d(np.arange(len(places)), judges), judges
