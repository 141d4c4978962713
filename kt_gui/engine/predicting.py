"""From files of any kind to pictures that a network can look at, a few at a time; what is broken is told, not fatal."""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path

import msgspec
import numpy as np
import torch
from torch import Tensor

from kt_gui.engine.decoding import Open, Unusable, decode, opening, thumbnail
from kt_gui.engine.layout import named
from kt_gui.engine.loading import Portion
from kt_gui.engine.picture_files import NAMELESS, is_text, list_archive, list_folder, told
from kt_gui.engine.pools import in_order
from kt_gui.engine.sizing import Pictures, View, fit
from kt_gui.schema.errors import UserError
from kt_gui.schema.events import Event, Skipped
from kt_gui.schema.predictions import Given
from kt_gui.schema.stop import StopToken
from kt_gui.schema.texts import tr

AT_ONCE = 32
"""Pictures that a network looks at together: more are hardly quicker, and a person sees answers sooner."""
ZIP = ".zip"


class Candidate(msgspec.Struct, frozen=True):
    """A file that should be a picture."""

    name: str
    given: Given
    open: Open


@dataclass(frozen=True)
class Ready:
    """A picture as the network sees it."""

    name: str
    given: Given
    pixels: Pictures
    """uint8 [3, size, size]"""
    thumbnail: bytes


@dataclass(frozen=True)
class Batch:
    """A few pictures, and what was no picture among them."""

    pictures: tuple[Ready, ...]
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True)
class Found:
    """All files that were asked about, and folders that could not be opened."""

    candidates: tuple[Candidate, ...]
    skipped: tuple[Skipped, ...]


def find(asked: Sequence[Given], stop: StopToken) -> Generator[Event, None, Found]:
    """List what is asked about: files as they are, folders and zips with all that lies in them, junk left out.

    Raises UserError for a folder or zip that cannot be opened, Stopped.
    """
    candidates, skipped = list[Candidate](), list[Skipped]()
    for given in asked:
        path, is_place = Path(given.path), not (given.content or given.inside)
        if is_place and path.is_dir():
            tree = yield from list_folder(path, stop)
            skipped += tree.skipped
            candidates += [
                _listed(parts, Given(str(path.joinpath(*parts))), open_)
                for parts, open_ in zip(tree.files, tree.opens, strict=True)
            ]
        elif is_place and path.suffix.lower() == ZIP and path.is_file():
            tree = yield from list_archive(path, stop)
            candidates += [
                _listed(parts, Given(str(path), "/".join(parts)), open_)
                for parts, open_ in zip(tree.files, tree.opens, strict=True)
            ]
        else:
            candidates.append(Candidate(_name(given), given, open_given(given)))
    return Found(tuple(candidates), tuple(skipped))


def _listed(parts: tuple[str, ...], given: Given, open_: Open) -> Candidate:
    return Candidate("/".join(map(named, parts)), given, open_)


def _name(given: Given) -> str:
    return given.name or given.inside or named(Path(given.path).name)


def open_given(given: Given) -> Open:
    """Make the opening of one picture, wherever it comes from; a member of a zip is sought when it is opened."""
    if given.content:
        return partial(BytesIO, given.content)
    return partial(_open_member, given) if given.inside else opening(Path(given.path))


def _open_member(given: Given) -> BytesIO:
    listing = list_archive(Path(given.path), StopToken())
    while True:
        try:
            next(listing)
        except StopIteration as ended:
            files = {"/".join(parts): open_ for parts, open_ in zip(ended.value.files, ended.value.opens, strict=True)}
            if given.inside not in files:
                raise FileNotFoundError(given.where) from None
            content = files[given.inside]()
            assert isinstance(content, BytesIO)
            return content


def batches(candidates: Iterable[Candidate], view: View, side: int) -> Generator[Batch, None, None]:
    """Decode pictures in a few threads and give them in order, a few at a time, each with a thumbnail of this side (0
    for none); what is decoded ahead is bounded, however many there are.
    """
    pictures, skipped = list[Ready](), list[Skipped]()
    for one in in_order(partial(_ready, view, side), candidates):
        skipped.append(one) if isinstance(one, Skipped) else pictures.append(one)
        if len(pictures) + len(skipped) == AT_ONCE:
            yield Batch(tuple(pictures), tuple(skipped))
            pictures, skipped = [], []
    if pictures or skipped:
        yield Batch(tuple(pictures), tuple(skipped))


def _ready(view: View, side: int, candidate: Candidate) -> Ready | Skipped:
    """Bring a file before the network exactly as a picture of a data set (`sizing.fitted`)."""
    if not is_text(candidate.name):
        return Skipped(name=told(candidate.name), reason=NAMELESS)
    try:
        image = decode(candidate.open, view.side)
    except Unusable as error:
        return Skipped(name=candidate.name, reason=error.reason)
    small = thumbnail(image, side) if side else b""
    return Ready(candidate.name, candidate.given, fit(image, view), small)


def portion_of(pictures: Sequence[Ready], view: View, device: torch.device) -> Portion:
    """Put pictures before the network; their labels are not known, and 0."""
    whole = torch.from_numpy(np.stack([picture.pixels for picture in pictures])).to(device)

    def pick(indexes: Tensor) -> Tensor:
        return whole.index_select(0, indexes.to(device))

    return Portion(torch.zeros(len(pictures), dtype=torch.long, device=device), view, pick, resident=True)


def nothing_readable(skipped: Sequence[Skipped]) -> UserError:
    """Say that there was no picture at all, and why."""
    remedy = tr("Choose pictures in common formats, such as JPEG or PNG, or a folder that holds some.")
    if not skipped:
        return UserError(tr("There is no picture in what was chosen."), remedy)
    name, reason = skipped[0].name, str(skipped[0].reason)
    return UserError(tr("No file is a picture that can be read. {name}: {reason}", name=name, reason=reason), remedy)
