"""A folder for what lives no longer than the work that needs it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from kt_gui.store.files import disk_troubles


@contextmanager
def brief_folder() -> Iterator[Path]:
    """Give a folder that goes at the end, with all in it. Raises UserError.

    Its path is short: that of a socket may have 107 bytes, and macOS names its folder for such things with fifty.
    """
    place = "/tmp" if os.name == "posix" else None
    with disk_troubles(Path(place or ".")):
        made = TemporaryDirectory(prefix="kt-", dir=place, ignore_cleanup_errors=True)
    with made as folder:
        yield Path(folder)
