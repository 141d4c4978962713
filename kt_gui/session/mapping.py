"""How far a target lies from a source: the pictures of both as one network sees them, on one map, and a distance.

Of the target its training pictures are looked at, as in a ranking, whose features are used again. Of a source that a
run on this machine has learnt, its test pictures, where there are enough: a network is surer of pictures it has learnt,
which would set them apart from any others. Nothing is downloaded.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kt_gui.schema.columns import pack, unpack
from kt_gui.schema.datasets import Dataset
from kt_gui.schema.domains import Distance, Domain, Mapped
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event, Progressed
from kt_gui.schema.experiment import EarlierRun, Target
from kt_gui.schema.insights import Projection
from kt_gui.schema.rankings import Candidate
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.schema.texts import tr
from kt_gui.session import candidates, shelf
from kt_gui.session.cache import cache, memory_limit
from kt_gui.session.opening import data_of, read_dealt
from kt_gui.session.overlapping import lessons_of
from kt_gui.session.ranking import MOST, Question, ask
from kt_gui.store import runs
from kt_gui.store.folders import Home

if TYPE_CHECKING:
    from kt_gui.engine.backbones import Network
    from kt_gui.engine.collection import Collection
    from kt_gui.engine.features import Floats
    from kt_gui.engine.splitting import Indexes

ENOUGH = 50
"""Test pictures of a source; where there are fewer, those it was learnt from are looked at, too."""
HEADER = ("set", "name", "index", "class", "x", "y", "digest")
"""Of the table."""


@dataclass(frozen=True, eq=False)
class _Chosen:
    """Pictures of one set that are looked at."""

    data: Dataset
    collection: "Collection"
    part: str
    total: int
    indexes: "Indexes"

    @property
    def digests(self) -> list[str]:
        return [self.collection.digests[index] for index in self.indexes.tolist()]


def domains(
    candidate: Candidate,
    source: Dataset | EarlierRun,
    target: Target,
    stop: StopToken,
    home: Home,
    *,
    method: Projection = "pca",
    seed: int = 0,
) -> Generator[Event, None, None]:
    """Map the pictures of a source and of a target, as a candidate's network sees them, and say how far they lie apart.

    The source is a set, or of a run the last one that its network has learnt before the target's. Ends with `Mapped`.
    Raises UserError where there is none, or one of both cannot be read, Stopped.
    """
    question = yield from ask(target, seed, stop, home)
    candidate = candidates.settled(candidate, home)
    network = _network(candidate, question, home)
    first = yield from _source(source, question, stop, home)
    dealt = question.dealt.collection
    second = _Chosen(target.data, dealt, "train", question.available, question.indexes)
    values = []
    for side in (first, second):
        values.append((yield from _seen(network, side, question, stop, home)))
    yield Progressed(activity="preparing", done=0, total=0, subject=network.name)
    distance = _distance(values, (first, second), seed, stop)
    places, variance = _places(values, method, stop)
    sides = [_domain(first, places[: len(values[0])]), _domain(second, places[len(values[0]) :])]
    yield Mapped(
        candidate=candidate,
        name=candidates.name_of(candidate, network.view.size),
        method=method,
        source=sides[0],
        target=sides[1],
        distance=distance,
        variance=variance,
    )


def _network(candidate: Candidate, question: Question, home: Home) -> "Network":
    try:
        return candidates.load(candidate, question.dealt.collection, question.task.seed, home)
    except candidates.Absent:
        raise UserError(
            tr("The weights of {name} are not on this machine.", name=candidates.name_of(candidate)),
            tr("Download them first, or choose another candidate."),
        ) from None


# --- the source's pictures -------------------------------------------------------------------------------------------


def _source(
    source: Dataset | EarlierRun, question: Question, stop: StopToken, home: Home
) -> Generator[Event, None, _Chosen]:
    import numpy as np

    if isinstance(source, EarlierRun):
        return (yield from _learnt(source, question, stop, home))
    collection = yield from shelf.read(source, home, stop)
    return _choose(source, collection, "", np.arange(len(collection)), question)


def _learnt(run: EarlierRun, question: Question, stop: StopToken, home: Home) -> Generator[Event, None, _Chosen]:
    """Find what a run's network has learnt last, but for the target. Raises UserError where nothing is here."""
    import numpy as np

    lessons, _ = lessons_of(run, home)
    for lesson in lessons:
        data = data_of(runs.read_experiment(lesson.run), lesson.role)
        if data == question.target.data:
            continue
        dealt = yield from read_dealt(lesson.run, lesson.role, home, stop)
        splits = dealt.splits
        if len(splits.test) >= ENOUGH:
            return _choose(data, dealt.collection, "test", splits.test, question)
        every = np.sort(np.concatenate([splits.train, splits.validation, splits.test]))
        return _choose(data, dealt.collection, "", every, question)
    raise UserError(
        tr("No pictures that {name} has learnt from are known here.", name=candidates.name_of(run)),
        tr("Choose the source's pictures yourself."),
    )


