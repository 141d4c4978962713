"""A folder for what lives no longer than the work that needs it."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from kt_gui.store.files import disk_troubles

TRIES, APART_S = 50, 0.1


@contextmanager
def brief_folder() -> Iterator[Path]:
    """Give a folder that goes at the end, with all in it, also what processes that are about to end still write.

    Its path is short: that of a socket may have 107 bytes, and macOS names its folder for such things with fifty.
    Raises UserError.
    """
    place = "/tmp" if os.name == "posix" else None
    with disk_troubles(Path(place or ".")):
        folder = Path(mkdtemp(prefix="kt-", dir=place))
    try:
        yield folder
    finally:
        clear(folder)


def clear(folder: Path) -> None:
    """Remove the folder with all in it: for whoever is left when the one that had it made was killed."""
    for _ in range(TRIES):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            break
        time.sleep(APART_S)
