"""Collects what was measured of a target - its ranking, its studies, a dry run - and puts it together to an advice."""

from collections import Counter
from collections.abc import Generator, Iterator

from kt_gui.schema.advice import Advised, Found, Known
from kt_gui.schema.events import Event, Rehearsed
from kt_gui.schema.experiment import Experiment
from kt_gui.schema.stop import StopToken
from kt_gui.session import shelf
from kt_gui.session.pictures import Dealt
from kt_gui.session.ranking import known_ranking
from kt_gui.session.rehearsal import rehearse
from kt_gui.store import studies
from kt_gui.store.folders import Home
from kt_gui.store.studies import Studies
from kt_gui.studies.advice import advise as put_together


def advise(
    experiment: Experiment, stop: StopToken, home: Home, *, rehearses: bool = False
) -> Generator[Event, None, None]:
    """Say what to do with an experiment's target; `Known` and, at the end, `Advised`. Nothing is trained but the three
    batches of the dry run, where it is asked for. Raises UserError where the target cannot be read, Stopped.
    """
    known = yield from _known(experiment, stop, home)
    yield known
    rehearsed: Rehearsed | None = None
    for event in rehearse(experiment, stop, home) if rehearses else ():
        rehearsed = event if isinstance(event, Rehearsed) else rehearsed
        yield event
    yield Advised(advice=put_together(experiment, known, rehearsed))


def _known(experiment: Experiment, stop: StopToken, home: Home) -> Generator[Event, None, Known]:
    from kt_gui.engine import loading

    target = experiment.target
    collection = yield from shelf.read(target.data, home, stop)
    dealt = Dealt(collection, loading.deal(collection, target.split, target.per_class, experiment.seed))
    counts = Counter(collection.labels[dealt.splits.train].tolist())
    return Known(
        pictures=counts.total(),
        smallest=min((counts[label] for label in range(len(collection.classes))), default=0),
        ranked=known_ranking(target, dealt, home, seed=experiment.seed),
        studies=tuple(_studies_of(experiment, home)),
    )


def _studies_of(experiment: Experiment, home: Home) -> Iterator[Found]:
    """The studies of this very target, dealt alike, that have come to an answer, the newest first."""
    for record in Studies(home).list():
        if record.verdict is None or record.state != "finished":
            continue
        asked = studies.read_study(record.folder).experiment
        if (asked.target, asked.seed) == (experiment.target, experiment.seed):
            yield Found(folder=str(record.folder), name=record.name, experiment=asked, verdict=record.verdict)
