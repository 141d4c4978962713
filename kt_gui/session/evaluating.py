"""What a checkpoint is worth on pictures it has not learnt from: asked once, then kept in the run's folder."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kt_gui.schema.datasets import Dataset
from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Calibration, Checkpoint, Evaluated, Judged, Matching, Part
from kt_gui.schema.events import Event
from kt_gui.schema.stop import StopToken
from kt_gui.schema.texts import tr
from kt_gui.session import pictures, shelf
from kt_gui.session.opening import Opened, data_of, open_run, portion_of, read_dealt
from kt_gui.session.pictures import Dealt
from kt_gui.store import contents, environment, reports, runs
from kt_gui.store.environment import Role
from kt_gui.store.folders import Home

if TYPE_CHECKING:
    from kt_gui.engine.collection import Collection
    from kt_gui.engine.evaluation import Evaluation
    from kt_gui.engine.splitting import Indexes

KIND = "evaluation"
FORM = 2
"""Counts up when what is kept, or how it is computed, changes."""


class _Kept(msgspec.Struct, frozen=True):
    """What is kept of one evaluation."""

    judged: Judged
    evaluated: Evaluated


@dataclass(frozen=True)
class _Asked:
    """Pictures that the network is to be judged by."""

    data: Dataset
    part: Part
    collection: "Collection"
    """Its labels are the network's; −1 for a class that it does not know."""
    indexes: "Indexes"
    matching: Matching


def evaluate(
    folder: Path, data: Dataset | None, checkpoint: Checkpoint, stop: StopToken, home: Home
) -> Generator[Event, None, None]:
    """Judge a run's checkpoint on the run's own test pictures, or on all pictures of another set.

    Yields progress, then `Judged`, and `Evaluated` last. On its own test pictures a run is judged once: later answers
    come out of its folder, even where the pictures have gone.

    Raises UserError where the checkpoint or the pictures are missing, or have no class in common; Stopped.
    """
    kept = _recall(folder, checkpoint, _own_pictures(folder, checkpoint)) if data is None else None
    if kept is None:
        kept = yield from _judge(folder, data, checkpoint, stop, home)
    yield kept.judged
    yield kept.evaluated


def _own_pictures(folder: Path, checkpoint: Checkpoint) -> str:
    """Tell from the run's folder alone what its test pictures were; empty where that is not known."""
    role = role_of(folder, checkpoint)
    digest, deal = environment.read(folder).data.get(role), environment.read_deal(folder, role)
    return reports.key_of(digest, deal.indexes["validation"], deal.indexes["test"]) if digest and deal else ""


def role_of(folder: Path, checkpoint: Checkpoint) -> Role:
    """Say whose pictures a checkpoint is judged by: the target's, but for a run that never came so far."""
    if checkpoint == "source":
        return "target"
    return "source" if contents.look_up(folder, checkpoint).phase == "pretraining" else "target"


def _recall(folder: Path, checkpoint: Checkpoint, pictures_key: str) -> _Kept | None:
    found = reports.recall(folder, KIND, _key(folder, checkpoint, pictures_key), _Kept) if pictures_key else None
    return _moved(found, folder) if found else None


def _key(folder: Path, checkpoint: Checkpoint, pictures_key: str) -> str:
    return reports.key_of(FORM, checkpoint, contents.sum_of(folder, checkpoint), pictures_key)


def _moved(kept: _Kept, folder: Path) -> _Kept:
    """Say where the run lies now, and what it is called: folders are moved, runs are renamed."""
    name = runs.read_file(folder).name
    return _Kept(
        msgspec.structs.replace(kept.judged, run=str(folder)),
        msgspec.structs.replace(kept.evaluated, run=str(folder), name=name),
    )


