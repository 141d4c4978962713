"""What a candidate has learnt from, as far as runs on this machine tell, and what of the target is among it.

Of the target's test pictures only the pixels are looked at, never their labels.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event
from kt_gui.schema.experiment import EarlierRun, Pretrain, Scratch, Source
from kt_gui.schema.rankings import Candidate, Learnt, Twin
from kt_gui.schema.stop import StopToken
from kt_gui.session.cache import cache
from kt_gui.session.opening import data_of, read_dealt
from kt_gui.session.pictures import Dealt
from kt_gui.store import contents, runs
from kt_gui.store.contents import Which
from kt_gui.store.environment import Role
from kt_gui.store.folders import Home
from kt_gui.store.runs import Runs

if TYPE_CHECKING:
    from kt_gui.engine.collection import Collection
    from kt_gui.engine.splitting import Indexes

SHOWN = 100
"""Twins that are told of one by one; of more only the number is."""


@dataclass(frozen=True)
class Lesson:
    """Pictures that a run has learnt from, or chosen its epoch by."""

    run: Path
    role: Role


@dataclass(frozen=True)
class Past:
    """What a candidate has learnt from."""

    is_known: bool
    learnt: tuple[Learnt, ...] = ()
    own: int = 0
    """Of the pictures that candidates are ranked by."""


def look_back(
    candidate: Candidate, target: Dealt, ranked: "Indexes", stop: StopToken, home: Home
) -> Generator[Event, None, Past]:
    """Find out what a candidate has learnt from, and what of the target is among it. Raises Stopped."""
    lessons, is_known = lessons_of(candidate, home)
    own = {target.collection.digests[index] for index in ranked.tolist()}
    learnt, met = [], set[str]()
    for lesson in lessons:
        try:
            dealt = yield from read_dealt(lesson.run, lesson.role, home, stop)
            learnt.append((yield from _compare(lesson, dealt, target, stop, home)))
        except UserError:  # its pictures have gone, or are others by now
            is_known = False
            continue
        met |= own.intersection(dealt.collection.digests[index] for index in learnt_from(dealt).tolist())
    return Past(is_known, tuple(learnt), len(met))


def lessons_of(candidate: Candidate, home: Home) -> tuple[list[Lesson], bool]:
    """List what it has learnt from, back to its beginning, and say whether the beginning was reached."""
    lessons: list[Lesson] = []
    source: Source = candidate
    met = set[Source]()
    while isinstance(source, EarlierRun) and source not in met:
        met.add(source)
        try:
            folder = Runs(home).find(source.run).folder
            lessons += _of_run(folder, source.checkpoint)
            source = runs.read_experiment(folder).source
        except UserError:
            return lessons, False
    return lessons, isinstance(source, Pretrain | Scratch)


def _of_run(folder: Path, checkpoint: Which) -> Iterator[Lesson]:
    if checkpoint != "source" and contents.look_up(folder, checkpoint).phase == "finetuning":
        yield Lesson(folder, "target")
    if isinstance(runs.read_experiment(folder).source, Pretrain):
        yield Lesson(folder, "source")


def learnt_from(dealt: Dealt) -> "Indexes":
    """Give the pictures that a run has learnt from, or chosen its epoch by, in ascending order."""
    import numpy as np

    return np.sort(np.concatenate([dealt.splits.train, dealt.splits.validation]))


def _compare(
    lesson: Lesson, dealt: Dealt, target: Dealt, stop: StopToken, home: Home
) -> Generator[Event, None, Learnt]:
    collection, indexes = dealt.collection, learnt_from(dealt)
    exact = _exact(collection, indexes, target)
    near = yield from _near(collection, indexes, target, {twin.second_index for twin in exact}, stop, home)
    return Learnt(
        run=str(lesson.run),
        data=data_of(runs.read_experiment(lesson.run), lesson.role),
        title=collection.title,
        pictures=len(indexes),
        exact=len(exact),
        near=len(near),
        twins=tuple([*exact, *near][:SHOWN]),
    )


def _exact(collection: "Collection", indexes: "Indexes", target: Dealt) -> list[Twin]:
    known = {collection.digests[index]: index for index in reversed(indexes.tolist())}
    digests = target.collection.digests
    return [
        _twin(collection, known[digests[index]], target, index, exact=True)
        for index in target.splits.test.tolist()
        if digests[index] in known
    ]


def _near(
    collection: "Collection", indexes: "Indexes", target: Dealt, exact: set[int], stop: StopToken, home: Home
) -> Generator[Event, None, list[Twin]]:
    """Pictures that are the same to the eye. Raises UserError for one that has gone, Stopped."""
    from kt_gui.engine import near_duplicates

    test = target.splits.test
    first = yield from near_duplicates.describe(collection, indexes, stop, cache(home))
    second = yield from near_duplicates.describe(target.collection, test, stop, cache(home))
    pairs = near_duplicates.find_near(first, second, stop)
    found = [(int(indexes[pair.first]), int(test[pair.second])) for pair in pairs]
    return [_twin(collection, one, target, other, exact=False) for one, other in found if other not in exact]


def _twin(collection: "Collection", first: int, target: Dealt, second: int, *, exact: bool) -> Twin:
    names = collection.names[first], target.collection.names[second]
    return Twin(first=names[0], first_index=first, second=names[1], second_index=second, exact=exact)
