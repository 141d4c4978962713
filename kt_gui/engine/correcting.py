"""A data set as people have corrected it: some pictures left out, some of another class, some added at the end.

Every picture that lies in the set keeps its index. Who is dealt where is decided by the set as it lies there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from kt_gui.engine.collection import Collection
from kt_gui.engine.decoding import Open, Unusable, decode, inspect, opening
from kt_gui.schema.corrections import Addition, Correction, Exclusion, Move
from kt_gui.schema.errors import UserError
from kt_gui.schema.texts import tr


@dataclass(frozen=True)
class _Added:
    """A picture that was added, and where its copy lies."""

    addition: Addition
    open: Open
    file: Path


def correct(filed: Collection, corrections: Sequence[Correction], copy_of: Callable[[str], Path]) -> Collection:
    """Give the set as it was corrected; itself where nothing that was said concerns it.

    `copy_of` tells where the copy of an added picture lies, by its digest. A picture that lies in the set already is
    not added again. A picture whose class was not asked for is left out. Raises UserError for a class that is not
    there any more, or a copy that cannot be read.
    """
    if not corrections:
        return filed
    by_digest = {each.digest: each for each in corrections}
    labels, excluded = filed.labels.copy(), []
    for index, digest in enumerate(filed.digests):
        match by_digest.get(digest):
            case Exclusion():
                excluded.append(index)
            case Move() as move if (label := _label(filed, move)) is not None:
                labels[index] = label
            case Move():
                excluded.append(index)
            case _:
                pass
    held = set(filed.digests)
    new = [each for each in corrections if isinstance(each, Addition) and each.digest not in held]
    added = [_added(each, copy_of) for each in new if _label(filed, each) is not None]
    if not added and not excluded and np.array_equal(labels, filed.labels):
        return filed
    corrected = replace(filed, labels=labels, excluded=tuple(excluded), filed=filed)
    return _with_added(corrected, added) if added else corrected


def _label(filed: Collection, said: Move | Addition) -> int | None:
    """A class's index; None where it is there but not asked for. Raises UserError where it is not there."""
    if said.label in filed.classes:
        return filed.classes.index(said.label)
    if said.label in filed.all_classes:
        return None
    raise UserError(
        tr(
            "{title} has no class {label} any more, which {name} was said to be of.",
            title=filed.title,
            label=said.label,
            name=said.name,
        ),
        tr("Take that correction back, or put a picture of the class there."),
    )


def _added(addition: Addition, copy_of: Callable[[str], Path]) -> _Added:
    file = copy_of(addition.digest)
    try:
        inspect(opening(file))
    except Unusable as error:
        raise _lost(addition, file, error) from error
    return _Added(addition, opening(file), file)


def _lost(addition: Addition, file: Path, error: Unusable) -> UserError:
    reason = str(error.reason)
    return UserError(
        tr(
            "The added picture {name} cannot be read ({file}): {reason}",
            name=addition.name,
            file=file.name,
            reason=reason,
        ),
        tr("Put its copy back, or take the picture back from the data set."),
    )


def _with_added(filed: Collection, added: Sequence[_Added]) -> Collection:
    """Put pictures at the end. What "automatic" means stays what the set itself makes of it: its sizes are kept."""
    count = len(filed)

    def picture(index: int) -> Image.Image:
        return filed.picture(index) if index < count else _open(added[index - count], None)

    def reduced(index: int, side: int) -> Image.Image:
        return filed.at_least(index, side) if index < count else _open(added[index - count], side)

    said = [each.addition for each in added]
    labels = np.array([filed.classes.index(each.label) for each in said], dtype=np.int64)
    return replace(
        filed,
        labels=np.concatenate([filed.labels, labels]),
        names=(*filed.names, *(each.name for each in said)),
        digests=(*filed.digests, *(each.digest for each in said)),
        given=None if filed.given is None else (*filed.given, *("train" for _ in said)),
        groups=None if filed.groups is None else (*filed.groups, *(each.digest for each in said)),
        picture=picture,
        reduced=reduced,
        pixels=None,
    )


def _open(added: _Added, side: int | None) -> Image.Image:
    try:
        return decode(added.open, side)
    except Unusable as error:
        raise _lost(added.addition, added.file, error) from error
