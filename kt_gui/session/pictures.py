"""Brings a data set before the network: downloads it where it is missing, reads it, deals it out, says what is odd."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kt_gui.schema.corrections import Corrections
from kt_gui.schema.datasets import Catalogued, Dataset
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Duplicate, Event, Noticed
from kt_gui.schema.experiment import PerClass, Split
from kt_gui.schema.stop import StopToken
from kt_gui.schema.texts import Message, mark, tr
from kt_gui.session.job import Job
from kt_gui.store import corrections as store
from kt_gui.store import environment
from kt_gui.store.environment import Deal, Role
from kt_gui.store.folders import Home, resources

if TYPE_CHECKING:
    from kt_gui.engine.images import Collection, Places
    from kt_gui.engine.loading import Splits

SHOWN = 20
"""Names in a notice; more are counted."""
PARTS = ("train", "validation", "test", "unused")


@dataclass(frozen=True)
class Dealt:
    """A data set and who of it learns, chooses, tests."""

    collection: "Collection"
    splits: "Splits"

    @property
    def counts(self) -> tuple[int, int, int]:
        """Pictures to learn from, to validate with, to test on."""
        return len(self.splits.train), len(self.splits.validation), len(self.splits.test)


def places(home: Home) -> "Places":
    """Say where the engine may read."""
    from kt_gui.engine.images import Places

    return Places(bundled=resources() / "examples", datasets=home.datasets)


def fetch(data: Dataset, home: Home, stop: StopToken) -> Generator[Event, None, None]:
    """Download a catalogued set where it is not here yet. Raises UserError, Stopped."""
    if not isinstance(data, Catalogued) or data.folder is not None or (home.datasets / data.name).is_dir():
        return
    from kt_gui.engine.catalogued.catalogue import find_set
    from kt_gui.store.downloads import download

    yield from download(find_set(data.name).files, home.datasets / data.name, stop)


def read(
    data: Dataset, home: Home, stop: StopToken, corrections: Corrections | None = None
) -> Generator[Event, None, "Collection"]:
    """Read a data set that is here, as it was corrected: by what is said of it now, where nothing else is given.

    Raises UserError, Stopped.
    """
    return correct((yield from read_filed(data, home, stop)), data, home, corrections)


def correct(filed: "Collection", data: Dataset, home: Home, corrections: Corrections | None = None) -> "Collection":
    """Give a data set that was read as it was corrected: by what is said of it now, where nothing else is given."""
    from kt_gui.engine import correcting

    said = store.read(data, home) if corrections is None else corrections
    return correcting.correct(filed, said.corrections, lambda digest: store.copy_of(data, home, digest))


def read_filed(data: Dataset, home: Home, stop: StopToken) -> Generator[Event, None, "Collection"]:
    """Read a data set that is here, as it lies there. Raises UserError, Stopped."""
    from kt_gui.engine import images
    from kt_gui.engine.catalogued.catalogue import find_set

    if isinstance(data, Catalogued) and data.folder is None and not (home.datasets / data.name).is_dir():
        raise UserError(
            tr("{name} is not on this machine yet.", name=find_set(data.name).title),
            tr("Download it, or name a folder that holds it."),
        )
    return (yield from images.read(data, places(home), stop))


def read_for(job: Job, role: Role, data: Dataset, split: Split, per_class: "PerClass") -> Generator[Event, None, Dealt]:
    """Read a run's data, as it was dealt out before where it was; say what is odd.

    Raises UserError for a problem that keeps it from being learnt, or where the data is another one than it was.
    """
    from kt_gui.engine import loading

    yield from fetch(data, job.home, job.stop)
    collection = yield from _read_once(job, data, _keep_corrections(job, role, data))
    is_known = _recognise(job, role, collection)
    splits = _dealt_before(job.folder, role, collection) if is_known else None
    dealt = Dealt(collection, splits or loading.deal(collection, split, per_class, job.experiment.seed))
    if splits is None:
        yield from _notices(dealt, split)
        _keep_deal(job.folder, role, dealt)
    return dealt


def _read_once(job: Job, data: Dataset, said: Corrections) -> Generator[Event, None, "Collection"]:
    """Read a run's data; of the folds of a study, the first one reads it for all."""
    if job.fold is None:
        return (yield from read(data, job.home, job.stop, said))
    last = job.common.collection
    return last.of((data, said)) or last.keep((data, said), (yield from read(data, job.home, job.stop, said)))


def corrections_of(folder: Path, role: Role) -> Corrections:
    """Give the corrections a run began with: whatever was corrected since, it goes on with those. Raises UserError."""
    return store.read_in_run(folder, role) or Corrections()


def _keep_corrections(job: Job, role: Role, data: Dataset) -> Corrections:
    """Tell how the data is corrected in this run; a run that begins remembers it, where it is corrected at all."""
    if role not in environment.read(job.folder).data:
        said = store.read(data, job.home)
        if said.corrections:
            store.keep_in_run(job.folder, role, said)
    return corrections_of(job.folder, role)


def _recognise(job: Job, role: Role, collection: "Collection") -> bool:
    """Tell whether this is the data the run began with; a run that begins remembers it. Raises UserError if not."""
    from kt_gui.engine.loading import digest

    known, found = environment.read(job.folder), digest(collection)
    if role not in known.data:
        environment.save(job.folder, msgspec.structs.replace(known, data={**known.data, role: found}))
        return False
    if known.data[role] != found:
        raise _changed(collection)
    return True


