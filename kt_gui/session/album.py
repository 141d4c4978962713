"""Pictures of a data set on demand, small or large, and where their files lie: for galleries that scroll.

A set is read once and held for a while under the run that asks: to look at 100 000 files again, for each screenful,
whether one has changed, would take longer than to show it.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Generator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from kt_gui.schema.datasets import Dataset, ImageFolder, ImageTable
from kt_gui.schema.errors import UserError
from kt_gui.schema.evaluations import Glimpsed
from kt_gui.schema.events import Event
from kt_gui.schema.stop import Stopped, StopToken
from kt_gui.session import shelf
from kt_gui.session.opening import read_dealt
from kt_gui.store.environment import Role
from kt_gui.store.folders import Home

if TYPE_CHECKING:
    from kt_gui.engine.collection import Collection

PORTION = 8
"""Pictures in one event."""
HELD, HELD_S = 3, 60.0
"""How many sets are held, and for how long after they were last asked for."""

_Handle = tuple[Path, Role, Dataset | None]
_held: "OrderedDict[_Handle, tuple[float, Collection]]" = OrderedDict()
_lock = threading.Lock()


def thumbnails(
    folder: Path,
    role: Role,
    indexes: Sequence[int],
    side: int,
    stop: StopToken,
    home: Home,
    *,
    data: Dataset | None = None,
) -> Generator[Event, None, None]:
    """Show pictures of a run's data, or of another set, by index, each to fit a square of `side` pixels.

    Yields `Glimpsed` events, in the order asked for; of a picture that has gone the PNG is empty. Raises UserError
    where the whole set has gone or is another one by now, Stopped.
    """
    from kt_gui.engine.pools import in_order

    collection = yield from _hold(folder, role, data, home, stop)

    def draw(index: int) -> bytes:
        return b"" if stop.requested() else _draw(collection, index, side)

    with closing(in_order(draw, indexes)) as drawn:
        for begin in range(0, len(indexes), PORTION):
            part = tuple(indexes[begin : begin + PORTION])
            pngs = tuple(next(drawn) for _ in part)
            if stop.requested():
                raise Stopped
            yield Glimpsed(indexes=part, pngs=pngs)


def _hold(
    folder: Path, role: Role, data: Dataset | None, home: Home, stop: StopToken
) -> Generator[Event, None, "Collection"]:
    """Give a data set; it is read where it was not asked for lately. Raises UserError, Stopped."""
    handle = (folder, role, data)
    collection = _held_lately(handle)
    if collection is None and data is None:
        collection = (yield from read_dealt(folder, role, home, stop)).collection
    elif collection is None and data is not None:
        collection = yield from shelf.read(data, home, stop)
    assert collection is not None
    with _lock:
        _held[handle] = (time.monotonic(), collection)
        _held.move_to_end(handle)
        while len(_held) > HELD:
            _held.popitem(last=False)
    return collection


def _held_lately(handle: _Handle) -> "Collection | None":
    with _lock:
        since, collection = _held.get(handle, (0.0, None))
    return collection if time.monotonic() - since < HELD_S else None


def _draw(collection: "Collection", index: int, side: int) -> bytes:
    from kt_gui.engine.images import thumbnail

    try:
        return thumbnail(collection.at_least(index, side), side)
    except (UserError, IndexError):  # it has gone, or there are fewer by now
        return b""


def file_of(data: Dataset, name: str) -> Path | None:
    """Tell in which file a picture of this name lies; None where it has none of its own, or it has gone."""
    match data:
        case ImageFolder(path=path):
            place = Path(path).expanduser() / name
        case ImageTable(path=path):
            from kt_gui.engine.tables import locate

            place = locate(Path(path).expanduser().parent, name)
        case _:
            return None
    return place if place.is_file() else None
