"""Searches what a source learns from, or has learnt from, for pictures of the target's test.

Of the test's pictures only the pixels are compared; their labels are told to whoever looks at the pairs.
"""

from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from kt_gui.schema.corrections import Exclusion, is_same
from kt_gui.schema.datasets import Dataset
from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Picture
from kt_gui.schema.events import Event, Progressed
from kt_gui.schema.experiment import EarlierRun, Target, Training
from kt_gui.schema.overlap_words import refusal
from kt_gui.schema.overlaps import By, Learner, Overlap, Pair, Side, Sign
from kt_gui.schema.stop import StopToken
from kt_gui.schema.texts import tr
from kt_gui.session import candidates, correcting, pictures, shelf
from kt_gui.session.cache import cache, memory_limit
from kt_gui.session.naming import data_named
from kt_gui.session.opening import data_of, read_dealt
from kt_gui.session.overlapping import learnt_from, lessons_of
from kt_gui.session.pictures import Dealt
from kt_gui.store import runs
from kt_gui.store.folders import Home

if TYPE_CHECKING:
    from kt_gui.engine.collection import Collection
    from kt_gui.engine.features import Floats
    from kt_gui.engine.splitting import Indexes

NETWORK = "bundled/efficientnet_lite0"
"""Comes along, and never saw any of these sets in training."""
PORTION = 1024
"""Pictures that are looked at together: 154 MB of pixels, 5 MB of features."""

T = TypeVar("T")

_Found = dict[tuple[int, int], tuple[Sign, float | None]]
"""Pairs by their indexes in the source and in the target."""


@dataclass(frozen=True)
class _Searched:
    """What is searched for pictures of the test."""

    data: Dataset
    collection: "Collection"
    indexes: "Indexes"
    run: str = ""


def learner_named(text: str, home: Home) -> Learner:
    """Give the data set or the run that a text means. Raises UserError where it is neither."""
    if not runs.is_run(Path(text).expanduser()):
        with suppress(UserError):
            return data_named(text)
    (found,) = candidates.named(text, home)
    if isinstance(found, EarlierRun):
        return found
    raise UserError(
        tr("What {name} has learnt from is not on this machine.", name=text),
        tr("Name a data set, or a run: kt runs lists them."),
    )


def overlap(
    source: Learner, target: Target, by: By, stop: StopToken, home: Home, *, seed: int = 0
) -> Generator[Event, None, None]:
    """Search for the test's pictures; yields an `Overlap` for each set that the source learns or has learnt from.

    Nothing is downloaded but a set of the catalogue. Raises UserError, also where a run's pictures have gone; Stopped.
    """
    from kt_gui.engine import loading

    collection = yield from shelf.read(target.data, home, stop)
    dealt = Dealt(collection, loading.deal(collection, target.split, target.per_class, seed))
    test = _Searched(target.data, collection, dealt.splits.test)
    if len(test.indexes) == 0:
        raise UserError(
            tr("{data} has no test pictures.", data=collection.title), tr("Give the test a share of the pictures.")
        )
    for searched in (yield from _read(source, test, stop, home)):
        yield (yield from _compare(searched, test, by, stop, home))


def leave_out(
    overlap: Overlap, pairs: Sequence[Pair], side: Side, stop: StopToken, home: Home
) -> Generator[Event, None, None]:
    """Leave pictures of pairs out of the source, or out of the test; ends with `Corrected`. No file is changed.

    Raises UserError where that would be of no use, Stopped.
    """
    hindrance = refusal(overlap, side)
    if hindrance is not None:
        raise hindrance
    data = overlap.source if side == "source" else overlap.target
    chosen = (pair.first if side == "source" else pair.second for pair in pairs)
    each = {picture.digest: picture.name for picture in chosen}
    yield from correcting.correct(
        data, [Exclusion(digest=digest, name=name) for digest, name in each.items()], stop, home
    )


# --- what is searched ------------------------------------------------------------------------------------------------


def _read(source: Learner, test: _Searched, stop: StopToken, home: Home) -> Generator[Event, None, list[_Searched]]:
    if isinstance(source, EarlierRun):
        return (yield from _of_run(source, stop, home))
    yield from pictures.fetch(source, home, stop)
    collection = yield from shelf.read(source, home, stop)
    indexes = collection.used
    if is_same(source, test.data):
        mine = {test.collection.names[index] for index in test.indexes.tolist()}
        indexes = indexes[[collection.names[index] not in mine for index in indexes.tolist()]]
    return [_Searched(source, collection, indexes)]


def _of_run(source: EarlierRun, stop: StopToken, home: Home) -> Generator[Event, None, list[_Searched]]:
    lessons, _ = lessons_of(candidates.settled(source, home), home)
    found = []
    for lesson in lessons:
        dealt = yield from read_dealt(lesson.run, lesson.role, home, stop)
        data = data_of(runs.read_experiment(lesson.run), lesson.role)
        found.append(_Searched(data, dealt.collection, learnt_from(dealt), str(lesson.run)))
    if not found:
        raise UserError(
            tr("What {name} has learnt from is not known.", name=candidates.name_of(source)),
            tr("Name the data set it has learnt from, where it is on this machine."),
        )
    return found


# --- comparing -------------------------------------------------------------------------------------------------------


