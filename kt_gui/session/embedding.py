"""The map of a run's pictures: where its network puts them, and where it put them before it learnt."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kt_gui.schema.columns import pack, unpack
from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Checkpoint
from kt_gui.schema.events import Event, Progressed
from kt_gui.schema.insights import NOTHING, Embedded, Neighbourhood, Projection, Split
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.schema.texts import tr
from kt_gui.session.cache import cache
from kt_gui.session.opening import Opened, open_run, portion_of, read_dealt, source_beside
from kt_gui.session.pictures import Dealt
from kt_gui.store.folders import Home

if TYPE_CHECKING:
    from kt_gui.engine.backbones import Network
    from kt_gui.engine.embedding import Labels
    from kt_gui.engine.features import Features, Floats
    from kt_gui.engine.loading import Portion
    from kt_gui.engine.splitting import Indexes

HEADER = ("name", "index", "class", "predicted", "confidence", "after_x", "after_y", "before_x", "before_y", "digest")
"""Of the table."""
MOST = 5000
"""Pictures on a map; of more, each class's share: t-SNE takes minutes for more, and an eye sees no more."""


@dataclass(frozen=True)
class Ask:
    """Which pictures are wanted on the map, and how."""

    method: Projection
    part: Split
    total: int
    """Pictures of the part."""
    indexes: "Indexes"
    """Those that are on the map."""
    labels: "Labels"


@dataclass(frozen=True)
class Side:
    """What one network makes of the pictures."""

    features: "Features"
    places: "Floats"
    variance: tuple[float, float] | None
    apart: Neighbourhood


def embed(
    folder: Path, checkpoint: Checkpoint, method: Projection, part: Split, stop: StopToken, home: Home
) -> Generator[Event, None, None]:
    """Map a part of the run's pictures; ends with `Embedded`. Raises UserError, Stopped."""
    dealt = yield from read_dealt(folder, "target", home, stop)
    ask = _choose(dealt, method, part)
    opened = open_run(folder, checkpoint)
    portion = yield from portion_of(opened, dealt.collection, ask.indexes, home, stop)
    after = yield from _side(opened, opened.network, portion, ask, stop, home)
    source = source_beside(opened)
    before = None if source is None else (yield from _side(opened, source, portion, ask, stop, home))
    yield _embedded(opened, dealt, ask, after, before)


def _choose(dealt: Dealt, method: Projection, part: Split) -> Ask:
    from kt_gui.engine.embedding import sample

    every: Indexes = getattr(dealt.splits, part)
    if len(every) == 0:
        raise UserError(
            tr("{data} has no pictures in this part ({part}).", data=dealt.collection.title, part=part),
            tr("Choose another part."),
        )
    labels = dealt.collection.labels
    chosen = every[sample(labels[every], MOST, seed=0)]
    return Ask(method, part, len(every), chosen, labels[chosen])


def _side(
    opened: Opened, network: "Network", portion: "Portion", ask: Ask, stop: StopToken, home: Home
) -> Generator[Event, None, Side]:
    """Ask one network, and lay out what it says."""
    import numpy as np

    from kt_gui.engine import embedding
    from kt_gui.engine.evaluation import not_finite
    from kt_gui.engine.features import featurise

    features = yield from featurise(network, portion, opened.resolved, stop, cache(home))
    if not np.isfinite(features.values).all():
        raise not_finite()
    yield Progressed(activity="preparing", done=0, total=0)
    places, shares = embedding.pca(features.values)
    apart = embedding.neighbourhood(features.values, ask.labels)
    if stop.requested():
        raise Stopped
    if ask.method == "tsne":
        return Side(features, embedding.tsne(features.values, places), None, apart)
    return Side(features, places, (shares[0], shares[1]), apart)


def _embedded(opened: Opened, dealt: Dealt, ask: Ask, after: Side, before: Side | None) -> Embedded:
    import numpy as np

    from kt_gui.engine import embedding
    from kt_gui.session.probabilities import confidences

    collection, logits = dealt.collection, after.features.logits
    is_head_theirs = opened.network.classes == collection.classes
    predicted = logits.argmax(axis=1) if is_head_theirs else np.full(len(logits), NOTHING)
    fixed = embedding.centre(after.places)
    return Embedded(
        run=str(opened.folder),
        checkpoint=opened.checkpoint,
        method=ask.method,
        part=ask.part,
        classes=collection.classes,
        total=ask.total,
        names=tuple(collection.names[index] for index in ask.indexes),
        digests=tuple(collection.digests[index] for index in ask.indexes),
        indexes=pack(ask.indexes),
        labels=pack(ask.labels),
        predicted=pack(predicted),
        confidences=pack(confidences(logits).astype(np.float32)),
        after=pack(fixed),
        before=None if before is None else pack(embedding.align(before.places, fixed)),
        variance_after=after.variance,
        variance_before=before.variance if before else None,
        neighbours=embedding.nearest_of(ask.labels),
        chance=embedding.chance_of(ask.labels),
        apart_after=after.apart,
        apart_before=before.apart if before else None,
    )


def tabulate_map(embedded: Embedded, path: Path, *, overwrite: bool) -> None:
    """Write a table with the place of every picture, after and before. Raises UserError where it cannot be written."""
    from kt_gui.store.tables import Table

    with Table(path, overwrite=overwrite) as table:
        table.write(HEADER)
        for row in _rows(embedded):
            table.write(row)


def _rows(embedded: Embedded) -> Iterator[tuple[str, ...]]:
    columns = (embedded.indexes, embedded.labels, embedded.predicted, embedded.confidences, embedded.after)
    before = unpack(embedded.before).tolist() if embedded.before is not None else [()] * len(embedded.names)
    numbers = zip(*(unpack(column).tolist() for column in columns), before, strict=True)
    for name, digest, values in zip(embedded.names, embedded.digests, numbers, strict=True):
        index, label, said, sure, after, old = values
        predicted = embedded.classes[said] if said >= 0 else ""
        figures = [f"{value:.6g}" for value in (sure, *after, *old)]
        yield name, str(index), embedded.classes[label], predicted, *figures, *[""] * (5 - len(figures)), digest
