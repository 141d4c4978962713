"""What a network looks at, as pictures in a folder that a person names."""

import re
from pathlib import Path

from kt_gui.schema.insights import Explained
from kt_gui.store.files import make_folder, write

LONGEST = 60
"""Letters of a picture's name that its files keep."""


def save_drawings(folder: Path, number: int, explained: Explained) -> dict[str, Path]:
    """Write picture, before and after as PNG; tell where each lies. Raises UserError.

    The number keeps equal names apart; what an earlier call wrote is overwritten.
    """
    make_folder(folder)
    pngs = {"picture": explained.picture, "before": explained.before, "after": explained.after}
    stem = f"{number:04d}-{_plain(explained.name)}"
    written = {}
    for kind, png in pngs.items():
        if png is not None:
            written[kind] = folder / f"{stem}-{kind}.png"
            write(written[kind], png)
    return written


def _plain(name: str) -> str:
    """The name without what a file's name may not hold on some system."""
    stem = Path(name.replace("\\", "/")).stem if "." in name else name
    return re.sub(r"[^\w-]+", "-", stem).strip("-")[:LONGEST] or "picture"
