"""What could be ranked: what a transfer could start from on this machine, and what looking at it takes."""

from collections.abc import Generator, Iterator
from typing import assert_never

from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event, ModelsListed
from kt_gui.schema.experiment import EarlierRun, Experiment, Pretrain, Scratch, Target, WeightsFile, Zoo
from kt_gui.schema.rankings import Candidate, Offer, Offered
from kt_gui.schema.stop import StopToken
from kt_gui.schema.summaries import describe_data
from kt_gui.schema.texts import tr
from kt_gui.session import candidates, costs
from kt_gui.session.catalogue import list_models
from kt_gui.session.ranking import Question, ask, settle
from kt_gui.store.folders import Home
from kt_gui.store.runs import RunRecord, Runs

MOST_RUNS = 8
"""Earlier runs that are candidates as a matter of course, the newest first."""
LISTED = 60
"""Earlier runs that are listed."""


def usual(experiment: Experiment, stop: StopToken, home: Home) -> Iterator[Candidate]:
    """Give what is ranked where nobody chooses: the experiment's own source, networks without a download, the newest
    runs.
    """
    match experiment.source:
        case Pretrain(network=network):
            yield Scratch(network=network)
        case Zoo() | EarlierRun() | WeightsFile() | Scratch() as source:
            yield source
    for event in list_models(stop, home):
        if isinstance(event, ModelsListed):
            yield from (Zoo(model=card.name) for card in event.models if card.status in ("offline", "cached"))
    yield from (EarlierRun(run=str(record.folder)) for record in _over(home)[:MOST_RUNS])


def offer(experiment: Experiment, stop: StopToken, home: Home) -> Generator[Event, None, None]:
    """List what could be ranked for an experiment's target; ends with `Offered`. Raises Stopped."""
    question = yield from _question(experiment.target, experiment.seed, stop, home)
    first = dict.fromkeys(settle(each, home) for each in usual(experiment, stop, home))
    more = dict.fromkeys(each for record in _over(home)[:LISTED] for each in _of_run(record))
    listed = [*first, *(each for each in more if each not in first)]
    yield Offered(offers=tuple(_offer(each, question, home, is_usual=each in first) for each in listed))


def offer_named(text: str, experiment: Experiment, stop: StopToken, home: Home) -> Generator[Event, None, None]:
    """List what a text means, as in the terminal: a network, a run, or a set that runs have pretrained on; ends with
    `Offered`. Raises UserError where it is none of these, Stopped.
    """
    found = candidates.named(text, home)
    question = yield from _question(experiment.target, experiment.seed, stop, home)
    yield Offered(offers=tuple(_offer(each, question, home, is_usual=False) for each in found))


def _over(home: Home) -> list[RunRecord]:
    return [record for record in Runs(home).list() if record.state in ("finished", "stopped")]


def _of_run(record: RunRecord) -> Iterator[EarlierRun]:
    """What a run has learnt, and what it has pretrained itself before."""
    yield EarlierRun(run=str(record.folder))
    experiment = candidates.experiment_of(record.folder)
    is_pretrained = experiment is not None and isinstance(experiment.source, Pretrain)
    if is_pretrained and candidates.has_checkpoint(record.folder, "source"):
        yield EarlierRun(run=str(record.folder), checkpoint="source")


def _question(target: Target, seed: int, stop: StopToken, home: Home) -> Generator[Event, None, Question | None]:
    """Give the pictures that candidates would be asked about; None where the ranking itself will say what is wrong."""
    try:
        return (yield from ask(target, seed, stop, home))
    except UserError:
        return None


def _offer(candidate: Candidate, question: Question | None, home: Home, *, is_usual: bool) -> Offer:
    network, origin = _about(candidate, home)
    count = len(question.indexes) if question is not None else 0
    return Offer(
        source=candidate,
        name=candidates.name_of(candidate),
        origin=origin,
        is_usual=is_usual,
        is_known=question is not None and costs.has_looked(candidate, question.key, home),
        seconds=costs.expected(network, count, home) if network and count else None,
    )


def _about(candidate: Candidate, home: Home) -> tuple[str, str]:
    """Name the network of a candidate, and say where it comes from."""
    match candidate:
        case Zoo(model=model):
            return model, tr("comes with the program") if model.startswith("bundled/") else tr("downloaded")
        case EarlierRun(run=run, checkpoint=checkpoint):
            return _about_run(run, checkpoint, home)
        case WeightsFile(path=path, network=network):
            return network, path
        case Scratch(network=network):
            return network, tr("no source")
        case _:
            assert_never(candidate)


def _about_run(run: str, checkpoint: str, home: Home) -> tuple[str, str]:
    """A run that has gone is nothing more than its name."""
    try:
        record = Runs(home).find(run)
    except UserError:
        return "", tr("has gone")
    experiment = candidates.experiment_of(record.folder)
    if experiment is None:
        return record.network, ""
    source = experiment.source
    data = source.data if checkpoint == "source" and isinstance(source, Pretrain) else experiment.target.data
    return record.network, tr("has learnt {data}", data=describe_data(data))
