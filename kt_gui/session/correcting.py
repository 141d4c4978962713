"""Corrects a data set: pictures that are left out, are of another class, are right, or are added. Beside the data only;
`writing_back` carries it out in the user's files.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kt_gui.schema.corrections import Addition, Confirmation, Corrected, Correction, Corrections, Exclusion, Move, told
from kt_gui.schema.datasets import Dataset
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event
from kt_gui.schema.stop import StopToken
from kt_gui.schema.texts import tr
from kt_gui.session import shelf
from kt_gui.session.pictures import SHOWN, fetch
from kt_gui.store import corrections as store
from kt_gui.store.folders import Home

if TYPE_CHECKING:
    from kt_gui.engine.collection import Collection


@dataclass(frozen=True)
class Wishes:
    """What a person wants corrected, by the names of pictures and files."""

    exclude: Sequence[str] = ()
    move: Sequence[tuple[str, str]] = ()
    """Pictures and their classes."""
    add: Sequence[tuple[str, str]] = ()
    """Files and their classes."""
    take_back: Sequence[str] = ()


def said_of(data: Dataset, home: Home) -> Corrected:
    """Tell what is said of a data set. Raises UserError where its file is damaged."""
    return _corrected(data, store.read(data, home), home)


def correct(
    data: Dataset, changes: Sequence[Correction], stop: StopToken, home: Home, *, forgotten: Sequence[str] = ()
) -> Generator[Event, None, None]:
    """Say more of pictures, and forget what was said of others, by their digests; ends with `Corrected`.

    Raises UserError for a class that is not there, or where it cannot be written; Stopped.
    """
    filed = yield from _read(data, stop, home)
    yield _record(data, filed, changes, forgotten, home)


def add(
    data: Dataset, png: bytes, name: str, label: str, stop: StopToken, home: Home, *, original: str = ""
) -> Generator[Event, None, None]:
    """Add a picture to learn from; ends with `Corrected`. `original` is the digest of the file it was read from.

    Raises UserError, also where the file lies in the set already: it may be a test picture; Stopped.
    """
    filed = yield from _read(data, stop, home)
    _refuse_known(filed, original, name)
    yield _record(data, filed, [_keep(data, filed, png, name, label, home)], (), home)


def correct_named(data: Dataset, wishes: Wishes, stop: StopToken, home: Home) -> Generator[Event, None, None]:
    """Correct pictures by name; ends with `Corrected`. Nothing is written where one of the names means nothing.

    Raises UserError, Stopped.
    """
    filed = yield from _read(data, stop, home)
    known = store.read(data, home)
    added = {each.name: each.digest for each in known.corrections if isinstance(each, Addition)}
    found = _Names(filed, added)
    changes: list[Correction] = [Exclusion(digest=found.digest(name), name=name) for name in wishes.exclude]
    changes += [Move(digest=found.digest(name), name=name, label=label) for name, label in wishes.move]
    _check(filed, [label for _, label in (*wishes.move, *wishes.add)])
    forgotten = [_digest_said(known, name) for name in wishes.take_back]
    new = [(*_read_picture(filed, Path(file)), label) for file, label in wishes.add]
    changes += [_keep(data, filed, png, name, label, home) for png, name, label in new]
    yield _record(data, filed, changes, forgotten, home)


def _read(data: Dataset, stop: StopToken, home: Home) -> Generator[Event, None, "Collection"]:
    yield from fetch(data, home, stop)
    return (yield from shelf.read_filed(data, home, stop))


def _record(
    data: Dataset, filed: "Collection", changes: Sequence[Correction], forgotten: Sequence[str], home: Home
) -> Corrected:
    """Write down what is said. A picture that is moved to where it is filed is not moved."""
    _check(filed, [each.label for each in changes if isinstance(each, Move | Addition)])
    labels = _labels(filed)
    idle = [each.digest for each in changes if isinstance(each, Move) and labels.get(each.digest) == {each.label}]
    lasting = [each for each in changes if each.digest not in idle]
    return _corrected(data, store.change(data, home, lambda known: told(known, lasting, (*forgotten, *idle))), home)


def _corrected(data: Dataset, said: Corrections, home: Home) -> Corrected:
    file = store.file_of(data, home)
    beside = store.is_beside(data, file, home)
    return Corrected(data=data, corrections=said.corrections, file=str(file), beside=beside)


def _labels(filed: "Collection") -> Mapping[str, set[str]]:
    """The classes that each picture, by its digest, is filed under: more than one where it lies there twice."""
    found: dict[str, set[str]] = {}
    for digest, label in zip(filed.digests, filed.labels.tolist(), strict=True):
        found.setdefault(digest, set()).add(filed.classes[label])
    return found


def _check(filed: "Collection", labels: Sequence[str]) -> None:
    there = filed.all_classes or filed.classes
    unknown = next((label for label in labels if label not in there), None)
    if unknown is not None:
        raise UserError(
            tr("{title} has no class {label}.", title=filed.title, label=unknown),
            tr(
                "Name one of its classes: {classes}. A new class begins with a picture of it among your files.",
                classes=", ".join(there[:SHOWN]),
            ),
        )


# --- pictures that are added -----------------------------------------------------------------------------------------


def _keep(data: Dataset, filed: "Collection", png: bytes, name: str, label: str, home: Home) -> Addition:
    from kt_gui.engine.collection import digest_of

    _check(filed, [label])
    digest = digest_of(png)
    store.keep_copy(data, home, digest, png)
    return Addition(digest=digest, name=name, label=label)


def _read_picture(filed: "Collection", file: Path) -> tuple[bytes, str]:
    """Read a file as a PNG, and its name. Raises UserError where it is no picture, or lies in the set already."""
    from kt_gui.engine import decoding

    path = file.expanduser()
    try:
        found = decoding.inspect(decoding.opening(path))
        png = decoding.encode_png(decoding.decode(decoding.opening(path)))
    except decoding.Unusable as error:
        raise UserError(
            tr("{file} is no picture that can be read: {reason}", file=str(file), reason=str(error.reason)),
            tr("Name a picture in a common format, such as JPEG or PNG."),
        ) from error
    _refuse_known(filed, found.digest, str(file))
    return png, path.name


def _refuse_known(filed: "Collection", digest: str, file: str) -> None:
    if digest in filed.digests:
        name = filed.names[filed.digests.index(digest)]
        raise UserError(
            tr("{file} is in the data set already, as {name}.", file=file, name=name),
            tr("Where it is of another class, move it."),
        )


# --- names -----------------------------------------------------------------------------------------------------------


class _Names:
    """Finds pictures by what people call them."""

    def __init__(self, filed: "Collection", added: Mapping[str, str]) -> None:
        self._title = filed.title
        self._digests = dict(added) | dict(zip(filed.names, filed.digests, strict=True))

    def digest(self, name: str) -> str:
        """Give the digest of the picture of this name, or whose name alone ends so. Raises UserError."""
        if name in self._digests:
            return self._digests[name]
        ending = f"/{name.lstrip('/')}"
        ends = [whole for whole in self._digests if whole.endswith(ending)]
        if len(ends) == 1:
            return self._digests[ends[0]]
        if ends:
            raise UserError(
                tr("{title} has several pictures {name}.", title=self._title, name=name),
                tr("Name one of them as the data set does: {names}.", names=", ".join(ends[:SHOWN])),
            )
        raise UserError(
            tr("{title} has no picture {name}.", title=self._title, name=name),
            tr("Name it as the data set does, such as {name}.", name=next(iter(self._digests), "")),
        )


def _digest_said(known: Corrections, name: str) -> str:
    found = [each.digest for each in known.corrections if _is_meant(each, name)]
    if len(found) == 1:
        return found[0]
    remedy = tr("Without options, kt correct lists what was corrected.")
    if found:
        raise UserError(tr("Several corrections are of a picture {name}.", name=name), remedy)
    raise UserError(tr("Nothing was corrected in a picture {name}.", name=name), remedy)


def _is_meant(correction: Correction, name: str) -> bool:
    whole = correction.name
    return name in (whole, correction.digest) or whole.endswith(f"/{name.lstrip('/')}")


def settled(corrections: Sequence[Correction]) -> Iterator[str]:
    """Give the digests of the pictures whose class a person has decided on."""
    for each in corrections:
        if isinstance(each, Exclusion | Move | Confirmation):
            yield each.digest