def _compare(
    searched: _Searched, test: _Searched, by: By, stop: StopToken, home: Home
) -> Generator[Event, None, Overlap]:
    exact = _exact(searched, test)
    told = {second for _, second in exact}
    found: list[_Found] = [exact]
    own = None
    if by != "embedding":
        found.append((yield from _by_hash(searched, test, stop, home)))
    if by != "hash":
        alike, own = yield from _by_network(searched, test, stop, home)
        found.append(alike)
    rest = sorted({pair for each in found[1:] for pair in each if pair[1] not in told}, key=lambda pair: pair[::-1])
    return Overlap(
        source=searched.data,
        target=test.data,
        source_title=searched.collection.title,
        target_title=test.collection.title,
        classes=test.collection.classes,
        run=searched.run,
        searched=len(searched.indexes),
        tests=len(test.indexes),
        by=by,
        network=NETWORK if by != "hash" else "",
        own=own,
        pairs=tuple(_pair(pair, found, searched, test) for pair in (*exact, *rest)),
    )


def _pair(pair: tuple[int, int], found: Sequence[_Found], searched: _Searched, test: _Searched) -> Pair:
    told = [each[pair] for each in found if pair in each]
    if told[0][0] == "exact":
        del told[1:]
    return Pair(
        first=_picture(searched.collection, pair[0]),
        second=_picture(test.collection, pair[1], "test"),
        signs=tuple(sign for sign, _ in told),
        likeness=next((likeness for _, likeness in told if likeness is not None), None),
    )


def _picture(collection: "Collection", index: int, split: str = "") -> Picture:
    label = collection.classes[int(collection.labels[index])]
    return Picture(
        index=index, name=collection.names[index], digest=collection.digests[index], label=label, split=split
    )


def _exact(searched: _Searched, test: _Searched) -> _Found:
    digests = searched.collection.digests
    known = {digests[index]: index for index in reversed(searched.indexes.tolist())}
    asked = ((test.collection.digests[index], index) for index in test.indexes.tolist())
    return {(known[digest], index): ("exact", None) for digest, index in asked if digest in known}


def _by_hash(searched: _Searched, test: _Searched, stop: StopToken, home: Home) -> Generator[Event, None, _Found]:
    from kt_gui.engine import near_duplicates

    store = cache(home)
    first = yield from near_duplicates.describe(searched.collection, searched.indexes, stop, store)
    second = yield from near_duplicates.describe(test.collection, test.indexes, stop, store)
    pairs = near_duplicates.find_near(first, second, stop)
    return {(int(searched.indexes[each.first]), int(test.indexes[each.second])): ("hash", None) for each in pairs}


def _by_network(
    searched: _Searched, test: _Searched, stop: StopToken, home: Home
) -> Generator[Event, None, tuple[_Found, int]]:
    """Compare by a network's features; gives how many the test holds twice by the same rule, too."""
    import numpy as np

    from kt_gui.engine import look_alikes

    eye = _Eye(stop, home)
    rows = []
    for block in _blocks(test.indexes):
        rows.append((yield from eye.look(test, block)))
    asked = np.concatenate(rows)
    nobody = look_alikes.nobody(len(asked))
    own = look_alikes.add_neighbours(nobody, asked, asked, stop, is_own=True)
    nearest, start = nobody, 0
    for block in _blocks(searched.indexes):
        known = yield from eye.look(searched, block)
        nearest = look_alikes.add_neighbours(nearest, known, asked, stop, start=start)
        start += len(known)
    found: _Found = {
        (int(searched.indexes[each.known]), int(test.indexes[each.asked])): ("embedding", each.likeness)
        for each in look_alikes.find_alike(nearest, own)
    }
    return found, len(look_alikes.find_own(own))


def _blocks(indexes: "Indexes") -> "list[Indexes]":
    """Portions that stay the same, all but one, when a picture is left out: what was seen of them is known still."""
    import numpy as np

    ends = np.arange(PORTION, int(indexes.max(initial=0)) + 1, PORTION)
    return [block for block in np.split(indexes, np.searchsorted(indexes, ends)) if len(block)]


class _Eye:
    """The network that looks at all of them, a portion at a time; what it saw is kept."""

    def __init__(self, stop: StopToken, home: Home) -> None:
        from kt_gui.engine import backbones, devices
        from kt_gui.engine.weights import weights_address

        weights = weights_address(NETWORK)
        assert isinstance(weights, Path)
        self._stop, self._home = stop, home
        self._network = backbones.pretrained(NETWORK, weights)
        options = devices.options(Training(precision="fp32", memory_format="contiguous"))
        self._resolved = options.resolved(options.ways[0])
        devices.prepare(self._resolved)
        self._resolved.place(self._network.module)

    def look(self, whole: _Searched, block: "Indexes") -> Generator[Event, None, "Floats"]:
        """Give the features of some pictures, float32 [pictures, width]. Raises UserError, Stopped."""
        import numpy as np
        import torch

        from kt_gui.engine import loading
        from kt_gui.engine.evaluation import not_finite
        from kt_gui.engine.features import featurise

        counted = _Counted(whole, block)
        store, device = cache(self._home), torch.device(self._resolved.device)
        asked = (whole.collection, block, self._network.view, device, self._stop)
        portion = yield from counted.pass_on(loading.load(*asked, store=store, limit=memory_limit(self._home)))
        features = yield from counted.pass_on(featurise(self._network, portion, self._resolved, self._stop, store))
        if not np.isfinite(features.values).all():
            raise not_finite()
        return features.values


class _Counted:
    """Tells of work on a portion as work on the whole."""

    def __init__(self, whole: _Searched, block: "Indexes") -> None:
        self._before = int((whole.indexes < block[0]).sum())
        self._total, self._title = len(whole.indexes), whole.collection.title

    def pass_on(self, work: Generator[Event, None, T]) -> Generator[Event, None, T]:
        """Pass the events of the work on; give its result."""
        while True:
            try:
                event = next(work)
            except StopIteration as ended:
                result: T = ended.value
                return result
            if isinstance(event, Progressed):
                event = msgspec.structs.replace(
                    event, done=self._before + event.done, total=self._total, subject=self._title
                )
            yield event
