"""Looks for a learning rate: tries rising ones on a copy of what a phase starts from. Nothing of it is kept."""

import time
from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from kt_gui.schema.events import Event, Progressed
from kt_gui.schema.experiment import EarlierRun, Experiment, Pretrain, Scratch, WeightsFile, Zoo
from kt_gui.schema.rates import STEPS, RateFound, RateTried, Weights
from kt_gui.schema.stop import StopToken
from kt_gui.session import resolving, sources
from kt_gui.session.candidates import experiment_of, has_checkpoint
from kt_gui.session.outline import outline, outline_source
from kt_gui.session.phases import Plan, build_task, plan_finetuning, plan_pretraining, with_right_head
from kt_gui.session.pictures import Dealt
from kt_gui.session.rehearsal import dealt
from kt_gui.store.folders import Home
from kt_gui.store.runs import Runs
from kt_gui.studies import rate_reading

if TYPE_CHECKING:
    from kt_gui.engine.backbones import Network


def find_rate(
    experiment: Experiment, stop: StopToken, home: Home, *, is_source: bool = False
) -> Generator[Event, None, None]:
    """Try rising learning rates for the fine-tuning, or for the pretraining of its source; ends with `RateFound`.

    A source that is pretrained in the run itself is taken from an earlier run with the very same one; where there is
    none, random weights stand in for it, and the answer says so.

    Raises UserError, Stopped.
    """
    begun = time.monotonic()
    if is_source and isinstance(experiment.source, Pretrain):
        plan = plan_pretraining(experiment, experiment.source.training)
        weights: Weights = "start"
        network, data = yield from _begin_source(experiment, experiment.source, stop, home)
    else:
        plan = plan_finetuning(experiment)
        network, data, weights = yield from _begin_target(experiment, stop, home)
    tried = yield from _try(plan, network, data, stop, home)
    yield _found(plan, tried, weights, time.monotonic() - begun)


def _begin_source(
    experiment: Experiment, source: Pretrain, stop: StopToken, home: Home
) -> Generator[Event, None, tuple["Network", Dealt]]:
    from kt_gui.engine import backbones

    found = yield from outline_source(source, home, stop)
    data = yield from dealt(source, experiment.seed, home, stop)
    return backbones.create(found.name, data.collection.classes, found.size, experiment.seed), data


def _begin_target(
    experiment: Experiment, stop: StopToken, home: Home
) -> Generator[Event, None, tuple["Network", Dealt, Weights]]:
    from kt_gui.engine import backbones

    data = yield from dealt(experiment.target, experiment.seed, home, stop)
    source = yield from _load_source(experiment, data, stop, home)
    if source is not None:
        network = sources.at_size(source, experiment.training.image_size)
        return with_right_head(experiment, network, data), data, "source"
    found = yield from outline(experiment, home, stop)
    network = backbones.create(found.name, data.collection.classes, found.size, experiment.seed)
    return network, data, "start" if isinstance(experiment.source, Scratch) else "stand_in"


def _load_source(
    experiment: Experiment, data: Dealt, stop: StopToken, home: Home
) -> Generator[Event, None, "Network | None"]:
    """Give the source with its weights; None where there is none, or none yet."""
    from kt_gui.engine import backbones

    match experiment.source:
        case Zoo(model=model):
            weights = yield from sources.fetch_zoo(model, home, stop)
            return backbones.pretrained(model, weights, experiment.training.image_size)
        case EarlierRun(run=run, checkpoint=checkpoint):
            return sources.restore(Runs(home).find(run).folder, checkpoint)
        case WeightsFile() as source:
            size = sources.file_size(source, data.collection, experiment.training.image_size)
            return sources.read_file(source, size, experiment.seed)
        case Pretrain() as source:
            return _pretrained(source, home)
        case Scratch():
            return None
        case _:
            assert_never(experiment.source)


def _pretrained(source: Pretrain, home: Home) -> "Network | None":
    """Find what an earlier run has pretrained in the very same way, whatever its seed."""
    for record in Runs(home).list():
        asked = experiment_of(record.folder)
        if asked is not None and asked.source == source and has_checkpoint(record.folder, "source"):
            return sources.restore(record.folder, "source")
    return None


def _try(
    plan: Plan, network: "Network", data: Dealt, stop: StopToken, home: Home
) -> Generator[Event, None, list[RateTried]]:
    from kt_gui.engine import devices, rate_finder

    resolved = yield from resolving.resolve(plan.training, network, home, stop)
    enough = _enough(data, STEPS * plan.training.batch_size, plan.seed)
    tried = []
    try:
        task = yield from build_task(plan, network, enough, resolved, stop, home)
        for event in rate_finder.climb(task, stop):
            yield event
            if isinstance(event, RateTried):
                tried.append(event)
                yield Progressed(activity="trying", done=event.done, total=event.total)
    finally:
        devices.free(resolved.device)
        devices.let_go()
    return tried


def _enough(data: Dealt, pictures: int, seed: int) -> Dealt:
    """No more pictures than are looked at, drawn by chance."""
    import numpy as np

    train = data.splits.train
    if len(train) > pictures:
        train = np.sort(np.random.default_rng(seed).choice(train, pictures, replace=False))
    return replace(data, splits=replace(data.splits, train=train, validation=data.splits.validation[:1]))


def _found(plan: Plan, tried: list[RateTried], weights: Weights, seconds: float) -> RateFound:
    known = [(each.rate, each.loss) for each in tried if each.loss is not None]
    rates, losses = [rate for rate, _ in known], [loss for _, loss in known]
    has_run_away = tried[-1].done < tried[-1].total or tried[-1].loss is None
    read = rate_reading.read(rates, losses, has_run_away=has_run_away)
    return RateFound(
        phase=plan.phase,
        answer=read.answer,
        rates=tuple(rates),
        losses=tuple(losses),
        smooth=read.smooth,
        suggestion=read.suggestion,
        low=read.low,
        high=read.high,
        now=plan.training.optimiser.learning_rate,
        weights=weights,
        ran_away=has_run_away,
        seconds=seconds,
    )
