"""Remembers the data sets looked at last: moving a slider deals anew, it does not read every picture again.

Only for looking. A run reads its data itself.
"""

import os
import threading
from collections import OrderedDict
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from kt_gui.schema.corrections import Corrections
from kt_gui.schema.datasets import Bundled, Catalogued, Dataset, ImageArchive, ImageFolder, ImageTable
from kt_gui.schema.events import Event
from kt_gui.schema.stop import StopToken
from kt_gui.session import pictures
from kt_gui.store.folders import Home

if TYPE_CHECKING:
    from kt_gui.engine.images import Collection

PLACES = 3
"""Source, target, and the one looked at before."""

_shelf: "OrderedDict[tuple[Dataset, str], Collection]" = OrderedDict()
_lock = threading.Lock()


def read(
    data: Dataset, home: Home, stop: StopToken, corrections: Corrections | None = None
) -> Generator[Event, None, "Collection"]:
    """Read a data set as it was corrected (by what is said of it now, where nothing else is given), unless it was read
    lately and its files have not changed since. Raises UserError, Stopped.
    """
    return pictures.correct((yield from read_filed(data, home, stop)), data, home, corrections)


def read_filed(data: Dataset, home: Home, stop: StopToken) -> Generator[Event, None, "Collection"]:
    """Read a data set as it lies there, unless it was read lately and has not changed since."""
    key = (data, _state(data, home))
    with _lock:
        known = _shelf.get(key)
    collection = known if known is not None else (yield from pictures.read_filed(data, home, stop))
    with _lock:
        _shelf[key] = collection
        _shelf.move_to_end(key)
        while len(_shelf) > PLACES:
            _shelf.popitem(last=False)
    return collection


def _state(data: Dataset, home: Home) -> str:
    """What changes when the files do. Of a table's pictures only the table is looked at."""
    match data:
        case Bundled():
            return ""
        case Catalogued(name=name, folder=folder):
            return _stamp(home.datasets / name if folder is None else Path(folder))
        case ImageFolder(path=path):
            return str(hash(tuple(_tree(path))))
        case ImageArchive(path=path) | ImageTable(path=path):
            return _stamp(Path(path))
        case _:
            assert_never(data)


def _stamp(path: Path) -> str:
    try:
        status = path.stat()
    except OSError:
        return ""
    return f"{status.st_mtime_ns}-{status.st_size}"


def _tree(folder: str) -> list[str]:
    found = []
    for parent, _, names in os.walk(folder):
        found += [f"{parent}/{name} {_stamp(Path(parent, name))}" for name in names]
    return sorted(found)