def _judge(
    folder: Path, data: Dataset | None, checkpoint: Checkpoint, stop: StopToken, home: Home
) -> Generator[Event, None, _Kept]:
    opened = open_run(folder, checkpoint)
    asked, dealt = yield from _find(opened, data, home, stop)
    pictures_key = _own_pictures(folder, checkpoint) if data is None else _other_pictures(asked, dealt)
    known = _recall(folder, checkpoint, pictures_key)
    if known is not None:
        return known
    found = yield from answers(opened, asked.collection, asked.indexes, home, stop)
    validation = yield from _validate(opened, dealt, home, stop)
    kept = _sum_up(opened, asked, found, validation)
    reports.keep(folder, KIND, _key(folder, checkpoint, pictures_key), kept)
    return kept


def _other_pictures(asked: _Asked, dealt: Dealt | None) -> str:
    from kt_gui.engine.loading import digest

    validation = dealt.splits.validation.tolist() if dealt else None
    return reports.key_of(digest(asked.collection), asked.collection.names, asked.data, validation)


def answers(
    opened: Opened, collection: "Collection", indexes: "Indexes", home: Home, stop: StopToken
) -> Generator[Event, None, "Evaluation"]:
    """Ask an opened network of these pictures; labels are the collection's. Raises UserError, Stopped."""
    from kt_gui.engine import evaluation

    portion = yield from portion_of(opened, collection, indexes, home, stop)
    return (yield from evaluation.watched(opened.network, portion, opened.resolved, stop, collection.title))


def _find(
    opened: Opened, data: Dataset | None, home: Home, stop: StopToken
) -> Generator[Event, None, tuple[_Asked, Dealt | None]]:
    """Find the pictures to judge by, and the run's own, where they are still there. Raises UserError, Stopped."""
    role = role_of(opened.folder, opened.checkpoint)
    if data is None:
        dealt = yield from read_dealt(opened.folder, role, home, stop)
        own = data_of(opened.experiment, role)
        return _ask(opened, own, "test", dealt.collection, dealt.splits.test), dealt
    yield from pictures.fetch(data, home, stop)
    collection = yield from shelf.read(data, home, stop)
    known = yield from _own_data(opened.folder, role, home, stop)
    before = (yield from _own_data(opened.folder, "source", home, stop)) if role == "target" else None
    learnt = [each for each in (known, before) if each is not None]
    return _ask(opened, data, "all", collection, collection.used, learnt), known


def _own_data(folder: Path, role: Role, home: Home, stop: StopToken) -> Generator[Event, None, Dealt | None]:
    """Read the run's own data; None where it has gone, or is another one by now."""
    try:
        return (yield from read_dealt(folder, role, home, stop))
    except UserError:
        return None


def _ask(
    opened: Opened,
    data: Dataset,
    part: Part,
    collection: "Collection",
    indexes: "Indexes",
    known: Sequence[Dealt] = (),
) -> _Asked:
    """Take those of the pictures whose class the network knows. Raises UserError where there is none."""
    if not len(indexes):
        raise _no_test(collection)
    classes = opened.about.classes
    judged, kept = known_to(opened, collection, indexes)
    if not len(kept):
        raise _nothing_in_common(collection, classes)
    there = set(judged.labels.tolist())
    strange = sorted(set(collection.labels[judged.labels < 0].tolist()))
    matching = Matching(
        missing=tuple(name for place, name in enumerate(classes) if place not in there),
        unknown=tuple(collection.classes[label] for label in strange),
        left_out=len(indexes) - len(kept),
        learnt=_count_learnt(collection, known),
    )
    return _Asked(data, part, judged, kept, matching)


def known_to(opened: Opened, collection: "Collection", indexes: "Indexes") -> tuple["Collection", "Indexes"]:
    """Give a data set with the network's classes, by name, and those of the pictures that are of one of them.

    The label of a picture whose class the network does not know is −1.
    """
    import numpy as np

    from kt_gui.engine.matching import match_classes

    positions = np.array(match_classes(collection.classes, opened.about.classes), dtype=np.int64)
    labels = positions[collection.labels]
    return replace(collection, classes=opened.about.classes, labels=labels), indexes[labels[indexes] >= 0]


