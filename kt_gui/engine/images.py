"""Pictures: from the record of a data set to the collection it stands for. Finds them, decodes each once, skips none
silently."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import assert_never

import msgspec
import numpy as np
from PIL import Image

from kt_gui.engine.bundled import read_bundled
from kt_gui.engine.collection import Collection, choose, from_arrays, keep_classes, suit
from kt_gui.engine.decoding import Inspected, Open, Unusable, decode, encode_png, inspect, opening, thumbnail
from kt_gui.engine.layout import Layout, arrange
from kt_gui.engine.picture_files import PictureFiles, list_archive, list_folder
from kt_gui.engine.pools import work_through
from kt_gui.engine.tables import Row, read_rows
from kt_gui.schema.datasets import Bundled, Catalogued, Dataset, ImageArchive, ImageFolder, ImageTable
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event, Skipped
from kt_gui.schema.stop import StopToken
from kt_gui.schema.texts import Message, mark, tr

__all__ = [
    "Candidate",
    "Collection",
    "Places",
    "collect",
    "encode_png",
    "from_arrays",
    "keep_classes",
    "read",
    "read_tree",
    "thumbnail",
]


@dataclass(frozen=True)
class Places:
    """Folders that may be read: what comes with the program, and what was downloaded (`datasets/<name>/...`)."""

    bundled: Path
    datasets: Path


class Candidate(msgspec.Struct, frozen=True):
    """A file that should be a picture, and what is said of it."""

    name: str
    label: str
    open: Open
    given: str | None = None
    group: str | None = None


def read(data: Dataset, places: Places, stop: StopToken) -> Generator[Event, None, Collection]:
    """Read a data set: list it, decode every picture once, leave out what is broken.

    Raises UserError naming file and remedy, Stopped where it was asked to end.
    """
    match data:
        case Bundled(name=name, classes=classes):
            return keep_classes(read_bundled(name, places.bundled), classes)
        case Catalogued(name=name, folder=folder, classes=classes):
            # imported here: the catalogue builds its collections with this module
            from kt_gui.engine.catalogued import read_catalogued

            place = places.datasets / name if folder is None else Path(folder)
            return keep_classes((yield from read_catalogued(name, place, stop)), classes)
        case ImageFolder(path=path, classes=classes):
            return (yield from read_tree((yield from list_folder(Path(path).expanduser(), stop)), classes, stop))
        case ImageArchive(path=path, classes=classes):
            return (yield from read_tree((yield from list_archive(Path(path).expanduser(), stop)), classes, stop))
        case ImageTable():
            return (yield from _read_table(data, stop))
        case _:
            assert_never(data)


def read_tree(tree: PictureFiles, wanted: Sequence[str], stop: StopToken) -> Generator[Event, None, Collection]:
    """Read listed files by the folders they lie in."""
    layout = arrange(tree.files, tree.folders)
    if not layout.classes:
        raise UserError(
            tr("{title} has no subfolders.", title=tree.title),
            tr("Make one subfolder for each class and put the class's pictures into it."),
        )
    classes = choose(layout.classes, wanted, tree.title)
    kept = set(classes)
    candidates = [
        Candidate("/".join(tree.files[one.index]), one.label, tree.opens[one.index], one.given)
        for one in layout.placed
        if one.label in kept
    ]
    skipped = [*tree.skipped, *_strays(tree, layout)]
    collection = yield from collect(tree.title, classes, candidates, skipped, stop)
    return replace(collection, all_classes=layout.classes)


def _strays(tree: PictureFiles, layout: Layout) -> list[Skipped]:
    reason = Message(mark("It lies in no class's folder."))
    return [Skipped(name="/".join(tree.files[index]), reason=reason) for index in layout.stray]


def _read_table(table: ImageTable, stop: StopToken) -> Generator[Event, None, Collection]:
    rows, skipped = read_rows(table)
    title = Path(table.path).name
    all_classes = tuple(sorted({row.label for row in rows}))
    classes = choose(all_classes, table.classes, title)
    kept = set(classes)
    candidates = [_candidate(row) for row in rows if row.label in kept]
    collection = yield from collect(title, classes, candidates, skipped, stop)
    return replace(collection, all_classes=all_classes)


def _candidate(row: Row) -> Candidate:
    return Candidate(row.name, row.label, opening(row.path), row.given, row.group)


def collect(
    title: str, classes: Sequence[str], candidates: list[Candidate], skipped: list[Skipped], stop: StopToken
) -> Generator[Event, None, Collection]:
    """Decode every candidate and make a collection of those that are pictures; `classes` are all that were announced.

    Raises UserError where there is no picture at all, Stopped.
    """
    seen = yield from work_through(_look, candidates, "reading", title, stop)
    pairs = list(zip(candidates, seen, strict=True))
    good = [(candidate, found) for candidate, found in pairs if isinstance(found, Inspected)]
    broken = [found for found in seen if isinstance(found, Skipped)]
    if not good:
        raise _nothing_good(title, (*skipped, *broken))
    return _assemble(title, classes, good, (*skipped, *broken))


def _nothing_good(title: str, skipped: tuple[Skipped, ...]) -> UserError:
    remedy = tr("Choose data with pictures in common formats, such as JPEG or PNG.")
    if not skipped:
        return UserError(tr("{title} holds no picture.", title=title), remedy)
    first = skipped[0]
    message = tr(
        "{title} holds no picture that can be read. {name}: {reason}",
        title=title,
        name=first.name,
        reason=str(first.reason),
    )
    return UserError(message, remedy)


def _look(candidate: Candidate) -> Inspected | Skipped:
    try:
        return inspect(candidate.open)
    except Unusable as error:
        return Skipped(name=candidate.name, reason=error.reason)


def _assemble(
    title: str, announced: Sequence[str], good: list[tuple[Candidate, Inspected]], skipped: tuple[Skipped, ...]
) -> Collection:
    candidates = [candidate for candidate, _ in good]
    held = {candidate.label for candidate in candidates}
    classes = tuple(name for name in announced if name in held)
    index = {name: position for position, name in enumerate(classes)}
    sizes = _sizes([found for _, found in good])
    given = tuple(candidate.given for candidate in candidates if candidate.given is not None)
    groups = tuple(candidate.group for candidate in candidates if candidate.group is not None)
    return Collection(
        title=title,
        classes=classes,
        labels=np.array([index[candidate.label] for candidate in candidates], dtype=np.int64),
        names=tuple(candidate.name for candidate in candidates),
        picture=lambda index: _open(candidates[index], None),
        given=given or None,
        groups=groups or None,
        digests=tuple(found.digest for _, found in good),
        sizes=sizes,
        skipped=skipped,
        augmentation=suit(sizes),
        reduced=lambda index, side: _open(candidates[index], side),
        empty=tuple(name for name in announced if name not in held),
    )


def _sizes(found: Sequence[Inspected]) -> tuple[int, int, int, int]:
    widths, heights = [one.width for one in found], [one.height for one in found]
    return min(widths), max(widths), min(heights), max(heights)


def _open(candidate: Candidate, side: int | None) -> Image.Image:
    try:
        return decode(candidate.open, side)
    except Unusable as error:
        raise UserError(
            tr("Picture {name} cannot be read any more: {reason}", name=candidate.name, reason=str(error.reason)),
            tr("Put it back, or read the data set again."),
        ) from error