def _choose(data: Dataset, collection: "Collection", part: str, every: "Indexes", question: Question) -> _Chosen:
    from kt_gui.engine.embedding import sample

    if not len(every):
        raise UserError(tr("{data} has no pictures.", data=collection.title), tr("Choose another set."))
    places = sample(collection.labels[every], MOST, question.task.seed)
    return _Chosen(data, collection, part, len(every), every[places])


# --- what the network makes of them ----------------------------------------------------------------------------------


def _seen(
    network: "Network", chosen: _Chosen, question: Question, stop: StopToken, home: Home
) -> Generator[Event, None, "Floats"]:
    """Give the features of every picture, [n, features]. Raises UserError, Stopped."""
    import numpy as np
    import torch

    from kt_gui.engine import loading
    from kt_gui.engine.evaluation import not_finite
    from kt_gui.engine.features import featurise

    resolved = question.resolved
    asked = (chosen.collection, chosen.indexes, network.view, torch.device(resolved.device), stop)
    portion = yield from loading.load(*asked, store=cache(home), limit=memory_limit(home))
    resolved.place(network.module)
    features = yield from featurise(network, portion, resolved, stop, cache(home))
    if not np.isfinite(features.values).all():
        raise not_finite()
    return features.values


def _distance(values: "list[Floats]", chosen: tuple[_Chosen, _Chosen], seed: int, stop: StopToken) -> Distance | None:
    from kt_gui.engine.domains import Side, proxy_a_distance

    source, target = (Side(seen, side.digests) for seen, side in zip(values, chosen, strict=True))
    return proxy_a_distance(source, target, stop, seed=seed)


def _places(values: "list[Floats]", method: Projection, stop: StopToken) -> tuple["Floats", tuple[float, float] | None]:
    """Lay both sets out together: [n, 2], and the share of the variance that each axis holds. Raises Stopped."""
    import numpy as np

    from kt_gui.engine import embedding

    together = np.concatenate(values)
    places, shares = embedding.pca(together)
    if stop.requested():
        raise Stopped
    if method == "tsne":
        return embedding.centre(embedding.tsne(together, places)), None
    return embedding.centre(places), (shares[0], shares[1])


def _domain(chosen: _Chosen, places: "Floats") -> Domain:
    collection = chosen.collection
    return Domain(
        data=chosen.data,
        title=collection.title,
        classes=collection.classes,
        part=chosen.part,
        total=chosen.total,
        names=tuple(collection.names[index] for index in chosen.indexes.tolist()),
        digests=tuple(chosen.digests),
        indexes=pack(chosen.indexes),
        labels=pack(collection.labels[chosen.indexes]),
        places=pack(places),
    )


# --- the table -------------------------------------------------------------------------------------------------------


def tabulate_domains(mapped: Mapped, path: Path, *, overwrite: bool) -> None:
    """Write a table with the place of every picture. Raises UserError where it cannot be written."""
    from kt_gui.store.tables import Table

    with Table(path, overwrite=overwrite) as table:
        table.write(HEADER)
        for name, domain in (("source", mapped.source), ("target", mapped.target)):
            for row in _rows(domain):
                table.write((name, *row))


def _rows(domain: Domain) -> Iterator[tuple[str, ...]]:
    numbers = (unpack(column).tolist() for column in (domain.indexes, domain.labels, domain.places))
    for name, digest, index, label, place in zip(domain.names, domain.digests, *numbers, strict=True):
        yield name, str(index), domain.classes[label], *(f"{value:.6g}" for value in place), digest