def _changed(collection: "Collection") -> UserError:
    return UserError(
        tr("The pictures of {data} are not those the run began with.", data=collection.title),
        tr("Put them back as they were, or run the experiment again from its start."),
    )


def dealt_in(folder: Path, role: Role, collection: "Collection") -> Dealt:
    """Give a run's data, read again, as it was dealt out then. Raises UserError where it is another than it was."""
    from kt_gui.engine.loading import digest

    known = environment.read(folder).data.get(role)
    if known not in (None, digest(collection)):
        raise _changed(collection)
    splits = _dealt_before(folder, role, collection)
    if splits is None or known is None:
        raise UserError(
            tr("The run never came so far as to read its pictures ({folder}).", folder=str(folder)),
            tr("Resume it, or choose another run."),
        )
    return Dealt(collection, splits)


def _dealt_before(folder: Path, role: Role, collection: "Collection") -> "Splits | None":
    """Give how the pictures were dealt out, None where they were not yet. Raises UserError where that is damaged."""
    import numpy as np

    from kt_gui.engine.loading import Splits

    deal = environment.read_deal(folder, role)
    if deal is None:
        return None
    known = {part: deal.indexes.get(part, []) for part in PARTS}
    if not all(0 <= index < len(collection) for indexes in known.values() for index in indexes):
        raise environment.damaged(folder / environment.SPLIT)
    return Splits(**{part: np.array(indexes, dtype=np.int64) for part, indexes in known.items()})


def prescribe(folder: Path, role: Role, data: Dataset, dealt: Dealt, home: Home) -> None:
    """Say, before a run begins, which data it is to have and how that is dealt out. Raises UserError."""
    from kt_gui.engine.loading import digest

    said, known = store.read(data, home), environment.read(folder)
    if said.corrections:
        store.keep_in_run(folder, role, said)
    environment.save(folder, msgspec.structs.replace(known, data={**known.data, role: digest(dealt.collection)}))
    _keep_deal(folder, role, dealt)


def _keep_deal(folder: Path, role: Role, dealt: Dealt) -> None:
    names, splits = dealt.collection.names, dealt.splits
    indexes = {part: getattr(splits, part).tolist() for part in PARTS}
    by_name = {part: [names[index] for index in indexes[part]] for part in ("train", "validation", "test")}
    environment.save_deal(folder, role, Deal(**by_name, indexes=indexes))


def _notices(dealt: Dealt, split: Split) -> Iterator[Noticed]:
    """Say what a person should know of a data set. Raises UserError for what keeps it from being learnt."""
    from kt_gui.engine.loading import find_duplicates, find_problems

    collection = dealt.collection
    if collection.skipped:
        yield Noticed(
            level="information",
            message=Message(
                mark("{data}: {count} files were skipped."),
                {"data": collection.title, "count": len(collection.skipped)},
            ),
            details=tuple(f"{skipped.name}: {skipped.reason}" for skipped in collection.skipped[:SHOWN]),
        )
    if collection.filed is not None:
        yield _corrected(collection)
    require_learnable(dealt, split)
    for problem in find_problems(collection, dealt.splits, split):
        told = {"data": collection.title, "problem": str(problem.message)}
        yield Noticed(level="warning", message=Message(mark("{data}: {problem}"), told), remedy=problem.remedy)
    yield from _twice(
        find_duplicates(collection, dealt.splits),
        mark("{data}: {count} pictures are in more than one split; the accuracy may look better than it is."),
        collection.title,
        mark("Remove one of each pair."),
    )


def require_learnable(dealt: Dealt, split: Split) -> None:
    """Raise UserError for what keeps a data set from being learnt."""
    from kt_gui.engine.loading import find_problems

    for problem in find_problems(dealt.collection, dealt.splits, split):
        if problem.blocking:
            raise UserError(
                tr("{data}: {problem}", data=dealt.collection.title, problem=str(problem.message)), str(problem.remedy)
            )


def _corrected(collection: "Collection") -> Noticed:
    """Say that the set is learnt as people have corrected it."""
    filed = collection.filed
    assert filed is not None
    values: dict[str, str | int | float] = {
        "data": collection.title,
        "excluded": len(collection.excluded),
        "moved": int((collection.labels[: len(filed)] != filed.labels).sum()),
        "added": len(collection) - len(filed),
    }
    text = mark("{data} is learnt as it was corrected: {excluded} left out, {moved} moved, {added} added.")
    return Noticed(level="information", message=Message(text, values))


def notice_overlap(source: Dealt, target: Dealt) -> Iterator[Noticed]:
    """Say which of the target's test pictures the source has shown already."""
    from kt_gui.engine.loading import find_overlap

    yield from _twice(
        find_overlap(source.collection, target.collection, target.splits),
        mark("{data}: {count} test pictures are in the source, too; the accuracy may look better than it is."),
        target.collection.title,
        mark("Leave them out of one of both: kt overlap does, and “Is the test in the source?” on the page Target."),
    )


def _twice(duplicates: tuple[Duplicate, ...], text: str, title: str, remedy: str) -> Iterator[Noticed]:
    if duplicates:
        yield Noticed(
            level="warning",
            message=Message(text, {"data": title, "count": len(duplicates)}),
            remedy=Message(remedy),
            details=tuple(
                f"{pair.first} ({pair.first_split}) = {pair.second} ({pair.second_split})"
                for pair in duplicates[:SHOWN]
            ),
        )