def _count_learnt(collection: "Collection", known: Sequence[Dealt]) -> int:
    """Count the pictures of another set that the run has learnt from, as its target or its source."""
    learnt = {each.collection.digests[index] for each in known for index in each.splits.train.tolist()}
    return sum(digest in learnt for digest in collection.digests)


def _nothing_in_common(collection: "Collection", classes: tuple[str, ...]) -> UserError:
    return UserError(
        tr("{data} has no class that the network knows.", data=collection.title),
        tr("Choose pictures of these classes: {classes}.", classes=", ".join(classes)),
    )


def _no_test(collection: "Collection") -> UserError:
    return UserError(
        tr("No picture of {data} was kept for the test.", data=collection.title),
        tr("Name other pictures to judge the network by."),
    )


def _validate(
    opened: Opened, dealt: Dealt | None, home: Home, stop: StopToken
) -> Generator[Event, None, "Evaluation | None"]:
    """Ask the network of the run's validation pictures; None where there are none of classes that it knows."""
    if dealt is None:
        return None
    collection, indexes = known_to(opened, dealt.collection, dealt.splits.validation)
    if not len(indexes):
        return None
    try:
        return (yield from answers(opened, collection, indexes, home, stop))
    except UserError:  # pictures that have gone since
        return None


def _sum_up(opened: Opened, asked: _Asked, found: "Evaluation", validation: "Evaluation | None") -> _Kept:
    from kt_gui.engine import scoring

    labels, logits = found.labels.numpy(), found.logits.numpy()
    scores = scoring.score(labels, logits, opened.about.classes)
    calibration = _calibrate(validation, found) if validation else None
    judged = _judged(opened, asked, found, calibration.temperature if calibration else 1.0)
    evaluated = Evaluated(
        run=judged.run,
        name=opened.name,
        checkpoint=opened.checkpoint,
        epoch=opened.about.epoch,
        data=asked.data,
        title=asked.collection.title,
        part=asked.part,
        classes=opened.about.classes,
        scores=scores,
        calibration=calibration,
        matching=asked.matching,
    )
    return _Kept(judged, evaluated)


def _calibrate(validation: "Evaluation", found: "Evaluation") -> Calibration:
    from kt_gui.engine import calibration

    temperature = calibration.fit_temperature(validation.labels.numpy(), validation.logits.numpy())
    return calibration.calibrate(temperature, validation.total, found.labels.numpy(), found.logits.numpy())


def _judged(opened: Opened, asked: _Asked, found: "Evaluation", temperature: float) -> Judged:
    from kt_gui.schema.columns import pack

    indexes = asked.indexes.tolist()
    return Judged(
        run=str(opened.folder),
        checkpoint=opened.checkpoint,
        data=asked.data,
        part=asked.part,
        classes=opened.about.classes,
        names=tuple(asked.collection.names[index] for index in indexes),
        digests=tuple(asked.collection.digests[index] for index in indexes),
        indexes=pack(asked.indexes),
        labels=pack(found.labels.numpy()),
        logits=pack(found.logits.numpy()),
        temperature=temperature,
    )


def tabulate(judged: Judged, path: Path, *, overwrite: bool) -> None:
    """Write a table of what the network said of every picture: its class, the answer, all probabilities.

    They are calibrated where a temperature was fitted. Raises UserError where it cannot be written.
    """
    from kt_gui.store.tables import Table

    columns = ["name", "truth", "predicted", "right", *judged.classes]
    with Table(path, overwrite=overwrite) as table:
        table.write(columns)
        for row in _rows(judged):
            table.write(row)


def _rows(judged: Judged) -> Iterator[Sequence[str]]:
    import numpy as np

    from kt_gui.schema.columns import unpack
    from kt_gui.session.probabilities import log_probabilities

    for name, label, logits in zip(judged.names, unpack(judged.labels), unpack(judged.logits), strict=True):
        shares, predicted = np.exp(log_probabilities(logits[None], judged.temperature)[0]), int(logits.argmax())
        right = "yes" if predicted == label else "no"
        yield name, judged.classes[label], judged.classes[predicted], right, *(f"{share:.6g}" for share in shares)
