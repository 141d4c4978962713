"""Carries corrections out in the user's own folder, where they ask for it. Nothing is ever deleted or written over.

Each file is dealt with by itself, and what was done is no correction any more: a picture that lies in its class's
folder is not moved, one that has gone is not left out, one that lies there is not added again. So whatever stops the
work half-way leaves a set that means the same; asked once more, the rest is done.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from kt_gui.schema.corrections import (
    Addition,
    Confirmation,
    Correction,
    Corrections,
    Exclusion,
    Move,
    Tally,
    Written,
    told,
)
from kt_gui.schema.datasets import Dataset, ImageFolder
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event, Progressed
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.schema.texts import tr
from kt_gui.session import shelf
from kt_gui.session.correcting import said_of
from kt_gui.store import corrections as store
from kt_gui.store import relocating
from kt_gui.store.folders import Home
from kt_gui.store.relocating import Deed

if TYPE_CHECKING:
    from kt_gui.engine.collection import Collection
    from kt_gui.engine.layout import Layout
    from kt_gui.engine.picture_files import PictureFiles


def write_back(data: Dataset, stop: StopToken, home: Home) -> Generator[Event, None, None]:
    """Move and copy files as was said of them, then forget what was said; ends with `Written` and `Corrected`.

    Pictures that were left out go to `<folder>.excluded/<class>/`, those of another class to that class's folder;
    added ones are copied. What was confirmed stays confirmed. Raises UserError, Stopped between files.
    """
    if not isinstance(data, ImageFolder):
        raise UserError(
            tr("Only the files of a folder can be moved."), tr("The corrections hold beside the data all the same.")
        )
    whole = msgspec.structs.replace(data, classes=())
    said = store.read(data, home).corrections
    filed = yield from shelf.read_filed(whole, home, stop)
    folder = yield from _listed(Path(data.path).expanduser(), stop)
    done: list[Correction] = []
    for number, (correction, deed) in enumerate(_deeds(folder, filed, said, data, home)):
        if stop.requested():
            raise Stopped
        relocating.carry_out(deed)
        done.append(correction)
        yield Progressed(activity="saving", done=number + 1, total=0, subject=filed.title, unit="files")
    store.change(data, home, lambda known: _without(known, said))
    yield Written(tally=_count(done), set_aside=str(folder.set_aside))
    yield said_of(data, home)


def _without(known: Corrections, carried_out: Sequence[Correction]) -> Corrections:
    """Forget what was carried out; what was said meanwhile stays."""
    lasting = [each for each in known.corrections if isinstance(each, Confirmation) or each not in carried_out]
    return told(Corrections(), lasting)


def _count(done: Sequence[Correction]) -> Tally:
    return Tally(
        excluded=sum(isinstance(each, Exclusion) for each in done),
        moved=sum(isinstance(each, Move) for each in done),
        added=sum(isinstance(each, Addition) for each in done),
    )


@dataclass(frozen=True)
class _Folder:
    """The user's folder: its files, and how they are laid out."""

    path: Path
    tree: "PictureFiles"
    layout: "Layout"

    @property
    def set_aside(self) -> Path:
        """Where pictures go that were left out."""
        return self.path.with_name(self.path.name + store.EXCLUDED)

    def aside(self, name: str, label: str) -> Path:
        """Where a picture of this name goes that was left out."""
        return self.set_aside / label / name.rpartition("/")[2]

    def moved(self, name: str, label: str) -> Path:
        """Where a picture of this name goes that is of another class: into that one's folder of the same split."""
        parts, level = name.split("/"), self.layout.level
        return self._class_folder(tuple(parts[:level]), label).joinpath(*parts[level + 1 :])

    def added(self, name: str, label: str) -> Path:
        """Where an added picture goes: to those that are learnt from."""
        first = next((one for one in self.layout.placed if one.given in (None, "train")), self.layout.placed[0])
        inside = self.tree.files[first.index][: self.layout.level]
        return self._class_folder(inside, label) / f"{Path(name).stem}.png"

    def _class_folder(self, inside: tuple[str, ...], label: str) -> Path:
        """A class's folder as it is written on the disk; a new one where this split has none."""
        from kt_gui.engine.layout import named

        level = self.layout.level
        there = (parts for parts in self.tree.folders if len(parts) == level + 1 and parts[:level] == inside)
        written = next((parts[level] for parts in there if named(parts[level]) == label), label)
        return self.path.joinpath(*inside, written)


def _listed(path: Path, stop: StopToken) -> Generator[Event, None, _Folder]:
    from kt_gui.engine.layout import arrange
    from kt_gui.engine.picture_files import list_folder

    tree = yield from list_folder(path, stop)
    return _Folder(path, tree, arrange(tree.files, tree.folders))


def _deeds(
    folder: _Folder, filed: "Collection", said: Sequence[Correction], data: Dataset, home: Home
) -> Iterator[tuple[Correction, Deed]]:
    """Say file by file what is to be done."""
    by_digest = {each.digest: each for each in said}
    for index, (name, digest) in enumerate(zip(filed.names, filed.digests, strict=True)):
        label, here = filed.classes[int(filed.labels[index])], folder.path.joinpath(*name.split("/"))
        match by_digest.get(digest):
            case Exclusion() as exclusion:
                yield exclusion, Deed(here, folder.aside(name, label))
            case Move() as move if move.label != label:
                yield move, Deed(here, folder.moved(name, move.label))
            case _:
                pass
    held = set(filed.digests)
    for each in said:
        if isinstance(each, Addition) and each.digest not in held:
            copy = store.copy_of(data, home, each.digest)
            yield each, Deed(copy, folder.added(each.name, each.label), is_copy=True)
