"""Looks for labels that are probably wrong in a run's target data, by a network that never learnt them."""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kt_gui.schema.columns import Column, pack, unpack
from kt_gui.schema.datasets import Dataset
from kt_gui.schema.evaluations import Checkpoint
from kt_gui.schema.events import Event, Progressed
from kt_gui.schema.stop import StopToken
from kt_gui.schema.suspicions import Judge, Suspected, suspects_at
from kt_gui.session import correcting
from kt_gui.session.cache import cache
from kt_gui.session.opening import data_of, open_run, portion_of, read_dealt
from kt_gui.session.pictures import Dealt
from kt_gui.store import contents, environment, reports, runs
from kt_gui.store import corrections as store
from kt_gui.store.folders import Home

if TYPE_CHECKING:
    from kt_gui.engine.labelling import Probabilities
    from kt_gui.engine.splitting import Indexes

KIND = "suspicions"
FORM = 1
"""Counts up when what is kept, or how it is computed, changes."""
_WEIGHTS: dict[Judge, Checkpoint] = {"source": "source", "own": "best"}


def suspects(folder: Path, stop: StopToken, home: Home) -> Generator[Event, None, None]:
    """Judge every label of a run's target data; ends with `Suspected`. What was found once is kept in the run.

    Pictures that a person has decided on since are left out. Raises UserError where the data is not what it was (for
    what is suspected is to be acted on), Stopped.
    """
    dealt = yield from read_dealt(folder, "target", home, stop)
    data = data_of(runs.read_experiment(folder), "target")
    key = _key(folder)
    known = reports.recall(folder, KIND, key, Suspected)
    if known is None:
        known = yield from _judged(folder, data, dealt, stop, home)
        reports.keep(folder, KIND, key, known)
    yield _unsettled(msgspec.structs.replace(known, run=str(folder)), data, home)


def known_suspects(folder: Path, home: Home) -> Suspected | None:
    """Give what was found before, without looking again; None where nobody has looked. Raises UserError."""
    found = reports.recall(folder, KIND, _key(folder), Suspected)
    if found is None:
        return None
    return _unsettled(found, data_of(runs.read_experiment(folder), "target"), home)


def _key(folder: Path) -> str:
    weights = contents.sum_of(folder, _WEIGHTS[_judge(folder)])
    return reports.key_of(FORM, environment.read(folder).data.get("target"), weights)


def _judge(folder: Path) -> Judge:
    """Say who doubts."""
    from kt_gui.store import checkpoints

    return "source" if "source" in checkpoints.read_contents(folder).weights else "own"


def _judged(
    folder: Path, data: Dataset, dealt: Dealt, stop: StopToken, home: Home
) -> Generator[Event, None, Suspected]:
    judge = _judge(folder)
    said = yield from (_by_source if judge == "source" else _by_own)(folder, dealt, home, stop)
    return _listed(folder, data, judge, dealt, said)


@dataclass(frozen=True, eq=False)
class _Said:
    """What was said of some pictures, by their indexes."""

    indexes: "Indexes"
    probabilities: "Probabilities"


def _by_source(folder: Path, dealt: Dealt, home: Home, stop: StopToken) -> Generator[Event, None, _Said]:
    """Ask probes on the features of the network the run started from, each of pictures it has not learnt."""
    import torch

    from kt_gui.engine import labelling
    from kt_gui.engine.features import featurise

    opened, collection = open_run(folder, _WEIGHTS["source"]), dealt.collection
    indexes = collection.used
    portion = yield from portion_of(opened, collection, indexes, home, stop)
    found = yield from featurise(opened.network, portion, opened.resolved, stop, cache(home))
    features = torch.from_numpy(found.values)
    digests = [collection.digests[index] for index in indexes.tolist()]
    labels = collection.labels[indexes]
    probabilities = labelling.out_of_fold(
        features, labels, digests, len(collection.classes), opened.experiment.seed, stop
    )
    return _Said(indexes, probabilities)


def _by_own(folder: Path, dealt: Dealt, home: Home, stop: StopToken) -> Generator[Event, None, _Said]:
    """Ask the run's own network, of the pictures it has not learnt from."""
    import numpy as np

    from kt_gui.engine import evaluation

    opened = open_run(folder, _WEIGHTS["own"])
    indexes = np.sort(np.concatenate([dealt.splits.validation, dealt.splits.test]))
    portion = yield from portion_of(opened, dealt.collection, indexes, home, stop)
    yield Progressed(activity="testing", done=0, total=0, subject=dealt.collection.title, unit="pictures")
    found = evaluation.evaluate(opened.network, portion, opened.resolved, stop)
    return _Said(indexes, found.logits.softmax(1).numpy())


def _listed(folder: Path, data: Dataset, judge: Judge, dealt: Dealt, said: _Said) -> Suspected:
    import numpy as np

    from kt_gui.engine import labelling

    collection, labels = dealt.collection, dealt.collection.labels[said.indexes]
    found = labelling.suspect(said.probabilities, labels)
    order = found.order
    indexes, suggested = said.indexes[order], found.suggested[order]
    parts = dealt.splits.part_of(len(collection))
    rows = said.probabilities[order]
    both = np.stack([rows[np.arange(len(rows)), labels[order]], rows[np.arange(len(rows)), suggested]], 1)
    return Suspected(
        run=str(folder),
        data=data,
        judge=judge,
        classes=collection.classes,
        names=tuple(collection.names[index] for index in indexes),
        digests=tuple(collection.digests[index] for index in indexes),
        splits=tuple(parts[index] for index in indexes),
        indexes=pack(indexes),
        labels=pack(labels[order]),
        suggested=pack(suggested),
        probabilities=pack(both.astype(np.float32)),
        issues=pack(found.issues[order]),
    )


def _unsettled(found: Suspected, data: Dataset, home: Home) -> Suspected:
    """Leave out the pictures that a person has decided on."""
    import numpy as np

    settled = set(correcting.settled(store.read(data, home).corrections))
    kept = np.array([digest not in settled for digest in found.digests], dtype=np.bool_)
    if kept.all():
        return found
    places = np.flatnonzero(kept).tolist()

    def pick(values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(values[place] for place in places)

    def choose(column: Column) -> Column:
        return pack(unpack(column)[kept])

    return msgspec.structs.replace(
        found,
        names=pick(found.names),
        digests=pick(found.digests),
        splits=pick(found.splits),
        indexes=choose(found.indexes),
        labels=choose(found.labels),
        suggested=choose(found.suggested),
        probabilities=choose(found.probabilities),
        issues=choose(found.issues),
        settled=len(kept) - len(places),
    )


def tabulate_suspects(found: Suspected, path: Path, *, overwrite: bool) -> None:
    """Write a table of every picture that was judged, the most suspicious first. Raises UserError."""
    from kt_gui.store.tables import Table

    columns = ("name", "label", "probability", "suggested", "suggested_probability", "issue", "split")
    issues = unpack(found.issues).tolist()
    with Table(path, overwrite=overwrite) as table:
        table.write(columns)
        for each, issue in zip(suspects_at(found, range(len(issues))), issues, strict=True):
            seen = each.picture
            shares = (f"{each.probability:.6g}", f"{seen.confidence or 0.0:.6g}")
            table.write(
                (seen.name, seen.label, shares[0], seen.predicted, shares[1], "yes" if issue else "no", seen.split)
            )
